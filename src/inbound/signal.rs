//! Carries the signal from a handler's error to the layer, in the response.

use std::sync::Arc;

use http::{HeaderMap, Response, header::VARY};

use super::{audience::Asker, reply::reply};
use crate::error::PrivacyError;

/// Carries the error of a response in its extensions, until the layer replies to it.
#[derive(Clone)]
pub(crate) struct Signal(pub(crate) Arc<PrivacyError>);

impl Signal {
    /// Copies a borrowed error.
    pub(crate) fn of(error: &PrivacyError) -> Self {
        Self(Arc::new(copy(error)))
    }
}

/// Copies a borrowed error. The cause of a `Service` error cannot be copied: an app that wants the layer to
/// see it must return the error itself.
pub(crate) fn copy(error: &PrivacyError) -> PrivacyError {
    PrivacyError::signal_in(error)
        .unwrap_or_else(|| PrivacyError::Service("the cause stayed with the error".into()))
}

/// The reply without knowledge of the request: the one to a navigation. It depends on no header, so it has no
/// `Vary`.
pub(crate) fn blind_reply(error: &PrivacyError) -> Response<String> {
    let mut response = reply(error.found(), Asker::Window, None);
    response.headers_mut().remove(VARY);
    response
}

/// Whether a reply replaces this header of a response: those that describe its body, how to show or cache it, or
/// where to go instead, and those that the reply has too. All others are kept, such as a CORS header from an inner
/// layer. `Vary` and cookies of both are kept.
pub(crate) fn is_replaced(name: &str, reply: &HeaderMap) -> bool {
    // RFC 9213, section 2: `CDN-Cache-Control`, and the fields of one vendor that are named after it.
    name.ends_with("cache-control")
        || REPLACED.contains(&name)
        || (!matches!(name, "vary" | "set-cookie") && reply.contains_key(name))
}

const REPLACED: [&str; 38] = [
    "accept-ranges",
    "content-digest",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "digest",
    "edge-control",
    "etag",
    "expires",
    "hx-location",
    "hx-push-url",
    "hx-redirect",
    "hx-refresh",
    "hx-replace-url",
    "hx-reselect",
    "hx-reswap",
    "hx-retarget",
    "last-modified",
    "location",
    "refresh",
    "repr-digest",
    "retry-after",
    "surrogate-control",
    "trailer",
    "transfer-encoding",
    "x-accel-expires",
    "x-accel-redirect",
    "x-inertia",
    "x-inertia-location",
    "x-sendfile",
    "x-up-location",
    "x-up-method",
    "x-up-target",
];
