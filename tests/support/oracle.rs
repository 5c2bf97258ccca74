//! How other parsers read a document.

use std::sync::LazyLock;

use regex::Regex;
use xml::{
    ParserConfig,
    reader::{EventReader, XmlEvent},
};

/// The verdict of another parser on a body.
#[derive(Debug, PartialEq, Eq)]
pub enum Oracle {
    Malformed(String),
    OtherDocument,
    /// A denial, with the text of its first `url`. The text is empty if there is none, and [`ELEMENT`] if it
    /// contains an element.
    Denial(String),
}

/// Stands for a `url` that contains an element. It is not a URL.
const ELEMENT: &str = "an element";

/// Whether a document consists of plain tags, text, comments and CDATA sections, and perhaps a declaration. On
/// these, a parser that is lenient about names and namespaces must agree with a strict one.
pub fn is_plain(text: &str) -> bool {
    static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
        let name = "[A-Za-z_][A-Za-z0-9_.-]*";
        let attribute = format!("\\s+{name}\\s*=\\s*(\"[^\"<]*\"|'[^'<]*')");
        let tag = format!("</?{name}({attribute})*\\s*/?>");
        let declaration = "<\\?xml version='1.0'\\?>";
        let others = r"<!--[^-]*-->|<!\[CDATA\[[^\]]*\]\]>|[^<\]]";
        Regex::new(&format!("^({declaration})?({tag}|{others})*$")).expect("it is valid")
    });
    PLAIN.is_match(text)
}

impl Oracle {
    /// Reads bytes, in the encoding that they declare.
    pub fn of_bytes(body: &[u8]) -> Self {
        Self::of(body, ParserConfig::new())
    }

    /// Reads a text, whatever encoding it declares.
    pub fn of_text(text: &str) -> Self {
        let mut config = ParserConfig::new();
        config.override_encoding = Some(xml::Encoding::Utf8);
        config.ignore_invalid_encoding_declarations = true;
        Self::of(text.as_bytes(), config)
    }

    fn of(body: &[u8], config: ParserConfig) -> Self {
        let config = config
            .cdata_to_characters(true)
            .whitespace_to_characters(true)
            .ignore_root_level_whitespace(true)
            .allow_multiple_root_elements(false);
        let mut path: Vec<String> = Vec::new();
        let mut text = String::new();
        let (mut root, mut denied, mut url) = (String::new(), false, None);
        let mut has_elements = false;
        for event in EventReader::new_with_config(body, config) {
            match event {
                Err(error) => return Self::Malformed(error.to_string()),
                Ok(XmlEvent::StartElement { name, .. }) => {
                    path.push(name.local_name);
                    match path.len() {
                        1 => root.clone_from(&path[0]),
                        2 => {
                            text.clear();
                            has_elements = false;
                        }
                        _ => has_elements = true,
                    }
                }
                Ok(XmlEvent::EndElement { .. }) => {
                    if let [_, child] = &path[..] {
                        let text = text.trim_matches([' ', '\t', '\r', '\n']);
                        denied |= child == "detail" && text == "PrivacyAccessDeniedException";
                        if child == "url" && url.is_none() {
                            url = Some(if has_elements { ELEMENT } else { text }.to_owned());
                        }
                    }
                    path.pop();
                }
                Ok(XmlEvent::Characters(characters)) if path.len() == 2 => {
                    text.push_str(&characters);
                }
                Ok(_) => {}
            }
        }
        if root == "error" && denied {
            Self::Denial(url.unwrap_or_default())
        } else {
            Self::OtherDocument
        }
    }

    /// The same with the crate `roxmltree`. It is more lenient than `xml` in some points and stricter in
    /// others, so a verdict on which both agree is more reliable.
    pub fn of_text_by_tree(text: &str) -> Self {
        let options = roxmltree::ParsingOptions {
            allow_dtd: true,
            nodes_limit: u32::MAX,
            ..Default::default()
        };
        let document = match roxmltree::Document::parse_with_options(text, options) {
            Ok(document) => document,
            Err(error) => return Self::Malformed(error.to_string()),
        };
        let root = document.root_element();
        let texts = |name: &'static str| {
            let children = root.children();
            let children =
                children.filter(move |child| child.is_element() && child.tag_name().name() == name);
            children.map(move |child| {
                if name == "url" && child.children().any(|inner| inner.is_element()) {
                    return ELEMENT.to_owned();
                }
                let texts = child.children().filter(roxmltree::Node::is_text);
                let text: String = texts.filter_map(|text| text.text()).collect();
                text.trim_matches([' ', '\t', '\r', '\n']).to_owned()
            })
        };
        let denied = texts("detail").any(|text| text == "PrivacyAccessDeniedException");
        if root.tag_name().name() == "error" && denied {
            Self::Denial(texts("url").next().unwrap_or_default())
        } else {
            Self::OtherDocument
        }
    }
}
