//! The authorization endpoint (RFC 6749, section 3.1): the page where the user consents or declines.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::LOCATION};
use maud::{Markup, html};
use serde_json::Value;
use url::form_urlencoded;

use super::resource::{ACR, CLAIMS, PROTOCOL, SCOPES};
use crate::{
    sandbox::{
        consent::Choice,
        mounted::parameter,
        record::Visit,
        reply::{self, Button},
        state::Sandbox,
        tickets::{Code, Grant},
    },
    urls::ReturnUrl,
};

const LIFE_OF_A_CODE: Duration = Duration::from_secs(60);

pub(super) async fn open(State(sandbox): State<Sandbox>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let back = match Back::read(&query, &sandbox) {
        Ok(back) => back,
        Err(reason) => return error(reason),
    };
    let asked = match Asked::read(&query) {
        Ok(asked) => asked,
        Err(error) => return back.with("error", error),
    };
    if let Some(choice) = sandbox.open(asked.visit(&sandbox, &back)) {
        return done(&sandbox, back, asked, choice);
    }
    let content = question(&sandbox, &back, &asked);
    reply::html(StatusCode::OK, "An app asks for access", &content)
}

pub(super) async fn press(
    State(sandbox): State<Sandbox>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let back = match Back::read(&query, &sandbox) {
        Ok(back) => back,
        Err(reason) => return error(reason),
    };
    let choice = reply::chosen(&body).ok_or("invalid_request");
    match Asked::read(&query).and_then(|asked| Ok((asked, choice?))) {
        Ok((asked, choice)) => {
            sandbox.press(&asked.visit(&sandbox, &back), choice);
            done(&sandbox, back, asked, choice)
        }
        Err(error) => back.with("error", error),
    }
}

/// Where the user is sent back to. If that is not valid, they are not redirected (RFC 6749, section 4.1.2.1).
struct Back {
    redirect_uri: ReturnUrl,
    state: Option<String>,
}

impl Back {
    fn read(query: &str, sandbox: &Sandbox) -> Result<Self, &'static str> {
        if only(query, "client_id")?.as_deref() != Some(sandbox.service_id()) {
            return Err("The client_id is not known.");
        }
        let given = only(query, "redirect_uri")?.unwrap_or_default();
        let mut registered = sandbox.redirect_uris().iter();
        let registered = registered.find(|registered| registered.as_str() == given);
        Ok(Self {
            redirect_uri: registered
                .cloned()
                .ok_or("The redirect_uri is not registered.")?,
            state: parameter(query, &["state"]),
        })
    }

    fn with(self, name: &str, value: &str) -> Response {
        let mut url = self.redirect_uri.as_url().clone();
        url.query_pairs_mut().append_pair(name, value);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        match HeaderValue::from_str(url.as_str()) {
            Ok(url) => {
                let response = (StatusCode::SEE_OTHER, [(LOCATION, url)]);
                reply::secured(response.into_response())
            }
            Err(_) => error("The redirect_uri cannot be a header."),
        }
    }
}

/// What the app asks for.
struct Asked {
    permissions: Vec<String>,
    challenge: String,
}

impl Asked {
    /// The error is the one to send the user back with.
    fn read(query: &str) -> Result<Self, &'static str> {
        let invalid = |_| "invalid_request";
        for name in ["state", "code_challenge_method"] {
            only(query, name).map_err(invalid)?;
        }
        let value = |name| only(query, name).map_err(invalid);
        match value("response_type")?.as_deref() {
            Some("code") => {}
            Some(_) => return Err("unsupported_response_type"),
            None => return Err("invalid_request"),
        }
        // RFC 7636, section 4.4.1. Without a method it would be `plain`.
        let method = value("code_challenge_method")?;
        let challenge = value("code_challenge")?.filter(|text| text.len() == 43);
        let challenge = challenge.filter(|_| method.as_deref() == Some("S256"));
        let challenge = challenge.ok_or("invalid_request")?;

        let mut permissions = Vec::new();
        for scope in value("scope")?.unwrap_or_default().split(' ') {
            match scope {
                "" => {}
                scope if SCOPES.contains(&scope) => permissions.push(format!("scope.{scope}")),
                _ => return Err("invalid_scope"),
            }
        }
        if let Some(values) = value("acr_values")? {
            if !values.split(' ').any(|value| value == ACR) {
                // RFC 9470, section 5.
                return Err("unmet_authentication_requirements");
            }
            permissions.push(format!("acr.{ACR}"));
        }
        if let Some(seconds) = value("max_age")? {
            let seconds: u32 = seconds.parse().map_err(|_| "invalid_request")?;
            permissions.push(format!("max_age.{seconds}"));
        }
        if let Some(claims) = value("claims")? {
            let claims: Option<Value> = serde_json::from_str(&claims).ok();
            claims.filter(Value::is_object).ok_or("invalid_request")?;
            permissions.push(CLAIMS.to_owned());
        }
        Ok(Self {
            permissions,
            challenge,
        })
    }

    fn wants(&self, kind: &str) -> bool {
        self.permissions.iter().any(|name| name.starts_with(kind))
    }

    fn visit(&self, sandbox: &Sandbox, back: &Back) -> Visit {
        let permissions = self.permissions.iter().cloned();
        Visit::of(
            PROTOCOL,
            sandbox.service_id(),
            permissions,
            back.redirect_uri.clone(),
        )
    }
}

/// The value of a parameter that must not be repeated (RFC 6749, section 3.1). An empty value counts as none.
fn only(query: &str, name: &str) -> Result<Option<String>, &'static str> {
    let named = form_urlencoded::parse(query.as_bytes()).filter(|(other, _)| other == name);
    match named.count() {
        0 | 1 => Ok(parameter(query, &[name])),
        _ => Err("A parameter is repeated."),
    }
}

/// Sends the user back, with a code if they consented. How they signed in counts for later tokens too.
fn done(sandbox: &Sandbox, back: Back, asked: Asked, choice: Choice) -> Response {
    if choice == Choice::Refuse {
        return back.with("error", "access_denied");
    }
    let now = sandbox.now();
    let signs_in = asked.wants("max_age.");
    let mut permissions = asked.permissions;
    for name in [format!("acr.{ACR}"), CLAIMS.to_owned()] {
        if !permissions.contains(&name) && sandbox.holds(PROTOCOL, &name) {
            permissions.push(name);
        }
    }
    let code = {
        let mut memory = sandbox.memory();
        if signs_in {
            memory.signed_in = Some(now);
        }
        let code = Code {
            redirect_uri: back.redirect_uri.as_str().to_owned(),
            challenge: asked.challenge,
            grant: Grant {
                permissions,
                signed_in: memory.signed_in,
                lasts_for_one_call: choice == Choice::Once,
            },
        };
        memory.codes.issue(code, now, LIFE_OF_A_CODE)
    };
    back.with("code", &code)
}

const BUTTONS: [Button; 3] = [
    (
        Choice::Once,
        "Allow once",
        "The app gets a token for one call.",
    ),
    (Choice::Always, "Allow", "The app gets a token for an hour."),
    (Choice::Refuse, "Don't allow", "The app gets no token."),
];

fn question(sandbox: &Sandbox, back: &Back, asked: &Asked) -> Markup {
    let host = back.redirect_uri.as_url().host_str().unwrap_or_default();
    html! {
        p { "The app " strong { (sandbox.service_id()) } " at " strong { (host) } " asks you to:" }
        ul {
            @for name in &asked.permissions { li { (in_words(name)) } }
            @if asked.permissions.is_empty() { li { "sign in" } }
        }
        h2 { "Do you allow this?" }
        (reply::form(&[], &BUTTONS))
        p.after { "Whatever you choose, you then return to " (host) "." }
    }
}

fn in_words(permission: &str) -> &'static str {
    match permission {
        "scope.openid" => "sign in",
        "scope.files:read" => "let it see your files",
        "scope.files:write" => "let it change your files",
        CLAIMS => "sign in again, because something has changed",
        _ if permission.starts_with("acr.") => "confirm with a second factor that it is you",
        _ => "sign in again, because your last sign-in is too old",
    }
}

/// Does not redirect to anything that the query names.
fn error(reason: &str) -> Response {
    let text = html! { p { (reason) } };
    reply::html(StatusCode::BAD_REQUEST, "This request is not valid", &text)
}
