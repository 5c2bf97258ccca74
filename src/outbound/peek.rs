//! Reads the first frames of a body, and replays them.
//!
//! 1. The peek takes frames until one rules out a denial, or until the body ends.
//! 2. It keeps each frame unchanged, with the size hint from before the frame. The replayed body has the same
//!    frames in the same order, then the trailers or the error that ended the peek, then the rest of the body.
//! 3. It keeps at most `max` bytes and the frame that exceeds them, and at most [`MAX_EMPTY_FRAMES`] empty
//!    frames.
//! 4. It scans the data in place. It reads a `Buf` of several chunks with `Buf::chunks_vectored`. If that does
//!    not return all chunks, the data cannot be read without consuming it, so the response is passed on.

use std::{
    borrow::Cow,
    collections::VecDeque,
    io::IoSlice,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Buf;
use http::response::Parts;
use http_body::{Body, Frame, SizeHint};
use pin_project::pin_project;

use crate::{
    protocol::{
        Look,
        scan::{Scan, Scanner},
    },
    report,
};

/// The maximum number of empty frames that are kept. They take memory too, but do not count as bytes.
const MAX_EMPTY_FRAMES: usize = 1024;

/// A frame of a body, or its error.
pub(super) type FrameOf<R> = Result<Frame<<R as Body>::Data>, <R as Body>::Error>;

/// A body, the frames taken from it, and, during the peek, the head of its response.
///
/// All of it is in one allocation, so the future and the body of the response hold only a pointer and are
/// cheap to move. The inner body stays pinned here, since a body cannot be moved after it was polled.
#[pin_project]
pub(super) struct Peek<R: Body> {
    head: Option<Parts>,
    scanner: Scanner,
    /// Most bodies are passed on at the first frame, and need no queue.
    first: Option<Kept<R::Data>>,
    rest: Option<VecDeque<Kept<R::Data>>>,
    tail: Tail<R::Data, R::Error>,
    /// The body's size hint before the last poll.
    hint: SizeHint,
    kept_bytes: usize,
    empty_frames: usize,
    #[pin]
    body: R,
}

/// A frame, with the body's size hint before it.
struct Kept<D> {
    hint: SizeHint,
    data: D,
}

/// The result of a peek.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A whole document that may be a denial.
    Document,
    /// A document that may be a denial, but is too long.
    TooLong,
    /// Anything else.
    Other,
}

/// What comes after the kept frames.
enum Tail<D, E> {
    /// The rest of the body.
    Flowing,
    /// A frame without data, and then the rest of the body.
    Trailers(Frame<D>),
    /// An error, and then the rest of the body.
    Failed(E),
    /// The end of the body, which was not replayed yet.
    Ended,
    /// Nothing. The body is not polled again.
    Over,
}

impl<R: Body> Peek<R> {
    pub(super) fn new(body: R, look: Look) -> Self {
        Self {
            head: None,
            scanner: Scanner::new(look),
            first: None,
            rest: None,
            tail: Tail::Flowing,
            hint: SizeHint::new(),
            kept_bytes: 0,
            empty_frames: 0,
            body,
        }
    }

    /// Keeps the head while the body is pending.
    pub(super) fn hold_head(self: Pin<&mut Self>, head: Parts) {
        *self.project().head = Some(head);
    }

    /// Returns the head, when the response is passed on.
    pub(super) fn take_head(self: Pin<&mut Self>) -> Option<Parts> {
        self.project().head.take()
    }

    /// Takes frames until they decide what the body is.
    pub(super) fn poll_document(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        max: usize,
    ) -> Poll<Found> {
        let mut this = self.project();
        loop {
            *this.hint = this.body.size_hint();
            let data = match ready!(this.body.as_mut().poll_frame(cx)) {
                None => {
                    *this.tail = Tail::Ended;
                    break;
                }
                Some(Err(error)) => {
                    *this.tail = Tail::Failed(error);
                    return Poll::Ready(Found::Other);
                }
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => data,
                    Err(trailers) => {
                        *this.tail = Tail::Trailers(trailers);
                        break;
                    }
                },
            };
            *this.kept_bytes = this.kept_bytes.saturating_add(data.remaining());
            *this.empty_frames += usize::from(!data.has_remaining());
            let over = *this.kept_bytes > max;
            let fits = !over && *this.empty_frames <= MAX_EMPTY_FRAMES;
            // The frame that exceeds the bound is only scanned if somebody listens to the report.
            let seen =
                (fits || report::IS_HEARD) && chunks(&data, |chunk| this.scanner.feed(chunk));
            let scan = this.scanner.settled();
            let hint = *this.hint;
            let kept = Kept { hint, data };
            if this.first.is_none() {
                *this.first = Some(kept);
            } else {
                this.rest.get_or_insert_default().push_back(kept);
            }
            if !fits {
                let is_candidate = over && scan == Scan::Candidate;
                return Poll::Ready(if is_candidate {
                    Found::TooLong
                } else {
                    Found::Other
                });
            }
            if !seen || scan == Scan::Other {
                return Poll::Ready(Found::Other);
            }
            if this.body.is_end_stream() {
                break;
            }
        }
        Poll::Ready(match this.scanner.settled() {
            Scan::Candidate => Found::Document,
            Scan::Undecided | Scan::Other => Found::Other,
        })
    }

    /// The bytes of the frames.
    pub(super) fn document(&self) -> Cow<'_, [u8]> {
        let mut frames = self.frames();
        if let (Some(first), None) = (frames.next(), frames.next())
            && first.chunk().len() == first.remaining()
        {
            return Cow::Borrowed(first.chunk());
        }
        let mut document = Vec::with_capacity(self.kept_bytes);
        for data in self.frames() {
            chunks(data, |chunk| document.extend_from_slice(chunk));
        }
        Cow::Owned(document)
    }

    /// The frames that were taken, and not replayed yet.
    fn frames(&self) -> impl Iterator<Item = &R::Data> {
        let kept = self.first.iter().chain(self.rest.iter().flatten());
        kept.map(|kept| &kept.data)
    }

    /// Whether there is something left to replay.
    fn is_replaying(&self) -> bool {
        self.first.is_some()
            || self.rest.is_some()
            || matches!(self.tail, Tail::Trailers(_) | Tail::Failed(_) | Tail::Ended)
    }

    #[inline]
    pub(super) fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<FrameOf<R>>> {
        // The path of nearly every frame of a long body.
        if self.first.is_none() && self.rest.is_none() && matches!(self.tail, Tail::Flowing) {
            return self.project().body.poll_frame(cx);
        }
        Poll::Ready(self.replay())
    }

    /// The next frame to replay, the error, or the end.
    #[inline(never)]
    fn replay(self: Pin<&mut Self>) -> Option<FrameOf<R>> {
        let this = self.project();
        let kept = this.first.take().or_else(|| {
            let kept = this.rest.as_mut()?.pop_front();
            *this.rest = this.rest.take().filter(|rest| !rest.is_empty());
            kept
        });
        if let Some(kept) = kept {
            return Some(Ok(Frame::data(kept.data)));
        }
        let held = match std::mem::replace(this.tail, Tail::Over) {
            Tail::Trailers(trailers) => Some(Ok(trailers)),
            Tail::Failed(error) => Some(Err(error)),
            Tail::Flowing | Tail::Ended | Tail::Over => None,
        };
        if held.is_some() {
            *this.tail = Tail::Flowing;
        }
        held
    }

    pub(super) fn is_end_stream(&self) -> bool {
        !self.is_replaying() && self.body.is_end_stream()
    }

    /// The body's size hint at this point of the replay.
    pub(super) fn size_hint(&self) -> SizeHint {
        let next = self.first.as_ref();
        let next = next.or_else(|| self.rest.as_ref()?.front());
        match next {
            Some(kept) => kept.hint,
            None if self.is_replaying() => self.hint,
            None => self.body.size_hint(),
        }
    }
}

/// Visits the chunks of a `Buf` without consuming them. Returns `false` if the `Buf` does not show all of them.
fn chunks<D: Buf>(data: &D, mut visit: impl FnMut(&[u8])) -> bool {
    let remaining = data.remaining();
    let chunk = data.chunk();
    if chunk.len() >= remaining {
        visit(chunk);
        return true;
    }
    let mut room = 16;
    loop {
        let mut slices = vec![IoSlice::new(&[]); room];
        let filled = data.chunks_vectored(&mut slices).min(room);
        let shown: usize = slices[..filled].iter().map(|slice| slice.len()).sum();
        if shown >= remaining {
            for slice in &slices[..filled] {
                visit(slice);
            }
            return true;
        }
        // If it leaves slices unused, it has no more chunks to show. One that needs many more slices than bytes
        // shows empty ones.
        if filled < room || room > remaining {
            return false;
        }
        room *= 2;
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, io::IoSlice};

    use bytes::{Buf, Bytes};

    use super::chunks;

    fn seen(data: &impl Buf) -> Option<Vec<u8>> {
        let mut seen = Vec::new();
        chunks(data, |chunk| seen.extend_from_slice(chunk)).then_some(seen)
    }

    /// A `Buf` with one byte per chunk, which shows all or some of them.
    struct Crumbs {
        bytes: &'static [u8],
        shows: Shows,
        asked: Cell<u32>,
    }

    #[derive(Clone, Copy)]
    enum Shows {
        First,
        All,
        /// As many empty chunks as there are slices.
        Empty,
        /// All, after an empty chunk.
        AllAfterEmpty,
    }

    impl Crumbs {
        fn new(bytes: &'static [u8], shows: Shows) -> Self {
            let asked = Cell::default();
            Self {
                bytes,
                shows,
                asked,
            }
        }
    }

    impl Buf for Crumbs {
        fn remaining(&self) -> usize {
            self.bytes.len()
        }

        fn chunk(&self) -> &[u8] {
            self.bytes.get(..1).unwrap_or_default()
        }

        fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
            self.asked.set(self.asked.get() + 1);
            let shown = match self.shows {
                Shows::First => self.chunk(),
                Shows::All | Shows::AllAfterEmpty => self.bytes,
                Shows::Empty => return slices.len(),
            };
            let empty = matches!(self.shows, Shows::AllAfterEmpty).then_some(&[][..]);
            let crumbs = empty.into_iter().chain(shown.chunks(1)).zip(slices);
            crumbs
                .map(|(crumb, slice)| *slice = IoSlice::new(crumb))
                .count()
        }

        fn advance(&mut self, count: usize) {
            self.bytes = &self.bytes[count..];
        }
    }

    #[test]
    fn any_number_of_chunks_is_visited() {
        assert_eq!(seen(&Bytes::from_static(b"abc")).unwrap(), b"abc");
        assert_eq!(seen(&Bytes::new()).unwrap(), b"");
        let chain = Bytes::from_static(b"ab")
            .chain(Bytes::new())
            .chain(Bytes::from_static(b"c"));
        assert_eq!(seen(&chain).unwrap(), b"abc");

        let crumbs = Crumbs::new(&[b'x'; 1000], Shows::All);
        assert_eq!(seen(&crumbs).unwrap(), [b'x'; 1000]);
        assert_eq!(crumbs.asked.get(), 7, "16, 32, … 1024 at a time");
        let crumbs = Crumbs::new(&[b'x'; 16], Shows::AllAfterEmpty);
        assert_eq!(seen(&crumbs).unwrap(), [b'x'; 16], "17 slices for 16 bytes");
    }

    #[test]
    fn missing_chunks_are_noticed() {
        for (size, shows, asked) in [
            (1000, Shows::First, 1),
            (2, Shows::First, 1),
            (2, Shows::Empty, 1),
            (100, Shows::Empty, 4),
        ] {
            let crumbs = Crumbs::new(&[b'x'; 1000][..size], shows);
            assert_eq!(seen(&crumbs), None, "{size}");
            assert_eq!(crumbs.asked.get(), asked, "{size}");
        }
        assert_eq!(seen(&Crumbs::new(b"a", Shows::First)).unwrap(), b"a");
    }
}
