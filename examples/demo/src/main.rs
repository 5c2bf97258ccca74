//! A service with its own Orange, to walk through the exchange in a browser.
//!
//! ```sh
//! cargo run -p demo
//! ```
//!
//! Open the URL that it prints; the terminal tells each step as it happens, and how many users were sent
//! away, came back and saw their page so far. `PORT` sets the service's
//! port (8080), `SANDBOX_PORT` the sandbox's (8081). Both listen on loopback only. Ctrl-C stops them.

#[path = "../../carnet/mod.rs"]
mod carnet;
#[allow(unreachable_pub, reason = "tests take it too")]
#[path = "../../../tests/support/tally.rs"]
mod tally;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use carnet::{AppError, Carnet, Ports};
use tally::Tally;
use tower_privacy::{PrivacyError, PrivacyReturnLayer};
use tracing::{info, warn};

#[tokio::main]
async fn main() -> ExitCode {
    // No filter to set: the clients below this level may log the URLs that they call, token and all.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_target(false)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("demo: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let tally = Tally::default();
    let counted = metrics::set_global_recorder(tally.clone());
    counted.map_err(|error| error.to_string())?;
    let ports = Ports::bind().await?;
    let carnet = Carnet::new(&ports.sandbox)
        .map_err(|_| "the HTTP client could not be set up".to_owned())?;
    let app = Router::new()
        .route("/contacts", get(contacts))
        .route("/photos", get(photos))
        .layer(middleware::from_fn(tell))
        .route("/", get(async || Html(carnet::start())))
        .fallback(async || (StatusCode::NOT_FOUND, Html(carnet::not_found())))
        .with_state(carnet)
        .layer(PrivacyReturnLayer::new(ports.public_url))
        .layer(middleware::from_fn_with_state(tally, count));

    let listener = tokio::net::TcpListener::from_std(ports.listener);
    let listener = listener.map_err(|error| error.to_string())?;
    tokio::select! {
        served = axum::serve(listener, app) => served.map_err(|error| error.to_string())?,
        stop = tokio::signal::ctrl_c() => stop.map_err(|error| error.to_string())?,
    }
    info!("stopping");
    ports.sandbox.shutdown().await;
    Ok(())
}

async fn tell(request: Request, next: Next) -> Response {
    info!("the user asks for {}", request.uri().path());
    next.run(request).await
}

/// Outside of the inbound side, which counts those who come back.
async fn count(State(tally): State<Tally>, request: Request, next: Next) -> Response {
    let before = tally.to_string();
    let response = next.run(request).await;
    let so_far = tally.to_string();
    if so_far != before {
        info!("so far: {so_far}");
    }
    response
}

async fn contacts(State(carnet): State<Carnet>) -> Result<Html<String>, AppError> {
    Ok(Html(carnet.contacts().await?))
}

async fn photos(State(carnet): State<Carnet>) -> Result<Html<String>, AppError> {
    Ok(Html(carnet.photos().await?))
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Privacy(PrivacyError::Service(_)) | Self::Answer => {
                warn!("{self}");
                (StatusCode::BAD_GATEWAY, Html(carnet::unavailable())).into_response()
            }
            Self::Privacy(signal) => signal.into_response(),
        }
    }
}
