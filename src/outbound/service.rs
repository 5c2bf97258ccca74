//! The service that wraps a client.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Extensions, Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::{body::ResponseBody, future::ResponseFuture, inspect::Inspector, settings::Settings};
use crate::error::{BoxError, PrivacyError};

/// Middleware that turns an upstream's denial into a [`PrivacyError`], and passes on every other response
/// untouched.
///
/// It implements `Service<http::Request<B>>` if the inner service does and returns an `http::Response<R>`, with any
/// bodies. With the feature `reqwest` or `reqwest-0-12`, it also implements `Service<reqwest::Request>` if the inner
/// service does and returns a `reqwest::Response`. The inner service is never cloned, and its readiness is passed on.
///
/// See the [crate documentation](crate) for the rules.
///
/// # Example
///
/// ```
/// use http_body_util::{BodyExt, Full};
/// use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
/// use tower_privacy::{PrivacyError, PrivacyLayer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut client = ServiceBuilder::new()
///     .layer(PrivacyLayer::new())
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
    settings: Arc<Settings>,
}

impl<S> Privacy<S> {
    pub(super) fn with(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }

    /// Returns a reference to the inner service, to build requests with a client. A request that is sent
    /// through it directly bypasses this middleware.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")] {
    /// use tower::Layer;
    /// use tower_privacy::PrivacyLayer;
    ///
    /// let client = PrivacyLayer::new().layer(reqwest::Client::new());
    /// let request = client.get_ref().get("https://api.example/contacts").build()?;
    /// assert_eq!(request.url().path(), "/contacts");
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns a mutable reference to the inner service. A request that is sent through it directly bypasses
    /// this middleware.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Returns the inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }

    #[inline]
    pub(super) fn inspector(&self, method: &Method, extensions: &Extensions) -> Inspector {
        Inspector::new(&self.settings, method, extensions)
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
            .field("settings", &self.settings)
            .finish()
    }
}
