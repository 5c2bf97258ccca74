//! The inbound service.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use axum::extract::OriginalUri;
use bytes::Bytes;
use http::{
    Request, Response, Uri,
    uri::{Authority, PathAndQuery},
};
use tower_service::Service;

use super::{body::ReplyBody, future::ReturnFuture};
use crate::inbound::request::{Head, Inbound};

/// Middleware that turns a [`PrivacyError`](crate::PrivacyError) into the reply that suits the client, and
/// brings users back to the page that they asked for.
///
/// [`PrivacyReturnLayer`](crate::PrivacyReturnLayer) has the rules. The inner service is never cloned, and it
/// decides when this one is ready.
///
/// # Example
///
/// ```
/// use http_body_util::Full;
/// use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
/// use tower_privacy::{PrivacyContext, PrivacyReturnLayer, ReturnUrl};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut host = ServiceBuilder::new()
///     .layer(PrivacyReturnLayer::new(ReturnUrl::try_from("https://app.example/")?))
///     .service(service_fn(|_: http::Request<()>| async {
///         let context = PrivacyContext::current().expect("the layer is in place");
///         let back = context.return_url().expect("there is a user").as_str().to_owned();
///         Ok::<_, std::convert::Infallible>(http::Response::new(Full::<bytes::Bytes>::from(back)))
///     }));
///
/// let request = http::Request::get("/photos").header("sec-fetch-mode", "navigate").body(())?;
/// let response = host.ready().await?.call(request).await?;
/// let body = http_body_util::BodyExt::collect(response.into_body()).await?.to_bytes();
/// assert_eq!(body, "https://app.example/photos");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PrivacyReturn<S> {
    inner: S,
    inbound: Arc<Inbound>,
}

impl<S> PrivacyReturn<S> {
    pub(super) fn with(inner: S, inbound: Arc<Inbound>) -> Self {
        Self { inner, inbound }
    }

    /// Gets a reference to the inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Gets a mutable reference to the inner service.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Consumes `self`, returning the inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, B, R> Service<Request<B>> for PrivacyReturn<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: 'static,
{
    type Response = Response<ReplyBody<R>>;
    type Error = S::Error;
    type Future = ReturnFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // A nested router sees a URI without its prefix.
        let original = request.extensions().get::<OriginalUri>();
        let uri = original.map_or(request.uri(), |original| &original.0);
        let headers = request.headers();
        let (incoming, context) = self.inbound.receive(&Head {
            method: request.method().as_str(),
            target: target(uri),
            query: uri.query(),
            authority: uri.authority().map(Authority::as_str),
            headers: || {
                headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_bytes()))
            },
        });
        if remove_marker(&self.inbound, request.uri_mut())
            && let Some(OriginalUri(original)) = request.extensions_mut().get_mut()
        {
            remove_marker(&self.inbound, original);
        }
        // The inner service may call its client right here, before its future is polled.
        let future = context.enter(|| self.inner.call(request));
        ReturnFuture::new(context.scope(future), Arc::clone(&self.inbound), incoming)
    }
}

fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("", PathAndQuery::as_str)
}

/// Removes the marker from the URI. Returns whether there was one.
fn remove_marker(inbound: &Inbound, uri: &mut Uri) -> bool {
    let Some(target) = inbound.without_marker(uri.path(), uri.query()) else {
        return false;
    };
    // A part of a valid target is valid.
    let Ok(target) = PathAndQuery::from_maybe_shared(Bytes::from(target)) else {
        return false;
    };
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(target);
    *uri = Uri::from_parts(parts).unwrap_or_default();
    true
}

impl<S: fmt::Debug> fmt::Debug for PrivacyReturn<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivacyReturn")
            .field("inner", &self.inner)
            .field("inbound", &self.inbound)
            .finish()
    }
}
