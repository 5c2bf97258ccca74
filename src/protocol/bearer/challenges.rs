//! Reads the challenges of a response (RFC 9110, section 11.6.1), as real servers write them.
//!
//! Servers send URLs and lists of scopes without quotes, and leave out commas. So a value without quotes ends
//! at the next comma, at a name followed by `=`, or at a known scheme followed by a parameter. A field that
//! begins with parameters continues the last challenge of the field before it. Anything that cannot be part
//! of a challenge is skipped.

use http::{HeaderMap, header::WWW_AUTHENTICATE};

const SPACE: [char; 2] = [' ', '\t'];
const SCHEMES: [&str; 5] = ["Basic", "Bearer", "Digest", "DPoP", "Negotiate"];

/// A scheme and its parameters, in order.
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
        } else if word.is_empty() {
            let mut others = rest.chars();
            if others.next().is_none() {
                return;
            }
            rest = others.as_str();
        } else {
            let (text, after) = rest.split_at(rest.find([' ', '\t', ',']).unwrap_or(rest.len()));
            // A scheme is a token. Anything else is skipped.
            if text == word {
                challenges.push(Challenge {
                    scheme: word.to_owned(),
                    parameters: Vec::new(),
                });
            }
            rest = after;
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
        let is_scheme = SCHEMES.iter().any(|it| it.eq_ignore_ascii_case(name))
            && equals(split_token(after.trim_start_matches(SPACE)).1).is_some();
        if next.is_empty() || next.starts_with(',') || is_parameter || is_scheme {
            return (text[..end].to_owned(), next);
        }
        end = text.len() - next.len();
    }
}

/// RFC 9110, section 5.6.4. Without a closing quote, the string ends with the text.
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    type Plain = Vec<(String, Vec<(String, String)>)>;

    fn of(fields: &[&str]) -> Plain {
        let fields = fields.iter().map(|field| {
            let value = HeaderValue::from_bytes(field.as_bytes()).unwrap();
            (WWW_AUTHENTICATE, value)
        });
        let challenges = challenges(&fields.collect()).into_iter();
        challenges.map(|it| (it.scheme, it.parameters)).collect()
    }

    #[track_caller]
    fn assert_read(fields: &[&str], expected: &[(&str, &[(&str, &str)])]) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let expected: Plain = expected
            .iter()
            .map(|(scheme, parameters)| {
                ((*scheme).to_owned(), parameters.iter().map(owned).collect())
            })
            .collect();
        assert_eq!(of(fields), expected, "{fields:?}");
    }

    #[test]
    fn challenges_are_read_as_servers_write_them() {
        // Microsoft Graph: an unquoted URL.
        assert_read(
            &[
                "Bearer realm=\"\", authorization_uri=https://login.example/common/oauth2?a=b, \
               error=\"insufficient_claims\", claims=\"e30=\"",
            ],
            &[(
                "Bearer",
                &[
                    ("realm", ""),
                    (
                        "authorization_uri",
                        "https://login.example/common/oauth2?a=b",
                    ),
                    ("error", "insufficient_claims"),
                    ("claims", "e30="),
                ],
            )],
        );
        // Two challenges in one field.
        assert_read(
            &["Bearer realm=\"api\", DPoP algs=\"RS256 ES256\""],
            &[
                ("Bearer", &[("realm", "api")]),
                ("DPoP", &[("algs", "RS256 ES256")]),
            ],
        );
        // The same, without the comma.
        assert_read(
            &["Bearer realm=\"api\" DPoP algs=\"RS256\""],
            &[
                ("Bearer", &[("realm", "api")]),
                ("DPoP", &[("algs", "RS256")]),
            ],
        );
        assert_read(
            &["Basic realm=api bearer error=x scope=a b DPoP algs=c"],
            &[
                ("Basic", &[("realm", "api")]),
                ("bearer", &[("error", "x"), ("scope", "a b")]),
                ("DPoP", &[("algs", "c")]),
            ],
        );
        assert_read(
            &["Bearer error_description=The Bearer token expired, a=b"],
            &[(
                "Bearer",
                &[
                    ("error_description", "The Bearer token expired"),
                    ("a", "b"),
                ],
            )],
        );
        // No commas, and a list without quotes.
        assert_read(
            &["Bearer error=\"x\" scope=files:read files:write\tall  max_age=5 , a=b"],
            &[(
                "Bearer",
                &[
                    ("error", "x"),
                    ("scope", "files:read files:write\tall"),
                    ("max_age", "5"),
                    ("a", "b"),
                ],
            )],
        );
        // A field that continues the one before it.
        assert_read(
            &["Negotiate", "Bearer realm=x", "error=y"],
            &[
                ("Negotiate", &[]),
                ("Bearer", &[("realm", "x"), ("error", "y")]),
            ],
        );
    }

    #[test]
    fn malformed_fields_are_read_as_far_as_possible() {
        for field in [
            "", " ", ",", ", ,\t,", "=", "a=b", "\"", "\\", "=\"a\"", ";:/",
        ] {
            assert_read(&[field], &[]);
        }
        assert_read(&["Bearer"], &[("Bearer", &[])]);
        assert_read(&["Bearer a"], &[("Bearer", &[]), ("a", &[])]);
        assert_read(&["Bearer a="], &[("Bearer", &[("a", "")])]);
        assert_read(&["Bearer a=,b="], &[("Bearer", &[("a", ""), ("b", "")])]);
        assert_read(&["Bearer a = \"b\""], &[("Bearer", &[("a", "b")])]);
        assert_read(
            &["Bearer a=\"b\\\"\\\\,\\c\""],
            &[("Bearer", &[("a", "b\"\\,c")])],
        );
        assert_read(&["Bearer a=\"b, c=d"], &[("Bearer", &[("a", "b, c=d")])]);
        assert_read(&["Bearer a=\"b\\"], &[("Bearer", &[("a", "b")])]);
        assert_read(&["Bearer a=\"é\""], &[("Bearer", &[("a", "é")])]);
        assert_read(
            &["Negotiate YII==, Bearer a=b"],
            &[("Negotiate", &[("YII", "=")]), ("Bearer", &[("a", "b")])],
        );
        assert_read(
            &["Bearer scope=a:b,c:d,e/f, error=x"],
            &[("Bearer", &[("scope", "a:b"), ("error", "x")])],
        );
        assert_read(
            &["Bearer a=\"b\"; c=\"d\""],
            &[("Bearer", &[("a", "b"), ("c", "d")])],
        );
    }

    #[test]
    fn names_are_case_insensitive_and_the_first_parameter_of_a_name_counts() {
        let fields = [(WWW_AUTHENTICATE, "BEARER Error=a, eRROR=b".parse().unwrap())];
        let [challenge] = &challenges(&HeaderMap::from_iter(fields))[..] else {
            panic!("there is one")
        };
        assert!(challenge.is_of("Bearer") && !challenge.is_of("Bear"));
        assert_eq!(challenge.get("error"), Some("a"));
        assert_eq!(challenge.get("err"), None);
    }

    /// The challenges that an independent parser finds in a field, if it accepts the field.
    fn by_http_auth(field: &str) -> Option<Plain> {
        let challenges = http_auth::parse_challenges(field).ok()?;
        let parameters = |parameters: Vec<(&str, http_auth::ParamValue<'_>)>| {
            parameters
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_unescaped()))
                .collect()
        };
        Some(
            challenges
                .into_iter()
                .map(|it| (it.scheme.to_owned(), parameters(it.params)))
                .collect(),
        )
    }

    fn challenge() -> impl Strategy<Value = String> {
        let value = prop_oneof!["[a-z.!-]{1,5}", "\"([ -!#-~]|\\\\\\\\[ -~]){0,8}\""];
        let parameter = ("[a-zA-Z_]{1,4}", "[ \t]?=[ \t]?", value);
        let parameter = parameter.prop_map(|(name, equals, value)| name + &equals + &value);
        let parameters = prop::collection::vec(parameter, 0..4);
        ("[a-zA-Z]{1,5}", parameters, "[ \t]?,[ ,]?").prop_map(|(scheme, parameters, comma)| {
            if parameters.is_empty() {
                scheme
            } else {
                format!("{scheme} {}", parameters.join(&comma))
            }
        })
    }

    #[test]
    fn the_independent_parser_accepts_most_of_the_generated_fields() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let strategy = prop::collection::vec(challenge(), 1..4);
        let read = (0..200).filter(|_| {
            let fields = strategy.new_tree(&mut runner).unwrap();
            by_http_auth(&proptest::strategy::ValueTree::current(&fields).join(", ")).is_some()
        });
        assert!(read.count() > 100);
    }

    proptest! {
        #[test]
        fn every_field_that_http_auth_accepts_is_read_the_same_way(
            field in prop_oneof![
                prop::collection::vec(challenge(), 1..4).prop_map(|all| all.join(", ")),
                "[ab =,\"\\\\\t:]{0,16}",
            ],
        ) {
            if let Some(expected) = by_http_auth(&field) {
                prop_assert_eq!(of(&[&field]), expected, "{}", field);
            }
        }

        #[test]
        fn no_field_causes_a_panic(field in "[ -~\t\u{e9}]{0,60}") {
            of(&[&field]);
        }
    }
}
