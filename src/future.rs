//! The future of a call.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use http_body::Body;
use pin_project::pin_project;

use crate::{
    body::ResponseBody,
    error::{BoxError, PrivacyError},
    inspect::{Inspecting, Inspector},
};

/// Response future of [`Privacy`](crate::Privacy).
///
/// It is ready with the untouched response as soon as the head, or else the first bytes of the
/// body, settle that it is no denial.
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
    pub(crate) fn new(future: F, inspector: Inspector) -> Self {
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
        loop {
            match this.state.as_mut().project() {
                StateProj::Calling(future) => {
                    let response = ready!(future.poll(cx)).map_err(PrivacyError::from_service)?;
                    if !this.inspector.admits(&response) {
                        return Poll::Ready(Ok(response.map(ResponseBody::untouched)));
                    }
                    this.state.set(State::Inspecting(Inspecting::new(response)));
                }
                StateProj::Inspecting(inspecting) => {
                    return inspecting.poll(cx, this.inspector);
                }
            }
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
