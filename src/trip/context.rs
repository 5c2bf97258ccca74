//! The context of an outbound call: the user behind it.

use std::{fmt, sync::Arc};

use super::visit::Visit;
use crate::urls::ReturnUrl;

/// The user behind an outbound call: where they come back to, or that there is no user.
///
/// The host side (`PrivacyReturnLayer`, `actix::PrivacyReturn`) creates a context for each incoming request,
/// and runs the handler in it. Create one yourself for a call that has no incoming request, or to set another
/// return URL. Only the host side's contexts prevent redirect loops.
///
/// For each call, the layer takes the first of these that it finds:
///
/// 1. a `PrivacyContext` in the extensions of the outbound request: those of an `http::Request`, or
///    `with_extension` of reqwest-middleware (the extensions of a `reqwest::Request` cannot be read);
/// 2. the context of the running task ([`scope`](Self::scope));
/// 3. the layer's return URL, if it has one
///    ([`PrivacyLayer::return_to`](crate::PrivacyLayer::return_to)).
///
/// The layer reads the context when its service is called. If another layer makes the call in another task, as
/// `tower::buffer` does, only the extensions are visible there: put such a layer inside the `PrivacyLayer`.
///
/// Clones share one allocation.
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyContext, ReturnUrl};
///
/// let context = PrivacyContext::new(ReturnUrl::try_from("https://app.example/contacts")?);
/// assert_eq!(context.return_url().unwrap().as_str(), "https://app.example/contacts");
/// assert_eq!(PrivacyContext::non_interactive().return_url(), None);
///
/// let mut request = http::Request::get("https://api.example/contacts").body(())?;
/// request.extensions_mut().insert(context);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PrivacyContext(Arc<User>);

#[derive(PartialEq, Eq)]
pub(crate) enum User {
    /// A user who comes back to exactly this URL.
    ReturnsTo(ReturnUrl),
    /// A user who comes back to the page of this visit, with a marker.
    #[cfg_attr(
        not(any(feature = "actix", feature = "axum")),
        expect(dead_code, reason = "made by the hosts, which are features")
    )]
    Visits(Visit),
    /// No user.
    Absent,
}

impl PrivacyContext {
    /// Creates a context for a user who comes back to exactly this URL.
    ///
    /// The layer adds no marker to it, so it cannot know whether the user was already asked.
    #[must_use]
    pub fn new(return_url: ReturnUrl) -> Self {
        Self(Arc::new(User::ReturnsTo(return_url)))
    }

    /// Creates a context without a user, for a job, a queue or a webhook. A denial then fails with
    /// [`PrivacyError::InteractionRequired`](crate::PrivacyError::InteractionRequired).
    #[must_use]
    pub fn non_interactive() -> Self {
        Self(Arc::new(User::Absent))
    }

    /// Creates a context for a user who is on one of the host's pages, or opens it.
    #[cfg(any(all(test, feature = "sandbox"), feature = "actix", feature = "axum"))]
    pub(crate) fn visiting(visit: Visit) -> Self {
        Self(Arc::new(User::Visits(visit)))
    }

    /// Where the user comes back to, or `None` if there is no user.
    ///
    /// For a context that the host side created, this is the page without a marker. The
    /// [`return_url`](crate::PrivacyRedirect::return_url) of a redirect has the marker too.
    #[must_use]
    pub fn return_url(&self) -> Option<&ReturnUrl> {
        match &*self.0 {
            User::ReturnsTo(url) => Some(url),
            User::Visits(visit) => Some(visit.return_url()),
            User::Absent => None,
        }
    }

    pub(crate) fn user(&self) -> &User {
        &self.0
    }

    /// Records that an upstream answered a call without denying it.
    pub(crate) fn answer(&self) {
        if let User::Visits(visit) = &*self.0 {
            visit.answer();
        }
    }

    /// The visit, if the host side created this context.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn visit(&self) -> Option<&Visit> {
        match &*self.0 {
            User::Visits(visit) => Some(visit),
            User::ReturnsTo(_) | User::Absent => None,
        }
    }
}

impl From<ReturnUrl> for PrivacyContext {
    fn from(return_url: ReturnUrl) -> Self {
        Self::new(return_url)
    }
}

impl fmt::Debug for PrivacyContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivacyContext")
            .field("return_url", &self.return_url())
            .finish()
    }
}
