//! The privacy pages that a user may be sent to.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, LazyLock},
};

use url::Url;

/// A privacy page that is trusted: scheme, host, port and path.
///
/// An interaction URL comes from a body that user-supplied content could imitate, so a user is only
/// ever sent to a page on the layer's list. The comparison is made on the parsed URL, the one that
/// is then sent:
///
/// 1. The scheme is the endpoint's. [`production`](Self::production) and
///    [`integration`](Self::integration) stand for both `http` and `https`.
/// 2. The host is equal after the URL parser's work (lower case, IDNA, IPv4 in its many forms). A
///    host with a trailing dot is another host.
/// 3. The port is equal, where none means the scheme's default.
/// 4. The path is equal, byte for byte, after the URL parser has resolved dot segments.
/// 5. There is no user name and no password.
///
/// The query and the fragment are free.
///
/// # Example
///
/// ```
/// use tower_privacy::PrivacyEndpoint;
///
/// let endpoint = PrivacyEndpoint::new("https://privacy.example/interaction.do")?;
/// let url = |s: &str| s.parse().unwrap();
///
/// assert!(endpoint.covers(&url("https://PRIVACY.example:443/interaction.do?family=contact")));
/// assert!(!endpoint.covers(&url("https://privacy.example.evil.test/interaction.do")));
/// assert!(!endpoint.covers(&url("https://privacy.example@evil.test/interaction.do")));
/// assert!(PrivacyEndpoint::production().covers(&url("http://privacy.orange.fr/urm-gui/interaction.do")));
/// # Ok::<(), tower_privacy::PrivacyEndpointError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PrivacyEndpoint {
    /// The page without query and fragment, over each scheme that it is trusted over.
    pages: Arc<[Url]>,
}

impl PrivacyEndpoint {
    /// The vendor's privacy page: `privacy.orange.fr/urm-gui/interaction.do`, over http and https.
    ///
    /// The source is the parameter `privacy_path` of the vendor's page, which writes `http://`.
    #[must_use]
    pub fn production() -> Self {
        static PAGE: LazyLock<PrivacyEndpoint> = LazyLock::new(|| {
            PrivacyEndpoint::documented("privacy.orange.fr/urm-gui/interaction.do")
        });
        PAGE.clone()
    }

    /// The vendor's integration page: `int4.mdsp.rec.orange.fr/privacy/interaction.do`, over http
    /// and https.
    #[must_use]
    pub fn integration() -> Self {
        static PAGE: LazyLock<PrivacyEndpoint> = LazyLock::new(|| {
            PrivacyEndpoint::documented("int4.mdsp.rec.orange.fr/privacy/interaction.do")
        });
        PAGE.clone()
    }

    fn documented(page: &str) -> Self {
        let pages = ["http", "https"].map(|scheme| Url::parse(&format!("{scheme}://{page}")));
        Self {
            pages: pages.into_iter().flatten().collect(),
        }
    }

    /// The page at this URL, over the scheme that it names. Takes a string or a [`Url`].
    ///
    /// # Errors
    ///
    /// [`PrivacyEndpointError`] if this is not an absolute http or https URL with a host, or if it
    /// has a user name, a password, a query or a fragment: an endpoint says nothing of those.
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
        Ok(Self {
            pages: Arc::new([url]),
        })
    }

    /// Whether this URL points to this page. See the type's rules.
    #[must_use]
    pub fn covers(&self, url: &Url) -> bool {
        !has_userinfo(url)
            && self.pages.iter().any(|page| {
                url.scheme() == page.scheme()
                    && url.host() == page.host()
                    && url.port() == page.port()
                    && url.path() == page.path()
            })
    }

    /// What the URL parser makes of a text that is this page, as the parser writes it, and a plain
    /// query: the page is parsed already, and to parse a host costs more than all the rest. `None` for
    /// any other text, which may be a URL of this page too.
    pub(crate) fn with_query_of(&self, text: &str) -> Option<Url> {
        let (page, query) = self.pages.iter().find_map(|page| {
            let query = text.strip_prefix(page.as_str())?.strip_prefix('?')?;
            Some((page, query))
        })?;
        // The parser ends a query at `#`, and leaves out white space and controls. No early exit: so the
        // compiler looks at many bytes at a time.
        let odd = |b: u8| !b.is_ascii_graphic() || b == b'#';
        if query.bytes().fold(false, |any, b| any | odd(b)) {
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

pub(crate) fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// For people: what stands for both schemes is written `http(s)://`, which is no URL.
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
}

impl fmt::Display for PrivacyEndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAUrl => "a privacy endpoint must be an absolute URL",
            Self::NotHttp => "a privacy endpoint must be an http or https URL",
            Self::Userinfo => "a privacy endpoint must have no user name and no password",
            Self::QueryOrFragment => "a privacy endpoint must have no query and no fragment",
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

    #[test]
    fn the_documented_pages_are_covered_over_http_and_https() {
        for scheme in ["http", "https"] {
            assert!(PrivacyEndpoint::production().covers(&url(&format!(
                "{scheme}://privacy.orange.fr/urm-gui/interaction.do?family=contact#x"
            ))));
            assert!(PrivacyEndpoint::integration().covers(&url(&format!(
                "{scheme}://int4.mdsp.rec.orange.fr/privacy/interaction.do"
            ))));
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
            assert!(
                !PrivacyEndpoint::production().covers(&url(other)),
                "{other}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_page_with_a_query_is_what_the_parser_makes_of_it(
            page in "(HTTPS?|https?)://privacy\\.orange\\.fr(:80|/)(urm-gui/interaction\\.do)?",
            rest in "\\??([ -~]|[\\x00-\\x20éÿ#%?/@\"'<>`{}|^])*",
        ) {
            let text = page + &rest;
            if let Some(url) = PrivacyEndpoint::production().with_query_of(&text) {
                prop_assert!(PrivacyEndpoint::production().covers(&url));
                prop_assert_eq!(Ok(url), Url::parse(&text));
            }
        }
    }

    #[test]
    fn a_plain_query_is_put_to_the_page_that_is_there() {
        let production = PrivacyEndpoint::production();
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
    fn equality_is_that_of_the_parsed_scheme_host_port_and_path() {
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
            format!("{:?}", PrivacyEndpoint::integration()),
            "PrivacyEndpoint(http(s)://int4.mdsp.rec.orange.fr/privacy/interaction.do)"
        );
    }

    #[test]
    fn a_url_that_is_no_endpoint_is_refused_with_its_reason() {
        for (text, reason) in [
            ("/interaction.do", PrivacyEndpointError::NotAUrl),
            ("", PrivacyEndpointError::NotAUrl),
            ("http://", PrivacyEndpointError::NotAUrl),
            ("file:///etc/passwd", PrivacyEndpointError::NotHttp),
            ("http://a@b/", PrivacyEndpointError::Userinfo),
            ("http://b/?", PrivacyEndpointError::QueryOrFragment),
            ("http://b/#", PrivacyEndpointError::QueryOrFragment),
        ] {
            assert_eq!(PrivacyEndpoint::new(text), Err(reason), "{text}");
        }
    }
}
