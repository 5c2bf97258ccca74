//! The document of a denial.
//!
//! 1. A document that is not well-formed (XML 1.0, fifth edition; Namespaces in XML 1.0) is no
//!    denial. It is read once, from start to end; the parts are in [`grammar`](super::grammar),
//!    [`elements`](super::elements) and [`dtd`](super::dtd).
//! 2. It is a denial if the root element's local name is `error` and one of its direct children has
//!    the local name `detail` and is, trimmed, exactly `PrivacyAccessDeniedException`.
//! 3. `url` and `code` are the first direct children of those names.
//! 4. The text of a child is all of its own: character data, CDATA and references joined, comments
//!    and instructions left out, white space around it trimmed. What its child elements hold is not
//!    its text.
//! 5. A document that refers to an entity of its own is no denial, and neither is one whose DOCTYPE
//!    has a say in its namespaces: nothing that a document declares is used.

use std::borrow::Cow;

use super::{
    dtd,
    elements::Elements,
    grammar::{self, Cursor},
};

const ROOT: &str = "error";
const DENIED: &str = "PrivacyAccessDeniedException";

/// What a denial's document says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document<'a> {
    pub(crate) code: Option<i32>,
    /// The text of `url`; `None` if there is none or it is empty.
    pub(crate) url: Option<Cow<'a, str>>,
}

/// Reads a document; `None` if it is no denial. Time is linear in its length.
pub(crate) fn parse(text: &str) -> Option<Document<'_>> {
    if !grammar::are_chars(text) {
        return None;
    }
    let mut cursor = Cursor::new(text);
    if grammar::is_declared(text) {
        cursor.declaration()?;
    }
    let mut elements = Elements::default();
    let mut children = Children::default();
    let mut doctype_seen = false;
    loop {
        let depth = elements.depth();
        if cursor.is_at_end() {
            break;
        } else if !cursor.rest().starts_with('<') {
            let data = cursor.until_byte(b'<');
            if depth > 0 {
                children.data(data, depth)?;
            } else if !data.chars().all(grammar::is_space) {
                return None;
            }
        } else if cursor.eat("</") {
            children.close(depth);
            elements.end(&mut cursor)?;
        } else if cursor.eat("<?") {
            dtd::instruction(cursor.until("?>")?)?;
        } else if cursor.eat("<!--") {
            // XML 1.0, section 2.5: no comment has `--` in it.
            cursor.until("--")?;
            cursor.require(">")?;
        } else if depth > 0 && cursor.eat("<![CDATA[") {
            children.text(cursor.until("]]>")?, depth);
        } else if !doctype_seen && !elements.root_seen() && cursor.rest().starts_with("<!") {
            dtd::doctype(&mut cursor)?;
            doctype_seen = true;
        } else {
            cursor.require("<")?;
            let opened = elements.open(&mut cursor)?;
            let depth = elements.depth();
            children.open(opened.local, depth)?;
            if opened.is_empty {
                children.close(depth);
                elements.close();
            }
        }
    }
    elements.is_whole().then(|| children.denial())?
}

/// The direct children of the root that count, and their text.
#[derive(Default)]
struct Children<'a> {
    open: Option<Child>,
    text: Cow<'a, str>,
    denied: bool,
    url: Option<Cow<'a, str>>,
    code: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy)]
enum Child {
    Detail,
    Url,
    Code,
}

/// The depth of the root's children, and of the text in them.
const CHILD: usize = 2;

impl<'a> Children<'a> {
    /// An element opens at this depth: `None` if it is a root that cannot be a denial's.
    fn open(&mut self, local: &str, depth: usize) -> Option<()> {
        match depth {
            1 if local != ROOT => return None,
            CHILD => {
                self.text = Cow::default();
                self.open = match local {
                    "detail" if !self.denied => Some(Child::Detail),
                    "url" if self.url.is_none() => Some(Child::Url),
                    "code" if self.code.is_none() => Some(Child::Code),
                    _ => None,
                };
            }
            _ => {}
        }
        Some(())
    }

    fn close(&mut self, depth: usize) {
        if depth != CHILD {
            return;
        }
        let Some(child) = self.open.take() else {
            return;
        };
        let text = trim(std::mem::take(&mut self.text));
        match child {
            Child::Detail => self.denied = text == DENIED,
            Child::Url => self.url = Some(text),
            Child::Code => self.code = Some(text),
        }
    }

    /// Character data with its references; `None` if it is malformed. That is asked of all that
    /// stands in the root, whether it counts or not.
    fn data(&mut self, data: &'a str, depth: usize) -> Option<()> {
        if memchr::memchr2(b'&', b']', data.as_bytes()).is_none() {
            self.text(data, depth);
            return Some(());
        }
        // XML 1.0, section 2.4.
        if data.contains("]]>") {
            return None;
        }
        let mut cursor = Cursor::new(data);
        loop {
            self.text(cursor.until_byte(b'&'), depth);
            if !cursor.eat("&") {
                return Some(());
            }
            let c = grammar::reference(cursor.until_byte(b';'))?;
            cursor.require(";")?;
            if self.counts(depth) {
                // A reference is never shorter than its character.
                self.joined(data.len()).push(c);
            }
        }
    }

    fn text(&mut self, text: &'a str, depth: usize) {
        if !self.counts(depth) {
            return;
        }
        if self.text.is_empty() {
            self.text = Cow::Borrowed(text);
        } else {
            self.joined(text.len()).push_str(text);
        }
    }

    /// The text, to be joined with this many bytes at most.
    fn joined(&mut self, more: usize) -> &mut String {
        if let Cow::Borrowed(text) = self.text {
            let mut joined = String::with_capacity(text.len() + more);
            joined.push_str(text);
            self.text = Cow::Owned(joined);
        }
        self.text.to_mut()
    }

    fn counts(&self, depth: usize) -> bool {
        depth == CHILD && self.open.is_some()
    }

    fn denial(self) -> Option<Document<'a>> {
        self.denied.then(|| Document {
            code: self.code.and_then(|code| code.parse().ok()),
            url: self.url.filter(|url| !url.is_empty()),
        })
    }
}

fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(grammar::is_space)),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end_matches(grammar::is_space).len());
            let start = text.len() - text.trim_start_matches(grammar::is_space).len();
            text.drain(..start);
            Cow::Owned(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Option<String> {
        Some(parse(text)?.url?.into_owned())
    }

    fn with(body: &str) -> String {
        format!("<error><detail>PrivacyAccessDeniedException</detail>{body}</error>")
    }

    #[test]
    fn the_url_is_the_first_and_its_text_is_joined_and_trimmed() {
        for (body, expected) in [
            ("<url> u </url>", "u"),
            ("<url>\n\tu\r\n</url>", "u"),
            ("<url>a&amp;b&#38;c&#x26;d</url>", "a&b&c&d"),
            ("<url>a&amp;amp;b</url>", "a&amp;b"),
            ("<url><![CDATA[a&amp;b]]>c<![CDATA[]]></url>", "a&amp;bc"),
            ("<url>a<!-- x -->b<?p x?>c</url>", "abc"),
            ("<url>a<b>x&amp;<![CDATA[y]]></b>c</url>", "ac"),
            ("<url>a</url><url>b</url>", "a"),
            ("<x><url>no</url></x><url>yes</url>", "yes"),
            ("<url a='1' b=\"2\">u</url >", "u"),
            ("<u:url xmlns:u='urn:u'>u</u:url>", "u"),
            ("<url>&#32;u&#32;</url>", "u"),
        ] {
            assert_eq!(url(&with(body)).as_deref(), Some(expected), "{body}");
        }
        for body in [
            "",
            "<url/>",
            "<url></url>",
            "<url> \n </url>",
            "<url/><url>b</url>",
        ] {
            let text = with(body);
            let document = parse(&text).unwrap();
            assert_eq!(document.url, None, "{body}");
        }
    }

    #[test]
    fn any_direct_detail_may_be_the_one() {
        for text in [
            "<error><detail>Other</detail><detail>PrivacyAccessDeniedException</detail></error>",
            "<error><detail>PrivacyAccessDeniedException</detail><detail>Other</detail></error>",
            "<error><detail>Privacy<!-- -->Access<![CDATA[Denied]]>Exceptio&#110;</detail></error>",
            "<error><detail>\n PrivacyAccessDeniedException\t</detail></error>",
        ] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "<error/>",
            "<error><detail>PrivacyAccessDeniedExceptio</detail></error>",
            "<error><detail>privacyaccessdeniedexception</detail></error>",
            "<error><detail>PrivacyAccessDeniedException.</detail></error>",
            "<error><detail>\u{a0}PrivacyAccessDeniedException</detail></error>",
            "<error><a><detail>PrivacyAccessDeniedException</detail></a></error>",
            "<error><detail><a>PrivacyAccessDeniedException</a></detail></error>",
            "<error detail='PrivacyAccessDeniedException'/>",
            "<error>PrivacyAccessDeniedException</error>",
            "<error><Detail>PrivacyAccessDeniedException</Detail></error>",
            "<errors><detail>PrivacyAccessDeniedException</detail></errors>",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_code_is_carried_along_and_not_required() {
        for (body, code) in [
            ("<code>-3</code>", Some(-3)),
            ("<code> 12 </code><code>-3</code>", Some(12)),
            ("<code>three</code>", None),
            ("<code>99999999999</code>", None),
            ("<code/><code>-3</code>", None),
            ("", None),
        ] {
            assert_eq!(parse(&with(body)).unwrap().code, code, "{body}");
        }
    }

    #[test]
    fn a_document_that_is_not_well_formed_is_no_denial() {
        let ok = with("<url>u</url>");
        assert!(parse(&ok).is_some());
        for text in [
            format!("{ok}x"),
            format!("{ok}{ok}"),
            format!("{ok}<a/>"),
            format!("{ok}&amp;"),
            format!("{ok}<![CDATA[ ]]>"),
            format!("{ok}<!DOCTYPE error>"),
            format!("{ok}<?xml version='1.0'?>"),
            format!("x{ok}"),
            format!(" <?xml version='1.0'?>{ok}"),
            format!("<?xml version='1.0'?><?xml version='1.0'?>{ok}"),
            format!("<?xml encoding='utf-8'?>{ok}"),
            format!("<?XML version='1.0'?>{ok}"),
            format!("<!DOCTYPE error><!DOCTYPE error>{ok}"),
            format!("<!doctype error>{ok}"),
            format!("<!DOCTYPE error [<!ELEMENT>]>{ok}"),
            format!("\u{feff}{ok}"),
            format!("{ok}\0"),
            ok.replace("</error>", ""),
            ok.replace("</error>", "</errors>"),
            ok.replace("</error>", "</ error>"),
            ok.replace("</error>", "</error x='1'>"),
            with("<url>u</URL>"),
            with("<url>a&b</url>"),
            with("<url>a&b;</url>"),
            with("<url>a&nbsp;b</url>"),
            with("<url>a&#0;</url>"),
            with("<url>]]></url>"),
            with("<a b=1/>"),
            with("<a b/>"),
            with("<a b='1'c='2'/>"),
            with("<a b='1' b='2'/>"),
            with("<a b='<'/>"),
            with("<a b='&'/>"),
            with("<a b='&x;'/>"),
            with("<a b='1/>"),
            with("<1/>"),
            with("<a/ >"),
            with("<a:/>"),
            with("<a:b/>"),
            with("<a b:c='1'/>"),
            with("<a xmlns:b=''/>"),
            with("<a xmlns:xmlns='urn:x'/>"),
            with("<a xmlns:xml='urn:x'/>"),
            with("<a xmlns='http://www.w3.org/2000/xmlns/'/>"),
            with("<a xmlns:b='urn:x' xmlns:c='urn:x' b:d='1' c:d='2'/>"),
            with("<a xmlns:b='urn:x'/><b:c/>"),
            with("<!-- -- -->"),
            with("<!-- --->"),
            with("<!---"),
            with("<? x?>"),
            with("<?a:b c?>"),
            with("<a xmlns:b='http://www.w3.org/2000/xmlns&#47;'/>"),
            with("<a xmlns='http://www.w3.org/XML/1998/namespac&#101;'/>"),
            with("<a xmlns:b='urn:x' xmlns:c='urn:&#120;' b:d='1' c:d='2'/>"),
            with("<a xmlns:b='urn:x y' xmlns:c='urn:x\r\ny' b:d='1' c:d='2'/>"),
            format!("<!DOCTYPE error [<!ENTITY % p 'x'>%p;]>{ok}"),
            format!("<!DOCTYPE error [<!ATTLIST x a:i CDATA 'v'>]>{ok}"),
            with("<?xml version='1.0'?>"),
            with("<![CDATA[x]]"),
            with("<![cdata[x]]>"),
            with("<!DOCTYPE error>"),
            with("<>"),
            with("<"),
            with("\u{b}"),
            with("\u{fffe}"),
        ] {
            assert_eq!(parse(&text), None, "{text}");
        }
    }

    #[test]
    fn well_formed_oddities_do_not_hide_a_denial() {
        let ok = with("<url>u</url>");
        for text in [
            format!("<?xml version='1.0' encoding='x-unread' standalone='yes'?>\n{ok}\n"),
            format!(
                "<!-- a --><?p?><!DOCTYPE error SYSTEM 'x' [<!ENTITY a 'b'>]> {ok}<!-- b --><?q r?>"
            ),
            with("<a xmlns='urn:a' xmlns:b='urn:b' b:c='1' c='2'><b:d/></a><url>u</url>"),
            with("<a xml:lang='en' b=\"'>'\" c='\"&quot;&#39;'/><url>u</url>"),
            with("text <b/> &lt;error> ]] > <url>u</url>"),
            with(
                "<a xmlns:xml='http://www.w3.org/XML/1998/namespac&#101;' xmlnsx=''/><url>u</url>",
            ),
            with("<a xmlns:b='urn:x' xmlns:c='urn:X' b:d='1' c:d='2'/><url>u</url>"),
            with("<a b='http://www.w3.org/XML/1998/namespace'/><url>u</url>"),
            with("<xml/><url>u</url>"),
            ok.replace("error", "o:error")
                .replace("<o:error>", "<o:error xmlns:o='urn:o'>"),
        ] {
            assert_eq!(url(&text).as_deref(), Some("u"), "{text}");
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = 100_000;
        let text = with(&format!(
            "{}{}<url>u</url>",
            "<a>".repeat(deep),
            "</a>".repeat(deep)
        ));
        assert_eq!(url(&text).as_deref(), Some("u"));
    }
}
