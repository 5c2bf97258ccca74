//! An axum app that is there already, before and after: its tests, and the lines that changed. The lines of
//! its `Cargo.toml` are at the top of each file.
#![cfg(all(feature = "axum", feature = "reqwest-middleware"))]

#[path = "in_an_app/before.rs"]
mod before;
#[path = "in_an_app/middleware.rs"]
mod middleware;
#[path = "in_an_app/send_through.rs"]
mod send_through;
mod support;

use axum::{Router, extract::RawQuery, http::Request, response::IntoResponse, routing::get};
use http::Response;
use support::{DENIAL, OTHER_ERROR, server::Server, xml};
use tower::ServiceExt;

const BEFORE: &str = include_str!("in_an_app/before.rs");
const MIDDLEWARE: &str = include_str!("in_an_app/middleware.rs");
const SEND_THROUGH: &str = include_str!("in_an_app/send_through.rs");

/// An API that tells page 1, denies page 2, and has no other.
async fn api() -> Server {
    let contacts = async |RawQuery(query): RawQuery| match query.as_deref() {
        Some("page=1") => "contacts".into_response(),
        Some("page=2") => xml(axum::body::Body::from(DENIAL)),
        _ => xml(axum::body::Body::from(OTHER_ERROR)),
    };
    Server::start(Router::new().route("/contacts", get(contacts))).await
}

/// A browser opens a page of the app.
async fn open(app: fn(String) -> Router, api: &Server, page: u32) -> Response<axum::body::Body> {
    let request = Request::get(format!("/contacts?page={page}")).header("accept", "text/html");
    let request = request.body(axum::body::Body::empty()).unwrap();
    app(api.url("/contacts")).oneshot(request).await.unwrap()
}

#[tokio::test]
async fn before_a_denial_is_an_error_of_upstream() {
    let api = api().await;
    for (page, status) in [(0, 404), (1, 200), (2, 502), (3, 502)] {
        assert_eq!(open(before::app, &api, page).await.status(), status);
    }
}

#[tokio::test]
async fn after_it_a_denial_leads_to_the_page_and_back_and_all_else_is_as_before() {
    let api = api().await;
    for app in [middleware::app, send_through::app] {
        for (page, status) in [(0, 404), (1, 200), (2, 303), (3, 502)] {
            let response = open(app, &api, page).await;
            assert_eq!(response.status(), status);
            if status == 303 {
                let location = response.headers()["location"].to_str().unwrap();
                assert!(
                    location.starts_with("http://privacy.orange.fr/"),
                    "{location}"
                );
                let back = "urlRetour=https%3A%2F%2Fapp.example%2Fcontacts%3Fpage%3D2";
                assert!(location.contains(back), "{location}");
            }
        }
    }
}

/// How many lines of these are only in the one, and only in the other: those without the longest sequence
/// that both have.
fn changes(before: &str, after: &str) -> (usize, usize) {
    let before: Vec<_> = before.lines().collect();
    let after: Vec<_> = after.lines().collect();
    let mut longest = vec![0; after.len() + 1];
    for old in &before {
        let mut diagonal = 0;
        for (at, new) in after.iter().enumerate() {
            let here = if old == new {
                diagonal + 1
            } else {
                longest[at].max(longest[at + 1])
            };
            diagonal = std::mem::replace(&mut longest[at + 1], here);
        }
    }
    let same = longest[after.len()];
    (before.len() - same, after.len() - same)
}

#[test]
fn a_line_that_changed_counts_once_on_either_side() {
    assert_eq!(changes("a\nb\nc", "a\nb\nc"), (0, 0));
    assert_eq!(changes("a\nb\nc", "a\nx\nc\nd"), (1, 2));
    assert_eq!(changes("a\nb", "b\na"), (1, 1));
}

#[test]
fn no_way_takes_more_than_12_lines_and_the_documentation_says_how_many() {
    let documentation = include_str!("../src/lib.rs");
    for (name, after) in [
        ("send_through", SEND_THROUGH),
        ("reqwest-middleware", MIDDLEWARE),
    ] {
        let (removed, added) = changes(BEFORE, after);
        assert!(added <= 12, "{name}: {added}");
        let row = format!("| +{added} −{removed} |");
        let is_row = |line: &&str| line.contains(name) && line.contains(&row);
        assert!(
            documentation.lines().any(|line| is_row(&line)),
            "{name} has not {row}"
        );
    }
}
