//! Compares our parser with two others, on generated documents.
//!
//! 1. If both say that a document is a denial, so do we.
//! 2. If either says so, our URL is the same.
//! 3. If either says that it is not well-formed, or not a denial, so do we, if the document consists of plain
//!    tags. In other documents, we are more lenient than a strict parser about names, namespaces, instructions,
//!    `<` in an attribute, and `]]>` in text.
//!
//! Neither of them is the standard. `is_common_ground` leaves out the documents on which they are known to
//! differ from it (see `fixtures`). Those are in the tables of `fixtures` instead.

mod support;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::Response;
use http_body_util::Full;
use proptest::prelude::*;
use support::{
    context, inspect, layer,
    oracle::{Oracle, is_plain},
    written,
};
use tower_privacy::{PrivacyEndpoint, PrivacyError, RejectionKind};

/// Our verdict on a document, in the oracle's words.
fn ours(text: &str) -> Option<PrivacyError> {
    let body = Full::new(bytes::Bytes::copy_from_slice(text.as_bytes()));
    let layer = layer().trust_only([
        PrivacyEndpoint::production(),
        PrivacyEndpoint::integration(),
    ]);
    let context = context();
    let response = Response::builder().header("content-type", "text/xml; charset=utf-8");
    let response = response.body(body).unwrap();
    let mut look = pin!(inspect(response, &context, &layer));
    match look.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.err(),
        Poll::Pending => panic!("the body is there"),
    }
}

/// Whether the document contains nothing on which the oracles are known to differ from the standard.
fn is_common_ground(text: &str) -> bool {
    let inside = text.get(1..).unwrap_or_default();
    !text.contains("<!DOCTYPE")
        && !text.contains("xmlns")
        && !inside.contains("<?")
        // Neither of them checks the name of a declared encoding.
        && !text.contains("encoding")
}

fn agree(text: &str) -> Result<(), TestCaseError> {
    let ours = ours(text);
    // The byte-order mark belongs to the bytes, not to the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let others = [Oracle::of_text(text), Oracle::of_text_by_tree(text)];
    match &ours {
        None => {
            let is_missed = others
                .iter()
                .all(|other| matches!(other, Oracle::Denial(_)));
            prop_assert!(
                !(is_missed && is_common_ground(text)),
                "{:?}: {:?}",
                text,
                others
            );
        }
        Some(found) => {
            for other in &others {
                match other {
                    Oracle::Denial(url) => same(found, url, text)?,
                    other => {
                        prop_assert!(!is_plain(text), "{:?}: {:?}, not {:?}", text, found, other);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Checks that we found this URL.
fn same(found: &PrivacyError, url: &str, text: &str) -> Result<(), TestCaseError> {
    let parsed = url::Url::parse(url);
    let agrees = match (found, &parsed) {
        (PrivacyError::Redirect(redirect), Ok(url)) => redirect.denial().interaction_url() == url,
        (PrivacyError::Rejected(rejected), parsed) => match rejected.kind() {
            RejectionKind::MissingUrl => url.is_empty(),
            RejectionKind::InvalidUrl => !url.is_empty() && parsed.is_err(),
            _ => rejected.untrusted_url() == parsed.as_ref().ok(),
        },
        _ => false,
    };
    prop_assert!(agrees, "{:?}: {:?}, not {:?}", text, found, url);
    Ok(())
}

/// Markup and text, complete and in pieces.
fn piece() -> impl Strategy<Value = String> {
    let written = prop_oneof![
        4 => prop::sample::select(vec![
            "<detail>PrivacyAccessDeniedException</detail>",
            "<url>http://privacy.orange.fr/urm-gui/interaction.do?a=1&amp;b=,c</url>",
            "<url><![CDATA[http://privacy.orange.fr/urm-gui/interaction.do?a&b]]></url>",
            "<url> http://privacy.orange.fr/urm-gui/&#x69;nteraction.do\n</url>",
            "<code>-3</code>",
        ]),
        3 => prop::sample::select(vec![
            "<", ">", "/", "=", "'", "\"", "&", ";", "]", "]]>", "<!", "<![CDATA[", "<!--", "-->", "--",
            "<?", "?>", "<?a b?>", "<?xml version='1.0'?>", "<?xml version='1.1'?>", "<?XML?>",
            "&amp;", "&lt;", "&#65;", "&#x41;", "&#0;", "&#xD800;", "&#xFFFE;", "&#1114112;", "&nbsp;", "&amp",
            "<a>", "</a>", "<a/>", "<a b='c'/>", "<a b=\"c\" b='d'/>", "<a b=c/>", "<a b='<'/>", "<a b='&'/>",
            "<a b='c'd='e'/>", "<p:a/>", "<a p:b='c'/>", "<a:b:c/>", "<1/>", "<-a/>", "<\u{e9}/>", "< a/>",
            "</a >", "<error>", "</error>", "<detail>", "</detail>", "<url>", "</url>", "<!DOCTYPE error>",
            "<!-- a -- b -->", "<!---->", "<!--->", "<![CDATA[]]>", "<![cdata[]]>", " ", "\n", "\t",
            "\u{1}", "\u{7f}", "\u{85}", "\u{fffe}", "\u{feff}", "\u{10ffff}",
            "<a xmlns='u'/>", "<p:a xmlns:p='u'/>", "<a xmlns:p=''/>", "<xml:a/>", "<a xml:lang='x'/>",
        ]),
    ];
    let anything = "[a-zA-Z0-9 .:?&=<>/'\"-]{0,12}";
    prop_oneof![7 => written.prop_map(String::from), 1 => anything]
}

/// A denial with pieces before it, in it, between its children and after it.
fn denial() -> impl Strategy<Value = String> {
    let pieces = |most| {
        prop::collection::vec(piece(), 0..most).prop_map(|pieces: Vec<String>| pieces.concat())
    };
    (pieces(2), pieces(3), pieces(3), pieces(2), any::<bool>()).prop_map(
        |(before, first, second, after, is_prefixed)| {
            let detail = "<detail>PrivacyAccessDeniedException</detail>";
            let (open, close) = if is_prefixed {
                ("<o:error xmlns:o='urn:o'>", "</o:error>")
            } else {
                ("<error>", "</error>")
            };
            format!("{before}{open}{first}{detail}{second}{close}{after}")
        },
    )
}

/// A document of the tables, with a few changes.
fn changed() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0_usize..12, piece(), 0_u8..4);
    let mut documents = written::documents();
    documents.retain(|document| document.len() < 2000);
    (
        prop::sample::select(documents),
        prop::collection::vec(change, 0..4),
    )
        .prop_map(|(mut text, changes)| {
            for (at, length, piece, kind) in changes {
                let chars: Vec<char> = text.chars().collect();
                let at = at.index(chars.len() + 1);
                let end = (at + length).min(chars.len());
                let part = |range: std::ops::Range<usize>| chars[range].iter().collect::<String>();
                let (before, between, after) = (part(0..at), part(at..end), part(end..chars.len()));
                text = match kind {
                    0 => before + &after,
                    1 => before + &between + &between + &after,
                    2 => before + &piece + &between + &after,
                    _ => before + &piece + &after,
                };
            }
            text
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn generated_documents_are_read_as_by_other_parsers(text in denial()) {
        agree(&text)?;
    }

    #[test]
    fn changed_documents_are_read_as_by_other_parsers(text in changed()) {
        agree(&text)?;
    }
}
