//! Does the root element have this name? Answered at the first byte that settles it.
//!
//! The scanner skips what may stand before the root (white space, the XML declaration, processing
//! instructions and comments) and compares the root's local name. A DOCTYPE rules the document out. It
//! takes a body cut anywhere, keeps a few bytes of state, and looks at each byte once. It is lenient
//! where the reader of the whole document is strict; what it rules out could not have been a denial.
//!
//! It works on the markup, which is ASCII, so one reading serves every encoding that has ASCII in it, and
//! UTF-16 by its code units. In some of these (`Shift_JIS`, GBK, Big5) the second byte of a character may
//! look like markup. No hyphen and no angle bracket is such a byte, so it only matters in names.
//! ISO-2022-JP writes whole words so, but says so with an escape, which no other document has.

use quick_xml::parser::{CommentParser, Parser, PiParser};

use super::{
    state::Scan,
    units::{BEYOND_ASCII, Fed, Units},
};

/// The scanner. See the module.
#[derive(Debug)]
pub(crate) struct XmlScanner {
    units: Units,
    state: State,
    root: &'static [u8],
    /// How much of the root's name has matched, since its start or its colon.
    matched: usize,
    /// The root's name has had its colon.
    prefixed: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Between the pieces of the prolog.
    Prolog,
    /// After `<`.
    Open,
    /// After `<!`.
    Bang,
    /// After `<!-`.
    BangHyphen,
    Comment(CommentParser),
    /// In a processing instruction or the XML declaration.
    Instruction(PiParser),
    /// In the root's name, which matches so far.
    Root,
    /// In the root's name, which does not match, but may still be a prefix (`errand:error`).
    Prefix,
    /// There, after what may be the first byte of a character.
    PrefixLead,
    Settled(Scan),
}

const CANDIDATE: State = State::Settled(Scan::Candidate);
const OTHER: State = State::Settled(Scan::Other);

/// No character of a document (XML 1.0, production 2); in ISO-2022-JP, a change of character set.
const ESCAPE: u8 = 0x1B;

impl XmlScanner {
    pub(super) fn new(root: &'static str) -> Self {
        Self {
            units: Units::new(),
            state: State::Prolog,
            root: root.as_bytes(),
            matched: 0,
            prefixed: false,
        }
    }

    /// Takes the next bytes of the body.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
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
    }

    /// What is known of what was fed.
    pub(super) fn settled(&self) -> Scan {
        match self.state {
            State::Settled(scan) => scan,
            _ => Scan::Undecided,
        }
    }

    /// Reads units until it is settled.
    fn read(&mut self, mut units: &[u8]) {
        while !units.is_empty() {
            let end = match &mut self.state {
                State::Settled(_) => return,
                State::Comment(parser) => {
                    let end = parser.feed(units);
                    // After a chunk that ends in one hyphen it may take it for two.
                    if let [.., before, last] = units {
                        *parser = match (before, last) {
                            (b'-', b'-') => CommentParser::Seen2,
                            (_, b'-') => CommentParser::Seen1,
                            _ => CommentParser::Seen0,
                        };
                    }
                    end
                }
                // This one gives where the `>` is, and not what comes after it.
                State::Instruction(parser) => parser.feed(units).map(|at| at + 1),
                _ => {
                    units = self.markup(units);
                    continue;
                }
            };
            let (passed, rest) = units.split_at(end.unwrap_or(units.len()));
            if memchr::memchr(ESCAPE, passed).is_some() {
                self.state = CANDIDATE;
            } else if end.is_some() {
                self.state = State::Prolog;
            }
            units = rest;
        }
    }

    /// Reads units of markup, and returns those that come after it.
    fn markup<'a>(&mut self, units: &'a [u8]) -> &'a [u8] {
        for (at, &unit) in units.iter().enumerate() {
            self.state = self.next(unit);
            if let State::Comment(_) | State::Instruction(_) | State::Settled(_) = self.state {
                return &units[at + 1..];
            }
        }
        &[]
    }

    /// The state after a unit of markup.
    fn next(&mut self, unit: u8) -> State {
        match self.state {
            _ if unit == ESCAPE => CANDIDATE,

            State::Prolog => match unit {
                b'<' => State::Open,
                b' ' | b'\t' | b'\r' | b'\n' => State::Prolog,
                _ => OTHER,
            },
            State::Open => match unit {
                b'!' => State::Bang,
                b'?' => State::Instruction(PiParser::default()),
                // No name starts with it, and after it the rest would be taken for the local part.
                b':' => OTHER,
                _ => self.name(unit),
            },
            State::Bang if unit == b'-' => State::BangHyphen,
            State::BangHyphen if unit == b'-' => State::Comment(CommentParser::default()),
            State::Bang | State::BangHyphen => OTHER,

            State::Root => self.name(unit),
            State::PrefixLead if is_second_byte(unit) => State::Prefix,
            State::Prefix | State::PrefixLead => self.prefix(unit),

            passed @ (State::Comment(_) | State::Instruction(_) | State::Settled(_)) => passed,
        }
    }

    /// The next unit of a name that matches so far.
    fn name(&mut self, unit: u8) -> State {
        match self.root.get(self.matched) {
            Some(&expected) if unit == expected => {
                self.matched += 1;
                State::Root
            }
            None if matches!(unit, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n') => CANDIDATE,
            _ if self.prefixed => OTHER,
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
            _ => OTHER,
        }
    }
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
    use super::*;
    use crate::protocol::encoding::tests::utf16_bytes;

    fn whole(body: &[u8]) -> Scan {
        let mut scanner = XmlScanner::new("error");
        scanner.feed(body);
        scanner.settled()
    }

    /// Feeds byte by byte, and says after how many bytes it was settled.
    fn settled(body: &[u8]) -> (Scan, usize) {
        let mut scanner = XmlScanner::new("error");
        for (at, byte) in body.iter().enumerate() {
            scanner.feed(std::slice::from_ref(byte));
            let scan = scanner.settled();
            if scan != Scan::Undecided {
                assert_eq!(whole(body), scan, "whole and by bytes");
                return (scan, at + 1);
            }
        }
        assert_eq!(whole(body), Scan::Undecided, "whole and by bytes");
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
        "<!-- a -- b ---><?x - -->?><error>",
        "\n<?xml version=\"1.0\"?><error>",
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
    fn a_body_may_be_cut_anywhere() {
        for root in ROOTS
            .iter()
            .chain(&["<!-- -x-> --><error>", "<?x-?--><?y ?x?>?><error>"])
        {
            let body = root.as_bytes();
            for first in 0..=body.len() {
                for second in first..=body.len() {
                    let mut scanner = XmlScanner::new("error");
                    for part in [&body[..first], &body[first..second], &body[second..]] {
                        scanner.feed(part);
                    }
                    assert_eq!(scanner.settled(), whole(body), "{root}: {first}, {second}");
                }
            }
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
            ("<!DOCTYPE error><error>", 3),
            ("<!doctype error><error>", 3),
            ("<!-- <error> --><!DOCTYPE error>", 19),
            ("<!--><error>--><a>", 18),
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
            b"<!--\x83[\x83]--><error>",
            b"\x1b",
            b"<\x1b",
            b"<!-- \x1b",
            b"<?p \x1b",
        ] {
            assert_eq!(settled(body), (Scan::Candidate, body.len()), "{body:?}");
        }
        for body in [&b"<\x83[>"[..], b"<\x83[[", b"<\x83=", b"<p:\x83"] {
            assert_eq!(settled(body), (Scan::Other, body.len()), "{body:?}");
        }
        assert_eq!(whole(b"{\x1b"), Scan::Other);
        assert_eq!(whole(b"<>\x1b"), Scan::Other);
    }

    /// What follows the change may hide the end of the comment, so that the whole is read.
    #[test]
    fn a_change_of_character_set_makes_a_candidate_wherever_it_stands_before_the_root() {
        for body in [
            "<!-- \x1b -->",
            "<?p \x1b?>",
            "<!-- \x1b --><other>",
            "<?p?><e\x1b",
        ] {
            assert_eq!(whole(body.as_bytes()), Scan::Candidate, "{body:?}");
        }
        assert_eq!(whole(b"<!-- --><other>\x1b"), Scan::Other);
    }

    #[test]
    fn any_name_may_be_that_of_the_root() {
        for (root, body) in [
            ("e", "<e>"),
            ("Fault", "<s:Fault "),
            ("fault-detail", "<fault-detail/"),
        ] {
            let mut scanner = XmlScanner::new(root);
            scanner.feed(body.as_bytes());
            assert_eq!(scanner.settled(), Scan::Candidate, "{body}");
        }
    }

    #[test]
    fn a_body_that_ends_before_its_root_is_undecided() {
        for body in [
            "",
            "<",
            "  ",
            "<?xml",
            "<!-- error",
            "<!-",
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
