//! A Matrix homeserver such as Synapse, which requires users to agree to its terms.

use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use maud::html;
use url::Url;

use super::{
    consent::Choice,
    mounted::{Base, Mounted, credentials, parameter},
    record::{Call, Visit},
    reply::{self, Button},
    state::Sandbox,
};
use crate::urls::ReturnUrl;

const PROTOCOL: &str = "matrix_consent";
const CREATE_ROOM: &str = "/_matrix/client/v3/createRoom";
const CONSENT: &str = "/_matrix/consent";

const USER: &str = "alice";
/// Of the terms.
const VERSION: &str = "1.0";

pub(super) fn routes() -> Router<Mounted> {
    Router::new()
        .route(CREATE_ROOM, post(create_room))
        .route(CONSENT, get(open).post(press))
}

async fn create_room(
    State(sandbox): State<Sandbox>,
    Base(base): Base,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let in_query = query.and_then(|query| parameter(&query, &["access_token"]));
    let token = credentials(&headers, &["Bearer"]).or(in_query.as_deref());
    let error = match token {
        None => Some(r#"{"errcode":"M_MISSING_TOKEN","error":"Missing access token"}"#),
        Some(token) if token == sandbox.token() => None,
        Some(_) => Some(
            r#"{"errcode":"M_UNKNOWN_TOKEN","error":"Unrecognised access token","soft_logout":false}"#,
        ),
    };
    if let Some(error) = error {
        sandbox.fail(CREATE_ROOM, StatusCode::UNAUTHORIZED);
        return reply::json(StatusCode::UNAUTHORIZED, error);
    }
    let host = base.host_str().unwrap_or_default();
    let call = Call::of(PROTOCOL, CREATE_ROOM, [permission(&base)]);
    if sandbox.admit(call).is_none() {
        let room = format!(r#"{{"room_id":"!OGEhHVWSdvArJzumhm:{host}"}}"#);
        return reply::json(StatusCode::OK, room);
    }
    let mut page = page(base);
    page.set_query(Some(&format!("u={USER}&h={}", sandbox.user_secret())));
    reply::json(
        StatusCode::FORBIDDEN,
        format!(
            "{{\"consent_uri\":\"{page}\",\"errcode\":\"M_CONSENT_NOT_GIVEN\",\"error\":\"To continue using \
             this homeserver you must review and agree to the terms and conditions at {page}\"}}"
        ),
    )
}

fn permission(base: &Url) -> String {
    format!("terms.{}", base.host_str().unwrap_or_default())
}

fn page(mut base: Url) -> Url {
    base.set_path(CONSENT);
    base
}

/// As on the real page. A user who does not agree closes the window.
const BUTTONS: [Button; 1] = [(
    Choice::Always,
    "I agree",
    "You can then use this homeserver.",
)];

async fn open(
    State(sandbox): State<Sandbox>,
    Base(base): Base,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    if parameter(&query, &["u"]).is_none() {
        // Everybody may read the terms.
        return terms(None);
    }
    let visit = match visit(&sandbox, base, &query) {
        Ok(visit) => visit,
        Err((status, reason)) => return error(status, reason),
    };
    match sandbox.open(visit) {
        None | Some(Choice::Refuse) => terms(Some(sandbox.user_secret())),
        Some(_) => success(),
    }
}

/// The form posts `v`, `u` and `h`. They may also be in the query.
async fn press(
    State(sandbox): State<Sandbox>,
    Base(base): Base,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let form = String::from_utf8_lossy(&body);
    let fields = format!("{form}&{}", query.unwrap_or_default());
    if parameter(&fields, &["v"]).is_none() {
        return error(
            StatusCode::BAD_REQUEST,
            "Missing string query parameter 'v'",
        );
    }
    match visit(&sandbox, base, &fields) {
        Ok(visit) => {
            let choice = reply::chosen(&body).unwrap_or(Choice::Always);
            sandbox.press(&visit, choice);
            success()
        }
        Err((status, reason)) => error(status, reason),
    }
}

/// Whoever knows `h` is the user.
fn visit(sandbox: &Sandbox, base: Url, fields: &str) -> Result<Visit, (StatusCode, &'static str)> {
    let user = parameter(fields, &["u"]);
    let user = user.ok_or((
        StatusCode::BAD_REQUEST,
        "Missing string query parameter 'u'",
    ))?;
    let secret = parameter(fields, &["h"]);
    let secret = secret.ok_or((
        StatusCode::BAD_REQUEST,
        "Missing string query parameter 'h'",
    ))?;
    if user != USER || secret != sandbox.user_secret() {
        return Err((StatusCode::FORBIDDEN, "HMAC incorrect"));
    }
    let permission = permission(&base);
    let page = ReturnUrl::try_from(page(base)).map_err(|_| (StatusCode::BAD_REQUEST, "No host"))?;
    let visit = Visit::of(PROTOCOL, sandbox.service_id(), [permission], page);
    Ok(visit.that_stays())
}

fn terms(secret: Option<&str>) -> Response {
    let content = html! {
        p { "Be kind to the others, and keep what is said here to yourself." }
        @if let Some(secret) = secret {
            (reply::form(&[("v", VERSION), ("u", USER), ("h", secret)], &BUTTONS))
        }
    };
    reply::html(StatusCode::OK, "Terms of this homeserver", &content)
}

/// It has no link: the user stays here.
fn success() -> Response {
    let text = html! { p { "Thank you. You have agreed to the terms." } };
    reply::html(StatusCode::OK, "Success", &text)
}

fn error(status: StatusCode, reason: &str) -> Response {
    let text = html! { p { (reason) } };
    reply::html(status, "Error", &text)
}
