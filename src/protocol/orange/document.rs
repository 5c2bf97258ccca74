//! Reads the document of a privacy exception, with quick-xml.
//!
//! quick-xml checks tags, comments and attributes. It accepts some documents that are not well-formed, so this
//! module also checks that:
//!
//! 1. There is one root element, and it is closed.
//! 2. Around it there is nothing but white space, comments and processing instructions. A DOCTYPE, which could
//!    declare entities, is not allowed.
//! 3. The XML declaration is at the start. White space may precede it, since real servers send it.
//! 4. References, also in attributes, are to characters or to XML's five predefined entities.
//! 5. There is no character that XML forbids, directly or as a reference (XML 1.0, production 2).

use std::borrow::Cow;

use quick_xml::{
    Reader,
    escape::{resolve_xml_entity, unescape_with},
    events::{BytesRef, BytesStart, Event},
};

/// The local name of the root element.
pub(super) const ROOT: &str = "error";

const DENIED: &str = "PrivacyAccessDeniedException";

/// The content of a denial's document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Document<'a> {
    code: Option<Cow<'a, str>>,
    /// The first `url`, or `None` if there is none or it is empty.
    pub(super) url: Option<UrlElement<'a>>,
}

impl Document<'_> {
    /// The text of the first `code`, trimmed, or an empty text if there is none.
    pub(super) fn code(&self) -> &str {
        trim(self.code.as_deref().unwrap_or_default())
    }
}

/// The element `url`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UrlElement<'a> {
    text: Cow<'a, str>,
    has_elements: bool,
}

impl UrlElement<'_> {
    /// The element's text, trimmed. `None` if it contains another element.
    pub(super) fn text(&self) -> Option<&str> {
        (!self.has_elements).then(|| trim(&self.text))
    }
}

/// Reads a document, in time linear in its length. `None` if it is not a denial.
pub(super) fn read(text: &str) -> Option<Document<'_>> {
    if !are_chars(text) {
        return None;
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    reader.config_mut().expand_empty_elements = true;

    let mut children = Children::default();
    let mut depth = 0_usize;
    let mut root_seen = false;
    let mut at_start = true;
    loop {
        match reader.read_event().ok()? {
            Event::Text(space) if depth == 0 && trim(&space).is_empty() => continue,
            Event::Text(text) if depth > 0 => children.text(text.into_inner(), depth),
            Event::CData(text) if depth > 0 => children.text(text.into_inner(), depth),
            Event::GeneralRef(reference) if depth > 0 => {
                children.text(resolve(&reference)?, depth);
            }
            Event::Start(tag) => {
                let name = tag.local_name();
                let is_error = depth > 0 || (!root_seen && name.as_ref() == ROOT);
                if !is_error || !has_known_references(&tag) {
                    return None;
                }
                root_seen = true;
                depth += 1;
                children.open(name.as_ref(), depth);
            }
            Event::End(_) => {
                children.close(depth);
                depth -= 1;
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Decl(_) if at_start => {}
            Event::Eof if root_seen && depth == 0 => return children.denial(),
            _ => return None,
        }
        at_start = false;
    }
}

/// The root's direct children that matter, and their text.
#[derive(Default)]
struct Children<'a> {
    open: Option<Child>,
    text: Cow<'a, str>,
    has_elements: bool,
    denied: bool,
    url: Option<UrlElement<'a>>,
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
    fn open(&mut self, local: &str, depth: usize) {
        if depth > CHILD {
            self.has_elements = true;
        } else if depth == CHILD {
            self.text = Cow::default();
            self.has_elements = false;
            self.open = match local {
                "detail" if !self.denied => Some(Child::Detail),
                "url" if self.url.is_none() => Some(Child::Url),
                "code" if self.code.is_none() => Some(Child::Code),
                _ => None,
            };
        }
    }

    fn close(&mut self, depth: usize) {
        if depth != CHILD {
            return;
        }
        let text = std::mem::take(&mut self.text);
        match self.open.take() {
            Some(Child::Detail) => self.denied = trim(&text) == DENIED,
            Some(Child::Url) => {
                let has_elements = self.has_elements;
                self.url = Some(UrlElement { text, has_elements });
            }
            Some(Child::Code) => self.code = Some(text),
            None => {}
        }
    }

    /// Adds a piece of text. Text that is nested deeper does not belong to the child.
    fn text(&mut self, text: Cow<'a, str>, depth: usize) {
        if depth != CHILD || self.open.is_none() {
            return;
        }
        if self.text.is_empty() {
            self.text = text;
            return;
        }
        if let Cow::Borrowed(start) = self.text {
            // A URL comes in pieces, split at each reference. This leaves room for a few more.
            let mut joined = String::with_capacity(2 * (start.len() + text.len()));
            joined.push_str(start);
            self.text = Cow::Owned(joined);
        }
        self.text.to_mut().push_str(&text);
    }

    fn denial(self) -> Option<Document<'a>> {
        let is_there = |url: &UrlElement<'_>| url.text().is_none_or(|text| !text.is_empty());
        self.denied.then(|| Document {
            code: self.code,
            url: self.url.filter(is_there),
        })
    }
}

/// The text of a reference. `None` if the entity is unknown, or if XML does not allow the character.
fn resolve(reference: &BytesRef<'_>) -> Option<Cow<'static, str>> {
    match reference.resolve_char_ref().ok()? {
        Some(c) => Some(Cow::Owned(c.into())).filter(|text: &Cow<'_, str>| are_chars(text)),
        None => resolve_xml_entity(reference).map(Cow::Borrowed),
    }
}

/// Whether a tag's attributes are well-formed. quick-xml finds a repeated attribute only while it iterates.
fn has_known_references(tag: &BytesStart<'_>) -> bool {
    tag.attributes_raw().is_empty()
        || tag.attributes().all(|attribute| {
            attribute.is_ok_and(|attribute| {
                let value = unescape_with(&attribute.value, resolve_xml_entity);
                value.is_ok_and(|value| are_chars(&value))
            })
        })
}

/// Whether XML allows every character (XML 1.0, production 2): no ASCII control character other than white
/// space, and neither U+FFFE nor U+FFFF.
fn are_chars(text: &str) -> bool {
    let is_control = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
    // Without an early exit, the compiler checks many bytes at a time. Most documents pass anyway.
    !text.bytes().fold(false, |any, b| any | is_control(b))
        && (text.is_ascii() || !text.contains(['\u{FFFE}', '\u{FFFF}']))
}

/// Trims the white space of XML (production 3). `trim_ascii` also trims form feeds, which a document cannot
/// contain.
fn trim(text: &str) -> &str {
    text.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Option<String> {
        Some(read(text)?.url?.text()?.to_owned())
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
            let document = read(&text).unwrap();
            assert_eq!(document.url, None, "{body}");
        }
    }

    #[test]
    fn any_direct_detail_can_make_a_document_a_denial() {
        for text in [
            "<error><detail>Other</detail><detail>PrivacyAccessDeniedException</detail></error>",
            "<error><detail>PrivacyAccessDeniedException</detail><detail>Other</detail></error>",
            "<error><detail>Privacy<!-- -->Access<![CDATA[Denied]]>Exceptio&#110;</detail></error>",
            "<error><detail>\n PrivacyAccessDeniedException\t</detail></error>",
        ] {
            assert!(read(text).is_some(), "{text}");
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
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_url_with_an_element_in_it_has_no_text() {
        for body in [
            "<url>a<b/>c</url>",
            "<url><b>a</b></url>",
            "<url>a<!-- --><b>c</b></url>",
        ] {
            let text = with(body);
            let url = read(&text).unwrap().url.unwrap();
            assert_eq!(url.text(), None, "{body}");
        }
        let deeper = with("<a><b><c/></b></a><url>u</url>");
        assert_eq!(url(&deeper).as_deref(), Some("u"));
    }

    #[test]
    fn the_code_is_read_but_not_required() {
        for (body, code) in [
            ("<code>-3</code>", "-3"),
            ("<code> 12 </code><code>-3</code>", "12"),
            ("<code>t&amp;<!-- -->hree</code>", "t&hree"),
            ("<code/><code>-3</code>", ""),
            ("", ""),
        ] {
            assert_eq!(read(&with(body)).unwrap().code(), code, "{body}");
        }
    }

    #[test]
    fn a_document_that_is_not_well_formed_is_not_a_denial() {
        let ok = with("<url>u</url>");
        assert!(read(&ok).is_some());
        for text in [
            format!("{ok}x"),
            format!("{ok}{ok}"),
            format!("{ok}<a/>"),
            format!("{ok}&amp;"),
            format!("{ok}<![CDATA[ ]]>"),
            format!("{ok}<!DOCTYPE error>"),
            format!("{ok}<?xml version='1.0'?>"),
            format!("x{ok}"),
            format!("<?xml version='1.0'?><?xml version='1.0'?>{ok}"),
            format!("<!DOCTYPE error><!DOCTYPE error>{ok}"),
            format!("<!doctype error>{ok}"),
            format!("<!DOCTYPE error [<!ELEMENT>]>{ok}"),
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
            with("<a b=1/>"),
            with("<a b/>"),
            with("<a b='1' b='2'/>"),
            with("<a b='&'/>"),
            with("<a b='&x;'/>"),
            with("<a b='&#1;'/>"),
            with("<url>a&#1;</url>"),
            with("<url>a&#xFFFF;</url>"),
            with("<x>&nbsp;</x>"),
            with("<a b='\u{b}'/>"),
            format!("<!DOCTYPE error>{ok}"),
            format!(" <!-- --> <?xml version='1.0'?>{ok}"),
            format!("<?p?><?xml version='1.0'?>{ok}"),
            with("<a b='1/>"),
            with("<a/ >"),
            with("<!-- -- -->"),
            with("<!-- --->"),
            with("<!---"),
            format!("<!DOCTYPE error [<!ENTITY % p 'x'>%p;]>{ok}"),
            format!("<!DOCTYPE error [<!ATTLIST x a:i CDATA 'v'>]>{ok}"),
            with("<?xml version='1.0'?>"),
            with("<![CDATA[x]]"),
            with("<![cdata[x]]>"),
            with("<!DOCTYPE error>"),
            with("<>"),
            with("<"),
            with("\u{b}"),
            with("\u{b}\u{b}"),
            with("\u{fffe}"),
        ] {
            assert_eq!(read(&text), None, "{text}");
        }
    }

    #[test]
    fn well_formed_oddities_do_not_hide_a_denial() {
        let ok = with("<url>u</url>");
        for text in [
            format!("<?xml version='1.0' encoding='x-unread' standalone='yes'?>\n{ok}\n"),
            format!("\n\t<?xml version='1.0'?>{ok}"),
            format!("<!-- a --><?p?> {ok}<!-- b --><?q r?>"),
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

    /// Trust comes from the list of endpoints, not from strict parsing.
    #[test]
    fn some_documents_that_are_not_well_formed_are_accepted_as_in_quick_xml() {
        let ok = with("<url>u</url>");
        for text in [
            format!("<?xml encoding='utf-8'?>{ok}"),
            format!("<?XML version='1.0'?>{ok}"),
            with("<x>]]></x><url>u</url>"),
            with("<a b='1'c='2'/><url>u</url>"),
            with("<a b='<'/><url>u</url>"),
            with("<1/><url>u</url>"),
            with("<? x?><url>u</url>"),
            // Namespaces in XML.
            with("<a:/><url>u</url>"),
            with("<a:b c:d='1'/><url>u</url>"),
            with("<a xmlns:b='' xmlns:xmlns='urn:x'/><url>u</url>"),
            with("<a xmlns:b='urn:x' xmlns:c='urn:x' b:d='1' c:d='2'/><url>u</url>"),
            with("<?a:b c?><url>u</url>"),
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
