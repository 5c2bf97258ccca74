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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between the pieces of the prolog.
    Prolog,
    /// After `<`.
    Open,
    /// After `<!`.
    Bang,
    /// After `<!-`.
    BangDash {
        subset: bool,
    },
    /// In a comment, after this many hyphens in a row (2 at most).
    Comment {
        subset: bool,
        hyphens: u8,
    },
    /// In a processing instruction or the XML declaration, after a `?` or not.
    Instruction {
        subset: bool,
        question: bool,
    },
    /// In `<!DOCTYPE`, outside of its internal subset, after what may be the first byte of a
    /// character or not.
    Doctype {
        lead: bool,
    },
    /// In the internal subset, between declarations.
    Subset,
    /// After `<` there.
    SubsetOpen,
    /// After `<!` there.
    SubsetBang,
    /// In a declaration there.
    Declaration,
    /// In a literal of the DOCTYPE, or of a declaration in its subset.
    Literal {
        subset: bool,
        quote: u8,
    },
    /// In the root's name, with so many characters of `error` matched since its start or colon,
    /// after what may be the first byte of a character or not.
    Root {
        matched: Match,
        prefixed: bool,
        lead: bool,
    },
    Done(Scan),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    So(u8),
    No,
}

const ROOT: &[u8] = b"error";

/// No character of a document (XML 1.0, production 2); in ISO-2022-JP, a change of character set.
const ESCAPE: u8 = 0x1B;

impl Scanner {
    pub(crate) fn new() -> Self {
        Self {
            units: Units::new(),
            state: State::Prolog,
        }
    }

    /// Takes the next bytes of the body.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Scan {
        for &byte in bytes {
            if let State::Done(scan) = self.state {
                return scan;
            }
            self.byte(byte);
        }
        match self.state {
            State::Done(scan) => scan,
            _ => Scan::Undecided,
        }
    }

    fn byte(&mut self, byte: u8) {
        match self.units.feed(byte) {
            Fed::Nothing => {}
            Fed::One(unit) => self.unit(unit),
            Fed::Two(first, second) => {
                self.unit(first);
                self.unit(second);
            }
        }
    }

    #[expect(
        clippy::match_same_arms,
        reason = "the arms stand by state, as a transition table does"
    )]
    fn unit(&mut self, unit: u8) {
        const OTHER: State = State::Done(Scan::Other);
        // The rest of a literal, a comment or an instruction is not interpreted, so an arm that
        // names no unit stays where it is.
        self.state = match (self.state, unit) {
            (state @ State::Done(_), _) => state,
            (_, ESCAPE) => State::Done(Scan::Candidate),

            (State::Prolog, b' ' | b'\t' | b'\r' | b'\n') => State::Prolog,
            (State::Prolog, b'<') => State::Open,
            (State::Prolog, _) => OTHER,

            (State::Open, b'!') => State::Bang,
            (State::Open, b'?') => State::Instruction {
                subset: false,
                question: false,
            },
            // No name starts with these, and a misfit may still be a prefix.
            (State::Open, b':' | b'/' | b'>' | b' ' | b'\t' | b'\r' | b'\n') => OTHER,
            (State::Open, _) => root(
                State::Root {
                    matched: Match::So(0),
                    prefixed: false,
                    lead: false,
                },
                unit,
            ),
            (state @ State::Root { .. }, _) => root(state, unit),

            (State::Bang, b'-') => State::BangDash { subset: false },
            (State::Bang, b'D') => State::Doctype { lead: false },
            (State::Bang, _) => OTHER,
            (State::BangDash { subset }, b'-') => State::Comment { subset, hyphens: 0 },
            (State::BangDash { .. }, _) => OTHER,

            (State::Comment { subset, hyphens: 2 }, b'>') => between(subset),
            // XML 1.0, section 2.5: no comment has `--` in it.
            (State::Comment { hyphens: 2, .. }, _) => OTHER,
            (State::Comment { subset, hyphens }, b'-') => State::Comment {
                subset,
                hyphens: hyphens + 1,
            },
            (State::Comment { subset, .. }, _) => State::Comment { subset, hyphens: 0 },

            (
                State::Instruction {
                    subset,
                    question: true,
                },
                b'>',
            ) => between(subset),
            (State::Instruction { subset, .. }, _) => State::Instruction {
                subset,
                question: unit == b'?',
            },

            (State::Doctype { .. }, b'"' | b'\'') => State::Literal {
                subset: false,
                quote: unit,
            },
            // The internal subset, or the rest of a name.
            (State::Doctype { lead: true }, b'[') => State::Done(Scan::Candidate),
            (State::Doctype { .. }, b'[') => State::Subset,
            (State::Doctype { .. }, b'>') => State::Prolog,
            (State::Doctype { .. }, b'<') => OTHER,
            (State::Doctype { .. }, _) => State::Doctype {
                lead: unit >= BEYOND_ASCII,
            },

            (State::Subset, b'<') => State::SubsetOpen,
            (State::Subset, b']') => State::Doctype { lead: false },
            (State::SubsetOpen, b'!') => State::SubsetBang,
            (State::SubsetOpen, b'?') => State::Instruction {
                subset: true,
                question: false,
            },
            (State::SubsetOpen, _) => OTHER,
            (State::SubsetBang, b'-') => State::BangDash { subset: true },
            (State::SubsetBang, b'>' | b'<') => OTHER,
            (State::SubsetBang, _) => State::Declaration,
            (State::Declaration, b'"' | b'\'') => State::Literal {
                subset: true,
                quote: unit,
            },
            (State::Declaration, b'>') => State::Subset,
            (
                State::Literal {
                    subset: true,
                    quote,
                },
                _,
            ) if unit == quote => State::Declaration,
            (
                State::Literal {
                    subset: false,
                    quote,
                },
                _,
            ) if unit == quote => State::Doctype { lead: false },

            (state @ (State::Subset | State::Declaration | State::Literal { .. }), _) => state,
        };
    }
}

/// Where a comment or an instruction ends.
fn between(subset: bool) -> State {
    if subset { State::Subset } else { State::Prolog }
}

/// The next unit of the root's name. A name that does not match may still be a prefix
/// (`errand:error`), until a colon was seen.
fn root(state: State, unit: u8) -> State {
    let State::Root {
        matched,
        prefixed,
        lead,
    } = state
    else {
        return state;
    };
    let matched = match (unit, matched) {
        (b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n', Match::So(5)) => {
            return State::Done(Scan::Candidate);
        }
        (b':', _) if !prefixed => {
            return State::Root {
                matched: Match::So(0),
                prefixed: true,
                lead: false,
            };
        }
        (_, Match::So(so)) if ROOT.get(usize::from(so)) == Some(&unit) => Match::So(so + 1),
        _ => Match::No,
    };
    let in_name = is_name_unit(unit) || (lead && is_second_byte(unit));
    if matched == Match::No && (prefixed || !in_name) {
        State::Done(Scan::Other)
    } else {
        State::Root {
            matched,
            prefixed,
            lead: unit >= BEYOND_ASCII,
        }
    }
}

/// Whether a unit can be in a name (XML 1.0, section 2.3), as far as ASCII tells.
fn is_name_unit(unit: u8) -> bool {
    unit >= BEYOND_ASCII || unit.is_ascii_alphanumeric() || matches!(unit, b'_' | b'-' | b'.')
}

/// Whether this can be the second byte of a character and, by itself, no unit of a name (Encoding
/// Standard, sections 10, 11 and 12).
fn is_second_byte(unit: u8) -> bool {
    matches!(unit, b'@' | b'['..=b'^' | b'`' | b'{'..=b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn utf16(text: &str, big: bool) -> Vec<u8> {
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
                let bare = utf16(root, big);
                assert_eq!(settled(&bare), (Scan::Candidate, bare.len()), "{root}");
                let marked = utf16(&format!("\u{feff}{root}"), big);
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
        assert_eq!(settled(&utf16("<contacts>", true)), (Scan::Other, 20));
        assert_eq!(settled(&utf16("<\u{165}error>", true)), (Scan::Other, 16));
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
