//! A body cut into any frames gives the verdict and the bytes of the body whole.
#![no_main]

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use arbitrary::Arbitrary;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use tower_privacy_fuzz::{labelled, look};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    label: u8,
    tells_its_end: bool,
    hints: bool,
    sizes: Vec<u8>,
    body: &'a [u8],
}

struct Frames {
    frames: VecDeque<Bytes>,
    tells_its_end: bool,
    hints: bool,
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

fuzz_target!(|input: Input<'_>| {
    let body = Bytes::copy_from_slice(input.body);
    let mut rest = body.clone();
    let mut frames = VecDeque::new();
    for size in &input.sizes {
        frames.push_back(rest.split_to(usize::from(*size).min(rest.len())));
    }
    frames.push_back(rest);
    let frames = Frames {
        frames,
        tells_its_end: input.tells_its_end,
        hints: input.hints,
    };
    let whole = look(labelled(input.label.into(), Full::new(body.clone())));
    let cut = look(labelled(input.label.into(), frames));
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => assert!(whole == body && cut == body),
        (Err(whole), Err(cut)) => assert_eq!(format!("{whole:?}"), format!("{cut:?}")),
        (whole, cut) => panic!("{whole:?} {cut:?}"),
    }
});
