//! Around a client: the layer, and what becomes of each response.

mod body;
mod future;
mod gate;
mod inspect;
mod layer;
mod peek;
#[cfg(feature = "reqwest")]
pub mod reqwest;
#[cfg(feature = "reqwest-middleware")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-middleware")))]
pub mod reqwest_middleware;
mod service;
mod settings;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use inspect::Inspect;
pub use layer::{DEFAULT_MAX_DOCUMENT_BYTES, PrivacyLayer};
pub use service::Privacy;
