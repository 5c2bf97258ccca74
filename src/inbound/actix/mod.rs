//! The inbound side for actix-web 4.
//!
//! [`PrivacyReturn`] is for actix-web what
#![cfg_attr(
    feature = "axum",
    doc = "[`PrivacyReturnLayer`](crate::PrivacyReturnLayer)"
)]
#![cfg_attr(not(feature = "axum"), doc = "`PrivacyReturnLayer`")]
//! is for axum, and both answer alike. [`PrivacyError`](crate::PrivacyError) is a
//! [`ResponseError`](actix_web::ResponseError).

mod answer;
mod extract;
mod failure;
mod future;
mod middleware;
mod respond;
mod service;

pub use future::ReturnFuture;
pub use middleware::PrivacyReturn;
pub use service::PrivacyReturnService;
