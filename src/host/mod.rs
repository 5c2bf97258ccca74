//! Hosts: thin adapters over the one reply.

#[cfg(feature = "axum")]
mod axum;
