//! A sandbox to run beside an app of your own, so that you can try the whole exchange in a browser. It plays
//! Orange, Kratos, an OAuth provider with its APIs, GitHub and a Matrix homeserver.
//!
//! ```sh
//! cargo run --example sandbox --all-features
//! ```
//!
//! It prints the lines of code for your app, the URLs of the APIs and a token. Then it logs each call, each
//! denial, and each choice of the user. It listens on loopback only; Ctrl-C stops it.
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `SANDBOX_PORT` | the port | 8081 |
//! | `APP_URL` | where browsers reach your app. Kratos sends users back to no other site | `http://127.0.0.1:8080/` |
//! | `REDIRECT_URI` | the redirect URI of your app at the OAuth provider | `callback` below `APP_URL` |
//! | `TOKEN` | the token that the APIs take | `sandbox-token` |
//! | `CLIENT_ID` | the id of your app, for the OAuth provider and for Orange | `YOURSITE002242432462` |

#[allow(dead_code, reason = "apps listen too")]
#[path = "carnet/loopback.rs"]
mod loopback;

use std::{
    env,
    error::Error,
    io::{self, Write},
};

use tower_privacy::{
    Family, ReturnUrl,
    sandbox::{Event, RunningSandbox, Sandbox},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = variable("APP_URL")?.unwrap_or_else(|| "http://127.0.0.1:8080/".to_owned());
    let app = ReturnUrl::try_from(app).map_err(|error| format!("APP_URL: {error}"))?;
    let redirect_uri = match variable("REDIRECT_URI")? {
        Some(uri) => uri
            .parse()
            .map_err(|error| format!("REDIRECT_URI: {error}"))?,
        None => below(&app, "callback")?,
    };
    let mut sandbox = Sandbox::new()
        .with_allowed_return_urls([app.clone()])
        .with_redirect_uris([redirect_uri.clone()])
        .on_event(log);
    if let Some(token) = variable("TOKEN")? {
        sandbox = sandbox.with_token(token);
    }
    if let Some(id) = variable("CLIENT_ID")? {
        sandbox = sandbox.with_service_id(id);
    }
    let sandbox = loopback::serve(sandbox).await?;

    introduce(&sandbox, &below(&app, "sign-in")?, &redirect_uri);
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}

fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// A page of the app.
fn below(app: &ReturnUrl, name: &str) -> Result<ReturnUrl, Box<dyn Error>> {
    let mut url = app.as_url().clone();
    let path = format!("{}/{name}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url.try_into()?)
}

/// The text of an event has no token and no query. A terminal that is gone is no reason to stop.
fn log(event: &Event) {
    let _ = writeln!(io::stdout(), "{event}");
}

fn introduce(sandbox: &RunningSandbox, sign_in: &ReturnUrl, redirect_uri: &ReturnUrl) {
    let base = sandbox.base_url();
    let origin = base.origin().ascii_serialization();
    let (token, client_id) = (sandbox.sandbox().token(), sandbox.sandbox().service_id());
    let apis = [
        Family::Contact,
        Family::Photos,
        Family::Agenda,
        Family::Messages,
    ];
    let apis = apis.map(|family| format!("    GET {}", sandbox.api_url(&family)));

    println!(
        "\
The sandbox is at {base}. Ctrl-C stops it.
The lines for your app need PrivacyEndpoint, PrivacyLayer and protocol::* of tower_privacy.

Orange:
    let page = PrivacyEndpoint::new(\"{orange}\")?;
    let layer = PrivacyLayer::new().trust_only([page]);
{apis}

Kratos (feature kratos), with the header X-Session-Token: {token}, or with the cookie that its login page sets:
    let layer = PrivacyLayer::new().protocol(Kratos::new(\"{base}\")?);
    GET {origin}/sessions/whoami
    GET {origin}/self-service/settings

Bearer (feature bearer), with a token of the OAuth provider, or with Authorization: Bearer {token}:
    let bearer = Bearer::new(\"{sign_in}\", [\"files:read\", \"files:write\"])?;
    let layer = PrivacyLayer::new().protocol(bearer);
    GET {origin}/files, /upload, /vault, /recent, /v1.0/me
    The provider's pages are {origin}/oauth/authorize and /oauth/token.
    The client id is {client_id}, and the redirect URI is {redirect_uri}.

GitHub (feature github-sso), with Authorization: Bearer {token}:
    let page = PrivacyEndpoint::new(\"{github}\")?;
    let layer = PrivacyLayer::new().protocol(GitHubSso::new()).trust_only([page]);
    GET {origin}/orgs/octodocs-test/repos

Matrix (feature matrix-consent), with Authorization: Bearer {token}:
    let layer = PrivacyLayer::new().protocol(MatrixConsent::new(\"{base}\")?);
    POST {origin}/_matrix/client/v3/createRoom

Each step is logged here:",
        orange = sandbox.endpoint(),
        apis = apis.join("\n"),
        github = sandbox.github_sso_endpoint(),
        sign_in = sign_in.as_str(),
        redirect_uri = redirect_uri.as_str(),
    );
}
