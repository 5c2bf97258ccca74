//! x
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
#[cfg(feature = "reqwest")]
mod client;
mod context;
mod denial;
mod endpoint;
mod error;
mod future;
#[cfg(feature = "axum")]
mod host;
mod inspect;
mod layer;
mod peek;
mod redirect;
#[cfg(feature = "axum")]
mod reply;
mod report;
mod return_url;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod service;

pub use body::ResponseBody;
pub use context::{PrivacyContext, Scope};
pub use denial::{Denial, Family};
pub use endpoint::{PrivacyEndpoint, PrivacyEndpointError};
pub use error::{BoxError, PrivacyError, RejectedDenial, RejectionKind};
pub use future::ResponseFuture;
pub use inspect::{Inspect, inspect};
pub use layer::{DEFAULT_MAX_DOCUMENT_BYTES, PrivacyLayer};
pub use redirect::PrivacyRedirect;
pub use return_url::{ReturnUrl, ReturnUrlError};
pub use service::Privacy;
