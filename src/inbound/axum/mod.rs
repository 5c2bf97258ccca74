//! Middleware for axum, and for any Tower service of `http` requests.

mod body;
mod extract;
mod future;
mod layer;
mod respond;
mod service;

pub use body::ReplyBody;
pub use future::ReturnFuture;
pub use layer::PrivacyReturnLayer;
pub use service::PrivacyReturn;
