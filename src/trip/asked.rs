//! What a user was already asked for: read from a marker, grown by a denial, and written as a marker.

use std::{fmt::Write, time::Duration};

use percent_encoding::percent_decode_str;

use super::marker::{
    LOST, MAX_ENTRIES, MAX_LOST, MAX_NAME, MAX_OTHERS, MAX_PERMISSION, entries, parse, part, split,
};
use crate::protocol::{self, Denial};

/// A permission without a name, since an entry cannot be empty.
const UNNAMED: &str = ".";

/// What a user was already asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// This layer's entries.
    own: Entries,
    /// The entries of other layers, the newest last.
    others: Vec<Entries>,
    /// Entries whose end was cut off.
    cut: Vec<Cut>,
}

/// An entry whose end was cut off.
#[derive(Debug, PartialEq, Eq)]
struct Cut {
    /// What is left of it.
    start: String,
    /// How many bytes were cut off, of this entry and those after it.
    lost: usize,
}

impl Cut {
    fn of(entry: &str) -> Option<Self> {
        let start = entry.trim_end_matches(LOST);
        let lost = (entry.len() - start.len()).min(MAX_LOST);
        (lost > 0).then(|| Self {
            start: start.to_owned(),
            lost,
        })
    }

    /// How many entries it may have been. Each has at least one byte, and one before it.
    fn entries(&self) -> usize {
        1 + self.lost / 2
    }

    /// Whether this entry may have been cut off: it was the one that was cut, or one after it.
    fn may_be(&self, entry: &str) -> bool {
        let is_rest = |rest: &str| rest.len() <= self.lost;
        entry.strip_prefix(&*self.start).is_some_and(is_rest) || entry.len() < self.lost
    }
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
            cut: Vec::new(),
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
        let Some((time, list)) = parse(marker) else {
            return;
        };
        let age = now.saturating_sub(time);
        let is_kept = age <= whole_seconds(longest);
        for entry in entries(&list) {
            if let Some(cut) = Cut::of(entry) {
                if is_kept && self.cut.len() < MAX_ENTRIES && !self.cut.contains(&cut) {
                    self.cut.push(cut);
                }
                continue;
            }
            let (prefix, permission) = split(entry);
            if permission.is_empty() {
                continue;
            }
            if prefix == self.own.prefix {
                let name = if permission == UNNAMED {
                    ""
                } else {
                    permission
                };
                let name = percent_decode_str(name).decode_utf8_lossy();
                let life = whole_seconds(life(&name));
                if life > 0 && age <= life {
                    self.own.add(permission);
                }
            } else if is_kept {
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

    /// Adds what a denial asks for, if there is room, and returns whether any of it is new.
    pub(super) fn grow(&mut self, denial: &Denial) -> bool {
        let before = self.own.permissions.len();
        let mut names = denial.permissions().peekable();
        let unnamed = names.peek().is_none().then_some("");
        for name in names.chain(unnamed) {
            let name = part(if name.is_empty() { UNNAMED } else { name }, MAX_PERMISSION);
            let entry = format!("{}{name}", self.own.prefix);
            // What was cut off takes room too, or an upstream that invents names would get more trips.
            let cut: usize = self.cut.iter().map(Cut::entries).sum();
            let has_room = self.own.permissions.len() + cut < MAX_ENTRIES;
            if has_room && !self.cut.iter().any(|cut| cut.may_be(&entry)) {
                self.own.add(&name);
            }
        }
        self.own.permissions.len() > before
    }

    /// Writes the marker.
    pub(super) fn write(&self, now: u64) -> String {
        let mut list = String::new();
        for Cut { start, lost } in &self.cut {
            let _ = write!(list, "~{start}{:-<lost$}", "");
        }
        for entries in self.others.iter().chain([&self.own]) {
            for permission in &entries.permissions {
                let _ = write!(list, "~{}{permission}", entries.prefix);
            }
        }
        format!("{now}.{}{list}", list.len().saturating_sub(1))
    }
}

/// Rounds up, so that a life of less than a second is not zero.
fn whole_seconds(life: Duration) -> u64 {
    let whole = life.as_secs();
    whole.saturating_add(u64::from(life > Duration::from_secs(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::urls::query;

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
            let length = entry.len();
            assert_eq!(
                written(asked, permissions),
                format!("{NOW}.{length}~{entry}")
            );
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
            for entry in marker.split('~').skip(1) {
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

    /// How often a user is sent away for these permissions, if the page does this to each marker and every call is
    /// denied.
    fn trips(permissions: &[&str], mut change: impl FnMut(&str) -> String) -> usize {
        let mut marker = NOW.to_string();
        for trips in 0..=2 * MAX_ENTRIES {
            let mut asked = read_into(orange(), &marker);
            if !permissions.iter().any(|name| asked.grow(&denial(&[name]))) {
                return trips;
            }
            marker = change(&asked.write(NOW));
        }
        panic!("a redirect loop: {marker}");
    }

    #[test]
    fn text_that_a_page_adds_to_each_marker_does_not_belong_to_it() {
        for added in [".html", "x", "9", "?ok=1", "~", "~a", "-", "%", "\u{e9}"] {
            let add = |marker: &str| format!("{marker}{added}");
            assert_eq!(trips(&["contact.see"], add), 1, "{added}");
            assert_eq!(trips(&["contact.see", "photos.see"], add), 2, "{added}");
        }
    }

    #[test]
    fn what_a_page_cuts_off_each_marker_is_not_asked_for_again_whatever_it_adds() {
        let three = ["contact.see", "photos.see", "%"];
        let start = format!("{NOW}.11~").len();
        for (bytes, added) in (0..40).flat_map(|n| ["", "?ok=1", "/", "%2"].map(|added| (n, added)))
        {
            let cut = |marker: &str| {
                let length = marker.len().saturating_sub(bytes).max(start);
                format!("{}{added}", &marker[..length])
            };
            let cut_to = |marker: &str| {
                let length = marker.len().min(start + bytes);
                format!("{}{added}", &marker[..length])
            };
            for permissions in [&three[..1], &three[..2], &three] {
                let allowed = 1..=permissions.len();
                assert!(
                    allowed.contains(&trips(permissions, cut)),
                    "{bytes} {added}"
                );
                assert!(
                    allowed.contains(&trips(permissions, cut_to)),
                    "{bytes} {added}"
                );
            }
        }
    }

    #[test]
    fn a_page_that_cuts_each_marker_leaves_no_more_trips_than_one_that_keeps_it() {
        let names: Vec<_> = ('a'..='z').map(|letter| format!("{letter}1")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        for bytes in 0..2 {
            let cut = |marker: &str| marker[..marker.len() - bytes].to_owned();
            assert_eq!(trips(&names, cut), MAX_ENTRIES, "{bytes}");
        }
        let mut is_cut = false;
        let cut_sometimes = |marker: &str| {
            is_cut = !is_cut;
            marker[..marker.len() - usize::from(is_cut)].to_owned()
        };
        assert_eq!(trips(&names, cut_sometimes), MAX_ENTRIES);
    }

    #[test]
    fn an_upstream_that_invents_permissions_gets_no_more_trips_from_a_page_that_cuts() {
        let names: Vec<_> = (1..100)
            .flat_map(|length| ["a", "b", "c"].map(|letter| letter.repeat(length)))
            .collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        for bytes in 0..200 {
            let cut = |marker: &str| {
                let list = marker.find('~').unwrap() + 1;
                marker[..list.max(marker.len().saturating_sub(bytes))].to_owned()
            };
            assert!(trips(&names, cut) <= MAX_ENTRIES, "{bytes}");
        }
        for entries in 1..=MAX_ENTRIES {
            let cut_the_last = |marker: &str| match marker.rfind('~') {
                Some(at) if marker.matches('~').count() >= entries => marker[..=at].to_owned(),
                _ => marker.to_owned(),
            };
            assert!(trips(&names, cut_the_last) <= MAX_ENTRIES, "{entries}");
        }
    }

    #[test]
    fn only_what_fits_into_what_was_cut_off_may_have_been_there() {
        let grows = |marker: &str, permission: &str| {
            read_into(orange(), marker).grow(&denial(&[permission]))
        };
        let cut = format!("{NOW}.22~photos.see~contact.s");
        assert!(!grows(&cut, "photos.see") && !grows(&cut, "contact.see"));
        assert!(!grows(&cut, "contact.s") && grows(&cut, "contact.seen"));
        assert!(grows(&cut, "mail.see") && grows(&cut, "contact"));
        // Two bytes are missing: a `~`, and an entry of one byte.
        assert!(!grows(&cut, "a") && grows(&cut, "ab"));
        // Half an escape does not count, of the marker or of the URL, where `%` is `%25`.
        for half in ["caf%C3%A", "caf%C3%2", "caf%C3%", "caf%C", "caf%2"] {
            let escape = format!("{NOW}.9~{half}");
            assert!(!grows(&escape, "caf\u{e9}"), "{half}");
        }
        assert!(grows(&format!("{NOW}.9~caf%C3%A"), "cafe"));
        let kept = read_into(Asked::new("own", None), &cut).write(NOW);
        assert_eq!(kept, format!("{NOW}.22~contact.s--~photos.see"));
        assert!(!grows(&kept, "contact.see") && grows(&kept, "contact.seen"));
    }

    #[test]
    fn what_was_cut_off_counts_as_long_as_any_entry_and_is_bounded() {
        let day = Duration::from_secs(86_400);
        for (age, counts) in [(86_400, true), (86_401, false)] {
            let mut asked = orange();
            asked.read(&format!("{}.900~a", NOW - age), NOW, |_| LIFE, day);
            assert_eq!(asked.grow(&denial(&["contact.see"])), !counts, "{age}");
        }
        let forged = read_into(orange(), &format!("{NOW}.{}~a", u64::MAX)).write(NOW);
        assert!(forged.len() < 200, "{forged}");
        let holes: Vec<_> = (0..100)
            .map(|n| format!("~{n}x{:-<1000}~{n:a>1000}-", ""))
            .collect();
        let forged = read_into(orange(), &format!("{NOW}{}", holes.concat())).write(NOW);
        assert_eq!(forged.matches('~').count(), MAX_ENTRIES);
        assert!(forged.len() < MAX_ENTRIES * 200, "{forged}");
        // Even the longest entry may have been cut off.
        let mut asked = Asked::new(&"p".repeat(100), Some(&"n".repeat(100)));
        let read = |asked: &mut Asked, list| asked.read(list, NOW, |_| LIFE, day);
        read(&mut asked, &format!("{NOW}.900~a"));
        assert!(!asked.grow(&denial(&[&"x".repeat(100)])));
    }

    #[test]
    fn names_with_the_same_start_are_different() {
        let mut asked = read_into(orange(), &format!("{NOW}~calendar.readonly"));
        assert!(asked.grow(&denial(&["calendar"])));
        assert!(asked.grow(&denial(&["calendar.events"])));
    }

    #[test]
    fn a_long_name_is_known_again_wherever_it_is_cut() {
        for letters in 0..MAX_PERMISSION {
            let name = format!("{}{}", "x".repeat(letters), "\u{e9}!~".repeat(20));
            let new = || Asked::new(&name, Some(&name));
            let marker = written(new(), &[&name]);
            let mut asked = read_into(new(), &marker);
            assert!(!asked.grow(&denial(&[&name])), "{marker}");
            assert_eq!(read_into(orange(), &marker).write(NOW), marker);
        }
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
        // The newest entries are kept: a layer wrote them, even if the others are forged.
        assert!(marker.contains(&format!("{filler}499!{filler}9980")));
    }

    #[test]
    fn a_forged_marker_is_no_longer_in_a_url_than_hyper_accepts() {
        let long = "\u{e9}".repeat(100);
        let own = Asked::new(&long, Some(&long)).own.prefix;
        for filler in ["x", "%21", "%", "%2", "!", "-", "a-"] {
            let fill = |n: usize| format!("{}{n}", filler.repeat(150 / filler.len()));
            let entries = (0..10_000).map(|n| {
                let (many, lost) = (fill(n / 20), "-".repeat(200));
                format!("~{many}!{n}~{own}{many}{n}~!%21!{n}{lost}")
            });
            let forged = format!("{NOW}{}", entries.collect::<String>());
            let mut asked = read_into(Asked::new(&long, Some(&long)), &forged);
            asked.grow(&denial(&[&long]));
            let url = query::with("", "name", &asked.write(NOW));
            assert!(url.len() < 48 * 1024, "{filler} {}", url.len());
        }
    }

    #[test]
    fn the_life_of_a_permission_without_a_name_is_that_of_an_empty_name() {
        let mut asked = orange();
        let marker = written(orange(), &[]);
        asked.read(
            &marker,
            NOW + 1,
            |name| LIFE * u32::from(!name.is_empty()),
            LIFE,
        );
        assert_eq!(asked.own.permissions, [""; 0]);
    }

    #[test]
    fn a_repeated_entry_takes_no_room() {
        let entries: Vec<_> = (0..MAX_ENTRIES).map(|n| format!("~own!{n}")).collect();
        let entries = entries.concat();
        let marker = format!("{NOW}.{}{entries}", entries.len() - 1);
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
