//! Is the root element `error`? Answered at the first byte that settles it.
//!
//! The scanner skips what may stand before the root (white space, the XML declaration, processing
//! instructions, comments, a DOCTYPE) and compares the root's local name. It takes a body cut
//! anywhere, keeps a few bytes of state, and looks at each byte once. It is lenient where the
//! parser, which sees the whole document afterwards, is strict; what it lets go of could not have
//! been a denial.
//!
//! It works on the markup, which is ASCII, so one reading serves every encoding that has ASCII in
//! it, and UTF-16 by its code units. In some of these (`Shift_JIS`, GBK, Big5) the second byte of a
//! character may look like markup. No quote, no hyphen and no angle bracket is such a byte, so it
//! only matters in names. ISO-2022-JP writes whole words so, but says so with an escape, which no
//! other document has.

use super::units::{BEYOND_ASCII, Fed, Units};

/// What is known of the body so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// The root element has not been seen whole.
    Undecided,
    /// The root element is `error`, or these bytes cannot tell: the document is to be read.
    Candidate,
    /// It is no XML, or its root element is another.
    Other,
}

/// The scanner. See the module.
#[derive(Debug)]
pub(crate) struct Scanner {
    units: Units,
    state: State,
    /// A comment, an instruction or a literal stands in the internal subset.
    in_subset: bool,
    /// The quote that ends the literal.
    quote: u8,
    /// How much of `error` the root's name has matched, since its start or its colon.
    matched: usize,
    /// The root's name has had its colon.
    prefixed: bool,
}

/// Flat and small, since it is asked for each byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between the pieces of the prolog.
    Prolog,
    /// After `<`.
    Open,
    /// After `<!`.
    Bang,
    /// After `<!-`.
    BangHyphen,
    Comment,
    /// In a comment, after a hyphen.
    CommentHyphen,
    /// In a comment, after two.
    CommentHyphens,
    /// In a processing instruction or the XML declaration.
    Instruction,
    /// There, after `?`.
    InstructionMark,
    /// In `<!DOCTYPE`, outside of its internal subset.
    Doctype,
    /// There, after what may be the first byte of a character.
    DoctypeLead,
    /// In the internal subset, between declarations.
    Subset,
    /// After `<` there.
    SubsetOpen,
    /// After `<!` there.
    SubsetBang,
    /// In a declaration there.
    Declaration,
    /// In a literal of the DOCTYPE, or of a declaration in its subset.
    Literal,
    /// In the root's name, which matches so far.
    Root,
    /// In the root's name, which does not match, but may still be a prefix (`errand:error`).
    Prefix,
    /// There, after what may be the first byte of a character.
    PrefixLead,
    Candidate,
    Other,
}

const ROOT: &[u8] = b"error";

/// No character of a document (XML 1.0, production 2); in ISO-2022-JP, a change of character set.
const ESCAPE: u8 = 0x1B;

impl Scanner {
    pub(crate) fn new() -> Self {
        Self {
            units: Units::new(),
            state: State::Prolog,
            in_subset: false,
            quote: 0,
            matched: 0,
            prefixed: false,
        }
    }

    /// Takes the next bytes of the body.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Scan {
        while self.units != Units::Bytes
            && self.settled() == Scan::Undecided
            && let Some((&byte, rest)) = bytes.split_first()
        {
            match self.units.feed(byte) {
                Fed::Nothing => {}
                Fed::One(unit) => self.read(&[unit]),
                Fed::Two(first, second) => self.read(&[first, second]),
            }
            bytes = rest;
        }
        self.read(bytes);
        self.settled()
    }

    /// Reads units until it is settled.
    fn read(&mut self, mut units: &[u8]) {
        loop {
            let passed_over = match self.state {
                State::Candidate | State::Other => return,
                State::Comment => until(b'-', units),
                State::Instruction => until(b'?', units),
                State::Literal => until(self.quote, units),
                State::Prefix => {
                    let end = units.iter().position(|&unit| !is_name_unit(unit));
                    end.unwrap_or(units.len())
                }
                _ => 0,
            };
            let Some((&unit, rest)) = units[passed_over..].split_first() else {
                return;
            };
            self.unit(unit);
            units = rest;
        }
    }

    /// What is known of what was fed.
    #[inline]
    pub(crate) fn settled(&self) -> Scan {
        match self.state {
            State::Candidate => Scan::Candidate,
            State::Other => Scan::Other,
            _ => Scan::Undecided,
        }
    }

    #[inline]
    fn unit(&mut self, unit: u8) {
        // The rest of a literal, a comment, an instruction or a declaration is not interpreted.
        self.state = match self.state {
            settled @ (State::Candidate | State::Other) => settled,
            _ if unit == ESCAPE => State::Candidate,

            State::Prolog => match unit {
                b'<' => State::Open,
                b' ' | b'\t' | b'\r' | b'\n' => State::Prolog,
                _ => State::Other,
            },
            State::Open => match unit {
                b'!' => State::Bang,
                b'?' => State::Instruction,
                // No name starts with it, and after it the rest would be taken for the local part.
                b':' => State::Other,
                _ => self.name(unit),
            },
            State::Bang => match unit {
                b'-' => State::BangHyphen,
                b'D' => State::Doctype,
                _ => State::Other,
            },

            State::BangHyphen => match unit {
                b'-' => State::Comment,
                _ => State::Other,
            },
            State::Comment => match unit {
                b'-' => State::CommentHyphen,
                _ => State::Comment,
            },
            State::CommentHyphen => match unit {
                b'-' => State::CommentHyphens,
                _ => State::Comment,
            },
            // XML 1.0, section 2.5: no comment has `--` in it.
            State::CommentHyphens => match unit {
                b'>' => self.between(),
                _ => State::Other,
            },

            State::Instruction => match unit {
                b'?' => State::InstructionMark,
                _ => State::Instruction,
            },
            State::InstructionMark => match unit {
                b'>' => self.between(),
                b'?' => State::InstructionMark,
                _ => State::Instruction,
            },

            // The internal subset, or the rest of a name.
            State::DoctypeLead if unit == b'[' => State::Candidate,
            State::Doctype | State::DoctypeLead => match unit {
                b'"' | b'\'' => self.literal(unit),
                b'[' => {
                    self.in_subset = true;
                    State::Subset
                }
                b'>' => State::Prolog,
                b'<' => State::Other,
                BEYOND_ASCII.. => State::DoctypeLead,
                _ => State::Doctype,
            },
            State::Subset => match unit {
                b'<' => State::SubsetOpen,
                b']' => {
                    self.in_subset = false;
                    State::Doctype
                }
                _ => State::Subset,
            },
            State::SubsetOpen => match unit {
                b'!' => State::SubsetBang,
                b'?' => State::Instruction,
                _ => State::Other,
            },
            State::SubsetBang => match unit {
                b'-' => State::BangHyphen,
                b'>' | b'<' => State::Other,
                _ => State::Declaration,
            },
            State::Declaration => match unit {
                b'"' | b'\'' => self.literal(unit),
                b'>' => State::Subset,
                _ => State::Declaration,
            },
            State::Literal if unit != self.quote => State::Literal,
            State::Literal if self.in_subset => State::Declaration,
            State::Literal => State::Doctype,

            State::Root => self.name(unit),
            State::PrefixLead if is_second_byte(unit) => State::Prefix,
            State::Prefix | State::PrefixLead => self.prefix(unit),
        };
    }

    /// Where a comment or an instruction ends.
    fn between(&self) -> State {
        if self.in_subset {
            State::Subset
        } else {
            State::Prolog
        }
    }

    fn literal(&mut self, quote: u8) -> State {
        self.quote = quote;
        State::Literal
    }

    /// The next unit of a name that matches so far.
    fn name(&mut self, unit: u8) -> State {
        match ROOT.get(self.matched) {
            Some(&expected) if unit == expected => {
                self.matched += 1;
                State::Root
            }
            None if matches!(unit, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n') => State::Candidate,
            _ if self.prefixed => State::Other,
            _ => self.prefix(unit),
        }
    }

    /// The next unit of a name that is no more than a prefix.
    fn prefix(&mut self, unit: u8) -> State {
        match unit {
            b':' => {
                self.prefixed = true;
                self.matched = 0;
                State::Root
            }
            BEYOND_ASCII.. => State::PrefixLead,
            _ if is_name_unit(unit) => State::Prefix,
            _ => State::Other,
        }
    }
}

/// How many of these units stand before the one that ends what they are in, or before an escape.
fn until(end: u8, units: &[u8]) -> usize {
    memchr::memchr2(end, ESCAPE, units).unwrap_or(units.len())
}

/// Whether a unit of ASCII can be in a name (XML 1.0, section 2.3).
fn is_name_unit(unit: u8) -> bool {
    unit.is_ascii_alphanumeric() || matches!(unit, b'_' | b'-' | b'.')
}

/// Whether this can be the second byte of a character and, by itself, no unit of a name (Encoding
/// Standard, sections 10, 11 and 12).
fn is_second_byte(unit: u8) -> bool {
    matches!(unit, b'@' | b'['..=b'^' | b'`' | b'{'..=b'~')
}

#[cfg(test)]
mod tests {
    use super::{super::encoding::tests::utf16_bytes, *};

    /// Feeds byte by byte, and says after how many bytes it was settled.
    fn settled(body: &[u8]) -> (Scan, usize) {
        let mut scanner = Scanner::new();
        for (at, byte) in body.iter().enumerate() {
            let scan = scanner.feed(std::slice::from_ref(byte));
            if scan != Scan::Undecided {
                assert_eq!(Scanner::new().feed(body), scan, "whole and by bytes");
                return (scan, at + 1);
            }
        }
        assert_eq!(
            Scanner::new().feed(body),
            Scan::Undecided,
            "whole and by bytes"
        );
        (Scan::Undecided, body.len())
    }

    const ROOTS: &[&str] = &[
        "<error>",
        "<error/",
        "<error ",
        "<error\n",
        " \r\n\t<error>",
        "<?xml version=\"1.0\"?><error>",
        "<?a?><?b ? > ??><error>",
        "<!-- a - > <contacts> --><error>",
        "<!----><error>",
        "<!DOCTYPE error><error>",
        "<!DOCTYPE error SYSTEM \"a>b'[\"><error>",
        "<!DOCTYPE error PUBLIC 'a\">' \"b\" [ ] ><error>",
        "<!DOCTYPE error [<!ELEMENT error ANY><!-- don't ]> --><?p ]> \"?>\
         <!ENTITY a \"]>'\">%pe;]><error>",
        "<o:error>",
        "<errand:error>",
        "<caf\u{e9}:error>",
        "<error:error>",
    ];

    #[test]
    fn an_error_root_is_known_at_the_end_of_its_name() {
        for root in ROOTS {
            assert_eq!(
                settled(root.as_bytes()),
                (Scan::Candidate, root.len()),
                "{root}"
            );
        }
    }

    #[test]
    fn the_same_in_utf_16_and_with_marks() {
        for root in ROOTS {
            let marked = [b"\xEF\xBB\xBF", root.as_bytes()].concat();
            assert_eq!(settled(&marked), (Scan::Candidate, marked.len()), "{root}");
            for big in [true, false] {
                let bare = utf16_bytes(root, big);
                assert_eq!(settled(&bare), (Scan::Candidate, bare.len()), "{root}");
                let marked = utf16_bytes(&format!("\u{feff}{root}"), big);
                assert_eq!(settled(&marked), (Scan::Candidate, marked.len()), "{root}");
            }
        }
    }

    #[test]
    fn anything_else_is_let_go_at_the_first_byte_that_settles_it() {
        for (body, at) in [
            ("{\"a\":1}", 1),
            ("hello", 1),
            ("\u{e9}", 1),
            ("\0\0", 2),
            ("\t{", 2),
            ("<>", 2),
            ("</error>", 2),
            ("< error>", 2),
            ("<:error>", 2),
            ("<contacts><error>", 10),
            ("<errors>", 8),
            ("<erro>", 6),
            ("<Error>", 7),
            ("<o:errors>", 9),
            ("<o:contacts>", 4),
            ("<o:e:error>", 5),
            ("<o::error>", 4),
            ("<error:>", 8),
            ("<error=", 7),
            ("<con\"", 5),
            ("<!doctype html>", 3),
            ("<![CDATA[x]]>", 3),
            ("<!-x", 4),
            ("<!-- a -- b -->", 10),
            ("<!DOCTYPE error <error>", 17),
            ("<!DOCTYPE e [<error>", 15),
            ("<!DOCTYPE e [<!>", 16),
            ("<!DOCTYPE html><html>", 21),
            ("\u{feff}\u{feff}<error>", 4),
        ] {
            let at = at.min(body.len());
            assert_eq!(settled(body.as_bytes()), (Scan::Other, at), "{body:?}");
        }
        assert_eq!(settled(b"\xEFa"), (Scan::Other, 2));
        assert_eq!(settled(b"\xEF\xBBa"), (Scan::Other, 3));
        assert_eq!(settled(&utf16_bytes("<contacts>", true)), (Scan::Other, 20));
        assert_eq!(
            settled(&utf16_bytes("<\u{165}error>", true)),
            (Scan::Other, 16)
        );
    }

    #[test]
    fn a_second_byte_that_looks_like_markup_hides_nothing() {
        for body in [
            &b"<\x83[:error>"[..],
            b"<a\x83|\x83\x5c:error ",
            b"<!DOCTYPE \x83[",
            b"<!DOCTYPE error SYSTEM '\x83[' [ ]><error>",
            b"<!--\x83[\x83]--><error>",
            b"\x1b",
            b"<\x1b",
            b"<!-- \x1b",
            b"<?p \x1b",
            b"<!DOCTYPE \x1b",
            b"<!DOCTYPE e [<!ENTITY a '\x1b",
        ] {
            assert_eq!(settled(body), (Scan::Candidate, body.len()), "{body:?}");
        }
        for body in [
            &b"<\x83[>"[..],
            b"<\x83[[",
            b"<\x83=",
            b"<p:\x83",
            b"<!DOCTYPE \x83\x83 [<e",
        ] {
            assert_eq!(settled(body), (Scan::Other, body.len()), "{body:?}");
        }
        assert_eq!(Scanner::new().feed(b"{\x1b"), Scan::Other);
        assert_eq!(Scanner::new().feed(b"<>\x1b"), Scan::Other);
    }

    #[test]
    fn a_body_that_ends_before_its_root_is_undecided() {
        for body in [
            "",
            "<",
            "  ",
            "<?xml",
            "<!-- error",
            "<!DOCTYPE error [",
            "<error",
            "<o:error",
        ] {
            assert_eq!(
                settled(body.as_bytes()),
                (Scan::Undecided, body.len()),
                "{body}"
            );
        }
    }
}
