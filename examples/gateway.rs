//! A reverse proxy in front of a Personal API that turns denials into redirects, for services that
//! are not written in Rust.
//!
//! ```sh
//! cargo run --example gateway --features axum,sandbox
//! ```
//!
//! Open `contacts?action=see` under the URL that it prints. It listens on loopback only; Ctrl-C stops it.
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `UPSTREAM` | base URL of the Personal API; for `https` the client takes a connector with TLS | a sandbox, at `SANDBOX_PORT` (8081) |
//! | `TRUST` | one more privacy page that users may be sent to | none but the documented ones and the sandbox's |
//! | `TOKEN` | the token of calls that bring none | the sandbox's, or none |
//! | `PUBLIC_URL` | where browsers are, see below | the address that it listens on |
//! | `PORT` | where it listens | 8080 |
//!
//! Only what is below the path of `UPSTREAM` can be reached: a path that a server behind could read as
//! one with a `.` or `..` in it, however it is spelled, is a 400.
//!
//! # Where the user comes back to
//!
//! 1. **A browser opens the gateway**, by a link to `PUBLIC_URL` and the API's path. It gets a 303 to
//!    the privacy page, comes back to the same URL and sees what the API serves. `PUBLIC_URL` is then
//!    the gateway's, such as `https://app.example/orange/` where the web server passes `/orange/` on
//!    without that prefix.
//! 2. **A page fetches from the gateway**, on its own origin. It gets a 403 with
//!    `application/problem+json` and goes to the `location` in it; htmx gets `HX-Redirect`. The user
//!    comes back to the page that `HX-Current-URL` names, or else `Referer`.
//! 3. **The service calls the gateway**, for a page of its own. It sends the page's whole URL in
//!    `HX-Current-URL`, its parameter `fromOrangePrivacy` included: that tells who was asked already from
//!    who was not. It does not ask for HTML. If the answer's `type` ends in `REDIRECT.html`, the
//!    service sends its browser to `location` with 303; else it shows the `title`. `PUBLIC_URL` is
//!    then the service's. (A service that relays a browser's own request, with all of its headers,
//!    relays the answer too. That is the first case.)
//!
//! A page of another origin than that of `PUBLIC_URL` is not returned to: the user then comes back to
//! `PUBLIC_URL` itself.
//!
//! # The token
//!
//! The API wants it in the query. In the browser's URL it would stand in the history, in logs, and in the
//! return URL that the privacy page is told. So it is never taken from there (that is a 400), but
//! from `Authorization: Bearer`, which the service sends, or the web server that knows the session.
//! `TOKEN` is for a gateway of one user. Neither `Authorization` nor `Cookie`, which are for this
//! side, goes upstream, and nothing of a URL is logged.

#[path = "carnet/loopback.rs"]
mod loopback;
#[path = "gateway/message.rs"]
mod message;

use std::{env, error::Error, fmt::Display, iter, process::ExitCode, str::FromStr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tower::{ServiceBuilder, ServiceExt, timeout::Timeout};
use tower_privacy::{Privacy, PrivacyError, PrivacyLayer, PrivacyReturnLayer, sandbox::Sandbox};
use url::{Url, form_urlencoded};

#[derive(Clone)]
struct Gateway {
    client: Timeout<Privacy<Client<HttpConnector, Body>>>,
    upstream: Url,
    token: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(message) = run().await else {
        return ExitCode::SUCCESS;
    };
    eprintln!("gateway: {message}");
    ExitCode::FAILURE
}

async fn run() -> Result<(), String> {
    let mut layer = PrivacyLayer::new();
    if let Some(endpoint) = variable("TRUST")? {
        layer = layer.also_trust(endpoint);
    }
    let mut token = variable("TOKEN")?;
    let public_url = variable("PUBLIC_URL")?;
    let upstream: Option<Url> = variable("UPSTREAM")?;
    let is_plain = |url: &Url| url.scheme() == "http" && url.query().is_none();
    if !upstream.as_ref().is_none_or(is_plain) {
        return Err("UPSTREAM: it must be an http URL without a query".to_owned());
    }

    let listener = loopback::listener()?;
    let address = loopback::url(&listener)?;
    // Kept to the end: a sandbox that is dropped stops.
    let mut sandbox = None;
    let upstream = if let Some(upstream) = upstream {
        upstream
    } else {
        let sandbox = sandbox.insert(loopback::serve(Sandbox::new()).await?);
        layer = layer.also_trust(sandbox.endpoint());
        token.get_or_insert_with(|| sandbox.sandbox().token().to_owned());
        sandbox.base_url().clone()
    };

    let client = Client::builder(TokioExecutor::new()).build_http();
    let gateway = Gateway {
        client: ServiceBuilder::new()
            // It covers the look at the body, and not the rest of a body that is streamed.
            .timeout(Duration::from_secs(30))
            .layer(layer)
            .service(client),
        upstream,
        token,
    };
    let app = Router::new()
        .fallback(forward)
        .with_state(gateway)
        .layer(PrivacyReturnLayer::new(
            public_url.unwrap_or_else(|| address.clone()),
        ));
    println!("The gateway is at {}. Ctrl-C stops it.", address.as_str());

    let listener = tokio::net::TcpListener::from_std(listener);
    let listener = listener.map_err(|error| error.to_string())?;
    tokio::select! {
        served = axum::serve(listener, app) => served.map_err(|error| error.to_string()),
        stop = tokio::signal::ctrl_c() => stop.map_err(|error| error.to_string()),
    }
}

/// What the environment sets. An error does not say what to: it may be the token.
fn variable<T: FromStr<Err: Display>>(name: &str) -> Result<Option<T>, String> {
    match env::var(name) {
        Ok(value) => value.parse().map(Some),
        Err(env::VarError::NotPresent) => return Ok(None),
        Err(env::VarError::NotUnicode(_)) => return Err(format!("{name}: it is no text")),
    }
    .map_err(|error| format!("{name}: {error}"))
}

async fn forward(State(gateway): State<Gateway>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "token") {
        let advice = "The token belongs into Authorization: Bearer, and never into a URL.\n";
        return (StatusCode::BAD_REQUEST, advice).into_response();
    }
    let token = gateway.token.as_deref();
    let Some(request) = message::outbound(request, &gateway.upstream, token) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match gateway.client.oneshot(request).await {
        Ok(response) => message::inbound(response.map(Body::new)),
        Err(error) => {
            let error = PrivacyError::from(error);
            tell(&error);
            error.into_response()
        }
    }
}

/// Tells whoever runs the gateway what the reply does not say. None of these errors names a URL.
fn tell(error: &PrivacyError) {
    if matches!(error, PrivacyError::Service(_) | PrivacyError::Rejected(_)) {
        let causes = iter::successors(Some(error as &dyn Error), |&error| error.source());
        let causes: Vec<_> = causes.map(ToString::to_string).collect();
        eprintln!("gateway: {}", causes.join(": "));
    }
}
