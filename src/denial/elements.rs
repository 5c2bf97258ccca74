//! The elements of a document: how they nest, and the namespaces that their tags bind.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::grammar::{self, Cursor};

const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

/// The open elements, and the prefixes that they bind.
#[derive(Default)]
pub(crate) struct Elements<'a> {
    /// The names of the open elements, as they are written.
    open: Vec<&'a str>,
    root_seen: bool,
    /// The namespaces of a prefix, the innermost last. Most documents bind none.
    bound: HashMap<&'a str, Vec<Namespace>>,
    /// The number of each namespace that was bound. A name of any length is read once, however many
    /// attributes are in it.
    numbers: HashMap<Cow<'a, str>, usize>,
    /// The bindings to undo, with the depth of the element that made them.
    undo: Vec<(usize, &'a str)>,
}

/// An element that was opened.
pub(crate) struct Opened<'a> {
    pub(crate) local: &'a str,
    /// Its tag is that of an empty element, and so its end too.
    pub(crate) is_empty: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Namespace {
    None,
    Xml,
    Xmlns,
    Numbered(usize),
}

impl<'a> Elements<'a> {
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn root_seen(&self) -> bool {
        self.root_seen
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.root_seen && self.open.is_empty()
    }

    /// Opens an element by its tag, after `<` (productions 40 and 44). An empty one has to be closed
    /// like any other.
    pub(crate) fn open(&mut self, cursor: &mut Cursor<'a>) -> Option<Opened<'a>> {
        if self.is_whole() {
            return None;
        }
        self.root_seen = true;

        let tag = cursor.rest();
        let (prefix, local) = cursor.qualified()?;
        self.open.push(&tag[..tag.len() - cursor.rest().len()]);
        let mut is_empty = false;
        if !cursor.eat(">") {
            let attributes;
            (attributes, is_empty) = attributes_and_end(cursor)?;
            for attribute in &attributes {
                self.declare(attribute)?;
            }
            self.are_distinct(&attributes)?;
        }
        self.namespace(prefix)?;
        Some(Opened { local, is_empty })
    }

    /// Closes the innermost element by its end tag, after `</` (production 42).
    pub(crate) fn end(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        cursor.require(self.open.last()?)?;
        if !cursor.eat(">") {
            cursor.space();
            cursor.require(">")?;
        }
        self.close();
        Some(())
    }

    /// Closes the innermost element.
    pub(crate) fn close(&mut self) {
        while let Some((_, prefix)) = self.undo.pop_if(|(depth, _)| *depth == self.open.len()) {
            if let Some(namespaces) = self.bound.get_mut(prefix) {
                namespaces.pop();
            }
        }
        self.open.pop();
    }

    /// Binds a prefix if this attribute does (Namespaces in XML 1.0, section 3).
    fn declare(&mut self, attribute: &Attribute<'a>) -> Option<()> {
        let prefix = match (attribute.prefix, attribute.local) {
            (Some("xmlns"), prefix) => Some(prefix),
            (None, "xmlns") => None,
            _ => return Some(()),
        };
        let namespace = grammar::normalized(attribute.value)?;
        let reserved = matches!(&*namespace, XML_NAMESPACE | XMLNS_NAMESPACE);
        match prefix {
            Some("xml") => (namespace == XML_NAMESPACE).then_some(()),
            None => (!reserved).then_some(()),
            Some("xmlns") => None,
            Some(_) if reserved || namespace.is_empty() => None,
            Some(prefix) => {
                let next = self.numbers.len();
                let number = *self.numbers.entry(namespace).or_insert(next);
                let namespaces = self.bound.entry(prefix).or_default();
                namespaces.push(Namespace::Numbered(number));
                self.undo.push((self.open.len(), prefix));
                Some(())
            }
        }
    }

    /// The namespace of a prefix; `None` if it is not bound. That of no prefix is not kept: nothing
    /// here depends on it.
    fn namespace(&self, prefix: Option<&str>) -> Option<Namespace> {
        match prefix {
            None => Some(Namespace::None),
            Some("xml") => Some(Namespace::Xml),
            Some(prefix) => self.bound.get(prefix)?.last().copied(),
        }
    }

    /// No two attributes have one name, as it is written or as it is expanded (XML 1.0, section
    /// 3.1; Namespaces in XML 1.0, section 6.3).
    fn are_distinct(&self, attributes: &[Attribute<'a>]) -> Option<()> {
        let mut seen = HashSet::new();
        for attribute in attributes {
            let namespace = match attribute.prefix {
                Some("xmlns") => Namespace::Xmlns,
                prefix => self.namespace(prefix)?,
            };
            if attributes.len() > 1 && !seen.insert((namespace, attribute.local)) {
                return None;
            }
        }
        Some(())
    }
}

/// An attribute as it is written.
struct Attribute<'a> {
    prefix: Option<&'a str>,
    local: &'a str,
    value: &'a str,
}

/// The attributes of a tag, after its name, and whether it ends in `/>` (productions 40, 41 and 44).
fn attributes_and_end<'a>(cursor: &mut Cursor<'a>) -> Option<(Vec<Attribute<'a>>, bool)> {
    let mut attributes = Vec::new();
    loop {
        let spaced = cursor.space();
        if cursor.eat(">") {
            return Some((attributes, false));
        }
        if cursor.eat("/>") {
            return Some((attributes, true));
        }
        if !spaced {
            return None;
        }
        let (prefix, local) = cursor.qualified()?;
        cursor.equals()?;
        let value = cursor.quoted()?;
        if !grammar::is_attribute_value(value) {
            return None;
        }
        attributes.push(Attribute {
            prefix,
            local,
            value,
        });
    }
}
