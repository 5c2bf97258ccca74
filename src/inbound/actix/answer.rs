//! The answer to the signal, in place of the response that carries it.

use std::{
    convert::Infallible,
    error::Error as StdError,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use bytes::Bytes;
use http::{Response, header::CONTENT_LENGTH};

use super::respond::status;
use crate::{
    error::PrivacyError,
    inbound::signal::{REPLACED, Signal, is_added},
};

/// Says that a response is a reply already, so that a middleware further out lets it be.
struct Answered;

/// What `use_it` makes of the signal that a response carries, or that the error which it is of leads
/// to; nothing if there is none or somebody has replied to it already.
pub(super) fn with_signal<B, T>(
    response: &HttpResponse<B>,
    error: Option<&Error>,
    use_it: impl FnOnce(&PrivacyError) -> T,
) -> Option<T> {
    let carried = {
        let extensions = response.extensions();
        if extensions.contains::<Answered>() {
            return None;
        }
        extensions.get::<Signal>().cloned()
    };
    // The error itself has the cause, which a copy has not.
    let whole = error.and_then(Error::as_error::<PrivacyError>);
    match (whole, carried) {
        (Some(whole), _) => Some(use_it(whole)),
        (None, Some(Signal(copy))) => Some(use_it(&copy)),
        (None, None) => found_in(error?).map(use_it),
    }
}

/// The signal in the error types that actix-web answers for by itself and that have sources.
fn found_in(error: &Error) -> Option<&PrivacyError> {
    if let Some(error) = error.as_error::<Box<dyn StdError>>() {
        return PrivacyError::find(&**error);
    }
    PrivacyError::find(error.as_error::<io::Error>()?)
}

/// The response with the reply in its place. It is no longer one of an error, unless upstream is at fault:
/// what logs requests would log each user who is sent away as one.
pub(super) fn replace<B>(
    response: HttpResponse<B>,
    reply: Response<String>,
) -> HttpResponse<BoxBody> {
    let mut response = response.drop_body();
    if !reply.status().is_server_error() {
        // Only this way round is the error left behind.
        response = HttpResponse::from(dev::Response::from(response));
    }
    *response.status_mut() = status(&reply);
    add(response.headers_mut(), reply.headers());
    response.extensions_mut().insert(Answered);
    let length = reply.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    response.set_body(match length {
        Some(length) => BoxBody::new(LeftOut(length)),
        None => BoxBody::new(reply.into_body()),
    })
}

fn add(headers: &mut HeaderMap, reply: &http::HeaderMap) {
    let replaced = reply.keys().map(http::HeaderName::as_str);
    let replaced = replaced.filter(|name| !is_added(name));
    for name in REPLACED.into_iter().chain(replaced) {
        headers.remove(name);
    }
    // The length is the body's to say: a layer further out may change that.
    for (name, value) in reply.iter().filter(|(name, _)| *name != CONTENT_LENGTH) {
        // What is a header to one version of `http` is one to the other.
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_ref()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            headers.append(name, value);
        }
    }
}

/// The body of the reply to a HEAD. actix-web writes the length that a body says, not the header's.
struct LeftOut(u64);

impl MessageBody for LeftOut {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
