//! The marker: what a user was already asked for, as text in the return URL.
//!
//! ```text
//! 1764000000~contact.see~photos.see
//! ```
//!
//! 1. First the time of the last trip, in seconds since 1970, then the permissions in the order in
//!    which they were asked for: family, a dot, attribute.
//! 2. Letters, digits and `_` of a name stand for themselves, all else is percent-encoded, and the
//!    result is cut off at [`MAX_NAME`] bytes. So a marker has only unreserved characters (RFC 3986,
//!    section 2.3) and `%`, and is at most a few hundred bytes long for the names that are
//!    documented.
//! 3. Names that are equal up to there count as one. That can end an exchange early, and never
//!    keeps one going.
//! 4. A text of any other form is no marker, and says nothing.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::denial::Denial;

/// The name of the parameter, as services of the protocol's own time had it.
pub(crate) const DEFAULT_NAME: &str = "fromOrangePrivacy";

/// How many permissions a marker has at most. The vendor's page documents nine.
pub(crate) const MAX_PERMISSIONS: usize = 16;

/// How many bytes of a name are written. The longest that is documented has 19.
const MAX_NAME: usize = 40;

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_');

/// The permissions that a user was asked for, as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked(Vec<String>);

impl Asked {
    /// Adds what a marker says, if it is one and its time is at most `life` seconds from `now`, in
    /// the past or, since clocks differ, ahead. Without a life any time will do.
    pub(crate) fn read(&mut self, marker: &str, now: u64, life: Option<u64>) {
        let mut parts = marker.split('~');
        let time = parts.next().unwrap_or_default();
        let permissions: Vec<_> = parts.take(MAX_PERMISSIONS + 1).collect();
        if (1..=MAX_PERMISSIONS).contains(&permissions.len())
            && permissions.iter().copied().all(is_permission)
            && time.bytes().all(|byte| byte.is_ascii_digit())
            && time
                .parse()
                .is_ok_and(|time| life.is_none_or(|life| now.abs_diff(time) <= life))
        {
            for permission in permissions {
                self.add(permission.to_owned());
            }
        }
    }

    /// Whether this is a marker, of any time.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn is_written_in(marker: &str) -> bool {
        let mut asked = Self::default();
        asked.read(marker, 0, None);
        !asked.0.is_empty()
    }

    /// Adds what a denial asks for, as far as there is room; whether anything of it is new.
    pub(crate) fn grow(&mut self, denial: &Denial) -> bool {
        let before = self.0.len();
        let family = denial.family();
        let family = name(family.as_deref().unwrap_or_default());
        let mut nameless = true;
        for attribute in denial.attributes() {
            nameless = false;
            self.add(format!("{family}.{}", name(&attribute)));
        }
        if nameless {
            self.add(format!("{family}."));
        }
        self.0.len() > before
    }

    fn add(&mut self, permission: String) {
        if self.0.len() < MAX_PERMISSIONS && !self.0.contains(&permission) {
            self.0.push(permission);
        }
    }

    /// The marker that says so.
    pub(crate) fn write(&self, now: u64) -> String {
        let mut marker = now.to_string();
        for permission in &self.0 {
            marker.push('~');
            marker.push_str(permission);
        }
        marker
    }
}

/// Rule 2.
fn name(text: &str) -> String {
    let mut name: String = utf8_percent_encode(text, ENCODED).take(MAX_NAME).collect();
    // All of it is ASCII.
    name.truncate(MAX_NAME);
    name
}

fn is_permission(text: &str) -> bool {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        name.len() <= MAX_NAME
            && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'%'))
    };
    text.split_once('.')
        .is_some_and(|(family, attribute)| is_name(family) && is_name(attribute))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    const NOW: u64 = 1_764_000_000;
    const LIFE: u64 = 600;

    fn denial(query: &str) -> Denial {
        let url = format!("http://privacy.orange.fr/urm-gui/interaction.do?{query}");
        Denial::new(None, StatusCode::OK, url.parse().unwrap())
    }

    fn read(marker: &str) -> Asked {
        let mut asked = Asked::default();
        asked.read(marker, NOW, Some(LIFE));
        asked
    }

    fn asked(queries: &[&str]) -> Asked {
        let mut asked = Asked::default();
        for query in queries {
            asked.grow(&denial(query));
        }
        asked
    }

    #[test]
    fn what_was_written_is_read_again() {
        for queries in [
            &["family=contact&attributes=,see"][..],
            &[
                "family=contact&attributes=,see,add",
                "family=photos&attributes=see",
            ],
            &["family=a.b~c%25&attributes=x-y%26,%C3%A9"],
            &["family=contact"],
            &["attributes=see"],
            &[""],
        ] {
            let asked = asked(queries);
            assert!(!asked.0.is_empty());
            let marker = asked.write(NOW);
            assert_eq!(read(&marker), asked, "{marker}");
        }
        let asked = asked(&[
            "family=contact&attributes=,see",
            "family=photos&attributes=see",
        ]);
        assert_eq!(asked.write(NOW), "1764000000~contact.see~photos.see");
    }

    #[test]
    fn it_counts_within_its_life_before_and_after() {
        for (time, counts) in [
            (NOW, true),
            (NOW - LIFE, true),
            (NOW - LIFE - 1, false),
            (NOW + LIFE, true),
            (NOW + LIFE + 1, false),
            (0, false),
            (u64::MAX, false),
        ] {
            let asked = read(&format!("{time}~contact.see"));
            assert_eq!(asked != Asked::default(), counts, "{time}");
        }
    }

    #[test]
    fn without_a_life_it_counts_at_any_time() {
        for time in [0, NOW, u64::MAX] {
            let mut asked = Asked::default();
            asked.read(&format!("{time}~contact.see"), NOW, None);
            assert_ne!(asked, Asked::default(), "{time}");
        }
        let mut asked = Asked::default();
        asked.read("99999999999999999999~contact.see", NOW, None);
        assert_eq!(asked, Asked::default());
    }

    #[test]
    fn a_text_of_another_form_says_nothing() {
        let now = NOW.to_string();
        let long = "x".repeat(MAX_NAME + 1);
        for marker in [
            "",
            "true",
            "~",
            "~contact.see",
            &now,
            &format!("{now}~"),
            &format!("{now}~contact"),
            &format!("{now}~contact.see~"),
            &format!("{now}~contact.see.all"),
            &format!("{now}~contact.s-e"),
            &format!("{now}~contact.s\u{e9}e"),
            &format!("{now}~{long}.see"),
            &format!("{now}~contact.{long}"),
            &format!("+{now}~contact.see"),
            &format!("-{now}~contact.see"),
            &format!("99999{now}{now}~contact.see"),
            &format!("{now}{}", "~contact.see".repeat(MAX_PERMISSIONS + 1)),
        ] {
            assert_eq!(read(marker), Asked::default(), "{marker}");
        }
        let most = format!("{now}{}", "~contact.see".repeat(MAX_PERMISSIONS));
        assert_eq!(read(&most), asked(&["family=contact&attributes=see"]));
    }

    #[test]
    fn a_list_that_is_full_takes_no_more() {
        let mut asked = Asked::default();
        for n in 0..MAX_PERMISSIONS {
            assert!(asked.grow(&denial(&format!("family=contact&attributes={n}"))));
        }
        assert!(!asked.grow(&denial("family=contact&attributes=see")));
        assert_eq!(read(&asked.write(NOW)), asked);
    }

    #[test]
    fn a_denial_is_new_if_any_of_its_permissions_is() {
        let mut asked = asked(&["family=contact&attributes=see"]);
        assert!(!asked.grow(&denial("family=contact&attributes=see,see")));
        assert!(asked.grow(&denial("family=contact&attributes=see,add")));
        assert!(!asked.grow(&denial("family=contact&attributes=add")));
        assert!(asked.grow(&denial("family=photos&attributes=see")));
    }

    #[test]
    fn names_are_cut_off_where_the_marker_would_grow_too_long() {
        let long = "%E9".repeat(10_000);
        let asked = asked(&[&format!("family={long}&attributes={long}")]);
        let marker = asked.write(NOW);
        assert!(
            marker.len() <= 10 + 1 + 2 * MAX_NAME + 1,
            "{}",
            marker.len()
        );
        assert_eq!(read(&marker), asked);
    }
}
