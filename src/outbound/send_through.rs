//! Sends a `RequestBuilder` through the layer.

use super::layer::PrivacyLayer;
use crate::error::PrivacyError;

/// Adds `.send_through(&layer)` to reqwest's `RequestBuilder`, to be called instead of `.send()`.
///
/// It is implemented for reqwest 0.13 with the feature `reqwest`, and for reqwest 0.12 with the feature
/// `reqwest-0-12`. The client stays as it is. Keep the layer next to it: there is no need for a
/// [`Privacy`](crate::Privacy) around the client.
#[cfg_attr(feature = "reqwest", doc = "", doc = include_str!("send_through.md"))]
pub trait SendThrough {
    /// The response of the client.
    type Response;

    /// Sends the request, and inspects the response.
    ///
    /// The [context](crate::PrivacyContext) is that of the task that polls the future first, or else of the
    /// task that called this method, or else the layer's [`return_to`](PrivacyLayer::return_to).
    ///
    /// # Errors
    ///
    /// Fails with the signal if the call is denied, and with [`PrivacyError::Service`] if the request could
    /// not be built or the client fails.
    fn send_through(
        self,
        layer: &PrivacyLayer,
    ) -> impl Future<Output = Result<Self::Response, PrivacyError>> + Send + use<Self>;
}

impl<B: Builder> SendThrough for B {
    type Response = B::Response;

    fn send_through(
        self,
        layer: &PrivacyLayer,
    ) -> impl Future<Output = Result<B::Response, PrivacyError>> + Send + use<B> {
        self.call(layer)
    }
}

/// A `RequestBuilder` of reqwest. This is a trait of its own so that rustc prints the message below for a
/// version whose feature is off. Without a blanket implementation, it would only say that there is no such
/// method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent through a layer",
    label = "this is not a `RequestBuilder` of a version of reqwest whose feature is on",
    note = "tower-privacy's feature `reqwest` is for reqwest 0.13, and `reqwest-0-12` for reqwest 0.12"
)]
pub trait Builder {
    type Response;

    fn call(
        self,
        layer: &PrivacyLayer,
    ) -> impl Future<Output = Result<Self::Response, PrivacyError>> + Send + use<Self>;
}
