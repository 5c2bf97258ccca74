//! Where a user comes back to.

use std::{fmt, str::FromStr};

use url::Url;

use super::bare::{Bare, has_userinfo};

/// The URL that a user comes back to.
///
/// It is an absolute http or https URL with a host, and without a user name or password. The constructors check
/// this.
///
/// `Debug` leaves out the query and the fragment, which may contain secrets. There is no `Display`, so the
/// whole URL is not logged by accident. [`as_str`](Self::as_str) returns the whole URL.
///
/// # Example
///
/// ```
/// use tower_privacy::{ReturnUrl, ReturnUrlError};
///
/// let url: ReturnUrl = "https://app.example/contacts?page=2".parse()?;
/// assert_eq!(url.as_str(), "https://app.example/contacts?page=2");
/// assert_eq!(format!("{url:?}"), "ReturnUrl(https://app.example/contacts)");
///
/// assert_eq!(ReturnUrl::try_from("/contacts"), Err(ReturnUrlError::NotAUrl));
/// # Ok::<(), ReturnUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReturnUrl(Url);

impl ReturnUrl {
    /// The URL, as the URL parser serialises it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// Parses a return URL that came in a query, such as the `return_to` of a sign-in route. `None` if it
    /// does not have the same origin (scheme, host and port) as one of these URLs.
    ///
    /// Anybody can link to such a route. Without this check, it is an open redirect.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::ReturnUrl;
    ///
    /// let ours = [ReturnUrl::try_from("https://app.example/")?];
    /// let back = ReturnUrl::of_origins("https://app.example/contacts?page=2", &ours);
    /// assert_eq!(back.unwrap().as_str(), "https://app.example/contacts?page=2");
    ///
    /// assert_eq!(ReturnUrl::of_origins("https://app.example.evil.test/", &ours), None);
    /// assert_eq!(ReturnUrl::of_origins("//app.example/", &ours), None);
    /// # Ok::<(), tower_privacy::ReturnUrlError>(())
    /// ```
    #[must_use]
    pub fn of_origins(text: &str, origins: &[Self]) -> Option<Self> {
        let url = Self::try_from(text).ok()?;
        origins
            .iter()
            .any(|ours| ours.is_same_origin(&url))
            .then_some(url)
    }

    /// The query, or an empty text if there is none.
    pub(crate) fn query(&self) -> &str {
        self.0.query().unwrap_or_default()
    }

    pub(crate) fn is_same_origin(&self, other: &Self) -> bool {
        self.0.origin() == other.0.origin()
    }

    /// Whether the two differ at most in query and fragment.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn is_same_page(&self, other: &Self) -> bool {
        self.is_same_origin(other) && self.0.path() == other.0.path()
    }

    /// The same URL with another query. It is still valid.
    pub(crate) fn with_query(mut self, query: Option<&str>) -> Self {
        self.0.set_query(query);
        self
    }

    /// Whether this is only an origin, or its root.
    pub(crate) fn is_origin_alone(&self) -> bool {
        self.0.path() == "/" && self.0.query().is_none()
    }

    /// The same URL without its fragment.
    pub(crate) fn without_fragment(mut self) -> Self {
        self.0.set_fragment(None);
        self
    }

    /// The same URL with another path. Whatever the text, it cannot change the rest of the URL.
    pub(crate) fn with_path(mut self, path: &str) -> Self {
        self.0.set_path(path);
        self
    }
}

impl TryFrom<Url> for ReturnUrl {
    type Error = ReturnUrlError;

    fn try_from(url: Url) -> Result<Self, ReturnUrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ReturnUrlError::NotHttp);
        }
        if has_userinfo(&url) {
            return Err(ReturnUrlError::Userinfo);
        }
        Ok(Self(url))
    }
}

impl TryFrom<&str> for ReturnUrl {
    type Error = ReturnUrlError;

    fn try_from(text: &str) -> Result<Self, ReturnUrlError> {
        // An http or https URL without a host does not parse (URL Standard, "host-missing").
        Url::parse(text)
            .map_err(|_| ReturnUrlError::NotAUrl)?
            .try_into()
    }
}

impl TryFrom<String> for ReturnUrl {
    type Error = ReturnUrlError;

    fn try_from(text: String) -> Result<Self, ReturnUrlError> {
        text.as_str().try_into()
    }
}

impl FromStr for ReturnUrl {
    type Err = ReturnUrlError;

    fn from_str(text: &str) -> Result<Self, ReturnUrlError> {
        text.try_into()
    }
}

impl From<ReturnUrl> for Url {
    fn from(url: ReturnUrl) -> Self {
        url.0
    }
}

impl AsRef<str> for ReturnUrl {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<Url> for ReturnUrl {
    fn as_ref(&self) -> &Url {
        self.as_url()
    }
}

impl fmt::Debug for ReturnUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReturnUrl({})", Bare(&self.0))
    }
}

/// Why a URL cannot be a [`ReturnUrl`].
///
/// # Example
///
/// ```
/// use tower_privacy::{ReturnUrl, ReturnUrlError};
///
/// let error = ReturnUrl::try_from("javascript:alert(1)").unwrap_err();
/// assert_eq!(error, ReturnUrlError::NotHttp);
/// assert_eq!(error.to_string(), "a return URL must be an http or https URL");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReturnUrlError {
    /// It is not an absolute URL with a host.
    NotAUrl,
    /// Its scheme is neither `http` nor `https`.
    NotHttp,
    /// It has a user name or a password.
    Userinfo,
}

impl fmt::Display for ReturnUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAUrl => "a return URL must be an absolute URL with a host",
            Self::NotHttp => "a return URL must be an http or https URL",
            Self::Userinfo => "a return URL must have no user name and no password",
        })
    }
}

impl std::error::Error for ReturnUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_http_url_is_kept_unchanged() {
        for text in [
            "http://app.example/",
            "https://app.example:8443/a%20b?x=1&y=%26#part",
            "http://[::1]:8080/?",
        ] {
            let url = ReturnUrl::try_from(text).unwrap();
            assert_eq!(url.as_str(), text);
            assert_eq!(AsRef::<str>::as_ref(&url), text);
        }
    }

    #[test]
    fn anything_else_is_an_error_with_its_reason() {
        for (text, reason) in [
            ("", ReturnUrlError::NotAUrl),
            ("/contacts", ReturnUrlError::NotAUrl),
            ("//app.example/contacts", ReturnUrlError::NotAUrl),
            ("https://", ReturnUrlError::NotAUrl),
            ("javascript:alert(1)", ReturnUrlError::NotHttp),
            ("data:text/html,x", ReturnUrlError::NotHttp),
            ("file:///etc/passwd", ReturnUrlError::NotHttp),
            ("ftp://app.example/", ReturnUrlError::NotHttp),
            ("https://user@app.example/", ReturnUrlError::Userinfo),
            ("https://:secret@app.example/", ReturnUrlError::Userinfo),
        ] {
            assert_eq!(ReturnUrl::try_from(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_return_url_in_a_query_must_have_one_of_our_origins() {
        let ours: Vec<_> = ["https://app.example/x", "http://127.0.0.1:3000"]
            .into_iter()
            .map(|url| ReturnUrl::try_from(url).unwrap())
            .collect();
        for text in [
            "https://app.example",
            "https://APP.example:443/a?b#c",
            "http://127.0.0.1:3000/",
        ] {
            assert!(ReturnUrl::of_origins(text, &ours).is_some(), "{text}");
            assert_eq!(ReturnUrl::of_origins(text, &[]), None);
        }
        for text in [
            "",
            "/contacts",
            "//app.example/",
            "http://app.example/",
            "https://app.example:8443/",
            "https://user@app.example/",
            "https://app.example.evil.test/",
            "https://evil.test/https://app.example/",
            "https://evil.test\\@app.example/",
            "javascript:alert(1)//https://app.example/",
        ] {
            assert_eq!(ReturnUrl::of_origins(text, &ours), None, "{text}");
        }
    }

    #[test]
    fn debug_prints_no_query_and_no_fragment() {
        let url = ReturnUrl::try_from("https://app.example:8443/a?token=s3cret#s3cret").unwrap();
        assert_eq!(format!("{url:?}"), "ReturnUrl(https://app.example:8443/a)");
    }
}
