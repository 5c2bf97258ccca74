//! The label of a body: its Content-Type (RFC 9110, section 8.3).

use http::{HeaderMap, header::CONTENT_TYPE};

/// Whether a body with this label may be XML: the label is XML, or any text other than an event stream.
/// `None` if this is not a media type, and so not a label.
pub(crate) fn may_be_xml(label: &[u8]) -> Option<bool> {
    // The most common labels, in their most common spelling.
    if is(label, b"application/json") {
        Some(false)
    } else if is(label, b"application/xml") || is(label, b"text/xml") {
        Some(true)
    } else {
        is_xml(label)
    }
}

#[cold]
fn is_xml(label: &[u8]) -> Option<bool> {
    let (essence, _) = split_media_type(label.trim_ascii())?;
    let is = |other: &[u8]| essence.eq_ignore_ascii_case(other);
    let is_text = starts_with(essence, b"text/") && !is(b"text/event-stream");
    Some(is_text || is(b"application/xml") || ends_with(essence, b"+xml"))
}

/// Whether a body with this label is JSON. `None` if this is not a media type, and so not a label.
pub(crate) fn is_json(label: &[u8]) -> Option<bool> {
    if is(label, b"application/json") {
        return Some(true);
    }
    let (essence, _) = split_media_type(label.trim_ascii())?;
    let is_json = essence.eq_ignore_ascii_case(b"application/json");
    Some(is_json || ends_with(essence, b"+json"))
}

/// Whether a label is spelled exactly like this one, with or without parameters.
fn is(label: &[u8], essence: &[u8]) -> bool {
    let rest = label.strip_prefix(essence);
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b';')))
}

fn starts_with(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len())
        .is_some_and(|text| text.eq_ignore_ascii_case(start))
}

fn ends_with(text: &[u8], end: &[u8]) -> bool {
    let at = text.len().checked_sub(end.len());
    at.is_some_and(|at| text[at..].eq_ignore_ascii_case(end))
}

/// The `charset` of Content-Type.
pub(super) fn charset(headers: &HeaderMap) -> Option<&str> {
    let labels = headers.get_all(CONTENT_TYPE).into_iter().rev();
    let mut labels = labels.map(|value| value.as_bytes().trim_ascii());
    let (_, mut rest) = labels.find_map(split_media_type)?;
    while let Some((name, value, next)) = parameter(rest) {
        if name.eq_ignore_ascii_case(b"charset") && !value.is_empty() {
            return std::str::from_utf8(value).ok();
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
    let is_token = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
    };
    let (token, rest) = split_before(bytes, |b| !is_token(b));
    (!token.is_empty()).then_some((token, rest))
}

/// Splits the first parameter off `;name=value;…` (RFC 9110, section 5.6.6). Quoted pairs are not decoded:
/// no charset's name needs one.
fn parameter(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let text = text.strip_prefix(b";")?.trim_ascii_start();
    let (name, rest) = split_before(text, |b| matches!(b, b';' | b'='));
    let (value, rest) = match rest.strip_prefix(b"=") {
        None => rest.split_at(0),
        Some(rest) => match rest.trim_ascii_start().strip_prefix(b"\"") {
            Some(quoted) => quoted.split_at(closing_quote(quoted)),
            None => split_before(rest, |b| b == b';'),
        },
    };
    let (_, next) = split_before(rest, |b| b == b';');
    Some((name.trim_ascii(), value.trim_ascii(), next))
}

fn split_before(text: &[u8], is_end: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&b| is_end(b));
    text.split_at(end.unwrap_or(text.len()))
}

fn closing_quote(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, &b) in text.iter().enumerate() {
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
    use http::HeaderValue;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let values = values
            .iter()
            .map(|value| HeaderValue::from_bytes(value.as_bytes()).unwrap());
        values.map(|value| (CONTENT_TYPE, value)).collect()
    }

    #[test]
    fn xml_and_text_labels_may_be_xml_and_a_malformed_label_does_not_count() {
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
            "application/json+xml",
        ] {
            assert_eq!(may_be_xml(value.as_bytes()), Some(true), "{value:?}");
        }
        for value in [
            "",
            "xml",
            "/",
            "text/xml, text/xml",
            "application/json text/xml",
        ] {
            assert_eq!(may_be_xml(value.as_bytes()), None, "{value:?}");
            assert_eq!(is_json(value.as_bytes()), None, "{value:?}");
        }
    }

    #[test]
    fn other_labels_are_not_xml() {
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
            assert_eq!(may_be_xml(value.as_bytes()), Some(false), "{value:?}");
        }
    }

    #[test]
    fn labels_that_resemble_json_are_not_json() {
        for value in [
            "application/json",
            " Application/JSON;charset=utf-8",
            "application/problem+json",
            "application/vnd.x+JSON; v=1",
        ] {
            assert_eq!(is_json(value.as_bytes()), Some(true), "{value:?}");
        }
        for value in [
            "text/json",
            "text/plain",
            "application/jsonl",
            "application/json-seq",
            "application/x-ndjson",
            "text/event-stream",
            "application/xml",
            "a/+jso",
        ] {
            assert_eq!(is_json(value.as_bytes()), Some(false), "{value:?}");
        }
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
            ("text/xml; a=\u{e9}; b=\"\u{e9}\"; charset=yes", Some("yes")),
            ("text/xml; charset=\"open", Some("open")),
            ("text/xml; charset=; charset=second", Some("second")),
            ("text/xml; charset=a; charset=b", Some("a")),
            ("text/xml;", None),
            ("text/xml;;;charset=x", Some("x")),
            ("nonsense; charset=x", None),
        ] {
            assert_eq!(charset(&headers(&[value])), expected, "{value:?}");
        }
    }
}
