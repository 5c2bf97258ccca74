//! What a privacy denial is, and how one is recognised.
//!
//! Everything in this folder is a plain function over bytes, headers and URLs:
//! [`gate`] looks at the head of a response, [`scan`] at the first bytes of its body, [`encoding`]
//! makes text of the whole body, [`parse`] reads the document.

pub(crate) mod dtd;
pub(crate) mod elements;
pub(crate) mod encoding;
mod family;
pub(crate) mod gate;
pub(crate) mod grammar;
pub(crate) mod parse;
pub(crate) mod scan;
pub(crate) mod units;

use std::{borrow::Cow, fmt, sync::Arc};

use http::StatusCode;
use url::Url;

pub use family::Family;

use crate::{error::Echo, return_url::Bare};

/// A privacy denial: upstream's answer that the user has not granted access, as it was parsed.
///
/// It is an XML document whose root element is `error`, with a child `detail` that is exactly
/// `PrivacyAccessDeniedException`. Clones share one allocation. `Debug` prints no query.
///
/// # Example
///
/// ```
/// # use tower_privacy::{inspect, Family, PrivacyContext, PrivacyError, PrivacyLayer, ReturnUrl};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let home = ReturnUrl::try_from("https://app.example/")?;
/// let body = "<error><code>-3</code><detail>PrivacyAccessDeniedException</detail>\
///     <url>http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;serviceId=S1&amp;attributes=,see</url></error>";
/// let response = http::Response::builder().status(500).body(body.to_owned())?;
///
/// let context = PrivacyContext::non_interactive();
/// let error = inspect(response, &context, &PrivacyLayer::new(home)).await.unwrap_err();
/// let PrivacyError::InteractionRequired(denial) = error else { panic!("{error}") };
///
/// assert_eq!(denial.code(), Some(-3));
/// assert_eq!(denial.status(), 500);
/// assert_eq!(denial.family(), Some(Family::Contact));
/// assert_eq!(denial.service_id().as_deref(), Some("S1"));
/// assert!(denial.attributes().eq(["see"]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Denial {
    data: Arc<DenialData>,
    pub(crate) echo: Echo,
}

struct DenialData {
    code: Option<i32>,
    status: StatusCode,
    interaction_url: Url,
}

impl Denial {
    pub(crate) fn new(code: Option<i32>, status: StatusCode, interaction_url: Url) -> Self {
        Self {
            data: Arc::new(DenialData {
                code,
                status,
                interaction_url,
            }),
            echo: Echo::default(),
        }
    }

    /// The number in the document's `code`, `-3` on the vendor's page; `None` if there is none.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.data.code
    }

    /// The status of the upstream response. A denial can carry any; 500 was seen.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.data.status
    }

    /// The URL as upstream sent it, on a trusted endpoint.
    #[must_use]
    pub fn interaction_url(&self) -> &Url {
        &self.data.interaction_url
    }

    /// Which API the denial is about: `family` in the interaction URL's query, or `familly`, as the
    /// vendor's page also spells it. The first that is not empty counts.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        self.values(|name| matches!(name, "family" | "familly"))
            .next()
            .map(Family::from)
    }

    /// The id of the calling service: `serviceId` in the interaction URL's query.
    #[must_use]
    pub fn service_id(&self) -> Option<Cow<'_, str>> {
        self.values(|name| name == "serviceId").next()
    }

    /// The permissions asked for: the names in `attributes` in the interaction URL's query, in
    /// order. Empty names are left out, since a leading comma is normal (`attributes=,see`).
    pub fn attributes(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.values(|name| name == "attributes")
            .flat_map(|list| match list {
                Cow::Borrowed(list) => Names::Borrowed(list.split(',')),
                Cow::Owned(list) => Names::Owned(
                    list.split(',')
                        .map(str::to_owned)
                        .collect::<Vec<_>>()
                        .into_iter(),
                ),
            })
            .filter(|name| !name.is_empty())
    }

    fn values(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = Cow<'_, str>> {
        self.data
            .interaction_url
            .query_pairs()
            .filter(move |(name, value)| wanted(name) && !value.is_empty())
            .map(|(_, value)| value)
    }
}

enum Names<'a> {
    Borrowed(std::str::Split<'a, char>),
    Owned(std::vec::IntoIter<String>),
}

impl<'a> Iterator for Names<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Borrowed(names) => names.next().map(Cow::Borrowed),
            Self::Owned(names) => names.next().map(Cow::Owned),
        }
    }
}

impl fmt::Debug for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denial")
            .field("code", &self.code())
            .field("status", &self.status())
            .field("interaction_url", &Bare(self.interaction_url()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denial(query: &str) -> Denial {
        let url = format!("http://privacy.orange.fr/urm-gui/interaction.do?{query}");
        Denial::new(
            Some(-3),
            StatusCode::INTERNAL_SERVER_ERROR,
            url.parse().unwrap(),
        )
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
    fn attributes_are_the_names_that_are_not_empty_in_order() {
        let names = |query| {
            denial(query)
                .attributes()
                .map(Cow::into_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("attributes=,see"), ["see"]);
        assert_eq!(names("attributes=add,,see,"), ["add", "see"]);
        assert_eq!(names("attributes=%2Cadd%2Csee"), ["add", "see"]);
        assert_eq!(names("attributes="), [""; 0]);
        assert_eq!(names("family=contact"), [""; 0]);
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
    fn debug_prints_no_query() {
        let text = format!("{:?}", denial("serviceId=s3cret"));
        assert!(
            text.contains("http://privacy.orange.fr/urm-gui/interaction.do"),
            "{text}"
        );
        assert!(!text.contains("s3cret"), "{text}");
    }
}
