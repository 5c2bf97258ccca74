//! The host side: who made the request, where they come back to, and the reply to an error.

mod accept;
#[cfg(feature = "actix")]
pub mod actix;
mod audience;
#[cfg(feature = "axum")]
pub(crate) mod axum;
mod headers;
mod language;
mod missing;
mod page;
pub mod problem;
mod reply;
mod request;
mod settings;
mod signal;
mod texts;

pub use audience::Audience;
pub use missing::MissingPrivacyContext;
