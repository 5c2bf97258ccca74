//! The marker: text in the return URL that lists what a user was already asked for.
//!
//! ```text
//! 1764000000~contact.see~kratos!aal.aal2~bearer!files!scope.read
//! ```
//!
//! 1. The time of the last trip comes first, in seconds since 1970. An entry for each permission follows, in
//!    the order in which they were asked for: `[protocol!][name!]permission`. The default protocol has no
//!    prefix if its layer has no [name](crate::PrivacyLayer::named).
//! 2. In each part, letters, digits, `_` and `.` are written as they are. Everything else is percent-encoded. A
//!    part that is too long is cut, and ends in `-` and a hash of the whole part, so that different names stay
//!    different.
//! 3. A layer reads and adds entries of its own protocol and name. It keeps the entries of others unchanged.
//!    Each protocol and name may have [`MAX_ENTRIES`] entries, so no upstream can use up another's. Only the
//!    last [`MAX_OTHERS`] others are kept, which limits what is passed on from a forged marker.
//! 4. A marker that was truncated or appended to is read as far as possible: an unreadable tail ends an
//!    entry, but does not remove it. Letters that a page adds or cuts at the end change the last entry. If
//!    the page does so on each trip, an entry is there twice, which no layer writes. From then on, a
//!    permission counts as asked for if it begins with an entry, or an entry begins with it, so there is no
//!    loop.
//! 5. An entry counts for the life of its permission, measured from the marker's time. A time in the future
//!    counts too, since clocks differ.

use std::{fmt::Write, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::protocol::{self, Denial};

/// The default name of the parameter, which early services for Orange used.
const DEFAULT_NAME: &str = "fromOrangePrivacy";

/// The maximum number of entries for one protocol and name. Orange documents nine permissions.
const MAX_ENTRIES: usize = 16;

/// The maximum number of other protocols and names whose entries are kept. A page calls only a few upstreams,
/// so a marker with more is forged. At most 256 of its entries are passed on, of 163 bytes each. These 42 KB
/// are less than what hyper accepts as a URL, 64 KiB.
const MAX_OTHERS: usize = 16;

/// The maximum length of a protocol's or a layer's name, in bytes as written.
const MAX_NAME: usize = 40;

/// The maximum length of a permission, in bytes as written. The longest that Orange documents has 28.
const MAX_PERMISSION: usize = 80;

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
    parse(text).is_some_and(|(_, mut entries)| entries.next().is_some())
}

/// What a user was already asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// This layer's entries.
    own: Entries,
    /// The entries of other layers, the newest last.
    others: Vec<Entries>,
    /// Whether a marker contains an entry of this layer twice.
    is_touched: bool,
}

/// The entries of one protocol and name.
#[derive(Debug)]
struct Entries {
    /// The start of each entry.
    prefix: String,
    /// The rest of each entry, as written.
    permissions: Vec<String>,
}

impl Entries {
    fn new(prefix: String) -> Self {
        Self {
            prefix,
            permissions: Vec::new(),
        }
    }

    /// Adds an entry, if there is room.
    fn add(&mut self, permission: &str) {
        let known = &mut self.permissions;
        if known.len() < MAX_ENTRIES && !known.iter().any(|known| known == permission) {
            known.push(permission.to_owned());
        }
    }
}

impl Asked {
    /// Nothing so far, for a layer with this protocol and name.
    pub(super) fn new(protocol: &str, name: Option<&str>) -> Self {
        let mut prefix = String::new();
        if protocol != protocol::DEFAULT_NAME || name.is_some() {
            prefix = part(protocol, MAX_NAME) + "!";
        }
        if let Some(name) = name {
            prefix += &part(name, MAX_NAME);
            prefix.push('!');
        }
        Self {
            own: Entries::new(prefix),
            others: Vec::new(),
            is_touched: false,
        }
    }

    /// Adds the entries of a marker. `life` returns the life of this layer's permissions. `longest` is how long
    /// the entries of others are kept. Both count from the marker's time.
    pub(super) fn read(
        &mut self,
        marker: &str,
        now: u64,
        life: impl Fn(&str) -> Duration,
        longest: Duration,
    ) {
        let Some((time, entries)) = parse(marker) else {
            return;
        };
        let age = now.saturating_sub(time);
        let known = self.own.permissions.len();
        for (prefix, permission) in entries.map(split) {
            if permission.is_empty() {
                continue;
            }
            if prefix == self.own.prefix {
                let name = percent_decode_str(permission).decode_utf8_lossy();
                let life = whole_seconds(life(&name));
                if life > 0 && age <= life {
                    let of_this = self.own.permissions.get(known..).unwrap_or_default();
                    self.is_touched |= of_this.iter().any(|known| known == permission);
                    self.own.add(permission);
                }
            } else if age <= whole_seconds(longest) {
                self.others_of(prefix).add(permission);
            }
        }
    }

    fn others_of(&mut self, prefix: &str) -> &mut Entries {
        let known = self.others.iter().position(|known| known.prefix == prefix);
        let at = known.unwrap_or_else(|| {
            if self.others.len() == MAX_OTHERS {
                self.others.remove(0);
            }
            self.others.push(Entries::new(prefix.to_owned()));
            self.others.len() - 1
        });
        &mut self.others[at]
    }

    /// Adds what a denial asks for, if there is room, and returns whether any of it is new. A permission
    /// without a name is written as `.`, since an entry cannot be empty.
    pub(super) fn grow(&mut self, denial: &Denial) -> bool {
        let before = self.own.permissions.len();
        let mut names = denial.permissions().peekable();
        let unnamed = names.peek().is_none().then_some("");
        for name in names.chain(unnamed) {
            let name = part(if name.is_empty() { "." } else { name }, MAX_PERMISSION);
            let is_alike = |known: &String| known.starts_with(&name) || name.starts_with(&**known);
            if !(self.is_touched && self.own.permissions.iter().any(is_alike)) {
                self.own.add(&name);
            }
        }
        self.own.permissions.len() > before
    }

    /// Writes the marker.
    pub(super) fn write(&self, now: u64) -> String {
        let mut marker = now.to_string();
        for entries in self.others.iter().chain([&self.own]) {
            for permission in &entries.permissions {
                marker.push('~');
                marker.push_str(&entries.prefix);
                marker.push_str(permission);
            }
        }
        marker
    }
}

/// The time of a marker, and its readable entries.
fn parse(marker: &str) -> Option<(u64, impl Iterator<Item = &str>)> {
    let mut parts = marker.split('~');
    let time = leading(parts.next()?, |b| b.is_ascii_digit());
    let entries = parts.map(|entry| {
        leading(entry, |b| {
            b.is_ascii_alphanumeric() || b"_.%!-".contains(&b)
        })
    });
    // No layer writes longer entries, so they are dropped.
    let longest = 2 * (MAX_NAME + 1) + MAX_PERMISSION;
    let entries = entries.filter(move |entry| (1..=longest).contains(&entry.len()));
    Some((time.parse().ok()?, entries))
}

/// Splits an entry into its prefix and its permission.
fn split(entry: &str) -> (&str, &str) {
    entry.split_at(entry.rfind('!').map_or(0, |at| at + 1))
}

/// The text before the first byte that does not match.
fn leading(text: &str, is_one: impl Fn(u8) -> bool) -> &str {
    let end = text.bytes().position(|byte| !is_one(byte));
    &text[..end.unwrap_or(text.len())]
}

/// Writes a part of an entry, by rule 2.
fn part(text: &str, most: usize) -> String {
    let mut part: String = utf8_percent_encode(text, ENCODED).collect();
    if part.len() > most {
        // It is ASCII, so this does not split a character.
        part.truncate(most - 17);
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

/// Rounds up, so that a life of less than a second is not zero.
fn whole_seconds(life: Duration) -> u64 {
    let whole = life.as_secs();
    whole.saturating_add(u64::from(life > Duration::from_secs(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_764_000_000;
    const LIFE: Duration = Duration::from_secs(600);

    fn denial(permissions: &[&str]) -> Denial {
        let url = "https://consent.example/".parse().unwrap();
        Denial::new("any", url).with_permissions(permissions)
    }

    fn orange() -> Asked {
        Asked::new("orange", None)
    }

    fn read_into(mut asked: Asked, marker: &str) -> Asked {
        asked.read(marker, NOW, |_| LIFE, LIFE);
        asked
    }

    fn read(marker: &str) -> Vec<String> {
        read_into(orange(), marker).own.permissions
    }

    fn written(mut asked: Asked, permissions: &[&str]) -> String {
        asked.grow(&denial(permissions));
        asked.write(NOW)
    }

    #[test]
    fn an_entry_names_its_protocol_and_its_layer() {
        for (protocol, name, permissions, entry) in [
            (
                "orange",
                None,
                &["contact.see", "photos.see"][..],
                "contact.see~photos.see",
            ),
            (
                "orange",
                Some("home"),
                &["contact.see"],
                "orange!home!contact.see",
            ),
            ("kratos", None, &["aal.aal2"], "kratos!aal.aal2"),
            (
                "bearer",
                Some("files"),
                &["scope.files:write"],
                "bearer!files!scope.files%3Awrite",
            ),
            (
                "a!b",
                Some("c~d"),
                &["e!f~g-h"],
                "a%21b!c%7Ed!e%21f%7Eg%2Dh",
            ),
            ("own", None, &[], "own!."),
            ("orange", None, &[], "."),
            ("orange", None, &["", "a"], ".~a"),
        ] {
            let asked = Asked::new(protocol, name);
            assert_eq!(written(asked, permissions), format!("{NOW}~{entry}"));
        }
    }

    #[test]
    fn a_marker_that_was_written_can_be_read() {
        let long = format!("https://www.example/auth/{}", "x".repeat(100));
        for (protocol, name) in [
            ("orange", None),
            ("orange", Some("a")),
            ("own", None),
            ("own", Some("a")),
        ] {
            for permissions in [
                &["contact.see"][..],
                &["a", "caf\u{e9}%25"],
                &[],
                &[&long, "."],
            ] {
                let marker = written(Asked::new(protocol, name), permissions);
                let mut asked = read_into(Asked::new(protocol, name), &marker);
                assert!(!asked.grow(&denial(permissions)), "{marker}");
                assert_eq!(asked.write(NOW), marker);
            }
        }
    }

    #[test]
    fn entries_of_other_layers_are_kept_and_do_not_count() {
        let marker = format!("{NOW}~read~own!read~own!a!read~own!b!read~other!read");
        for (protocol, name) in [
            ("orange", None),
            ("own", None),
            ("own", Some("a")),
            ("other", None),
        ] {
            let mut asked = read_into(Asked::new(protocol, name), &marker);
            assert_eq!(
                (asked.own.permissions.len(), asked.others.len()),
                (1, 4),
                "{protocol} {name:?}"
            );
            assert!(!asked.grow(&denial(&["read"])));
            for entry in marker.split('~') {
                assert!(
                    asked.write(NOW).split('~').any(|kept| kept == entry),
                    "{entry}"
                );
            }
        }
        let mut asked = read_into(Asked::new("own", Some("c")), &marker);
        assert_eq!((asked.own.permissions.len(), asked.others.len()), (0, 5));
        assert!(asked.grow(&denial(&["read"])));
    }

    #[test]
    fn an_entry_counts_for_its_life_and_if_its_time_is_in_the_future() {
        for (time, counts) in [
            (NOW, true),
            (NOW - 600, true),
            (NOW - 601, false),
            (NOW + 601, true),
            (0, false),
            (u64::MAX, true),
        ] {
            let marker = format!("{time}~contact.see~own!read");
            let asked = read_into(orange(), &marker);
            assert_eq!(asked.own.permissions.is_empty(), !counts, "{time}");
            assert_eq!(asked.others.is_empty(), !counts, "{time}");
        }
    }

    #[test]
    fn each_permission_has_its_own_life() {
        let marker = format!("{}~session~caf%C3%A9~contact.see", NOW - 601);
        let day = Duration::from_secs(86_400);
        let mut asked = orange();
        let life = |name: &str| match name {
            "session" | "caf\u{e9}" => LIFE,
            _ => day,
        };
        asked.read(&marker, NOW, life, day);
        assert_eq!(asked.own.permissions, ["contact.see"]);
    }

    #[test]
    fn with_a_life_of_zero_nothing_counts() {
        let mut asked = orange();
        asked.read(&format!("{NOW}~contact.see"), NOW, |_| Duration::ZERO, LIFE);
        assert_eq!(asked.own.permissions, [""; 0]);
    }

    #[test]
    fn the_readable_part_of_a_marker_counts() {
        let now = NOW.to_string();
        for (rest, expected) in [
            ("~contact.see?ok=1", &["contact.see"][..]),
            ("~contact.see/", &["contact.see"]),
            ("~contact.see#part", &["contact.see"]),
            ("~contact.see photos", &["contact.see"]),
            ("~contact.see\u{e9}", &["contact.see"]),
            ("~contact.see~", &["contact.see"]),
            ("~contact.see~pho", &["contact.see", "pho"]),
            ("~~contact.see~?~photos.see", &["contact.see", "photos.see"]),
            ("?x~contact.see", &["contact.see"]),
            ("", &[]),
            ("~", &[]),
            ("~!", &[]),
        ] {
            assert_eq!(read(&format!("{now}{rest}")), expected, "{rest}");
        }
        for marker in [
            "",
            "true",
            "~contact.see",
            &format!("+{now}~contact.see"),
            &format!("-{now}~contact.see"),
            &format!("99999{now}{now}~contact.see"),
        ] {
            assert_eq!(read(marker), [""; 0], "{marker}");
        }
    }

    /// Some pages add `.html` to every URL, or cut off its end.
    #[test]
    fn a_page_that_changes_the_end_of_each_marker_causes_no_loop() {
        let ways: [fn(&str) -> String; 3] = [
            |marker| format!("{marker}.html"),
            |marker| format!("{marker}x"),
            |marker| marker[..marker.len() - 2].to_owned(),
        ];
        for way in ways {
            let mut marker = written(orange(), &["photos.see", "contact.see"]);
            let mut trips = 1;
            loop {
                let mut asked = read_into(orange(), &way(&marker));
                if !asked.grow(&denial(&["contact.see"])) {
                    break;
                }
                marker = asked.write(NOW);
                trips += 1;
            }
            assert_eq!(trips, 2, "{marker}");
            // Other entries still count, and nothing else does.
            let mut asked = read_into(orange(), &way(&marker));
            assert!(!asked.grow(&denial(&["photos.see"])) && asked.grow(&denial(&["mail.see"])));
        }
    }

    #[test]
    fn names_with_the_same_start_are_different_unless_a_marker_was_changed() {
        let mut asked = read_into(orange(), &format!("{NOW}~calendar.readonly"));
        assert!(asked.grow(&denial(&["calendar"])));
        // A page may have two equal markers.
        let marker = format!("{NOW}~calendar.readonly");
        let mut asked = read_into(read_into(orange(), &marker), &marker);
        assert!(asked.grow(&denial(&["calendar"])));
    }

    #[test]
    fn a_full_list_takes_no_more_and_leaves_room_for_other_layers() {
        let mut asked = Asked::new("own", None);
        for n in 0..MAX_ENTRIES {
            assert!(asked.grow(&denial(&[&n.to_string()])));
        }
        assert!(!asked.grow(&denial(&["one more"])));
        let full = asked.write(NOW);
        let asked = read_into(Asked::new("own", None), &full);
        assert_eq!(asked.own.permissions.len(), MAX_ENTRIES);
        let mut other = read_into(orange(), &full);
        assert!(other.grow(&denial(&["contact.see"])));
        assert_eq!(other.write(NOW).matches('~').count(), MAX_ENTRIES + 1);
    }

    #[test]
    fn each_kept_upstream_has_room_for_all_its_entries_with_the_longest_names() {
        let long =
            |kind: &str, n: usize| format!("https://www.example/{kind}/{}{n}", "x".repeat(100));
        let names: Vec<_> = (0..=MAX_OTHERS).map(|n| long("upstream", n)).collect();
        let scopes: Vec<_> = (0..MAX_ENTRIES).map(|n| long("scope", n)).collect();
        let denial = denial(&scopes.iter().map(String::as_str).collect::<Vec<_>>());
        let protocol = long("protocol", 0);
        let mut marker = NOW.to_string();
        for name in &names {
            let mut asked = read_into(Asked::new(&protocol, Some(name)), &marker);
            assert!(asked.grow(&denial));
            marker = asked.write(NOW);
        }
        assert_eq!(marker.matches('~').count(), MAX_ENTRIES * names.len());
        for name in &names {
            assert!(!read_into(Asked::new(&protocol, Some(name)), &marker).grow(&denial));
        }
        // One more upstream replaces the one that asked first.
        let mut asked = read_into(orange(), &marker);
        asked.grow(&denial);
        let marker = asked.write(NOW);
        for (at, name) in names.iter().enumerate() {
            let mut asked = read_into(Asked::new(&protocol, Some(name)), &marker);
            assert_eq!(asked.grow(&denial), at == 0);
        }
    }

    #[test]
    fn what_is_kept_of_a_long_marker_is_bounded() {
        let filler = "x".repeat(69);
        let entries = (0..10_000).map(|n| format!("~{filler}{}!{filler}{n}", n / 20));
        let long = format!(
            "{NOW}~{}{}",
            "x".repeat(100_000),
            entries.collect::<String>()
        );
        let asked = read_into(orange(), &long);
        assert!(asked.own.permissions.is_empty());
        let marker = asked.write(NOW);
        assert_eq!(marker.matches('~').count(), MAX_OTHERS * MAX_ENTRIES);
        assert!(marker.len() < 42_000);
        // The newest entries are kept: a layer wrote them, even if the others are forged.
        assert!(marker.contains(&format!("{filler}499!{filler}9980")));
    }

    #[test]
    fn a_repeated_entry_takes_no_room() {
        let entries: Vec<_> = (0..MAX_ENTRIES).map(|n| format!("~own!{n}")).collect();
        let entries = entries.concat();
        let marker = format!("{NOW}{entries}");
        let repeated = format!("{NOW}~own!0{entries}");
        assert_eq!(read_into(orange(), &repeated).write(NOW), marker);
    }

    #[test]
    fn a_denial_is_new_if_any_of_its_permissions_is() {
        let mut asked = orange();
        assert!(asked.grow(&denial(&["contact.see"])));
        assert!(!asked.grow(&denial(&["contact.see", "contact.see"])));
        assert!(asked.grow(&denial(&["contact.see", "contact.add"])));
        assert!(!asked.grow(&denial(&["contact.add"])));
        assert!(asked.grow(&denial(&["photos.see"])));
        assert!(asked.grow(&denial(&[])) && !asked.grow(&denial(&[])));
    }

    #[test]
    fn long_names_that_differ_at_their_end_stay_different() {
        let start = "https://www.example/auth/".repeat(10);
        let names = [
            format!("{start}calendar.readonly"),
            format!("{start}calendar"),
        ];
        let mut asked = orange();
        for name in &names {
            assert!(asked.grow(&denial(&[name])));
            assert!(!asked.grow(&denial(&[name])));
        }
        let mut entries = asked.own.permissions.iter();
        assert!(entries.all(|entry| entry.len() == MAX_PERMISSION));
        let (a, b) = names.split_at(1);
        assert_ne!(
            Asked::new(&a[0], None).own.prefix,
            Asked::new(&b[0], None).own.prefix
        );
        assert_ne!(
            Asked::new("own", Some(&a[0])).own.prefix,
            Asked::new("own", Some(&b[0])).own.prefix
        );
        // The hash is the same in every release, so nobody is asked twice during a deployment.
        assert_eq!(
            part(&"a".repeat(100), MAX_NAME),
            "aaaaaaaaaaaaaaaaaaaaaaa-2885d0ac2e5a9d79"
        );
    }

    #[test]
    fn a_name_that_fits_is_written_whole() {
        let fits = "x".repeat(MAX_PERMISSION);
        assert_eq!(part(&fits, MAX_PERMISSION), fits);
        assert_eq!(part(&(fits + "x"), MAX_PERMISSION).len(), MAX_PERMISSION);
    }

    #[test]
    fn a_life_is_rounded_up_to_whole_seconds() {
        for (life, seconds) in [
            (Duration::ZERO, 0),
            (Duration::from_nanos(1), 1),
            (Duration::from_millis(2_500), 3),
            (Duration::from_secs(600), 600),
            (Duration::MAX, u64::MAX),
        ] {
            assert_eq!(whole_seconds(life), seconds);
        }
    }
}
