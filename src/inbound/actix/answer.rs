//! Replaces a response that carries the signal.

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
    inbound::signal::{Signal, is_replaced},
};

/// Marks a response that is a reply already, so that a `PrivacyReturn` further out leaves it alone.
struct Answered;

/// Calls `use_it` with the signal that the response carries, or that its error leads to. Returns `None` if
/// there is no signal, or if it was replied to already.
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
    // Unlike the copy, the error itself has its cause.
    let whole = error.and_then(Error::as_error::<PrivacyError>);
    match (whole, carried) {
        (Some(whole), _) => Some(use_it(whole)),
        (None, Some(Signal(copy))) => Some(use_it(&copy)),
        (None, None) => found_in(error?).map(use_it),
    }
}

/// Finds the signal in the errors with sources for which actix-web itself implements `ResponseError`.
fn found_in(error: &Error) -> Option<&PrivacyError> {
    if let Some(error) = error.as_error::<Box<dyn StdError>>() {
        return PrivacyError::find(&**error);
    }
    PrivacyError::find(error.as_error::<io::Error>()?)
}

/// Puts the reply in place of the response. Unless upstream is at fault, the response loses its error: a
/// logger would report each user who is sent away as one.
pub(super) fn replace<B>(
    response: HttpResponse<B>,
    reply: Response<String>,
) -> HttpResponse<BoxBody> {
    let mut response = response.drop_body();
    if !reply.status().is_server_error() {
        // The conversion drops the error.
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
    let replaced = headers.keys();
    let replaced = replaced.filter(|name| is_replaced(name.as_str(), reply));
    for name in replaced.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
    // actix-web takes the length from the body, which a middleware further out may change.
    for (name, value) in reply.iter().filter(|(name, _)| *name != CONTENT_LENGTH) {
        // Both versions of `http` accept the same names and values.
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_ref()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            headers.append(name, value);
        }
    }
}

/// The body of the reply to a HEAD: empty, but as long as a GET's. actix-web takes `Content-Length` from the
/// body, not from the headers.
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
