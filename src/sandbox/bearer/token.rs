//! The token endpoint (RFC 6749, section 3.2), which exchanges a code for a token.

use std::time::Duration;

use axum::{body::Bytes, extract::State, response::Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::sandbox::{mounted::parameter, reply, state::Sandbox};

const LIFE: Duration = Duration::from_secs(60 * 60);

/// The app is a public client: PKCE binds the code to it, not a client secret.
pub(super) async fn exchange(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let form = String::from_utf8_lossy(&body);
    match answer(&sandbox, &form) {
        Ok(body) => reply::json(StatusCode::OK, body),
        // RFC 6749, section 5.2.
        Err(error) => reply::json(StatusCode::BAD_REQUEST, format!(r#"{{"error":"{error}"}}"#)),
    }
}

fn answer(sandbox: &Sandbox, form: &str) -> Result<String, &'static str> {
    let value = |name| match form_urlencoded::parse(form.as_bytes())
        .filter(|(n, _)| n == name)
        .count()
    {
        1 => parameter(form, &[name]).ok_or("invalid_request"),
        _ => Err("invalid_request"),
    };
    if value("grant_type")? != "authorization_code" {
        return Err("unsupported_grant_type");
    }
    if value("client_id")? != sandbox.service_id() {
        return Err("invalid_client");
    }
    let (secret, redirect_uri) = (value("code")?, value("redirect_uri")?);
    let verifier = value("code_verifier")?;
    let now = sandbox.now();
    let code = sandbox.memory().codes.take(&secret, now);
    // A code can be tried once, even if the exchange fails.
    let code = code.ok_or("invalid_grant")?;
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    if code.redirect_uri != redirect_uri || code.challenge != challenge {
        return Err("invalid_grant");
    }
    let scopes = code.grant.permissions.iter();
    let scopes: Vec<_> = scopes
        .filter_map(|name| name.strip_prefix("scope."))
        .collect();
    let scopes = scopes.join(" ");
    let token = sandbox.memory().access_tokens.issue(code.grant, now, LIFE);
    Ok(format!(
        r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{},"scope":"{scopes}"}}"#,
        LIFE.as_secs()
    ))
}
