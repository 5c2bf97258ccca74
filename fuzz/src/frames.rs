//! A body in frames.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

pub struct Frames {
    frames: VecDeque<Bytes>,
    pub tells_its_end: bool,
    pub hints: bool,
}

impl Frames {
    /// A body in frames of these sizes, and a last one with the rest.
    pub fn cut(body: &Bytes, sizes: &[u8]) -> Self {
        let mut rest = body.clone();
        let mut frames = VecDeque::new();
        for size in sizes {
            frames.push_back(rest.split_to(usize::from(*size).min(rest.len())));
        }
        frames.push_back(rest);
        Self {
            frames,
            tells_its_end: false,
            hints: false,
        }
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.frames.pop_front().map(|frame| Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.tells_its_end && self.frames.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.hints {
            SizeHint::with_exact(self.frames.iter().map(|frame| frame.len() as u64).sum())
        } else {
            SizeHint::default()
        }
    }
}
