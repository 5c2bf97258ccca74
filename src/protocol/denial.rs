//! What a protocol read from a denial.

use std::{
    borrow::Cow,
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
};

use http::StatusCode;
use url::Url;

use crate::urls::Bare;

/// The maximum length of a code, in bytes.
const MAX_CODE: usize = 64;

/// Where a signal keeps the error that it returns as its source, once somebody has asked for it.
pub(crate) type SourceCell = OnceLock<Arc<dyn Error + Send + Sync>>;

/// A denial: an upstream's answer that the user must visit a page first.
///
/// Clones share one allocation. `Debug` prints neither the query nor the code.
///
/// # Example
///
/// ```
/// # use tower_privacy::{Family, PrivacyError, PrivacyLayer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = "<error><code>-3</code><detail>PrivacyAccessDeniedException</detail>\
///     <url>http://privacy.orange.fr/urm-gui/interaction.do?\
///     family=contact&amp;serviceId=S1&amp;attributes=,see</url></error>";
/// let response = http::Response::builder().status(500).body(body.to_owned())?;
///
/// // No user's request is behind this call.
/// let error = PrivacyLayer::new().inspect(response).await.unwrap_err();
/// let PrivacyError::InteractionRequired(denial) = error else { panic!("{error}") };
///
/// assert_eq!(denial.protocol(), "orange");
/// assert_eq!(denial.code(), Some("-3"));
/// assert_eq!(denial.status(), 500);
/// assert!(denial.permissions().eq(["contact.see"]));
/// // Only Orange has these.
/// assert_eq!(denial.family(), Some(Family::Contact));
/// assert_eq!(denial.service_id().as_deref(), Some("S1"));
/// assert!(denial.attributes().eq(["see"]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Denial {
    data: Arc<Data>,
    pub(crate) source: SourceCell,
}

#[derive(Clone)]
struct Data {
    protocol: Cow<'static, str>,
    code: Option<Box<str>>,
    status: StatusCode,
    interaction_url: Url,
    permissions: Vec<String>,
}

impl Denial {
    /// Creates a denial that sends the user to this page, with no code, no permissions and the status 403.
    ///
    /// `protocol` is the [name](crate::protocol::Protocol::name) of the protocol that reported it. A protocol
    /// creates a denial in [`read`](crate::protocol::Protocol::read). An app creates one from the error of an
    /// SDK, for [`PrivacyLayer::signal`](crate::PrivacyLayer::signal).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::Denial;
    ///
    /// let url = "https://consent.example/grant?id=7".parse()?;
    /// let denial = Denial::new("consent", url)
    ///     .with_code("consent_required")
    ///     .with_permissions(["read"]);
    /// assert_eq!(denial.code(), Some("consent_required"));
    /// assert_eq!(denial.status(), 403);
    /// assert!(denial.permissions().eq(["read"]));
    /// # Ok::<(), url::ParseError>(())
    /// ```
    #[must_use]
    pub fn new(protocol: &str, interaction_url: Url) -> Self {
        Self::of(Cow::Owned(protocol.to_owned()), interaction_url, Vec::new())
    }

    pub(super) fn of(
        protocol: Cow<'static, str>,
        interaction_url: Url,
        permissions: Vec<String>,
    ) -> Self {
        Self {
            data: Arc::new(Data {
                protocol,
                code: None,
                status: StatusCode::FORBIDDEN,
                interaction_url,
                permissions,
            }),
            source: SourceCell::new(),
        }
    }

    /// Sets the upstream's code for the denial. The denial has no code if this one is empty, longer than
    /// 64 bytes or not printable ASCII.
    #[must_use]
    pub fn with_code(self, code: impl AsRef<str>) -> Self {
        let code = code.as_ref();
        let is_printable = code.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
        let fits = !code.is_empty() && code.len() <= MAX_CODE && is_printable;
        self.set(|data| data.code = fits.then(|| code.into()))
    }

    /// Sets the names of the requested permissions, decoded, in order.
    ///
    /// A user is sent away once for each permission.
    #[must_use]
    pub fn with_permissions(self, permissions: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let permissions = permissions.into_iter();
        let permissions = permissions.map(|name| name.as_ref().to_owned()).collect();
        self.set(|data| data.permissions = permissions)
    }

    /// Sets the status of the upstream response.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        self.set(|data| data.status = status)
    }

    fn set(mut self, set: impl FnOnce(&mut Data)) -> Self {
        set(Arc::make_mut(&mut self.data));
        // It was made from the denial as it was before.
        self.source = SourceCell::new();
        self
    }

    /// The [name](crate::protocol::Protocol::name) of the protocol, such as `orange`.
    #[must_use]
    pub fn protocol(&self) -> &str {
        &self.data.protocol
    }

    /// The upstream's code for the denial, such as `-3` on Orange's documentation page. `None` if it has none,
    /// or if it is empty, longer than 64 bytes or not printable ASCII.
    ///
    /// The text comes from the upstream. `Debug`, events and metrics do not contain it.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.data.code.as_deref()
    }

    /// The status of the upstream response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.data.status
    }

    /// The URL as the upstream sent it.
    #[must_use]
    pub fn interaction_url(&self) -> &Url {
        &self.data.interaction_url
    }

    /// The names of the requested permissions, decoded, in order: `contact.see` for Orange.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.data.permissions.iter().map(String::as_str)
    }
}

impl fmt::Debug for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denial")
            .field("protocol", &self.protocol())
            .field("status", &self.status())
            .field("interaction_url", &Bare(self.interaction_url()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denial() -> Denial {
        let url = "https://consent.example/grant?id=s3cret".parse().unwrap();
        Denial::new("consent", url)
    }

    #[test]
    fn a_code_is_short_and_printable_or_left_out() {
        let longest = "x".repeat(MAX_CODE);
        for code in ["-3", "consent required", "~!", &longest] {
            assert_eq!(denial().with_code(code).code(), Some(code));
        }
        for code in ["", "a\nb", "\u{7f}", "caf\u{e9}", &format!("{longest}x")] {
            assert_eq!(
                denial().with_code("-3").with_code(code).code(),
                None,
                "{code}"
            );
        }
    }

    #[test]
    fn a_new_denial_is_a_403_without_code_or_permissions() {
        let denial = denial();
        assert_eq!((denial.protocol(), denial.code()), ("consent", None));
        assert_eq!(denial.status(), StatusCode::FORBIDDEN);
        assert_eq!(denial.permissions().next(), None);
        assert_eq!((denial.family(), denial.service_id()), (None, None));
        assert_eq!(denial.attributes().next(), None);
    }

    #[test]
    fn a_setter_leaves_clones_as_they_are() {
        let first = denial().with_permissions(["a", "b"]);
        let second = first
            .clone()
            .with_permissions(["c"])
            .with_status(StatusCode::OK);
        assert!(first.permissions().eq(["a", "b"]) && second.permissions().eq(["c"]));
        assert_eq!(
            (first.status(), second.status()),
            (StatusCode::FORBIDDEN, StatusCode::OK)
        );
    }

    #[test]
    fn debug_prints_neither_query_nor_code() {
        let text = format!(
            "{:?}",
            denial().with_code("s3cret").with_permissions(["s3cret"])
        );
        assert!(text.contains("https://consent.example/grant"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}
