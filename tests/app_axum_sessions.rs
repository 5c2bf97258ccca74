//! An app on axum with sessions from tower-sessions, after the example of axum-login that signs users in by OAuth:
//! the session holds the user and their token, and reqwest 0.12 calls with it. The trip to the provider is left out:
//! the form of the sign-in has what comes back from there. The lines that the app needs for this crate are numbered,
//! 8 that are new or changed. `Cargo.toml` needs one more.
#![cfg(all(feature = "axum", feature = "reqwest-0-12", feature = "sandbox"))]

mod support;

use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use reqwest::{ClientBuilder, redirect::Policy};
use reqwest_0_12::Client;
use serde::{Deserialize, Serialize};
use support::{server::Server, user::numbered_lines};
use tokio::net::TcpListener;
use tower_privacy::sandbox::{Choice, RunningSandbox, Sandbox, Visit};
use tower_privacy::{Family, ReturnUrl};
use tower_privacy::{PrivacyError, PrivacyLayer, PrivacyReturnLayer, client::SendThrough}; // 1
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, cookie::SameSite};
use url::Url;

/// `Upstream` had an error of reqwest's.
#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error("the contacts could not be read")]
    Upstream(#[from] PrivacyError), // 2
    #[error("the session could not be read")]
    Session(#[from] tower_sessions::session::Error),
    #[error("log in please")]
    SignedOut,
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Upstream(error) => return error.into_response(), // 3
            Self::Session(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
        };
        (status, self.to_string()).into_response()
    }
}

#[derive(Clone, Deserialize, Serialize)]
struct User {
    name: String,
    token: String,
}

impl User {
    async fn of(session: &Session) -> Result<Self, AppError> {
        session.get("user").await?.ok_or(AppError::SignedOut)
    }
}

#[derive(Clone)]
struct Api {
    client: Client,
    contacts: Url,
    layer: PrivacyLayer, // 4
}

impl Api {
    async fn contacts(&self, user: &User) -> Result<String, AppError> {
        let request = self.client.get(self.contacts.clone());
        let request = request.query(&[("token", &user.token)]);
        let response = request.send_through(&self.layer).await?; // 5
        let text = async { response.error_for_status()?.text().await };
        Ok(text.await.map_err(PrivacyError::from)?) // 6
    }
}

async fn log_in(session: Session, Form(user): Form<User>) -> Result<Redirect, AppError> {
    session.cycle_id().await?;
    session.insert("user", user).await?;
    Ok(Redirect::to("/"))
}

/// Counts how often the page was opened, so that each reply sets the cookie of the session.
async fn contacts(State(api): State<Api>, session: Session) -> Result<String, AppError> {
    let user = User::of(&session).await?;
    let count = session.get("count").await?.unwrap_or(0) + 1;
    session.insert("count", count).await?;
    let contacts = api.contacts(&user).await?;
    Ok(format!("{}, {count}: {contacts}", user.name))
}

async fn account(session: Session) -> Result<String, AppError> {
    let User { name, .. } = User::of(&session).await?;
    Ok(format!("logged in as {name}"))
}

fn app(contacts_url: Url, sandbox: &RunningSandbox, home: ReturnUrl) -> Router {
    // With `Strict`, browsers would not send the cookie on the way back.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_secure(false)
        .with_same_site(SameSite::Lax);
    let api = Api {
        client: Client::new(),
        contacts: contacts_url,
        layer: PrivacyLayer::new().also_trust(sandbox.endpoint()), // 7
    };
    Router::new()
        .route("/", get(contacts))
        .route("/account", get(account))
        .route("/login", post(log_in))
        .with_state(api)
        .layer(PrivacyReturnLayer::new(home)) // 8
        .layer(sessions)
}

/// The app, the sandbox that it calls, and a user at a browser.
struct World {
    sandbox: RunningSandbox,
    app: Server,
    browser: reqwest::Client,
    contacts: Url,
    /// The one that the sandbox takes.
    token: String,
}

fn browser() -> ClientBuilder {
    reqwest::Client::builder().cookie_store(true).no_proxy()
}

fn logged_in() -> (u16, String) {
    (200, "logged in as Ada".to_owned())
}

impl World {
    async fn new() -> Self {
        let sandbox = Sandbox::new().bind(([127, 0, 0, 1], 0).into()).await;
        let sandbox = sandbox.unwrap();
        let mut contacts = sandbox.api_url(&Family::Contact);
        let token = contacts.query_pairs().find(|(name, _)| name == "token");
        let token = token.unwrap().1.into_owned();
        contacts.set_query(None);

        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let home = format!("http://{}/", listener.local_addr().unwrap());
        let router = app(contacts.clone(), &sandbox, home.parse().unwrap());
        Self {
            sandbox,
            app: Server::start_on(listener, router),
            browser: browser().build().unwrap(),
            contacts,
            token,
        }
    }

    /// Opens a page, and goes where it leads. Returns what the user sees at its end, in the app.
    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let response = request.header("sec-fetch-mode", "navigate").send().await;
        let response = response.unwrap();
        assert!(response.url().as_str().starts_with(&self.app.url("/")));
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn open(&self, path: &str) -> (u16, String) {
        self.send(self.browser.get(self.app.url(path))).await
    }

    async fn log_in(&self, token: &str) -> (u16, String) {
        let request = self.browser.post(self.app.url("/login"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(format!("name=Ada&token={token}")))
            .await
    }

    fn visits(&self) -> Vec<String> {
        let visits = self.sandbox.sandbox().visits();
        visits.iter().map(Visit::to_string).collect()
    }
}

#[tokio::test]
async fn a_user_who_allows_it_comes_back_with_their_session_and_sees_the_data() {
    let world = World::new().await;
    world.sandbox.sandbox().script([Choice::Always]);
    let (status, text) = world.log_in(&world.token).await;
    assert_eq!(status, 200, "{text}");
    assert!(text.starts_with("Ada, 2: "), "{text}");
    assert!(text.contains("Sophie Germain"), "{text}");
    assert_eq!(world.visits(), ["contact.see always"]);
}

#[tokio::test]
async fn a_user_who_refuses_is_told_and_keeps_their_session() {
    let world = World::new().await;
    world.sandbox.sandbox().choose(Choice::Refuse);
    let (status, text) = world.log_in(&world.token).await;
    assert_eq!(status, 403, "{text}");
    assert!(text.contains("This step is still needed"), "{text}");
    assert_eq!(world.visits(), ["contact.see refuse"]);
    assert_eq!(world.open("/account").await, logged_in());
}

#[tokio::test]
async fn the_redirect_keeps_the_cookie_that_the_session_sets() {
    let mut world = World::new().await;
    world.browser = browser().redirect(Policy::none()).build().unwrap();
    assert_eq!(world.log_in(&world.token).await.0, 303);

    let request = world.browser.get(world.app.url("/"));
    let request = request.header("sec-fetch-mode", "navigate");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 303);
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(world.sandbox.base_url().as_str()));
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();

    world.browser = browser().build().unwrap();
    let signed_out = (401, "log in please".to_owned());
    assert_eq!(world.open("/account").await, signed_out);
    let request = world.browser.get(world.app.url("/account"));
    assert_eq!(
        world.send(request.header("cookie", cookie)).await,
        logged_in()
    );
}

#[tokio::test]
async fn an_error_of_reqwest_0_12_becomes_a_502_that_does_not_tell_the_token() {
    let world = World::new().await;
    let url = format!("{}?token=wr0ng", world.contacts);
    let response = Client::new().get(url).send().await.unwrap();
    let error = response.error_for_status().unwrap_err();
    assert!(error.to_string().contains("wr0ng"), "{error}");

    let (status, text) = world.log_in("wr0ng").await;
    assert_eq!(status, 502, "{text}");
    assert!(!text.is_empty() && !text.contains("wr0ng"), "{text}");
    assert_eq!(world.open("/account").await, logged_in());
}

#[test]
fn the_app_needs_8_lines() {
    let source = include_str!("app_axum_sessions.rs");
    assert_eq!(numbered_lines(source), 8);
}
