//! A reverse proxy in front of a Personal API that turns denials into redirects, for services that are not
//! written in Rust.
//!
//! ```sh
//! cargo run --example gateway --features axum,sandbox
//! ```
//!
//! Open `contacts?action=see` below the URL that it prints. It listens on loopback only. Ctrl-C stops it.
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `UPSTREAM` | base URL of the Personal API; for `https` the client needs a connector with TLS | a sandbox, at `SANDBOX_PORT` (8081) |
//! | `TRUST` | another privacy page to trust | only the documented ones and the sandbox's |
//! | `TOKEN` | the token for requests without one | the sandbox's, or none |
//! | `PUBLIC_URL` | the URL that browsers see, as explained below | the address that it listens on |
//! | `PORT` | where it listens | 8080 |
//!
//! Only URLs below the path of `UPSTREAM` can be reached. If a server could read `.` or `..` in the path, in any
//! spelling, the reply is a 400.
//!
//! # Where the user comes back to
//!
//! 1. **A browser opens the gateway**, by a link to `PUBLIC_URL` and the API's path. It gets a 303 to
//!    the privacy page, comes back to the same URL, and shows the API's response. `PUBLIC_URL` is then
//!    the gateway's URL, such as `https://app.example/orange/` if the web server forwards `/orange/` without that
//!    prefix.
//! 2. **A page fetches from the gateway** on the same origin. It gets a 403 with `application/problem+json`, and
//!    goes to the `location` in it. htmx gets `HX-Redirect`. The user comes back to the page that
//!    `HX-Current-URL` names, or else `Referer`.
//! 3. **The service calls the gateway** for one of its own pages. It sends the page's whole URL in
//!    `HX-Current-URL`, with the parameter `fromOrangePrivacy`, which says what the user was asked already. It
//!    does not accept HTML. If the `type` of the reply ends in `REDIRECT.html`, the service redirects its browser
//!    to `location` with 303. Otherwise it shows the `title`. `PUBLIC_URL` is then the service's URL. (A service
//!    that forwards a browser's request with all its headers forwards the reply too. That is the first case.)
//!
//! If the page is not on the origin of `PUBLIC_URL`, the user comes back to `PUBLIC_URL` itself.
//!
//! # The token
//!
//! The API takes the token in the query. In the browser's URL, it would end up in the history, in logs, and in the
//! return URL that the privacy page gets. So the gateway rejects it there with a 400. It takes the token from
//! `Authorization: Bearer`, which the service sends, or the web server that knows the session. `TOKEN` is for a
//! gateway with one user. `Authorization` and `Cookie` are not forwarded, and URLs are not logged.

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
    // Kept until the end, since a sandbox that is dropped stops.
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
            // It covers the inspection of the body, but not a body that is streamed.
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

/// A variable of the environment. An error does not contain its value, which may be the token.
fn variable<T: FromStr<Err: Display>>(name: &str) -> Result<Option<T>, String> {
    match env::var(name) {
        Ok(value) => value.parse().map(Some),
        Err(env::VarError::NotPresent) => return Ok(None),
        Err(env::VarError::NotUnicode(_)) => return Err(format!("{name}: it is not UTF-8")),
    }
    .map_err(|error| format!("{name}: {error}"))
}

async fn forward(State(gateway): State<Gateway>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "token") {
        let advice = "Send the token in Authorization: Bearer, not in the URL.\n";
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
            log(&error);
            error.into_response()
        }
    }
}

/// Logs what the reply does not say. None of these errors contains a URL.
fn log(error: &PrivacyError) {
    if matches!(error, PrivacyError::Service(_) | PrivacyError::Rejected(_)) {
        let causes = iter::successors(Some(error as &dyn Error), |&error| error.source());
        let causes: Vec<_> = causes.map(ToString::to_string).collect();
        eprintln!("gateway: {}", causes.join(": "));
    }
}
