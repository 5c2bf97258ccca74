//! The parts of a URL that contain no secret.

use std::fmt;

use url::Url;

/// Writes a URL without the parts that may contain secrets: user name, password, query and fragment.
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

/// Whether a URL has a user name or a password.
pub(super) fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}
