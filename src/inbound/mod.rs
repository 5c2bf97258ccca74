//! Around a host: who asks, where they come back to, and what they get in place of an error.

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
