//! The pages that a user may be sent to.

use std::{fmt, str::FromStr, sync::Arc};

use url::Url;

use super::bare::has_userinfo;

/// A page that users may be sent to: scheme, host, port and path.
///
/// User-supplied content in a response could imitate a denial, so users are only sent to pages that the layer
/// trusts. The check uses the same parsed URL as the redirect. An endpoint covers a URL if:
///
/// 1. The scheme is the same. [`production`](Self::production) and [`integration`](Self::integration) allow
///    both `http` and `https`.
/// 2. The host is the same, as the URL parser normalises it (lower case, IDNA, the forms of IPv4). A host
///    with a trailing dot is a different host.
/// 3. The port is the same. No port means the scheme's default.
/// 4. The path is the same, byte for byte, after the URL parser has resolved dot segments. A segment `*` in the
///    endpoint stands for exactly one segment, which is not empty, does not consist of dots alone, and has no
///    encoded slash or backslash (`%2F`, `%5C`).
/// 5. The URL has no user name and no password.
///
/// The query and the fragment may be anything.
///
/// # Example
///
/// ```
/// use tower_privacy::PrivacyEndpoint;
///
/// let url = |s: &str| s.parse().unwrap();
///
/// let endpoint = PrivacyEndpoint::new("https://privacy.example/interaction.do")?;
/// assert!(endpoint.covers(&url("https://PRIVACY.example:443/interaction.do?family=contact")));
/// assert!(!endpoint.covers(&url("https://privacy.example.evil.test/interaction.do")));
/// assert!(!endpoint.covers(&url("https://privacy.example@evil.test/interaction.do")));
///
/// let of_any_organisation = PrivacyEndpoint::new("https://git.example/orgs/*/sso")?;
/// assert!(of_any_organisation.covers(&url("https://git.example/orgs/octodocs/sso?token=x")));
/// assert!(!of_any_organisation.covers(&url("https://git.example/orgs/a/b/sso")));
/// # Ok::<(), tower_privacy::PrivacyEndpointError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PrivacyEndpoint {
    /// The page without query and fragment, once for each trusted scheme.
    pages: Arc<[Url]>,
}

impl PrivacyEndpoint {
    /// The page with this host and path, over both http and https.
    pub(crate) fn over_both_schemes(page: &str) -> Self {
        let pages = ["http", "https"].map(|scheme| Url::parse(&format!("{scheme}://{page}")));
        Self {
            pages: pages.into_iter().flatten().collect(),
        }
    }

    /// Creates an endpoint from a URL: a string or a [`Url`]. A path segment `*` stands for any one segment.
    ///
    /// # Errors
    ///
    /// Returns a [`PrivacyEndpointError`] if this is not an absolute http or https URL with a host, or if it
    /// has a user name, a password, a query, a fragment, or a `*` in its host.
    pub fn new(url: impl AsRef<str>) -> Result<Self, PrivacyEndpointError> {
        let url = Url::parse(url.as_ref()).map_err(|_| PrivacyEndpointError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(PrivacyEndpointError::NotHttp);
        }
        if has_userinfo(&url) {
            return Err(PrivacyEndpointError::Userinfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(PrivacyEndpointError::QueryOrFragment);
        }
        if url.host_str().is_some_and(|host| host.contains('*')) {
            return Err(PrivacyEndpointError::Wildcard);
        }
        Ok(Self {
            pages: Arc::new([url]),
        })
    }

    /// The page with these path segments below a base URL. The base must be a valid endpoint.
    #[cfg(any(feature = "kratos", feature = "matrix-consent"))]
    pub(crate) fn below(base: &str, path: &[&str]) -> Result<Self, PrivacyEndpointError> {
        let mut page = Self::new(base)?.url().cloned();
        if let Some(Ok(mut segments)) = page.as_mut().map(Url::path_segments_mut) {
            segments.pop_if_empty().extend(path);
        }
        Self::new(page.ok_or(PrivacyEndpointError::NotAUrl)?)
    }

    /// The page's URL. Every endpoint of [`new`](Self::new) has one.
    #[cfg(any(feature = "kratos", feature = "matrix-consent"))]
    pub(crate) fn url(&self) -> Option<&Url> {
        self.pages.first()
    }

    /// Whether this URL points to this page, by the rules of [`PrivacyEndpoint`].
    #[must_use]
    pub fn covers(&self, url: &Url) -> bool {
        !has_userinfo(url)
            && self.pages.iter().any(|page| {
                url.scheme() == page.scheme()
                    && url.host() == page.host()
                    && url.port() == page.port()
                    && path_covers(page.path(), url.path())
            })
    }

    /// Parses a text that is this page, as the parser serialises it, followed by a plain query. `None` for any
    /// other text, even if it is another spelling of this page.
    ///
    /// The page was parsed before. To parse it again would add 2,500 instructions to a denial, a tenth.
    pub(crate) fn with_query_of(&self, text: &str) -> Option<Url> {
        let (page, query) = self.pages.iter().find_map(|page| {
            let query = text.strip_prefix(page.as_str())?.strip_prefix('?')?;
            Some((page, query))
        })?;
        // The parser ends a query at `#`, and removes white space and controls. Without an early exit, the
        // compiler checks many bytes at a time.
        let is_odd = |b: u8| !b.is_ascii_graphic() || b == b'#';
        if query.bytes().fold(false, |any, b| any | is_odd(b)) {
            return None;
        }
        let mut url = page.clone();
        url.set_query(Some(query));
        Some(url)
    }
}

impl FromStr for PrivacyEndpoint {
    type Err = PrivacyEndpointError;

    fn from_str(text: &str) -> Result<Self, PrivacyEndpointError> {
        Self::new(text)
    }
}

/// Rule 4.
fn path_covers(page: &str, path: &str) -> bool {
    if !page.contains('*') {
        return page == path;
    }
    let mut segments = path.split('/');
    page.split('/').all(|page| {
        segments
            .next()
            .is_some_and(|segment| page == segment || (page == "*" && is_one_segment(segment)))
    }) && segments.next().is_none()
}

/// Whether every server takes this as one segment: it is not empty, does not consist of dots alone, and has no
/// encoded slash or backslash, at which some servers split.
fn is_one_segment(segment: &str) -> bool {
    let upper = segment.to_ascii_uppercase();
    !upper.replace("%2E", ".").trim_matches('.').is_empty()
        && !upper.contains("%2F")
        && !upper.contains("%5C")
}

/// For people: an endpoint with both schemes is written as `http(s)://`, which is not a URL.
impl fmt::Display for PrivacyEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.pages {
            [page] => f.write_str(page.as_str()),
            [page, ..] => write!(f, "http(s){}", &page[url::Position::AfterScheme..]),
            [] => Ok(()),
        }
    }
}

impl fmt::Debug for PrivacyEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivacyEndpoint({self})")
    }
}

/// Why a URL cannot be a [`PrivacyEndpoint`].
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyEndpoint, PrivacyEndpointError};
///
/// let error = PrivacyEndpoint::new("ftp://privacy.example/").unwrap_err();
/// assert_eq!(error, PrivacyEndpointError::NotHttp);
/// assert_eq!(error.to_string(), "a privacy endpoint must be an http or https URL");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrivacyEndpointError {
    /// It is not an absolute URL.
    NotAUrl,
    /// Its scheme is neither `http` nor `https`.
    NotHttp,
    /// It has a user name or a password.
    Userinfo,
    /// It has a query or a fragment.
    QueryOrFragment,
    /// It has a `*` in its host.
    Wildcard,
}

impl fmt::Display for PrivacyEndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAUrl => "a privacy endpoint must be an absolute URL",
            Self::NotHttp => "a privacy endpoint must be an http or https URL",
            Self::Userinfo => "a privacy endpoint must have no user name and no password",
            Self::QueryOrFragment => "a privacy endpoint must have no query and no fragment",
            Self::Wildcard => "a privacy endpoint must have no `*` in its host",
        })
    }
}

impl std::error::Error for PrivacyEndpointError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(s: &str) -> Url {
        Url::parse(s).unwrap()
    }

    fn both_schemes() -> PrivacyEndpoint {
        PrivacyEndpoint::over_both_schemes("privacy.orange.fr/urm-gui/interaction.do")
    }

    #[test]
    fn the_query_and_the_fragment_may_be_anything() {
        for scheme in ["http", "https"] {
            let page = format!("{scheme}://privacy.orange.fr/urm-gui/interaction.do");
            for rest in ["", "?", "?family=contact", "#x", "?a#b"] {
                assert!(
                    both_schemes().covers(&url(&format!("{page}{rest}"))),
                    "{rest}"
                );
            }
        }
    }

    #[test]
    fn look_alikes_are_not_covered() {
        for other in [
            "ftp://privacy.orange.fr/urm-gui/interaction.do",
            "http://privacy.orange.fr:8080/urm-gui/interaction.do",
            "http://privacy.orange.fr:443/urm-gui/interaction.do",
            "https://privacy.orange.fr:80/urm-gui/interaction.do",
            "http://user@privacy.orange.fr/urm-gui/interaction.do",
            "http://:pass@privacy.orange.fr/urm-gui/interaction.do",
            "http://privacy.orange.fr./urm-gui/interaction.do",
            "http://privacy.orange.fr.evil.test/urm-gui/interaction.do",
            "http://xprivacy.orange.fr/urm-gui/interaction.do",
            "http://privacy.orаnge.fr/urm-gui/interaction.do",
            "http://privacy.orange.fr/urm-gui/interaction.do/",
            "http://privacy.orange.fr/URM-gui/interaction.do",
            "http://privacy.orange.fr/urm-gui/%69nteraction.do",
            "http://privacy.orange.fr/urm-gui/interaction.do;x=1",
            "http://privacy.orange.fr//urm-gui/interaction.do",
            "http://privacy.orange.fr/privacy/interaction.do",
            "data:text/html,x",
        ] {
            assert!(!both_schemes().covers(&url(other)), "{other}");
        }
    }

    #[test]
    fn a_star_stands_for_exactly_one_segment() {
        let endpoint = PrivacyEndpoint::new("https://git.example/orgs/*/sso").unwrap();
        for path in [
            "/orgs/octodocs/sso",
            "/orgs/*/sso?a=b",
            "/orgs/.a/sso",
            "/orgs/a%20b/sso",
        ] {
            assert!(
                endpoint.covers(&url(&format!("https://git.example{path}"))),
                "{path}"
            );
        }
        for path in [
            "/orgs/sso",
            "/orgs//sso",
            "/orgs/a/b/sso",
            "/orgs/a/sso/",
            "/orgs/a/sso/b",
            "/orgs/a",
            "/x/orgs/a/sso",
            "/orgs/./sso",
            "/orgs/../sso",
            "/orgs/.../sso",
            "/orgs/%2E%2e%2E/sso",
            "/orgs/a%2Fb/sso",
            "/orgs/a%2fb/sso",
            "/orgs/a%5Cb/sso",
            "/orgs/a%5cb/sso",
            "/orgs/a\\b/sso",
            "/orgs/a?/sso",
        ] {
            assert!(
                !endpoint.covers(&url(&format!("https://git.example{path}"))),
                "{path}"
            );
        }
        let last = PrivacyEndpoint::new("https://git.example/*").unwrap();
        assert!(last.covers(&url("https://git.example/a")));
        assert!(!last.covers(&url("https://git.example/")));
        let literal = PrivacyEndpoint::new("https://git.example/a*").unwrap();
        assert!(literal.covers(&url("https://git.example/a*")));
        assert!(!literal.covers(&url("https://git.example/ab")));
    }

    proptest! {
        /// Whatever replaces the star, only that segment differs from the endpoint.
        #[test]
        fn what_a_star_covers_is_one_segment_of_the_same_host(rest in "[ -~\u{e9}]{0,12}") {
            let endpoint = PrivacyEndpoint::new("https://git.example/orgs/*/sso").unwrap();
            if let Ok(url) = Url::parse(&format!("https://git.example/orgs/{rest}/sso"))
                && endpoint.covers(&url)
            {
                prop_assert_eq!(url.host_str(), Some("git.example"));
                let segments: Vec<_> = url.path_segments().unwrap().collect();
                prop_assert_eq!(segments.len(), 3);
                prop_assert_eq!((segments[0], segments[2]), ("orgs", "sso"));
            }
        }
    }

    proptest! {
        #[test]
        fn a_page_with_a_query_parses_as_the_url_parser_does(
            page in "(HTTPS?|https?)://privacy\\.orange\\.fr(:80|/)(urm-gui/interaction\\.do)?",
            rest in "\\??([ -~]|[\\x00-\\x20éÿ#%?/@\"'<>`{}|^])*",
        ) {
            let text = page + &rest;
            if let Some(url) = both_schemes().with_query_of(&text) {
                prop_assert!(both_schemes().covers(&url));
                prop_assert_eq!(Ok(url), Url::parse(&text));
            }
        }
    }

    #[test]
    fn only_the_page_with_a_plain_query_needs_no_full_parse() {
        let production = both_schemes();
        for text in [
            "http://privacy.orange.fr/urm-gui/interaction.do?family=contact&attributes=,see",
            "https://privacy.orange.fr/urm-gui/interaction.do?'\"<>`{}|^%zz",
            "http://privacy.orange.fr/urm-gui/interaction.do?",
        ] {
            assert_eq!(production.with_query_of(text), Some(url(text)), "{text}");
        }
        for text in [
            "http://privacy.orange.fr/urm-gui/interaction.do",
            "http://privacy.orange.fr/urm-gui/interaction.do/?a",
            "http://privacy.orange.fr/urm-gui/interaction.do?a#b",
            "http://privacy.orange.fr/urm-gui/interaction.do?a\tb",
            "http://privacy.orange.fr/urm-gui/interaction.do?a ",
            "http://privacy.orange.fr/urm-gui/interaction.do?\u{e9}",
            "HTTP://privacy.orange.fr/urm-gui/interaction.do?a",
            "http://int4.mdsp.rec.orange.fr/privacy/interaction.do?a",
            "ftp://privacy.orange.fr/urm-gui/interaction.do?a",
        ] {
            assert_eq!(production.with_query_of(text), None, "{text}");
        }
    }

    #[test]
    fn endpoints_are_equal_if_their_parsed_scheme_host_port_and_path_are() {
        let endpoint = |s: &str| PrivacyEndpoint::new(s).unwrap();
        assert_eq!(
            endpoint("HTTP://EXAMPLE.com:80/a/./b"),
            endpoint("http://example.com/a/b")
        );
        assert_ne!(
            endpoint("http://example.com/"),
            endpoint("https://example.com/")
        );
        assert_eq!(
            endpoint("http://127.1:8081/"),
            endpoint("http://127.0.0.1:8081")
        );
        assert!(endpoint("http://[::1]:8081/p").covers(&url("http://[0:0::1]:8081/p?x")));
        assert!(!endpoint("http://example.com/").covers(&url("https://example.com/")));
        assert!(!endpoint("https://example.com/").covers(&url("http://example.com/")));
    }

    #[test]
    fn an_endpoint_is_written_as_its_url() {
        let url = "https://privacy.example:8443/interaction.do";
        assert_eq!(PrivacyEndpoint::new(url).unwrap().to_string(), url);
        assert_eq!(
            format!("{:?}", both_schemes()),
            "PrivacyEndpoint(http(s)://privacy.orange.fr/urm-gui/interaction.do)"
        );
    }

    #[test]
    fn a_url_that_cannot_be_an_endpoint_is_an_error_with_its_reason() {
        for (text, reason) in [
            ("/interaction.do", PrivacyEndpointError::NotAUrl),
            ("", PrivacyEndpointError::NotAUrl),
            ("http://", PrivacyEndpointError::NotAUrl),
            ("file:///etc/passwd", PrivacyEndpointError::NotHttp),
            ("http://a@b/", PrivacyEndpointError::Userinfo),
            ("http://b/?", PrivacyEndpointError::QueryOrFragment),
            ("http://b/#", PrivacyEndpointError::QueryOrFragment),
            ("http://*/", PrivacyEndpointError::Wildcard),
            ("http://*.b/", PrivacyEndpointError::Wildcard),
            ("http://%2A.b/", PrivacyEndpointError::Wildcard),
            ("http://a*b:8080/*", PrivacyEndpointError::Wildcard),
        ] {
            assert_eq!(PrivacyEndpoint::new(text), Err(reason), "{text}");
        }
    }
}
