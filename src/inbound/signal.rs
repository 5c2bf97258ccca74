//! The signal in a response: how it gets from a handler's error to the layer.

use std::sync::Arc;

use http::{Response, header::VARY};

use super::{audience::Asker, reply::reply};
use crate::error::PrivacyError;

/// Stands in a response's extensions for the error that the response is of, until the layer answers
/// it.
#[derive(Clone)]
pub(crate) struct Signal(pub(crate) Arc<PrivacyError>);

impl Signal {
    /// The error that is only borrowed, as its host hands it out. What a `Service` error holds
    /// cannot be copied; who wants to see that has to hand over the error itself.
    pub(crate) fn of(error: &PrivacyError) -> Self {
        let copy = PrivacyError::signal_in(error);
        Self(Arc::new(copy.unwrap_or_else(|| {
            PrivacyError::Service("the cause stayed with the error".into())
        })))
    }
}

/// The reply where nothing is known of the request, as to a navigation. No header was looked at, so
/// `Vary` names none.
pub(crate) fn blind_reply(error: &PrivacyError) -> Response<String> {
    let mut response = reply(error, Asker::Window, None);
    response.headers_mut().remove(VARY);
    response
}

/// The headers of a response that a reply replaces: those that say something of its body, of how it is
/// shown, or of where else to go. All others stay, since a cookie or a CORS header that a layer further in has
/// set is still wanted.
pub(crate) const REPLACED: [&str; 34] = [
    "accept-ranges",
    "cache-control",
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
    "trailer",
    "transfer-encoding",
    "x-inertia",
    "x-inertia-location",
    "x-up-location",
    "x-up-method",
    "x-up-target",
];

/// The headers of a reply that are added to those of the response, in place of replacing them.
pub(crate) fn is_added(name: &str) -> bool {
    matches!(name, "vary" | "set-cookie")
}
