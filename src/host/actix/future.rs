//! The future of an incoming request.

use std::{
    convert::Infallible,
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix_web::{
    Error, HttpResponse,
    body::{BodySize, BoxBody, EitherBody, MessageBody},
    dev::ServiceResponse,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use bytes::Bytes;
use http::Response;
use pin_project::pin_project;

use super::respond::status;
use crate::{
    context::Scope,
    error::PrivacyError,
    host::{
        inbound::{Asker, Inbound},
        signal::{REPLACED, Signal, is_added},
    },
};

/// Response future of [`PrivacyReturnService`](super::PrivacyReturnService).
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct ReturnFuture<F> {
    #[pin]
    inner: Scope<F>,
    inbound: Arc<Inbound>,
    asker: Asker,
}

impl<F> ReturnFuture<F> {
    pub(super) fn new(inner: Scope<F>, inbound: Arc<Inbound>, asker: Asker) -> Self {
        Self {
            inner,
            inbound,
            asker,
        }
    }
}

impl<F, B> Future for ReturnFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let asker = *this.asker;
        Poll::Ready(match ready!(this.inner.poll(cx)) {
            Ok(response) => {
                let (request, response) = response.into_parts();
                let response = match signal_in(&response, || boxed_signal(response.error()?)) {
                    Some(Signal(found)) => {
                        let whole = response.error().and_then(Error::as_error::<PrivacyError>);
                        let reply = this.inbound.answer(whole.unwrap_or(&found), asker);
                        replace(response, reply).map_into_right_body()
                    }
                    None => response.map_into_left_body(),
                };
                Ok(ServiceResponse::new(request, response))
            }
            // A middleware or an extractor failed: there is no response yet.
            Err(mut error) => {
                let inbound = Arc::clone(this.inbound);
                let boxed = boxed_signal(&error);
                error.add_response_mapper(move |response| {
                    match signal_in(&response, || boxed.clone()) {
                        Some(Signal(error)) => replace(response, inbound.answer(&error, asker)),
                        None => response,
                    }
                });
                Err(error)
            }
        })
    }
}

/// Says that a response is a reply already, so that a middleware further out lets it be.
struct Answered;

/// The signal that a response carries, or else the one of its error.
fn signal_in<B>(
    response: &HttpResponse<B>,
    of_error: impl FnOnce() -> Option<Signal>,
) -> Option<Signal> {
    let extensions = response.extensions();
    if extensions.contains::<Answered>() {
        return None;
    }
    extensions.get::<Signal>().cloned().or_else(of_error)
}

/// The signal in the one error type that actix-web answers for by itself and that has sources.
fn boxed_signal(error: &Error) -> Option<Signal> {
    let error = error.as_error::<Box<dyn StdError>>()?;
    PrivacyError::find(&**error).map(Signal::of)
}

fn replace<B>(response: HttpResponse<B>, reply: Response<String>) -> HttpResponse<BoxBody> {
    let mut response = response.drop_body();
    *response.status_mut() = status(&reply);
    add(response.headers_mut(), reply.headers());
    response.extensions_mut().insert(Answered);
    let length = reply.headers().get(http::header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    response.set_body(match length {
        Some(length) => BoxBody::new(LeftOut(length)),
        None => BoxBody::new(reply.into_body()),
    })
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

fn add(headers: &mut HeaderMap, reply: &http::HeaderMap) {
    let replaced = reply.keys().map(http::HeaderName::as_str);
    let replaced = replaced.filter(|name| !is_added(name));
    for name in REPLACED.into_iter().chain(replaced) {
        headers.remove(name);
    }
    for (name, value) in reply {
        // What is a header to one version of `http` is one to the other.
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_ref()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            headers.append(name, value);
        }
    }
}

impl<F> fmt::Debug for ReturnFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReturnFuture").finish_non_exhaustive()
    }
}
