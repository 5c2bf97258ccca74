//! An app that calls four upstreams, each with another protocol: Kratos, GitHub, a Matrix homeserver, and a resource
//! server with OAuth, for which it contains the app of the example `sign_in`.
//!
//! ```sh
//! cargo run --example protocols --features axum,bearer,github-sso,kratos,matrix-consent,reqwest,sandbox
//! ```
//!
//! Open the URL that it prints. `PORT` sets the app's port (8080), `SANDBOX_PORT` that of the sandbox, which
//! plays all four upstreams (8081). Both listen on loopback only. Ctrl-C stops them.

#[path = "carnet/loopback.rs"]
mod loopback;
#[allow(dead_code, reason = "it is a program too")]
#[path = "sign_in.rs"]
mod sign_in;

use std::error::Error;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header::COOKIE},
    response::Html,
    routing::get,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use reqwest::{Client, RequestBuilder};
use tower::{Layer, ServiceExt};
use tower_privacy::{
    Privacy, PrivacyError, PrivacyLayer, PrivacyReturnLayer,
    protocol::{GitHubSso, Kratos, MatrixConsent},
    sandbox::{RunningSandbox, Sandbox},
};
use url::Url;

/// One client per upstream, since a layer has one protocol.
#[derive(Clone)]
struct App {
    kratos: Privacy<Client>,
    github: Privacy<Client>,
    matrix: Privacy<Client>,
    /// The URL of all of them. Real ones each have their own.
    upstream: Url,
    /// The app's token, for GitHub and Matrix. Kratos gets the user's cookie.
    token: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = loopback::listener()?;
    let home = loopback::url(&listener)?;
    // Like a real Kratos and a real provider, the sandbox only sends users back to apps that it knows.
    let callback = home.as_url().join("/callback")?.try_into()?;
    let sandbox = Sandbox::new()
        .with_allowed_return_urls([home.clone()])
        .with_redirect_uris([callback]);
    let sandbox = loopback::serve(sandbox).await?;

    let files = sign_in::app(sign_in::Settings::of_sandbox(&sandbox), home.clone())?;
    println!("Open {} in a browser. Ctrl-C stops it.", home.as_str());
    let app = Router::new()
        .route("/", get(async || page(TITLE, &start())))
        .route("/account", get(account))
        .route("/repositories", get(repositories))
        .route("/rooms", get(rooms).post(create_room))
        .with_state(app(&sandbox)?)
        .layer(PrivacyReturnLayer::new(home))
        .fallback_service(files);
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::select! {
        served = axum::serve(listener, app) => served?,
        stop = tokio::signal::ctrl_c() => stop?,
    }
    sandbox.shutdown().await;
    Ok(())
}

fn app(sandbox: &RunningSandbox) -> Result<App, Box<dyn Error>> {
    // Nothing leaves this machine, so ignore a proxy that the environment sets.
    let client = Client::builder().no_proxy().build()?;
    // Also sends users without a session to the login page.
    let kratos = Kratos::new(sandbox.base_url())?.sign_in();
    let matrix = MatrixConsent::new(sandbox.base_url())?;
    // The real GitHub needs only `GitHubSso`, which trusts the page on github.com.
    let github = PrivacyLayer::new()
        .protocol(GitHubSso::new())
        .also_trust(sandbox.github_sso_endpoint());
    Ok(App {
        kratos: PrivacyLayer::new().protocol(kratos).layer(client.clone()),
        github: github.layer(client.clone()),
        matrix: PrivacyLayer::new().protocol(matrix).layer(client),
        upstream: sandbox.base_url().clone(),
        token: sandbox.sandbox().token().to_owned(),
    })
}

/// The browser sends the app its cookie of Kratos, since both are on one host.
async fn account(State(app): State<App>, headers: HeaderMap) -> Result<Html<String>, PrivacyError> {
    let mut request = app.kratos.get_ref().get(app.at("/sessions/whoami"));
    for cookies in headers.get_all(COOKIE) {
        request = request.header(COOKIE, cookies);
    }
    let session = ask(&app.kratos, request).await?;
    Ok(page("Account", &html! { pre { (session) } }))
}

async fn repositories(State(app): State<App>) -> Result<Html<String>, PrivacyError> {
    let repositories = app.at("/orgs/octodocs-test/repos");
    let request = app
        .github
        .get_ref()
        .get(repositories)
        .bearer_auth(&app.token);
    let repositories = ask(&app.github, request).await?;
    Ok(page("Repositories", &html! { pre { (repositories) } }))
}

async fn rooms() -> Html<String> {
    let form = html! { form method="post" { button { "Create a room" } } };
    page("Rooms", &form)
}

async fn create_room(State(app): State<App>) -> Result<Html<String>, PrivacyError> {
    let rooms = app.at("/_matrix/client/v3/createRoom");
    let request = app.matrix.get_ref().post(rooms).bearer_auth(&app.token);
    let room = ask(&app.matrix, request.body("{}")).await?;
    Ok(page("A new room", &html! { pre { (room) } }))
}

impl App {
    fn at(&self, path: &str) -> Url {
        let mut url = self.upstream.clone();
        url.set_path(path);
        url
    }
}

/// Calls an upstream. If it denies access, this fails, and `?` does the rest.
async fn ask(client: &Privacy<Client>, request: RequestBuilder) -> Result<String, PrivacyError> {
    let response = client.clone().oneshot(request.build()?).await?;
    Ok(response.error_for_status()?.text().await?)
}

const TITLE: &str = "Protocols";

fn start() -> Markup {
    html! {
        ul {
            li { a href="/account" { "Account" } ": Kratos requires you to sign in, with a second factor." }
            li { a href="/repositories" { "Repositories" } ": GitHub requires single sign-on to your organisation." }
            li { a href="/rooms" { "Rooms" } ": a Matrix homeserver requires you to agree to its terms." }
            li {
                a href="/files" { "Files" } ", and "
                a href="/upload?name=a%26b" { "changing them" } ": each needs its own OAuth scope."
            }
        }
    }
}

const STYLE: &str = "
:root { color-scheme: light dark; }
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; font: 1.0625rem/1.55 system-ui, sans-serif; }
li + li { margin-top: .75rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
button { padding: .5rem 1rem; font: inherit; }
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
                h1 { (title) }
                (content)
                @if title != TITLE { p { a href="/" { "Start" } } }
            }
        }
    };
    Html(page.into_string())
}
