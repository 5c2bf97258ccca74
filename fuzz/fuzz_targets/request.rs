//! Any head of a request. The audience is the one that the documentation of `Audience` names, the reply is the
//! one in its row of the table of replies, and users come back to a configured origin, never to an excluded path.
#![no_main]

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::fuzz_target;
use tower_privacy::{
    Audience, PrivacyContext, PrivacyError, PrivacyReturn, PrivacyReturnLayer, ReturnUrl,
};
use tower_privacy_fuzz::{check, denial, inspect, labelled, layer, now};
use tower_service::Service;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    method: u8,
    fields: Vec<(u8, Value<'a>)>,
    target: &'a str,
    outcome: Outcome,
}

#[derive(Arbitrary, Debug)]
enum Value<'a> {
    Known(u8),
    Any(&'a str),
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Denied,
    /// Denied by a page outside the list.
    Untrusted,
    NoUser,
}

const METHODS: [&str; 5] = ["GET", "HEAD", "POST", "PUT", "OPTIONS"];

const NAMES: [&str; 24] = [
    "accept",
    "accept-language",
    "content-type",
    "host",
    "hx-boosted",
    "hx-current-url",
    "hx-history-restore-request",
    "hx-request",
    "purpose",
    "referer",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-user",
    "sec-purpose",
    "turbo-frame",
    "upgrade-insecure-requests",
    "x-barba",
    "x-inertia",
    "x-inertia-partial-data",
    "x-pjax",
    "x-requested-with",
    "x-sec-purpose",
    "x-turbo-request-id",
    "x-up-version",
];

const VALUES: [&str; 26] = [
    "true",
    "True",
    "false",
    "1",
    "?1",
    "navigate",
    "cors",
    "document",
    "empty",
    "iframe",
    "object",
    "embed",
    "prefetch",
    "prefetch;prerender",
    "swup",
    "XMLHttpRequest",
    "text/html, */*;q=0.8",
    "text/vnd.turbo-stream.html, text/html",
    "application/json",
    "application/x-www-form-urlencoded;charset=utf-8",
    "https://app.example/page?a=1",
    "https://app.example/never/x",
    "https://evil.test/page",
    "app.example.fr",
    "evil.test",
    "fr, en;q=0.5",
];

/// The rules of `Audience`, read plainly. Values of `Accept` are those above.
fn plainly(method: &str, headers: &HeaderMap) -> Audience {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is = |name: &str, value: &str| get(name).is_some_and(|got| got.eq_ignore_ascii_case(value));
    let has = |name: &str| headers.contains_key(name);
    // 1.
    let is_prefetch =
        |name| get(name).is_some_and(|value| value.to_ascii_lowercase().starts_with("prefetch"));
    if ["sec-purpose", "x-sec-purpose", "purpose"]
        .into_iter()
        .any(is_prefetch)
    {
        return Audience::Html;
    }
    // 2.
    if is("hx-request", "true") || is("hx-history-restore-request", "true") {
        return Audience::Htmx;
    }
    if is("x-inertia", "true") {
        return Audience::Inertia;
    }
    if has("x-turbo-request-id") || has("turbo-frame") {
        return Audience::Turbo;
    }
    if has("x-pjax") || has("x-up-version") || has("x-barba") || is("x-requested-with", "swup") {
        return Audience::Html;
    }
    // 3.
    let accept = get("accept").unwrap_or_default();
    if is("sec-fetch-mode", "navigate") {
        let frames = ["iframe", "object", "embed", "frame", "fencedframe"];
        return if frames.iter().any(|frame| is("sec-fetch-dest", frame)) {
            Audience::Frame
        } else {
            Audience::Navigation
        };
    }
    if accept.contains("turbo-stream") {
        return Audience::Turbo;
    }
    if !accept.contains("text/html") {
        return Audience::Program;
    }
    if has("sec-fetch-mode") {
        return Audience::Html;
    }
    // 4.
    let is_script = is("x-requested-with", "XMLHttpRequest") || has("hx-current-url");
    let is_form = method == "POST"
        && get("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form"));
    if !is_script && (matches!(method, "GET" | "HEAD") || is_form) {
        Audience::Navigation
    } else {
        Audience::Html
    }
}

/// A handler whose call is denied.
struct Handler(Outcome);

impl Service<Request<()>> for Handler {
    type Response = Response<Full<Bytes>>;
    type Error = PrivacyError;
    type Future = std::future::Ready<Result<Self::Response, PrivacyError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PrivacyError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let context = match self.0 {
            Outcome::NoUser => PrivacyContext::non_interactive(),
            _ => PrivacyContext::current().expect("the layer is in place"),
        };
        let host = match self.0 {
            Outcome::Untrusted => "evil.test",
            _ => "privacy.orange.fr",
        };
        let page = format!("http://{host}/urm-gui/interaction.do?family=contact&attributes=,see");
        let response = now(inspect(labelled(1, denial(&page)), &context, &layer()));
        std::future::ready(Err(response.map(drop).expect_err("a denial")))
    }
}

fuzz_target!(|input: Input<'_>| {
    let method = METHODS[usize::from(input.method) % METHODS.len()];
    let mut headers = HeaderMap::new();
    let mut is_known = true;
    for (name, value) in &input.fields {
        let name = NAMES[usize::from(*name) % NAMES.len()];
        let value = match value {
            Value::Known(value) => VALUES[usize::from(*value) % VALUES.len()],
            Value::Any(value) => {
                is_known = false;
                value
            }
        };
        // The first value counts.
        if let (Ok(value), false) = (HeaderValue::from_str(value), headers.contains_key(name)) {
            headers.insert(name, value);
        }
    }
    let Ok(mut request) = Request::builder()
        .method(method)
        .uri(format!("/{}", input.target))
        .body(())
    else {
        return;
    };
    request.headers_mut().clone_from(&headers);

    let seen = Arc::new(Mutex::new(None));
    let sees = Arc::clone(&seen);
    let url = |url: &str| ReturnUrl::try_from(url).expect("a valid URL");
    let host = PrivacyReturnLayer::new(url("https://app.example/base"))
        .also_at(url("https://app.example.fr"))
        .never_return_to(["/never/*"])
        .map_reply(move |error, audience, reply| {
            let page = match error {
                PrivacyError::Redirect(redirect) => {
                    check(redirect);
                    Some(redirect.clone())
                }
                _ => None,
            };
            *sees.lock().expect("no panic") = Some((audience, page));
            reply
        });
    let mut host = PrivacyReturn::new(Handler(input.outcome), &host);
    let reply = now(host.call(request)).expect("a reply");
    let (audience, redirect) = seen.lock().expect("no panic").take().expect("an error");
    if is_known {
        assert_eq!(audience, plainly(method, &headers), "{method} {headers:?}");
    }
    assert_eq!(redirect.is_some(), input.outcome == Outcome::Denied);

    let (reply, body) = reply.into_parts();
    let body = now(body.collect()).expect("no error").to_bytes();
    let text = std::str::from_utf8(&body).expect("UTF-8");
    assert_eq!(body.is_empty(), method == "HEAD", "{text}");
    assert!(
        !text.contains("<script") && !text.contains("<form") && !text.contains("javascript:"),
        "{text}"
    );
    let field = |name: &str| {
        reply
            .headers
            .get(name)
            .map(|value| value.to_str().expect("ASCII"))
    };
    assert_eq!(field("cache-control"), Some("no-store"));
    assert_eq!(field("referrer-policy"), Some("no-referrer"));
    let is_get = matches!(method, "GET" | "HEAD");
    let is_sent = redirect.is_some() && audience == Audience::Navigation && is_get;
    assert_eq!(reply.status == StatusCode::SEE_OTHER, is_sent, "{reply:?}");
    assert_eq!(field("location").is_some(), is_sent, "{reply:?}");
    let kind = field("content-type").expect("each reply has one");
    assert_eq!(
        kind == "application/problem+json",
        audience == Audience::Program,
        "{reply:?}"
    );
    assert_eq!(
        kind.starts_with("text/vnd.turbo-stream"),
        audience == Audience::Turbo,
        "{reply:?}"
    );

    let Some(redirect) = redirect else { return };
    let back = redirect.return_url().as_url();
    let origin = back.origin().ascii_serialization();
    assert!(
        ["https://app.example", "https://app.example.fr"].contains(&&*origin),
        "{back}"
    );
    assert!(
        !back.path().starts_with("/never/") && !back.path().starts_with("/base/never/"),
        "{back}"
    );
    let markers = back
        .query_pairs()
        .filter(|(name, _)| name == "fromOrangePrivacy");
    assert_eq!(markers.count(), 1, "{back}");
    let location = redirect.location().as_str();
    assert!(location.len() < 3_500, "{location}");
    let sends = ["location", "hx-redirect", "x-inertia-location"]
        .into_iter()
        .filter_map(field);
    for sent in sends {
        assert!(
            sent == location || sent == back.as_str() || audience == Audience::Inertia,
            "{sent}"
        );
    }
});
