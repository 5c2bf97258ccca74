//! Decides from the head of a response whether its body may be a document that the protocol can read.
//!
//! If not, the response is passed on at once.

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};

use crate::protocol::media_type;

/// The label that a body must have, if it has one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Label {
    Xml,
    Json,
}

/// What is known about a response besides its headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    /// The request was a HEAD, so the response has no body.
    pub(super) bodiless: bool,
    /// The body has ended, according to its `is_end_stream`.
    pub(super) ended: bool,
    /// The body has at least this many bytes, according to its size hint.
    pub(super) at_least: u64,
}

/// Whether the body can be read, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readable {
    Yes,
    /// There is no body, or only a part of it.
    NoDocument,
    /// It has a content coding.
    Encoded,
    /// Its declared length is over the cap.
    TooLong,
}

/// Whether a body has this label, or none. Iterating over the few headers costs less than looking one up.
#[inline]
pub(super) fn is_labelled(label: Label, headers: &HeaderMap) -> bool {
    let mut is_labelled = true;
    for (name, value) in headers {
        if name == CONTENT_TYPE {
            let is_it = match label {
                Label::Xml => media_type::may_be_xml(value.as_bytes()),
                Label::Json => media_type::is_json(value.as_bytes()),
            };
            // If there are several, the last media type counts, as in the Fetch standard.
            is_labelled = is_it.unwrap_or(is_labelled);
        }
    }
    is_labelled
}

/// Whether the body can be read.
pub(super) fn readable(head: Head, headers: &HeaderMap, max_document_bytes: usize) -> Readable {
    let max = max_document_bytes as u64;
    if max == 0 || head.bodiless || head.ended || !has_whole_content(head.status) {
        return Readable::NoDocument;
    }
    let mut encoded = false;
    let mut length = None;
    for (name, value) in headers {
        if name == CONTENT_LENGTH {
            length = length.or(Some(value));
        } else if name == CONTENT_ENCODING {
            encoded |= is_encoded(value);
        }
    }
    if encoded {
        Readable::Encoded
    } else if head.at_least > max || length.and_then(content_length) > Some(max) {
        Readable::TooLong
    } else {
        Readable::Yes
    }
}

/// RFC 9110, section 6.4.1, lists the statuses without content. A 206 has only a part of it.
fn has_whole_content(status: StatusCode) -> bool {
    !status.is_informational()
        && !matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT
        )
}

/// The content codings in IANA's registry except `identity`, and a few that are not registered. Servers also
/// send charsets and other words (`utf-8`, `none`, `binary`), which do not encode the body.
const CODINGS: [&str; 17] = [
    "aes128gcm",
    "br",
    "bzip2",
    "compress",
    "dcb",
    "dcz",
    "deflate",
    "exi",
    "gzip",
    "lzma",
    "pack200-gzip",
    "sdch",
    "x-compress",
    "x-gzip",
    "xz",
    "zlib",
    "zstd",
];

#[cold]
fn is_encoded(codings: &HeaderValue) -> bool {
    let mut codings = codings
        .as_bytes()
        .split(|&b| b == b',')
        .map(<[u8]>::trim_ascii);
    codings.any(|coding| {
        CODINGS
            .iter()
            .any(|known| coding.eq_ignore_ascii_case(known.as_bytes()))
    })
}

fn content_length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

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

    fn with(list: &[(HeaderName, &str)]) -> Readable {
        readable(OPEN, &headers(list), 100)
    }

    fn is_readable(head: Head) -> bool {
        readable(head, &HeaderMap::new(), 100) == Readable::Yes
    }

    #[test]
    fn any_status_that_has_whole_content_is_readable() {
        for (statuses, expected) in [
            (
                &[200, 201, 302, 400, 403, 404, 500, 503, 599, 999][..],
                true,
            ),
            (&[100, 101, 103, 204, 206, 304], false),
        ] {
            for status in statuses {
                let status = StatusCode::from_u16(*status).unwrap();
                assert_eq!(is_readable(Head { status, ..OPEN }), expected, "{status}");
            }
        }
    }

    #[test]
    fn a_response_without_a_body_is_not_readable() {
        assert!(!is_readable(Head {
            bodiless: true,
            ..OPEN
        }));
        assert!(!is_readable(Head {
            ended: true,
            ..OPEN
        }));
        let none = readable(OPEN, &HeaderMap::new(), 0);
        assert_eq!(none, Readable::NoDocument);
    }

    #[test]
    fn of_several_labels_the_last_media_type_counts() {
        let of = |label, values: &[&str]| {
            let values = values.iter().map(|value| (CONTENT_TYPE, *value));
            is_labelled(label, &headers(&values.collect::<Vec<_>>()))
        };
        for (values, is_xml, is_json) in [
            (&[][..], true, true),
            (&["nonsense"], true, true),
            (&["text/xml", "application/json"], false, true),
            (&["application/json", "text/xml"], true, false),
            (&["application/json", "nonsense"], false, true),
            (&["image/png"], false, false),
        ] {
            assert_eq!(of(Label::Xml, values), is_xml, "{values:?}");
            assert_eq!(of(Label::Json, values), is_json, "{values:?}");
        }
    }

    #[test]
    fn a_length_over_the_cap_is_too_long() {
        for (length, expected) in [
            ("100", Readable::Yes),
            ("101", Readable::TooLong),
            ("18446744073709551615", Readable::TooLong),
            ("nonsense", Readable::Yes),
        ] {
            assert_eq!(with(&[(CONTENT_LENGTH, length)]), expected, "{length}");
        }
        let hinting = |at_least| readable(Head { at_least, ..OPEN }, &HeaderMap::new(), 100);
        assert_eq!(hinting(100), Readable::Yes);
        assert_eq!(hinting(101), Readable::TooLong);
    }

    #[test]
    fn an_encoded_body_is_not_readable() {
        for coding in CODINGS
            .into_iter()
            .chain(["GZip", " br ", "identity, br", "utf-8,gzip"])
        {
            assert_eq!(
                with(&[(CONTENT_ENCODING, coding)]),
                Readable::Encoded,
                "{coding}"
            );
        }
        let two = [(CONTENT_ENCODING, "identity"), (CONTENT_ENCODING, "gzip")];
        assert_eq!(with(&two), Readable::Encoded);
        let both = [(CONTENT_LENGTH, "101"), (CONTENT_ENCODING, "br")];
        assert_eq!(with(&both), Readable::Encoded);
    }

    #[test]
    fn words_that_are_not_codings_are_ignored() {
        for word in [
            "",
            " ",
            ",",
            ", ,",
            "identity",
            "Identity, identity",
            "utf-8",
            "UTF-8",
            "none",
            "binary",
            "8bit",
            "iso-8859-1",
            "null",
            "aws-chunked",
        ] {
            assert_eq!(with(&[(CONTENT_ENCODING, word)]), Readable::Yes, "{word:?}");
        }
    }
}
