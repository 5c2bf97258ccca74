//! Decodes XML documents.
//!
//! Labels are those of the Encoding Standard, with one difference. The standard decodes US-ASCII and ISO-8859-1
//! as windows-1252. Here they are decoded as themselves, since in XML a byte that the encoding does not define
//! is an error.

use std::borrow::Cow;

use http::HeaderMap;
use quick_xml::{
    events::BytesStart,
    parser::{Parser, PiParser},
};

use super::media_type;

/// Decodes an XML document, for a [`Protocol`](crate::protocol::Protocol) that reads one. The result has no
/// byte-order mark.
///
/// 1. The encoding is taken from the byte-order mark, else from the `charset` in Content-Type, else from the
///    XML declaration, else it is UTF-8. UTF-16 without a byte-order mark is recognised by its zero bytes
///    (XML 1.0, appendix F).
/// 2. A label that names no known encoding is ignored in Content-Type. In the declaration it is an error
///    (XML 1.0, section 4.3.3).
/// 3. The label `utf-16` is ignored in both places if the document is not in 16-bit units. Such documents, as
///    .NET writes them, are decoded as UTF-8.
/// 4. Without the feature `encoding`, only UTF-8, UTF-16 and US-ASCII are supported.
///
/// Returns `None` if the encoding is not supported, or if the document has bytes that the encoding does not
/// allow.
///
/// # Example
///
/// ```
/// use http::{HeaderMap, header::CONTENT_TYPE};
/// use tower_privacy::protocol::xml_text;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(xml_text(&headers, b"\xEF\xBB\xBF<a/>").as_deref(), Some("<a/>"));
/// assert_eq!(xml_text(&headers, b"<a>\xE9</a>"), None);
///
/// # #[cfg(feature = "encoding")] {
/// headers.insert(CONTENT_TYPE, "text/xml; charset=iso-8859-1".parse()?);
/// assert_eq!(xml_text(&headers, b"<a>\xE9</a>").as_deref(), Some("<a>\u{e9}</a>"));
/// # }
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[must_use]
pub fn xml_text<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<Cow<'a, str>> {
    decode(body, media_type::charset(headers))
}

fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Option<Cow<'a, str>> {
    match bytes {
        [0xEF, 0xBB, 0xBF, text @ ..] => return utf8(text),
        [0xFE, 0xFF, text @ ..] => return utf16(text, u16::from_be_bytes),
        [0xFF, 0xFE, text @ ..] => return utf16(text, u16::from_le_bytes),
        _ => {}
    }
    match charset.and_then(Charset::named) {
        Some(Charset::Utf16) | None => {}
        Some(charset) => return charset.decode(bytes),
    }
    match bytes {
        [0, _, ..] => utf16(bytes, u16::from_be_bytes),
        [_, 0, ..] => utf16(bytes, u16::from_le_bytes),
        _ => declared(bytes)?.decode(bytes),
    }
}

enum Charset {
    Utf8,
    Utf16,
    Ascii,
    #[cfg(feature = "encoding")]
    Latin1,
    #[cfg(feature = "encoding")]
    Other(&'static encoding_rs::Encoding),
}

impl Charset {
    fn named(label: &str) -> Option<Self> {
        // The most common label needs no lookup in the table.
        if is(label, &UTF_8) {
            Some(Self::Utf8)
        } else {
            Self::other(label)
        }
    }

    #[cfg(feature = "encoding")]
    fn other(label: &str) -> Option<Self> {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
        Some(if encoding == encoding_rs::UTF_8 {
            Self::Utf8
        } else if encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE {
            Self::Utf16
        } else if encoding != encoding_rs::WINDOWS_1252 || is(label, &WINDOWS_1252) {
            Self::Other(encoding)
        } else if is(label, &ASCII) {
            Self::Ascii
        } else {
            Self::Latin1
        })
    }

    #[cfg(not(feature = "encoding"))]
    fn other(label: &str) -> Option<Self> {
        if is(label, &["utf-16", "utf-16le", "utf-16be"]) {
            Some(Self::Utf16)
        } else if is(label, &ASCII) {
            Some(Self::Ascii)
        } else {
            None
        }
    }

    fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            // UTF-16 was ruled out: the declaration was read as ASCII.
            Self::Utf8 | Self::Utf16 => utf8(bytes),
            Self::Ascii => utf8(bytes).filter(|text| text.is_ascii()),
            #[cfg(feature = "encoding")]
            Self::Latin1 => Some(encoding_rs::mem::decode_latin1(bytes)),
            #[cfg(feature = "encoding")]
            Self::Other(encoding) => {
                encoding.decode_without_bom_handling_and_without_replacement(bytes)
            }
        }
    }
}

/// The labels of windows-1252 in the Encoding Standard that do not name another encoding as well.
#[cfg(feature = "encoding")]
const WINDOWS_1252: [&str; 3] = ["windows-1252", "cp1252", "x-cp1252"];

const UTF_8: [&str; 2] = ["utf-8", "utf8"];

const ASCII: [&str; 3] = ["us-ascii", "ascii", "ansi_x3.4-1968"];

fn is(label: &str, names: &[&str]) -> bool {
    let label = label.trim_ascii();
    names.iter().any(|name| label.eq_ignore_ascii_case(name))
}

/// The encoding that the XML declaration names, or UTF-8 if it names none. `None` if it is unknown.
fn declared(bytes: &[u8]) -> Option<Charset> {
    let declaration = declaration(bytes).unwrap_or_default();
    match BytesStart::from_content(declaration, 0).try_get_attribute("encoding") {
        Ok(Some(label)) => Charset::named(&label.value),
        _ => Some(Charset::Utf8),
    }
}

/// The text between `<?xml` and `?>`. It is ASCII in every encoding that reaches this function.
fn declaration(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = PiParser::default().feed(rest)?;
    let declaration = std::str::from_utf8(rest[..end].strip_suffix(b"?")?).ok()?;
    declaration
        .starts_with([' ', '\t', '\r', '\n'])
        .then_some(declaration)
}

fn utf8(bytes: &[u8]) -> Option<Cow<'_, str>> {
    std::str::from_utf8(bytes).ok().map(Cow::Borrowed)
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Option<Cow<'static, str>> {
    let (units, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    char::decode_utf16(units.iter().map(|&pair| unit(pair)))
        .collect::<Result<String, _>>()
        .ok()
        .map(Cow::Owned)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn utf16_bytes(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn a_byte_order_mark_wins_and_is_removed() {
        let text = "<?xml version='1.0' encoding='iso-8859-1'?><a>\u{e9}</a>";
        let marked = format!("\u{feff}{text}");
        let charset = Some("windows-1251");
        assert_eq!(decode(marked.as_bytes(), charset).unwrap(), text);
        assert_eq!(decode(&utf16_bytes(&marked, true), charset).unwrap(), text);
        assert_eq!(decode(&utf16_bytes(&marked, false), charset).unwrap(), text);
    }

    #[test]
    fn utf_16_without_a_byte_order_mark_is_recognised_by_its_zero_bytes() {
        for charset in [None, Some("utf-16"), Some("UTF-16LE"), Some("utf-16be")] {
            for big in [true, false] {
                assert_eq!(
                    decode(&utf16_bytes("<a>\u{e9}</a>", big), charset).unwrap(),
                    "<a>\u{e9}</a>"
                );
            }
        }
    }

    #[test]
    fn bytes_that_the_encoding_does_not_allow_are_an_error() {
        assert_eq!(decode(b"<a>\xE9</a>", None), None);
        assert_eq!(decode("<a>\u{e9}</a>".as_bytes(), Some("US-ASCII")), None);
        assert_eq!(decode(b"<a/>", Some(" ascii ")).unwrap(), "<a/>");
        assert_eq!(decode(b"\xEF\xBB\xBF\xE9", None), None);
        assert_eq!(decode(b"\xFE\xFF\0", None), None);
        assert_eq!(decode(b"\xFE\xFF\xD8\x00", None), None);
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='nonsense'?><a/>", None),
            None
        );
    }

    #[test]
    fn the_label_utf_16_is_ignored_for_a_document_in_8_bit_bytes() {
        for label in ["utf-16", "UTF-16", "utf-16le", "utf-16be"] {
            let text = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><a>\u{e9}</a>");
            for charset in [None, Some(label), Some("utf-16")] {
                assert_eq!(decode(text.as_bytes(), charset).unwrap(), text);
            }
        }
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='utf-16'?><a>\xE9</a>", None),
            None
        );
    }

    #[test]
    fn white_space_may_precede_the_declaration() {
        for space in ["\n", " \r\n\t "] {
            let unknown = format!("{space}<?xml version='1.0' encoding='nonsense'?><a/>");
            assert_eq!(decode(unknown.as_bytes(), None), None);
            let known = format!("{space}<?xml version='1.0' encoding='us-ascii'?><a>\u{e9}</a>");
            assert_eq!(decode(known.as_bytes(), None), None);
        }
    }

    #[test]
    fn only_a_declaration_names_an_encoding() {
        for start in [
            "<?xml-stylesheet encoding='nonsense'?>",
            "<?p encoding='nonsense'?>",
            "<?xml version='1.0' encoding?>",
            "<?xml version='1.0' ?>",
            "<?xml?>",
            "<a encoding='nonsense'?/>",
        ] {
            assert_eq!(decode(start.as_bytes(), None).unwrap(), start);
        }
    }

    #[test]
    fn an_unknown_charset_in_the_header_is_ignored() {
        assert_eq!(decode(b"<a/>", Some("nonsense")).unwrap(), "<a/>");
    }

    #[cfg(feature = "encoding")]
    #[test]
    fn the_header_comes_before_the_declaration() {
        let bytes = b"<?xml version='1.0' encoding='utf-8'?><a>\xE9</a>";
        assert!(
            decode(bytes, Some("iso-8859-1"))
                .unwrap()
                .contains("<a>\u{e9}</a>")
        );
        assert!(
            decode(bytes, Some("windows-1251"))
                .unwrap()
                .contains("<a>\u{439}</a>")
        );
        assert_eq!(decode(bytes, None), None);
    }

    #[cfg(feature = "encoding")]
    #[test]
    fn iso_8859_1_is_not_windows_1252() {
        for (charset, text) in [
            ("iso-8859-1", "<a>\u{e9}\u{92}</a>"),
            ("latin1", "<a>\u{e9}\u{92}</a>"),
            ("Windows-1252", "<a>\u{e9}\u{2019}</a>"),
            ("cp1252", "<a>\u{e9}\u{2019}</a>"),
        ] {
            assert_eq!(decode(b"<a>\xE9\x92</a>", Some(charset)).unwrap(), text);
        }
    }

    #[cfg(feature = "encoding")]
    #[test]
    fn the_declaration_is_read_in_any_encoding_that_contains_ascii() {
        for (label, byte, text) in [
            ("ISO-8859-1", &b"\xE9"[..], "\u{e9}"),
            ("koi8-r", b"\xC1", "\u{430}"),
            ("Shift_JIS", b"\x83\x5C", "\u{30bd}"),
            ("GB18030", b"\xC4\xE3", "\u{4f60}"),
            ("ISO-2022-JP", b"\x1B$B$\"\x1B(B", "\u{3042}"),
        ] {
            let head = format!("<?xml version=\"1.0\" encoding=\"{label}\" ?><a>");
            let bytes = [head.as_bytes(), byte, b"</a>"].concat();
            assert_eq!(decode(&bytes, None).unwrap(), format!("{head}{text}</a>"));
        }
    }

    #[cfg(not(feature = "encoding"))]
    #[test]
    fn other_encodings_need_the_feature() {
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='iso-8859-1'?><a/>", None),
            None
        );
    }
}
