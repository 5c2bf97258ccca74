//! A protocol of your own: an upstream that reports a denial in JSON, and an app on axum that calls it.
//!
//! ```sh
//! cargo run --example own_protocol --features axum,reqwest
//! ```
//!
//! Open the URL that it prints. `PORT` sets the app's port (8080), `SANDBOX_PORT` that of the
//! made-up upstream (8081). Both listen on loopback only. Ctrl-C stops them.

use std::{
    env,
    error::Error,
    sync::atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::{Layer, ServiceExt};
use tower_privacy::{
    Denial, Privacy, PrivacyEndpoint, PrivacyEndpointError, PrivacyError, PrivacyLayer,
    PrivacyReturnLayer, RejectionKind, ReturnUrl,
    protocol::{Look, Protocol, ReturnParameter, Verdict},
};
use url::Url;

/// `403` and `{"error":"consent_required","consent_url":"https://…","scopes":["read"]}`.
#[derive(Clone, Debug)]
struct Consent {
    page: PrivacyEndpoint,
}

impl Consent {
    /// The page is configured, so the upstream cannot send users anywhere else.
    fn new(page: impl AsRef<str>) -> Result<Self, PrivacyEndpointError> {
        PrivacyEndpoint::new(page).map(|page| Self { page })
    }
}

impl Protocol for Consent {
    fn name(&self) -> &'static str {
        "consent"
    }

    fn look(&self, status: StatusCode, _: &HeaderMap) -> Look {
        match status {
            StatusCode::FORBIDDEN => Look::Json,
            _ => Look::Pass,
        }
    }

    fn read(&self, _: StatusCode, _: &HeaderMap, body: &[u8]) -> Verdict {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        // Any other 403 is for the app to handle.
        if body["error"] != "consent_required" {
            return Verdict::NotDenied;
        }
        let url = body["consent_url"].as_str();
        let Some(url) = url.filter(|url| !url.is_empty()) else {
            return Verdict::Rejected(RejectionKind::MissingUrl);
        };
        let Ok(url) = Url::parse(url) else {
            return Verdict::Rejected(RejectionKind::InvalidUrl);
        };
        // A user is sent away once for each of these, so a refusal does not start a loop.
        let scopes = body["scopes"].as_array().into_iter().flatten();
        let denial = Denial::new(self.name(), url)
            .with_code("consent_required")
            .with_permissions(scopes.filter_map(Value::as_str));
        Verdict::Denied(denial)
    }

    fn endpoints(&self) -> Vec<PrivacyEndpoint> {
        vec![self.page.clone()]
    }

    fn return_parameter(&self, _: &Denial) -> ReturnParameter {
        ReturnParameter::Replace("return_to".into())
    }
}

/// The app's view of the upstream.
#[derive(Clone)]
struct Notes {
    client: Privacy<reqwest::Client>,
    url: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (listener, public_url) = listen("PORT", "8080").await?;
    let (upstream_listener, upstream_url) = listen("SANDBOX_PORT", "8081").await?;

    // Nothing leaves this machine, so ignore a proxy that the environment sets.
    let client = reqwest::Client::builder().no_proxy().build()?;
    let consent = Consent::new(format!("{upstream_url}consent"))?;
    let notes = Notes {
        client: PrivacyLayer::new().protocol(consent).layer(client),
        url: format!("{upstream_url}notes"),
    };
    let app = Router::new()
        .route("/", get(show))
        .with_state(notes)
        .layer(PrivacyReturnLayer::new(ReturnUrl::try_from(&*public_url)?));

    println!("Open {public_url} in a browser. Ctrl-C stops it.");
    tokio::select! {
        served = axum::serve(listener, app) => served?,
        served = axum::serve(upstream_listener, upstream(upstream_url)) => served?,
        stop = tokio::signal::ctrl_c() => stop?,
    }
    Ok(())
}

async fn show(State(notes): State<Notes>) -> Result<String, PrivacyError> {
    let request = notes.client.get_ref().get(notes.url).build()?;
    let response = notes.client.oneshot(request).await?;
    Ok(response.error_for_status()?.text().await?)
}

/// Listens on loopback, and returns the URL for a browser on this machine.
async fn listen(variable: &str, default: &str) -> Result<(TcpListener, String), Box<dyn Error>> {
    let port = env::var(variable).unwrap_or_else(|_| default.to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await;
    let listener = listener.map_err(|error| format!("{variable} is {port}: {error}"))?;
    let url = format!("http://{}/", listener.local_addr()?);
    Ok((listener, url))
}

/// The upstream has one user, who has not consented yet.
static CONSENTED: AtomicBool = AtomicBool::new(false);

fn upstream(url: String) -> Router {
    Router::new()
        .route("/notes", get(read_notes))
        .route("/consent", get(CONSENT_PAGE).post(choose))
        .with_state(url)
}

async fn read_notes(State(url): State<String>) -> impl IntoResponse {
    let json = [(CONTENT_TYPE, "application/json")];
    if CONSENTED.load(Ordering::Relaxed) {
        let notes = json!({ "notes": ["Water the plants", "Call Ada"] });
        return (StatusCode::OK, json, notes.to_string());
    }
    let url = format!("{url}consent?id=7");
    let denial = json!({ "error": "consent_required", "consent_url": url, "scopes": ["read"] });
    (StatusCode::FORBIDDEN, json, denial.to_string())
}

const CONSENT_PAGE: Html<&str> = Html(
    r#"<!DOCTYPE html><title>Consent</title><form method="post">May the app read your notes?
    <button name="choice" value="allow">Allow</button>
    <button name="choice" value="refuse">Don't allow</button></form>"#,
);

#[derive(serde::Deserialize)]
struct Back {
    return_to: String,
}

/// A real upstream only sends users back to apps that it knows.
async fn choose(Query(back): Query<Back>, choice: String) -> Redirect {
    CONSENTED.store(choice == "choice=allow", Ordering::Relaxed);
    Redirect::to(&back.return_to)
}
