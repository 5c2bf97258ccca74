//! The future of an incoming request.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::ServiceResponse,
};
use pin_project::pin_project;

use super::{
    answer::{replace, with_signal},
    failure::Failure,
};
use crate::{
    inbound::request::{Inbound, Incoming},
    scope::Scope,
};

/// Response future of [`PrivacyReturnService`](super::PrivacyReturnService).
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

impl<F, B> Future for ReturnFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let outcome = ready!(this.inner.as_mut().poll(cx));
        let context = this.inner.context();
        Poll::Ready(match outcome {
            Ok(response) => {
                let (request, response) = response.into_parts();
                let reply = with_signal(&response, response.error(), |error| {
                    this.inbound.answer(error, *this.incoming, context)
                });
                let response = if let Some(reply) = reply {
                    replace(response, reply).map_into_right_body()
                } else {
                    Inbound::passed(*this.incoming, context, response.status().as_u16());
                    response.map_into_left_body()
                };
                Ok(ServiceResponse::new(request, response))
            }
            // A middleware failed: there is no response yet.
            Err(error) => {
                let context = context.cloned();
                Err(Failure::answering(
                    error,
                    this.inbound,
                    *this.incoming,
                    context,
                ))
            }
        })
    }
}

impl<F> fmt::Debug for ReturnFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReturnFuture").finish_non_exhaustive()
    }
}
