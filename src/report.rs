//! What is told of the outcomes: events to `tracing`, counts to `metrics`. Neither names a URL, and so
//! neither has a token. The table of both is in the guide.

#![cfg_attr(
    not(feature = "tracing"),
    allow(unused_variables, reason = "an event says more than a count")
)]

use http::StatusCode;

use crate::{
    denial::{Family, gate::Admission},
    error::PrivacyError,
};

/// Whether there is anybody to tell.
pub(crate) const IS_HEARD: bool = cfg!(any(feature = "tracing", feature = "metrics"));

/// The target of each event, whatever file it is told in.
#[cfg(feature = "tracing")]
const TARGET: &str = "tower_privacy";

/// Counts an outcome that has no family. Its labels are constant, and take no allocation.
macro_rules! count {
    ($outcome:literal) => {
        #[cfg(feature = "metrics")]
        metrics::counter!("tower_privacy_outcomes_total", "outcome" => $outcome, "family" => "none")
            .increment(1);
    };
}

/// A call was denied.
pub(crate) fn denied(error: &PrivacyError, status: StatusCode) {
    if !IS_HEARD {
        return;
    }
    let (outcome, denial) = match error {
        PrivacyError::Redirect(redirect) => ("redirected", Some(redirect.denial())),
        PrivacyError::Refused(redirect) => ("refused", Some(redirect.denial())),
        PrivacyError::InteractionRequired(denial) => ("interaction_required", Some(denial)),
        PrivacyError::Rejected(_) => ("rejected", None),
        PrivacyError::Service(_) => return,
    };
    let family = denial.and_then(crate::Denial::family).as_ref().map(bounded);
    count_denial(outcome, family);
    #[cfg(feature = "tracing")]
    {
        let status = status.as_u16();
        match error {
            PrivacyError::Redirect(_) => {
                tracing::info!(target: TARGET, status, family, outcome, "privacy denial redirected");
            }
            PrivacyError::Refused(_) => {
                tracing::info!(target: TARGET, status, family, outcome, "privacy access refused");
            }
            PrivacyError::Rejected(rejected) => {
                let reason = rejected.kind();
                tracing::warn!(target: TARGET, status, %reason, outcome, "privacy denial rejected");
            }
            PrivacyError::InteractionRequired(_) | PrivacyError::Service(_) => {
                tracing::info!(target: TARGET,
                    status,
                    family,
                    outcome,
                    "privacy interaction required, and no user to ask"
                );
            }
        }
    }
}

/// The inner service failed. Its error is not told: it may name the URL that was called.
pub(crate) fn failed() {
    count!("failed");
    #[cfg(feature = "tracing")]
    tracing::warn!(target: TARGET, outcome = "failed", "the inner service failed");
}

/// A document whose root is `error` was over the cap, and passed through.
#[cold]
pub(crate) fn too_long(status: StatusCode) {
    count!("too_long");
    #[cfg(feature = "tracing")]
    tracing::warn!(target: TARGET,
        status = status.as_u16(),
        outcome = "too_long",
        "an error document is over the cap, and was not read"
    );
}

/// The head alone kept out a response that might be a denial.
#[cold]
pub(crate) fn not_inspected(reason: Admission, status: StatusCode) {
    let reason = match reason {
        Admission::Encoded => "encoded",
        Admission::TooLong => "length",
        Admission::Look | Admission::Pass => return,
    };
    count!("not_inspected");
    #[cfg(feature = "tracing")]
    tracing::debug!(target: TARGET,
        status = status.as_u16(),
        reason,
        outcome = "not_inspected",
        "a response was not looked at"
    );
}

/// A user opened a page with the marker of a trip to the privacy page.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) fn returned() {
    count!("returned");
}

/// A user came back, and their page was shown with what upstream had answered for it.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) fn granted() {
    count!("granted");
}

/// What upstream writes there has no end, and each text would be a series of its own.
fn bounded(family: &Family) -> &'static str {
    static DOCUMENTED: [Family; 6] = Family::DOCUMENTED;
    let mut documented = DOCUMENTED.iter().map(Family::as_str);
    documented.find(|name| family == name).unwrap_or("other")
}

#[cfg(feature = "metrics")]
fn count_denial(outcome: &'static str, family: Option<&'static str>) {
    let family = family.unwrap_or("none");
    metrics::counter!("tower_privacy_outcomes_total", "outcome" => outcome, "family" => family)
        .increment(1);
}

#[cfg(not(feature = "metrics"))]
fn count_denial(_: &'static str, _: Option<&'static str>) {}
