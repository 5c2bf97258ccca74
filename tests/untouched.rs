//! A response that is not a denial passes through with the same head, frames, trailers, errors, hints and ends.

mod support;

use std::{
    future::poll_fn,
    pin::pin,
    sync::atomic::Ordering,
    task::{Context, Waker},
};

use bytes::{Buf, Bytes};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use http_body::{Body, SizeHint};
use http_body_util::{BodyExt, Full};
use support::{
    DENIAL, OTHER_ERROR,
    body::{Script, Step, observe},
    context, inspect, layer, xml,
};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_privacy::{PrivacyError, PrivacyLayer, ResponseBody};

/// Reads a body directly and through the layer, and compares everything that can be observed.
async fn passes<D: Buf + Clone>(name: &str, body: Script<D>) {
    let bare = observe(body.clone()).await;
    let response = inspect(xml(body), &context(), &layer()).await;
    let layered = observe(response.expect(name).into_body()).await;
    assert_eq!(layered, bare, "{name}");
}

fn trailers() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", "abc".parse().unwrap());
    trailers
}

fn data(text: &str) -> Step {
    Step::Data(Bytes::copy_from_slice(text.as_bytes()))
}

#[tokio::test]
async fn the_same_frames_trailers_errors_hints_and_ends_are_seen() {
    passes("empty", Script::<Bytes>::new([])).await;
    passes(
        "xml",
        Script::of(["<contacts>", "<contact/>", "</contacts>"]),
    )
    .await;
    passes("another error", Script::of([OTHER_ERROR])).await;
    passes(
        "another error, cut",
        Script::in_frames_of(7, OTHER_ERROR.as_bytes()),
    )
    .await;
    passes(
        "of a length that is learnt at the end",
        Script::of(["<error>", "</error>"]).learning_its_end(),
    )
    .await;
    passes(
        "ends in its prolog",
        Script::of(["<?xml version='1.0'?><!-- "]),
    )
    .await;
    passes(
        "a malformed error",
        Script::of([&DENIAL[..DENIAL.len() - 1]]),
    )
    .await;
    passes("empty frames", Script::of(["", "", "<a", "", "/>", ""])).await;
    passes(
        "trailers",
        Script::new([data(OTHER_ERROR), Step::Trailers(trailers())]),
    )
    .await;
    passes(
        "only trailers",
        Script::<Bytes>::new([Step::Trailers(trailers())]),
    )
    .await;
    passes(
        "trailers, and more than should be there",
        Script::new([
            data("<error>"),
            Step::Trailers(trailers()),
            data("x"),
            data("y"),
        ]),
    )
    .await;
    passes(
        "fails at once",
        Script::<Bytes>::new([Step::Fail("broken")]),
    )
    .await;
    passes(
        "fails in the middle of a denial",
        Script::new([data(&DENIAL[..100]), Step::Fail("broken")]),
    )
    .await;
    passes(
        "fails after a whole denial",
        Script::new([data(DENIAL), Step::Fail("broken")]),
    )
    .await;
    passes(
        "fails, and goes on",
        Script::new([data("<error>"), Step::Fail("broken"), data("x")]),
    )
    .await;
}

/// Before each frame, the hint is the one that the body gave at that point, not one computed from the first.
#[tokio::test]
async fn a_body_that_learns_its_length_while_it_is_inspected_gives_the_same_hints() {
    for texts in [
        &["<contacts>", "<contact/>", "</contacts>"][..],
        &["<err", "or>", "<code/>", "</error>"],
        &["<", "e", "", "r"],
        &["<error>"],
    ] {
        let script = || Script::of(texts).learning_its_length();
        let bare = observe(script()).await;
        assert_eq!(bare[0].hint, (0, None));
        let rest: usize = texts[1..].iter().map(|text| text.len()).sum();
        assert_eq!(bare[1].hint, (rest as u64, Some(rest as u64)));
        let response = inspect(xml(script()), &context(), &layer()).await.unwrap();
        assert_eq!(observe(response.into_body()).await, bare, "{texts:?}");
    }
}

#[tokio::test]
async fn a_hint_is_passed_on_whatever_it_says() {
    let hint = |lower, upper: Option<u64>| {
        let mut hint = SizeHint::new();
        hint.set_lower(lower);
        if let Some(upper) = upper {
            hint.set_upper(upper);
        }
        hint
    };
    let size = OTHER_ERROR.len() as u64;
    for telling in [false, true] {
        for exact in [
            hint(0, None),
            hint(size, Some(size)),
            hint(0, Some(size)),
            hint(1, None),
        ] {
            let mut body = Script::of([OTHER_ERROR]).hinting(exact);
            if telling {
                body = body.telling_its_end();
            }
            let response = inspect(xml(body), &context(), &layer()).await.unwrap();
            let seen = response.body().size_hint();
            assert_eq!((seen.lower(), seen.upper()), (exact.lower(), exact.upper()));
        }
        passes("counts down", {
            let body = Script::in_frames_of(10, OTHER_ERROR.as_bytes());
            if telling {
                body.telling_its_end()
            } else {
                body
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_hint_that_lies_does_no_harm() {
    for (lower, upper) in [
        (0, Some(0)),
        (3, Some(4)),
        (65_536, None),
        (0, Some(u64::MAX)),
    ] {
        let mut hint = SizeHint::new();
        hint.set_lower(lower);
        if let Some(upper) = upper {
            hint.set_upper(upper);
        }
        let body = Script::in_frames_of(50, DENIAL.as_bytes()).hinting(hint);
        let error = inspect(xml(body), &context(), &layer()).await.unwrap_err();
        assert!(matches!(error, PrivacyError::Redirect(_)));

        let body = Script::in_frames_of(50, OTHER_ERROR.as_bytes()).hinting(hint);
        let response = inspect(xml(body), &context(), &layer()).await.unwrap();
        let seen = observe(response.into_body()).await;
        assert_eq!(support::body::data(&seen), OTHER_ERROR.as_bytes());
    }
}

#[tokio::test]
async fn the_head_is_kept_unchanged() {
    #[derive(Clone, Debug, PartialEq)]
    struct Extension(u8);

    for body in ["<contacts/>", OTHER_ERROR, "{}"] {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let response = Response::builder()
                .status(418)
                .version(version)
                .header("content-type", "text/xml")
                .header("set-cookie", "a=1")
                .header("set-cookie", "b=2")
                .extension(Extension(7))
                .body(Full::new(Bytes::from(body)))
                .unwrap();
            let headers = response.headers().clone();

            let response = inspect(response, &context(), &layer()).await.unwrap();
            assert_eq!(response.status(), 418);
            assert_eq!(response.version(), version);
            assert_eq!(response.headers(), &headers);
            assert_eq!(response.extensions().get(), Some(&Extension(7)));
            assert_eq!(
                response.into_body().collect().await.unwrap().to_bytes(),
                body
            );
        }
    }
}

/// The body of a denial, after a head that rules it out.
async fn is_kept_out(request: Method, response: http::response::Builder) {
    let body = Script::of([DENIAL]);
    let polls = body.polls();
    let mut response = Some(response.body(body).unwrap());
    let mut service = layer().layer(service_fn(move |_: Request<()>| {
        let response = response.take().unwrap();
        async { Ok::<_, std::convert::Infallible>(response) }
    }));
    let request = Request::builder().method(request).body(()).unwrap();
    let response = service.ready().await.unwrap().call(request).await.unwrap();
    assert_eq!(polls.load(Ordering::Relaxed), 0, "the body was looked at");
    let seen = observe(response.into_body()).await;
    assert_eq!(support::body::data(&seen), DENIAL.as_bytes());
}

#[tokio::test]
async fn a_body_that_the_head_rules_out_is_not_polled() {
    let response = || Response::builder().status(500);
    is_kept_out(Method::HEAD, response()).await;
    for status in [101, 204, 206, 304] {
        is_kept_out(Method::GET, response().status(status)).await;
    }
    for label in [
        "application/json",
        "text/event-stream",
        "image/png",
        "application/grpc",
    ] {
        is_kept_out(Method::GET, response().header("content-type", label)).await;
    }
    is_kept_out(Method::GET, response().header("content-encoding", "gzip")).await;
    is_kept_out(Method::GET, response().header("content-length", "65537")).await;
}

#[tokio::test]
async fn a_body_is_passed_on_at_the_frame_that_rules_out_a_denial() {
    let open: [&[&str]; 5] = [
        &["{"],
        &["<?xml version='1.0'?>\n", "<!-- x -->", "<con", "tacts>"],
        &[" ", "", "x"],
        &["<!DOC"],
        &["<!-- <error> -->", "<!", "D"],
    ];
    for start in open {
        let steps = start.iter().map(|text| data(text)).chain([Step::Hang]);
        let body = Script::new(steps);
        let polls = body.polls();
        let response = inspect(xml(body), &context(), &layer()).await.unwrap();
        assert_eq!(polls.load(Ordering::Relaxed), start.len());

        let mut body = Box::pin(response.into_body());
        for text in start {
            let frame = body.frame().await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), text);
        }
        let mut cx = Context::from_waker(Waker::noop());
        assert!(body.as_mut().poll_frame(&mut cx).is_pending());
    }
}

#[tokio::test]
async fn a_document_over_the_cap_passes_through() {
    let cap = DENIAL.len();
    for size in [1, 7, cap, cap + 100] {
        let layer = |max| layer().max_document_bytes(max);
        let body = || Script::in_frames_of(size, DENIAL.as_bytes());

        let error = inspect(xml(body()), &context(), &layer(cap))
            .await
            .unwrap_err();
        assert!(matches!(error, PrivacyError::Redirect(_)), "at the cap");

        let bare = observe(body()).await;
        let response = inspect(xml(body()), &context(), &layer(cap - 1))
            .await
            .unwrap();
        assert_eq!(observe(response.into_body()).await, bare, "over the cap");
    }
}

#[tokio::test]
async fn a_body_is_passed_on_at_the_frame_that_exceeds_the_cap() {
    let body = Script::new(
        [data("<error>"), data("0123456789"), data("x")]
            .into_iter()
            .chain([Step::Hang]),
    )
    .hinting(SizeHint::new());
    let polls = body.polls();
    let layer = layer().max_document_bytes(17);
    let response = inspect(xml(body), &context(), &layer).await.unwrap();
    assert_eq!(polls.load(Ordering::Relaxed), 3);
    let mut body = Box::pin(response.into_body());
    for text in ["<error>", "0123456789", "x"] {
        assert_eq!(
            body.frame().await.unwrap().unwrap().into_data().unwrap(),
            text
        );
    }
}

#[tokio::test]
async fn empty_frames_without_end_do_not_pile_up() {
    let body = Script::new((0..10_000).map(|_| data("")).chain([data(DENIAL)]));
    let polls = body.polls();
    let response = inspect(xml(body), &context(), &layer()).await.unwrap();
    assert!(polls.load(Ordering::Relaxed) < 2000);
    let seen = observe(response.into_body()).await;
    assert_eq!(seen.len(), 10_002);
    assert_eq!(support::body::data(&seen), DENIAL.as_bytes());
}

#[tokio::test]
async fn with_a_cap_of_zero_nothing_is_inspected() {
    let layer: PrivacyLayer = layer().max_document_bytes(0);
    let response = inspect(xml(Script::of([DENIAL])), &context(), &layer)
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body: ResponseBody<_> = response.into_body();
    assert_eq!(support::body::data(&observe(body).await), DENIAL.as_bytes());
}

#[tokio::test]
async fn with_a_cap_of_zero_no_body_is_waited_for() {
    let body = Script::<Bytes>::new([Step::Hang]);
    let polls = body.polls();
    let layer = layer().max_document_bytes(0);
    let looked = pin!(inspect(xml(body), &context(), &layer));
    assert!(
        looked
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    );
    assert_eq!(polls.load(Ordering::Relaxed), 0);
}

/// A [`Script`] panics if it is polled after its end.
#[tokio::test]
async fn the_end_of_a_body_is_repeated_without_polling_it() {
    let response = inspect(xml(Script::of(["<error>"])), &context(), &layer());
    let mut body = pin!(response.await.unwrap().into_body());
    let mut next = async || poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
    assert!(next().await.is_some());
    for _ in 0..3 {
        assert!(next().await.is_none());
    }
}

#[tokio::test]
async fn a_body_that_fails_while_it_is_inspected_gives_its_bytes_then_its_error_then_the_rest() {
    let steps = [
        data("<error><detail>Privacy"),
        Step::Fail("reset"),
        data("AccessDeniedException</detail></error>"),
    ];
    passes("it fails", Script::new(steps)).await;
}
