//! The app as its users see it: its public origins, and the pages that users come back to.

use url::Url;

use super::marker::MarkerName;
use crate::urls::{PathPattern, ReturnUrl, normalised};

#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The public URL, unless a request names one of the others.
    base: ReturnUrl,
    also_at: Vec<ReturnUrl>,
    pub(crate) landing_page: Option<ReturnUrl>,
    never: Vec<PathPattern>,
    pub(crate) marker: MarkerName,
}

impl Site {
    pub(crate) fn new(base: ReturnUrl) -> Self {
        Self {
            base: base.without_fragment().with_query(None),
            also_at: Vec::new(),
            landing_page: None,
            never: Vec::new(),
            marker: MarkerName::default(),
        }
    }

    pub(crate) fn also_at(&mut self, base: ReturnUrl) {
        self.also_at.push(base.without_fragment().with_query(None));
    }

    pub(crate) fn never_return_to(&mut self, paths: impl IntoIterator<Item: AsRef<str>>) {
        let paths = paths
            .into_iter()
            .map(|path| PathPattern::new(path.as_ref()));
        self.never.extend(paths);
    }

    /// Whether some paths are never returned to.
    pub(super) fn has_exceptions(&self) -> bool {
        !self.never.is_empty()
    }

    /// Whether the host in a request matters.
    pub(super) fn has_several_bases(&self) -> bool {
        !self.also_at.is_empty()
    }

    /// The base for the host in a request. A host that is not configured is ignored.
    pub(super) fn base(&self, host: &str) -> &ReturnUrl {
        if self.also_at.is_empty() {
            return &self.base;
        }
        // A host without a port has the default port of the base's scheme.
        let is_named = |base: &&ReturnUrl| {
            let url = Url::parse(&format!("{}://{host}", base.as_url().scheme()));
            url.is_ok_and(|url| url.origin() == base.as_url().origin())
        };
        self.bases().find(is_named).unwrap_or(&self.base)
    }

    pub(super) fn landing_page(&self, host: &str) -> &ReturnUrl {
        self.landing_page
            .as_ref()
            .unwrap_or_else(|| self.base(host))
    }

    /// The public URL of a request's target, if users may come back to it.
    ///
    /// The URL is set part by part. If they were joined, a path such as `//evil.test` would name another host.
    pub(super) fn own(&self, host: &str, target: &str) -> Option<ReturnUrl> {
        let (path, query) = match target.split_once('?') {
            // An absolute target may have a query and no path (RFC 9110, section 4.2.3).
            Some(("", query)) => ("/", Some(query)),
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        if !path.starts_with('/') {
            return None;
        }
        let base = self.base(host);
        let prefix = base.as_url().path().trim_end_matches('/');
        let url = base.clone().with_path(&format!("{prefix}{path}"));
        Some(url.with_query(query)).filter(|url| !self.is_never(url))
    }

    /// The page that a script's request names, if it belongs to the app and users may come back to it. The
    /// requests of a worker name its script, which is not a page.
    pub(super) fn page(&self, url: &str) -> Option<ReturnUrl> {
        let page = ReturnUrl::try_from(url).ok()?;
        let path = page.as_url().path();
        let is_script = [".js", ".mjs"].iter().any(|end| path.ends_with(end));
        (self.is_ours(&page) && !is_script && !self.is_never(&page)).then_some(page)
    }

    /// The page in a `Referer`. A value that is only an origin counts as the app's root if the base is the
    /// root of that origin. Otherwise it does not name a page: browsers send only the origin to another
    /// origin (Referrer Policy, section 3).
    pub(super) fn referring_page(&self, host: &str, referer: &str) -> Option<ReturnUrl> {
        let page = self.page(referer)?;
        let base = self.base(host);
        let is_root = base.is_origin_alone() && base.is_same_origin(&page);
        (is_root || !page.is_origin_alone()).then_some(page)
    }

    fn bases(&self) -> impl Iterator<Item = &ReturnUrl> {
        std::iter::once(&self.base).chain(&self.also_at)
    }

    fn is_ours(&self, url: &ReturnUrl) -> bool {
        let mut ours = self.bases().chain(&self.landing_page);
        ours.any(|ours| ours.is_same_origin(url))
    }

    /// Compares the path that browsers see, and the path that the app sees behind a proxy that strips the
    /// base's path.
    fn is_never(&self, url: &ReturnUrl) -> bool {
        if self.never.is_empty() {
            return false;
        }
        let path = &*normalised(url.as_url().path());
        let below_bases = self.bases().filter_map(|base| {
            let prefix = normalised(base.as_url().path());
            let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then_some(rest)
        });
        let mut seen = below_bases.chain([path]);
        seen.any(|path| self.never.iter().any(|never| never.is_of(path)))
    }
}
