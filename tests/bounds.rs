//! Bounds what a hostile body can cost: work, memory, depth. Costs are counted, not timed.

mod support;

use std::{
    cell::Cell,
    collections::VecDeque,
    fmt::Write,
    io::IoSlice,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http::Response;
use http_body::{Body, Frame};
use http_body_util::Full;
use support::{DENIAL, HOME, body::Script, context, inspect, layer, now::now, redirect, xml};
use tower_privacy::{
    DEFAULT_MAX_DOCUMENT_BYTES, PrivacyError, PrivacyLayer, RejectionKind, ResponseBody,
};

type Looked<B> = Result<Response<ResponseBody<B>>, PrivacyError>;

fn look(body: impl Into<Bytes>) -> Looked<Full<Bytes>> {
    look_with(&layer(), body)
}

fn look_with(layer: &PrivacyLayer, body: impl Into<Bytes>) -> Looked<Full<Bytes>> {
    now(inspect(xml(Full::new(body.into())), &context(), layer))
}

/// A layer that reads documents of any length.
fn unbounded() -> PrivacyLayer {
    layer().max_document_bytes(usize::MAX)
}

/// A denial with this text before its `detail`.
fn denial_with(content: &str) -> String {
    DENIAL.replace("<code>", &format!("{content}<code>"))
}

/// A denial padded with white space to this length.
fn denial_of(length: usize) -> String {
    let filler = " ".repeat(length - DENIAL.len());
    denial_with(&filler)
}

/// Counts the bytes that it shows.
#[derive(Debug)]
struct Counted {
    bytes: Bytes,
    shown: Rc<Cell<usize>>,
}

impl Buf for Counted {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.shown.set(self.shown.get() + self.bytes.len());
        self.bytes.chunk()
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.shown.set(self.shown.get() + self.bytes.len());
        self.bytes.chunks_vectored(slices)
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}

#[test]
fn each_byte_is_read_a_fixed_number_of_times_in_any_frames() {
    let body = Bytes::from(denial_of(DEFAULT_MAX_DOCUMENT_BYTES));
    for size in [1, 16, 512, body.len()] {
        let shown = Rc::new(Cell::new(0));
        let frames: Vec<_> = body
            .chunks(size)
            .map(|chunk| {
                support::body::Step::Data(Counted {
                    bytes: body.slice_ref(chunk),
                    shown: Rc::clone(&shown),
                })
            })
            .collect();
        let count = frames.len();
        let script = Script::new(frames);
        let polls = script.polls();
        redirect(now(inspect(xml(script), &context(), &layer())));
        assert_eq!(polls.load(std::sync::atomic::Ordering::Relaxed), count + 1);
        // Once by the scanner, and once when the document is joined. The first frame once more, to check
        // whether it is the whole document.
        let shown = shown.get();
        assert!(shown <= 2 * body.len() + size, "{size}: {shown}");
    }
}

const FRAME: usize = 16 * 1024;

/// A body that creates its frames on demand.
struct Written {
    start: &'static str,
    left: usize,
    polls: Rc<Cell<usize>>,
}

impl Written {
    fn new(start: &'static str, frames: usize, polls: &Rc<Cell<usize>>) -> Self {
        Self {
            start,
            left: frames,
            polls: Rc::clone(polls),
        }
    }
}

impl Body for Written {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.polls.set(self.polls.get() + 1);
        let Some(left) = self.left.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.left = left;
        let mut frame = vec![b' '; FRAME];
        let start = std::mem::take(&mut self.start);
        frame[..start.len()].copy_from_slice(start.as_bytes());
        Poll::Ready(Some(Ok(Frame::data(frame.into()))))
    }
}

#[test]
fn at_most_the_cap_and_one_frame_of_a_response_are_held() {
    for (start, frames) in [("<error>", 5), ("<contacts>", 1), (" ", 5)] {
        let polls = Rc::new(Cell::new(0));
        let counted = allocation_counter::measure(|| {
            let response = now(inspect(
                xml(Written::new(start, usize::MAX, &polls)),
                &context(),
                &layer(),
            ));
            assert!(response.is_ok());
        });
        assert_eq!(polls.get(), frames, "{start}");
        let most = (frames * FRAME + 4096) as u64;
        assert!(counted.bytes_max <= most, "{start}: {counted:?}");
    }
}

#[test]
fn a_thousand_large_responses_in_flight_hold_no_more_than_their_first_frames() {
    const RESPONSES: usize = 1000;

    let (context, layer, polls) = (context(), layer(), Rc::default());
    let mut held = Vec::with_capacity(RESPONSES);
    let counted = allocation_counter::measure(|| {
        for _ in 0..RESPONSES {
            let body = Written::new("<contacts>", 1024 * 1024 / FRAME, &polls);
            held.push(now(inspect(xml(body), &context, &layer)).unwrap());
        }
    });
    assert_eq!(held.len(), RESPONSES);
    let most = (RESPONSES * (FRAME + 2048)) as u64;
    assert!(counted.bytes_max <= most, "{counted:?}");
}

#[test]
fn elements_may_be_nested_to_any_depth() {
    let depth = 100_000;
    let nested = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    redirect(look_with(&unbounded(), denial_with(&nested)));
    // With missing or wrong end tags it is not a denial.
    let open = denial_with(&"<a>".repeat(depth));
    assert!(look_with(&unbounded(), open).is_ok());
    // Under the default cap it is not read at all.
    assert!(look(denial_with(&nested)).is_ok());
}

/// A part of a document, of about this length.
type Part = fn(usize) -> String;

#[test]
fn the_cost_of_large_parts_grows_only_with_their_length() {
    let parts: [(&str, Part); 8] = [
        ("an attribute", |n| format!("<a x='{}'/>", "y".repeat(n))),
        ("attributes", |n| {
            let mut tag = String::from("<a");
            for i in 0..n / 10 {
                write!(tag, " a{i:05}='1'").unwrap();
            }
            tag + "/>"
        }),
        ("prefixes", |n| {
            let mut tag = String::from("<a");
            for i in 0..n / 20 {
                write!(tag, " xmlns:a{i:05}='urn:{i:05}'").unwrap();
            }
            tag + "/>"
        }),
        ("a comment", |n| format!("<!--{}-->", "- ".repeat(n / 2))),
        ("character data", |n| "&amp;".repeat(n / 5)),
        ("a CDATA section", |n| {
            format!("<![CDATA[{}]]>", "]".repeat(n))
        }),
        ("an instruction", |n| format!("<?a {}?>", "?".repeat(n))),
        ("children", |n| "<detail/>".repeat(n / 9)),
    ];
    for (name, part) in parts {
        let small = denial_with(&part(60 * 1024 / 8));
        let large = denial_with(&part(60 * 1024));
        let cost = |document: String| {
            let document = Bytes::from(document);
            let counted = allocation_counter::measure(|| {
                redirect(look_with(&unbounded(), document));
            });
            counted.bytes_max
        };
        let (small, large) = (cost(small), cost(large));
        assert!(large <= 8 * small + 4096, "{name}: {small} {large}");
    }
}

#[test]
fn ten_thousand_attributes_are_read_and_a_repeated_one_is_found() {
    let mut tag = String::from("<a");
    for i in 0..10_000 {
        write!(tag, " a{i}='1'").unwrap();
    }
    redirect(look_with(&unbounded(), denial_with(&format!("{tag}/>"))));
    let twice = denial_with(&format!("{tag} a0='2'/>"));
    assert!(look_with(&unbounded(), twice).is_ok());
}

#[test]
fn a_document_with_a_doctype_is_passed_on_unread() {
    let mut laughs = String::from("<!ENTITY a0 'ha'>");
    for i in 1..30 {
        write!(
            laughs,
            "<!ENTITY a{i} '{}'>",
            format!("&a{};", i - 1).repeat(10)
        )
        .unwrap();
    }
    let quadratic = format!("<!ENTITY a29 '{}'>", "x".repeat(30_000));
    // Nothing listens at port 9, and the file exists. A test cannot see whether something fetches them, but
    // nothing in the crate can.
    let external = "<!ENTITY a29 SYSTEM 'http://127.0.0.1:9/x'><!ENTITY f SYSTEM 'file:///etc/passwd'>\
        <!ENTITY % p SYSTEM 'http://127.0.0.1:9/y'>";
    for declared in [laughs.as_str(), &quadratic, external] {
        let doctype = format!("<!DOCTYPE error [{declared}]><error>");
        let document = DENIAL.replace("<error>", &doctype);
        // At the start, after a declaration, and with its entities used.
        let bare = document.split_once("?>").unwrap().1.to_owned();
        let used = bare.replace("<url>", &format!("<url>{}", "&a29;".repeat(100)));
        for document in [document, bare, used] {
            let document = Bytes::from(document);
            let counted = allocation_counter::measure(|| {
                assert!(look(document.clone()).is_ok());
            });
            assert!(counted.bytes_max < 4096, "{counted:?}");
        }
    }
}

#[test]
fn a_url_of_a_mebibyte_costs_a_few_times_its_length() {
    let long = "x".repeat(1024 * 1024);
    let document = DENIAL.replace("serviceId=S1", &format!("serviceId={long}"));
    assert!(look(document.clone()).is_ok(), "over the cap");

    let bytes = Bytes::from(document);
    let counted = allocation_counter::measure(|| {
        let redirect = redirect(look_with(&unbounded(), bytes.clone()));
        let location = redirect.location().as_str();
        assert!(location.len() < long.len() + 300 && location.contains(&long));
        assert_eq!(redirect.return_url().as_str(), HOME);
    });
    // The text, the URL, the new query and the location, with spare capacity.
    assert!(counted.bytes_max < 8 * bytes.len() as u64, "{counted:?}");

    let host = DENIAL.replace("privacy.orange.fr", &long);
    let Err(PrivacyError::Rejected(rejected)) = look_with(&unbounded(), host) else {
        panic!("it is not followed")
    };
    assert!(matches!(
        rejected.kind(),
        RejectionKind::UntrustedEndpoint | RejectionKind::InvalidUrl
    ));
}

/// Each permission is the family and an attribute.
#[test]
fn a_long_family_with_many_attributes_costs_a_few_times_its_length() {
    for (family, attributes) in [(0, 30_000), (64, 30_000), (32_000, 15_000)] {
        let query = format!(
            "family={}&amp;attributes={}",
            "f".repeat(family),
            "a,".repeat(attributes)
        );
        let document = DENIAL.replace("family=contact", &query);
        assert!(document.len() <= DEFAULT_MAX_DOCUMENT_BYTES);
        for document in [document.replace("orange", "0range"), document] {
            let bytes = Bytes::from(document);
            let counted = allocation_counter::measure(|| {
                assert!(look(bytes.clone()).is_err());
            });
            let most = 80 * bytes.len() as u64;
            assert!(counted.bytes_max < most, "{family} {counted:?}");
        }
    }
}

/// Empty frames without end.
#[test]
fn an_endless_body_of_empty_frames_is_passed_on() {
    struct Nothing(Rc<Cell<usize>>);
    impl Body for Nothing {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            self.0.set(self.0.get() + 1);
            Poll::Ready(Some(Ok(Frame::data(Bytes::new()))))
        }
    }
    let polls = Rc::new(Cell::new(0));
    let looked = inspect(xml(Nothing(Rc::clone(&polls))), &context(), &layer());
    assert!(now(looked).is_ok());
    assert!(polls.get() <= 1100, "{}", polls.get());
}

/// A frame of many chunks.
#[test]
fn the_cost_of_a_frame_of_many_chunks_grows_only_with_its_bytes() {
    #[derive(Debug)]
    struct Rope(VecDeque<Bytes>);
    impl Buf for Rope {
        fn remaining(&self) -> usize {
            self.0.iter().map(Bytes::len).sum()
        }

        fn chunk(&self) -> &[u8] {
            self.0.front().map_or(&[], |chunk| chunk)
        }

        fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
            let shown = self.0.iter().filter(|chunk| !chunk.is_empty()).zip(slices);
            shown
                .map(|(chunk, slice)| *slice = IoSlice::new(chunk))
                .count()
        }

        fn advance(&mut self, mut count: usize) {
            while count > 0 {
                let taken = self.0[0].len().min(count);
                self.0[0].advance(taken);
                count -= taken;
                if self.0[0].is_empty() {
                    self.0.pop_front();
                }
            }
        }
    }
    let chunks: VecDeque<Bytes> = DENIAL
        .as_bytes()
        .chunks(1)
        .flat_map(|chunk| [Bytes::new(), Bytes::copy_from_slice(chunk)])
        .collect();
    let script = Script::new([support::body::Step::Data(Rope(chunks))]);
    redirect(now(inspect(xml(script), &context(), &layer())));
}
