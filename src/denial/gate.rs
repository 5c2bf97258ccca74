//! Can this head introduce a denial?
//!
//! A denial can carry any status and any label, or none, so the gate only keeps out what cannot be
//! inspected or is not worth it. What it keeps out is never delayed, buffered or looked at again.

use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};

/// What the gate needs to know of a response besides its headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    /// The request was a HEAD, so the headers are those of a body that is not there.
    pub(crate) bodiless: bool,
    /// The body says that it has ended.
    pub(crate) ended: bool,
    /// The body says that it has at least this many bytes.
    pub(crate) at_least: u64,
}

impl Head {
    #[inline]
    pub(crate) fn is_head(method: &Method) -> bool {
        method == Method::HEAD
    }
}

/// What the head says of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It is worth a look.
    Look,
    /// It is none that a denial comes in.
    Pass,
    /// It might be one, but has a coding that is not undone.
    Encoded,
    /// It might be one, but says itself that it is over the cap.
    TooLong,
}

/// Whether the body is worth a look. The headers are walked over once, since to look up three by their
/// names costs more than to pass over the few that there are.
pub(crate) fn admission(head: Head, headers: &HeaderMap, max_document_bytes: usize) -> Admission {
    let max = max_document_bytes as u64;
    if max == 0 || head.bodiless || head.ended || !has_content(head.status) {
        return Admission::Pass;
    }
    let mut is_text = true;
    let mut encoded = false;
    let mut length = None;
    for (name, value) in headers {
        if name == CONTENT_TYPE {
            // Of several the last that is a media type counts, as the Fetch standard has it.
            is_text = may_be_xml(value.as_bytes()).unwrap_or(is_text);
        } else if name == CONTENT_LENGTH {
            length = length.or(Some(value));
        } else if name == CONTENT_ENCODING {
            encoded |= is_encoded(value);
        }
    }
    if !is_text {
        return Admission::Pass;
    }
    if encoded {
        Admission::Encoded
    } else if head.at_least > max || length.is_some_and(|length| content_length(length) > Some(max))
    {
        Admission::TooLong
    } else {
        Admission::Look
    }
}

/// RFC 9110, section 6.4.1, names the statuses without content. A 206 has only a part of it.
fn has_content(status: StatusCode) -> bool {
    !status.is_informational()
        && !matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT
        )
}

/// XML in all its labels, text (servers label XML as HTML or plain text), or no label. An event
/// stream is text, but starts with no `<` and must not wait for its first event. `None` if this is no
/// media type, and so no label.
fn may_be_xml(label: &[u8]) -> Option<bool> {
    common(label).or_else(|| uncommon(label))
}

/// Tells the labels that most services send, as they nearly always write them, at less than a fifth
/// of the cost of reading a media type.
fn common(label: &[u8]) -> Option<bool> {
    let is = |essence: &[u8]| {
        let rest = label.strip_prefix(essence);
        rest.is_some_and(|rest| matches!(rest.first(), None | Some(b';')))
    };
    if is(b"application/json") {
        Some(false)
    } else {
        (is(b"application/xml") || is(b"text/xml")).then_some(true)
    }
}

#[cold]
fn uncommon(label: &[u8]) -> Option<bool> {
    let (essence, _) = split_media_type(label.trim_ascii())?;
    let is = |other: &[u8]| essence.eq_ignore_ascii_case(other);
    let text = essence
        .first_chunk()
        .is_some_and(|start: &[u8; 5]| start.eq_ignore_ascii_case(b"text/"));
    let xml = essence
        .last_chunk()
        .is_some_and(|end: &[u8; 4]| end.eq_ignore_ascii_case(b"+xml"));
    Some((text && !is(b"text/event-stream")) || is(b"application/xml") || xml)
}

#[cold]
fn is_encoded(codings: &HeaderValue) -> bool {
    codings
        .as_bytes()
        .split(|&b| b == b',')
        .map(<[u8]>::trim_ascii)
        .any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}

fn content_length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.trim().parse().ok()
}

/// The `charset` of Content-Type.
pub(crate) fn charset(headers: &HeaderMap) -> Option<&str> {
    let labels = headers.get_all(CONTENT_TYPE).into_iter().rev();
    let mut labels = labels.map(|value| value.as_bytes().trim_ascii());
    let (_, parameters) = labels.find_map(split_media_type)?;
    let mut rest = std::str::from_utf8(parameters).ok()?;
    while let Some((name, value, next)) = parameter(rest) {
        if name.eq_ignore_ascii_case("charset") && !value.is_empty() {
            return Some(value);
        }
        rest = next;
    }
    None
}

/// RFC 9110, section 8.3.1.
fn split_media_type(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let (kind, rest) = split_token(value)?;
    let (subtype, rest) = split_token(rest.strip_prefix(b"/")?)?;
    let essence = &value[..kind.len() + 1 + subtype.len()];
    let parameters = rest.trim_ascii_start();
    matches!(parameters.first(), None | Some(b';')).then_some((essence, parameters))
}

/// RFC 9110, section 5.6.2.
fn split_token(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&b| !TOKEN[usize::from(b)]);
    let (token, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    (!token.is_empty()).then_some((token, rest))
}

/// By byte, since every response is asked.
const TOKEN: [bool; 256] = {
    let chars = b"!#$%&'*+-.^_`|~0123456789\
        ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut token = [false; 256];
    let mut at = 0;
    while at < chars.len() {
        token[chars[at] as usize] = true;
        at += 1;
    }
    token
};

/// The first parameter of `;name=value;…` (RFC 9110, section 5.6.6), and what follows it. A quoted
/// pair stays as it is: no charset's name has one.
fn parameter(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.strip_prefix(';')?.trim_ascii_start();
    let name_end = text.bytes().position(|b| matches!(b, b';' | b'='));
    let name_end = name_end.unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end);
    let Some(rest) = rest.strip_prefix('=') else {
        return Some((name.trim_ascii(), "", rest));
    };
    if let Some(quoted) = rest.trim_ascii_start().strip_prefix('"') {
        let end = closing_quote(quoted);
        let value = &quoted[..end];
        let rest = &quoted[end..];
        let next = rest.find(';').map_or("", |at| &rest[at..]);
        Some((name.trim_ascii(), value.trim_ascii(), next))
    } else {
        let (value, rest) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        Some((name.trim_ascii(), value.trim_ascii(), rest))
    }
}

fn closing_quote(text: &str) -> usize {
    let mut escaped = false;
    for (at, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn admits(head: Head, headers: &HeaderMap, max_document_bytes: usize) -> bool {
        admission(head, headers, max_document_bytes) == Admission::Look
    }

    #[test]
    fn what_might_be_a_denial_and_is_not_looked_at_is_told_from_what_is_none() {
        for (list, reason) in [
            (&[(CONTENT_ENCODING, "gzip")][..], Admission::Encoded),
            (&[(CONTENT_LENGTH, "101")], Admission::TooLong),
            (
                &[(CONTENT_LENGTH, "101"), (CONTENT_ENCODING, "br")],
                Admission::Encoded,
            ),
            (
                &[(CONTENT_TYPE, "image/png"), (CONTENT_LENGTH, "101")],
                Admission::Pass,
            ),
            (
                &[
                    (CONTENT_ENCODING, "gzip"),
                    (CONTENT_TYPE, "application/json"),
                ],
                Admission::Pass,
            ),
        ] {
            assert_eq!(admission(OPEN, &headers(list), 100), reason, "{list:?}");
        }
        let long = Head {
            at_least: 101,
            ..OPEN
        };
        assert_eq!(admission(long, &HeaderMap::new(), 100), Admission::TooLong);
    }

    const OPEN: Head = Head {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        bodiless: false,
        ended: false,
        at_least: 0,
    };

    fn headers(list: &[(HeaderName, &str)]) -> HeaderMap {
        list.iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn admits_type(value: &str) -> bool {
        admits(OPEN, &headers(&[(CONTENT_TYPE, value)]), 100)
    }

    #[test]
    fn xml_and_text_and_no_label_are_admitted() {
        assert!(admits(OPEN, &HeaderMap::new(), 100));
        for value in [
            "text/xml",
            "TEXT/XML; charset=utf-8",
            "application/xml",
            "Application/Xml;charset=utf-8",
            "application/problem+xml",
            "application/vnd.x+XML; v=1",
            "image/svg+xml",
            "text/html",
            "text/plain",
            " text/xml ",
            "",
            "xml",
            "/",
            "text/xml, text/xml",
            "application/json+xml",
            "application/json text/xml",
        ] {
            assert!(admits_type(value), "{value:?}");
        }
    }

    #[test]
    fn other_labels_are_kept_out() {
        for value in [
            "application/json",
            " application/json;charset=utf-8",
            "application/json ; charset=utf-8",
            "Application/JSON",
            "application/problem+json",
            "text/event-stream",
            "TEXT/Event-Stream;charset=utf-8",
            "image/png",
            "application/grpc",
            "application/grpc+proto",
            "application/octet-stream",
            "multipart/mixed; boundary=text/xml",
            "application/json; name=\u{e9}",
            "application/xmlx",
            "a/+xm",
        ] {
            assert!(!admits_type(value), "{value:?}");
        }
    }

    #[test]
    fn of_several_labels_the_last_media_type_counts() {
        let of = |values: [&str; 2]| {
            admits(
                OPEN,
                &headers(&values.map(|value| (CONTENT_TYPE, value))),
                100,
            )
        };
        assert!(!of(["text/xml", "application/json"]));
        assert!(of(["application/json", "text/xml"]));
        assert!(!of(["application/json", "nonsense"]));
    }

    #[test]
    fn any_status_that_has_content_is_admitted() {
        for status in [200, 201, 302, 400, 403, 404, 500, 503, 599, 999] {
            let status = StatusCode::from_u16(status).unwrap();
            assert!(
                admits(Head { status, ..OPEN }, &HeaderMap::new(), 100),
                "{status}"
            );
        }
        for status in [100, 101, 103, 204, 206, 304] {
            let status = StatusCode::from_u16(status).unwrap();
            assert!(
                !admits(Head { status, ..OPEN }, &HeaderMap::new(), 100),
                "{status}"
            );
        }
    }

    #[test]
    fn a_body_that_is_not_there_is_kept_out() {
        assert!(!admits(
            Head {
                bodiless: true,
                ..OPEN
            },
            &HeaderMap::new(),
            100
        ));
        assert!(!admits(
            Head {
                ended: true,
                ..OPEN
            },
            &HeaderMap::new(),
            100
        ));
        assert!(Head::is_head(&Method::HEAD));
        assert!(!Head::is_head(&Method::GET));
    }

    #[test]
    fn a_length_over_the_cap_is_kept_out() {
        let of = |length: &str| admits(OPEN, &headers(&[(CONTENT_LENGTH, length)]), 100);
        assert!(of("100"));
        assert!(!of("101"));
        assert!(!of("18446744073709551615"));
        assert!(of("nonsense"));
        assert!(admits(
            Head {
                at_least: 100,
                ..OPEN
            },
            &HeaderMap::new(),
            100
        ));
        assert!(!admits(
            Head {
                at_least: 101,
                ..OPEN
            },
            &HeaderMap::new(),
            100
        ));
    }

    #[test]
    fn an_encoded_body_is_kept_out() {
        let of = |value: &str| admits(OPEN, &headers(&[(CONTENT_ENCODING, value)]), 100);
        assert!(of("identity"));
        assert!(of("Identity, identity"));
        assert!(of(""));
        assert!(!of("gzip"));
        assert!(!of("identity, br"));
        assert!(!admits(
            OPEN,
            &headers(&[(CONTENT_ENCODING, "identity"), (CONTENT_ENCODING, "gzip")]),
            100
        ));
    }

    #[test]
    fn the_charset_is_read_quoted_or_not() {
        for (value, expected) in [
            ("text/xml", None),
            ("text/xml; charset=utf-8", Some("utf-8")),
            ("text/xml;CHARSET=UTF-16", Some("UTF-16")),
            ("text/xml; charset = \"iso-8859-1\"", Some("iso-8859-1")),
            (
                "text/xml; a=\"x\\\";charset=no;\"; charset=yes",
                Some("yes"),
            ),
            ("text/xml; flag; charset=yes", Some("yes")),
            ("text/xml; charset=\"open", Some("open")),
            ("text/xml; charset=; charset=second", Some("second")),
            ("text/xml; charset=a; charset=b", Some("a")),
            ("text/xml;", None),
            ("text/xml;;;charset=x", Some("x")),
            ("nonsense; charset=x", None),
        ] {
            assert_eq!(
                charset(&headers(&[(CONTENT_TYPE, value)])),
                expected,
                "{value:?}"
            );
        }
    }
}
