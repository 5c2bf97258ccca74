//! Any query, and any page that the client names. Nothing panics, users come back to the configured origin,
//! and a user who comes back and is denied again is refused, whatever was added to the end of the return URL or
//! cut off the marker's list.
#![no_main]

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::fuzz_target;
use tower_privacy::{PrivacyContext, PrivacyError, PrivacyRedirect, PrivacyReturnLayer, ReturnUrl};
use tower_privacy_fuzz::{check, denial, inspect, labelled, layer, now};
use tower_service::Service;
use url::Url;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    query: &'a str,
    referer: Option<&'a str>,
    current_url: Option<&'a str>,
    is_navigation: bool,
    end: End<'a>,
    name: &'a str,
    family: &'a str,
    attributes: &'a str,
}

/// What the page that the user is sent to does to the end of the return URL.
#[derive(Arbitrary, Debug)]
enum End<'a> {
    Kept,
    Added(&'a str),
    /// And whether it then appends text that is not written in a marker.
    Cut(u8, bool),
}

impl End<'_> {
    fn change(&self, back: &str) -> String {
        match self {
            Self::Added(text) => format!("{back}{text}"),
            Self::Cut(bytes, appends) if !back.contains('#') => {
                let marker = back.rfind('=').expect("the marker is the last parameter");
                let list = back[marker..].find('~').expect("it lists something");
                let kept = back.len().saturating_sub((*bytes).into());
                let kept = kept.max(marker + list + 1);
                let end = if *appends { "?ok=1" } else { "" };
                format!("{}{end}", &back[..kept])
            }
            _ => back.to_owned(),
        }
    }
}

/// A handler whose call is denied, and which reports what it saw.
struct Handler<'a> {
    input: &'a Input<'a>,
    seen: &'a mut Option<(String, PrivacyError)>,
}

impl Service<Request<()>> for Handler<'_> {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Full<Bytes>>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let context = PrivacyContext::current().expect("the layer is in place");
        let mut url = Url::parse("http://privacy.orange.fr/urm-gui/interaction.do").expect("a URL");
        let mut pairs = url.query_pairs_mut();
        pairs.append_pair("family", self.input.family);
        pairs.append_pair("attributes", self.input.attributes);
        drop(pairs);
        let layer = layer().return_marker(self.input.name);
        let error = now(inspect(labelled(1, denial(url.as_str())), &context, &layer));
        *self.seen = Some((request.uri().to_string(), error.expect_err("a denial")));
        std::future::ready(Ok(Response::default()))
    }
}

/// What the handler saw of a request, if the request is valid.
fn ask(
    input: &Input<'_>,
    path_and_query: &str,
    page: Option<&str>,
) -> Option<(String, PrivacyError)> {
    let mut request = Request::get(path_and_query);
    let mode = if input.is_navigation {
        "navigate"
    } else {
        "cors"
    };
    request = request.header("sec-fetch-mode", mode);
    match page {
        Some(page) => request = request.header("hx-current-url", page),
        None => {
            for (name, value) in [
                ("referer", input.referer),
                ("hx-current-url", input.current_url),
            ] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
        }
    }
    let request = request.body(()).ok()?;
    let base = ReturnUrl::try_from("https://app.example/base").expect("a URL");
    let mut seen = None;
    let handler = Handler {
        input,
        seen: &mut seen,
    };
    let mut host = tower_privacy::PrivacyReturn::new(
        handler,
        &PrivacyReturnLayer::new(base).return_marker(input.name),
    );
    let response = now(host.call(request)).expect("infallible");
    let _ = now(response.into_body().collect()).expect("infallible");
    seen
}

fn signal(error: &PrivacyError) -> (bool, &PrivacyRedirect) {
    match error {
        PrivacyError::Redirect(redirect) => (true, redirect),
        PrivacyError::Refused(redirect) => (false, redirect),
        error => panic!("{error:?}"),
    }
}

fuzz_target!(|input: Input<'_>| {
    let Some((_, error)) = ask(&input, &format!("/page?{}", input.query), None) else {
        return;
    };
    let (_, redirect) = signal(&error);
    check(redirect);
    let back = redirect.return_url().as_url();
    assert_eq!(back.origin().ascii_serialization(), "https://app.example");
    let name = if input.name.is_empty() {
        "fromOrangePrivacy"
    } else {
        input.name
    };
    assert_eq!(
        back.query_pairs()
            .filter(|(found, _)| found == name)
            .count(),
        1,
        "{back}"
    );

    // A browser parses what it is sent to.
    let changed = input.end.change(back.as_str());
    let changed = Url::parse(&changed).expect("a URL with another end");
    let (path, page) = if input.is_navigation {
        let path = &changed[url::Position::BeforePath..url::Position::AfterQuery];
        let path = path.strip_prefix("/base").expect("the base");
        // Of a long URL, only the base and the marker are left.
        let path = path.strip_prefix('/').unwrap_or(path);
        (format!("/{path}"), None)
    } else {
        ("/page".to_owned(), Some(changed.as_str()))
    };
    let Some((seen, error)) = ask(&input, &path, page) else {
        panic!("{path} is a URL");
    };
    let (is_redirect, again) = signal(&error);
    assert!(!is_redirect, "a circle: {changed}");
    // A layer encodes a `!`, adds the length of the list, and writes up to 32 bytes for what was cut off.
    let encoded = changed.as_str().replace('!', "%21");
    let longest = back.as_str().len().max(encoded.len());
    assert!(again.return_url().as_str().len() <= longest + 50);
    let seen = Url::parse("http://x/")
        .expect("a URL")
        .join(&seen)
        .expect("a path");
    assert!(seen.query_pairs().all(|(found, _)| found != name), "{seen}");
});
