//! A call by a request's builder.

use super::layer::PrivacyLayer;
use crate::error::PrivacyError;

/// Sends a request of reqwest's through a layer, from its builder: `.send_through(&layer)` in place of
/// `.send()`.
///
/// It is implemented for the `RequestBuilder` of reqwest 0.13 (feature `reqwest`) and of 0.12 (feature
/// `reqwest-0-12`).
pub trait SendThrough {
    /// What the client answers with.
    type Response;

    /// Sends the request, and inspects the response.
    ///
    /// The [context](crate::PrivacyContext) is that of the task that first polls the future, or else of the
    /// task that called this, or else the layer's.
    ///
    /// # Errors
    ///
    /// Fails with the signal if the call is denied, and with [`PrivacyError::Service`] if the client fails
    /// or the request could not be built.
    fn send_through(
        self,
        layer: &PrivacyLayer,
    ) -> impl Future<Output = Result<Self::Response, PrivacyError>> + Send + use<Self>;
}
