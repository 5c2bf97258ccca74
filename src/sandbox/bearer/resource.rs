//! The APIs. Each requires something else of a token.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header::WWW_AUTHENTICATE};

use crate::sandbox::{mounted::credentials, record::Call, reply, state::Sandbox};

pub(super) const PROTOCOL: &str = "bearer";
pub(super) const SCOPES: [&str; 3] = ["openid", "files:read", "files:write"];
pub(super) const ACR: &str = "mfa";
pub(super) const CLAIMS: &str = "claims";

/// An API: its path, the permission that it needs, its challenge to a token without that, and its data.
pub(super) struct Api {
    pub(super) path: &'static str,
    permission: &'static str,
    status: StatusCode,
    challenge: &'static str,
    data: &'static str,
}

pub(super) static ALL: [Api; 5] = [
    Api {
        path: "/files",
        permission: "scope.files:read",
        status: StatusCode::FORBIDDEN,
        challenge: concat!(
            r#"Bearer realm="sandbox", error="insufficient_scope", error_description="The request requires "#,
            r#"higher privileges than provided by the access token", scope="files:read""#,
        ),
        data: r#"{"files":["Low tide at Saint-Malo.jpg","Moonrise picnic.txt"]}"#,
    },
    Api {
        path: "/upload",
        permission: "scope.files:write",
        status: StatusCode::FORBIDDEN,
        challenge: concat!(
            r#"Bearer realm="sandbox", error="insufficient_scope", error_description="The request requires "#,
            r#"higher privileges than provided by the access token", scope="files:write""#,
        ),
        data: r#"{"uploaded":"Balloon repairs.txt"}"#,
    },
    Api {
        path: "/vault",
        permission: "acr.mfa",
        status: StatusCode::UNAUTHORIZED,
        challenge: concat!(
            r#"Bearer error="insufficient_user_authentication", error_description="A different "#,
            r#"authentication level is required", acr_values="mfa""#,
        ),
        data: r#"{"vault":["The combination of the safe"]}"#,
    },
    Api {
        path: "/recent",
        permission: "max_age.300",
        status: StatusCode::UNAUTHORIZED,
        challenge: concat!(
            r#"Bearer error="insufficient_user_authentication", error_description="More recent "#,
            r#"authentication is required", max_age="300""#,
        ),
        data: r#"{"settings":{"language":"fr"}}"#,
    },
    Api {
        path: "/v1.0/me",
        permission: CLAIMS,
        status: StatusCode::UNAUTHORIZED,
        // As Microsoft Graph writes it. The claims say: a token that was issued later than this.
        challenge: concat!(
            r#"Bearer realm="", "#,
            "authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize, ",
            r#"client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", "#,
            r#"claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTY1NzgzNDQxNyJ9fX0=", "#,
            r#"errorDescription="Continuous access evaluation resulted in claims challenge""#,
        ),
        data: r#"{"displayName":"Ada Lovelace","mail":"ada@lovelace.example"}"#,
    },
];

/// RFC 6750, section 3.1: the challenge to a request without a token has no `error`.
const NO_TOKEN: &str = r#"Bearer realm="sandbox""#;
const INVALID_TOKEN: &str = concat!(
    r#"Bearer realm="sandbox", error="invalid_token", "#,
    r#"error_description="The access token is unknown, or has expired""#,
);

pub(super) fn answer(api: &Api, sandbox: &Sandbox, headers: &HeaderMap) -> Response {
    let call = Call::of(PROTOCOL, api.path, [api.permission.to_owned()]);
    let admitted = match credentials(headers, &["bearer"]) {
        None => Err(NO_TOKEN),
        Some(token) if token == sandbox.token() => Ok(sandbox.admit(call)),
        Some(token) => sandbox.admit_token(token, call).map_err(|()| INVALID_TOKEN),
    };
    match admitted {
        Ok(None) => reply::json(StatusCode::OK, api.data),
        Ok(Some(_)) => challenge(api.status, api.challenge),
        Err(text) => {
            sandbox.fail(api.path, StatusCode::UNAUTHORIZED);
            challenge(StatusCode::UNAUTHORIZED, text)
        }
    }
}

fn challenge(status: StatusCode, challenge: &'static str) -> Response {
    let mut response = reply::json(status, "{}");
    let challenge = HeaderValue::from_static(challenge);
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}
