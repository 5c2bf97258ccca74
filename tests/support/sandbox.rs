//! The sandbox on a loopback socket.

use std::net::Ipv4Addr;

use tower_privacy::sandbox::{RunningSandbox, Sandbox, Visit};

pub async fn sandbox() -> RunningSandbox {
    let sandbox = Sandbox::new().bind((Ipv4Addr::LOCALHOST, 0).into());
    sandbox.await.unwrap()
}

/// The visits to its pages, as text.
pub fn visits(sandbox: &Sandbox) -> Vec<String> {
    sandbox.visits().iter().map(Visit::to_string).collect()
}
