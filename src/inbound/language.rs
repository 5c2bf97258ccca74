//! The language of a reply for people.

use super::accept::weight;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    French,
}

impl Language {
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

/// What an `Accept-Language` says (RFC 9110, section 12.5.4): the one of the higher weight, or the first of
/// two that are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Preference(Option<(Language, f32)>);

impl Preference {
    /// Adds the ranges of one field.
    pub(super) fn read(&mut self, ranges: &str) {
        for range in ranges.split(',') {
            // Nothing is preferred to this.
            if self.0.is_some_and(|(_, most)| most >= 1.0) {
                return;
            }
            let mut parts = range.split(';').map(str::trim_ascii);
            let tag = parts.next().unwrap_or_default();
            let primary = tag.split('-').next().unwrap_or_default();
            let languages = [Language::English, Language::French];
            let named = languages
                .into_iter()
                .find(|language| primary.eq_ignore_ascii_case(language.tag()));
            let Some(language) = named else { continue };
            let weight = weight(parts);
            if weight > self.0.map_or(0.0, |(_, most)| most) {
                self.0 = Some((language, weight));
            }
        }
    }

    /// English, if nothing else was said.
    pub(super) fn language(self) -> Language {
        self.0.map_or(Language::English, |(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[&str]) -> Language {
        let mut preference = Preference::default();
        for field in fields {
            preference.read(field);
        }
        preference.language()
    }

    #[test]
    fn the_higher_weight_counts_and_the_first_of_equals() {
        for (fields, expected) in [
            (&["fr"][..], Language::French),
            (&["fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7"], Language::French),
            (&["en-US,en;q=0.9,fr;q=0.8"], Language::English),
            (&["de,fr;q=0.3,en;q=0.2"], Language::French),
            (&["en;q=0.2,fr;q=0.9"], Language::French),
            (&["fr;q=0.5, en;q=0.5"], Language::French),
            (&["en;q=0.5, fr;q=0.5"], Language::English),
            (&["en ; q=0.5 , FR-ca ; Q=0.50001"], Language::French),
            (&["fr;q=0, en;q=0.1"], Language::English),
            (&["fr;q=0.000"], Language::English),
            (&["de", "fr"], Language::French),
            (&["en;q=0.5", "fr;q=0.6"], Language::French),
        ] {
            assert_eq!(of(fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn what_names_neither_is_english() {
        for field in [
            "",
            "*",
            "de-DE,de;q=0.9",
            "fro",
            "frr-FR",
            "-fr",
            ",;q=1",
            "q=fr",
        ] {
            assert_eq!(of(&[field]), Language::English, "{field}");
        }
    }
}
