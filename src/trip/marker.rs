//! The marker: text in the return URL that lists what a user was already asked for.
//!
//! ```text
//! 1764000000.51~contact.see~kratos!aal.aal2~bearer!files!scope.read
//! ```
//!
//! 1. First comes the time of the last trip, in seconds since 1970, then `.` and the length of the list in bytes. An
//!    entry for each permission follows, in the order in which they were asked for: `[protocol!][name!]permission`. The
//!    default protocol has no prefix if its layer has no [name](crate::PrivacyLayer::named).
//! 2. In each part, letters, digits, `_` and `.` are written as they are. Everything else is percent-encoded. A
//!    part that is too long is cut, and ends in `-` and a hash of the whole part, so that different names stay
//!    different.
//! 3. A layer reads and adds entries of its own protocol and name. It keeps the entries of others unchanged.
//!    Each protocol and name may have [`MAX_ENTRIES`] entries, so no upstream can use up another's. Only the
//!    last [`MAX_OTHERS`] others are kept, which limits what is passed on from a forged marker.
//! 4. Some pages add text to every URL, or cut it off at its end, or both. The length, and the first character that no
//!    layer writes, show where the list was cut off or where the added text begins. The added text is not read. What was
//!    cut off may have been any permission that fits into it, of any layer, so none of these is asked for again. Each
//!    byte that was cut off is written as `-`. No complete entry ends in `-`. Together they take the room of as many
//!    entries as they may have been.
//! 5. A marker without a length is read as far as possible: an unreadable tail ends an entry, but does not remove it.
//! 6. An entry counts for the life of its permission, measured from the marker's time. A time in the future
//!    counts too, since clocks differ.

use std::{borrow::Cow, fmt::Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The default name of the parameter, which early services for Orange used.
const DEFAULT_NAME: &str = "fromOrangePrivacy";

/// The maximum number of entries for one protocol and name. Orange documents nine permissions.
pub(super) const MAX_ENTRIES: usize = 16;

/// The maximum number of other protocols and names whose entries are kept. A page calls only a few upstreams, so a
/// marker with more is forged. At most 144 entries are written, of up to 273 bytes each in a URL, where `%` is `%25`,
/// and 16 that were cut off, of 305 bytes. That is 44 KB. hyper accepts 64.
pub(super) const MAX_OTHERS: usize = 8;

/// The maximum length of a protocol's or a layer's name, in bytes as written.
pub(super) const MAX_NAME: usize = 40;

/// The maximum length of a permission, in bytes as written. The longest that Orange documents has 28.
pub(super) const MAX_PERMISSION: usize = 80;

/// Stands for a byte that was cut off.
pub(super) const LOST: char = '-';

/// The longest entry, in bytes. No layer writes longer ones, so they are dropped.
const MAX_ENTRY: usize = 2 * (MAX_NAME + 1) + MAX_PERMISSION;

/// The maximum of bytes that count as cut off. They take the room of [`MAX_ENTRIES`], so more would change nothing.
pub(super) const MAX_LOST: usize = 2 * MAX_ENTRIES;

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.');

/// The name of the parameter that holds the marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MarkerName(Box<str>);

impl MarkerName {
    /// An empty name means the default, since it would match every empty pair.
    pub(crate) fn new(name: String) -> Self {
        if name.is_empty() {
            Self::default()
        } else {
            Self(name.into())
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for MarkerName {
    fn default() -> Self {
        Self(DEFAULT_NAME.into())
    }
}

/// Whether this is a marker, whatever its time.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) fn is_marker(text: &str) -> bool {
    parse(text).is_some_and(|(_, list)| entries(&list).next().is_some())
}

/// The time of a marker, and its list, with a [`LOST`] for each byte that was cut off.
pub(super) fn parse(marker: &str) -> Option<(u64, Cow<'_, str>)> {
    let (head, list) = marker.split_once('~')?;
    let time = digits(head);
    let length = head[time.len()..].strip_prefix('.');
    let length = length.and_then(|length| digits(length).parse().ok());
    let time = time.parse().ok()?;
    let Some(length) = length else {
        return Some((time, list.into()));
    };
    let kept = readable(list);
    let missing = usize::saturating_sub(length, kept.len()).min(MAX_LOST);
    if missing > 0 {
        return Some((time, format!("{kept}{:-<missing$}", "").into()));
    }
    Some((time, list[..length].into()))
}

/// The readable entries of a list. What no layer writes is dropped, since it could get longer in a URL than an entry
/// may be.
pub(super) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split('~').map(readable).filter(|entry| {
        let is_short = entry.trim_end_matches(LOST).len() <= MAX_ENTRY;
        is_short && !entry.is_empty() && entry.matches('!').count() <= 2
    })
}

/// The text before the first character that no layer writes, such as a part of an escape.
fn readable(text: &str) -> &str {
    let bytes = text.as_bytes();
    let is_readable = |at: usize| match bytes[at] {
        b'%' => {
            matches!(bytes[at + 1..], [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
        }
        byte => byte.is_ascii_alphanumeric() || b"_.!~-".contains(&byte),
    };
    let end = (0..bytes.len()).find(|&at| !is_readable(at));
    &text[..end.unwrap_or(bytes.len())]
}

/// Splits an entry into its prefix and its permission.
pub(super) fn split(entry: &str) -> (&str, &str) {
    entry.split_at(entry.rfind('!').map_or(0, |at| at + 1))
}

/// The digits at the start of a text.
fn digits(text: &str) -> &str {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit());
    &text[..end.unwrap_or(text.len())]
}

/// Writes a part of an entry, by rule 2.
pub(super) fn part(text: &str, most: usize) -> String {
    let mut part: String = utf8_percent_encode(text, ENCODED).collect();
    if part.len() > most {
        // It is ASCII, so this does not split a character.
        let end = readable(&part[..most - 17]).len();
        part.truncate(end);
        let _ = write!(part, "-{:016x}", fnv1a(text));
    }
    part
}

/// FNV-1a, which is the same on every replica and in every release.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_fits_is_written_whole() {
        let fits = "x".repeat(MAX_PERMISSION);
        assert_eq!(part(&fits, MAX_PERMISSION), fits);
        assert_eq!(part(&(fits + "x"), MAX_PERMISSION).len(), MAX_PERMISSION);
    }

    #[test]
    fn the_hash_of_a_name_is_the_same_in_every_release() {
        // So nobody is asked twice during a deployment.
        assert_eq!(
            part(&"a".repeat(100), MAX_NAME),
            "aaaaaaaaaaaaaaaaaaaaaaa-2885d0ac2e5a9d79"
        );
    }
}
