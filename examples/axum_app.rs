//! The demo: a small app on axum with its own Orange, to try the exchange in a browser. `actix_app` is the same
//! app on actix-web.
//!
//! ```sh
//! cargo run -p demo
//! ```
//!
//! Open the URL that it prints. Each step is logged in the terminal as it happens, and the start page shows a
//! picture of the last exchange. `PORT` sets the app's port (8080), `SANDBOX_PORT` the sandbox's (8081). Both
//! listen on loopback only. Ctrl-C stops them.

mod carnet;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use carnet::{AppError, Carnet, Ports};
use tower_privacy::{PrivacyError, PrivacyReturnLayer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ports = Ports::bind().await?;
    let carnet = Carnet::new(&ports)?;
    let app = Router::new()
        .route("/", get(start))
        .route("/contacts", get(contacts))
        .route("/photos", get(photos))
        .route("/forget", post(forget))
        .fallback(async || (StatusCode::NOT_FOUND, Html(carnet::not_found())))
        .with_state(carnet)
        .layer(PrivacyReturnLayer::new(ports.public_url).map_reply(carnet::own_page));
    let listener = tokio::net::TcpListener::from_std(ports.listener)?;
    tokio::select! {
        served = axum::serve(listener, app) => served?,
        stop = tokio::signal::ctrl_c() => stop?,
    }
    ports.sandbox.shutdown().await;
    Ok(())
}

async fn start(State(carnet): State<Carnet>) -> Html<String> {
    Html(carnet.start())
}

async fn contacts(State(carnet): State<Carnet>) -> Result<Html<String>, AppError> {
    Ok(Html(carnet.contacts().await?))
}

async fn photos(State(carnet): State<Carnet>) -> Result<Html<String>, AppError> {
    Ok(Html(carnet.photos().await?))
}

async fn forget(State(carnet): State<Carnet>) -> Redirect {
    carnet.forget();
    Redirect::to("/")
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        if let Some(signal) = PrivacyError::find(&self) {
            return signal.into_response();
        }
        (StatusCode::BAD_GATEWAY, Html(carnet::unavailable())).into_response()
    }
}
