//! The challenges of a response (RFC 9110, section 11.6.1), as real servers write them.
//!
//! A value without quotes goes on to the next comma, or to a name with `=` behind it: servers write URLs and
//! lists of scopes that way, and leave commas out. A field that goes on with parameters continues the
//! last challenge, as if it were joined to the field before it. What cannot be part of a challenge is
//! passed over.

use http::{HeaderMap, header::WWW_AUTHENTICATE};

const SPACE: [char; 2] = [' ', '\t'];

/// A scheme and its parameters, in the order in which they stand there.
#[derive(Debug)]
pub(super) struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    pub(super) fn is_of(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The first parameter of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

pub(super) fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    for field in headers.get_all(WWW_AUTHENTICATE) {
        read(&String::from_utf8_lossy(field.as_bytes()), &mut challenges);
    }
    challenges
}

fn read(field: &str, challenges: &mut Vec<Challenge>) {
    let mut rest = field;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (word, after) = split_token(rest);
        if let Some(after) = equals(after) {
            let (value, after) = split_value(after);
            if let Some(challenge) = challenges.last_mut() {
                challenge.parameters.push((word.to_owned(), value));
            }
            rest = after;
        } else if !word.is_empty() {
            challenges.push(Challenge {
                scheme: word.to_owned(),
                parameters: Vec::new(),
            });
            rest = after;
        } else {
            let mut others = rest.chars();
            if others.next().is_none() {
                return;
            }
            rest = others.as_str();
        }
    }
}

/// RFC 9110, section 5.6.2.
fn split_token(text: &str) -> (&str, &str) {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    text.split_at(text.find(|c| !is_token(c)).unwrap_or(text.len()))
}

/// What follows the `=` of a parameter.
fn equals(text: &str) -> Option<&str> {
    let value = text.trim_start_matches(SPACE).strip_prefix('=')?;
    Some(value.trim_start_matches(SPACE))
}

fn split_value(text: &str) -> (String, &str) {
    if let Some(quoted) = text.strip_prefix('"') {
        return split_quoted(quoted);
    }
    let mut end = 0;
    loop {
        let word = text[end..].find([' ', '\t', ',']);
        end = word.map_or(text.len(), |length| end + length);
        let next = text[end..].trim_start_matches(SPACE);
        let (name, after) = split_token(next);
        let is_parameter = !name.is_empty() && equals(after).is_some();
        if next.is_empty() || next.starts_with(',') || is_parameter {
            return (text[..end].to_owned(), next);
        }
        end = text.len() - next.len();
    }
}

/// RFC 9110, section 5.6.4. One that is not closed goes on to the end.
fn split_quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => value.extend(characters.next()),
            other => value.push(other),
        }
    }
    (value, characters.as_str())
}
