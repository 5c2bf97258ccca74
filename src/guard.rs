//! The guard against circles: whether a user is sent to the privacy page once more.
//!
//! 1. What the user was asked for on the way to a page is in the marker of the page's URL. There is
//!    nothing to remember, so any replica can go on where another left off.
//! 2. A denial asks for one or more permissions. If one of them was not asked for yet, the user is
//!    sent away, and the list grows by it. If not, or if the list is full, access was refused.
//! 3. So each trip makes the list longer and the list is bounded: a page costs at most one trip for
//!    each permission, whatever upstream answers.
//! 4. A marker has a life, after which a user who opens the page is asked anew. What a page does by itself
//!    is no act of the user, so for that a marker counts at any time: a page that polls is not sent
//!    away every ten minutes.
//! 5. The location of a refusal has the list too. A user who follows it to be asked again and
//!    refuses again sees the refusal again.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

#[cfg(feature = "sandbox")]
use crate::sandbox::TestClock;
use crate::{
    context::Visit,
    denial::Denial,
    error::PrivacyError,
    marker::{Asked, DEFAULT_NAME},
    query,
    redirect::PrivacyRedirect,
};

/// The default of [`PrivacyLayer::marker_life`](crate::PrivacyLayer::marker_life): 10 minutes.
pub const DEFAULT_MARKER_LIFE: Duration = Duration::from_secs(600);

/// The name of the parameter that holds the marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MarkerName(Arc<str>);

impl MarkerName {
    /// An empty name would be that of each empty pair, so it stands for the default.
    pub(crate) fn new(name: String) -> Self {
        if name.is_empty() {
            Self::default()
        } else {
            Self(name.into())
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for MarkerName {
    fn default() -> Self {
        Self(DEFAULT_NAME.into())
    }
}

#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) marker: MarkerName,
    pub(crate) marker_life: Duration,
    /// The system's, if there is none.
    #[cfg(feature = "sandbox")]
    pub(crate) clock: Option<TestClock>,
}

impl Guard {
    pub(crate) fn new() -> Self {
        Self {
            marker: MarkerName::default(),
            marker_life: DEFAULT_MARKER_LIFE,
            #[cfg(feature = "sandbox")]
            clock: None,
        }
    }

    /// The time by which a denial is decided on.
    #[cfg_attr(
        not(feature = "sandbox"),
        expect(clippy::unused_self, reason = "only a test's clock is of the guard")
    )]
    pub(crate) fn now(&self) -> SystemTime {
        #[cfg(feature = "sandbox")]
        if let Some(clock) = &self.clock {
            return clock.now();
        }
        SystemTime::now()
    }

    /// What follows from a denial for the user of this visit.
    pub(crate) fn decide(&self, denial: Denial, visit: &Visit, now: SystemTime) -> PrivacyError {
        let name = self.marker.as_str();
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let life = visit.is_opened().then(|| whole_seconds(self.marker_life));
        let mut asked = Asked::default();
        for marker in query::values(visit.page().as_url().query().unwrap_or_default(), name) {
            asked.read(&marker, now, life);
        }
        let is_new = asked.grow(&denial);
        let back = visit.return_url();
        let query = back.as_url().query().unwrap_or_default();
        let query = query::with(query, name, &asked.write(now));
        let return_url = back.clone().with_query(Some(&query));
        let redirect = PrivacyRedirect::new(denial, return_url);
        if is_new {
            PrivacyError::Redirect(redirect)
        } else {
            PrivacyError::Refused(redirect)
        }
    }
}

/// Rounded up: a life of less than a second would be none.
fn whole_seconds(life: Duration) -> u64 {
    let whole = life.as_secs();
    whole.saturating_add(u64::from(life > Duration::from_secs(whole)))
}

#[cfg(all(test, any(feature = "actix", feature = "axum")))]
mod tests {
    use std::collections::HashSet;

    use http::StatusCode;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        context::{PrivacyContext, User},
        return_url::ReturnUrl,
    };

    fn denial(family: &str, attributes: &str) -> Denial {
        let url = format!(
            "http://privacy.orange.fr/urm-gui/interaction.do?family={family}&attributes={attributes}"
        );
        Denial::new(None, StatusCode::OK, url.parse().unwrap())
    }

    fn decide(page: &ReturnUrl, denial: Denial, now: SystemTime) -> PrivacyError {
        let context = PrivacyContext::visiting(page.clone(), true, &MarkerName::default());
        let User::Visits(visit) = context.user() else {
            panic!("it was made of a visit")
        };
        Guard::new().decide(denial, visit, now)
    }

    proptest! {
        /// The user goes wherever they are sent and comes back from there, and upstream answers what
        /// it likes.
        #[test]
        fn a_page_costs_at_most_one_trip_for_each_permission(
            denials in prop::collection::vec(("[a-e]{0,2}", "[,a-e%0-9]{0,6}"), 0..60),
            query in "[a-z&=%,]{0,10}",
        ) {
            let start: ReturnUrl = format!("https://app.example/p?{query}").parse().unwrap();
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_000_000);
            let (mut page, mut trips) = (start.clone(), 0);
            let mut seen = HashSet::new();
            for (family, attributes) in denials {
                let denial = denial(&family, &attributes);
                let asked: Vec<_> = denial.attributes().map(String::from).collect();
                let family = denial.family().map(|family| family.to_string());
                let permissions = if asked.is_empty() { vec![String::new()] } else { asked };
                let mut is_new = false;
                for permission in permissions {
                    is_new |= seen.insert((family.clone(), permission));
                }
                match decide(&page, denial, now) {
                    PrivacyError::Redirect(redirect) => {
                        trips += 1;
                        prop_assert!(is_new && trips <= 16);
                        page = redirect.return_url().clone();
                    }
                    PrivacyError::Refused(redirect) => {
                        prop_assert!(!is_new || seen.len() > 16);
                        page = redirect.return_url().clone();
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
                let query = page.as_url().query().unwrap();
                let (rest, marker) = query.rsplit_once("fromOrangePrivacy=").unwrap();
                prop_assert!(!marker.contains('&') && !rest.contains("fromOrange"));
                prop_assert_eq!(
                    rest.strip_suffix('&').unwrap_or(rest),
                    start.as_url().query().unwrap()
                );
            }
        }
    }

    #[test]
    fn a_life_is_rounded_up_to_whole_seconds() {
        for (life, seconds) in [
            (Duration::ZERO, 0),
            (Duration::from_nanos(1), 1),
            (Duration::from_millis(2_500), 3),
            (Duration::from_secs(600), 600),
            (Duration::MAX, u64::MAX),
        ] {
            assert_eq!(whole_seconds(life), seconds);
        }
    }

    #[test]
    fn a_clock_before_1970_is_1970() {
        let page: ReturnUrl = "https://app.example/".parse().unwrap();
        let early = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
        let error = decide(&page, denial("contact", "see"), early);
        let PrivacyError::Redirect(redirect) = error else {
            panic!("{error}")
        };
        let back = redirect.return_url();
        assert!(back.as_str().ends_with("=0~contact.see"));
        let error = decide(back, denial("contact", "see"), early);
        assert!(matches!(error, PrivacyError::Refused(_)));
    }
}
