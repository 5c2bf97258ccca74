//! The error of the context's extractors.

use std::fmt;

/// The extractor of [`PrivacyContext`](crate::PrivacyContext) found none, because neither
/// `PrivacyReturnLayer` nor `actix::PrivacyReturn` wraps the handler. The reply is a 500.
///
/// # Example
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, body::Body, routing::get};
/// use tower::ServiceExt;
/// use tower_privacy::PrivacyContext;
///
/// # tokio_test::block_on(async {
/// let app: Router = Router::new().route("/", get(async |_: PrivacyContext| "never"));
/// let reply = app.oneshot(http::Request::new(Body::empty())).await.unwrap();
/// assert_eq!(reply.status(), 500);
/// # });
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingPrivacyContext(pub(super) ());

impl fmt::Display for MissingPrivacyContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no return layer wraps this handler")
    }
}

impl std::error::Error for MissingPrivacyContext {}
