//! What one user's request knows.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

#[cfg(any(feature = "actix", feature = "axum"))]
use super::marker::MarkerName;
use crate::urls::ReturnUrl;
#[cfg(any(feature = "actix", feature = "axum"))]
use crate::urls::query;

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

/// A user's visit to a page of the host.
#[derive(PartialEq, Eq)]
pub(crate) struct Visit {
    page: ReturnUrl,
    /// The page without the marker, if it has one.
    return_url: Option<ReturnUrl>,
    answered: Answered,
}

/// Whether upstream has answered a call of the visit. It says nothing of which visit it is.
#[derive(Default)]
struct Answered(AtomicBool);

impl PartialEq for Answered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Answered {}

impl Visit {
    /// The page that the user is on, with whatever marker it was called with.
    pub(crate) fn page(&self) -> &ReturnUrl {
        &self.page
    }

    /// The page, without the marker that the inbound side knows.
    pub(crate) fn return_url(&self) -> &ReturnUrl {
        self.return_url.as_ref().unwrap_or(&self.page)
    }
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

    /// A user who is on this page of the host, or who opens it.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn visiting(page: ReturnUrl, marker: &MarkerName) -> Self {
        let return_url = query::without(page.query(), marker.as_str()).map(|query| {
            page.clone()
                .with_query(Some(&*query).filter(|query| !query.is_empty()))
        });
        Self(Arc::new(User::Visits(Visit {
            page,
            return_url,
            answered: Answered::default(),
        })))
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
            visit.answered.0.store(true, Ordering::Relaxed);
        }
    }

    /// Whether upstream has answered a call of the visit.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn is_answered(&self) -> bool {
        matches!(&*self.0, User::Visits(visit) if visit.answered.0.load(Ordering::Relaxed))
    }

    /// The inbound side made it.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn is_visit(&self) -> bool {
        matches!(*self.0, User::Visits(_))
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
