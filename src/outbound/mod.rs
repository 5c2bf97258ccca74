//! The client side: the layer, and how it inspects each response.

mod body;
mod future;
mod gate;
mod inspect;
mod layer;
#[cfg(any(feature = "reqwest-middleware", feature = "reqwest-middleware-0-4"))]
mod middleware_adapter;
mod peek;
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub mod reqwest;
#[cfg(feature = "reqwest-0-12")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-0-12")))]
pub mod reqwest_0_12;
#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
mod reqwest_adapter;
#[cfg(feature = "reqwest-middleware")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-middleware")))]
pub mod reqwest_middleware;
#[cfg(feature = "reqwest-middleware-0-4")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-middleware-0-4")))]
pub mod reqwest_middleware_0_4;
#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
mod send_through;
mod service;
mod settings;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use inspect::Inspect;
pub use layer::{DEFAULT_MAX_DOCUMENT_BYTES, PrivacyLayer};
#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
pub use send_through::SendThrough;
pub use service::Privacy;
