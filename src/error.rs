//! What a call through the layer can fail with.

use std::{error::Error, fmt, sync::Arc};

use http::StatusCode;
use url::Url;

use crate::{
    protocol::{Denial, RejectionKind, SourceCell},
    trip::{Decision, PrivacyRedirect},
    urls::PrivacyEndpoint,
};

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
    /// there again would be a loop.
    Refused(PrivacyRedirect),
    /// Access was denied and there is no user who could be asked: the call has no
    /// [`PrivacyContext`](crate::PrivacyContext), or one that is
    /// [`non_interactive`](crate::PrivacyContext::non_interactive).
    InteractionRequired(Denial),
    /// Access was denied in a way that must not be followed.
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

    /// The inner service's own error, if it is of this type: the first one in the chain of what is in
    /// [`Service`](Self::Service). `None` for a denial.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::PrivacyError;
    ///
    /// let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    /// let error = PrivacyError::Service(anyhow::Error::new(refused).context("contacts").into());
    ///
    /// let cause = error.service::<std::io::Error>().expect("it is an I/O error");
    /// assert_eq!(cause.kind(), std::io::ErrorKind::ConnectionRefused);
    /// assert!(error.service::<std::fmt::Error>().is_none());
    /// ```
    #[must_use]
    pub fn service<E: Error + 'static>(&self) -> Option<&E> {
        let Self::Service(error) = self else {
            return None;
        };
        let mut next: Option<&(dyn Error + 'static)> = Some(&**error);
        while let Some(error) = next {
            if let Some(found) = pointed_to(error) {
                return Some(found);
            }
            next = error.source();
        }
        None
    }

    fn of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        pointed_to(error).or_else(|| error.downcast_ref().map(|Cause(signal, _)| signal))
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

/// The error itself, or the one that a pointer holds: that forwards `source()` to what it holds, and so
/// would hide it from a walk.
fn pointed_to<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    error
        .downcast_ref()
        .or_else(|| error.downcast_ref::<Box<E>>().map(|error| &**error))
        .or_else(|| error.downcast_ref::<Arc<E>>().map(|error| &**error))
}

impl From<Decision> for PrivacyError {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Redirect(redirect) => Self::Redirect(redirect),
            Decision::Refused(redirect) => Self::Refused(redirect),
            Decision::InteractionRequired(denial) => Self::InteractionRequired(denial),
        }
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
/// use tower_privacy::{PrivacyError, PrivacyLayer};
///
/// async fn fetch() -> Result<http::Response<String>, PrivacyError> {
///     let client = ServiceBuilder::new()
///         .timeout(Duration::from_secs(5))
///         .layer(PrivacyLayer::new())
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
            Self::Redirect(_) => f.write_str("the user first has to visit a page"),
            Self::Refused(_) => {
                f.write_str("access is needed again, and the user was asked already")
            }
            Self::InteractionRequired(_) => {
                f.write_str("a user first has to visit a page, and there is no user to ask")
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
            Self::Redirect(redirect) => {
                let status = redirect.denial().status();
                cause(&redirect.source, status, || {
                    Self::Redirect(redirect.clone())
                })
            }
            Self::Refused(redirect) => {
                let status = redirect.denial().status();
                cause(&redirect.source, status, || Self::Refused(redirect.clone()))
            }
            Self::InteractionRequired(denial) => {
                let again = || Self::InteractionRequired(denial.clone());
                cause(&denial.source, denial.status(), again)
            }
            Self::Rejected(rejected) => {
                let again = || Self::Rejected(rejected.clone());
                cause(&rejected.source, rejected.status(), again)
            }
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

/// The cause in a signal's cell. It is made when it is first asked for, and of a copy whose own cell is
/// still empty, so that it never holds itself.
fn cause(
    cell: &SourceCell,
    status: StatusCode,
    signal: impl FnOnce() -> PrivacyError,
) -> &(dyn Error + 'static) {
    &**cell.get_or_init(|| Arc::new(Cause(signal(), status)))
}

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

/// A denial that must not be followed, and why.
///
/// # Example
///
/// ```
/// # use tower_privacy::{PrivacyEndpoint, PrivacyError, PrivacyLayer, RejectionKind};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = "<error><detail>PrivacyAccessDeniedException</detail>\
///     <url>https://privacy.orange.fr.evil.test/urm-gui/interaction.do?token=s3cret</url></error>";
/// let response = http::Response::builder().status(500).body(body.to_owned())?;
///
/// let layer = PrivacyLayer::new().trust_only([PrivacyEndpoint::production()]);
/// let error = layer.inspect(response).await.unwrap_err();
///
/// let PrivacyError::Rejected(rejected) = &error else { panic!("{error}") };
/// assert_eq!(rejected.kind(), RejectionKind::UntrustedEndpoint);
/// assert_eq!(rejected.status(), 500);
/// assert_eq!(rejected.expected(), [PrivacyEndpoint::production()]);
/// assert_eq!(
///     error.to_string(),
///     "a privacy denial points to an untrusted endpoint, where \
///      http(s)://privacy.orange.fr/urm-gui/interaction.do is expected",
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RejectedDenial {
    data: Arc<Rejection>,
    source: SourceCell,
}

struct Rejection {
    kind: RejectionKind,
    status: StatusCode,
    untrusted_url: Option<Url>,
    expected: Arc<[PrivacyEndpoint]>,
}

impl RejectedDenial {
    pub(crate) fn new(
        kind: RejectionKind,
        status: StatusCode,
        untrusted_url: Option<Url>,
        expected: &Arc<[PrivacyEndpoint]>,
    ) -> Self {
        Self {
            data: Arc::new(Rejection {
                kind,
                status,
                untrusted_url,
                expected: Arc::clone(expected),
            }),
            source: SourceCell::new(),
        }
    }

    /// Why it must not be followed.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.data.kind
    }

    /// The status of the upstream response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.data.status
    }

    /// The URL that was not trusted, for a closer look; `None` if there was none or it did not
    /// parse. It may be an attacker's: never send anybody there.
    #[must_use]
    pub fn untrusted_url(&self) -> Option<&Url> {
        self.data.untrusted_url.as_ref()
    }

    /// The pages that are trusted, of which a denial's URL has to be one.
    #[must_use]
    pub fn expected(&self) -> &[PrivacyEndpoint] {
        &self.data.expected
    }
}

impl Error for RejectedDenial {}

/// `Display` names the expected pages, and not the URL that was found.
impl fmt::Display for RejectedDenial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a privacy denial {}", self.kind())?;
        if self.kind() != RejectionKind::UntrustedEndpoint {
            return Ok(());
        }
        let Some((first, others)) = self.expected().split_first() else {
            return f.write_str(", where none is trusted");
        };
        write!(f, ", where {first}")?;
        for other in others {
            write!(f, " or {other}")?;
        }
        f.write_str(" is expected")
    }
}

impl fmt::Debug for RejectedDenial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RejectedDenial")
            .field("kind", &self.kind())
            .field("status", &self.status())
            .field("expected", &self.expected())
            .finish_non_exhaustive()
    }
}
