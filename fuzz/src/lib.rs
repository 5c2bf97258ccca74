//! Shared by the fuzz targets. They use the public API, as an app does.

mod frames;
#[path = "../../tests/support/oracle.rs"]
pub mod oracle;

#[path = "../../tests/support/inspect.rs"]
mod inspect;

#[path = "../../tests/support/now.rs"]
mod now;

pub use frames::Frames;
pub use inspect::inspect;
pub use now::now;

use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use quick_xml::escape::escape;
use tower_privacy::{
    PrivacyContext, PrivacyEndpoint, PrivacyError, PrivacyLayer, PrivacyRedirect, ReturnUrl,
};
use url::Url;

pub const HOME: &str = "https://app.example/home";

/// The labels of bodies, chosen by a number.
pub const LABELS: [Option<&str>; 6] = [
    None,
    Some("text/xml"),
    Some("text/xml;charset=UTF-8"),
    Some("application/xml; charset=utf-16"),
    Some("text/plain; charset=iso-8859-1"),
    Some("application/problem+xml;charset=shift_jis"),
];

pub fn layer() -> PrivacyLayer {
    PrivacyLayer::new().return_to(home())
}

fn home() -> ReturnUrl {
    HOME.try_into().expect("a valid URL")
}

pub fn labelled<B>(label: usize, body: B) -> Response<B> {
    let mut response = Response::new(body);
    if let Some(label) = LABELS[label % LABELS.len()] {
        let label = label.parse().expect("a valid header");
        response.headers_mut().insert(CONTENT_TYPE, label);
    }
    response
}

/// The layer's verdict on a body: the signal, or the bytes that passed through.
pub fn look<B>(response: Response<B>) -> Result<Bytes, PrivacyError>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    look_by(&layer(), response)
}

/// The same, for this layer.
pub fn look_by<B>(layer: &PrivacyLayer, response: Response<B>) -> Result<Bytes, PrivacyError>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    now(async {
        let context = PrivacyContext::new(home());
        let response = inspect(response, &context, layer).await?;
        Ok(response
            .into_body()
            .collect()
            .await
            .expect("no error")
            .to_bytes())
    })
}

/// A denial's document with this text as its URL.
pub fn denial(url: &str) -> Full<Bytes> {
    let url = escape(url);
    let document =
        format!("<error><detail>PrivacyAccessDeniedException</detail><url>{url}</url></error>");
    Full::new(document.into())
}

/// Checks what must hold for every location: it is a valid header, and one of these pages.
pub fn check_page(redirect: &PrivacyRedirect, trusted: &[PrivacyEndpoint]) {
    let location = redirect.location();
    let text = location.as_str();
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
    http::HeaderValue::from_str(text).expect("it fits a header");
    assert_eq!(&Url::parse(text).expect("it parses"), location);
    let is_trusted = trusted.iter().any(|endpoint| endpoint.covers(location));
    assert!(is_trusted, "{text}");
}

/// Checks what must hold for every location of Orange.
pub fn check(redirect: &PrivacyRedirect) {
    let trusted = [
        PrivacyEndpoint::production(),
        PrivacyEndpoint::integration(),
    ];
    check_page(redirect, &trusted);
    let parsed = redirect.location().clone();
    let text = parsed.as_str();

    let back: Vec<_> = parsed
        .query_pairs()
        .filter(|(name, _)| name == "urlRetour")
        .collect();
    assert_eq!(back.len(), 1, "{text}");
    assert_eq!(back[0].1, redirect.return_url().as_str());

    let without = |url: &Url| {
        let others = url.query_pairs().filter(|(name, _)| name != "urlRetour");
        others
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect::<Vec<_>>()
    };
    let interaction_url = redirect.denial().interaction_url();
    assert_eq!(without(&parsed), without(interaction_url));
    assert_eq!(parsed.fragment(), interaction_url.fragment());
}
