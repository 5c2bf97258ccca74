//! A call by a request's builder.

use super::layer::PrivacyLayer;
use crate::error::PrivacyError;

/// `.send_through(&layer)`, in place of `.send()`, on reqwest's `RequestBuilder`.
///
/// It is there for reqwest 0.13 with the feature `reqwest`, and for reqwest 0.12 with the feature
/// `reqwest-0-12`. A call changes by one word, and the client stays as it is: keep the layer next to it. A
/// [`Privacy`](crate::Privacy) around the client is not needed.
#[cfg_attr(feature = "reqwest", doc = "", doc = include_str!("send_through.md"))]
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

/// A `RequestBuilder` of reqwest. It is a trait of its own so that rustc says this of one whose feature
/// is off: for a trait without a blanket implementation it says only that there is no such method.
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
