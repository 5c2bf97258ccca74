//! Where an example listens: on loopback, at `PORT`, with its sandbox at `SANDBOX_PORT`. Behind a proxy,
//! `PUBLIC_URL` is the URL that browsers see.

use std::{env, net::TcpListener};

use tower_privacy::{
    ReturnUrl,
    sandbox::{RunningSandbox, Sandbox},
};

use super::{exchange::Log, loopback};

/// What an example listens with.
pub(crate) struct Ports {
    /// For the app. It is non-blocking.
    pub(crate) listener: TcpListener,
    pub(crate) sandbox: RunningSandbox,
    /// Where browsers reach the app. It is configured, since a request cannot be trusted to say so.
    pub(crate) public_url: ReturnUrl,
    /// What happens, in the terminal.
    pub(super) log: Log,
}

impl Ports {
    /// Binds both ports, and prints the URL to open.
    pub(crate) async fn bind() -> Result<Self, String> {
        let public_url = match env::var("PUBLIC_URL") {
            Ok(url) => Some(
                url.parse()
                    .map_err(|error| format!("PUBLIC_URL: {error}"))?,
            ),
            Err(_) => None,
        };
        let listener = loopback::listener()?;
        let log = Log::default();
        let sandbox = {
            let log = log.clone();
            Sandbox::new()
                .with_service_id("Carnet")
                .on_event(move |event| log.report(event))
        };
        let sandbox = loopback::serve(sandbox).await?;
        let public_url = match public_url {
            Some(url) => url,
            None => loopback::url(&listener)?,
        };
        println!(
            "Open {} in a browser. Ctrl-C stops it.",
            public_url.as_str()
        );
        Ok(Self {
            listener,
            sandbox,
            public_url,
            log,
        })
    }
}
