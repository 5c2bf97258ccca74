//! A body in any frames gives the same verdict and the same bytes as the whole body.
#![no_main]

use arbitrary::Arbitrary;
use bytes::Bytes;
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use tower_privacy_fuzz::{Frames, labelled, look};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    label: u8,
    tells_its_end: bool,
    hints: bool,
    sizes: Vec<u8>,
    body: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let body = Bytes::copy_from_slice(input.body);
    let mut frames = Frames::cut(&body, &input.sizes);
    frames.tells_its_end = input.tells_its_end;
    frames.hints = input.hints;
    let whole = look(labelled(input.label.into(), Full::new(body.clone())));
    let cut = look(labelled(input.label.into(), frames));
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => assert!(whole == body && cut == body),
        (Err(whole), Err(cut)) => assert_eq!(format!("{whole:?}"), format!("{cut:?}")),
        (whole, cut) => panic!("{whole:?} {cut:?}"),
    }
});
