//! Step-up sign-in: the upstream is an OAuth resource server that sometimes wants more than the user's token
//! shows, such as another scope (RFC 6750), a second factor or a more recent sign-in (RFC 9470). The app has
//! the sign-in route that `Bearer` sends users to, written with the crate `oauth2`.
//!
//! ```sh
//! cargo run --example sign_in --features axum,bearer,reqwest,sandbox
//! ```
//!
//! Open the URL that it prints. `PORT` sets the app's port (8080), `SANDBOX_PORT` the sandbox's (8081). Both
//! listen on loopback only. Ctrl-C stops them. For servers of your own, which know
//! `http://127.0.0.1:8080/callback` as a redirect URI, set `AUTHORIZE_URL`, `TOKEN_URL`, `CLIENT_ID` and
//! `API_URL`, and `CLIENT_SECRET` and `RESOURCE` if they want that. For `https` reqwest needs a feature.
//!
//! A real app adds:
//!
//! - a store of sessions that all replicas share, and that ends them after a time, as it does the trips to the
//!   provider that nobody comes back from
//! - a session cookie with `Secure`, and `__Host-` before its name
//! - the ID token, to know who the user is and that a step-up was not another user's (the crate
//!   `openidconnect` checks it)
//! - refresh tokens, and a way to sign out

use std::{
    collections::{BTreeSet, HashMap},
    env,
    error::Error,
    slice,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    extract::{Query, RawQuery, State},
    http::{
        HeaderMap, StatusCode, Uri,
        header::{COOKIE, SET_COOKIE},
        uri::PathAndQuery,
    },
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use oauth2::{
    AccessToken, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, TokenResponse, TokenUrl,
    basic::{BasicClient, BasicTokenResponse},
};
use serde::Deserialize;
use tokio::net::TcpListener;
use tower::{Layer, ServiceExt};
use tower_privacy::{
    Privacy, PrivacyContext, PrivacyError, PrivacyLayer, PrivacyReturnLayer, ReturnUrl,
    protocol::{Bearer, BearerRequest},
    sandbox::{RunningSandbox, Sandbox},
};
use url::{Url, form_urlencoded::byte_serialize};

/// What every sign-in asks for. An `OpenID` Provider takes `acr_values` and `max_age` with `openid` only.
const BASIC: [&str; 2] = ["openid", "files:read"];

/// What the upstream may make the app ask for.
const ALLOWED: [&str; 2] = ["files:read", "files:write"];

/// The servers that the app works with.
pub(crate) struct Settings {
    pub(crate) authorize_url: String,
    pub(crate) token_url: String,
    pub(crate) client_id: String,
    /// A public client has none.
    pub(crate) client_secret: Option<String>,
    /// Without a slash at its end.
    pub(crate) api_url: String,
    /// What the token is for, where the provider wants to be told (RFC 8707).
    pub(crate) resource: Option<String>,
}

struct App {
    settings: Settings,
    /// Where browsers reach the app.
    home: ReturnUrl,
    bearer: Bearer,
    provider: Provider,
    client: Privacy<reqwest::Client>,
    sessions: Mutex<HashMap<String, Session>>,
}

type Provider =
    BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// What the app knows of one browser.
#[derive(Default)]
struct Session {
    token: Option<AccessToken>,
    /// The scopes of the token.
    scopes: BTreeSet<String>,
    /// The trips to the provider that have not come back, by their `state`. Each window may be on one.
    trips: HashMap<String, Trip>,
}

struct Trip {
    scopes: BTreeSet<String>,
    verifier: PkceCodeVerifier,
    return_to: ReturnUrl,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port("PORT", 8080)?)).await;
    let listener = listener.map_err(|error| format!("PORT: {error}"))?;
    let home = ReturnUrl::try_from(format!("http://{}/", listener.local_addr()?))?;
    let (settings, _sandbox) = if let Ok(authorize_url) = env::var("AUTHORIZE_URL") {
        (Settings::of_environment(authorize_url)?, None)
    } else {
        let callback = home.as_url().join("/callback")?.try_into()?;
        let sandbox = Sandbox::new().with_redirect_uris([callback]);
        let address = ([127, 0, 0, 1], port("SANDBOX_PORT", 8081)?).into();
        let sandbox = sandbox.bind(address).await;
        let sandbox = sandbox.map_err(|error| format!("SANDBOX_PORT: {error}"))?;
        (Settings::of_sandbox(&sandbox), Some(sandbox))
    };
    println!("Open {} in a browser. Ctrl-C stops it.", home.as_str());
    tokio::select! {
        served = axum::serve(listener, app(settings, home)?) => served?,
        stop = tokio::signal::ctrl_c() => stop?,
    }
    Ok(())
}

fn port(variable: &str, default: u16) -> Result<u16, String> {
    let port = env::var(variable).map_or(Ok(default), |port| port.parse());
    port.map_err(|error| format!("{variable}: {error}"))
}

impl Settings {
    fn of_environment(authorize_url: String) -> Result<Self, String> {
        let needed = |name| env::var(name).map_err(|error| format!("{name}: {error}"));
        Ok(Self {
            authorize_url,
            token_url: needed("TOKEN_URL")?,
            client_id: needed("CLIENT_ID")?,
            client_secret: env::var("CLIENT_SECRET").ok(),
            api_url: needed("API_URL")?,
            resource: env::var("RESOURCE").ok(),
        })
    }

    pub(crate) fn of_sandbox(sandbox: &RunningSandbox) -> Self {
        Self {
            authorize_url: sandbox.url("/oauth/authorize").into(),
            token_url: sandbox.url("/oauth/token").into(),
            client_id: sandbox.sandbox().service_id().to_owned(),
            client_secret: None,
            api_url: sandbox.base_url().origin().ascii_serialization(),
            resource: None,
        }
    }
}

pub(crate) fn app(settings: Settings, home: ReturnUrl) -> Result<Router, Box<dyn Error>> {
    let bearer = Bearer::new(home.as_url().join("/sign-in")?, ALLOWED)?;
    let callback = home.as_url().join("/callback")?;
    let mut provider = BasicClient::new(ClientId::new(settings.client_id.clone()))
        .set_auth_uri(AuthUrl::new(settings.authorize_url.clone())?)
        .set_token_uri(TokenUrl::new(settings.token_url.clone())?)
        .set_redirect_uri(RedirectUrl::from_url(callback));
    if let Some(secret) = &settings.client_secret {
        provider = provider.set_client_secret(ClientSecret::new(secret.clone()));
    }
    // With the sandbox nothing leaves the machine, so a proxy that the environment names must not see it. Remove
    // `no_proxy` if your servers are behind one. And a token endpoint that redirects must not make the app send
    // its secrets elsewhere.
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let app = App {
        client: PrivacyLayer::new().protocol(bearer.clone()).layer(client),
        settings,
        home: home.clone(),
        bearer,
        provider,
        sessions: Mutex::default(),
    };
    // Nobody is sent back into the middle of a sign-in.
    let host = PrivacyReturnLayer::new(home).never_return_to(["/sign-in", "/callback"]);
    Ok(Router::new()
        .route("/", get(START))
        .route("/files", get(show))
        .route("/upload", get(show))
        .route("/vault", get(show))
        .route("/recent", get(show))
        .route("/sign-in", get(sign_in))
        .route("/callback", get(callback_of_provider))
        .with_state(Arc::new(app))
        .layer(host))
}

/// A page shows what the upstream has under the same name.
async fn show(
    State(app): State<Arc<App>>,
    page: PrivacyContext,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, PrivacyError> {
    // Over HTTP/2 the whole URI has a host too, which is not upstream's.
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let mut request = app
        .client
        .get_ref()
        .get(format!("{}{path}", app.settings.api_url));
    if let Some(token) = app.token(&headers) {
        request = request.bearer_auth(token.secret());
    }
    let response = app.client.clone().oneshot(request.build()?).await?;
    // No token, or one that has expired: nothing was denied, and signing in is the user's own choice.
    if response.status() == StatusCode::UNAUTHORIZED {
        return Ok(signed_out(&page).into_response());
    }
    Ok(response.error_for_status()?.text().await?.into_response())
}

fn signed_out(page: &PrivacyContext) -> impl IntoResponse + use<> {
    let back = page.return_url().map_or("", ReturnUrl::as_str);
    let back: String = byte_serialize(back.as_bytes()).collect();
    let text = format!(
        r#"<!DOCTYPE html><title>Files</title>
        <p>You are not signed in. <a href="/sign-in?return_to={back}">Sign in</a>"#
    );
    (StatusCode::UNAUTHORIZED, Html(text))
}

#[derive(Deserialize)]
struct Back {
    return_to: Option<String>,
}

/// Sends the user to the provider. Anybody can link to this route, so all of its query is checked before it
/// is used.
async fn sign_in(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Query(back): Query<Back>,
) -> Response {
    let Some(asked) = app.bearer.accepts(&query.unwrap_or_default()) else {
        return (StatusCode::BAD_REQUEST, "This app does not ask for that.").into_response();
    };
    // A page of this app, or else the start page.
    let return_to = back
        .return_to
        .and_then(|url| ReturnUrl::of_origins(&url, slice::from_ref(&app.home)))
        .unwrap_or_else(|| app.home.clone());

    let mut sessions = app.sessions();
    // An id that is not known was not made here, and somebody else may know it.
    let id = session_id(&headers).filter(|id| sessions.contains_key(*id));
    let id = id.map_or_else(new_session_id, str::to_owned);
    let session = sessions.entry(id.clone()).or_default();

    // The new token replaces the old one, so it has to be good for what that was good for too. A provider
    // that remembers a consent does not ask for it again, but does not add it by itself either.
    let mut scopes: BTreeSet<_> = BASIC.map(str::to_owned).into();
    scopes.extend(session.scopes.iter().cloned());
    scopes.extend(asked.scopes().map(str::to_owned));

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = app.authorize_url(&scopes, &asked, challenge);
    let trip = Trip {
        scopes,
        verifier,
        return_to,
    };
    session.trips.insert(state.into_secret(), trip);
    (session_cookie(&id), Redirect::to(url.as_str())).into_response()
}

/// What the provider says in the URL that it sends the user back to (RFC 6749, section 4.1.2).
#[derive(Deserialize)]
struct Callback {
    state: String,
    code: Option<AuthorizationCode>,
    error: Option<String>,
}

async fn callback_of_provider(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(callback): Query<Callback>,
) -> Response {
    let id = session_id(&headers).unwrap_or_default();
    let trip = app
        .sessions()
        .get_mut(id)
        .and_then(|session| session.trips.remove(&callback.state));
    let Some(trip) = trip else {
        let text = "This browser has no sign-in in progress here. Please start again.";
        return (StatusCode::BAD_REQUEST, text).into_response();
    };
    let back = Redirect::to(trip.return_to.as_str());
    let Some(code) = callback.code else {
        // Who declines (`access_denied`) goes back too. If the page needs what they declined, the call is
        // denied again. The marker in the return URL says that they were asked, so they are told, not sent.
        let error = callback.error.unwrap_or_default();
        eprintln!("a sign-in ended without a code: {error:?}");
        return back.into_response();
    };

    let token = match app.exchange(code, trip.verifier).await {
        Ok(token) => token,
        Err(error) => {
            eprintln!("a code could not be exchanged: {error}");
            let text = "The sign-in failed. Please start again.";
            return (StatusCode::BAD_GATEWAY, text).into_response();
        }
    };

    let mut sessions = app.sessions();
    // A new id, so that one which leaked before the sign-in is worth nothing after it.
    let mut session = sessions.remove(id).unwrap_or_default();
    let id = new_session_id();
    // Without a list, it is what was asked for (RFC 6749, section 5.1).
    session.scopes = token.scopes().map_or(trip.scopes, |granted| {
        granted.iter().map(|scope| scope.to_string()).collect()
    });
    session.token = Some(token.access_token().clone());
    sessions.insert(id.clone(), session);
    (session_cookie(&id), back).into_response()
}

/// The HTTP client of the crate `oauth2`, made of the app's own.
async fn send(client: reqwest::Client, request: HttpRequest) -> reqwest::Result<HttpResponse> {
    let response = client.execute(request.try_into()?).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut reply = HttpResponse::new(response.bytes().await?.into());
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    Ok(reply)
}

impl App {
    /// Where the provider asks the user for this, and the `state` that the user has to come back with.
    fn authorize_url(
        &self,
        scopes: &BTreeSet<String>,
        asked: &BearerRequest,
        challenge: PkceCodeChallenge,
    ) -> (Url, CsrfToken) {
        let acr_values: Vec<_> = asked.acr_values().collect();
        let acr_values = (!acr_values.is_empty()).then(|| acr_values.join(" "));
        let max_age = asked.max_age().map(|age| age.as_secs().to_string());
        let mut request = self
            .provider
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        for (name, value) in [
            ("acr_values", acr_values.as_deref()),
            ("max_age", max_age.as_deref()),
            ("claims", asked.claims()),
            ("resource", self.settings.resource.as_deref()),
        ] {
            if let Some(value) = value {
                request = request.add_extra_param(name, value);
            }
        }
        request.url()
    }

    async fn exchange(
        &self,
        code: AuthorizationCode,
        verifier: PkceCodeVerifier,
    ) -> Result<BasicTokenResponse, impl Error> {
        let mut request = self
            .provider
            .exchange_code(code)
            .set_pkce_verifier(verifier);
        if let Some(resource) = &self.settings.resource {
            request = request.add_extra_param("resource", resource);
        }
        let send = |request| send(self.client.get_ref().clone(), request);
        request.request_async(&send).await
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().expect("no handler panics")
    }

    fn token(&self, headers: &HeaderMap) -> Option<AccessToken> {
        self.sessions().get(session_id(headers)?)?.token.clone()
    }
}

fn session_id(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter();
    cookies
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split("; "))
        .find_map(|cookie| cookie.strip_prefix("session="))
}

/// As hard to guess as a `state`.
fn new_session_id() -> String {
    CsrfToken::new_random().into_secret()
}

/// `Lax`, since the way back from the provider is a link from another site.
fn session_cookie(id: &str) -> [(axum::http::HeaderName, String); 1] {
    [(
        SET_COOKIE,
        format!("session={id}; HttpOnly; Path=/; SameSite=Lax"),
    )]
}

const START: Html<&str> = Html(
    r#"<!DOCTYPE html><title>Files</title><h1>Files</h1>
    <p><a href="/sign-in">Sign in</a>
    <ul>
    <li><a href="/files">Read</a>
    <li><a href="/upload?name=a%26b&amp;x=1">Write</a>, which needs another scope
    <li><a href="/vault">The vault</a>, which needs a second factor
    <li><a href="/recent">Settings</a>, which need a recent sign-in
    </ul>"#,
);
