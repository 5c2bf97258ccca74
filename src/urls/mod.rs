//! The URLs that a user is sent to and comes back to. Each is checked when it is created.

mod bare;
mod endpoint;
mod path;
pub(crate) mod query;
mod return_url;

pub(crate) use bare::Bare;
pub use endpoint::{PrivacyEndpoint, PrivacyEndpointError};
pub(crate) use path::{PathPattern, normalised};
pub use return_url::{ReturnUrl, ReturnUrlError};
