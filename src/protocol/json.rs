//! A denial in a JSON object (RFC 8259).
//!
//! `serde_json` reads it. Of members with the same name the last counts, and an object that is nested deeper
//! than 127 levels, the limit of `serde_json`, is no denial.

use serde_json::Value;
use url::Url;

use super::contract::RejectionKind;

/// The object that a body is; null, which has no members, if it is none.
pub(super) fn object(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// The URL in a member.
pub(super) fn url(member: Option<&Value>) -> Result<Url, RejectionKind> {
    match member.map(Value::as_str) {
        None | Some(Some("")) => Err(RejectionKind::MissingUrl),
        Some(Some(text)) => Url::parse(text).map_err(|_| RejectionKind::InvalidUrl),
        Some(None) => Err(RejectionKind::InvalidUrl),
    }
}
