//! A user's visit to a page of the host: what a request tells about it, and which page it is.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use super::site::Site;
use crate::urls::{ReturnUrl, query};

/// Which page the user comes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// The requested page.
    Own,
    /// The page that contains the requested frame, or the frame itself if that page is not known.
    Around,
    /// The page that made the request.
    Maker,
}

/// What a request tells about its user and the page that they are on. Values that are not UTF-8 are ignored.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said<'a> {
    /// The path and query, as the client sent them.
    pub(crate) target: &'a [u8],
    /// `:authority` or `Host`.
    pub(crate) host: &'a [u8],
    /// `HX-Current-URL`.
    pub(crate) current_url: &'a [u8],
    pub(crate) referer: &'a [u8],
    /// `Accept-Language`.
    pub(crate) languages: &'a [u8],
}

/// A user's visit to a page of the host. Most visits see no denial, so the page is only computed when it is
/// needed.
pub(crate) struct Visit {
    site: Arc<Site>,
    back: Back,
    /// The request's values, one per line. None of them contains a line break.
    said: Vec<u8>,
    pages: OnceLock<Box<Pages>>,
    is_answered: AtomicBool,
}

struct Pages {
    /// The page that the user is on, with the marker in its URL, if any.
    page: ReturnUrl,
    /// The page without the marker, if it has one.
    return_url: Option<ReturnUrl>,
    /// Whether it is the requested page.
    is_own: bool,
}

impl Visit {
    pub(crate) fn new(site: &Arc<Site>, back: Back, said: Said<'_>) -> Self {
        // Values that cannot be needed are not kept.
        let may_be_made = back == Back::Maker || site.has_exceptions();
        let kept = [
            (said.languages, true),
            (said.target, back != Back::Maker),
            (said.host, site.has_several_bases()),
            (said.current_url, may_be_made),
            (said.referer, may_be_made || back == Back::Around),
        ];
        let kept = kept.map(|(line, is_kept)| if is_kept { line } else { b"" });
        let mut said = Vec::with_capacity(kept.iter().map(|line| line.len() + 1).sum());
        for line in kept {
            said.extend_from_slice(line);
            said.push(b'\n');
        }
        Self {
            site: Arc::clone(site),
            back,
            said,
            pages: OnceLock::new(),
            is_answered: AtomicBool::new(false),
        }
    }

    /// The page that the user is on, with the marker in its URL, if any.
    pub(crate) fn page(&self) -> &ReturnUrl {
        &self.pages().page
    }

    /// The page without the marker.
    pub(crate) fn return_url(&self) -> &ReturnUrl {
        let pages = self.pages();
        pages.return_url.as_ref().unwrap_or(&pages.page)
    }

    /// Shorter return URLs, for one that is too long. The first has no query, the next no fragment either,
    /// and the last is the landing page.
    pub(super) fn shorter(&self) -> impl Iterator<Item = ReturnUrl> {
        let bare = self.return_url().clone().with_query(None);
        [bare.clone(), bare.without_fragment()]
            .into_iter()
            .chain([self.landing_page().clone()])
    }

    /// Where a user comes back to if their page is not known.
    pub(crate) fn landing_page(&self) -> &ReturnUrl {
        self.site.landing_page(self.line(Line::Host))
    }

    /// The languages that the user reads.
    pub(crate) fn languages(&self) -> &str {
        self.line(Line::Languages)
    }

    /// The requested page, if the user comes back to it.
    pub(crate) fn own(&self) -> Option<&ReturnUrl> {
        Some(self.pages())
            .filter(|pages| pages.is_own)
            .map(|pages| &pages.page)
    }

    /// Records that an upstream answered a call without denying it.
    pub(super) fn answer(&self) {
        self.is_answered.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.is_answered.load(Ordering::Relaxed)
    }

    fn pages(&self) -> &Pages {
        self.pages.get_or_init(|| {
            let own = self.own_page();
            let is_own = own.is_some();
            let page = own.unwrap_or_else(|| self.other_page());
            let query = query::without(page.query(), self.site.marker.as_str());
            let return_url = query.map(|query| {
                let query = Some(&*query).filter(|query| !query.is_empty());
                page.clone().with_query(query)
            });
            Box::new(Pages {
                page,
                return_url,
                is_own,
            })
        })
    }

    /// The requested page, if the user comes back to it.
    fn own_page(&self) -> Option<ReturnUrl> {
        let own = || {
            self.site
                .own(self.line(Line::Host), self.line(Line::Target))
        };
        match self.back {
            Back::Own => own(),
            Back::Around => own().filter(|_| self.page_around().is_none()),
            Back::Maker => None,
        }
    }

    fn page_around(&self) -> Option<ReturnUrl> {
        self.referring_page().filter(|page| !page.is_origin_alone())
    }

    fn referring_page(&self) -> Option<ReturnUrl> {
        self.site
            .referring_page(self.line(Line::Host), self.line(Line::Referer))
    }

    /// The page that made the request, or else the landing page.
    fn other_page(&self) -> ReturnUrl {
        self.site
            .page(self.line(Line::CurrentUrl))
            .or_else(|| self.referring_page())
            .unwrap_or_else(|| self.landing_page().clone())
    }

    fn line(&self, line: Line) -> &str {
        let mut lines = self.said.split(|byte| *byte == b'\n');
        let said = lines.nth(line as usize).unwrap_or_default();
        std::str::from_utf8(said).unwrap_or_default()
    }
}

/// The lines of a request's values, in order.
#[derive(Clone, Copy)]
enum Line {
    Languages,
    Target,
    Host,
    CurrentUrl,
    Referer,
}

/// Two visits are equal if their pages are, whether or not a call was answered.
impl PartialEq for Visit {
    fn eq(&self, other: &Self) -> bool {
        self.page() == other.page()
    }
}

impl Eq for Visit {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> ReturnUrl {
        text.parse().unwrap()
    }

    fn site(base: &str) -> Site {
        Site::new(url(base))
    }

    fn back(site: &Site, back: Back, said: Said<'_>) -> String {
        let visit = Visit::new(&Arc::new(site.clone()), back, said);
        visit.return_url().as_str().to_owned()
    }

    fn own(site: &Site, target: &str) -> String {
        let said = Said {
            target: target.as_bytes(),
            ..Said::default()
        };
        back(site, Back::Own, said)
    }

    fn maker(site: &Site, current_url: &str, referer: &str) -> String {
        let said = Said {
            target: b"/api",
            current_url: current_url.as_bytes(),
            referer: referer.as_bytes(),
            ..Said::default()
        };
        back(site, Back::Maker, said)
    }

    #[test]
    fn the_base_and_the_path_are_joined_with_one_slash() {
        for (base, target, expected) in [
            ("https://app.example", "/", "https://app.example/"),
            ("https://app.example", "/a?b", "https://app.example/a?b"),
            ("https://app.example/x", "/a", "https://app.example/x/a"),
            ("https://app.example/x/", "/a", "https://app.example/x/a"),
            (
                "https://app.example/x?y=1#z",
                "/a",
                "https://app.example/x/a",
            ),
            ("http://[::1]:8080/", "/a/?", "http://[::1]:8080/a/?"),
            (
                "https://app.example",
                "//evil.test",
                "https://app.example//evil.test",
            ),
            (
                "https://app.example",
                "/\\evil.test",
                "https://app.example//evil.test",
            ),
            (
                "https://app.example",
                "/@evil.test",
                "https://app.example/@evil.test",
            ),
            ("https://app.example", "*", "https://app.example/"),
            (
                "https://app.example",
                "evil.test:443",
                "https://app.example/",
            ),
            ("https://app.example", "", "https://app.example/"),
        ] {
            assert_eq!(own(&site(base), target), expected, "{base} {target}");
        }
    }

    #[test]
    fn the_page_has_the_marker_and_the_return_url_does_not() {
        let site = Arc::new(site("https://app.example"));
        let said = Said {
            target: b"/a?fromOrangePrivacy=1~x.y&b",
            ..Said::default()
        };
        let visit = Visit::new(&site, Back::Own, said);
        assert_eq!(
            visit.page().as_str(),
            "https://app.example/a?fromOrangePrivacy=1~x.y&b"
        );
        assert_eq!(visit.return_url().as_str(), "https://app.example/a?b");
        assert_eq!(visit.own(), Some(visit.page()));
        let visit = Visit::new(&site, Back::Maker, said);
        assert_eq!((visit.page(), visit.own()), (visit.landing_page(), None));
    }

    #[test]
    fn the_page_that_made_a_request_is_its_current_url_or_its_referer() {
        let site = site("https://app.example/x");
        let (a, b) = ("https://app.example/a?1#2", "https://app.example/b");
        assert_eq!(maker(&site, a, b), a);
        assert_eq!(maker(&site, "https://evil.test/", b), b);
        // The root belongs to another app, or a referrer policy has cut the path.
        assert_eq!(
            maker(&site, "", "https://app.example/"),
            "https://app.example/x"
        );
        for nowhere in [
            "",
            "/relative",
            "javascript:alert(1)",
            "https://evil.test/",
            "http://app.example/a",
            "https://app.example:8443/a",
            "https://app.example@evil.test/",
            "https://user@app.example/",
            "https://app.example/worker.js",
            "https://app.example/worker.mjs?v=1",
        ] {
            assert_eq!(
                maker(&site, nowhere, nowhere),
                "https://app.example/x",
                "{nowhere}"
            );
        }
    }

    /// Across origins, a `Referer` does not name a page.
    #[test]
    fn the_origins_of_the_landing_page_and_of_each_base_belong_to_the_app() {
        let mut site = site("https://api.example");
        site.landing_page = Some(url("https://spa.example/start"));
        site.also_at(url("https://api.example.fr/x?y#z"));
        for page in [
            "https://spa.example/list?a",
            "https://api.example.fr/b",
            "https://api.example/c",
        ] {
            assert_eq!(maker(&site, page, ""), page);
            assert_eq!(maker(&site, "", page), page);
        }
        for origin in ["https://spa.example/", "https://api.example.fr"] {
            assert_eq!(maker(&site, "", origin), "https://spa.example/start");
        }
        assert_eq!(
            maker(&site, "https://spa.example/", ""),
            "https://spa.example/"
        );
        assert_eq!(
            maker(&site, "", "https://api.example/"),
            "https://api.example/"
        );
        assert_eq!(
            maker(
                &site,
                "https://evil.test/",
                "https://spa.example.evil.test/a"
            ),
            "https://spa.example/start"
        );
    }

    #[test]
    fn a_host_chooses_among_the_bases_and_adds_none() {
        let mut site = site("https://app.example/x");
        site.also_at(url("https://APP.example.fr"));
        site.also_at(url("http://localhost:8080/y/"));
        site.also_at(url("http://[::1]:8080"));
        for (host, expected) in [
            ("app.example", "https://app.example/x/a"),
            ("app.example:443", "https://app.example/x/a"),
            ("app.example.fr", "https://app.example.fr/a"),
            ("App.Example.FR:443", "https://app.example.fr/a"),
            ("localhost:8080", "http://localhost:8080/y/a"),
            ("[::1]:8080", "http://[::1]:8080/a"),
            ("[0:0::1]:8080", "http://[::1]:8080/a"),
            ("app.example.fr:80", "https://app.example/x/a"),
            ("app.example.fr:8443", "https://app.example/x/a"),
            ("localhost", "https://app.example/x/a"),
            ("evil.test", "https://app.example/x/a"),
            ("app.example.fr.evil.test", "https://app.example/x/a"),
            ("evil.test/app.example.fr", "https://app.example/x/a"),
            ("app.example.fr@evil.test", "https://app.example/x/a"),
            ("", "https://app.example/x/a"),
            (":443", "https://app.example/x/a"),
        ] {
            let said = Said {
                target: b"/a",
                host: host.as_bytes(),
                ..Said::default()
            };
            assert_eq!(back(&site, Back::Own, said), expected, "{host}");
            // Without a landing page, users whose page is not known return to the base.
            let landing = back(&site, Back::Maker, said);
            assert_eq!(
                landing.trim_end_matches('/'),
                expected.trim_end_matches("/a"),
                "{host}"
            );
        }
        site.landing_page = Some(url("https://app.example/start"));
        let said = Said {
            host: b"app.example.fr",
            ..Said::default()
        };
        assert_eq!(back(&site, Back::Maker, said), "https://app.example/start");
    }

    #[test]
    fn a_frame_returns_to_the_page_around_it_or_to_itself() {
        let site = site("https://app.example");
        let around = |referer: &str| {
            let said = Said {
                target: b"/frame?a",
                referer: referer.as_bytes(),
                ..Said::default()
            };
            back(&site, Back::Around, said)
        };
        assert_eq!(
            around("https://app.example/page?b"),
            "https://app.example/page?b"
        );
        assert_eq!(around("https://app.example/?b"), "https://app.example/?b");
        for unknown in [
            "",
            "https://app.example/",
            "https://app.example",
            "https://evil.test/page",
        ] {
            assert_eq!(around(unknown), "https://app.example/frame?a", "{unknown}");
        }
    }

    fn said<'a>(target: &'a str, current_url: &'a str, referer: &'a str) -> Said<'a> {
        Said {
            target: target.as_bytes(),
            current_url: current_url.as_bytes(),
            referer: referer.as_bytes(),
            ..Said::default()
        }
    }

    #[test]
    fn nobody_returns_to_an_excluded_path() {
        let mut site = site("https://app.example/x");
        site.landing_page = Some(url("https://app.example/start"));
        site.never_return_to(["/oauth/callback", "magic/*"]);
        let page = "https://app.example/x/list";
        for never in [
            "/oauth/callback?code=1",
            "/oauth/./c%61llback",
            "/magic",
            "/magic/a?b",
        ] {
            for kind in [Back::Own, Back::Around] {
                assert_eq!(
                    back(&site, kind, said(never, "", "")),
                    "https://app.example/start"
                );
                assert_eq!(back(&site, kind, said(never, "", page)), page, "{never}");
                assert_eq!(back(&site, kind, said(never, page, "")), page, "{never}");
                for url in [
                    "https://app.example/x/magic/b",
                    "https://app.example/magic/b",
                ] {
                    let found = back(&site, kind, said(never, url, url));
                    assert_eq!(found, "https://app.example/start", "{never}");
                }
            }
            let url = format!("https://app.example/x{never}");
            assert_eq!(
                maker(&site, &url, &url),
                "https://app.example/start",
                "{never}"
            );
            assert_eq!(maker(&site, &url, page), page, "{never}");
        }
        assert_eq!(
            own(&site, "/oauth/callback/b"),
            "https://app.example/x/oauth/callback/b"
        );
        let encoded = "https://app.example/%78/oauth/callback?code=1";
        assert_eq!(maker(&site, encoded, encoded), "https://app.example/start");
        // So an Inertia visit is only ever sent to its own page.
        let visit = Visit::new(&Arc::new(site.clone()), Back::Own, said("/magic", page, ""));
        assert_eq!((visit.own(), visit.page().as_str()), (None, page));
        assert_eq!(own(&site, "/magical"), "https://app.example/x/magical");
    }

    #[test]
    fn visits_are_equal_if_their_pages_are() {
        let site = Arc::new(site("https://app.example"));
        let a = Visit::new(
            &site,
            Back::Own,
            Said {
                target: b"/a",
                ..Said::default()
            },
        );
        let said = Said {
            current_url: b"https://app.example/a",
            ..Said::default()
        };
        let same = Visit::new(&site, Back::Maker, said);
        same.answer();
        assert!(same.is_answered() && !a.is_answered() && a == same);
        assert!(a != Visit::new(&site, Back::Maker, Said::default()));
    }

    proptest! {
        #[test]
        fn users_return_to_the_configured_host_whatever_they_request(
            path in "[/\\\\.@:%?#a-z0-9\u{e9}]{0,12}",
            query in "[ -~]{0,12}",
            host in "[ -~]{0,12}",
        ) {
            let mut site = site("https://app.example/x");
            site.also_at(url("https://app.example:444/"));
            let target = format!("/{path}?{query}");
            let said = Said { target: target.as_bytes(), host: host.as_bytes(), ..Said::default() };
            for kind in [Back::Own, Back::Around, Back::Maker] {
                let found = back(&site, kind, said).parse::<url::Url>().unwrap();
                prop_assert_eq!(found.origin().ascii_serialization(), "https://app.example");
                prop_assert!(found.username().is_empty() && found.password().is_none());
            }
        }

        #[test]
        fn users_return_to_a_configured_origin_whatever_page_is_named(
            page in "(https?:|javascript:)?[/\\\\]{0,3}(user@)?(app\\.example|evil\\.test)(:[0-9]{1,4})?[/\\\\.@#a-z]{0,8}",
        ) {
            let site = site("https://app.example/x");
            for found in [maker(&site, &page, ""), maker(&site, "", &page)] {
                let found = found.parse::<url::Url>().unwrap();
                prop_assert_eq!(found.origin().ascii_serialization(), "https://app.example");
                prop_assert!(found.username().is_empty() && found.password().is_none());
            }
        }
    }
}
