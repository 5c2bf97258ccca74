//! Ory Kratos: its public API, which knows who is signed in and how strongly, and its login page.

use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE},
};
use maud::html;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{
    consent::Choice,
    mounted::{Base, Mounted, credentials, parameter},
    record::{Call, Visit},
    reply::{self, Button},
    state::Sandbox,
};
use crate::urls::ReturnUrl;

const PROTOCOL: &str = "kratos";
const COOKIE_NAME: &str = "ory_kratos_session";
const WHOAMI: &str = "/sessions/whoami";
const LOGIN: &str = "/self-service/login/browser";
const SETTINGS: &str = "/self-service/settings";

pub(super) fn routes() -> Router<Mounted> {
    Router::new()
        .route(WHOAMI, get(whoami))
        .route(LOGIN, get(login).post(press))
        .route(SETTINGS, get(settings).post(settings))
}

async fn whoami(State(sandbox): State<Sandbox>, Base(base): Base, headers: HeaderMap) -> Response {
    match lacking(&sandbox, &headers, WHOAMI, "aal.aal2").as_deref() {
        None => reply::json(StatusCode::OK, SESSION),
        Some("session") => Error {
            status: Some(StatusCode::UNAUTHORIZED),
            reason: "No valid session credentials found in the request.",
            message: "The request could not be authorized",
            ..Error::default()
        }
        .into_response(),
        Some(_) => Error {
            id: "session_aal2_required",
            reason: "An active session was found but it does not fulfill the requested Authenticator \
                     Assurance Level. Please verify yourself with a second factor to resolve this issue.",
            message: "Session does not fulfill the requested Authenticator Assurance Level",
            page: Some(login_url(base, "aal=aal2")),
            has_details: true,
            ..Error::default()
        }
        .into_response(),
    }
}

/// An API that needs a recent sign-in. The login page sends users back to this very URL, so browsers get a
/// page.
async fn settings(
    State(sandbox): State<Sandbox>,
    Base(base): Base,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        let text = html! { p { "Go back to the service that you came from." } };
        return reply::html(StatusCode::OK, "Your settings", &text);
    }
    match lacking(&sandbox, &headers, SETTINGS, "refresh").as_deref() {
        None => reply::json(StatusCode::OK, r#"{"type":"api","state":"success"}"#),
        Some("session") => Error {
            status: Some(StatusCode::UNAUTHORIZED),
            id: "session_inactive",
            reason: "No active session was found in this request.",
            message: "request does not have a valid authentication session",
            ..Error::default()
        }
        .into_response(),
        Some(_) => {
            let mut back = base.clone();
            back.set_path(SETTINGS);
            back.set_query(query.as_deref());
            let back = utf8_percent_encode(back.as_str(), NON_ALPHANUMERIC);
            let query = format!("refresh=true&return_to={back}");
            Error {
                id: "session_refresh_required",
                reason: "The login session is too old and thus not allowed to update these fields. Please \
                         re-authenticate.",
                message: "The requested action was forbidden",
                page: Some(login_url(base, &query)),
                ..Error::default()
            }
            .into_response()
        }
    }
}

/// The first permission that a call lacks: the session, or this one.
fn lacking(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    path: &'static str,
    permission: &str,
) -> Option<String> {
    let needed = ["session", permission].map(str::to_owned);
    if has_session_token(headers, sandbox.token()) {
        sandbox.admit(Call::of(PROTOCOL, path, needed))
    } else {
        sandbox.fail(path, StatusCode::UNAUTHORIZED);
        needed.into_iter().next()
    }
}

/// An error as Kratos writes it: empty members are left out, and the order is this one.
#[derive(Default)]
struct Error {
    /// 403 if not set.
    status: Option<StatusCode>,
    id: &'static str,
    reason: &'static str,
    message: &'static str,
    page: Option<Url>,
    /// Whether the page is named in `details` too.
    has_details: bool,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status.unwrap_or(StatusCode::FORBIDDEN);
        let text = |name, value: &str| format!(r#""{name}":"{value}""#);
        let page = self.page.map(|page| {
            // As Go writes JSON. A URL has no other character that needs it.
            text(
                "redirect_browser_to",
                &page.as_str().replace('&', "\\u0026"),
            )
        });
        let id = (!self.id.is_empty()).then(|| text("id", self.id));
        let details = page.as_ref().filter(|_| self.has_details);
        let members = [
            id,
            Some(format!(r#""code":{}"#, status.as_u16())),
            Some(text(
                "status",
                status.canonical_reason().unwrap_or_default(),
            )),
            Some(text("reason", self.reason)),
            details.map(|page| format!(r#""details":{{{page}}}"#)),
            Some(text("message", self.message)),
        ];
        let members: Vec<_> = members.into_iter().flatten().collect();
        let error = format!(r#""error":{{{}}}"#, members.join(","));
        let members: Vec<_> = [Some(error), page].into_iter().flatten().collect();
        reply::json(status, format!("{{{}}}", members.join(",")))
    }
}

/// In `X-Session-Token`, in `Authorization`, or in the cookie that the login page sets.
fn has_session_token(headers: &HeaderMap, token: &str) -> bool {
    let header = headers.get("x-session-token");
    let cookies = headers.get_all(COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'));
    header.is_some_and(|header| header == token)
        || credentials(headers, &["bearer"]) == Some(token)
        || pairs.any(|pair| pair.trim().split_once('=') == Some((COOKIE_NAME, token)))
}

fn login_url(mut base: Url, query: &str) -> Url {
    base.set_path(LOGIN);
    base.set_query(Some(query));
    base
}

/// What the login page was opened for.
struct Login {
    /// The permission that it grants.
    permission: &'static str,
    back: Option<ReturnUrl>,
    page: ReturnUrl,
}

impl Login {
    fn read(query: &str, base: &Url, sandbox: &Sandbox) -> Result<Self, &'static str> {
        let permission = match parameter(query, &["aal"]).as_deref() {
            _ if parameter(query, &["refresh"]).as_deref() == Some("true") => "refresh",
            None | Some("aal1") => "session",
            Some("aal2") if sandbox.holds(PROTOCOL, "session") => "aal.aal2",
            Some("aal2") => {
                return Err("A higher AAL can only be requested with an active session.");
            }
            Some(_) => return Err("The AAL must be aal1 or aal2."),
        };
        let page = ReturnUrl::try_from(login_url(base.clone(), ""));
        Ok(Self {
            permission,
            back: return_url(query, base, sandbox)?,
            page: page.map_err(|_| NOT_ALLOWED)?.with_query(None),
        })
    }

    fn visit(&self, sandbox: &Sandbox) -> Visit {
        let back = self.back.as_ref().unwrap_or(&self.page);
        let permission = [self.permission.to_owned()];
        let visit = Visit::of(PROTOCOL, sandbox.service_id(), permission, back.clone());
        match self.back {
            Some(_) => visit,
            None => visit.that_stays(),
        }
    }

    /// The service is not told what the user chose. A new session comes with its cookie.
    fn done(self, sandbox: &Sandbox, choice: Choice) -> Response {
        let back = self
            .back
            .and_then(|url| HeaderValue::from_str(url.as_str()).ok());
        let mut response = if let Some(back) = back {
            (StatusCode::SEE_OTHER, [(LOCATION, back)]).into_response()
        } else {
            let text = html! { p { "You can close this window." } };
            reply::html(StatusCode::OK, "Done", &text)
        };
        let cookie = format!(
            "{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Lax",
            sandbox.token()
        );
        if choice != Choice::Refuse
            && self.permission == "session"
            && let Ok(cookie) = HeaderValue::from_str(&cookie)
        {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        reply::secured(response)
    }
}

const NOT_ALLOWED: &str = "The requested return_to URL is not allowed.";

/// Where the user goes after the login page, if the query says so.
fn return_url(
    query: &str,
    base: &Url,
    sandbox: &Sandbox,
) -> Result<Option<ReturnUrl>, &'static str> {
    let Some(given) = parameter(query, &["return_to"]) else {
        return Ok(None);
    };
    let url = ReturnUrl::try_from(given).map_err(|_| NOT_ALLOWED)?;
    let mut own = base.clone();
    own.set_path("/self-service");
    let allowed = sandbox.allowed_return_urls().iter().map(ReturnUrl::as_url);
    let mut allowed = allowed.chain([&own]);
    let is_allowed = allowed.any(|allowed| allows(allowed, url.as_url()));
    is_allowed.then_some(Some(url)).ok_or(NOT_ALLOWED)
}

/// Kratos compares the scheme, the host with its port, and the start of the path.
fn allows(allowed: &Url, url: &Url) -> bool {
    allowed.origin() == url.origin() && url.path().starts_with(allowed.path())
}

const BUTTONS: [Button; 2] = [
    (
        Choice::Always,
        "Continue",
        "This is like typing your password or your code.",
    ),
    (Choice::Refuse, "Cancel", "You return without signing in."),
];

/// A real Kratos redirects to a page of the app for the form. Here the form is shown at once.
async fn login(
    State(sandbox): State<Sandbox>,
    Base(base): Base,
    RawQuery(query): RawQuery,
) -> Response {
    let login = match Login::read(&query.unwrap_or_default(), &base, &sandbox) {
        Ok(login) => login,
        Err(reason) => return error(reason),
    };
    if let Some(choice) = sandbox.open(login.visit(&sandbox)) {
        return login.done(&sandbox, choice);
    }
    let (title, text) = match login.permission {
        "session" => ("Sign in", "Please sign in with your password."),
        "refresh" => (
            "Sign in again",
            "Please confirm this action by verifying that it is you.",
        ),
        _ => (
            "Second factor",
            "Please complete the second authentication challenge.",
        ),
    };
    let content = html! { p { (text) } (reply::form(&[], &BUTTONS)) };
    reply::html(StatusCode::OK, title, &content)
}

async fn press(
    State(sandbox): State<Sandbox>,
    Base(base): Base,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let login = Login::read(&query.unwrap_or_default(), &base, &sandbox);
    let choice = reply::chosen(&body).ok_or("The choice must be once, always or refuse.");
    match login.and_then(|login| choice.map(|choice| (login, choice))) {
        Ok((login, choice)) => {
            sandbox.press(&login.visit(&sandbox), choice);
            login.done(&sandbox, choice)
        }
        Err(reason) => error(reason),
    }
}

/// Kratos's own error page. It does not redirect to anything that the query names.
fn error(reason: &str) -> Response {
    let text = html! { p { (reason) } p.after { "Nothing was stored. Please go back to the service that sent you here." } };
    reply::html(StatusCode::BAD_REQUEST, "An error occurred", &text)
}

const SESSION: &str = concat!(
    r#"{"id":"2d27bd9e-f5d1-4d6f-8ba0-9b5d3a4b6f10","active":true,"expires_at":"2038-01-19T03:14:07Z","#,
    r#""authenticated_at":"2026-01-01T08:00:00Z","authenticator_assurance_level":"aal2","#,
    r#""authentication_methods":[{"method":"password","aal":"aal1","completed_at":"2026-01-01T08:00:00Z"},"#,
    r#"{"method":"totp","aal":"aal2","completed_at":"2026-01-01T08:00:30Z"}],"#,
    r#""issued_at":"2026-01-01T08:00:00Z","identity":{"id":"9f425a8d-7efc-4768-8f23-7647a74fdf13","#,
    r#""schema_id":"default","state":"active","#,
    r#""traits":{"email":"ada@lovelace.example","name":"Ada Lovelace"}},"devices":[]}"#,
);
