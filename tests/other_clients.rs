//! The functions of the guide's page `other_clients`, against the sandbox over real sockets.
#![cfg(all(feature = "actix", feature = "bearer", feature = "sandbox"))]

mod support;

use std::{error::Error, fs, io, pin::Pin};

use axum::{Router, routing::get};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http_body_util::BodyExt;
use support::{DENIAL, server::Server};
use tokio::{net::TcpListener, task::spawn_blocking};
use tower_http::compression::CompressionLayer;
use tower_privacy::{
    Family, PrivacyContext, PrivacyEndpoint, PrivacyError, PrivacyLayer,
    protocol::Bearer,
    sandbox::{Choice, Sandbox},
};
use url::Url;

#[path = "../src/guide/other_clients/awc.rs"]
mod by_awc;
#[path = "../src/guide/other_clients/reqwest_blocking.rs"]
mod by_blocking_reqwest;
/// In an app with reqwest 0.12 its name is `reqwest`.
mod by_reqwest_0_12 {
    use reqwest_0_12 as reqwest;
    include!("../src/guide/other_clients/reqwest_0_12.rs");
}
#[path = "../src/guide/other_clients/ureq.rs"]
mod by_ureq;

const HERE: &str = "https://app.example/contacts?page=2";

type Answer = Result<Bytes, PrivacyError>;

/// awc's futures stay on their thread.
type Local = Pin<Box<dyn Future<Output = Answer>>>;

type Client = fn(String, PrivacyLayer) -> Local;

const CLIENTS: [(&str, Client); 4] = [
    ("awc", |url, layer| {
        Box::pin(async move {
            let response = by_awc::send(awc::Client::default().get(url), &layer).await?;
            Ok(response.into_body().collect().await.unwrap().to_bytes())
        })
    }),
    ("ureq", |url, layer| {
        Box::pin(async move {
            let config = ureq::Agent::config_builder().http_status_as_error(false);
            let agent = ureq::Agent::from(config.build());
            let response = by_ureq::call(move || agent.get(url).call(), &layer).await?;
            Ok(response.into_body().collect().await.unwrap().to_bytes())
        })
    }),
    ("reqwest::blocking", |url, layer| {
        Box::pin(async move {
            let client = spawn_blocking(reqwest::blocking::Client::new);
            by_blocking_reqwest::contacts(client.await.unwrap(), url, layer).await
        })
    }),
    ("reqwest 0.12", |url, layer| {
        Box::pin(async move {
            let call = reqwest_0_12::Client::new().get(url);
            let response = by_reqwest_0_12::send(call, &layer).await?;
            Ok(response.bytes().await.unwrap())
        })
    }),
];

fn here() -> PrivacyContext {
    PrivacyContext::new(HERE.parse().unwrap())
}

/// Where an error sends the user, and where they come back to.
#[track_caller]
fn trip(answer: Answer) -> (Url, String) {
    let location = support::redirect(answer).location().clone();
    let back = location.query_pairs().last().unwrap().1.into_owned();
    (location, back)
}

/// The sandbox and these routes behind gzip, and the layer for its calls.
async fn serve(sandbox: &Sandbox, others: Router) -> (Server, PrivacyLayer) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let page = format!(
        "http://{}/urm-gui/interaction.do",
        listener.local_addr().unwrap()
    );
    let router = sandbox
        .router()
        .merge(others)
        .layer(CompressionLayer::new());
    let layer = PrivacyLayer::new().trust_only([PrivacyEndpoint::new(page).unwrap()]);
    (Server::start_on(listener, router), layer)
}

fn contacts(server: &Server, sandbox: &Sandbox) -> String {
    server.url(&format!("/contacts?action=see&token={}", sandbox.token()))
}

#[actix_web::test]
async fn a_denied_call_leads_to_the_page_and_back_to_where_the_user_was() {
    let sandbox = Sandbox::new();
    let (server, layer) = serve(&sandbox, Router::new()).await;
    for (client, call) in CLIENTS {
        let answer = here()
            .scope(call(contacts(&server, &sandbox), layer.clone()))
            .await;
        let (location, back) = trip(answer);
        let page = server.url("/urm-gui/interaction.do?family=contact&");
        assert!(location.as_str().starts_with(&page), "{client}: {location}");
        assert_eq!(back, HERE, "{client}");
    }
    assert_eq!(sandbox.calls().len(), CLIENTS.len());
}

#[actix_web::test]
async fn a_call_that_is_not_denied_is_answered() {
    let sandbox = Sandbox::new();
    sandbox.decide(&Family::Contact, "see", Choice::Always);
    let (server, layer) = serve(&sandbox, Router::new()).await;
    for (client, call) in CLIENTS {
        let answer = here()
            .scope(call(contacts(&server, &sandbox), layer.clone()))
            .await;
        let text = String::from_utf8(answer.unwrap().into()).unwrap();
        assert!(text.contains("<contact"), "{client}: {text}");
    }
}

/// A call of its own task, or of a job.
#[actix_web::test]
async fn without_a_context_there_is_nobody_to_send_away() {
    let sandbox = Sandbox::new();
    let (server, layer) = serve(&sandbox, Router::new()).await;
    for (client, call) in CLIENTS {
        let answer = call(contacts(&server, &sandbox), layer.clone()).await;
        assert!(
            matches!(answer, Err(PrivacyError::InteractionRequired(_))),
            "{client}: {answer:?}",
        );
    }
}

#[actix_web::test]
async fn a_long_body_that_is_no_denial_comes_back_unchanged() {
    let long = "<contact>\u{e9}</contact>".repeat(100_000);
    let bodies = [
        (
            "text/xml",
            format!("<contacts>{long}</contacts>").into_bytes(),
        ),
        // It may be a denial as far as the layer holds it.
        (
            "text/xml",
            DENIAL
                .replace("<code>", &format!("{long}<code>"))
                .into_bytes(),
        ),
        (
            "text/plain",
            [b"<".as_slice(), &[0xff, 0x00].repeat(1_000_000)].concat(),
        ),
        ("application/octet-stream", vec![0xfe; 3_000_000]),
    ];
    for (label, body) in bodies {
        let sent = body.clone();
        let route = get(async move || ([(CONTENT_TYPE, label)], sent));
        let (server, layer) = serve(&Sandbox::new(), Router::new().route("/long", route)).await;
        for (client, call) in CLIENTS {
            let answer = here().scope(call(server.url("/long"), layer.clone())).await;
            assert!(answer.unwrap() == body, "{client}: {label}");
        }
    }
}

#[actix_web::test]
async fn a_denial_in_the_head_is_seen_too() {
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"files:read\"";
    let denied = get(async move || (http::StatusCode::FORBIDDEN, [(WWW_AUTHENTICATE, challenge)]));
    let (server, _) = serve(&Sandbox::new(), Router::new().route("/denied", denied)).await;
    let protocol = Bearer::new("https://app.example/sign-in", ["files:read"]).unwrap();
    let layer = PrivacyLayer::new().protocol(protocol);
    for (client, call) in CLIENTS {
        let (location, _) = trip(
            here()
                .scope(call(server.url("/denied"), layer.clone()))
                .await,
        );
        assert_eq!(location.path(), "/sign-in", "{client}");
    }
}

#[actix_web::test]
async fn a_body_over_ureqs_cap_is_an_error() {
    let long = get(async || vec![b'a'; 10 * 1024 * 1024 + 1]);
    let (server, layer) = serve(&Sandbox::new(), Router::new().route("/long", long)).await;
    let url = server.url("/long");
    let call = move || ureq::get(url).call();
    let error = by_ureq::call(call, &layer).await.unwrap_err();
    assert!(
        matches!(error.service(), Some(ureq::Error::BodyExceedsLimit(_))),
        "{error:?}",
    );
}

/// Why the page has the setting.
#[actix_web::test]
async fn ureqs_own_error_of_a_status_hides_a_denial() {
    let sandbox = Sandbox::new();
    let (server, layer) = serve(&sandbox, Router::new()).await;
    let url = contacts(&server, &sandbox);
    let call = by_ureq::call(move || ureq::get(url).call(), &layer);
    let error = here().scope(call).await.unwrap_err();
    assert!(
        matches!(error.service(), Some(ureq::Error::StatusCode(500))),
        "{error:?}"
    );
}

#[actix_web::test]
async fn an_error_of_a_client_names_no_query() {
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/?token=s3cret", closed.local_addr().unwrap());
    drop(closed);
    for (client, call) in CLIENTS {
        let error = call(url.clone(), PrivacyLayer::new()).await.unwrap_err();
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(error) = next {
            assert!(
                !format!("{error} {error:?}").contains("s3cret"),
                "{client}: {error}"
            );
            next = error.source();
        }
    }
}

/// As `cargo fmt` has it, without the line that makes the call.
#[test]
fn a_function_takes_six_lines_at_most() -> io::Result<()> {
    for file in fs::read_dir(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../src/guide/other_clients"
    ))? {
        let code = fs::read_to_string(file?.path())?;
        let (_, body) = code.split_once("> {\n").unwrap();
        let (body, _) = body.split_once("\n}").unwrap();
        assert!(body.lines().count() <= 7, "{body}");
    }
    Ok(())
}
