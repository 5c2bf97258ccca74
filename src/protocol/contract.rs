//! What a protocol tells the layer.

use std::{borrow::Cow, fmt, time::Duration};

use http::{HeaderMap, StatusCode};

use super::denial::Denial;
use crate::urls::PrivacyEndpoint;

/// The default of [`Protocol::marker_life`]: a day.
pub const DEFAULT_MARKER_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// The life of a permission that rightly recurs: a session expires, and a sign-in gets old.
#[cfg(any(feature = "bearer", feature = "kratos"))]
pub(super) const RECURRING_LIFE: Duration = Duration::from_secs(10 * 60);

/// How one kind of upstream reports a denial: where it is found, how it is read, which pages are trusted,
/// and how the user gets back.
///
/// See the [module](crate::protocol) for an example, and for what the layer does with the answers. A
/// protocol holds configuration and no state. It must not panic: what it reads comes from the network.
pub trait Protocol: fmt::Debug + Send + Sync + 'static {
    /// The name of the protocol, such as `orange`. It is written into markers, events and metrics, so it
    /// should be short and stay the same. Make each [`Denial`] with it: the protocol has no say in a denial
    /// of another name.
    fn name(&self) -> &str;

    /// Whether a response with this head may be a denial.
    ///
    /// It is called for every response, so compare the status first where that decides.
    fn look(&self, status: StatusCode, headers: &HeaderMap) -> Look;

    /// Reads what [`look`](Self::look) asked for: a whole body, or an empty one for [`Look::Head`].
    ///
    /// The layer sets the status of the [`Denial`] that is returned.
    fn read(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict;

    /// The pages that a denial may point to. The layer asks when it is built, and not for each call.
    fn endpoints(&self) -> Vec<PrivacyEndpoint>;

    /// Where the return URL goes in the interaction URL of this denial.
    fn return_parameter(&self, denial: &Denial) -> ReturnParameter;

    /// For how long after a trip another denial of the same permission is not a reason for a second trip.
    /// A permission that rightly recurs, such as a session that expires, needs a short one.
    ///
    /// [`PrivacyLayer::marker_life`](crate::PrivacyLayer::marker_life), where it is set, wins.
    ///
    /// Default: [`DEFAULT_MARKER_LIFE`], a day, for every permission.
    fn marker_life(&self, permission: &str) -> Duration {
        let _ = permission;
        DEFAULT_MARKER_LIFE
    }
}

/// A protocol that is chosen at run time.
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

/// What a protocol wants to see of a response: the answer of [`Protocol::look`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Look {
    /// Nothing: it is no denial, whatever is in the body.
    Pass,
    /// The head alone.
    Head,
    /// The body, if it is XML whose root element has this local name (in ASCII), in any namespace.
    ///
    /// It has to be labelled as XML (`application/xml`, `text/xml`, `+xml`), as text of any kind but
    /// `text/event-stream`, or not at all: servers label XML as HTML or plain text. An event stream never
    /// starts with `<`, and its head must not wait for its first event.
    Xml {
        /// The local name of the root element.
        root: &'static str,
    },
    /// The body, if it is a JSON object in UTF-8.
    ///
    /// It has to be labelled as JSON (`application/json`, `+json`), or not at all.
    Json,
}

/// What a response turned out to be: the answer of [`Protocol::read`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// No denial: the response is passed on, byte for byte.
    NotDenied,
    /// A denial.
    Denied(Denial),
    /// A denial that must not be followed.
    Rejected(RejectionKind),
}

/// Where the return URL goes in an interaction URL: the answer of [`Protocol::return_parameter`].
///
/// The rest of the interaction URL stays byte for byte as the URL parser yields it.
///
/// # Example
///
/// ```
/// use tower_privacy::protocol::ReturnParameter;
///
/// let parameter = ReturnParameter::Replace("return_to".into());
/// # let _ = parameter;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReturnParameter {
    /// In the query parameter of this name. What upstream put there is replaced.
    Replace(Cow<'static, str>),
    /// In the query parameter of this name, unless upstream has one there. Then that one is kept, and the
    /// page does not lead the user back to the app.
    Keep(Cow<'static, str>),
    /// Nowhere: the page does not lead the user back.
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
    /// Its URL points to a page that is not on the layer's list
    /// ([`PrivacyEndpoint`]).
    UntrustedEndpoint,
    /// It has no URL, or an empty one.
    MissingUrl,
    /// Its URL does not parse as an absolute URL.
    InvalidUrl,
    /// It asks for a scope that the app does not allow.
    UnwantedScope,
    /// Its challenge cannot be read.
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
