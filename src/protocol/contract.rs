//! What a protocol tells the layer.

use std::{borrow::Cow, fmt, time::Duration};

use http::{HeaderMap, StatusCode};

use super::denial::Denial;
use crate::urls::PrivacyEndpoint;

/// The default of [`Protocol::marker_life`]: one day.
///
/// # Example
///
/// ```
/// use tower_privacy::protocol::DEFAULT_MARKER_LIFE;
///
/// assert_eq!(DEFAULT_MARKER_LIFE.as_secs(), 24 * 60 * 60);
/// ```
pub const DEFAULT_MARKER_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// The life of a permission that may be needed again soon: a session expires, and a sign-in gets old.
#[cfg(any(feature = "bearer", feature = "kratos"))]
pub(super) const RECURRING_LIFE: Duration = Duration::from_secs(10 * 60);

/// How one kind of upstream reports a denial: where to find it, how to read it, which pages to trust, and how
/// the user gets back.
///
/// The [module documentation](crate::protocol#a-protocol-of-your-own) has an example, and describes how the
/// layer uses these methods. A protocol holds configuration but no state. It must not panic: its input comes
/// from the network.
pub trait Protocol: fmt::Debug + Send + Sync + 'static {
    /// The name of the protocol, such as `orange`.
    ///
    /// Markers, events and metrics contain it, so keep it short and do not change it. Create each [`Denial`]
    /// with this name. For a denial with another name, the layer does not use this protocol's
    /// [`return_parameter`](Self::return_parameter) and [`marker_life`](Self::marker_life).
    fn name(&self) -> &str;

    /// Decides from the head of a response whether it may be a denial, and what to read of it.
    ///
    /// The layer calls this for every response. Compare the status first, if that can rule out a denial.
    fn look(&self, status: StatusCode, headers: &HeaderMap) -> Look;

    /// Reads what [`look`](Self::look) asked for: the whole body, or an empty one for [`Look::Head`].
    ///
    /// The layer sets the status of the returned [`Denial`].
    fn read(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict;

    /// The pages that a denial may point to. The layer calls this when it is built, not for each response.
    fn endpoints(&self) -> Vec<PrivacyEndpoint>;

    /// Where to put the return URL in the interaction URL of this denial.
    fn return_parameter(&self, denial: &Denial) -> ReturnParameter;

    /// How long after a trip the user is not sent on a second trip for the same permission.
    ///
    /// Choose a short time for a permission that may be needed again soon, such as a session that expires.
    /// [`PrivacyLayer::marker_life`](crate::PrivacyLayer::marker_life) overrides this method.
    ///
    /// Default: [`DEFAULT_MARKER_LIFE`], one day, for every permission.
    fn marker_life(&self, permission: &str) -> Duration {
        let _ = permission;
        DEFAULT_MARKER_LIFE
    }
}

/// For a protocol that is chosen at run time.
impl Protocol for Box<dyn Protocol> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn look(&self, status: StatusCode, headers: &HeaderMap) -> Look {
        (**self).look(status, headers)
    }

    fn read(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
        (**self).read(status, headers, body)
    }

    fn endpoints(&self) -> Vec<PrivacyEndpoint> {
        (**self).endpoints()
    }

    fn return_parameter(&self, denial: &Denial) -> ReturnParameter {
        (**self).return_parameter(denial)
    }

    fn marker_life(&self, permission: &str) -> Duration {
        (**self).marker_life(permission)
    }
}

/// What a protocol needs to see of a response: the result of [`Protocol::look`].
///
/// # Example
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use tower_privacy::protocol::{Look, Orange, Protocol};
///
/// let orange = Orange::new().errors_only();
/// assert_eq!(orange.look(StatusCode::OK, &HeaderMap::new()), Look::Pass);
/// assert_eq!(
///     orange.look(StatusCode::FORBIDDEN, &HeaderMap::new()),
///     Look::Xml { root: "error" },
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Look {
    /// Nothing: it is not a denial, whatever the body contains.
    Pass,
    /// Only the head.
    Head,
    /// The body, if it is XML whose root element has this local name, in any namespace.
    ///
    /// The body must have an XML label (`application/xml`, `text/xml`, `+xml`), a text label other than
    /// `text/event-stream`, or no label: some servers label XML as HTML or plain text. An event stream
    /// never starts with `<`, and its head must not wait for its first event.
    Xml {
        /// The local name of the root element, in ASCII.
        root: &'static str,
    },
    /// The body, if it is a JSON object in UTF-8.
    ///
    /// The body must have a JSON label (`application/json`, `+json`) or no label.
    Json,
}

/// What a response turned out to be: the result of [`Protocol::read`].
///
/// # Example
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use tower_privacy::RejectionKind;
/// use tower_privacy::protocol::{Orange, Protocol, Verdict};
///
/// let read = |body: &str| {
///     Orange::new().read(StatusCode::FORBIDDEN, &HeaderMap::new(), body.as_bytes())
/// };
/// assert!(matches!(read("<error/>"), Verdict::NotDenied));
/// assert!(matches!(
///     read("<error><detail>PrivacyAccessDeniedException</detail></error>"),
///     Verdict::Rejected(RejectionKind::MissingUrl),
/// ));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// Not a denial: the response is passed on, byte for byte.
    NotDenied,
    /// A denial.
    Denied(Denial),
    /// A denial that must not be followed.
    Rejected(RejectionKind),
}

/// Where the return URL goes in an interaction URL: the result of [`Protocol::return_parameter`].
///
/// The rest of the interaction URL stays as the URL parser returns it, byte for byte.
///
/// # Example
///
/// ```
/// use tower_privacy::Denial;
/// use tower_privacy::protocol::{Orange, Protocol, ReturnParameter};
///
/// let url = "https://privacy.orange.fr/urm-gui/interaction.do".parse()?;
/// let denial = Denial::new("orange", url);
/// let parameter = Orange::new().return_parameter(&denial);
/// assert_eq!(parameter, ReturnParameter::Replace("urlRetour".into()));
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReturnParameter {
    /// In the query parameter with this name. A value from the upstream is replaced.
    Replace(Cow<'static, str>),
    /// In the query parameter with this name, unless the upstream has set it. Then the upstream's value is
    /// kept, and the page does not send the user back to the app.
    Keep(Cow<'static, str>),
    /// Nowhere: the page does not send the user back.
    None,
}

/// Why a denial must not be followed: [`RejectedDenial::kind`](crate::RejectedDenial::kind).
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
    /// Its URL points to a page that the layer does not trust (see [`PrivacyEndpoint`]).
    UntrustedEndpoint,
    /// It has no URL, or an empty one.
    MissingUrl,
    /// Its URL does not parse as an absolute URL.
    InvalidUrl,
    /// It asks for a scope that the app does not allow.
    UnwantedScope,
    /// Its challenge cannot be read, or asks for too much.
    InvalidChallenge,
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UntrustedEndpoint => "points to an untrusted endpoint",
            Self::MissingUrl => "has no URL",
            Self::InvalidUrl => "has an invalid URL",
            Self::UnwantedScope => "asks for a scope that the app does not allow",
            Self::InvalidChallenge => "has an invalid challenge",
        })
    }
}
