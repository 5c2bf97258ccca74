//! Scripted bodies, which also record how they were polled.

use std::{
    collections::VecDeque,
    fmt::Debug,
    future::poll_fn,
    marker::PhantomPinned,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project::pin_project;

/// One answer of a [`Script`].
#[derive(Clone, Debug)]
pub enum Step<D = Bytes> {
    Data(D),
    Trailers(HeaderMap),
    Fail(&'static str),
    /// Pending forever.
    Hang,
}

/// What a body does not know at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Learns {
    /// Its length and its end, until it was polled at that point.
    End,
    /// Its length, until its first frame was taken.
    Length,
}

impl<D: Buf> Step<D> {
    fn len(&self) -> u64 {
        match self {
            Self::Data(data) => data.remaining() as u64,
            _ => 0,
        }
    }
}

/// A body that follows its steps, and then ends. If it is polled after its end, it panics. It is `!Unpin`,
/// which the layer must not need.
#[pin_project]
#[derive(Clone, Debug)]
pub struct Script<D = Bytes> {
    steps: VecDeque<Step<D>>,
    /// The number of data bytes that are left.
    left: u64,
    hint: Option<SizeHint>,
    tells_its_end: bool,
    learns: Option<Learns>,
    ended: bool,
    polls: Arc<AtomicUsize>,
    #[pin]
    pinned: PhantomPinned,
}

impl<D: Buf> Script<D> {
    pub fn new(steps: impl IntoIterator<Item = Step<D>>) -> Self {
        let steps: VecDeque<_> = steps.into_iter().collect();
        let left = steps.iter().map(Step::len).sum();
        Self {
            steps,
            left,
            hint: None,
            tells_its_end: false,
            learns: None,
            ended: false,
            polls: Arc::default(),
            pinned: PhantomPinned,
        }
    }

    /// Sets a fixed size hint.
    pub fn hinting(mut self, hint: SizeHint) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Makes `is_end_stream` true when no step is left.
    pub fn telling_its_end(mut self) -> Self {
        self.tells_its_end = true;
        self
    }

    /// Lets the body know its length and end only after it was polled there, like a chunked body.
    pub fn learning_its_end(mut self) -> Self {
        self.learns = Some(Learns::End);
        self
    }

    /// Lets the body know its length only after its first frame was taken, like a body whose head comes with
    /// it.
    pub fn learning_its_length(mut self) -> Self {
        self.learns = Some(Learns::Length);
        self
    }

    /// The number of times it was polled.
    pub fn polls(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.polls)
    }
}

impl Script {
    pub fn of(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        Self::new(
            chunks
                .into_iter()
                .map(|chunk| Step::Data(Bytes::copy_from_slice(chunk.as_ref()))),
        )
    }

    pub fn in_frames_of(size: usize, body: &[u8]) -> Self {
        Self::of(body.chunks(size))
    }
}

impl<D: Buf> Body for Script<D> {
    type Data = D;
    type Error = &'static str;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<D>, &'static str>>> {
        let this = self.project();
        this.polls.fetch_add(1, Ordering::Relaxed);
        assert!(!*this.ended, "polled after its end");
        *this.left -= this.steps.front().map_or(0, Step::len);
        Poll::Ready(match this.steps.pop_front() {
            Some(Step::Data(data)) => Some(Ok(Frame::data(data))),
            Some(Step::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
            Some(Step::Fail(error)) => Some(Err(error)),
            Some(Step::Hang) => {
                this.steps.push_front(Step::Hang);
                return Poll::Pending;
            }
            None => {
                *this.ended = true;
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.tells_its_end && self.steps.is_empty()
            || self.learns == Some(Learns::End) && self.ended
    }

    fn size_hint(&self) -> SizeHint {
        self.hint.unwrap_or_else(|| {
            let polled = self.polls.load(Ordering::Relaxed) > 0;
            match self.learns {
                Some(Learns::End) if !self.ended => return SizeHint::default(),
                Some(Learns::Length) if !polled => return SizeHint::default(),
                _ => {}
            }
            SizeHint::with_exact(self.left)
        })
    }
}

/// An observation of a body: its hint, its end, and then its frame.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pub hint: (u64, Option<u64>),
    pub at_end: bool,
    pub frame: Option<Result<Result<Vec<u8>, HeaderMap>, String>>,
}

/// Reads a body to its end, and records everything that can be observed.
pub async fn observe<B: Body<Error: Debug>>(body: B) -> Vec<Seen> {
    let mut body = pin!(body);
    let mut all = Vec::new();
    loop {
        let hint = body.size_hint();
        let at_end = body.is_end_stream();
        let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
        let frame = frame.map(|frame| match frame {
            Ok(frame) => Ok(frame
                .into_data()
                .map(|mut data| data.copy_to_bytes(data.remaining()).to_vec())
                .map_err(|frame| frame.into_trailers().unwrap_or_default())),
            Err(error) => Err(format!("{error:?}")),
        });
        let ended = frame.is_none();
        all.push(Seen {
            hint: (hint.lower(), hint.upper()),
            at_end,
            frame,
        });
        if ended {
            return all;
        }
    }
}

/// All data in the observations.
pub fn data(seen: &[Seen]) -> Vec<u8> {
    seen.iter()
        .filter_map(|seen| match &seen.frame {
            Some(Ok(Ok(data))) => Some(data.as_slice()),
            _ => None,
        })
        .collect::<Vec<_>>()
        .concat()
}
