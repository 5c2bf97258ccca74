//! The errors that a call through the layer can return.

use std::{error::Error, fmt, sync::Arc};

use http::StatusCode;
use url::Url;

use crate::{
    protocol::{Denial, RejectionKind, SourceCell},
    trip::{Decision, PrivacyRedirect},
    urls::PrivacyEndpoint,
};

/// An error of any type, as held by [`PrivacyError::Service`].
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// The error of a call through [`Privacy`](crate::Privacy): a denial, or the inner service's own error.
///
/// This is one concrete type, whatever the inner service's error is, so `?`, `anyhow` and `thiserror`'s
/// `#[from]` work. [`find`](Self::find) finds it anywhere in a chain of sources, even inside another error.
///
/// `Display` and `Debug` never print a query, a token or a body. The error inside
/// [`Service`](Self::Service) is the inner service's own and prints what it likes: a log that walks the
/// sources may show the URL of the call. This crate removes the query from the URL of a reqwest error.
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
    /// The call was denied, and the user can change that. Send them to
    /// [`location`](PrivacyRedirect::location).
    Redirect(PrivacyRedirect),
    /// The call was denied, although the user was already asked on the way to this page. Sending them
    /// away again would cause a redirect loop.
    Refused(PrivacyRedirect),
    /// The call was denied, and there is no user to ask: the call has no
    /// [`PrivacyContext`](crate::PrivacyContext), or a
    /// [`non_interactive`](crate::PrivacyContext::non_interactive) one.
    InteractionRequired(Denial),
    /// The call was denied in a way that must not be followed.
    Rejected(RejectedDenial),
    /// The inner service failed.
    ///
    /// `Display` and the events of the layer do not say why, since errors of HTTP clients contain the URL of the call,
    /// and so perhaps a token. The client's error is the [`source`](Error::source): log it where you handle the error.
    Service(BoxError),
}

impl PrivacyError {
    /// Finds a `PrivacyError` in an error or in its chain of sources.
    ///
    /// This looks through `Box<dyn Error>` (pass `&*error`), `anyhow` (pass `error.as_ref()`),
    /// `std::io::Error`, `reqwest_middleware::Error`, and any error type of yours whose `source()` leads
    /// there, including `#[error(transparent)]`. If a [`Service`](Self::Service) wraps a denial, the denial
    /// is returned. A `Service` itself is not found behind a transparent wrapper.
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

    /// Returns `true` for every error except a [`Service`](Self::Service) that wraps no denial: the upstream
    /// answered, with a denial.
    ///
    /// Use it in layers outside this one that tell failures from answers. A retry would get the same denial
    /// again, and a user's choice is not an outage: a retry policy should not retry a denial, and a circuit
    /// breaker should count it as a success.
    ///
    /// # Example
    ///
    /// ```
    /// use tower::retry::Policy;
    /// use tower_privacy::PrivacyError;
    ///
    /// /// Retries a few times, unless the call was denied.
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
        !matches!(self.found(), Self::Service(_))
    }

    /// The denial, even if this is a [`Service`](Self::Service) that wraps it.
    pub(crate) fn found(&self) -> &Self {
        Self::find(self).unwrap_or(self)
    }

    /// Returns the first error of this type in the source chain of [`Service`](Self::Service), or `None`
    /// for a denial.
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

    /// The denial inside an error, without its wrappers.
    pub(crate) fn signal_in(error: &(dyn Error + 'static)) -> Option<Self> {
        Some(match Self::find(error)? {
            Self::Redirect(redirect) => Self::Redirect(redirect.clone()),
            Self::Refused(redirect) => Self::Refused(redirect.clone()),
            Self::InteractionRequired(denial) => Self::InteractionRequired(denial.clone()),
            Self::Rejected(rejected) => Self::Rejected(rejected.clone()),
            Self::Service(_) => return None,
        })
    }

    /// The inner service's error, as a `PrivacyError`.
    pub(crate) fn from_service(error: impl Into<BoxError>) -> Self {
        error.into().into()
    }
}

/// The error itself, or the one inside a `Box` or an `Arc`. These forward `source()` to what they hold, so a
/// walk along the sources would miss it.
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

/// Converts the error of a middleware such as `tower::timeout`: a denial in it is kept, and anything else
/// becomes a [`Service`](PrivacyError::Service) error.
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
        if let Some(signal) = Self::signal_in(&*error) {
            return signal;
        }
        error.downcast().map_or_else(Self::Service, |error| *error)
    }
}

impl fmt::Display for PrivacyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(_) => f.write_str("the user must visit a page first"),
            Self::Refused(_) => {
                f.write_str("the user was already asked, and the step is still required")
            }
            Self::InteractionRequired(_) => {
                f.write_str("a user must visit a page first, but there is no user to ask")
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
            // An inner client's `Debug` may print the URL of the call, token included.
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

/// The upstream's answer, as the source of a denial.
///
/// It carries the denial itself. A wrapper that forwards `source()` to the denial's own source
/// (`#[error(transparent)]`, `io::Error`, `reqwest_middleware::Error`) removes the denial from the chain,
/// so that it can only be found through its source.
struct Cause(PrivacyError, StatusCode);

/// The cause in a signal's cell. It is made on first use, from a copy whose own cell is still empty, so that
/// it never holds itself.
fn cause(
    cell: &SourceCell,
    status: StatusCode,
    signal: impl FnOnce() -> PrivacyError,
) -> &(dyn Error + 'static) {
    &**cell.get_or_init(|| Arc::new(Cause(signal(), status)))
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "upstream denied the call with {}", self.1)
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
///     "the denial points to an untrusted endpoint, but \
///      http(s)://privacy.orange.fr/urm-gui/interaction.do was expected",
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

    /// Returns the reason why this denial must not be followed.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.data.kind
    }

    /// Returns the status of the upstream response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.data.status
    }

    /// Returns the URL that was not trusted, for investigation, or `None` if it is missing or does not
    /// parse. It may be an attacker's: never send anyone there.
    #[must_use]
    pub fn untrusted_url(&self) -> Option<&Url> {
        self.data.untrusted_url.as_ref()
    }

    /// Returns the pages that the layer trusts. The URL of a denial must be one of them.
    #[must_use]
    pub fn expected(&self) -> &[PrivacyEndpoint] {
        &self.data.expected
    }
}

impl Error for RejectedDenial {}

/// `Display` names the expected pages but not the URL that was found.
impl fmt::Display for RejectedDenial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the denial {}", self.kind())?;
        if self.kind() != RejectionKind::UntrustedEndpoint {
            return Ok(());
        }
        let Some((first, others)) = self.expected().split_first() else {
            return f.write_str(", and the layer trusts none");
        };
        write!(f, ", but {first}")?;
        for other in others {
            write!(f, " or {other}")?;
        }
        f.write_str(" was expected")
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
