//! The response body.

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
/// It has the inner body's `Data` and `Error` types, and yields the same frames, trailers and errors in the
/// same order, with the same `size_hint` and `is_end_stream` before each of them. It is at most one word
/// larger than the inner body. An inspected body is behind a pointer, together with the frames that were read
/// from it.
///
/// Use [`From`] to create one from a body of your own. It implements [`Default`] if the inner body does, so
/// layers that create a response themselves, such as tower-http's `TimeoutLayer`, can wrap the client.
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

/// Creates a body that is passed on untouched.
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
