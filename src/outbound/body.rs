//! The body of a response that went through.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project::pin_project;

use super::peek::Peek;

/// Response body of [`Privacy`](crate::Privacy): the inner body.
///
/// It has the inner body's `Data` and `Error`, and yields the same frames in the same order, the
/// same trailers and errors, with the same `size_hint` and `is_end_stream` before each. A body that was
/// inspected is behind a pointer, with the frames that were taken from it; any other is held as it is. It
/// is at most a word larger than the inner body.
///
/// A body of your own becomes one by [`From`]. With [`Default`], where the inner body has it, layers that
/// answer by themselves, such as tower-http's `TimeoutLayer`, can stand around the client.
///
/// # Example
///
/// ```
/// use http_body::Body;
/// use tower_privacy::ResponseBody;
///
/// let body = ResponseBody::from(String::from("<contacts/>"));
/// assert_eq!(body.size_hint().exact(), Some(11));
/// assert!(ResponseBody::<String>::default().is_end_stream());
/// ```
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
    pub(super) fn peeked(peek: Pin<Box<Peek<R>>>) -> Self {
        Self {
            state: State::Peeked(peek),
        }
    }
}

/// A body that is passed on as it is.
impl<R: Body> From<R> for ResponseBody<R> {
    fn from(body: R) -> Self {
        Self {
            state: State::Untouched(body),
        }
    }
}

impl<R: Body + Default> Default for ResponseBody<R> {
    fn default() -> Self {
        R::default().into()
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
