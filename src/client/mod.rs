//! Clients: thin adapters over the one inspection.

#[cfg(feature = "reqwest")]
pub(crate) mod reqwest;
#[cfg(feature = "reqwest-middleware")]
mod reqwest_middleware;
