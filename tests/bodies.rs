//! In any frames, a denial is found, and every other body passes through.

mod support;

use std::{collections::VecDeque, io::IoSlice};

use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use proptest::prelude::*;
use support::{
    DENIAL, LOCATION, OTHER_ERROR,
    body::{Script, Step, data, observe},
    context, inspect, layer, redirect, xml,
};
use tower_privacy::PrivacyError;

/// The location, the rejection, or the bytes that passed through.
async fn outcome<B>(body: B) -> Result<Vec<u8>, String>
where
    B: http_body::Body<Error: std::fmt::Debug>,
{
    match inspect(xml(body), &context(), &layer()).await {
        Ok(response) => Ok(data(&observe(response.into_body()).await)),
        Err(PrivacyError::Redirect(redirect)) => Err(redirect.location().to_string()),
        Err(error) => Err(format!("{error:?}")),
    }
}

#[tokio::test]
async fn a_denial_is_found_in_one_byte_frames_and_between_empty_ones() {
    for size in [1, 2, 3, 16, 100, DENIAL.len()] {
        let body = Script::in_frames_of(size, DENIAL.as_bytes());
        assert_eq!(outcome(body).await.unwrap_err(), LOCATION, "{size}");
    }
    let chunks = DENIAL
        .as_bytes()
        .chunks(9)
        .flat_map(|chunk| [&b""[..], chunk, b""]);
    assert_eq!(outcome(Script::of(chunks)).await.unwrap_err(), LOCATION);
}

#[tokio::test]
async fn a_denial_is_found_before_trailers() {
    let trailers = http::HeaderMap::from_iter([(
        http::HeaderName::from_static("x-checksum"),
        http::HeaderValue::from_static("abc"),
    )]);
    let body = Script::new([
        Step::Data(Bytes::from_static(DENIAL.as_bytes())),
        Step::Trailers(trailers),
    ]);
    redirect(inspect(xml(body), &context(), &layer()).await);
}

#[tokio::test]
async fn a_body_that_reports_its_end_is_not_polled_again() {
    let body = Script::of([DENIAL]).telling_its_end();
    let polls = body.polls();
    redirect(inspect(xml(body), &context(), &layer()).await);
    assert_eq!(polls.load(std::sync::atomic::Ordering::Relaxed), 1);
}

/// Several chunks in one `Buf`, which shows as many as fit.
#[derive(Clone, Debug)]
struct Pieces(VecDeque<Bytes>);

impl Pieces {
    fn of(size: usize, body: &[u8]) -> Self {
        Self(body.chunks(size).map(Bytes::copy_from_slice).collect())
    }
}

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    fn chunk(&self) -> &[u8] {
        self.0.front().map_or(&[], |piece| piece)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let pairs = self.0.iter().zip(slices);
        pairs
            .map(|(piece, slice)| *slice = IoSlice::new(piece))
            .count()
    }

    fn advance(&mut self, mut count: usize) {
        while let Some(front) = self.0.front_mut() {
            let step = count.min(front.len());
            front.advance(step);
            count -= step;
            if !front.is_empty() {
                return;
            }
            self.0.pop_front();
        }
    }
}

#[tokio::test]
async fn several_chunks_in_one_buf_are_read_as_one_text() {
    for size in [1, 5, 64] {
        let body = |text: &str| Script::new([Step::Data(Pieces::of(size, text.as_bytes()))]);
        assert_eq!(outcome(body(DENIAL)).await.unwrap_err(), LOCATION);
        assert_eq!(
            outcome(body(OTHER_ERROR)).await.unwrap(),
            OTHER_ERROR.as_bytes()
        );
    }
    let (head, tail) = DENIAL.split_at(50);
    let chain = Bytes::from(head).chain(Bytes::from(tail));
    assert_eq!(
        outcome(Script::new([Step::Data(chain)])).await.unwrap_err(),
        LOCATION
    );
    let deque: VecDeque<u8> = {
        let mut deque: VecDeque<u8> = DENIAL.bytes().collect();
        deque.rotate_left(30);
        deque.rotate_right(30);
        deque
    };
    assert_eq!(
        outcome(Script::new([Step::Data(deque)])).await.unwrap_err(),
        LOCATION
    );
}

/// Several chunks in one `Buf`, which shows only the first.
#[derive(Clone, Debug)]
struct Veiled(Pieces);

impl Buf for Veiled {
    fn remaining(&self) -> usize {
        self.0.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.0.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.0.advance(count);
    }
}

#[tokio::test]
async fn chunks_that_cannot_be_read_without_consuming_them_pass_through() {
    let body = Script::new([Step::Data(Veiled(Pieces::of(40, DENIAL.as_bytes())))]);
    assert_eq!(outcome(body).await.unwrap(), DENIAL.as_bytes());
}

#[tokio::test]
async fn common_bodies_need_nothing_special() {
    redirect(inspect(xml(DENIAL.to_owned()), &context(), &layer()).await);
    redirect(inspect(xml(Full::new(Bytes::from(DENIAL))), &context(), &layer()).await);
    let boxed = UnsyncBoxBody::new(Script::of([DENIAL]));
    redirect(inspect(xml(boxed), &context(), &layer()).await);
    let boxed = Box::pin(Script::of([DENIAL]));
    redirect(inspect(xml(boxed), &context(), &layer()).await);
    let (mut sender, channel) = http_body_util::channel::Channel::<Bytes>::new(2);
    sender.send_data(Bytes::from(DENIAL)).await.unwrap();
    drop(sender);
    redirect(inspect(xml(channel), &context(), &layer()).await);
    let response = inspect(
        xml(http_body_util::Empty::<Bytes>::new()),
        &context(),
        &layer(),
    )
    .await;
    assert!(
        response
            .unwrap()
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .is_empty()
    );
}

/// Documents that begin like denials and then differ.
fn documents() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("<?xml version='1.0'?>"),
        Just("<!-- c -->"),
        Just("<!DOCTYPE error [<!ELEMENT error ANY>]>"),
        Just("\u{feff}"),
        Just(" \n"),
        Just("<error>"),
        Just("</error>"),
        Just("<o:error xmlns:o='urn:o'>"),
        Just("<contacts>"),
        Just("<detail>PrivacyAccessDeniedException</detail>"),
        Just("<detail>Other</detail>"),
        Just("<code>-3</code>"),
        Just("<url>http://privacy.orange.fr/urm-gui/interaction.do?a=1&amp;b=,c</url>"),
        Just("<url><![CDATA[http://privacy.orange.fr/urm-gui/interaction.do]]></url>"),
        Just("\u{e9}"),
        Just("x"),
    ];
    let anything = proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    let denial = proptest::collection::vec(0..DENIAL.len(), 0..3).prop_map(|drops| {
        let mut text = DENIAL.to_owned();
        for at in drops {
            let at = at.min(text.len() - 1);
            text.remove(at);
        }
        text
    });
    let text = prop_oneof![anything, denial];
    (text, any::<Option<bool>>()).prop_map(|(text, utf16)| match utf16 {
        None => text.into_bytes(),
        Some(big) => text
            .encode_utf16()
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_body_in_any_frames_gives_the_same_verdict_and_bytes_as_the_whole_body(
        document in documents(),
        cuts in proptest::collection::vec(0_usize..40, 0..40),
        telling in any::<bool>(),
    ) {
        let mut frames = Vec::new();
        let mut rest = document.as_slice();
        for cut in cuts {
            let (frame, after) = rest.split_at(cut.min(rest.len()));
            frames.push(frame);
            rest = after;
        }
        frames.push(rest);
        let mut body = Script::of(&frames);
        if telling {
            body = body.telling_its_end();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (whole, cut) = runtime.block_on(async {
            (outcome(Full::new(Bytes::from(document.clone()))).await, outcome(body).await)
        });
        prop_assert_eq!(&whole, &cut);
        if let Ok(bytes) = cut {
            prop_assert_eq!(bytes, document);
        }
    }
}
