//! An app on actix-web that makes two calls at once with `try_join!`, and that has an error enum of its own. The lines
//! that it needs for this crate are numbered, new ones and changed ones. `Cargo.toml` needs one more.
#![cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "reqwest",
    feature = "sandbox"
))]

mod support;

use std::net::{Ipv4Addr, TcpListener};

use actix_web::{
    App, HttpResponse, ResponseError,
    http::StatusCode,
    middleware::{Logger, NormalizePath},
    web::{self, Data, Html},
};
use reqwest::Client;
use support::{
    host::Host,
    sandbox::{sandbox, visits},
    user::{User, numbered_lines},
};
use tower_privacy::{
    Family,
    sandbox::{Choice, RunningSandbox},
};
use tower_privacy::{PrivacyError, PrivacyLayer, actix::PrivacyReturn, client::SendThrough}; // 1
use url::Url;

/// `Fetch` had an error of reqwest's.
#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error("a service did not answer")]
    Fetch(#[from] PrivacyError), // 2
    #[error("a service sent something else")]
    Parse(#[from] roxmltree::Error),
    #[error("there is no such page")]
    NoSuchPage,
}

impl ResponseError for AppError {
    fn error_response(&self) -> HttpResponse {
        let status = match self {
            Self::Fetch(error) => return error.error_response(), // 3
            Self::Parse(_) => StatusCode::BAD_GATEWAY,
            Self::NoSuchPage => StatusCode::NOT_FOUND,
        };
        HttpResponse::build(status).body(self.to_string())
    }
}

#[derive(Clone)]
struct Api {
    client: Client,
    contacts: Url,
    photos: Url,
    layer: PrivacyLayer, // 4
}

impl Api {
    async fn count(&self, url: &Url, element: &str) -> Result<usize, AppError> {
        let request = self.client.get(url.clone());
        let response = request.send_through(&self.layer).await?; // 5
        let response = response.error_for_status().map_err(PrivacyError::from)?; // 6
        let text = response.text().await.map_err(PrivacyError::from)?; // 7
        let document = roxmltree::Document::parse(&text)?;
        let nodes = document.descendants();
        Ok(nodes.filter(|node| node.has_tag_name(element)).count())
    }
}

async fn overview(api: Data<Api>) -> Result<Html, AppError> {
    let (contacts, photos) = tokio::try_join!(
        api.count(&api.contacts, "contact"),
        api.count(&api.photos, "photo"),
    )?;
    let text = format!("{contacts} contacts and {photos} photos");
    Ok(Html::new(text))
}

async fn not_found() -> Result<Html, AppError> {
    Err(AppError::NoSuchPage)
}

fn start(sandbox: &RunningSandbox) -> Host {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let home = format!("http://{}", listener.local_addr().unwrap());
    let api = Api {
        client: Client::new(),
        contacts: sandbox.api_url(&Family::Contact),
        photos: sandbox.api_url(&Family::Photos),
        layer: PrivacyLayer::new().also_trust(sandbox.endpoint()), // 8
    };
    Host::serve_actix(listener, move || {
        App::new()
            .app_data(Data::new(api.clone()))
            .route("/", web::get().to(overview))
            .default_service(web::to(not_found))
            .wrap(PrivacyReturn::new(home.parse().unwrap())) // 9
            .wrap(NormalizePath::trim())
            .wrap(Logger::default())
    })
}

#[tokio::test]
async fn a_user_is_asked_for_each_of_two_calls_and_then_sees_both() {
    let sandbox = sandbox().await;
    let (app, user) = (start(&sandbox), User::new());
    sandbox.sandbox().script([Choice::Always, Choice::Always]);

    let page = user.open(app.url("/?tab=2")).await;
    page.shows(200, "/", "5 contacts and 4 photos");
    assert!(page.url.query().unwrap().starts_with("tab=2&"));

    let mut visits = visits(sandbox.sandbox());
    visits.sort();
    assert_eq!(visits, ["contact.see always", "photos.see always"]);
}

#[tokio::test]
async fn a_user_who_does_not_allow_it_sees_a_page_that_says_so() {
    let sandbox = sandbox().await;
    let (app, user) = (start(&sandbox), User::new());
    sandbox.sandbox().choose(Choice::Refuse);

    let page = user.open(app.url("/")).await;
    page.shows(403, "/", "This step is still needed");
}

#[tokio::test]
async fn the_apps_other_errors_stay_its_own() {
    let sandbox = sandbox().await;
    let (app, user) = (start(&sandbox), User::new());
    let page = user.open(app.url("/nowhere/")).await;
    page.shows(404, "/nowhere/", "there is no such page");
}

#[test]
fn it_needs_9_lines() {
    assert_eq!(numbered_lines(include_str!("app_actix_try_join.rs")), 9);
}
