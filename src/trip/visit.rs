//! A user's visit to a page of the host: what a request said of it, and which page that is.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use super::site::Site;
use crate::urls::{ReturnUrl, query};

/// Which page the user comes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// The one that is asked for.
    Own,
    /// The one around the frame that is asked for, or else the frame's own.
    Around,
    /// The one that makes the request.
    Maker,
}

/// What a request says of the page that its user is on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said<'a> {
    /// The path and query, as the client sent them.
    pub(crate) target: &'a str,
    /// `:authority` or `Host`.
    pub(crate) host: &'a str,
    /// `HX-Current-URL`.
    pub(crate) current_url: &'a str,
    pub(crate) referer: &'a str,
}

/// A user's visit to a page of the host. Most are not denied anything, so which page it is is worked out
/// only when somebody asks.
pub(crate) struct Visit {
    site: Arc<Site>,
    back: Back,
    /// What the request said, a line each: there is no line break in any of it.
    said: String,
    pages: OnceLock<Pages>,
    is_answered: AtomicBool,
}

struct Pages {
    /// The page that the user is on, with whatever marker it was called with.
    page: ReturnUrl,
    /// The page without the marker, if it has one.
    return_url: Option<ReturnUrl>,
}

impl Visit {
    #[cfg(any(test, feature = "actix", feature = "axum"))]
    pub(crate) fn new(site: &Arc<Site>, back: Back, said: Said<'_>) -> Self {
        let Said {
            mut target,
            mut host,
            mut current_url,
            mut referer,
        } = said;
        // What is of no use in any case need not be kept.
        if back == Back::Maker {
            target = "";
        } else if !site.has_exceptions() {
            current_url = "";
            if back == Back::Own {
                referer = "";
            }
        }
        if !site.has_several_bases() {
            host = "";
        }
        Self {
            site: Arc::clone(site),
            back,
            said: [target, host, current_url, referer].join("\n"),
            pages: OnceLock::new(),
            is_answered: AtomicBool::new(false),
        }
    }

    /// The page that the user is on, with whatever marker it was called with.
    pub(crate) fn page(&self) -> &ReturnUrl {
        &self.pages().page
    }

    /// The page, without the marker that the inbound side knows.
    pub(crate) fn return_url(&self) -> &ReturnUrl {
        let pages = self.pages();
        pages.return_url.as_ref().unwrap_or(&pages.page)
    }

    /// What the return URL becomes where it is too long, the longest first: it loses its query, its
    /// fragment, and then its path.
    pub(super) fn shorter(&self) -> impl Iterator<Item = ReturnUrl> {
        let bare = self.return_url().clone().with_query(None);
        [bare.clone(), bare.without_fragment()]
            .into_iter()
            .chain([self.landing_page().clone()])
    }

    /// Where a user comes back to whose page is not known.
    pub(crate) fn landing_page(&self) -> &ReturnUrl {
        self.site.landing_page(self.said().host)
    }

    /// The page that was asked for, if that is where the user comes back to.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn own(&self) -> Option<&ReturnUrl> {
        (self.back == Back::Own).then(|| self.page())
    }

    /// Upstream answered a call, and did not deny it.
    pub(super) fn answer(&self) {
        self.is_answered.store(true, Ordering::Relaxed);
    }

    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn is_answered(&self) -> bool {
        self.is_answered.load(Ordering::Relaxed)
    }

    fn pages(&self) -> &Pages {
        self.pages.get_or_init(|| {
            let page = self.find();
            let query = query::without(page.query(), self.site.marker.as_str());
            let return_url = query.map(|query| {
                let query = Some(&*query).filter(|query| !query.is_empty());
                page.clone().with_query(query)
            });
            Pages { page, return_url }
        })
    }

    fn find(&self) -> ReturnUrl {
        let (site, said) = (&*self.site, self.said());
        let own = || site.own(said.host, said.target);
        let referring = || site.referring_page(said.host, said.referer);
        match self.back {
            Back::Own => own(),
            Back::Around => referring()
                .filter(|page| !page.is_origin_alone())
                .or_else(own),
            Back::Maker => None,
        }
        .or_else(|| site.page(said.current_url))
        .or_else(referring)
        .unwrap_or_else(|| self.landing_page().clone())
    }

    fn said(&self) -> Said<'_> {
        let mut lines = self.said.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        Said {
            target: line(),
            host: line(),
            current_url: line(),
            referer: line(),
        }
    }
}

/// The same page. Whether a call of it was answered says nothing of which page it is.
impl PartialEq for Visit {
    fn eq(&self, other: &Self) -> bool {
        self.page() == other.page()
    }
}

impl Eq for Visit {}
