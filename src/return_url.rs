//! Where a user comes back to.

use std::{fmt, str::FromStr};

use url::Url;

use crate::endpoint::has_userinfo;

/// The URL that the privacy page sends the user back to: the value of `urlRetour`.
///
/// It is an absolute http or https URL with a host and without a user name or password. That is
/// checked here, once, so that whoever holds a `ReturnUrl` need not ask again.
///
/// `Debug` leaves out the query and the fragment, which may hold what others should not read; there
/// is no `Display`, so that it is not logged whole by accident. [`as_str`](Self::as_str) has all
/// of it.
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

    /// The same with another query, which takes nothing from what was checked.
    pub(crate) fn with_query(mut self, query: Option<&str>) -> Self {
        self.0.set_query(query);
        self
    }

    /// The same without its fragment.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn without_fragment(mut self) -> Self {
        self.0.set_fragment(None);
        self
    }

    /// The same with another path, which the URL parser keeps a path whatever is in it.
    #[cfg(any(feature = "actix", feature = "axum"))]
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

/// Writes a URL without what may be secret in it: user name, password, query and fragment.
pub(crate) struct Bare<'a>(pub(crate) &'a Url);

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0;
        write!(f, "{}:", url.scheme())?;
        if let Some(host) = url.host() {
            write!(f, "//{host}")?;
            if let Some(port) = url.port() {
                write!(f, ":{port}")?;
            }
            f.write_str(url.path())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
    fn an_absolute_http_url_is_kept_whole() {
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
    fn anything_else_is_refused_with_its_reason() {
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
    fn debug_prints_no_query_and_no_fragment() {
        let url = ReturnUrl::try_from("https://app.example:8443/a?token=s3cret#s3cret").unwrap();
        assert_eq!(format!("{url:?}"), "ReturnUrl(https://app.example:8443/a)");
    }
}
