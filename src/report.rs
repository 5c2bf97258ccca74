//! Reports each outcome: an event to `tracing`, a count to `metrics`. Neither contains a URL, so neither
//! contains a token. The guide has a table of both (`guide::production`).

#![cfg_attr(
    not(all(feature = "metrics", feature = "tracing")),
    allow(
        dead_code,
        unused_variables,
        reason = "counts and events use different fields"
    )
)]

#[cfg(feature = "metrics")]
use std::borrow::Cow;

use http::StatusCode;

use crate::{
    error::PrivacyError,
    protocol::{Denial, Family},
};

/// Whether any feature that reports is on.
pub(crate) const IS_HEARD: bool = cfg!(any(feature = "tracing", feature = "metrics"));

/// The target of every event, so that a filter by the crate's name matches.
#[cfg(feature = "tracing")]
const TARGET: &str = "tower_privacy";

/// The upstream that an outcome belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upstream<'a> {
    /// The name of the protocol.
    pub(crate) protocol: &'a str,
    /// The name that `PrivacyLayer::named` gave it.
    pub(crate) name: Option<&'a str>,
}

/// A call was denied. In an app with a host side, a call without a context has lost it or never had one.
pub(crate) fn denied(
    error: &PrivacyError,
    status: StatusCode,
    upstream: Upstream<'_>,
    has_context: bool,
) {
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
    let upstream = Upstream {
        protocol: denial.map_or(upstream.protocol, Denial::protocol),
        ..upstream
    };
    let family = denial.and_then(Denial::family).as_ref().map(bounded);
    count(outcome, Some(upstream), family);
    #[cfg(feature = "tracing")]
    {
        let status = status.as_u16();
        let Upstream {
            protocol,
            name: upstream,
        } = upstream;
        match error {
            PrivacyError::Redirect(_) => {
                tracing::info!(target: TARGET,
                    status, protocol, upstream, family, outcome,
                    "the user must visit a page first"
                );
            }
            PrivacyError::Refused(_) => {
                tracing::info!(target: TARGET,
                    status, protocol, upstream, family, outcome,
                    "the user was already asked, and the step is still required"
                );
            }
            PrivacyError::Rejected(rejected) => {
                let reason = rejected.kind();
                tracing::warn!(target: TARGET,
                    status, protocol, upstream, %reason, outcome,
                    "the denial must not be followed"
                );
            }
            PrivacyError::InteractionRequired(_)
                if cfg!(any(feature = "actix", feature = "axum")) && !has_context =>
            {
                tracing::warn!(target: TARGET,
                    status, protocol, upstream, family, outcome,
                    "a user must visit a page first, but the call has no context: it was spawned \
                     without one, or no return layer wraps its handler"
                );
            }
            PrivacyError::InteractionRequired(_) | PrivacyError::Service(_) => {
                tracing::info!(target: TARGET,
                    status, protocol, upstream, family, outcome,
                    "a user must visit a page first, but there is no user to ask"
                );
            }
        }
    }
}

/// The inner service failed. Its error is left out, since it may contain the URL of the call.
pub(crate) fn failed(upstream: Upstream<'_>) {
    count("failed", Some(upstream), None);
    #[cfg(feature = "tracing")]
    tracing::warn!(target: TARGET,
        protocol = upstream.protocol,
        upstream = upstream.name,
        outcome = "failed",
        "the inner service failed"
    );
}

/// A document that might be a denial was over the cap, and was passed on.
#[cold]
pub(crate) fn too_long(status: StatusCode, upstream: Upstream<'_>) {
    count("too_long", Some(upstream), None);
    #[cfg(feature = "tracing")]
    tracing::warn!(target: TARGET,
        status = status.as_u16(),
        protocol = upstream.protocol,
        upstream = upstream.name,
        outcome = "too_long",
        "a document that might be a denial is over the cap and was not read"
    );
}

/// A response that might be a denial was passed on because of its headers.
#[cold]
pub(crate) fn not_inspected(reason: &'static str, status: StatusCode, upstream: Upstream<'_>) {
    count("not_inspected", Some(upstream), None);
    #[cfg(feature = "tracing")]
    tracing::debug!(target: TARGET,
        status = status.as_u16(),
        protocol = upstream.protocol,
        upstream = upstream.name,
        reason,
        outcome = "not_inspected",
        "the response was not inspected"
    );
}

/// A user opened a page with the marker of a trip.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) fn returned() {
    count("returned", None, None);
}

/// A user came back, the upstream answered a call of their page, and the app replied with a success.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) fn granted() {
    count("granted", None, None);
}

/// Limits the values of the label: an upstream can send any text, and each would create a time series.
fn bounded(family: &Family) -> &'static str {
    static DOCUMENTED: [Family; 6] = Family::DOCUMENTED;
    let mut documented = DOCUMENTED.iter().map(Family::as_str);
    documented.find(|name| family == name).unwrap_or("other")
}

/// Every outcome has the same labels, so that counts add up. A value that is not known is `none`.
#[cfg(feature = "metrics")]
fn count(outcome: &'static str, upstream: Option<Upstream<'_>>, family: Option<&'static str>) {
    let protocol = upstream.map_or("none", |upstream| upstream.protocol);
    let name = upstream.and_then(|upstream| upstream.name);
    let name = name.map_or(Cow::Borrowed("none"), |name| Cow::Owned(name.to_owned()));
    metrics::counter!(
        "tower_privacy_outcomes_total",
        "outcome" => outcome,
        "protocol" => protocol.to_owned(),
        "upstream" => name,
        "family" => family.unwrap_or("none")
    )
    .increment(1);
}

#[cfg(not(feature = "metrics"))]
fn count(_: &'static str, _: Option<Upstream<'_>>, _: Option<&'static str>) {}
