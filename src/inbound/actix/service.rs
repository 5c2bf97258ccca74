//! The inbound service.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, forward_ready},
    http::{
        Uri,
        uri::{Authority, PathAndQuery},
    },
};
use bytes::Bytes;

use super::future::ReturnFuture;
use crate::inbound::request::{Head, Inbound};

/// Service created by [`PrivacyReturn`](super::PrivacyReturn).
pub struct PrivacyReturnService<S> {
    inner: S,
    inbound: Arc<Inbound>,
}

impl<S> PrivacyReturnService<S> {
    pub(super) fn new(inner: S, inbound: Arc<Inbound>) -> Self {
        Self { inner, inbound }
    }
}

impl<S, B> Service<ServiceRequest> for PrivacyReturnService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = ReturnFuture<S::Future>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (uri, headers) = (request.uri(), request.headers());
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
        if let Some(stripped) = without_marker(&self.inbound, request.uri()) {
            set_uri(&mut request, stripped);
        }
        // The inner service may call its client right here, before its future is polled.
        let future = context.enter(|| self.inner.call(request));
        ReturnFuture::new(context.scope(future), Arc::clone(&self.inbound), incoming)
    }
}

/// Leaves the request as it is if a middleware further out holds a clone of it: actix-web then panics
/// before anything is changed, and offers no way to ask first. Only around a single resource can there be
/// a clone, since actix-web itself changes a request on its way to a route.
fn set_uri(request: &mut ServiceRequest, uri: Uri) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }));
}

fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("", PathAndQuery::as_str)
}

fn without_marker(inbound: &Inbound, uri: &Uri) -> Option<Uri> {
    let target = inbound.without_marker(uri.path(), uri.query())?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(Bytes::from(target)).ok()?);
    Uri::from_parts(parts).ok()
}

impl<S> fmt::Debug for PrivacyReturnService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivacyReturnService")
            .field("inbound", &self.inbound)
            .finish_non_exhaustive()
    }
}
