//! Bytes to text.
//!
//! The encoding is that of the byte-order mark, else the `charset` of Content-Type, else the XML
//! declaration, else UTF-8. UTF-16 without a mark is told by its zero bytes (XML 1.0, appendix F).
//! A label that names no known encoding is passed over in Content-Type, where it says nothing of
//! the document, and is an error in the declaration, as XML 1.0, section 4.3.3, has it.

use std::borrow::Cow;

use super::grammar;

/// The text of a document without its mark, or `None` if it is in no encoding that can be read, or
/// has bytes that its encoding does not allow.
pub(crate) fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Option<Cow<'a, str>> {
    match bytes {
        [0xEF, 0xBB, 0xBF, text @ ..] => return utf8(text),
        [0xFE, 0xFF, text @ ..] => return utf16(text, u16::from_be_bytes),
        [0xFF, 0xFE, text @ ..] => return utf16(text, u16::from_le_bytes),
        _ => {}
    }
    match charset.and_then(Charset::named) {
        Some(Charset::Utf16) | None => {}
        Some(Charset::Utf8) => return utf8(bytes),
        #[cfg(feature = "encoding")]
        Some(Charset::Other(encoding)) => return other(bytes, encoding),
    }
    match bytes {
        [0, _, ..] => return utf16(bytes, u16::from_be_bytes),
        [_, 0, ..] => return utf16(bytes, u16::from_le_bytes),
        _ => {}
    }
    match declared(bytes).map(Charset::named) {
        None | Some(Some(Charset::Utf8)) => utf8(bytes),
        #[cfg(feature = "encoding")]
        Some(Some(Charset::Other(encoding))) => other(bytes, encoding),
        // A declaration that could be read as ASCII is not in UTF-16.
        Some(Some(Charset::Utf16) | None) => None,
    }
}

enum Charset {
    Utf8,
    Utf16,
    #[cfg(feature = "encoding")]
    Other(&'static encoding_rs::Encoding),
}

impl Charset {
    #[cfg(feature = "encoding")]
    fn named(label: &str) -> Option<Self> {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
        Some(if encoding == encoding_rs::UTF_8 {
            Self::Utf8
        } else if encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE {
            Self::Utf16
        } else {
            Self::Other(encoding)
        })
    }

    #[cfg(not(feature = "encoding"))]
    fn named(label: &str) -> Option<Self> {
        let is = |names: &[&str]| {
            names
                .iter()
                .any(|name| label.trim().eq_ignore_ascii_case(name))
        };
        if is(&["utf-8", "utf8", "us-ascii", "ascii"]) {
            Some(Self::Utf8)
        } else if is(&["utf-16", "utf-16le", "utf-16be"]) {
            Some(Self::Utf16)
        } else {
            None
        }
    }
}

/// The encoding that the XML declaration names. The declaration is ASCII in every encoding that
/// this is asked for.
fn declared(bytes: &[u8]) -> Option<&str> {
    let end = bytes.windows(2).position(|pair| pair == b"?>")? + 2;
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    grammar::declaration(text)?.encoding
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

#[cfg(feature = "encoding")]
fn other<'a>(bytes: &'a [u8], encoding: &'static encoding_rs::Encoding) -> Option<Cow<'a, str>> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, big: bool) -> Vec<u8> {
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
    fn a_mark_comes_first_and_is_left_out() {
        let text = "<?xml version='1.0' encoding='iso-8859-1'?><a>\u{e9}</a>";
        let marked = format!("\u{feff}{text}");
        let charset = Some("windows-1251");
        assert_eq!(decode(marked.as_bytes(), charset).unwrap(), text);
        assert_eq!(decode(&utf16_bytes(&marked, true), charset).unwrap(), text);
        assert_eq!(decode(&utf16_bytes(&marked, false), charset).unwrap(), text);
    }

    #[test]
    fn utf_16_without_a_mark_is_told_by_its_zero_bytes() {
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
    fn what_the_encoding_does_not_allow_is_no_text() {
        assert_eq!(decode(b"<a>\xE9</a>", None), None);
        assert_eq!(decode(b"\xEF\xBB\xBF\xE9", None), None);
        assert_eq!(decode(b"\xFE\xFF\0", None), None);
        assert_eq!(decode(b"\xFE\xFF\xD8\x00", None), None);
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='utf-16'?><a/>", None),
            None
        );
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='nonsense'?><a/>", None),
            None
        );
    }

    #[test]
    fn an_unknown_charset_in_the_header_is_passed_over() {
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
    fn the_declaration_is_read_in_any_encoding_with_ascii_in_it() {
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
    fn other_encodings_are_not_read_without_their_feature() {
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='iso-8859-1'?><a/>", None),
            None
        );
    }
}
