//! What is told of a denial to `tracing`.

use http::StatusCode;

use crate::error::PrivacyError;

/// One event for a denial. It names no URL, and so no token.
#[cfg(feature = "tracing")]
pub(crate) fn denied(error: &PrivacyError, status: StatusCode) {
    let denial = match error {
        PrivacyError::Redirect(redirect) | PrivacyError::Refused(redirect) => {
            Some(redirect.denial())
        }
        PrivacyError::InteractionRequired(denial) => Some(denial),
        PrivacyError::Rejected(_) | PrivacyError::Service(_) => None,
    };
    let family = denial.and_then(crate::Denial::family);
    let family = family.as_deref();
    let status = status.as_u16();
    match error {
        PrivacyError::Rejected(rejected) => {
            tracing::warn!(status, reason = %rejected.kind(), "privacy denial rejected");
        }
        PrivacyError::Refused(_) => tracing::info!(status, family, "privacy access refused"),
        PrivacyError::InteractionRequired(_) => {
            tracing::info!(
                status,
                family,
                "privacy interaction required, and no user to ask"
            );
        }
        PrivacyError::Redirect(_) | PrivacyError::Service(_) => {
            tracing::info!(status, family, "privacy denial redirected");
        }
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn denied(_: &PrivacyError, _: StatusCode) {}
