//! Denials in a JSON object (RFC 8259), read with `serde_json`.
//!
//! If a member is repeated, the last one counts. What `serde_json` does not read is not a denial: an object
//! nested deeper than 127 levels, half of a surrogate pair, or a number beyond the range of [`f64`], in any member.

use serde_json::Value;
use url::Url;

use super::contract::RejectionKind;

/// The object in a body, or null, which has no members, if the body cannot be read.
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
