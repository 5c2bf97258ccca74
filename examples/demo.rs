//! A service with its own Orange, to walk through the exchange in a browser.
//!
//! ```sh
//! cargo run --example demo --all-features
//! ```
//!
//! Open the URL that it prints. `PORT` sets the service's port (8080), `SANDBOX_PORT` the sandbox's
//! (8081). Both listen on loopback only. Ctrl-C stops them.

use std::{
    env,
    io::{self, IsTerminal},
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, ServiceExt};
use tower_privacy::{
    Family, Privacy, PrivacyContext, PrivacyError, PrivacyLayer, ReturnUrl, sandbox::Sandbox,
};
use tracing::{info, warn};
use url::Url;

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
    let address = address("PORT", 8080)?;
    let sandbox_address = self::address("SANDBOX_PORT", 8081)?;

    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| cannot_listen("PORT", address, &error))?;
    let sandbox = Sandbox::new()
        .bind(sandbox_address)
        .await
        .map_err(|error| cannot_listen("SANDBOX_PORT", sandbox_address, &error))?;

    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let home = Url::parse(&format!("http://{address}/")).map_err(|error| error.to_string())?;
    let return_url = ReturnUrl::try_from(home.clone()).map_err(|error| error.to_string())?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .map_err(|_| "the HTTP client could not be set up".to_owned())?;

    let app = App {
        client: ServiceBuilder::new()
            .layer(PrivacyLayer::new(return_url).also_trust(sandbox.endpoint()))
            .service(client),
        contacts: sandbox.api_url(&Family::Contact),
        photos: sandbox.api_url(&Family::Photos),
        home,
    };
    println!("Open {} in a browser. Ctrl-C stops the demo.", app.home);

    tokio::select! {
        served = axum::serve(listener, router(app)) => served.map_err(|error| error.to_string())?,
        stop = tokio::signal::ctrl_c() => stop.map_err(|error| error.to_string())?,
    }
    info!("stopping");
    sandbox.shutdown().await;
    Ok(())
}

fn address(variable: &str, default: u16) -> Result<SocketAddr, String> {
    let port = match env::var(variable) {
        Err(env::VarError::NotPresent) => default,
        value => value
            .ok()
            .and_then(|value| value.parse().ok())
            .ok_or_else(|| format!("{variable} must be a port number from 0 to 65535"))?,
    };
    Ok((Ipv4Addr::LOCALHOST, port).into())
}

fn cannot_listen(variable: &str, address: SocketAddr, error: &io::Error) -> String {
    format!("cannot listen on {address}: {error}; {variable} sets another port")
}

#[derive(Clone)]
struct App {
    client: Privacy<reqwest::Client>,
    contacts: Url,
    photos: Url,
    /// Where browsers reach this service. Configured: what a request says of it is not to be trusted.
    home: Url,
}

fn router(app: App) -> Router {
    Router::new()
        .route("/contacts", get(contacts))
        .route("/photos", get(photos))
        .layer(middleware::from_fn_with_state(app.clone(), return_here))
        .route("/", get(start))
        .fallback(not_found)
        .with_state(app)
}

/// Has the user come back to the page that they asked for, whichever call below is denied.
async fn return_here(State(app): State<App>, request: Request, next: Next) -> Response {
    // Set part by part: joined, a path such as `//evil.test` would name another host.
    let mut here = app.home;
    here.set_path(request.uri().path());
    here.set_query(request.uri().query());
    info!("the user asks for {}", here.path());
    match ReturnUrl::try_from(here) {
        Ok(here) => {
            let context = PrivacyContext::new(here);
            context.scope(next.run(request)).await
        }
        Err(_) => next.run(request).await,
    }
}

async fn start() -> Html<String> {
    page(
        "Carnet",
        &html! {
            p.lead { "Your people and your pictures, from where you keep them." }
            div.cards {
                a.card href="/contacts" { h2 { "Contacts" } p { "Who is in your address book" } }
                a.card href="/photos" { h2 { "Photos" } p { "What is in your albums" } }
            }
            h2 { "What happens" }
            ol {
                li { "Carnet asks the Personal API for your data." }
                li { "You have not allowed that yet, so the API denies it." }
                li { "Carnet sends you to the privacy page, where you choose." }
                li { "You come back to the page that you asked for." }
            }
            p { "The terminal tells each step as it happens." }
        },
    )
}

async fn contacts(State(app): State<App>) -> Result<Html<String>, AppError> {
    let xml = app.ask("Contacts", &app.contacts).await?;
    let contacts = records(&xml, "contact", |field| Contact {
        name: field("name"),
        email: field("email"),
        phone: field("phone"),
    })?;
    Ok(page(
        "Contacts",
        &html! {
            p.lead { (contacts.len()) " people in your address book" }
            ul.cards {
                @for contact in &contacts {
                    li.card {
                        h2 { (contact.name) }
                        p { a href={ "mailto:" (contact.email) } { (contact.email) } }
                        p { (contact.phone) }
                    }
                }
            }
        },
    ))
}

async fn photos(State(app): State<App>) -> Result<Html<String>, AppError> {
    let xml = app.ask("Photos", &app.photos).await?;
    let photos = records(&xml, "photo", |field| Photo {
        title: field("title"),
        date: field("date"),
    })?;
    Ok(page(
        "Photos",
        &html! {
            p.lead { (photos.len()) " pictures in your albums" }
            ul.cards {
                @for photo in &photos {
                    li.card.photo {
                        h2 { (photo.title) }
                        p { time datetime=(photo.date) { (photo.date) } }
                    }
                }
            }
        },
    ))
}

async fn not_found() -> Response {
    let page = page(
        "No such page",
        &html! { p { "There is nothing at this address." } },
    );
    (StatusCode::NOT_FOUND, page).into_response()
}

struct Contact {
    name: String,
    email: String,
    phone: String,
}

struct Photo {
    title: String,
    date: String,
}

impl App {
    async fn ask(&self, name: &'static str, url: &Url) -> Result<String, AppError> {
        info!("calling the {name} API for the user");
        let request = reqwest::Request::new(reqwest::Method::GET, url.clone());
        let answer = self.client.clone().oneshot(request).await;
        if let Err(PrivacyError::Redirect(_)) = &answer {
            info!("the {name} API denied access: sending the user to the privacy page");
        }
        let response = answer?;
        if !response.status().is_success() {
            let status = response.status().as_u16();
            warn!("the {name} API answered {status}, and that is no privacy denial");
            return Err(AppError::Upstream);
        }
        let body = response.text().await.map_err(|_| AppError::Upstream)?;
        info!("the {name} API granted access: showing the data");
        Ok(body)
    }
}

/// The elements of this name, each made from the text of its child elements.
fn records<T>(
    xml: &str,
    name: &str,
    make: impl Fn(&dyn Fn(&str) -> String) -> T,
) -> Result<Vec<T>, AppError> {
    let document = roxmltree::Document::parse(xml).map_err(|_| AppError::Upstream)?;
    let records = document
        .descendants()
        .filter(|node| node.has_tag_name(name));
    Ok(records
        .map(|record| {
            make(&|field| {
                let mut children = record.children();
                let child = children.find(|child| child.has_tag_name(field));
                child
                    .and_then(|child| child.text())
                    .unwrap_or_default()
                    .to_owned()
            })
        })
        .collect())
}

/// What a handler's `?` turns into a reply.
enum AppError {
    Privacy(PrivacyError),
    Upstream,
}

impl From<PrivacyError> for AppError {
    fn from(error: PrivacyError) -> Self {
        match error {
            PrivacyError::Service(_) => {
                warn!("a Personal API did not answer");
                Self::Upstream
            }
            signal => Self::Privacy(signal),
        }
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Privacy(signal) => signal.into_response(),
            Self::Upstream => {
                let page = page(
                    "Not available now",
                    &html! { p { "Your data could not be fetched. Please try again later." } },
                );
                (StatusCode::BAD_GATEWAY, page).into_response()
            }
        }
    }
}

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #182230; --soft: #526071; --paper: #fff; --ground: #eef2f6;
  --line: #d3dce6; --accent: #0b6e6e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eef5; --soft: #a5b3c3; --paper: #1c2633;
  --ground: #121922; --line: #334253; --accent: #5fd0c8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline;
  border-bottom: 1px solid var(--line); }
header strong { margin-right: auto; font-size: 1.25rem; }
a { color: var(--accent); }
h1 { margin: 1.5rem 0 .25rem; font-size: 2rem; line-height: 1.2; }
.lead { margin: 0 0 1.5rem; color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr));
  gap: 1rem; margin: 0 0 2rem; padding: 0; list-style: none; }
.card { padding: 1.125rem 1.25rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: .75rem; }
.card h2 { margin: 0 0 .375rem; font-size: 1.125rem; line-height: 1.3; }
.card p { margin: 0; color: var(--soft); }
a.card { color: inherit; text-decoration: none; border-left: .375rem solid var(--accent); }
a.card:hover h2 { text-decoration: underline; }
.photo { padding-top: 9rem; background:
  linear-gradient(160deg, #f7c873, #d9788b 55%, #5b6ea8) top / 100% 8rem no-repeat var(--paper); }
a:focus-visible { outline: .1875rem solid var(--accent); outline-offset: .1875rem; }
";

fn page(title: &str, content: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    strong { "Carnet" }
                    nav aria-label="Pages" {
                        a href="/" { "Start" } " · "
                        a href="/contacts" { "Contacts" } " · "
                        a href="/photos" { "Photos" }
                    }
                }
                main { h1 { (title) } (content) }
            }
        }
    };
    Html(page.into_string())
}
