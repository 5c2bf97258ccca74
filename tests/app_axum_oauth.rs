//! An app on axum that signs users in by OAuth, with the crate `oauth2`, which ties it to reqwest 0.12, and sessions
//! from tower-sessions. Its handlers fail with a status and have no error type. The lines that it needs for this
//! crate are numbered, 6 that are new or changed. `Cargo.toml` needs one more.
#![cfg(all(feature = "axum", feature = "reqwest-0-12", feature = "sandbox"))]

mod support;

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{Html, Redirect},
    routing::get,
};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, EndpointNotSet, EndpointSet,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse, TokenUrl,
    basic::BasicClient,
    reqwest::{Client, Url, redirect::Policy},
};
use serde::Deserialize;
use support::{
    sandbox::visits,
    server::Server,
    user::{User, numbered_lines},
};
use tokio::net::TcpListener;
use tower_privacy::{
    Family,
    sandbox::{Choice, RunningSandbox, Sandbox},
};
use tower_privacy::{PrivacyLayer, PrivacyReturnLayer, client::SendThrough}; // 1
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, cookie::SameSite};

/// It was `std::result::Result<T, StatusCode>`, which fails with nothing else.
type Result<T> = axum::response::Result<T>; // 2

type Provider =
    BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

#[derive(Clone)]
struct App {
    provider: Provider,
    client: Client,
    contacts: Url,
    layer: PrivacyLayer, // 3
}

/// What the session keeps while its user signs in.
const SIGN_IN: &str = "sign_in";
/// What it keeps of a user who is signed in.
const TOKEN: &str = "token";
const VIEWS: &str = "views";

async fn sign_in(State(app): State<App>, session: Session) -> Result<Redirect> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = app
        .provider
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("openid".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    session
        .insert(SIGN_IN, (state, verifier))
        .await
        .map_err(internal)?;
    Ok(Redirect::to(url.as_str()))
}

#[derive(Deserialize)]
struct Callback {
    code: AuthorizationCode,
    state: CsrfToken,
}

async fn callback(
    State(app): State<App>,
    session: Session,
    Query(query): Query<Callback>,
) -> Result<Redirect> {
    let (state, verifier): (CsrfToken, PkceCodeVerifier) = session
        .remove(SIGN_IN)
        .await
        .map_err(internal)?
        .ok_or(StatusCode::BAD_REQUEST)?;
    let is_ours = state.secret() == query.state.secret();
    is_ours.then_some(()).ok_or(StatusCode::BAD_REQUEST)?;
    let token = app
        .provider
        .exchange_code(query.code)
        .set_pkce_verifier(verifier)
        .request_async(&app.client)
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    session.cycle_id().await.map_err(internal)?;
    session
        .insert(TOKEN, token.access_token())
        .await
        .map_err(internal)?;
    Ok(Redirect::to("/"))
}

async fn home(State(app): State<App>, session: Session) -> Result<Html<String>> {
    let token: Option<String> = session.get(TOKEN).await.map_err(internal)?;
    if token.is_none() {
        return Ok(Html("<a href=\"/sign-in\">Sign in</a>".to_owned()));
    }
    let views: Option<u32> = session.get(VIEWS).await.map_err(internal)?;
    let views = views.unwrap_or_default() + 1;
    session.insert(VIEWS, views).await.map_err(internal)?;

    let request = app.client.get(app.contacts.clone());
    let response = request.send_through(&app.layer).await?; // 4
    let response = response.error_for_status().map_err(bad_gateway)?;
    let text = response.text().await.map_err(bad_gateway)?;
    let contacts = text.matches("<contact>").count();
    Ok(Html(format!("view {views}: {contacts} contacts")))
}

fn internal(_: tower_sessions::session::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

fn bad_gateway(_: oauth2::reqwest::Error) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

/// The app and its sandbox, on sockets.
async fn start() -> (Server, RunningSandbox) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let home_url = format!("http://{}", listener.local_addr().unwrap());
    let callback_url = format!("{home_url}/callback");
    let sandbox = Sandbox::new().with_redirect_uris([callback_url.parse().unwrap()]);
    let sandbox = sandbox.bind(([127, 0, 0, 1], 0).into()).await.unwrap();

    let provider = BasicClient::new(ClientId::new(sandbox.sandbox().service_id().to_owned()))
        .set_auth_uri(AuthUrl::from_url(sandbox.url("/oauth/authorize")))
        .set_token_uri(TokenUrl::from_url(sandbox.url("/oauth/token")))
        .set_redirect_uri(RedirectUrl::new(callback_url).unwrap());
    let app = App {
        provider,
        client: Client::builder().redirect(Policy::none()).build().unwrap(),
        contacts: sandbox.api_url(&Family::Contact),
        layer: PrivacyLayer::new().also_trust(sandbox.endpoint()), // 5
    };
    // The browser comes to the callback, and back from the privacy page, from another site.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_secure(false)
        .with_same_site(SameSite::Lax);
    let app = Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in))
        .route("/callback", get(callback))
        .with_state(app)
        .layer(PrivacyReturnLayer::new(home_url.parse().unwrap())) // 6
        .layer(sessions);
    (Server::start_on(listener, app), sandbox)
}

#[tokio::test]
async fn a_user_who_is_signed_in_goes_to_the_page_and_comes_back_to_the_same_session() {
    let (app, sandbox) = start().await;
    let user = User::new();
    user.open(app.url("/")).await.shows(200, "/", "Sign in");

    // One page signs them in, and the next asks for access.
    sandbox.sandbox().script([Choice::Always, Choice::Always]);
    let page = user.open(app.url("/sign-in")).await;
    page.shows(200, "/", "view 2: 5 contacts");
    assert_eq!(
        visits(sandbox.sandbox()),
        ["bearer scope.openid always", "contact.see always"]
    );

    let page = user.open(app.url("/")).await;
    page.shows(200, "/", "view 3: 5 contacts");
}

#[tokio::test]
async fn a_user_who_does_not_allow_it_is_still_signed_in() {
    let (app, sandbox) = start().await;
    let user = User::new();
    sandbox.sandbox().script([Choice::Always, Choice::Refuse]);
    let page = user.open(app.url("/sign-in")).await;
    page.shows(403, "/", "This step is still needed");

    sandbox
        .sandbox()
        .decide(&Family::Contact, "see", Choice::Always);
    let page = user.open(page.url).await;
    page.shows(200, "/", "view 3: 5 contacts");
}

#[tokio::test]
async fn the_apps_own_statuses_stay_as_they_are() {
    let (app, _sandbox) = start().await;
    let page = User::new().open(app.url("/callback?code=a&state=b")).await;
    page.shows(400, "/callback", "");
}

#[test]
fn it_needs_6_lines() {
    assert_eq!(numbered_lines(include_str!("app_axum_oauth.rs")), 6);
}
