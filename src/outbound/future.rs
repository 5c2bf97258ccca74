//! The response future.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;
use http_body::Body;
use pin_project::pin_project;

use super::{
    body::ResponseBody,
    inspect::{Inspecting, Inspector, untouched},
};
use crate::{
    error::{BoxError, PrivacyError},
    protocol::Look,
};

/// Response future of [`Privacy`](crate::Privacy).
///
/// It returns the untouched response as soon as the head, or the first bytes of the body, rule out a denial.
/// It is at most four words larger than the inner future.
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<F, R: Body> {
    #[pin]
    state: State<F, R>,
    inspector: Inspector,
}

#[pin_project(project = StateProj)]
enum State<F, R: Body> {
    Calling(#[pin] F),
    Inspecting(Inspecting<R>),
}

impl<F, R: Body> ResponseFuture<F, R> {
    #[inline]
    pub(super) fn new(future: F, inspector: Inspector) -> Self {
        Self {
            state: State::Calling(future),
            inspector,
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F, R>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
    E: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<R>>, PrivacyError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let future = match this.state.as_mut().project() {
            StateProj::Calling(future) => future,
            StateProj::Inspecting(inspecting) => return inspecting.poll(cx, this.inspector),
        };
        // A response is large, so it is inspected in place: each move of it costs time.
        let polled = future.poll(cx);
        let look = match &polled {
            Poll::Ready(Ok(response)) => this.inspector.look(response),
            _ => Look::Pass,
        };
        match polled {
            Poll::Ready(Ok(response)) if !matches!(look, Look::Pass) => {
                let mut state = this.state;
                Inspecting::begin(response, look, cx, this.inspector, |waiting| {
                    state.set(State::Inspecting(waiting));
                })
            }
            Poll::Ready(Ok(response)) => Poll::Ready(Ok(untouched(response))),
            Poll::Ready(Err(error)) => {
                let error = PrivacyError::from_service(error);
                this.inspector.failed(&error);
                Poll::Ready(Err(error))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<F, R: Body> fmt::Debug for ResponseFuture<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Calling(_) => "ResponseFuture(Calling)",
            State::Inspecting(_) => "ResponseFuture(Inspecting)",
        })
    }
}
