//! What one user's request knows.

use std::{fmt, sync::Arc};

use super::visit::Visit;
use crate::urls::ReturnUrl;

/// What one user's request knows that an outbound call made for it must know too: where the user
/// comes back to, or that there is no user.
///
/// The host side (`PrivacyReturnLayer`, `actix::PrivacyReturn`) makes one of each incoming request and
/// runs the handler in it, and only with such a context does the guard against circles work. One
/// that is made here is for what has no incoming request, or for another return URL.
///
/// For each call the layer takes the first of these that it finds:
///
/// 1. a `PrivacyContext` in the outbound request's extensions (those of an `http::Request`, or
///    `with_extension` of reqwest-middleware; a `reqwest::Request` has none that can be read);
/// 2. the one that the running task is in ([`scope`](Self::scope));
/// 3. the layer's own return URL, if it has one
///    ([`PrivacyLayer::return_to`](crate::PrivacyLayer::return_to)).
///
/// It is taken when the service is called. A service that makes the call on another task
/// (`tower::buffer`) sees the extensions, but not the scope; order such a layer inside.
///
/// Clones share one allocation.
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyContext, ReturnUrl};
///
/// let context = PrivacyContext::new(ReturnUrl::try_from("https://app.example/contacts")?);
/// let mut request = http::Request::get("https://api.example/contacts").body(())?;
/// request.extensions_mut().insert(context);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PrivacyContext(Arc<User>);

#[derive(PartialEq, Eq)]
pub(crate) enum User {
    /// Comes back to this URL as it is.
    ReturnsTo(ReturnUrl),
    /// Comes back to the page of this visit, with a marker.
    #[cfg_attr(
        not(any(feature = "actix", feature = "axum")),
        expect(dead_code, reason = "made by the hosts, which are features")
    )]
    Visits(Visit),
    Absent,
}

impl PrivacyContext {
    /// A user who comes back to this URL, as it is: no marker is added, so nothing tells a user who was
    /// asked already from one who was not.
    #[must_use]
    pub fn new(return_url: ReturnUrl) -> Self {
        Self(Arc::new(User::ReturnsTo(return_url)))
    }

    /// There is no user who could be sent anywhere: a job, a queue, a webhook. A denial is then
    /// [`PrivacyError::InteractionRequired`](crate::PrivacyError::InteractionRequired).
    #[must_use]
    pub fn non_interactive() -> Self {
        Self(Arc::new(User::Absent))
    }

    /// A user who is on a page of the host, or who opens it.
    #[cfg(any(all(test, feature = "sandbox"), feature = "actix", feature = "axum"))]
    pub(crate) fn visiting(visit: Visit) -> Self {
        Self(Arc::new(User::Visits(visit)))
    }

    /// Where the user comes back to; `None` if there is no user.
    ///
    /// From a context that the inbound side made, this is the page itself: a denial's
    /// [`return_url`](crate::PrivacyRedirect::return_url) has the marker too.
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

    /// Upstream answered a call, and did not deny it.
    pub(crate) fn answer(&self) {
        if let User::Visits(visit) = &*self.0 {
            visit.answer();
        }
    }

    /// The visit that it is of, if the inbound side made it.
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
