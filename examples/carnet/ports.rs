//! Where an example listens: on loopback, at `PORT`, and its sandbox at `SANDBOX_PORT`.

use std::{
    env,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use tower_privacy::{
    ReturnUrl,
    sandbox::{RunningSandbox, Sandbox},
};

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
        let address = address("PORT", 8080)?;
        let sandbox_address = self::address("SANDBOX_PORT", 8081)?;
        let cannot_listen = |variable, address, error| {
            format!("cannot listen on {address}: {error}; {variable} sets another port")
        };
        let listener =
            TcpListener::bind(address).map_err(|error| cannot_listen("PORT", address, error))?;
        let sandbox = Sandbox::new()
            .bind(sandbox_address)
            .await
            .map_err(|error| cannot_listen("SANDBOX_PORT", sandbox_address, error))?;

        let bound = listener
            .set_nonblocking(true)
            .and_then(|()| listener.local_addr());
        let address = bound.map_err(|error| error.to_string())?;
        let public_url = ReturnUrl::try_from(format!("http://{address}/"));
        let public_url = public_url.map_err(|error| error.to_string())?;
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
