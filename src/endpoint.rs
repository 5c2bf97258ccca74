//! The privacy pages that a user may be sent to.

use std::{fmt, str::FromStr};

use url::{Host, Url};

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
    scheme: Scheme,
    host: Host<String>,
    /// `None` for the default of whichever scheme the URL has.
    port: Option<u16>,
    path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scheme {
    Http,
    Https,
    Either,
}

impl PrivacyEndpoint {
    /// The vendor's privacy page: `privacy.orange.fr/urm-gui/interaction.do`, over http and https.
    ///
    /// The source is the parameter `privacy_path` of the vendor's page, which writes `http://`.
    #[must_use]
    pub fn production() -> Self {
        Self::documented("privacy.orange.fr", "/urm-gui/interaction.do")
    }

    /// The vendor's integration page: `int4.mdsp.rec.orange.fr/privacy/interaction.do`, over http
    /// and https.
    #[must_use]
    pub fn integration() -> Self {
        Self::documented("int4.mdsp.rec.orange.fr", "/privacy/interaction.do")
    }

    fn documented(host: &str, path: &str) -> Self {
        Self {
            scheme: Scheme::Either,
            host: Host::Domain(host.to_owned()),
            port: None,
            path: path.to_owned(),
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
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(PrivacyEndpointError::NotHttp),
        };
        if has_userinfo(&url) {
            return Err(PrivacyEndpointError::Userinfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(PrivacyEndpointError::QueryOrFragment);
        }
        let host = url.host().ok_or(PrivacyEndpointError::NotAUrl)?.to_owned();
        Ok(Self {
            scheme,
            host,
            port: url.port(),
            path: url.path().to_owned(),
        })
    }

    /// Whether this URL points to this page. See the type's rules.
    #[must_use]
    pub fn covers(&self, url: &Url) -> bool {
        let scheme = match url.scheme() {
            "http" => self.scheme != Scheme::Https,
            "https" => self.scheme != Scheme::Http,
            _ => false,
        };
        scheme
            && !has_userinfo(url)
            && url.port() == self.port
            && url.path() == self.path
            && match (url.host(), &self.host) {
                (Some(Host::Domain(a)), Host::Domain(b)) => a == b,
                (Some(Host::Ipv4(a)), Host::Ipv4(b)) => a == *b,
                (Some(Host::Ipv6(a)), Host::Ipv6(b)) => a == *b,
                _ => false,
            }
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
        f.write_str(match self.scheme {
            Scheme::Http => "http://",
            Scheme::Https => "https://",
            Scheme::Either => "http(s)://",
        })?;
        self.host.fmt(f)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)
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
