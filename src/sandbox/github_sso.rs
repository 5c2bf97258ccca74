//! GitHub: organisations that require SAML single sign-on.

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::get,
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, HeaderName},
};
use maud::{Markup, html};
use url::Url;

use super::{
    consent::Choice,
    mounted::{Base, Mounted, credentials, parameter},
    record::{Call, Visit},
    reply::{self, Button},
    state::Sandbox,
};
use crate::urls::ReturnUrl;

const PROTOCOL: &str = "github_sso";
/// The page of any organisation, as an endpoint is written.
pub(super) const PAGE: &str = "/orgs/*/sso";
const REPOS: &str = "/orgs/{org}/repos";
const ALL_REPOS: &str = "/user/repos";
/// The organisation with repositories in the list of all, and its number.
const ORG: (&str, &str) = ("octodocs-test", "21955855");

const SSO: HeaderName = HeaderName::from_static("x-github-sso");
/// How long an authorization request is good for.
const LIFE: Duration = Duration::from_secs(60 * 60);

pub(super) fn routes() -> Router<Mounted> {
    Router::new()
        .route(REPOS, get(repos_of))
        .route(ALL_REPOS, get(repos))
        .route("/orgs/{org}/sso", get(open).post(press))
}

async fn repos_of(
    State(sandbox): State<Sandbox>,
    Base(base): Base,
    Path(org): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Some(unauthorized) = unauthorized(&sandbox, REPOS, &headers) {
        return unauthorized;
    }
    if !is_login(&org) {
        sandbox.fail(REPOS, StatusCode::NOT_FOUND);
        return json(StatusCode::NOT_FOUND, &message("Not Found", "rest", 404));
    }
    if sandbox
        .admit(Call::of(PROTOCOL, REPOS, [permission(&org)]))
        .is_none()
    {
        return json(
            StatusCode::OK,
            &format!("[{}]", repository(&org, "Hello-World")),
        );
    }
    let request = {
        let now = sandbox.now();
        let requests = &mut sandbox.memory().authorization_requests;
        requests.issue(org.clone(), now, LIFE)
    };
    let mut page = page_of(base, &org);
    page.set_query(Some(&format!("authorization_request={request}")));
    let body = message(
        "Resource protected by organization SAML enforcement. You must grant your OAuth token access to \
         this organization.",
        "articles/authenticating-to-a-github-organization-with-saml-single-sign-on/",
        403,
    );
    let response = json(StatusCode::FORBIDDEN, &body);
    with_sso(response, &format!("required; url={page}"))
}

/// What the token may see, and a header that says whether something is missing.
async fn repos(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    if let Some(unauthorized) = unauthorized(&sandbox, ALL_REPOS, &headers) {
        return unauthorized;
    }
    let own = repository("octocat", "Spoon-Knife");
    let (org, number) = ORG;
    if sandbox.holds(PROTOCOL, &permission(org)) {
        let both = format!("[{own},{}]", repository(org, "Hello-World"));
        return json(StatusCode::OK, &both);
    }
    let response = json(StatusCode::OK, &format!("[{own}]"));
    with_sso(
        response,
        &format!("partial-results; organizations={number}"),
    )
}

fn unauthorized(sandbox: &Sandbox, path: &str, headers: &HeaderMap) -> Option<Response> {
    let text = match credentials(headers, &["bearer", "token"]) {
        Some(token) if token == sandbox.token() => return None,
        Some(_) => "Bad credentials",
        None => "Requires authentication",
    };
    sandbox.fail(path, StatusCode::UNAUTHORIZED);
    Some(json(StatusCode::UNAUTHORIZED, &message(text, "rest", 401)))
}

fn permission(org: &str) -> String {
    format!("sso.{org}")
}

/// Letters, digits and hyphens, and no more than 39 of them.
fn is_login(org: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=39).contains(&org.len()) && org.bytes().all(is_part)
}

fn page_of(mut base: Url, org: &str) -> Url {
    base.set_path(&PAGE.replace('*', org));
    base
}

fn message(text: &str, documentation: &str, status: u16) -> String {
    format!(
        r#"{{"message":"{text}","documentation_url":"https://docs.github.com/{documentation}","status":"{status}"}}"#
    )
}

fn repository(owner: &str, name: &str) -> String {
    format!(r#"{{"name":"{name}","full_name":"{owner}/{name}","private":true}}"#)
}

fn json(status: StatusCode, body: &str) -> Response {
    let mut response = reply::json(status, body);
    let label = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, label);
    response
}

fn with_sso(mut response: Response, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(SSO, value);
    }
    response
}

const BUTTONS: [Button; 2] = [
    (
        Choice::Always,
        "Continue",
        "This is like signing in to your organisation.",
    ),
    (Choice::Refuse, "Not now", "The token gets no access."),
];

async fn open(
    State(sandbox): State<Sandbox>,
    Base(base): Base,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(visit) = visit(&sandbox, base, &org, query) else {
        return expired();
    };
    if let Some(choice) = sandbox.open(visit) {
        return left(&org, choice);
    }
    let content = html! {
        p { "To access " strong { (org) } ", sign in with your identity provider." }
        (reply::form(&[], &BUTTONS))
    };
    reply::html(
        StatusCode::OK,
        &format!("Single sign-on to {org}"),
        &content,
    )
}

async fn press(
    State(sandbox): State<Sandbox>,
    Base(base): Base,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let visit = visit(&sandbox, base, &org, query);
    let Some((visit, choice)) = visit.zip(reply::chosen(&body)) else {
        return expired();
    };
    sandbox.press(&visit, choice);
    left(&org, choice)
}

/// A visit with an authorization request that is valid for this organisation.
fn visit(sandbox: &Sandbox, base: Url, org: &str, query: Option<String>) -> Option<Visit> {
    let request = parameter(&query?, &["authorization_request"])?;
    let now = sandbox.now();
    let is_meant = {
        let requests = &mut sandbox.memory().authorization_requests;
        requests.find(&request, now).is_some_and(|of| of == org)
    };
    let page = ReturnUrl::try_from(page_of(base, org)).ok()?;
    let visit = Visit::of(PROTOCOL, sandbox.service_id(), [permission(org)], page);
    is_meant.then_some(visit.that_stays())
}

/// The page takes no return URL: the user stays here.
fn left(org: &str, choice: Choice) -> Response {
    let (title, text): (_, Markup) = match choice {
        Choice::Refuse => ("Not signed in", html! { p { "Nothing has changed." } }),
        _ => (
            "Signed in",
            html! { p { "The token now has access to " strong { (org) } "." } },
        ),
    };
    reply::html(StatusCode::OK, title, &text)
}

fn expired() -> Response {
    let text = html! { p { "This request is unknown or has expired." } };
    reply::html(StatusCode::NOT_FOUND, "Not found", &text)
}
