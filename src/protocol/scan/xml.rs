//! Decides from the first bytes of a body whether its root element has a given name.
//!
//! The scanner skips everything that may precede the root (white space, the XML declaration, processing
//! instructions and comments) and compares the root's local name. A DOCTYPE rules out a denial. The body may be
//! split anywhere: the scanner keeps a few bytes of state and reads each byte once. It is more lenient than the
//! parser of the whole document, and never rules out a denial.
//!
//! It reads only markup, which is ASCII. So the same code works for UTF-16, on its code units, and for every
//! encoding that contains ASCII. In some of these (`Shift_JIS`, GBK, Big5), the second byte of a character
//! may look like markup. It is never a hyphen or an angle bracket, so this matters only in names. ISO-2022-JP
//! encodes whole words as such bytes, but starts them with an escape character, which XML does not allow.

use quick_xml::parser::{CommentParser, Parser, PiParser};

use super::{
    state::Scan,
    units::{BEYOND_ASCII, Fed, Units},
};

/// The scanner. See the module documentation.
#[derive(Debug)]
pub(crate) struct XmlScanner {
    units: Units,
    state: State,
    root: &'static [u8],
    /// How much of the root's name has matched since its start or its colon.
    matched: usize,
    /// Whether a colon was read in the root's name.
    prefixed: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Between the parts of the prolog.
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
    /// In a name that matches the root's so far.
    Root,
    /// In a name that does not match, but may be a prefix (`errand:error`).
    Prefix,
    /// As `Prefix`, after a byte that may be the first one of a character.
    PrefixLead,
    Settled(Scan),
}

const CANDIDATE: State = State::Settled(Scan::Candidate);
const OTHER: State = State::Settled(Scan::Other);

/// Switches the character set in ISO-2022-JP. XML does not allow this character (XML 1.0, production 2).
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

    /// What the bytes so far decide.
    pub(super) fn settled(&self) -> Scan {
        match self.state {
            State::Settled(scan) => scan,
            _ => Scan::Undecided,
        }
    }

    /// Reads units until they decide.
    fn read(&mut self, mut units: &[u8]) {
        while !units.is_empty() {
            let end = match &mut self.state {
                State::Settled(_) => return,
                State::Comment(parser) => {
                    let end = parser.feed(units);
                    // After a chunk that ends in one hyphen, the parser may count two.
                    if let [.., before, last] = units {
                        *parser = match (before, last) {
                            (b'-', b'-') => CommentParser::Seen2,
                            (_, b'-') => CommentParser::Seen1,
                            _ => CommentParser::Seen0,
                        };
                    }
                    end
                }
                // Unlike the comment parser, this one returns the index of the `>`, not the one after it.
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

    /// Reads units of markup, and returns the rest.
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
                // No name starts with a colon. Otherwise the rest would be taken for the local name.
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

    /// The next unit of a name that can only be a prefix.
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

/// Whether an ASCII unit can be part of a name (XML 1.0, section 2.3).
fn is_name_unit(unit: u8) -> bool {
    unit.is_ascii_alphanumeric() || matches!(unit, b'_' | b'-' | b'.')
}

/// Whether this unit can be the second byte of a character (Encoding Standard, sections 10, 11 and 12), but
/// not part of a name on its own.
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

    /// Feeds the body byte by byte, and counts the bytes until they decide.
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
    fn an_error_root_is_recognised_at_the_end_of_its_name() {
        for root in ROOTS {
            assert_eq!(
                settled(root.as_bytes()),
                (Scan::Candidate, root.len()),
                "{root}"
            );
        }
    }

    #[test]
    fn a_body_may_be_split_anywhere() {
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
    fn an_error_root_is_recognised_in_utf_16_and_after_a_byte_order_mark() {
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
    fn anything_else_is_passed_on_as_soon_as_its_first_bytes_rule_out_a_denial() {
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
            ("<!---><error>--><a>", 19),
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

    /// The end of a comment may be hidden after the escape, so the whole body is read.
    #[test]
    fn an_escape_anywhere_before_the_root_makes_a_candidate() {
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
    fn a_protocol_may_look_for_any_root() {
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
