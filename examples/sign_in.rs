//! Step-up sign-in: the upstream is an OAuth resource server that sometimes requires more than the user's token has:
//! another scope (RFC 6750), a second factor or a more recent sign-in (RFC 9470). The app has the sign-in route that
//! `Bearer` sends users to, written with the crate `oauth2`.
//!
//! ```sh
//! cargo run --example sign_in --features axum,bearer,reqwest,sandbox
//! ```
//!
//! Open the URL that it prints. `PORT` sets the app's port (8080), `SANDBOX_PORT` the sandbox's (8081). Both
//! listen on loopback only. Ctrl-C stops them. To use your own servers, register
//! `http://127.0.0.1:8080/callback` as a redirect URI, and set `AUTHORIZE_URL`, `TOKEN_URL`, `CLIENT_ID` and
//! `API_URL`, and `CLIENT_SECRET` and `RESOURCE` if they need them. For `https`, reqwest needs a feature.
//!
//! A real app adds:
//!
//! - a session store that all replicas share, and that expires sessions and trips to the provider that nobody comes
//!   back from
//! - `Secure`, and the prefix `__Host-`, for the session cookie
//! - the ID token, to know who the user is, and that the same user made the step-up (the crate `openidconnect` checks
//!   it)
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

/// The scopes of every sign-in. An `OpenID` Provider only accepts `acr_values` and `max_age` with `openid`.
const BASIC: [&str; 2] = ["openid", "files:read"];

/// The scopes that the upstream may ask for.
const ALLOWED: [&str; 2] = ["files:read", "files:write"];

/// The servers that the app uses.
pub(crate) struct Settings {
    pub(crate) authorize_url: String,
    pub(crate) token_url: String,
    pub(crate) client_id: String,
    /// Not set for a public client.
    pub(crate) client_secret: Option<String>,
    /// Without a trailing slash.
    pub(crate) api_url: String,
    /// What the token is for, if the provider needs it (RFC 8707).
    pub(crate) resource: Option<String>,
}

struct App {
    settings: Settings,
    /// The URL that browsers see.
    home: ReturnUrl,
    bearer: Bearer,
    provider: Provider,
    client: Privacy<reqwest::Client>,
    sessions: Mutex<HashMap<String, Session>>,
}

type Provider =
    BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// What the app knows about one browser.
#[derive(Default)]
struct Session {
    token: Option<AccessToken>,
    /// The scopes of the token.
    scopes: BTreeSet<String>,
    /// The open trips to the provider, by their `state`. Each window can have one.
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
    // With the sandbox, nothing leaves this machine, so ignore a proxy that the environment sets. Remove `no_proxy`
    // if your servers need one. Redirects are off, so a token endpoint cannot make the app send its secrets
    // elsewhere.
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
    // Users must not come back into the middle of a sign-in.
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

/// Shows what the upstream has at the same path.
async fn show(
    State(app): State<Arc<App>>,
    page: PrivacyContext,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, PrivacyError> {
    // Over HTTP/2, the URI also has a host, which is the app's.
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let mut request = app
        .client
        .get_ref()
        .get(format!("{}{path}", app.settings.api_url));
    if let Some(token) = app.token(&headers) {
        request = request.bearer_auth(token.secret());
    }
    let response = app.client.clone().oneshot(request.build()?).await?;
    // The token is missing or has expired. That is not a denial, so the user decides whether to sign in.
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

/// Sends the user to the provider. Anybody can link to this route, so the whole query is checked first.
async fn sign_in(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Query(back): Query<Back>,
) -> Response {
    let Some(asked) = app.bearer.accepts(&query.unwrap_or_default()) else {
        return (StatusCode::BAD_REQUEST, "This app does not ask for that.").into_response();
    };
    // A page of this app, else the start page.
    let return_to = back
        .return_to
        .and_then(|url| ReturnUrl::of_origins(&url, slice::from_ref(&app.home)))
        .unwrap_or_else(|| app.home.clone());

    let mut sessions = app.sessions();
    // The app did not issue an unknown id, so somebody else may know it.
    let id = session_id(&headers).filter(|id| sessions.contains_key(*id));
    let id = id.map_or_else(new_session_id, str::to_owned);
    let session = sessions.entry(id.clone()).or_default();

    // The new token replaces the old one, so it needs the old scopes too. A provider that remembers a consent does not
    // ask the user again, but does not add the scope by itself either.
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

/// The query that the provider sends the user back with (RFC 6749, section 4.1.2).
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
        // A user who declines (`access_denied`) goes back too. If the page needs what they declined, the call is
        // denied again. The marker in the return URL says that they were asked, so they see a page, not a redirect.
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
    // A new id, so that an id that leaked before the sign-in is useless.
    let mut session = sessions.remove(id).unwrap_or_default();
    let id = new_session_id();
    // No list means the requested scopes (RFC 6749, section 5.1).
    session.scopes = token.scopes().map_or(trip.scopes, |granted| {
        granted.iter().map(|scope| scope.to_string()).collect()
    });
    session.token = Some(token.access_token().clone());
    sessions.insert(id.clone(), session);
    (session_cookie(&id), back).into_response()
}

/// The app's client as an HTTP client for the crate `oauth2`.
async fn send(client: reqwest::Client, request: HttpRequest) -> reqwest::Result<HttpResponse> {
    let response = client.execute(request.try_into()?).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut reply = HttpResponse::new(response.bytes().await?.into());
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    Ok(reply)
}

impl App {
    /// The provider's authorization URL, and the `state` that the user must come back with.
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

/// `Lax`, since users come back from the provider by a redirect from another site.
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
