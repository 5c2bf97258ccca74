//! The service.

use std::{
    fmt,
    task::{Context, Poll},
};

use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::{
    body::ResponseBody,
    error::{BoxError, PrivacyError},
    future::ResponseFuture,
    inspect::Inspector,
    layer::{PrivacyLayer, context_of_call},
    settings::Sharded,
};

/// Middleware that turns an upstream's privacy denial into [`PrivacyError`] and passes every other
/// response through untouched.
///
/// It is a [`Service`] of `http::Request<B>` over any inner service of the same that answers
/// `http::Response<R>` with any body; with the feature `reqwest` also of `reqwest::Request` over a
/// service that answers `reqwest::Response`. The inner service is never cloned, and readiness is
/// its own.
///
/// See the [crate documentation](crate) for the rules.
///
/// # Example
///
/// ```
/// use http_body_util::{BodyExt, Full};
/// use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
/// use tower_privacy::{PrivacyError, PrivacyLayer, ReturnUrl};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut client = ServiceBuilder::new()
///     .layer(PrivacyLayer::new(ReturnUrl::try_from("https://app.example/")?))
///     .service(service_fn(|_: http::Request<()>| async {
///         let body = Full::new(bytes::Bytes::from("<contacts/>"));
///         Ok::<_, std::convert::Infallible>(http::Response::new(body))
///     }));
///
/// let request = http::Request::get("https://api.example/contacts").body(())?;
/// let response = client.ready().await?.call(request).await?;
/// assert_eq!(response.into_body().collect().await?.to_bytes(), "<contacts/>");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Privacy<S> {
    inner: S,
    settings: Sharded,
}

impl<S> Privacy<S> {
    /// Wraps a service, with the settings of this layer.
    #[must_use]
    pub fn new(inner: S, layer: &PrivacyLayer) -> Self {
        Self {
            inner,
            settings: Sharded::new(layer.settings()),
        }
    }

    /// The inner service: of a client, to build requests with. What is sent by it goes past this layer.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service. What is sent by it goes past this layer.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service, without this one.
    pub fn into_inner(self) -> S {
        self.inner
    }

    pub(crate) fn inspector(&self, method: &Method, extensions: &http::Extensions) -> Inspector {
        Inspector::new(self.settings.here(), context_of_call(extensions), method)
    }
}

impl<S, B, R> Service<Request<B>> for Privacy<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = PrivacyError;
    type Future = ResponseFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PrivacyError>> {
        self.inner
            .poll_ready(cx)
            .map_err(PrivacyError::from_service)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let inspector = self.inspector(request.method(), request.extensions());
        ResponseFuture::new(self.inner.call(request), inspector)
    }
}

impl<S: fmt::Debug> fmt::Debug for Privacy<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Privacy")
            .field("inner", &self.inner)
            .field("settings", &**self.settings.here())
            .finish()
    }
}
