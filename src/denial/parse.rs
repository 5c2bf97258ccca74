//! The document of a denial.
//!
//! 1. A document that is not well-formed (XML 1.0, fifth edition; Namespaces in XML 1.0) is no
//!    denial. The XML library cuts the text into markup; what it leaves to its caller is checked
//!    here, in [`grammar`](super::grammar), [`elements`](super::elements) and [`dtd`](super::dtd).
//! 2. It is a denial if the root element's local name is `error` and one of its direct children has
//!    the local name `detail` and is, trimmed, exactly `PrivacyAccessDeniedException`.
//! 3. `url` and `code` are the first direct children of those names.
//! 4. The text of a child is all of its own: character data, CDATA and references joined, comments
//!    and instructions left out, white space around it trimmed. What its child elements hold is not
//!    its text.
//! 5. A document that refers to an entity of its own is no denial, and neither is one whose DOCTYPE
//!    has a say in its namespaces: nothing that a document declares is used.

use std::borrow::Cow;

use quick_xml::{Reader, events::Event};

use super::{dtd, elements::Elements, grammar};

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
    // A second mark would be taken for the first by the library.
    if text.starts_with('\u{FEFF}') || !grammar::are_chars(text) {
        return None;
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;

    let mut prolog = Prolog::default();
    let mut elements = Elements::default();
    let mut children = Children::default();
    loop {
        let start = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let end = usize::try_from(reader.buffer_position()).ok()?;
        let markup = text.get(start..end)?;
        match event {
            Event::Decl(_) if start == 0 => {
                grammar::declaration(markup)?;
            }
            Event::Decl(_) => return None,
            Event::DocType(_) => prolog.doctype(markup, &elements)?,
            Event::PI(_) => {
                dtd::instruction(markup.strip_prefix("<?")?.strip_suffix("?>")?)?;
            }
            Event::Comment(_) => {}
            Event::Start(_) => {
                let tag = markup.strip_prefix('<')?.strip_suffix('>')?;
                let local = elements.open(tag)?;
                children.open(local, elements.depth())?;
            }
            Event::Empty(_) => {
                let tag = markup.strip_prefix('<')?.strip_suffix("/>")?;
                let local = elements.open(tag)?;
                children.open(local, elements.depth())?;
                children.close(elements.depth());
                elements.close();
            }
            Event::End(_) => {
                children.close(elements.depth());
                elements.close();
            }
            Event::Text(_) if elements.depth() == 0 => {
                if !markup.chars().all(grammar::is_space) {
                    return None;
                }
            }
            // XML 1.0, section 2.4.
            Event::Text(_) if markup.contains("]]>") => return None,
            Event::Text(_) => children.text(markup, elements.depth()),
            Event::CData(_) | Event::GeneralRef(_) if elements.depth() == 0 => return None,
            Event::CData(_) => {
                let data = markup.strip_prefix("<![CDATA[")?.strip_suffix("]]>")?;
                children.text(data, elements.depth());
            }
            Event::GeneralRef(name) => {
                children.character(grammar::reference(&name)?, elements.depth());
            }
            Event::Eof => break,
        }
    }
    elements.is_whole().then(|| children.denial())?
}

/// What may stand only once, and only before the root.
#[derive(Default)]
struct Prolog {
    doctype: bool,
}

impl Prolog {
    fn doctype(&mut self, markup: &str, elements: &Elements<'_>) -> Option<()> {
        let first = !self.doctype && !elements.root_seen() && dtd::is_doctype(markup);
        self.doctype = true;
        first.then_some(())
    }
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
        let text = trim(std::mem::take(&mut self.text));
        match self.open.take() {
            Some(Child::Detail) => self.denied = text == DENIED,
            Some(Child::Url) => self.url = Some(text),
            Some(Child::Code) => self.code = Some(text),
            None => {}
        }
    }

    fn text(&mut self, text: &'a str, depth: usize) {
        if depth != CHILD || self.open.is_none() {
            return;
        }
        if self.text.is_empty() {
            self.text = Cow::Borrowed(text);
        } else {
            self.text.to_mut().push_str(text);
        }
    }

    fn character(&mut self, c: char, depth: usize) {
        if depth == CHILD && self.open.is_some() {
            self.text.to_mut().push(c);
        }
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
        Cow::Owned(text) => Cow::Owned(text.trim_matches(grammar::is_space).to_owned()),
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
