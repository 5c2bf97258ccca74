//! The pieces of the XML 1.0 grammar (fifth edition) of which a document is made.

use std::borrow::Cow;

/// Reads text from its start, one production at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(text)
    }

    pub(crate) fn is_at_end(self) -> bool {
        self.0.is_empty()
    }

    /// What has not been read.
    pub(crate) fn rest(self) -> &'a str {
        self.0
    }

    /// What stands before this place, which is where the next reading starts.
    pub(crate) fn take(&mut self, at: usize) -> Option<&'a str> {
        let (before, rest) = self.0.split_at_checked(at)?;
        self.0 = rest;
        Some(before)
    }

    /// `true` if the text starts with this, which is then read.
    pub(crate) fn eat(&mut self, literal: &str) -> bool {
        self.0
            .strip_prefix(literal)
            .map(|rest| self.0 = rest)
            .is_some()
    }

    pub(crate) fn require(&mut self, literal: &str) -> Option<()> {
        self.eat(literal).then_some(())
    }

    /// `S?`; `true` if there was any (production 3).
    pub(crate) fn space(&mut self) -> bool {
        let bytes = self.0.bytes();
        let spaces = bytes.take_while(|&b| is_space(char::from(b))).count();
        self.take(spaces).is_some_and(|spaces| !spaces.is_empty())
    }

    /// `S`.
    pub(crate) fn require_space(&mut self) -> Option<()> {
        self.space().then_some(())
    }

    /// `S? '=' S?` (production 25).
    pub(crate) fn equals(&mut self) -> Option<()> {
        self.space();
        self.require("=")?;
        self.space();
        Some(())
    }

    /// An `NCName` (Namespaces in XML 1.0, production 4).
    pub(crate) fn unprefixed(&mut self) -> Option<&'a str> {
        self.token().filter(|name| is_unprefixed(name))
    }

    /// A `QName` (Namespaces in XML 1.0, production 7): its prefix and its local part.
    pub(crate) fn qualified(&mut self) -> Option<(Option<&'a str>, &'a str)> {
        // Most names are letters and digits, and are read at a fraction of the cost.
        let rest = self.0.as_bytes();
        let end = rest.iter().position(|b| !b.is_ascii_alphanumeric());
        if let Some(end) = end
            && rest[0].is_ascii_alphabetic()
            && matches!(rest[end], b'>' | b'/' | b' ' | b'=')
        {
            return Some((None, self.take(end)?));
        }
        qualified(self.token()?)
    }

    /// An `Nmtoken` (production 7).
    pub(crate) fn token(&mut self) -> Option<&'a str> {
        let end = self.0.find(|c| !is_name_char(c)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    /// What stands between two quotes of one kind.
    pub(crate) fn quoted(&mut self) -> Option<&'a str> {
        let quote = *self.0.as_bytes().first()?;
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        let end = 1 + memchr::memchr(quote, &self.0.as_bytes()[1..])?;
        let value = &self.0[1..end];
        self.0 = &self.0[end + 1..];
        Some(value)
    }

    /// What stands before this, which is read too.
    pub(crate) fn until(&mut self, end: &str) -> Option<&'a str> {
        let (before, rest) = self.0.split_once(end)?;
        self.0 = rest;
        Some(before)
    }

    /// What stands before this byte of ASCII, or the rest if there is none.
    pub(crate) fn until_byte(&mut self, end: u8) -> &'a str {
        let end = memchr::memchr(end, self.0.as_bytes());
        self.take(end.unwrap_or(self.0.len())).unwrap_or_default()
    }

    /// `<?xml …?>` (productions 23 to 26, 32 and 80).
    pub(crate) fn declaration(&mut self) -> Option<Declaration<'a>> {
        self.require("<?xml")?;
        self.require_space()?;
        self.require("version")?;
        self.equals()?;
        let minor = self.quoted()?.strip_prefix("1.")?;
        if minor.is_empty() || !minor.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut spaced = self.space();
        let mut encoding = None;
        if spaced && self.eat("encoding") {
            self.equals()?;
            let name = self.quoted()?;
            let valid = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
            encoding = Some(valid.then_some(name)?);
            spaced = self.space();
        }
        if spaced && self.eat("standalone") {
            self.equals()?;
            if !matches!(self.quoted()?, "yes" | "no") {
                return None;
            }
            self.space();
        }
        self.require("?>")?;
        Some(Declaration { encoding })
    }
}

/// Production 3.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Whether every character may stand in a document (production 2). The scan is over bytes: what is
/// forbidden is either one byte of ASCII, or one of two characters of three bytes.
pub(crate) fn are_chars(text: &str) -> bool {
    let control = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
    // No early exit: so the compiler looks at many bytes at a time, and most documents are read whole.
    let any = text.bytes().fold(false, |any, b| any | control(b));
    !any && (text.is_ascii() || !text.contains(['\u{FFFE}', '\u{FFFF}']))
}

fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Production 4.
fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(c,
            ':' | '_'
            | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
            | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
            | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
            | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Production 4a.
fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || c.is_ascii_digit()
        || matches!(c,
            '-' | '.' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Production 5.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(is_name_start) && name.chars().all(is_name_char)
}

/// Namespaces in XML 1.0, production 4.
pub(crate) fn is_unprefixed(name: &str) -> bool {
    is_name(name) && !name.contains(':')
}

/// The prefix and the local part of a qualified name (Namespaces in XML 1.0, section 4).
pub(crate) fn qualified(name: &str) -> Option<(Option<&str>, &str)> {
    if !is_name(name) {
        return None;
    }
    match name.split_once(':') {
        None => Some((None, name)),
        Some((prefix, local)) => {
            let local_starts = local.starts_with(is_name_start);
            (!prefix.is_empty() && local_starts && !local.contains(':'))
                .then_some((Some(prefix), local))
        }
    }
}

/// The character that a reference stands for, by what is between `&` and `;`: a number, or one of
/// the five predefined names (sections 4.1 and 4.6). A document's own entities are never expanded.
pub(crate) fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let (digits, radix) = match number.strip_prefix('x') {
            Some(digits) => (digits, 16),
            None => (number, 10),
        };
        if !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        let code = u32::from_str_radix(digits, radix).ok()?;
        return char::from_u32(code).filter(|&c| is_char(c));
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// Whether each `&` in this text begins a reference that can be read.
pub(crate) fn references_are_known(text: &str) -> bool {
    text.split('&').skip(1).all(|piece| {
        piece
            .split_once(';')
            .is_some_and(|(name, _)| reference(name).is_some())
    })
}

/// Production 10, without entities of the document's own.
pub(crate) fn is_attribute_value(value: &str) -> bool {
    !value.contains('<') && references_are_known(value)
}

/// The value that an attribute has, by what is between its quotes (sections 2.11 and 3.3.3): white
/// space is made into spaces, a line end into one, and references are replaced.
pub(crate) fn normalized(value: &str) -> Option<Cow<'_, str>> {
    if !value.contains(['&', '\t', '\r', '\n']) {
        return Some(Cow::Borrowed(value));
    }
    let spaced = value.replace("\r\n", " ").replace(['\t', '\r', '\n'], " ");
    let mut pieces = spaced.split('&');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';')?;
        text.push(reference(name)?);
        text.push_str(rest);
    }
    Some(Cow::Owned(text))
}

/// The XML declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Declaration<'a> {
    pub(crate) encoding: Option<&'a str>,
}

/// Whether this text starts with an XML declaration, and not with an instruction of a longer name.
pub(crate) fn is_declared(text: &str) -> bool {
    let rest = text.strip_prefix("<?xml");
    rest.is_some_and(|rest| rest.starts_with(is_space))
}

/// `<?xml …?>`, the whole of this text.
pub(crate) fn declaration(text: &str) -> Option<Declaration<'_>> {
    let mut cursor = Cursor::new(text);
    let declaration = cursor.declaration()?;
    cursor.is_at_end().then_some(declaration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_has_its_parts_in_order() {
        for (text, encoding) in [
            ("<?xml version='1.0'?>", None),
            ("<?xml\tversion = \"1.1\" \n?>", None),
            ("<?xml version='1.0' encoding='UTF-8'?>", Some("UTF-8")),
            (
                "<?xml version='1.0' encoding=\"a.B_c-9\" standalone='yes' ?>",
                Some("a.B_c-9"),
            ),
            ("<?xml version='1.0' standalone=\"no\"?>", None),
        ] {
            assert_eq!(declaration(text), Some(Declaration { encoding }), "{text}");
        }
        for text in [
            "<?xml?>",
            "<?xml ?>",
            "<?xmlversion='1.0'?>",
            "<?xml version='2.0'?>",
            "<?xml version='1.'?>",
            "<?xml version='1.0a'?>",
            "<?xml version=1.0?>",
            "<?xml version='1.0\"?>",
            "<?xml version='1.0'encoding='UTF-8'?>",
            "<?xml version='1.0' encoding=''?>",
            "<?xml version='1.0' encoding='8bit'?>",
            "<?xml version='1.0' encoding='a b'?>",
            "<?xml encoding='UTF-8' version='1.0'?>",
            "<?xml encoding='UTF-8'?>",
            "<?xml version='1.0' standalone='yes' encoding='UTF-8'?>",
            "<?xml version='1.0' encoding='UTF-8'standalone='yes'?>",
            "<?xml version='1.0' standalone='maybe'?>",
            "<?xml version='1.0' other='x'?>",
            "<?xml version='1.0' ?",
            "<?xml version='1.0'?> ",
            "<?XML version='1.0'?>",
        ] {
            assert_eq!(declaration(text), None, "{text}");
        }
    }

    #[test]
    fn references_are_numbers_of_characters_or_predefined_names() {
        for (name, c) in [
            ("amp", '&'),
            ("lt", '<'),
            ("gt", '>'),
            ("quot", '"'),
            ("apos", '\''),
            ("#38", '&'),
            ("#x26", '&'),
            ("#x1F600", '\u{1F600}'),
            ("#0000000000000000000038", '&'),
            ("#xfffd", '\u{FFFD}'),
            ("#9", '\t'),
        ] {
            assert_eq!(reference(name), Some(c), "{name}");
        }
        for name in [
            "",
            "#",
            "#x",
            "#X26",
            "#+38",
            "#-38",
            "# 38",
            "#38 ",
            "#0",
            "#1",
            "#x1F",
            "#xD800",
            "#xFFFE",
            "#xFFFF",
            "#x110000",
            "#99999999999",
            "AMP",
            "nbsp",
            "eacute",
        ] {
            assert_eq!(reference(name), None, "{name}");
        }
    }

    #[test]
    fn an_attributes_value_has_its_references_replaced_and_its_white_space_made_into_spaces() {
        for (value, normal) in [
            ("urn:x", "urn:x"),
            ("a\tb\nc\rd\r\ne\n\rf", "a b c d e  f"),
            ("&#120;&amp;&#x79;&lt;", "x&y<"),
            ("a&#9;b&#xA;c&#13;\n", "a\tb\nc\r "),
            ("&amp;lt;", "&lt;"),
        ] {
            assert_eq!(normalized(value).as_deref(), Some(normal), "{value:?}");
        }
        for value in ["&", "&amp", "&x;", "a&#0;"] {
            assert_eq!(normalized(value), None, "{value:?}");
        }
    }

    #[test]
    fn qualified_names_have_one_colon_at_most_inside() {
        assert_eq!(qualified("error"), Some((None, "error")));
        assert_eq!(qualified("o:error"), Some((Some("o"), "error")));
        assert_eq!(
            qualified("\u{e9}-1.\u{b7}"),
            Some((None, "\u{e9}-1.\u{b7}"))
        );
        for name in [
            "", ":", ":a", "a:", "a:b:c", "1a", "-a", "a:1", "a b", "a/", "a\u{d7}", "a\"",
        ] {
            assert_eq!(qualified(name), None, "{name}");
        }
    }

    #[test]
    fn forbidden_characters_are_seen() {
        assert!(are_chars(
            "a\t\r\n \u{7f}\u{85}\u{e9}\u{d7ff}\u{e000}\u{fffd}\u{10ffff}"
        ));
        for c in [
            '\0', '\u{1}', '\u{b}', '\u{c}', '\u{1b}', '\u{1f}', '\u{fffe}', '\u{ffff}',
        ] {
            assert!(!are_chars(&format!("a{c}b")), "{c:?}");
        }
    }
}
