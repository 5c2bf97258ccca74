//! Replies for programs: problem details (RFC 9457).
//!
//! A program whose call is denied gets `application/problem+json` with these members:
//!
//! | member | in | value |
//! |---|---|---|
//! | `type` | all | one of the constants below |
//! | `title`, `detail` | all | a text for people, always the same for a `type` |
//! | `status` | all | the status of the reply |
//! | `location` | [`REDIRECT`], [`REFUSED`] | where to send the user; in [`REFUSED`], where they can try again |
//! | `returns` | [`REDIRECT`], [`REFUSED`] | whether that page sends the user back |
//! | `continue` | [`REDIRECT`], [`REFUSED`] | only if `returns` is false: the URL to open when the user is done with that page |
//! | `protocol` | all but [`REJECTED`] and [`SERVICE`] | the name of the protocol, such as `orange` |
//! | `code` | the same | the upstream's own code for the denial, or null |
//! | `permissions` | the same | the permissions that are missing, an array of strings such as `["contact.see"]` |
//! | `family`, `attributes` | the same, Orange only | the family of the API, or null, and the attributes that are missing |
//!
//! # Example
//!
//! In a page:
//!
//! ```js
//! // Names this page whatever its referrer policy, so that the user comes back to it.
//! const headers = { "HX-Current-URL": location.href };
//! const response = await fetch("/api/contacts", { headers });
//! if (response.headers.get("content-type") === "application/problem+json") {
//!   const problem = await response.json();
//!   if (problem.type.endsWith("REDIRECT.html") && problem.returns) location.assign(problem.location);
//!   else show(problem.title, problem.location, problem.continue);
//! }
//! ```
//!
//! In a client written in Rust:
//!
//! ```
//! use tower_privacy::problem;
//!
//! fn where_to(problem: &serde_json::Value) -> Option<&str> {
//!     (problem["type"] == problem::REDIRECT).then(|| problem["location"].as_str())?
//! }
//!
//! let problem = serde_json::json!({ "type": problem::REFUSED, "location": "https://…" });
//! assert_eq!(where_to(&problem), None);
//! ```

use serde_json::{Value, json};

use crate::{error::PrivacyError, protocol};

macro_rules! type_uri {
    ($name:literal) => {
        concat!(
            "https://docs.rs/tower-privacy/latest/tower_privacy/problem/constant.",
            $name,
            ".html"
        )
    };
}

/// The `type` of [`PrivacyError::Redirect`]: send the user to `location`. Status 403.
pub const REDIRECT: &str = type_uri!("REDIRECT");

/// The `type` of [`PrivacyError::Refused`]: the user was already asked, and the step is still required.
/// Status 403.
pub const REFUSED: &str = type_uri!("REFUSED");

/// The `type` of [`PrivacyError::InteractionRequired`]: there is no user to ask. Status 403.
pub const INTERACTION_REQUIRED: &str = type_uri!("INTERACTION_REQUIRED");

/// The `type` of [`PrivacyError::Rejected`]: the upstream sent a denial that must not be followed.
/// Status 502.
pub const REJECTED: &str = type_uri!("REJECTED");

/// The `type` of [`PrivacyError::Service`]: the upstream did not answer. Status 502.
pub const SERVICE: &str = type_uri!("SERVICE");

pub(super) const MEDIA_TYPE: &str = "application/problem+json";

pub(super) fn of(error: &PrivacyError, status: u16) -> String {
    let (uri, title, detail) = words(error);
    let mut problem = json!({ "type": uri, "title": title, "status": status, "detail": detail });
    let denial = match error {
        PrivacyError::Redirect(redirect) | PrivacyError::Refused(redirect) => {
            problem["location"] = redirect.location().as_str().into();
            problem["returns"] = redirect.returns().into();
            if !redirect.returns() {
                problem["continue"] = redirect.return_url().as_str().into();
            }
            Some(redirect.denial())
        }
        PrivacyError::InteractionRequired(denial) => Some(denial),
        PrivacyError::Rejected(_) | PrivacyError::Service(_) => None,
    };
    if let Some(denial) = denial {
        problem["protocol"] = denial.protocol().into();
        problem["code"] = denial.code().into();
        problem["permissions"] = denial.permissions().map(Value::from).collect();
        if denial.protocol() == protocol::DEFAULT_NAME {
            problem["family"] = denial.family().as_deref().into();
            problem["attributes"] = denial.attributes().map(Value::from).collect();
        }
    }
    problem.to_string()
}

fn words(error: &PrivacyError) -> (&'static str, &'static str, &'static str) {
    match error {
        PrivacyError::Redirect(_) => (
            REDIRECT,
            "The user must visit a page first",
            "Send the user to location. If returns is true, that page sends them back when they are done.",
        ),
        PrivacyError::Refused(_) => (
            REFUSED,
            "The step is still required",
            "The user was already asked. To let them try again, offer a link to location.",
        ),
        PrivacyError::InteractionRequired(_) => (
            INTERACTION_REQUIRED,
            "A user must visit a page first",
            "There is no user to ask.",
        ),
        PrivacyError::Rejected(_) => (
            REJECTED,
            "The upstream service sent a denial that must not be followed",
            "It does not lead to a trusted page.",
        ),
        PrivacyError::Service(_) => (
            SERVICE,
            "The upstream service failed",
            "It did not respond as expected.",
        ),
    }
}
