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
use reqwest::redirect::Policy;
use reqwest_0_12::Client;
use serde::{Deserialize, Serialize};
use support::{
    sandbox::{sandbox, visits},
    server::Server,
    user::{self, Page, numbered_lines},
};
use tokio::net::TcpListener;
use tower_privacy::sandbox::{Choice, RunningSandbox};
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
    user: user::User,
    contacts: Url,
    /// The one that the sandbox takes.
    token: String,
}

impl World {
    async fn new() -> Self {
        let sandbox = sandbox().await;
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
            user: user::User::new(),
            contacts,
            token,
        }
    }

    async fn open(&self, path: &str) -> Page {
        self.in_the_app(self.user.open(self.app.url(path)).await)
    }

    #[track_caller]
    fn in_the_app(&self, page: Page) -> Page {
        assert!(page.url.as_str().starts_with(&self.app.url("/")));
        page
    }

    async fn log_in(&self, token: &str) -> Page {
        let (url, from) = (self.app.url("/login"), self.app.url("/"));
        let form = format!("name=Ada&token={token}");
        self.in_the_app(self.user.post(&url, &from, form).await)
    }

    async fn is_logged_in(&self) {
        let account = self.open("/account").await;
        account.shows(200, "/account", "");
        assert_eq!(account.text, "logged in as Ada");
    }
}

#[tokio::test]
async fn a_user_who_allows_it_comes_back_with_their_session_and_sees_the_data() {
    let world = World::new().await;
    world.sandbox.sandbox().script([Choice::Always]);
    let page = world.log_in(&world.token).await;
    page.shows(200, "/", "Sophie Germain");
    assert!(page.text.starts_with("Ada, 2: "), "{page:?}");
    assert_eq!(visits(world.sandbox.sandbox()), ["contact.see always"]);
}

#[tokio::test]
async fn a_user_who_refuses_is_told_and_keeps_their_session() {
    let world = World::new().await;
    world.sandbox.sandbox().choose(Choice::Refuse);
    let page = world.log_in(&world.token).await;
    page.shows(403, "/", "This step is still needed");
    assert_eq!(visits(world.sandbox.sandbox()), ["contact.see refuse"]);
    world.is_logged_in().await;
}

#[tokio::test]
async fn the_redirect_keeps_the_cookie_that_the_session_sets() {
    fn cookie(response: &reqwest::Response) -> String {
        assert_eq!(response.status(), 303);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    let world = World::new().await;
    let client = reqwest::Client::builder().redirect(Policy::none());
    let client = client.no_proxy().build().unwrap();
    let request = client.post(world.app.url("/login"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(format!("name=Ada&token={}", world.token));
    let logged_in = request.send().await.unwrap();

    let get = |path, cookie| {
        let request = client.get(world.app.url(path)).header("cookie", cookie);
        request.header("sec-fetch-mode", "navigate").send()
    };
    let response = get("/", cookie(&logged_in)).await.unwrap();
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(world.sandbox.base_url().as_str()));

    for (cookie, status, text) in [
        (String::new(), 401, "log in please"),
        (cookie(&response), 200, "logged in as Ada"),
    ] {
        let account = get("/account", cookie).await.unwrap();
        assert_eq!(account.status(), status);
        assert_eq!(account.text().await.unwrap(), text);
    }
}

#[tokio::test]
async fn an_error_of_reqwest_0_12_becomes_a_502_that_does_not_tell_the_token() {
    let world = World::new().await;
    let url = format!("{}?token=wr0ng", world.contacts);
    let response = Client::new().get(url).send().await.unwrap();
    let error = response.error_for_status().unwrap_err();
    assert!(error.to_string().contains("wr0ng"), "{error}");

    let Page { status, text, .. } = world.log_in("wr0ng").await;
    assert_eq!(status, 502, "{text}");
    assert!(!text.is_empty() && !text.contains("wr0ng"), "{text}");
    world.is_logged_in().await;
}

#[test]
fn the_app_needs_8_lines() {
    let source = include_str!("app_axum_sessions.rs");
    assert_eq!(numbered_lines(source), 8);
}
