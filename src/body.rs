//! The body of a response that went through.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project::pin_project;

use crate::peek::Peek;

/// Response body of [`Privacy`](crate::Privacy): the inner body, as if the layer were not there.
///
/// It has the inner body's `Data` and `Error`, and yields the same frames in the same order, the
/// same trailers and errors, with the same `size_hint` and `is_end_stream`. A body that was looked
/// at is behind a pointer, with the frames that were taken from it; any other is held as it is. It is
/// at most a word larger than the inner body.
#[pin_project]
pub struct ResponseBody<R: Body> {
    #[pin]
    state: State<R>,
}

#[pin_project(project = StateProj)]
enum State<R: Body> {
    Untouched(#[pin] R),
    Peeked(Pin<Box<Peek<R>>>),
}

impl<R: Body> ResponseBody<R> {
    pub(crate) fn untouched(body: R) -> Self {
        Self {
            state: State::Untouched(body),
        }
    }

    pub(crate) fn peeked(peek: Pin<Box<Peek<R>>>) -> Self {
        Self {
            state: State::Peeked(peek),
        }
    }
}

impl<R: Body> Body for ResponseBody<R> {
    type Data = R::Data;
    type Error = R::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<R::Data>, R::Error>>> {
        match self.project().state.project() {
            StateProj::Untouched(body) => body.poll_frame(cx),
            StateProj::Peeked(peek) => peek.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Untouched(body) => body.is_end_stream(),
            State::Peeked(peek) => peek.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Untouched(body) => body.size_hint(),
            State::Peeked(peek) => peek.size_hint(),
        }
    }
}

impl<R: Body> fmt::Debug for ResponseBody<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Untouched(_) => "ResponseBody(Untouched)",
            State::Peeked(_) => "ResponseBody(Peeked)",
        })
    }
}
