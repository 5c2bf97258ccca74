//! Hosts: thin adapters over the one reply and the one reading of a request.

#[cfg(feature = "actix")]
pub mod actix;
#[cfg(feature = "axum")]
pub(crate) mod axum;
mod inbound;
mod missing;
mod signal;

pub use missing::MissingPrivacyContext;
