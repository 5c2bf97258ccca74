//! Prevents redirect loops: decides whether to send a user away.
//!
//! 1. The [marker](super::marker) in a page's URL lists what the user was asked for on the way there. There
//!    is no other state, so any replica can handle the next request.
//! 2. A denial asks for one or more permissions. If at least one of them is not on the list yet, it is added to
//!    the list, and the user is sent away. If all of them are on the list, or if the list is full, the user is
//!    not sent away.
//! 3. So each trip adds to what counts as asked for, which is limited: a page costs at most one trip for each
//!    permission within the marker's life, whatever the upstream answers.
//! 4. If a location is too long for proxies, its return URL loses its query, and then its path. It never loses
//!    the list.
//! 5. The location of a refusal contains the list too. A user who follows it to be asked again, but does not
//!    grant access, sees the refusal again.

use std::time::{Duration, SystemTime};

#[cfg(feature = "sandbox")]
use super::clock::TestClock;
use super::{
    asked::Asked, context::User, marker::MarkerName, redirect::PrivacyRedirect, visit::Visit,
};
use crate::{
    protocol::{DEFAULT_MARKER_LIFE, Denial, Protocol, ReturnParameter},
    urls::{ReturnUrl, query},
};

#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    pub(crate) marker: MarkerName,
    /// The life of every permission, in place of the protocol's.
    pub(crate) life: Option<Duration>,
    /// The name of the upstream.
    pub(crate) name: Option<Box<str>>,
    /// `None` means the system's clock.
    #[cfg(feature = "sandbox")]
    pub(crate) clock: Option<TestClock>,
}

/// What to do about a denial that points to a trusted page.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Send the user away.
    Redirect(PrivacyRedirect),
    /// The user was already asked.
    Refused(PrivacyRedirect),
    /// There is no user to ask.
    InteractionRequired(Denial),
}

impl Guard {
    /// Decides on a denial for this user. The protocol's settings apply only to its own denials.
    pub(crate) fn decide(&self, protocol: &dyn Protocol, denial: Denial, user: &User) -> Decision {
        let is_own = denial.protocol() == protocol.name();
        let parameter = if is_own {
            protocol.return_parameter(&denial)
        } else {
            ReturnParameter::None
        };
        match user {
            User::Absent => Decision::InteractionRequired(denial),
            User::ReturnsTo(url) => {
                let redirect = PrivacyRedirect::new(denial, url.clone(), &parameter);
                Decision::Redirect(redirect)
            }
            User::Visits(visit) => {
                let life = |permission: &str| {
                    self.life.unwrap_or_else(|| {
                        if is_own {
                            protocol.marker_life(permission)
                        } else {
                            DEFAULT_MARKER_LIFE
                        }
                    })
                };
                let (is_new, marker) = self.mark(&denial, visit, life);
                let with_marker = |page: &ReturnUrl| {
                    let query = query::with(page.query(), self.marker.as_str(), &marker);
                    page.clone().with_query(Some(&query))
                };
                let back = with_marker(visit.return_url());
                let mut redirect = PrivacyRedirect::new(denial, back, &parameter);
                for page in visit.shorter() {
                    if !redirect.is_too_long() {
                        break;
                    }
                    redirect = PrivacyRedirect::new(
                        redirect.denial().clone(),
                        with_marker(&page),
                        &parameter,
                    );
                }
                if is_new {
                    Decision::Redirect(redirect)
                } else {
                    Decision::Refused(redirect)
                }
            }
        }
    }

    /// Returns whether the denial asks for anything new, and the marker with its permissions.
    fn mark(
        &self,
        denial: &Denial,
        visit: &Visit,
        life: impl Fn(&str) -> Duration,
    ) -> (bool, String) {
        let now = self.now();
        let longest = DEFAULT_MARKER_LIFE.max(self.life.unwrap_or_default());
        let mut asked = Asked::new(denial.protocol(), self.name.as_deref());
        for marker in query::values(visit.page().query(), &[self.marker.as_str()]) {
            asked.read(&marker, now, &life, longest);
        }
        let is_new = asked.grow(denial);
        (is_new, asked.write(now))
    }

    /// The time in seconds since 1970.
    #[cfg_attr(
        not(feature = "sandbox"),
        expect(clippy::unused_self, reason = "only a test's clock is of the guard")
    )]
    fn now(&self) -> u64 {
        #[cfg(feature = "sandbox")]
        let time = self
            .clock
            .as_ref()
            .map_or_else(SystemTime::now, TestClock::now);
        #[cfg(not(feature = "sandbox"))]
        let time = SystemTime::now();
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use std::{collections::HashSet, sync::Arc};

    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::{
        protocol::Orange,
        trip::{PrivacyContext, site::Site, visit::Back, visit::Said},
    };

    const NOW: u64 = 1_764_000_000;

    fn at(seconds: u64) -> TestClock {
        TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    fn guard(clock: &TestClock) -> Guard {
        Guard {
            clock: Some(clock.clone()),
            ..Guard::default()
        }
    }

    fn denial(permissions: &[impl AsRef<str>]) -> Denial {
        let url = "http://privacy.orange.fr/urm-gui/interaction.do"
            .parse()
            .unwrap();
        Denial::new("orange", url).with_permissions(permissions)
    }

    fn decide(guard: &Guard, page: &ReturnUrl, denial: Denial) -> Decision {
        let site = Arc::new(Site::new(page.clone()));
        let said = Said {
            current_url: page.as_str().as_bytes(),
            ..Said::default()
        };
        let context = PrivacyContext::visiting(Visit::new(&site, Back::Maker, said));
        guard.decide(&Orange::new(), denial, context.user())
    }

    /// The return URL of a user who is sent away.
    #[track_caller]
    fn sent(decision: Decision) -> ReturnUrl {
        match decision {
            Decision::Redirect(redirect) => redirect.return_url().clone(),
            other => panic!("{other:?}"),
        }
    }

    fn page() -> ReturnUrl {
        "https://app.example/p?a=1".parse().unwrap()
    }

    proptest! {
        /// The user makes every trip and comes back, whatever the upstream answers.
        #[test]
        fn a_page_costs_at_most_one_trip_for_each_permission(
            denials in prop::collection::vec(prop::collection::vec("[a-e.%!~ ]{0,3}", 0..4), 0..60),
            query in "[a-z&=%,]{0,10}",
        ) {
            let start: ReturnUrl = format!("https://app.example/p?{query}").parse().unwrap();
            let guard = guard(&at(NOW));
            let (mut page, mut trips) = (start.clone(), 0);
            let mut seen = HashSet::new();
            for permissions in denials {
                let names = permissions.iter().cloned();
                let unnamed = permissions.is_empty().then(String::new);
                let mut is_new = false;
                for name in names.chain(unnamed) {
                    is_new |= seen.insert(if name.is_empty() { ".".to_owned() } else { name });
                }
                match decide(&guard, &page, denial(&permissions)) {
                    Decision::Redirect(redirect) => {
                        trips += 1;
                        prop_assert!(is_new && trips <= 16);
                        page = redirect.return_url().clone();
                    }
                    Decision::Refused(redirect) => {
                        prop_assert!(!is_new || seen.len() > 16);
                        page = redirect.return_url().clone();
                    }
                    other @ Decision::InteractionRequired(_) => prop_assert!(false, "{other:?}"),
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
    fn a_marker_counts_for_a_day_unless_a_life_is_set() {
        let clock = at(NOW);
        let mut guard = guard(&clock);
        let back = sent(decide(&guard, &page(), denial(&["contact.see"])));
        clock.advance(DEFAULT_MARKER_LIFE);
        let again = decide(&guard, &back, denial(&["contact.see"]));
        assert!(matches!(again, Decision::Refused(_)));
        clock.advance(Duration::from_secs(1));
        sent(decide(&guard, &back, denial(&["contact.see"])));

        guard.life = Some(DEFAULT_MARKER_LIFE * 2);
        let again = decide(&guard, &back, denial(&["contact.see"]));
        assert!(matches!(again, Decision::Refused(_)));
    }

    #[test]
    fn replicas_whose_clocks_differ_count_the_same_trip() {
        let (early, late) = (guard(&at(NOW)), guard(&at(NOW + 3600)));
        for (first, second) in [(&early, &late), (&late, &early)] {
            let back = sent(decide(first, &page(), denial(&["contact.see"])));
            let again = decide(second, &back, denial(&["contact.see"]));
            assert!(matches!(again, Decision::Refused(_)));
        }
    }

    #[test]
    fn a_clock_before_1970_counts_as_1970() {
        let guard = guard(&TestClock::at(
            SystemTime::UNIX_EPOCH - Duration::from_secs(5),
        ));
        let back = sent(decide(&guard, &page(), denial(&["contact.see"])));
        assert!(back.as_str().ends_with("=0.11~contact.see"));
        let again = decide(&guard, &back, denial(&["contact.see"]));
        assert!(matches!(again, Decision::Refused(_)));
    }

    #[test]
    fn upstreams_with_different_names_each_ask_once() {
        let clock = at(NOW);
        let (first, mut second) = (guard(&clock), guard(&clock));
        second.name = Some("b".into());
        let back = sent(decide(&first, &page(), denial(&["contact.see"])));
        let back = sent(decide(&second, &back, denial(&["contact.see"])));
        for guard in [first, second] {
            let again = decide(&guard, &back, denial(&["contact.see"]));
            assert!(matches!(again, Decision::Refused(_)));
        }
    }

    #[test]
    fn a_denial_of_another_protocol_gets_its_own_entry_and_no_return_parameter() {
        let url: Url = "https://consent.example/?urlRetour=x".parse().unwrap();
        let denial = Denial::new("consent", url.clone()).with_permissions(["read"]);
        let guard = guard(&at(NOW));
        let Decision::Redirect(redirect) = decide(&guard, &page(), denial.clone()) else {
            panic!("it was not asked for")
        };
        assert_eq!(redirect.location(), &url);
        assert!(!redirect.returns());
        let back = redirect.return_url();
        assert!(
            back.as_str().ends_with("~consent%21read"),
            "{}",
            back.as_str()
        );
        assert!(matches!(decide(&guard, back, denial), Decision::Refused(_)));
    }

    #[test]
    fn a_context_made_by_hand_keeps_its_return_url_unchanged() {
        let guard = guard(&at(NOW));
        for (context, is_sent) in [
            (PrivacyContext::new(page()), true),
            (PrivacyContext::non_interactive(), false),
        ] {
            match guard.decide(&Orange::new(), denial(&["contact.see"]), context.user()) {
                Decision::Redirect(redirect) => {
                    assert!(is_sent && *redirect.return_url() == page());
                }
                Decision::InteractionRequired(_) => assert!(!is_sent),
                Decision::Refused(redirect) => panic!("{redirect:?}"),
            }
        }
    }
}
