//! A user's trip to a page and back: where they are, what they were already asked for, and where to send them.

mod asked;
#[cfg(feature = "sandbox")]
mod clock;
mod context;
mod guard;
mod marker;
mod redirect;
#[cfg_attr(
    not(any(feature = "actix", feature = "axum")),
    allow(dead_code, reason = "for hosts, which are features")
)]
mod site;
#[cfg_attr(
    not(any(feature = "actix", feature = "axum")),
    allow(dead_code, reason = "for hosts, which are features")
)]
mod visit;

#[cfg(feature = "sandbox")]
pub use clock::TestClock;
pub use context::PrivacyContext;
pub(crate) use context::User;
pub(crate) use guard::{Decision, Guard};
pub(crate) use marker::MarkerName;
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) use marker::is_marker;
pub use redirect::PrivacyRedirect;
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) use redirect::TOO_LONG;
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) use site::Site;
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) use visit::{Back, Said, Visit};
