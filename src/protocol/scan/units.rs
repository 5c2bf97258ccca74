//! Splits bytes into code units, before the encoding is known (XML 1.0, appendix F).
//!
//! A document starts with a byte-order mark, `<` or white space. A zero byte next to `<` or white space means
//! UTF-16. In every other supported encoding, a byte is a unit.

/// Finds the units of a body, byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Units {
    /// No byte was read.
    Start,
    /// One byte was read: part of a byte-order mark, half of a UTF-16 unit, or a character.
    One(u8),
    /// Two bytes of the UTF-8 byte-order mark were read.
    Utf8Mark,
    Bytes,
    Utf16 {
        big: bool,
        half: Option<u8>,
    },
}

/// What a byte completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fed {
    Nothing,
    One(u8),
    Two(u8, u8),
}

/// Stands for any UTF-16 unit beyond ASCII. Names may contain them, markup does not.
pub(super) const BEYOND_ASCII: u8 = 0x80;

impl Units {
    pub(super) fn new() -> Self {
        Self::Start
    }

    pub(super) fn feed(&mut self, byte: u8) -> Fed {
        let (units, fed) = match (*self, byte) {
            (Self::Bytes, _) => return Fed::One(byte),

            // The first bytes of byte-order marks and of UTF-16 units.
            (Self::Start, 0xEF | 0xFE | 0xFF | 0 | b'<' | b' ' | b'\t' | b'\r' | b'\n') => {
                (Self::One(byte), Fed::Nothing)
            }
            (Self::Start, _) => (Self::Bytes, Fed::One(byte)),

            (Self::One(0xEF), 0xBB) => (Self::Utf8Mark, Fed::Nothing),
            (Self::One(0xFE), 0xFF) => (Self::utf16(true), Fed::Nothing),
            (Self::One(0xFF), 0xFE) => (Self::utf16(false), Fed::Nothing),
            (Self::One(0), _) => (Self::utf16(true), Fed::One(byte)),
            (Self::One(first), 0) => (Self::utf16(false), Fed::One(first)),
            (Self::One(first), _) => (Self::Bytes, Fed::Two(first, byte)),

            (Self::Utf8Mark, 0xBF) => (Self::Bytes, Fed::Nothing),
            (Self::Utf8Mark, _) => (Self::Bytes, Fed::Two(0xEF, byte)),

            (Self::Utf16 { big, half: None }, _) => {
                let half = Some(byte);
                (Self::Utf16 { big, half }, Fed::Nothing)
            }
            (
                Self::Utf16 {
                    big,
                    half: Some(first),
                },
                _,
            ) => {
                let (high, low) = if big { (first, byte) } else { (byte, first) };
                let unit = if high == 0 { low } else { BEYOND_ASCII };
                (Self::utf16(big), Fed::One(unit.min(BEYOND_ASCII)))
            }
        };
        *self = units;
        fed
    }

    fn utf16(big: bool) -> Self {
        Self::Utf16 { big, half: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(body: &[u8]) -> Vec<u8> {
        let mut units = Units::new();
        let mut read = Vec::new();
        for &byte in body {
            match units.feed(byte) {
                Fed::Nothing => {}
                Fed::One(unit) => read.push(unit),
                Fed::Two(first, second) => read.extend([first, second]),
            }
        }
        read
    }

    #[test]
    fn a_byte_order_mark_is_removed() {
        for (body, read) in [
            (&b"\xEF\xBB\xBF<a\xE9"[..], b"<a\xE9"),
            (b"\xFE\xFF\0<\0a\0\xE9", b"<a\x80"),
            (b"\xFF\xFE<\0a\0\xE9\0", b"<a\x80"),
        ] {
            assert_eq!(units(body), read, "{body:?}");
        }
    }

    #[test]
    fn utf_16_is_recognised_by_its_first_zero() {
        for (body, read) in [
            (&b"\0<\0a"[..], &b"<a"[..]),
            (b"<\0a\0", b"<a"),
            (b"\n\0<\0a", b"\n<"),
            (b"\0<\x01<\0>", b"<\x80>"),
            (b"<\0<\x01>\0", b"<\x80>"),
        ] {
            assert_eq!(units(body), read, "{body:?}");
        }
    }

    #[test]
    fn in_any_other_encoding_a_byte_is_a_unit() {
        for body in [&b"<a\xE9\x83["[..], b"  <a", b"{}", b"\x1b", b"<\xFF\xFE"] {
            assert_eq!(units(body), body, "{body:?}");
        }
    }

    #[test]
    fn an_incomplete_byte_order_mark_is_not_removed() {
        for body in [
            &b"\xEFa"[..],
            b"\xEF\xBBa",
            b"\xFEa",
            b"\xFF<",
            b"\xFF\xFF",
            b"\xFE\xFE",
        ] {
            assert!(units(body)[0] >= BEYOND_ASCII, "{body:?}");
        }
    }
}
