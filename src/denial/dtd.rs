//! Is a document type declaration well-formed?
//!
//! Nothing that it declares is used: no entity is expanded, no external subset is fetched, no
//! default is applied. A document is only a denial if it is well-formed, and its DOCTYPE is a part
//! of it. The productions are those of XML 1.0, fifth edition, sections 2.8 and 3.2 to 4.7, with the
//! names of Namespaces in XML 1.0, sections 5 and 7.
//!
//! What would have to be used to know is refused, as if it were malformed: a reference to a parameter
//! entity, and the declaration of an attribute that has a say in the namespaces of the document.

use super::grammar::{Cursor, is_attribute_value, is_unprefixed, reference};

/// `<!DOCTYPE …>` (production 28).
pub(crate) fn doctype(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.require("<!DOCTYPE")?;
    cursor.require_space()?;
    cursor.qualified()?;
    if cursor.space() {
        external_id(cursor)?;
        cursor.space();
    }
    if cursor.eat("[") {
        internal_subset(cursor)?;
        cursor.space();
    }
    cursor.require(">")
}

/// An optional `ExternalID` (production 75): `None` if there is a malformed one.
fn external_id(cursor: &mut Cursor<'_>) -> Option<bool> {
    if cursor.eat("PUBLIC") {
        cursor.require_space()?;
        public_literal(cursor)?;
    } else if !cursor.eat("SYSTEM") {
        return Some(false);
    }
    cursor.require_space()?;
    cursor.quoted()?;
    Some(true)
}

/// Productions 12 and 13.
fn public_literal(cursor: &mut Cursor<'_>) -> Option<()> {
    let valid = |c: char| c.is_ascii_alphanumeric() || " \r\n-'()+,./:=?;!*#@$_%".contains(c);
    cursor.quoted()?.chars().all(valid).then_some(())
}

/// Production 28b, up to and with `]`.
fn internal_subset(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        cursor.space();
        if cursor.eat("]") {
            return Some(());
        } else if cursor.eat("<!--") {
            let comment = cursor.until("--")?;
            debug_assert!(!comment.contains("--"));
            cursor.require(">")?;
        } else if cursor.eat("<?") {
            instruction(cursor.until("?>")?)?;
        } else {
            declaration(cursor)?;
            cursor.space();
            cursor.require(">")?;
        }
    }
}

/// What is between `<?` and `?>` (productions 16 and 17).
pub(crate) fn instruction(text: &str) -> Option<()> {
    let target = text.split([' ', '\t', '\r', '\n']).next()?;
    (is_unprefixed(target) && !target.eq_ignore_ascii_case("xml")).then_some(())
}

fn declaration(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat("<!ELEMENT") {
        cursor.require_space()?;
        cursor.qualified()?;
        cursor.require_space()?;
        content(cursor)
    } else if cursor.eat("<!ATTLIST") {
        cursor.require_space()?;
        cursor.qualified()?;
        attributes(cursor)
    } else if cursor.eat("<!ENTITY") {
        cursor.require_space()?;
        entity(cursor)
    } else {
        cursor.require("<!NOTATION")?;
        cursor.require_space()?;
        cursor.unprefixed()?;
        cursor.require_space()?;
        notation(cursor)
    }
}

/// Productions 46 to 51. A model nests, so the separators of the open groups are kept on a stack of
/// our own rather than in recursion.
fn content(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat("EMPTY") || cursor.eat("ANY") {
        return Some(());
    }
    cursor.require("(")?;
    cursor.space();
    if cursor.eat("#PCDATA") {
        return mixed(cursor);
    }
    let mut open: Vec<Option<&str>> = vec![None];
    loop {
        cursor.space();
        if cursor.eat("(") {
            open.push(None);
            continue;
        }
        cursor.qualified()?;
        occurrence(cursor);
        loop {
            cursor.space();
            let group = open.last_mut()?;
            if cursor.eat(")") {
                occurrence(cursor);
                open.pop();
                if open.is_empty() {
                    return Some(());
                }
                continue;
            }
            let separator = if cursor.eat(",") {
                ","
            } else {
                cursor.require("|")?;
                "|"
            };
            if *group.get_or_insert(separator) != separator {
                return None;
            }
            break;
        }
    }
}

fn occurrence(cursor: &mut Cursor<'_>) {
    let _ = cursor.eat("?") || cursor.eat("*") || cursor.eat("+");
}

/// Production 51, after `#PCDATA`.
fn mixed(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut names = false;
    loop {
        cursor.space();
        if cursor.eat(")") {
            let star = cursor.eat("*");
            return (star || !names).then_some(());
        }
        cursor.require("|")?;
        cursor.space();
        cursor.qualified()?;
        names = true;
    }
}

/// Productions 52 to 60, after the element's name.
fn attributes(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        let spaced = cursor.space();
        let mut ahead = *cursor;
        if ahead.eat(">") {
            return Some(());
        }
        if !spaced {
            return None;
        }
        let (prefix, local) = cursor.qualified()?;
        if matches!((prefix, local), (Some("xmlns"), _) | (None, "xmlns")) {
            return None;
        }
        cursor.require_space()?;
        attribute_type(cursor)?;
        cursor.require_space()?;
        if cursor.eat("#REQUIRED") || cursor.eat("#IMPLIED") {
            continue;
        }
        if cursor.eat("#FIXED") {
            cursor.require_space()?;
        }
        // A default adds the attribute to tags, where its prefix may be unbound or its name there
        // by another prefix. None but `xml` is always bound, and to what no other is.
        if !matches!(prefix, None | Some("xml")) || !is_attribute_value(cursor.quoted()?) {
            return None;
        }
    }
}

fn attribute_type(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut ahead = *cursor;
    let notation = ahead.eat("NOTATION") && ahead.space();
    if notation {
        *cursor = ahead;
    }
    if cursor.eat("(") {
        loop {
            cursor.space();
            if notation {
                cursor.unprefixed()?;
            } else {
                cursor.token()?;
            }
            cursor.space();
            if cursor.eat(")") {
                return Some(());
            }
            cursor.require("|")?;
        }
    }
    let known = [
        "CDATA", "ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES", "NMTOKEN", "NMTOKENS",
    ];
    (!notation && known.contains(&cursor.token()?)).then_some(())
}

/// Productions 70 to 76, after the first space.
fn entity(cursor: &mut Cursor<'_>) -> Option<()> {
    let parameter = cursor.eat("%");
    if parameter {
        cursor.require_space()?;
    }
    cursor.unprefixed()?;
    cursor.require_space()?;
    if external_id(cursor)? {
        let mut ahead = *cursor;
        if ahead.space() && ahead.eat("NDATA") {
            *cursor = ahead;
            cursor.require_space()?;
            cursor.unprefixed()?;
            return (!parameter).then_some(());
        }
        return Some(());
    }
    is_entity_value(cursor.quoted()?).then_some(())
}

/// Production 9. A parameter entity must not be referred to inside a declaration of the internal
/// subset (section 2.8), and a general one only in form: it is not expanded here.
fn is_entity_value(value: &str) -> bool {
    !value.contains('%')
        && value.split('&').skip(1).all(|piece| {
            piece
                .split_once(';')
                .is_some_and(|(name, _)| is_unprefixed(name) || reference(name).is_some())
        })
}

/// Productions 82 and 83, after the name.
fn notation(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut ahead = *cursor;
    if external_id(&mut ahead) == Some(true) {
        *cursor = ahead;
        return Some(());
    }
    cursor.require("PUBLIC")?;
    cursor.require_space()?;
    public_literal(cursor)
}

#[cfg(test)]
mod tests {
    use super::{Cursor, doctype};

    /// Whether the whole of this text is one.
    fn is_doctype(text: &str) -> bool {
        let mut cursor = Cursor::new(text);
        doctype(&mut cursor).is_some() && cursor.is_at_end()
    }

    #[test]
    fn a_well_formed_doctype_is_one() {
        for rest in [
            "",
            " ",
            " SYSTEM 'error.dtd'",
            " PUBLIC '-//X//DTD 1.0//EN' \"error.dtd\" ",
            "[]",
            " [ ] ",
            " SYSTEM 'a>b' [<!ELEMENT error ANY>]",
            " [<!ELEMENT a EMPTY ><!ELEMENT b (#PCDATA)><!ELEMENT c ( #PCDATA | a | b )*>]",
            " [<!ELEMENT a (b,(c|d)*,((e+)?|f))+>]",
            " [<!ELEMENT error (code?, detail, url)>]",
            " [<!ATTLIST a>]",
            " [<!ATTLIST a b CDATA #IMPLIED c (x|y|1) 'x' d NMTOKENS #FIXED '&amp;' >]",
            " [<!ATTLIST a b NOTATION (x|y) #REQUIRED e ID #IMPLIED>]",
            " [<!ENTITY a 'b'><!ENTITY a \"&a; &#38; <x>\"><!ENTITY % p 'x'>]",
            " [<!ELEMENT o:a (o:b|c)><!ATTLIST o:a o:b CDATA #IMPLIED xml:space (preserve) 'preserve'>]",
            " [<!ENTITY x SYSTEM 'file:///etc/passwd'><!ENTITY y PUBLIC '' '' NDATA gif>]",
            " [<!NOTATION gif PUBLIC 'image/gif'><!NOTATION a SYSTEM 'a'><!NOTATION b PUBLIC 'a' 'b'>]",
            " [<!-- a - b ]> --><?pi ]> ?>]",
        ] {
            assert!(is_doctype(&format!("<!DOCTYPE error{rest}>")), "{rest}");
        }
    }

    #[test]
    fn a_malformed_doctype_is_none() {
        for rest in [
            "'x'",
            " x",
            " SYSTEM",
            " SYSTEM'x'",
            " PUBLIC 'x'",
            " PUBLIC '{' 'x'",
            " [",
            " ]",
            " [x]",
            " [<!ELEMENT error>]",
            " [<!ELEMENT error any>]",
            " [<!ELEMENT error ()>]",
            " [<!ELEMENT error (a,b|c)>]",
            " [<!ELEMENT error (a]",
            " [<!ELEMENT error (a,)>]",
            " [<!ELEMENT error (#PCDATA|a)>]",
            " [<!ELEMENT error (a,#PCDATA)>]",
            " [<!ELEMENTerror ANY>]",
            " [<!ATTLIST a b>]",
            " [<!ATTLIST a b CDATA>]",
            " [<!ATTLIST a b STRING #IMPLIED>]",
            " [<!ATTLIST a b CDATA '<'>]",
            " [<!ATTLIST a b CDATA '&undeclared;'>]",
            " [<!ATTLIST a b () 'x'>]",
            " [<!ATTLIST a b NOTATION CDATA 'x'>]",
            " [<!ATTLIST a b CDATA 'x'c CDATA 'x'>]",
            " [<!ENTITY a>]",
            " [<!ENTITY a b>]",
            " [<!ENTITY a '&'>]",
            " [<!ENTITY a '%p;'>]",
            " [<!ENTITY a 'x' NDATA gif>]",
            " [<!ENTITY % a SYSTEM 'x' NDATA gif>]",
            " [<!ENTITY 1 'x'>]",
            " [<!NOTATION gif>]",
            " [<!NOTATION gif 'x'>]",
            " [<!-- a -- b -->]",
            " [<?xml version='1.0'?>]",
            " [<? x?>]",
            " [%p]",
            " [%p;]",
            " [<!ENTITY % p 'x'>%p;]",
            " [<?a:b?>]",
            " [<!ENTITY a:b 'x'>]",
            " [<!ENTITY a '&b:c;'>]",
            " [<!ENTITY a SYSTEM 'x' NDATA b:c>]",
            " [<!NOTATION a:b SYSTEM 'x'>]",
            " [<!ATTLIST a b NOTATION (c:d) #IMPLIED>]",
            " [<!ELEMENT a:b:c ANY>]",
            " [<!ELEMENT a (b:c:d)>]",
            " [<!ELEMENT a (#PCDATA|:b)*>]",
            " [<!ATTLIST a:b:c d CDATA #IMPLIED>]",
            " [<!ATTLIST a :b CDATA #IMPLIED>]",
            " [<!ATTLIST a b:c CDATA 'x'>]",
            " [<!ATTLIST a b:c CDATA #FIXED 'x'>]",
            " [<!ATTLIST a xmlns CDATA #IMPLIED>]",
            " [<!ATTLIST a xmlns:b CDATA 'urn:b'>]",
            " [&p;]",
            " []x",
            " []>",
        ] {
            assert!(!is_doctype(&format!("<!DOCTYPE error{rest}>")), "{rest}");
        }
        assert!(!is_doctype("<!doctype error>"));
        assert!(!is_doctype("<!DOCTYPEerror>"));
        assert!(!is_doctype("<!DOCTYPE a:b:c>"));
        assert!(!is_doctype("<!DOCTYPE>"));
        assert!(!is_doctype("<!DOCTYPE 1>"));
    }

    #[test]
    fn a_deeply_nested_model_costs_no_stack() {
        let deep = 100_000;
        let model = format!("{}a{}", "(".repeat(deep), ")".repeat(deep));
        assert!(is_doctype(&format!(
            "<!DOCTYPE error [<!ELEMENT error {model}>]>"
        )));
    }
}
