//! The layer, and what an app would use instead.
//!
//! The peers that collect do what early services for Orange did: they read the whole body into memory if its
//! label is XML, and then parse it. They only check the host and add `urlRetour`, so all peers return the
//! same location.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use regex::Regex;
use serde::Deserialize;
use tower::{Layer, Service};
use tower_http::decompression::{Decompression, DecompressionLayer};
use tower_privacy::{Privacy, PrivacyError, ReturnUrl};
use url::Url;

use super::{
    answers::{Answer, Upstream},
    now::now,
};

const HOME: &str = "https://app.example/contacts?page=2";

/// What the caller gets from a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This many bytes were read.
    Read(usize),
    /// A location to send the user to.
    Denied(String),
    /// A denial that is not followed.
    Rejected,
}

/// How much of the body is read.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    FirstFrame,
    End,
}

/// Reads the body in place, so that only the peer's moves of the response are counted.
fn read<B: Body<Data = Bytes> + Unpin>(response: &mut Response<B>, until: Until) -> Outcome {
    let mut body = Pin::new(response.body_mut());
    let mut cx = Context::from_waker(Waker::noop());
    let mut count = 0;
    while let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) {
        count += frame.data_ref().map_or(0, Bytes::len);
        if matches!(until, Until::FirstFrame) {
            break;
        }
    }
    Outcome::Read(count)
}

/// A way to call the upstream.
pub trait Peer {
    const NAME: &'static str;

    fn new(answer: &Answer) -> Self;

    fn call(&mut self, until: Until) -> Outcome;
}

/// Without a layer.
#[derive(Debug)]
pub struct Bare(Upstream);

impl Peer for Bare {
    const NAME: &'static str = "bare service";

    fn new(answer: &Answer) -> Self {
        Self(Upstream(answer.clone()))
    }

    fn call(&mut self, until: Until) -> Outcome {
        let Ok(mut response) = now(self.0.call(Request::new(())));
        read(&mut response, until)
    }
}

/// This crate.
#[derive(Debug)]
pub struct Ours(Privacy<Upstream>);

impl Peer for Ours {
    const NAME: &'static str = "tower-privacy";

    fn new(answer: &Answer) -> Self {
        let home = ReturnUrl::try_from(HOME).expect("a valid URL");
        Self(
            (answer.layer)()
                .return_to(home)
                .layer(Upstream(answer.clone())),
        )
    }

    fn call(&mut self, until: Until) -> Outcome {
        match &mut now(self.0.call(Request::new(()))) {
            Ok(response) => read(response, until),
            Err(PrivacyError::Redirect(redirect)) => {
                Outcome::Denied(redirect.location().as_str().to_owned())
            }
            Err(PrivacyError::Rejected(_)) => Outcome::Rejected,
            Err(error) => panic!("{error}"),
        }
    }
}

/// The most common layer. It too checks each head and wraps each body.
#[derive(Debug)]
pub struct Decompressing(Decompression<Upstream>);

impl Peer for Decompressing {
    const NAME: &'static str = "tower-http DecompressionLayer";

    fn new(answer: &Answer) -> Self {
        Self(DecompressionLayer::new().layer(Upstream(answer.clone())))
    }

    fn call(&mut self, until: Until) -> Outcome {
        let Ok(mut response) = now(self.0.call(Request::new(())));
        read(&mut response, until)
    }
}

/// A peer that collects the body, and parses it with this function.
fn collected(
    upstream: &mut Upstream,
    until: Until,
    look: impl FnOnce(&str) -> Option<String>,
) -> Outcome {
    let Ok(mut response) = now(upstream.call(Request::new(())));
    let label = response.headers().get(CONTENT_TYPE);
    if !label.is_some_and(|label| label.as_bytes().windows(3).any(|part| part == b"xml")) {
        return read(&mut response, until);
    }
    let (head, body) = response.into_parts();
    let Ok::<_, Infallible>(body) = now(body.collect());
    let body = body.to_bytes();
    let denied = std::str::from_utf8(&body).ok().and_then(look);
    match denied.as_deref().and_then(location) {
        Some(location) => Outcome::Denied(location),
        None => read(&mut Response::from_parts(head, Full::new(body)), until),
    }
}

fn location(url: &str) -> Option<String> {
    enriched(url, "privacy.orange.fr", "urlRetour")
}

fn enriched(url: &str, host: &str, parameter: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    if url.host_str() != Some(host) {
        return None;
    }
    url.query_pairs_mut().append_pair(parameter, HOME);
    Some(url.into())
}

/// Collects the body of a 403, and parses it as JSON.
#[derive(Debug)]
pub struct Json(Upstream);

impl Peer for Json {
    const NAME: &'static str = "collect + serde_json";

    fn new(answer: &Answer) -> Self {
        Self(Upstream(answer.clone()))
    }

    fn call(&mut self, until: Until) -> Outcome {
        let Ok(mut response) = now(self.0.call(Request::new(())));
        if response.status() != StatusCode::FORBIDDEN {
            return read(&mut response, until);
        }
        let (head, body) = response.into_parts();
        let Ok::<_, Infallible>(body) = now(body.collect());
        let body = body.to_bytes();
        let object: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let denied = object["error"]["id"] == "session_aal2_required";
        let url = object["redirect_browser_to"].as_str().filter(|_| denied);
        match url.and_then(|url| enriched(url, "id.example", "return_to")) {
            Some(location) => Outcome::Denied(location),
            None => read(&mut Response::from_parts(head, Full::new(body)), until),
        }
    }
}

/// Collects the body, and parses it into a tree.
#[derive(Debug)]
pub struct Tree(Upstream);

impl Peer for Tree {
    const NAME: &'static str = "collect + roxmltree";

    fn new(answer: &Answer) -> Self {
        Self(Upstream(answer.clone()))
    }

    fn call(&mut self, until: Until) -> Outcome {
        collected(&mut self.0, until, |text| {
            let document = roxmltree::Document::parse(text).ok()?;
            let root = document.root_element();
            let child = |name| {
                let mut children = root.children();
                children.find(|child| child.has_tag_name(name))?.text()
            };
            let denied = root.has_tag_name("error")
                && child("detail")?.trim() == "PrivacyAccessDeniedException";
            denied.then(|| child("url").map(str::to_owned))?
        })
    }
}

/// Collects the body, and deserialises it.
#[derive(Debug)]
pub struct Typed(Upstream);

#[derive(Deserialize)]
struct ErrorDocument {
    detail: String,
    url: String,
}

impl Peer for Typed {
    const NAME: &'static str = "collect + quick-xml serde";

    fn new(answer: &Answer) -> Self {
        Self(Upstream(answer.clone()))
    }

    fn call(&mut self, until: Until) -> Outcome {
        collected(&mut self.0, until, |text| {
            let document: ErrorDocument = quick_xml::de::from_str(text).ok()?;
            (document.detail == "PrivacyAccessDeniedException").then_some(document.url)
        })
    }
}

/// Collects the body, and applies two regular expressions.
#[derive(Debug)]
pub struct Expressions(Upstream);

static DETAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<detail>\s*PrivacyAccessDeniedException\s*</detail>").expect("it is valid")
});
static URL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<url>\s*([^<]*?)\s*</url>").expect("it is valid"));

impl Peer for Expressions {
    const NAME: &'static str = "collect + two regular expressions";

    fn new(answer: &Answer) -> Self {
        Self(Upstream(answer.clone()))
    }

    fn call(&mut self, until: Until) -> Outcome {
        collected(&mut self.0, until, |text| {
            if !DETAIL.is_match(text) {
                return None;
            }
            let url = URL.captures(text)?.get(1)?.as_str();
            Some(url.replace("&amp;", "&"))
        })
    }
}
