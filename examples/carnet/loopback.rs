//! Listens on loopback, at the ports that the environment sets.

use std::{
    env,
    fmt::Display,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use tower_privacy::{
    ReturnUrl,
    sandbox::{RunningSandbox, Sandbox},
};

/// Listens at `PORT`. The listener is non-blocking.
pub(crate) fn listener() -> Result<TcpListener, String> {
    let address = address("PORT", 8080)?;
    TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|error| cannot_listen("PORT", address, error))
}

/// Starts a sandbox at `SANDBOX_PORT`.
pub(crate) async fn serve(sandbox: Sandbox) -> Result<RunningSandbox, String> {
    let address = address("SANDBOX_PORT", 8081)?;
    let sandbox = sandbox.bind(address).await;
    sandbox.map_err(|error| cannot_listen("SANDBOX_PORT", address, error))
}

/// The listener's URL for a browser on this machine.
pub(crate) fn url(listener: &TcpListener) -> Result<ReturnUrl, String> {
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    ReturnUrl::try_from(format!("http://{address}/")).map_err(|error| error.to_string())
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

fn cannot_listen(variable: &str, address: SocketAddr, error: impl Display) -> String {
    format!("cannot listen on {address}: {error}; {variable} sets another port")
}
