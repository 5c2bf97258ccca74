//! What a call through the layer can fail with.

use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
};

use http::StatusCode;
use url::Url;

use crate::{denial::Denial, redirect::PrivacyRedirect};

/// An error of any type: what [`PrivacyError::Service`] holds.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// What a call through [`Privacy`](crate::Privacy) fails with: the signal, or the inner service's own
/// error.
///
/// It is one concrete type whatever the inner service's error is, so `?`, `anyhow` and
/// `#[from]` of `thiserror` work. `Display` and `Debug` print no query, no token and no body.
///
/// What is inside of [`Service`](Self::Service) is the inner service's own, and so is what it prints: a
/// log that walks the sources may show the URL that was called. From an error of reqwest this crate
/// takes the query of that URL.
///
/// A wrapper does not hide it: [`find`](Self::find) sees it anywhere in a source chain.
///
/// # Example
///
/// ```
/// use tower_privacy::PrivacyError;
///
/// fn reply(error: &PrivacyError) -> String {
///     match error {
///         PrivacyError::Redirect(redirect) => format!("303 {}", redirect.location()),
///         PrivacyError::Service(_) => "502".to_owned(),
///         _ => "403".to_owned(),
///     }
/// }
///
/// assert_eq!(reply(&PrivacyError::Service("connection refused".into())), "502");
/// ```
#[non_exhaustive]
pub enum PrivacyError {
    /// Access was denied and the user can change that: send them to
    /// [`location`](PrivacyRedirect::location).
    Redirect(PrivacyRedirect),
    /// Access was denied although the user was asked already, on the way to this page. Sending them
    /// round again would be a loop.
    Refused(PrivacyRedirect),
    /// Access was denied and there is no user who could be asked
    /// ([`PrivacyContext::non_interactive`](crate::PrivacyContext::non_interactive)).
    InteractionRequired(Denial),
    /// Access was denied by a document that must not be followed.
    Rejected(RejectedDenial),
    /// The inner service failed by itself.
    Service(BoxError),
}

impl PrivacyError {
    /// Finds the signal in an error or in its chain of sources.
    ///
    /// It is found through `Box<dyn Error>` (pass `&*error`), `anyhow` (pass `error.as_ref()`),
    /// `std::io::Error`, `reqwest_middleware::Error`, and an app's own error whose `source()` leads to
    /// it, `#[error(transparent)]` included. A denial is preferred to a [`Service`](Self::Service) that
    /// wraps it. A `Service` is found unless a transparent wrapper stands for it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::PrivacyError;
    ///
    /// let error = PrivacyError::Service("connection refused".into());
    /// let wrapped = anyhow::Error::new(error).context("contacts");
    /// assert!(matches!(PrivacyError::find(wrapped.as_ref()), Some(PrivacyError::Service(_))));
    ///
    /// let other = anyhow::anyhow!("out of cheese");
    /// assert!(PrivacyError::find(other.as_ref()).is_none());
    /// ```
    #[must_use]
    pub fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut service = None;
        let mut next = Some(error);
        while let Some(error) = next {
            match Self::of(error) {
                Some(found @ Self::Service(_)) => service = service.or(Some(found)),
                Some(signal) => return Some(signal),
                None => {}
            }
            next = error.source();
        }
        service
    }

    /// Whether upstream answered, with a denial, and did not fail: all but [`Service`](Self::Service).
    ///
    /// For what tells faults from answers, outside of the layer: another try gets the same denial, and
    /// a user's choice is no outage. A retry policy does not try again, a circuit breaker counts a
    /// success.
    ///
    /// # Example
    ///
    /// ```
    /// use tower::retry::Policy;
    /// use tower_privacy::PrivacyError;
    ///
    /// /// Tries a few times, unless it is denied.
    /// #[derive(Clone)]
    /// struct Faults(usize);
    ///
    /// impl<R> Policy<http::Request<()>, http::Response<R>, PrivacyError> for Faults {
    ///     type Future = std::future::Ready<()>;
    ///
    ///     fn retry(
    ///         &mut self,
    ///         _: &mut http::Request<()>,
    ///         result: &mut Result<http::Response<R>, PrivacyError>,
    ///     ) -> Option<Self::Future> {
    ///         let is_fault = match result {
    ///             Ok(response) => response.status().is_server_error(),
    ///             Err(error) => !error.is_denial(),
    ///         };
    ///         self.0 = self.0.checked_sub(1).filter(|_| is_fault)?;
    ///         Some(std::future::ready(()))
    ///     }
    ///
    ///     fn clone_request(&mut self, request: &http::Request<()>) -> Option<http::Request<()>> {
    ///         Some(request.clone())
    ///     }
    /// }
    ///
    /// assert!(!PrivacyError::Service("connection refused".into()).is_denial());
    /// ```
    #[must_use]
    pub fn is_denial(&self) -> bool {
        !matches!(self, Self::Service(_))
    }

    /// Pointers that forward `source()` to what they hold would hide it from the walk.
    fn of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        error
            .downcast_ref::<Self>()
            .or_else(|| error.downcast_ref::<Box<Self>>().map(|error| &**error))
            .or_else(|| error.downcast_ref::<Arc<Self>>().map(|error| &**error))
            .or_else(|| error.downcast_ref::<Cause>().map(|cause| &cause.0))
    }

    /// The signal that an error wraps, which is as good by itself.
    pub(crate) fn signal_in(error: &(dyn Error + 'static)) -> Option<Self> {
        Some(match Self::find(error)? {
            Self::Redirect(redirect) => Self::Redirect(redirect.clone()),
            Self::Refused(redirect) => Self::Refused(redirect.clone()),
            Self::InteractionRequired(denial) => Self::InteractionRequired(denial.clone()),
            Self::Rejected(rejected) => Self::Rejected(rejected.clone()),
            Self::Service(_) => return None,
        })
    }

    /// The inner service's error, as one of ours.
    pub(crate) fn from_service(error: impl Into<BoxError>) -> Self {
        error.into().into()
    }
}

/// What a middleware such as `tower::timeout` fails with: the signal that it passes on or wraps, or
/// else a [`Service`](PrivacyError::Service) error, its own or the client's.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tower_privacy::{PrivacyError, PrivacyLayer, ReturnUrl};
///
/// async fn fetch() -> Result<http::Response<String>, PrivacyError> {
///     # let home = ReturnUrl::try_from("https://app.example/").expect("a valid URL");
///     let client = ServiceBuilder::new()
///         .timeout(Duration::from_secs(5))
///         .layer(PrivacyLayer::new(home))
///         .service(service_fn(|_: http::Request<()>| async {
///             Err::<http::Response<String>, _>(PrivacyError::Service("unreachable".into()))
///         }));
///     let response = client.oneshot(http::Request::new(())).await?;
///     Ok(response.map(|_| String::new()))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert!(matches!(fetch().await, Err(PrivacyError::Service(_))));
/// # }
/// ```
impl From<BoxError> for PrivacyError {
    fn from(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => Self::signal_in(&*error).unwrap_or(Self::Service(error)),
        }
    }
}

impl fmt::Display for PrivacyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(_) => f.write_str("the user must be sent to the privacy page"),
            Self::Refused(_) => f.write_str("the user was asked for access and did not grant it"),
            Self::InteractionRequired(_) => {
                f.write_str("the user must grant access, and there is no user to ask")
            }
            Self::Rejected(rejected) => fmt::Display::fmt(rejected, f),
            Self::Service(_) => f.write_str("the inner service failed"),
        }
    }
}

impl fmt::Debug for PrivacyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(redirect) => f.debug_tuple("Redirect").field(redirect).finish(),
            Self::Refused(redirect) => f.debug_tuple("Refused").field(redirect).finish(),
            Self::InteractionRequired(denial) => {
                f.debug_tuple("InteractionRequired").field(denial).finish()
            }
            Self::Rejected(rejected) => f.debug_tuple("Rejected").field(rejected).finish(),
            // An inner client's `Debug` may print the URL it called, token and all.
            Self::Service(_) => f.debug_tuple("Service").finish_non_exhaustive(),
        }
    }
}

impl Error for PrivacyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(match self {
            Self::Redirect(redirect) => redirect.echo.cause(
                || Self::Redirect(redirect.clone()),
                redirect.denial().status(),
            ),
            Self::Refused(redirect) => redirect.echo.cause(
                || Self::Refused(redirect.clone()),
                redirect.denial().status(),
            ),
            Self::InteractionRequired(denial) => denial.echo.cause(
                || Self::InteractionRequired(denial.clone()),
                denial.status(),
            ),
            Self::Rejected(rejected) => rejected
                .echo
                .cause(|| Self::Rejected(rejected.clone()), rejected.status()),
            Self::Service(error) => &**error,
        })
    }
}

/// Upstream's answer, as the source of a signal.
///
/// It carries the signal itself. A wrapper that forwards `source()` to the signal's own source
/// (`#[error(transparent)]`, `io::Error`, `reqwest_middleware::Error`) takes the signal out of the
/// chain, and only its source is left to find it by.
struct Cause(PrivacyError, StatusCode);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "upstream answered {} with a privacy denial", self.1)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({})", self.1)
    }
}

impl Error for Cause {}

/// Where a signal keeps its [`Cause`], made when the source is first asked for: on most ways it
/// never is.
#[derive(Default)]
pub(crate) struct Echo(OnceLock<Box<Cause>>);

impl Echo {
    fn cause(&self, signal: impl FnOnce() -> PrivacyError, status: StatusCode) -> &Cause {
        self.0.get_or_init(|| Box::new(Cause(signal(), status)))
    }
}

/// A copy of a signal makes its own cause, so a cause never holds itself.
impl Clone for Echo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// A denial that must not be followed, and why.
///
/// # Example
///
/// ```
/// # use tower_privacy::{inspect, PrivacyContext, PrivacyError, PrivacyLayer, RejectionKind, ReturnUrl};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = "<error><detail>PrivacyAccessDeniedException</detail>\
///     <url>https://privacy.orange.fr.evil.test/urm-gui/interaction.do?token=s3cret</url></error>";
/// let response = http::Response::builder().status(500).body(body.to_owned())?;
///
/// let home = ReturnUrl::try_from("https://app.example/")?;
/// let context = PrivacyContext::new(home.clone());
/// let error = inspect(response, &context, &PrivacyLayer::new(home)).await.unwrap_err();
///
/// let PrivacyError::Rejected(rejected) = &error else { panic!("{error}") };
/// assert_eq!(rejected.kind(), RejectionKind::UntrustedEndpoint);
/// assert_eq!(rejected.status(), 500);
/// assert_eq!(error.to_string(), "a privacy denial points to an untrusted endpoint");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RejectedDenial {
    kind: RejectionKind,
    status: StatusCode,
    interaction_url: Option<Box<Url>>,
    echo: Echo,
}

impl RejectedDenial {
    pub(crate) fn new(
        kind: RejectionKind,
        status: StatusCode,
        interaction_url: Option<Url>,
    ) -> Self {
        Self {
            kind,
            status,
            interaction_url: interaction_url.map(Box::new),
            echo: Echo::default(),
        }
    }

    /// Why it must not be followed.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The status of the upstream response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The URL that was not trusted, for a closer look; `None` if there was none or it did not
    /// parse. It may be an attacker's: never send anybody there.
    #[must_use]
    pub fn untrusted_url(&self) -> Option<&Url> {
        self.interaction_url.as_deref()
    }
}

impl Error for RejectedDenial {}

impl fmt::Display for RejectedDenial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a privacy denial {}", self.kind)
    }
}

impl fmt::Debug for RejectedDenial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RejectedDenial")
            .field("kind", &self.kind)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Why a denial must not be followed: [`RejectedDenial::kind`].
///
/// # Example
///
/// ```
/// use tower_privacy::RejectionKind;
///
/// assert_eq!(RejectionKind::MissingUrl.to_string(), "has no URL");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// Its URL points to a page that is not on the layer's list
    /// ([`PrivacyEndpoint`](crate::PrivacyEndpoint)).
    UntrustedEndpoint,
    /// It has no `url`, or an empty one.
    MissingUrl,
    /// Its `url` does not parse as an absolute URL.
    InvalidUrl,
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UntrustedEndpoint => "points to an untrusted endpoint",
            Self::MissingUrl => "has no URL",
            Self::InvalidUrl => "has an invalid URL",
        })
    }
}
