//! A custom protocol, and what the layer does for every protocol: look, read, trust, return.

mod support;

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use support::{
    DENIAL, HOME,
    body::{Script, Step, observe},
    context, redirect, return_url, xml,
};
use tower::{Layer, ServiceExt, service_fn};
use tower_privacy::{
    Denial, PrivacyContext, PrivacyEndpoint, PrivacyError, PrivacyLayer, RejectionKind,
    protocol::{Look, Orange, Protocol, ReturnParameter, Verdict, xml_text},
};

/// Finds a denial in what it is configured to look at: a URL in the header `x-page`, in JSON, or in XML.
#[derive(Clone, Debug)]
struct Own {
    look: Look,
    parameter: ReturnParameter,
}

impl Own {
    fn new(look: Look) -> Self {
        Self {
            look,
            parameter: ReturnParameter::Replace("return_to".into()),
        }
    }

    fn layer(&self) -> PrivacyLayer {
        let layer = PrivacyLayer::new().protocol(self.clone());
        layer.return_to(return_url(HOME))
    }
}

impl Protocol for Own {
    fn name(&self) -> &'static str {
        "own"
    }

    fn look(&self, status: StatusCode, headers: &HeaderMap) -> Look {
        match status {
            StatusCode::FORBIDDEN if self.look != Look::Head => self.look,
            StatusCode::FORBIDDEN if headers.contains_key("x-page") => Look::Head,
            _ => Look::Pass,
        }
    }

    fn read(&self, _: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
        let page = match self.look {
            Look::Head => headers["x-page"].to_str().ok().map(String::from),
            Look::Json => match serde_json::from_slice::<serde_json::Value>(body) {
                Ok(body) if body["error"] == "denied" => body["page"].as_str().map(String::from),
                _ => return Verdict::NotDenied,
            },
            _ => match xml_text(headers, body) {
                Some(text) => text.split(['<', '>']).nth(2).map(String::from),
                None => return Verdict::NotDenied,
            },
        };
        match page.as_deref().map(str::parse) {
            None => Verdict::Rejected(RejectionKind::MissingUrl),
            Some(Err(_)) => Verdict::Rejected(RejectionKind::InvalidUrl),
            Some(Ok(url)) => Verdict::Denied(Denial::new(self.name(), url).with_code("denied")),
        }
    }

    fn endpoints(&self) -> Vec<PrivacyEndpoint> {
        vec![PrivacyEndpoint::new("https://own.example/ask").unwrap()]
    }

    fn return_parameter(&self, _: &Denial) -> ReturnParameter {
        self.parameter.clone()
    }
}

const PAGE: &str = "https://own.example/ask?id=7";
const LOCATION: &str = "https://own.example/ask?id=7&return_to=https%3A%2F%2Fapp.example%2Fhome";

fn forbidden(headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(403);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::new(body.into())).unwrap()
}

fn json(page: &str) -> String {
    format!("\r\n {{\"error\":\"denied\",\"page\":\"{page}\"}}")
}

#[tokio::test]
async fn a_denial_in_the_head_is_found_whatever_the_body() {
    let layer = Own::new(Look::Head).layer();
    let body = Script::<Bytes>::new([Step::Hang]);
    let polls = body.polls();
    for coding in ["identity", "gzip"] {
        let response = Response::builder()
            .status(403)
            .header("x-page", PAGE)
            .header(header::CONTENT_TYPE, "image/png")
            .header(header::CONTENT_ENCODING, coding)
            .header(header::CONTENT_LENGTH, "99999999")
            .body(body.clone())
            .unwrap();
        let redirect = redirect(layer.inspect(response).await);
        assert_eq!(redirect.location().as_str(), LOCATION);
        assert_eq!(redirect.denial().status(), StatusCode::FORBIDDEN);
        assert_eq!(redirect.denial().protocol(), "own");
    }
    // The response to a HEAD request has a head too.
    let client = layer.layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(forbidden(&[("x-page", PAGE)], ""))
    }));
    let request = Request::builder().method(Method::HEAD).body(()).unwrap();
    redirect(client.oneshot(request).await);
    assert_eq!(polls.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_denial_in_a_json_body_is_read_whole() {
    let layer = Own::new(Look::Json).layer();
    for label in [
        "application/json",
        "application/problem+json; charset=utf-8",
    ] {
        for size in [1, 7, 1000] {
            let mut response = Response::new(Script::in_frames_of(size, json(PAGE).as_bytes()));
            *response.status_mut() = StatusCode::FORBIDDEN;
            let value = label.parse().unwrap();
            response.headers_mut().insert(header::CONTENT_TYPE, value);
            let redirect = redirect(layer.inspect(response).await);
            assert_eq!(redirect.location().as_str(), LOCATION);
            assert_eq!(redirect.denial().code(), Some("denied"));
        }
    }
    redirect(layer.inspect(forbidden(&[], json(PAGE))).await);
}

#[tokio::test]
async fn json_that_is_not_a_denial_passes_through_and_only_objects_are_waited_for() {
    let layer = Own::new(Look::Json).layer();
    for body in [
        "{}",
        "{\"error\":1}",
        "{",
        "{\"error\":\"denied\"",
        "[{}]",
        "",
        " ",
        "\u{feff}{}",
    ] {
        let bare = observe(Script::in_frames_of(1, body.as_bytes())).await;
        let mut response = Response::new(Script::in_frames_of(1, body.as_bytes()));
        *response.status_mut() = StatusCode::FORBIDDEN;
        let passed = layer.inspect(response).await.unwrap();
        assert_eq!(observe(passed.into_body()).await, bare, "{body}");
    }
    for (first, polled) in [("[", 1), (" \n\"", 1), ("x", 1)] {
        let body = Script::new([Step::Data(Bytes::from(first)), Step::Hang]);
        let polls = body.polls();
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::FORBIDDEN;
        assert!(layer.inspect(response).await.is_ok());
        assert_eq!(polls.load(std::sync::atomic::Ordering::Relaxed), polled);
    }
    // Another label, and another status.
    for (status, label) in [
        (403, "text/plain"),
        (200, "application/json"),
        (401, "application/json"),
    ] {
        let mut response = forbidden(&[("content-type", label)], json(PAGE));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        assert!(layer.inspect(response).await.is_ok(), "{status} {label}");
    }
}

#[tokio::test]
async fn a_denial_in_an_xml_body_with_another_root_is_read() {
    let layer = Own::new(Look::Xml { root: "ask" }).layer();
    let document = format!("<ask>{PAGE}</ask>");
    redirect(
        layer
            .inspect(forbidden(&[("content-type", "text/xml")], document.clone()))
            .await,
    );
    let other = document.replace("ask>", "error>");
    assert!(layer.inspect(forbidden(&[], other)).await.is_ok());
}

#[tokio::test]
async fn a_denial_that_must_not_be_followed_is_rejected_with_the_expected_pages() {
    let layer = Own::new(Look::Json).layer();
    for (body, kind) in [
        (
            json("https://own.example.evil.test/ask"),
            RejectionKind::UntrustedEndpoint,
        ),
        (
            json("http://privacy.orange.fr/urm-gui/interaction.do"),
            RejectionKind::UntrustedEndpoint,
        ),
        (json("/ask"), RejectionKind::InvalidUrl),
        (
            "{\"error\":\"denied\"}".to_owned(),
            RejectionKind::MissingUrl,
        ),
    ] {
        let error = layer.inspect(forbidden(&[], body)).await.unwrap_err();
        let PrivacyError::Rejected(rejected) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(rejected.kind(), kind);
        assert_eq!(rejected.expected(), Own::new(Look::Json).endpoints());
        let names_it = error.to_string().contains("https://own.example/ask");
        assert_eq!(
            names_it,
            kind == RejectionKind::UntrustedEndpoint,
            "{error}"
        );
    }
    let nowhere = layer.trust_only([]);
    let error = nowhere
        .inspect(forbidden(&[], json(PAGE)))
        .await
        .unwrap_err();
    let expected = "the denial points to an untrusted endpoint, and the layer trusts none";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn the_return_url_is_replaced_kept_or_left_out_as_the_protocol_says() {
    let page = format!("{PAGE}&return_to=x");
    let replaced = LOCATION;
    for (parameter, page, location, returns) in [
        (
            ReturnParameter::Replace("return_to".into()),
            &page,
            replaced,
            true,
        ),
        (
            ReturnParameter::Keep("return_to".into()),
            &page,
            page.as_str(),
            false,
        ),
        (
            ReturnParameter::Keep("return_to".into()),
            &PAGE.to_owned(),
            replaced,
            true,
        ),
        (ReturnParameter::None, &page, page.as_str(), false),
    ] {
        let own = Own {
            parameter,
            ..Own::new(Look::Json)
        };
        let redirect = redirect(own.layer().inspect(forbidden(&[], json(page))).await);
        assert_eq!(redirect.location().as_str(), location);
        assert_eq!(redirect.returns(), returns);
        assert_eq!(redirect.return_url().as_str(), HOME);
    }
}

/// The order of the setters does not matter.
#[tokio::test]
async fn the_setters_of_trusted_pages_work_in_any_order() {
    type Set = fn(PrivacyLayer) -> PrivacyLayer;
    let page = |n: u8| PrivacyEndpoint::new(format!("https://p{n}.example/")).unwrap();
    let only: Set =
        |layer| layer.trust_only([PrivacyEndpoint::new("https://p1.example/").unwrap()]);
    let also: Set = |layer| layer.also_trust(PrivacyEndpoint::new("https://p2.example/").unwrap());
    let again: Set = |layer| layer.also_trust(PrivacyEndpoint::new("https://p3.example/").unwrap());
    let protocol: Set = |layer| layer.protocol(Own::new(Look::Json));
    let orders: [[Set; 4]; 4] = [
        [only, also, again, protocol],
        [protocol, again, also, only],
        [also, protocol, only, again],
        [again, only, protocol, also],
    ];
    for order in orders {
        let layer = order
            .iter()
            .fold(PrivacyLayer::default(), |layer, set| set(layer));
        for (page, is_trusted) in [(1, true), (2, true), (3, true), (4, false)]
            .map(|(n, is_trusted)| (page(n).to_string(), is_trusted))
            .into_iter()
            .chain([(PAGE.to_owned(), false)])
        {
            let error = layer
                .inspect(forbidden(&[], json(&page)))
                .await
                .unwrap_err();
            let is_rejected = matches!(error, PrivacyError::Rejected(_));
            assert_eq!(!is_rejected, is_trusted, "{page}: {error:?}");
        }
    }
    // Without `trust_only`, only the protocol's own pages are trusted.
    let layer = also(protocol(PrivacyLayer::new()));
    for (page, is_trusted) in [
        (PAGE, true),
        ("https://p2.example/", true),
        ("https://p1.example/", false),
    ] {
        let error = layer.inspect(forbidden(&[], json(page))).await.unwrap_err();
        assert_eq!(
            !matches!(error, PrivacyError::Rejected(_)),
            is_trusted,
            "{page}"
        );
    }
}

#[tokio::test]
async fn with_errors_only_the_head_of_a_success_does_not_wait() {
    let layer = PrivacyLayer::new().protocol(Orange::new().errors_only());
    for (status, looks) in [
        (200, false),
        (302, false),
        (399, false),
        (400, true),
        (500, true),
    ] {
        let body = Script::of([DENIAL]);
        let polls = body.polls();
        let mut response = xml(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        assert_eq!(layer.inspect(response).await.is_err(), looks, "{status}");
        let polled = polls.load(std::sync::atomic::Ordering::Relaxed) > 0;
        assert_eq!(polled, looks, "{status}");
    }
}

/// The task that polls decides, since it gets the result.
#[tokio::test]
async fn an_inspection_takes_the_context_of_its_first_poll_or_else_of_the_call() {
    let at = |path: &str| PrivacyContext::new(return_url(&format!("https://app.example/{path}")));
    let layer = PrivacyLayer::new();
    let denied = || xml(DENIAL.to_owned());
    let back = |result| {
        redirect::<Response<_>>(result)
            .return_url()
            .as_url()
            .path()
            .to_owned()
    };

    // Created in one context, and moved out of it.
    let called = async || {
        let call = at("call").scope(async { Some(layer.inspect(denied())) });
        call.await
    };
    assert_eq!(back(called().await.unwrap().await), "/call");
    let called = called().await.unwrap();
    assert_eq!(back(at("poll").scope(called).await), "/poll");

    let error = layer.inspect(denied()).await.unwrap_err();
    assert!(matches!(error, PrivacyError::InteractionRequired(_)));
    // The future borrows nothing.
    let spawned = tokio::spawn(at("spawned").scope(layer.inspect(denied())));
    drop(layer);
    assert_eq!(back(spawned.await.unwrap()), "/spawned");
}

#[tokio::test]
async fn a_denial_that_the_app_found_is_treated_like_a_response() {
    let own = Own::new(Look::Json);
    let layer = own.layer();
    let denial = |protocol: &str, page: &str| Denial::new(protocol, page.parse().unwrap());

    let signal = redirect::<()>(Err(layer.signal(denial("own", PAGE))));
    assert_eq!(signal.location().as_str(), LOCATION);
    assert!(signal.returns());
    // A denial of another protocol gets no return URL.
    let signal = redirect::<()>(Err(layer.signal(denial("sdk", PAGE))));
    assert_eq!(
        (signal.location().as_str(), signal.returns()),
        (PAGE, false)
    );

    let error = layer.signal(denial("own", "https://evil.test/ask"));
    assert!(matches!(error, PrivacyError::Rejected(_)), "{error:?}");

    let here = PrivacyContext::new(return_url("https://app.example/here"));
    let signal = here
        .scope(async { layer.signal(denial("own", PAGE)) })
        .await;
    let signal = redirect::<()>(Err(signal));
    assert_eq!(signal.return_url().as_str(), "https://app.example/here");
    let nobody = PrivacyContext::non_interactive();
    let error = nobody
        .scope(async { layer.signal(denial("own", PAGE)) })
        .await;
    assert!(
        matches!(error, PrivacyError::InteractionRequired(_)),
        "{error:?}"
    );
}

#[tokio::test]
async fn without_a_return_url_and_a_context_a_denied_call_requires_interaction() {
    let client = PrivacyLayer::new().layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(xml(DENIAL.to_owned()))
    }));
    let error = client.clone().oneshot(Request::new(())).await.unwrap_err();
    assert!(
        matches!(error, PrivacyError::InteractionRequired(_)),
        "{error:?}"
    );
    let mut request = Request::new(());
    request.extensions_mut().insert(context());
    redirect(client.oneshot(request).await);
}

/// For a protocol that is chosen at run time.
#[tokio::test]
async fn a_protocol_may_be_boxed() {
    let chosen: Box<dyn Protocol> = Box::new(Own::new(Look::Json));
    let layer = PrivacyLayer::new()
        .protocol(chosen)
        .return_to(return_url(HOME));
    let redirect = redirect(layer.inspect(forbidden(&[], json(PAGE))).await);
    assert_eq!(redirect.location().as_str(), LOCATION);
    assert_eq!(
        Own::new(Look::Json).marker_life("any"),
        Duration::from_secs(86_400)
    );
}

/// Markers, events and metrics have it.
#[cfg(all(
    feature = "bearer",
    feature = "github-sso",
    feature = "kratos",
    feature = "matrix-consent"
))]
#[test]
fn each_protocol_has_a_name_and_a_boxed_one_the_same_and_the_same_life() {
    use tower_privacy::protocol::{Bearer, GitHubSso, Kratos, MatrixConsent, Orange};

    let bearer = Bearer::new("https://app.example/sign-in", ["read"]).unwrap();
    let day = 24 * 60 * 60;
    let protocols: [(&str, u64, Box<dyn Protocol>); 5] = [
        ("orange", day, Box::new(Orange::new())),
        ("kratos", 600, Box::new(Kratos::new(HOME).unwrap())),
        ("bearer", 600, Box::new(bearer)),
        ("github_sso", day, Box::new(GitHubSso::new())),
        (
            "matrix_consent",
            day,
            Box::new(MatrixConsent::new(HOME).unwrap()),
        ),
    ];
    for (name, life, protocol) in protocols {
        assert_eq!(protocol.name(), name);
        assert_eq!(protocol.marker_life("acr.mfa").as_secs(), life, "{name}");
    }
}
