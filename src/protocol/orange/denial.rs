//! Orange's parameters in the query of an interaction URL.

use std::borrow::Cow;

use url::Url;

use super::family::Family;
use crate::{protocol::denial::Denial, urls::query};

/// The name of the protocol.
pub(crate) const NAME: &str = "orange";

/// Parameters that only Orange has. They are empty for denials of other protocols.
///
/// # Example
///
/// ```
/// use tower_privacy::{Denial, Family};
///
/// let page = "https://privacy.orange.fr/urm-gui/interaction.do";
/// let url = format!("{page}?family=contact&serviceId=S1&attributes=,add,see").parse()?;
/// let denial = Denial::new("orange", url);
/// assert_eq!(denial.family(), Some(Family::Contact));
/// assert_eq!(denial.service_id().as_deref(), Some("S1"));
/// assert!(denial.attributes().eq(["add", "see"]));
/// # Ok::<(), url::ParseError>(())
/// ```
impl Denial {
    /// The Personal API that the denial is about: `family` in the interaction URL's query, or `familly`, a
    /// spelling that Orange's documentation uses too. The first value that is not empty counts.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        family(self.orange_url()?).map(Family::from)
    }

    /// The id of the calling service: `serviceId` in the interaction URL's query.
    #[must_use]
    pub fn service_id(&self) -> Option<Cow<'_, str>> {
        values(self.orange_url()?, &["serviceId"]).next()
    }

    /// The requested permissions: the names in `attributes` in the interaction URL's query, in order. Empty
    /// names are skipped, since a leading comma is normal (`attributes=,see`).
    pub fn attributes(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.orange_url().into_iter().flat_map(attributes)
    }

    fn orange_url(&self) -> Option<&Url> {
        (self.protocol() == NAME).then(|| self.interaction_url())
    }
}

/// The maximum length of a family in a permission, in bytes. The longest that Orange documents has 8.
const MAX_FAMILY: usize = 64;

/// `family.attribute` for each attribute; `family.` if the URL names none. A family that is too long is left
/// out: repeated for each attribute, it would take up to 8,000 times the length of the document.
pub(super) fn permissions(url: &Url) -> Vec<String> {
    let family = family(url).filter(|family| family.len() <= MAX_FAMILY);
    let family = family.unwrap_or_default();
    let permission = |attribute: &str| [&*family, attribute].join(".");
    let mut permissions = Vec::new();
    for list in values(url, &["attributes"]) {
        permissions.extend(names(&list).map(permission));
    }
    if permissions.is_empty() {
        permissions.push(permission(""));
    }
    permissions
}

/// The names in a list. A leading comma is normal.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').filter(|name| !name.is_empty())
}

fn family(url: &Url) -> Option<Cow<'_, str>> {
    values(url, &["family", "familly"]).next()
}

fn attributes(url: &Url) -> impl Iterator<Item = Cow<'_, str>> {
    values(url, &["attributes"]).flat_map(|list| {
        let names: Vec<_> = match list {
            Cow::Borrowed(list) => names(list).map(Cow::Borrowed).collect(),
            Cow::Owned(list) => names(&list)
                .map(|name| Cow::Owned(name.to_owned()))
                .collect(),
        };
        names
    })
}

fn values<'a>(url: &'a Url, names: &'static [&str]) -> impl Iterator<Item = Cow<'a, str>> {
    let values = query::values(url.query().unwrap_or_default(), names);
    values.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denial(query: &str) -> Denial {
        let url = format!("http://privacy.orange.fr/urm-gui/interaction.do?{query}");
        Denial::new(NAME, url.parse().unwrap())
    }

    #[test]
    fn both_spellings_of_family_are_read() {
        assert_eq!(denial("family=photos").family(), Some(Family::Photos));
        assert_eq!(denial("familly=agenda").family(), Some(Family::Agenda));
        assert_eq!(denial("family=&familly=myco").family(), Some(Family::Myco));
        assert_eq!(denial("Family=photos").family(), None);
        assert_eq!(denial("family=").family(), None);
        assert_eq!(denial("family=music").family().as_deref(), Some("music"));
    }

    #[test]
    fn a_family_that_is_too_long_is_left_out_of_the_permissions() {
        let longest = "x".repeat(MAX_FAMILY);
        for (family, expected) in [(longest.clone(), &*longest), (format!("{longest}x"), "")] {
            let denial = denial(&format!("family={family}&attributes=,see"));
            assert_eq!(denial.family().as_deref(), Some(&*family));
            let permissions = permissions(denial.interaction_url());
            assert_eq!(permissions, [format!("{expected}.see")]);
        }
    }

    #[test]
    fn attributes_are_read_in_order_without_empty_names() {
        let names = |query| {
            denial(query)
                .attributes()
                .map(Cow::into_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("attributes=,see"), ["see"]);
        assert_eq!(names("attributes=add,,see,"), ["add", "see"]);
        assert_eq!(names("attributes=%2Cadd%2Csee"), ["add", "see"]);
        assert_eq!(names("attributes=a&attributes=b"), ["a", "b"]);
        assert_eq!(names("attributes="), [""; 0]);
        assert_eq!(names("family=contact"), [""; 0]);
    }

    #[test]
    fn a_permission_is_a_family_and_an_attribute() {
        for (query, expected) in [
            ("family=contact&attributes=,see", &["contact.see"][..]),
            (
                "attributes=add,see&familly=photos",
                &["photos.add", "photos.see"],
            ),
            ("family=a%20b&attributes=c%26d", &["a b.c&d"]),
            ("family=contact", &["contact."]),
            ("attributes=see", &[".see"]),
            ("", &["."]),
        ] {
            let denial = denial(query);
            assert_eq!(permissions(denial.interaction_url()), expected, "{query}");
        }
    }

    #[test]
    fn the_service_id_is_decoded() {
        assert_eq!(
            denial("serviceId=A%20B").service_id().as_deref(),
            Some("A B")
        );
        assert_eq!(denial("serviceId=").service_id(), None);
    }

    #[test]
    fn denials_of_another_protocol_have_none_of_these_parameters() {
        let url = "https://consent.example/?family=contact&serviceId=S1&attributes=see";
        let denial = Denial::new("consent", url.parse().unwrap());
        assert_eq!((denial.family(), denial.service_id()), (None, None));
        assert_eq!(denial.attributes().next(), None);
    }
}
