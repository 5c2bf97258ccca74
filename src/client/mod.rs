//! Clients that are not of `http`: thin adapters over the one inspection.

pub mod reqwest;
#[cfg(feature = "reqwest-middleware")]
mod reqwest_middleware;
