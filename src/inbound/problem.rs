//! Replies for programs: problem details (RFC 9457).
//!
//! A program that is denied gets `application/problem+json` with these members.
//!
//! | member | value |
//! |---|---|
//! | `type` | one of the constants below |
//! | `title`, `detail` | text for people; it does not change with the occurrence |
//! | `status` | that of the reply |
//! | `location` | where to send the user, or where they can be asked again; in [`REDIRECT`] and [`REFUSED`] |
//! | `returns` | whether that page sends the user back; in [`REDIRECT`] and [`REFUSED`] |
//! | `continue` | where `returns` is false: the URL to go on at after the page, which a script has to open itself |
//! | `protocol` | the name of the protocol, such as `orange`; not in [`REJECTED`] and [`SERVICE`], as the next two |
//! | `code` | the code that upstream names the denial by, or null |
//! | `permissions` | the permissions asked for, an array of strings: `["contact.see"]` |
//! | `family`, `attributes` | of Orange alone: the API's family, or null, and the attributes asked for |
//!
//! # Example
//!
//! In a page:
//!
//! ```js
//! // Which page this is, whatever its referrer policy: it is where the user comes back to.
//! const headers = { "HX-Current-URL": location.href };
//! const response = await fetch("/api/contacts", { headers });
//! if (response.headers.get("content-type") === "application/problem+json") {
//!   const problem = await response.json();
//!   if (problem.type.endsWith("REDIRECT.html") && problem.returns) location.assign(problem.location);
//!   else show(problem.title, problem.location, problem.continue);
//! }
//! ```
//!
//! In a client that is written in Rust:
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

/// The `type` of [`PrivacyError::Redirect`]: the user has to be sent to `location`. Status 403.
pub const REDIRECT: &str = type_uri!("REDIRECT");

/// The `type` of [`PrivacyError::Refused`]: the user was asked already, and access is needed again.
/// Status 403.
pub const REFUSED: &str = type_uri!("REFUSED");

/// The `type` of [`PrivacyError::InteractionRequired`]: there is no user who could be asked. Status
/// 403.
pub const INTERACTION_REQUIRED: &str = type_uri!("INTERACTION_REQUIRED");

/// The `type` of [`PrivacyError::Rejected`]: upstream sent a denial that must not be followed. Status
/// 502.
pub const REJECTED: &str = type_uri!("REJECTED");

/// The `type` of [`PrivacyError::Service`]: upstream did not answer. Status 502.
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
            "The user has to visit a page first",
            "Send the user to the location. Where returns is true, they come back when they are done.",
        ),
        PrivacyError::Refused(_) => (
            REFUSED,
            "The user still has to visit a page",
            "The user was asked already. At the location they can be asked again.",
        ),
        PrivacyError::InteractionRequired(_) => (
            INTERACTION_REQUIRED,
            "A user has to visit a page first",
            "There is no user here who could be asked.",
        ),
        PrivacyError::Rejected(_) => (
            REJECTED,
            "The upstream service denied access in a way that cannot be followed",
            "Its answer does not lead to a page that is trusted.",
        ),
        PrivacyError::Service(_) => (
            SERVICE,
            "The upstream service failed",
            "It did not answer as it should.",
        ),
    }
}
