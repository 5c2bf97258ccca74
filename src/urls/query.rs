//! Edits the query of a URL as text. Pairs with other names stay the same, byte for byte.
//!
//! Decoding and encoding the other pairs would change them: `attributes=,see` would become
//! `attributes=%2Csee`.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

/// All characters except the unreserved ones (RFC 3986, section 2.3). Every decoder returns the exact text,
/// even one that decodes `+` as a space.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The decoded values of the pairs with these names, in order.
pub(crate) fn values<'a>(query: &'a str, names: &[&str]) -> impl Iterator<Item = Cow<'a, str>> {
    pairs(query)
        .filter(move |pair| names.iter().any(|name| is_named(pair, name)))
        .map(|pair| {
            let (_, value) = split_at(pair, b'=');
            match value.unwrap_or_default() {
                plain if !is_encoded(plain) => Cow::Borrowed(plain),
                _ => decoded(pair).map_or(Cow::Borrowed(""), |(_, value)| value),
            }
        })
}

/// The query with one pair of this name, at the end. Existing pairs of this name are removed.
pub(crate) fn with(query: &str, name: &str, value: &str) -> String {
    // A long value is a URL. About a quarter of its characters are encoded, to three bytes each.
    let mut result = String::with_capacity(query.len() + name.len() + 2 * value.len() + 2);
    for pair in pairs(query).filter(|pair| !is_named(pair, name)) {
        result.push_str(pair);
        result.push('&');
    }
    result.extend(utf8_percent_encode(name, ENCODED));
    result.push('=');
    result.extend(utf8_percent_encode(value, ENCODED));
    result
}

/// The query without the pairs of this name. `None` if it has none.
pub(crate) fn without(query: &str, name: &str) -> Option<String> {
    others(query, name).map(|others| {
        let mut query = String::with_capacity(query.len());
        append(&mut query, "", others);
        query
    })
}

/// Appends pairs, with `before` in front of the first one and `&` in front of the others.
pub(crate) fn append<'a>(text: &mut String, before: &str, pairs: impl Iterator<Item = &'a str>) {
    let mut separator = before;
    for pair in pairs {
        text.push_str(separator);
        text.push_str(pair);
        separator = "&";
    }
}

/// The pairs with other names. `None` if no pair has this name.
pub(crate) fn others<'a>(query: &'a str, name: &str) -> Option<impl Iterator<Item = &'a str>> {
    let is_other = move |pair: &&str| !is_named(pair, name);
    (!pairs(query).all(|pair| is_other(&pair))).then(|| pairs(query).filter(is_other))
}

fn pairs(query: &str) -> impl Iterator<Item = &str> {
    // An empty query has no pairs, rather than one empty pair.
    let mut rest = Some(query).filter(|query| !query.is_empty());
    std::iter::from_fn(move || {
        let (pair, after) = split_at(rest?, b'&');
        rest = after;
        Some(pair)
    })
}

fn is_named(pair: &str, name: &str) -> bool {
    // Encoded or not, the pair must start like the name, or with an encoded character.
    let first = pair.as_bytes().first();
    if first != name.as_bytes().first() && !matches!(first, Some(b'%' | b'+')) {
        return false;
    }
    let (raw, _) = split_at(pair, b'=');
    if is_encoded(raw) {
        decoded(raw).is_some_and(|(raw, _)| raw == name)
    } else {
        raw == name
    }
}

fn is_encoded(text: &str) -> bool {
    memchr::memchr2(b'%', b'+', text.as_bytes()).is_some()
}

fn split_at(text: &str, separator: u8) -> (&str, Option<&str>) {
    match memchr::memchr(separator, text.as_bytes()) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn decoded(pair: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(pair.as_bytes()).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_added_at_the_end_and_the_others_stay_the_same() {
        for (query, expected) in [
            ("", "m=x"),
            ("a=,1&b=%2c+", "a=,1&b=%2c+&m=x"),
            ("m=1&a&m&b=&%6D=2", "a&b=&m=x"),
            ("&&a&", "&&a&&m=x"),
            ("M=1&mm=2&a=m", "M=1&mm=2&a=m&m=x"),
        ] {
            assert_eq!(with(query, "m", "x"), expected, "{query}");
        }
    }

    #[test]
    fn a_decoder_returns_the_exact_name_and_value() {
        for (name, value) in [("a b", "1 2+3%20&="), ("\u{e9}", "\u{4f60}#'\"")] {
            let query = with("", name, value);
            assert!(query.is_ascii() && !query.contains('+'), "{query}");
            assert_eq!(values(&query, &[name]).collect::<Vec<_>>(), [value]);
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_encoded() {
        for query in ["a b=1", "a+b=1", "a%20b=1", "%61%20%62=1"] {
            assert_eq!(
                values(query, &["a b"]).collect::<Vec<_>>(),
                ["1"],
                "{query}"
            );
        }
        assert_eq!(
            values("m=%31&x=2&m&m=%FF", &["m"]).collect::<Vec<_>>(),
            ["1", "", "\u{fffd}"]
        );
    }

    #[test]
    fn names_are_compared_after_decoding() {
        assert_eq!(values("a+b=1&a%2Bb=2", &["a+b"]).collect::<Vec<_>>(), ["2"]);
        assert_eq!(without("a+b=1", "a+b"), None);
        let query = with("a+b=1", "a+b", "2");
        assert_eq!(query, "a+b=1&a%2Bb=2");
    }

    #[test]
    fn the_values_of_several_names_come_in_the_order_of_the_query() {
        let found: Vec<_> = values("b=1&c=2&a=3&b=4", &["a", "b"]).collect();
        assert_eq!(found, ["1", "3", "4"]);
    }

    #[test]
    fn without_removes_only_pairs_of_the_name() {
        assert_eq!(without("", "m"), None);
        assert_eq!(without("a=1&mm=2&=m", "m"), None);
        assert_eq!(without("m", "m").as_deref(), Some(""));
        assert_eq!(
            without("m=1&a=%2C&m=2&&b", "m").as_deref(),
            Some("a=%2C&&b")
        );
    }
}
