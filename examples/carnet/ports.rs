//! Where an example listens: on loopback, at `PORT`, and its sandbox at `SANDBOX_PORT`. Behind a proxy,
//! `PUBLIC_URL` is the URL that browsers see.

use std::{env, net::TcpListener};

use tower_privacy::{
    ReturnUrl,
    sandbox::{RunningSandbox, Sandbox},
};

use super::loopback;

/// What an example listens with.
pub(crate) struct Ports {
    /// For the app. It does not block.
    pub(crate) listener: TcpListener,
    pub(crate) sandbox: RunningSandbox,
    /// Where browsers reach the app. Configured: what a request says of it is not to be trusted.
    pub(crate) public_url: ReturnUrl,
}

impl Ports {
    /// Binds both, and says where to open the app.
    pub(crate) async fn bind() -> Result<Self, String> {
        let public_url = match env::var("PUBLIC_URL") {
            Ok(url) => Some(
                url.parse()
                    .map_err(|error| format!("PUBLIC_URL: {error}"))?,
            ),
            Err(_) => None,
        };
        let listener = loopback::listener()?;
        let sandbox = loopback::serve(Sandbox::new()).await?;
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
        })
    }
}
