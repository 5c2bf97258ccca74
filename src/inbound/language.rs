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

/// The language with the higher weight in an `Accept-Language` (RFC 9110, section 12.5.4), or the first of two
/// equal ones. If the header names neither, English.
pub(super) fn preferred(ranges: &str) -> Language {
    let (mut preferred, mut most) = (Language::English, 0.0);
    for range in ranges.split(',') {
        let mut parts = range.split(';').map(str::trim_ascii);
        let tag = parts.next().unwrap_or_default();
        let primary = tag.split('-').next().unwrap_or_default();
        for language in [Language::English, Language::French] {
            if primary.eq_ignore_ascii_case(language.tag()) {
                let weight = weight(parts.by_ref());
                if weight > most {
                    (preferred, most) = (language, weight);
                }
            }
        }
    }
    preferred
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_weight_counts_and_the_first_of_equals() {
        for (ranges, expected) in [
            ("fr", Language::French),
            ("fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7", Language::French),
            ("en-US,en;q=0.9,fr;q=0.8", Language::English),
            ("de,fr;q=0.3,en;q=0.2", Language::French),
            ("en;q=0.2,fr;q=0.9", Language::French),
            ("fr;q=0.5, en;q=0.5", Language::French),
            ("en;q=0.5, fr;q=0.5", Language::English),
            ("en ; q=0.5 , FR-ca ; Q=0.50001", Language::French),
            ("fr;q=0, en;q=0.1", Language::English),
            ("fr;q=0.000", Language::English),
        ] {
            assert_eq!(preferred(ranges), expected, "{ranges}");
        }
    }

    #[test]
    fn what_names_neither_is_english() {
        for ranges in [
            "",
            "*",
            "de-DE,de;q=0.9",
            "fro",
            "frr-FR",
            "-fr",
            ",;q=1",
            "q=fr",
        ] {
            assert_eq!(preferred(ranges), Language::English, "{ranges}");
        }
    }
}
