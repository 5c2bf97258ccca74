//! A body that is looked at, and then replayed.
//!
//! 1. Frames are taken until one rules out a denial, or the body ends.
//! 2. Each frame is kept as it came, with the hint that the body gave before it. What goes on is the same
//!    frames in the same order, then the tail that ended the peek (trailers, or an error), then the rest of
//!    the body.
//! 3. At most `max` bytes of frames are kept, and the frame that crosses the bound, and of empty
//!    frames at most [`MAX_EMPTY_FRAMES`].
//! 4. Data is looked at where it lies. A `Buf` in several chunks is seen through
//!    `Buf::chunks_vectored`; one that does not show all its chunks there cannot be read and kept
//!    as it is, so it passes through.

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

/// How many empty frames are kept while a body is looked at. Each costs its bookkeeping, which the
/// bound on bytes does not see.
const MAX_EMPTY_FRAMES: usize = 1024;

/// What a body yields.
pub(super) type FrameOf<R> = Result<Frame<<R as Body>::Data>, <R as Body>::Error>;

/// A body, what was taken from it, and the head of its response while that waits.
///
/// One allocation holds it all, so that what the response is not inspected for is not paid for: the
/// future and the body that are moved about hold a pointer. The body is pinned here for good, since
/// one that was polled cannot be moved again.
#[pin_project]
pub(super) struct Peek<R: Body> {
    head: Option<Parts>,
    scanner: Scanner,
    /// The first frame is kept apart: most are let go at it, and need no queue.
    first: Option<Kept<R::Data>>,
    rest: Option<VecDeque<Kept<R::Data>>>,
    tail: Tail<R::Data, R::Error>,
    /// The body's hint before it was polled last.
    hint: SizeHint,
    kept_bytes: usize,
    empty_frames: usize,
    #[pin]
    body: R,
}

/// A frame that was taken, with the hint that the body gave before it.
struct Kept<D> {
    hint: SizeHint,
    data: D,
}

/// What a body was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A document that may be a denial, whole.
    Document,
    /// One that is longer than it may be.
    TooLong,
    /// Anything else.
    Other,
}

/// What comes after the kept frames.
enum Tail<D, E> {
    /// The rest of the body.
    Flowing,
    /// A frame that is no data, and then the rest.
    Trailers(Frame<D>),
    /// An error, and then whatever the body says after it.
    Failed(E),
    /// The end, which has not been told yet.
    Ended,
    /// Nothing: the body is not asked again.
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

    /// Keeps the head while the body makes one wait.
    pub(super) fn hold_head(self: Pin<&mut Self>, head: Parts) {
        *self.project().head = Some(head);
    }

    /// The head, when the response goes on.
    pub(super) fn take_head(self: Pin<&mut Self>) -> Option<Parts> {
        self.project().head.take()
    }

    /// Takes frames until it is settled what the body is.
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
            // The frame that crosses the bound is looked at only where it is told what it was.
            let seen = (fits || (over && report::IS_HEARD))
                && chunks(&data, |chunk| this.scanner.feed(chunk));
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

    /// The bytes of the body that were taken.
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

    /// The frames that were taken and not replayed.
    fn frames(&self) -> impl Iterator<Item = &R::Data> {
        let kept = self.first.iter().chain(self.rest.iter().flatten());
        kept.map(|kept| &kept.data)
    }

    /// Whether something that was taken has not been replayed yet.
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
        // Nearly every frame of a long body comes here.
        if self.first.is_none() && self.rest.is_none() && matches!(self.tail, Tail::Flowing) {
            return self.project().body.poll_frame(cx);
        }
        Poll::Ready(self.replay())
    }

    /// The next of what was taken, or the end.
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

    /// The hint that the body gave at this point.
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

/// Visits the chunks of a `Buf` without taking them; `false` if it does not show them all.
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
        // Fewer than there was room for: it shows no more. No more than its bytes can be needed.
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

    /// One byte a chunk, of which it shows some.
    struct Crumbs {
        bytes: &'static [u8],
        shows: Shows,
        asked: Cell<u32>,
    }

    #[derive(Clone, Copy)]
    enum Shows {
        First,
        All,
        /// As many empty chunks as there is room for.
        Empty,
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
                Shows::All => self.bytes,
                Shows::Empty => return slices.len(),
            };
            let crumbs = shown.chunks(1).zip(slices);
            crumbs
                .map(|(crumb, slice)| *slice = IoSlice::new(crumb))
                .count()
        }

        fn advance(&mut self, count: usize) {
            self.bytes = &self.bytes[count..];
        }
    }

    #[test]
    fn all_chunks_are_seen_however_many() {
        assert_eq!(seen(&Bytes::from_static(b"abc")).unwrap(), b"abc");
        assert_eq!(seen(&Bytes::new()).unwrap(), b"");
        let chain = Bytes::from_static(b"ab")
            .chain(Bytes::new())
            .chain(Bytes::from_static(b"c"));
        assert_eq!(seen(&chain).unwrap(), b"abc");

        let crumbs = Crumbs::new(&[b'x'; 1000], Shows::All);
        assert_eq!(seen(&crumbs).unwrap(), [b'x'; 1000]);
        assert_eq!(crumbs.asked.get(), 7, "16, 32, … 1024 at a time");
    }

    #[test]
    fn chunks_that_are_not_shown_are_noticed() {
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
