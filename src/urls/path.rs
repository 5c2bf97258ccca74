//! Patterns of paths.

use url::Url;

/// A single path, or, with `/*` at the end, a path and everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathPattern {
    path: String,
    is_below_too: bool,
}

impl PathPattern {
    /// Accepts any text. A missing `/` at the start is added, and a `*` elsewhere stands for itself.
    pub(crate) fn new(text: &str) -> Self {
        let slash = if text.starts_with('/') { "" } else { "/" };
        let text = format!("{slash}{text}");
        let below = text.strip_suffix("/*");
        Self {
            // Every path is below the empty path.
            path: match below {
                Some("") => String::new(),
                path => normalised(path.unwrap_or(&text)),
            },
            is_below_too: below.is_some(),
        }
    }

    /// Whether the pattern matches this path, which must be normalised.
    pub(crate) fn is_of(&self, path: &str) -> bool {
        let path = if path.is_empty() { "/" } else { path };
        let below = path.strip_prefix(&*self.path);
        below.is_some_and(|rest| rest.is_empty() || (self.is_below_too && rest.starts_with('/')))
    }
}

/// Resolves dot segments, and decodes unreserved characters (RFC 3986, section 6.2.2).
pub(crate) fn normalised(path: &str) -> String {
    // The parser resolves dot segments, encoded ones too, and encodes other characters as needed.
    let Ok(mut url) = Url::parse("http://localhost/") else {
        return path.to_owned();
    };
    url.set_path(path);
    let mut normal = String::with_capacity(path.len());
    let mut rest = url.path();
    while let Some(at) = rest.find('%') {
        let (before, code) = rest.split_at(at);
        normal.push_str(before);
        let byte = code.get(1..3).map(|hex| u8::from_str_radix(hex, 16));
        let Some(Ok(byte)) = byte else {
            normal.push('%');
            rest = &code[1..];
            continue;
        };
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            normal.push(char::from(byte));
        } else {
            normal.push_str(&code[..3].to_ascii_uppercase());
        }
        rest = &code[3..];
    }
    normal + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_of(pattern: &str, path: &str) -> bool {
        PathPattern::new(pattern).is_of(&normalised(path))
    }

    #[test]
    fn a_path_matches_its_pattern_in_any_spelling() {
        for pattern in [
            "/oauth/callback",
            "oauth/callback",
            "/oauth/./x/../callb%61ck",
        ] {
            for path in [
                "/oauth/callback",
                "/./oauth/callback",
                "/a/../oauth/callback",
                "/a/%2e%2E/oauth/callback",
                "/%6Fauth/c%61llback",
                "\\oauth\\callback",
            ] {
                assert!(is_of(pattern, path), "{pattern} {path}");
            }
            for path in [
                "/",
                "",
                "/oauth",
                "/oauth/callback/",
                "/oauth/callback/x",
                "/oauth/callbacks",
                "/oauth%2Fcallback",
                "/x/oauth/callback",
                "/OAuth/callback",
            ] {
                assert!(!is_of(pattern, path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn a_star_at_the_end_matches_everything_below() {
        for path in [
            "/magic",
            "/magic/",
            "/magic/a",
            "/magic/a/b?c",
            "/m%61gic/a",
        ] {
            assert!(is_of("/magic/*", path), "{path}");
        }
        for path in ["/magical", "/magi", "/a/magic/b", "/magic/../x", "/"] {
            assert!(!is_of("/magic/*", path), "{path}");
        }
        for pattern in ["/*", "*"] {
            for path in ["/", "/a", "/a/b"] {
                assert!(is_of(pattern, path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn a_star_elsewhere_stands_for_itself() {
        assert!(is_of("/a/*/b", "/a/*/b") && !is_of("/a/*/b", "/a/x/b"));
        assert!(is_of("/a*", "/a*") && !is_of("/a*", "/ab"));
    }

    #[test]
    fn other_percent_encoded_characters_are_compared_without_case() {
        assert!(is_of("/a%2fb", "/a%2Fb") && is_of("/caf\u{e9}", "/caf%c3%a9"));
        assert!(is_of("/a b?c", "/a%20b%3fc") && is_of("/100%", "/100%"));
        assert!(is_of("/%zz%", "/%zz%") && !is_of("/%zz", "/%ZZ"));
    }

    #[test]
    fn an_empty_pattern_is_the_root() {
        assert!(is_of("", "/") && !is_of("", "/a"));
    }
}
