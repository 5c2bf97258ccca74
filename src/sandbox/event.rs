//! What happens at a sandbox, as it happens.

use std::fmt;

use http::StatusCode;

use super::{
    consent::Choice,
    record::{Call, Visit},
};
use crate::urls::Bare;

/// Something that happened at a sandbox, as [`Sandbox::on_event`](super::Sandbox::on_event) reports it.
///
/// Its text is one sentence, without a token and without the query of a URL.
///
/// # Example
///
/// ```
/// use axum::body::Body;
/// use http::Request;
/// use std::sync::mpsc;
/// use tower::ServiceExt;
/// use tower_privacy::sandbox::{Choice, Event, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (events, seen) = mpsc::channel();
/// let sandbox = Sandbox::new().on_event(move |event| {
///     let _ = events.send(event.clone());
/// });
/// sandbox.choose(Choice::Once);
///
/// for url in [
///     "http://orange.test/contacts?token=sandbox-token",
///     "http://orange.test/urm-gui/interaction.do?family=contact&serviceId=YOURSITE002242432462\
///      &attributes=,see&urlRetour=https%3A%2F%2Fapp.example%2Fcontacts%3Fpage%3D2",
///     "http://orange.test/contacts?token=sandbox-token",
///     "http://orange.test/contacts?token=another",
/// ] {
///     sandbox.router().oneshot(Request::get(url).body(Body::empty())?).await?;
/// }
///
/// let seen: Vec<_> = seen.try_iter().collect();
/// let [Event::Called(call), Event::Opened(_), Event::Chose(visit), ..] = &seen[..] else { panic!() };
/// assert!(!call.granted());
/// assert_eq!(visit.choice(), Some(Choice::Once));
///
/// let texts: Vec<_> = seen.iter().map(Event::to_string).collect();
/// assert_eq!(texts, [
///     "/contacts: contact.see denied",
///     "the user opens the page for contact.see",
///     "the user chooses once for contact.see, and goes back to https://app.example/contacts",
///     "/contacts: contact.see granted",
///     "/contacts: error 401 Unauthorized",
/// ]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An API was called, and granted or denied access.
    Called(Call),
    /// An API was called in a way that it answers with an error, whatever the user chose: without the right
    /// token, for example.
    #[non_exhaustive]
    Failed {
        /// The path that was called.
        path: String,
        /// The status of the response.
        status: StatusCode,
    },
    /// The user opened a page where they choose.
    Opened(Visit),
    /// The user pressed a button there, or [`choose`](super::Sandbox::choose) or
    /// [`script`](super::Sandbox::script) did it for them.
    Chose(Visit),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Called(call) => write!(f, "{}: {call}", call.path()),
            Self::Failed { path, status } => write!(f, "{path}: error {status}"),
            Self::Opened(visit) => {
                write!(f, "the user opens the page for {}", visit.asked_for())
            }
            Self::Chose(visit) => {
                let choice = visit.choice().map_or("", Choice::as_str);
                write!(f, "the user chooses {choice} for {}", visit.asked_for())?;
                if visit.returns() {
                    let back = Bare(visit.return_url().as_url());
                    write!(f, ", and goes back to {back}")?;
                }
                Ok(())
            }
        }
    }
}

impl Event {
    /// An event of `tracing` for each. It names no URL.
    #[cfg(feature = "tracing")]
    pub(super) fn trace(&self) {
        use tracing::info;

        match self {
            Self::Called(call) => info!(
                protocol = call.protocol(),
                path = call.path(),
                permissions = call.needed(),
                granted = call.granted(),
                "sandbox: an API was called"
            ),
            Self::Failed { status, .. } => {
                info!(status = status.as_u16(), "sandbox: a call failed");
            }
            Self::Opened(visit) => info!(
                protocol = visit.protocol(),
                permissions = visit.asked_for(),
                "sandbox: the user opened a page"
            ),
            Self::Chose(visit) => info!(
                protocol = visit.protocol(),
                permissions = visit.asked_for(),
                choice = visit.choice().map(Choice::as_str),
                "sandbox: the user chose"
            ),
        }
    }
}
