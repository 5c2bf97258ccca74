//! The future of an incoming request.

use std::{
    any::Any,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, Response};
use pin_project::pin_project;

use super::body::ReplyBody;
use crate::{
    error::{BoxError, PrivacyError},
    inbound::{
        request::{Inbound, Incoming},
        signal::{Signal, is_replaced},
    },
    scope::Scope,
};

/// Response future of [`PrivacyReturn`](crate::PrivacyReturn).
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct ReturnFuture<F> {
    #[pin]
    inner: Scope<F>,
    inbound: Arc<Inbound>,
    incoming: Incoming,
}

impl<F> ReturnFuture<F> {
    pub(super) fn new(inner: Scope<F>, inbound: Arc<Inbound>, incoming: Incoming) -> Self {
        Self {
            inner,
            inbound,
            incoming,
        }
    }
}

impl<F, R, E> Future for ReturnFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    E: 'static,
{
    type Output = Result<Response<ReplyBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let outcome = ready!(this.inner.as_mut().poll(cx));
        let context = this.inner.context();
        let answer = |error: &PrivacyError| this.inbound.answer(error, *this.incoming, context);
        Poll::Ready(match outcome {
            Ok(mut response) => {
                if let Some(Signal(error)) = response.extensions_mut().remove() {
                    Ok(replace(response, answer(&error)))
                } else {
                    Inbound::passed(*this.incoming, context, response.status().as_u16());
                    Ok(response.map(ReplyBody::inner))
                }
            }
            Err(error) => match signal_in(&error) {
                Some(error) => Ok(answer(error).map(ReplyBody::reply)),
                None => Err(error),
            },
        })
    }
}

/// The signal that a service failed with. `E` is not bound by `Error`, which a boxed error does not implement.
fn signal_in<E: 'static>(error: &E) -> Option<&PrivacyError> {
    let error: &dyn Any = error;
    match error.downcast_ref::<BoxError>() {
        Some(error) => PrivacyError::find(&**error),
        None => error.downcast_ref(),
    }
}

fn replace<R>(response: Response<R>, reply: Response<String>) -> Response<ReplyBody<R>> {
    let (mut head, _) = response.into_parts();
    let (reply, body) = reply.into_parts();
    add(&mut head.headers, &reply.headers);
    head.status = reply.status;
    head.extensions.extend(reply.extensions);
    Response::from_parts(head, ReplyBody::reply(body))
}

fn add(headers: &mut HeaderMap, reply: &HeaderMap) {
    let replaced = headers.keys();
    let replaced = replaced.filter(|name| is_replaced(name.as_str(), reply));
    for name in replaced.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
    for (name, value) in reply {
        headers.append(name, value.clone());
    }
}

impl<F> fmt::Debug for ReturnFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReturnFuture").finish_non_exhaustive()
    }
}
