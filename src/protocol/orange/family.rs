//! Orange's Personal APIs.

use std::{
    borrow::Cow,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
};

/// The Personal API that a denial is about: the `family` in the interaction URL.
///
/// Orange documents six families. Any other name is kept unchanged in [`Family::Other`]. A `Family`
/// dereferences to the name on the wire, and two families are equal if their names are. Compare a family that
/// has no variant with a string: it may get a variant later.
///
/// # Example
///
/// ```
/// use tower_privacy::Family;
///
/// let family = Family::from("contact");
/// assert_eq!(family, Family::Contact);
/// assert_eq!(family.api_name(), "Personal Contacts");
/// assert_eq!(family.documented_attributes(), ["add", "see"]);
///
/// let unknown = Family::from("music");
/// assert_eq!(unknown, "music");
/// assert_eq!(unknown.api_name(), "music");
/// assert!(unknown.documented_attributes().is_empty());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Family {
    /// `agenda`: Personal Calendar.
    Agenda,
    /// `contact`: Personal Contacts.
    Contact,
    /// `myco`: Personal Content.
    Myco,
    /// `favoris`: Personal Favourites.
    Favoris,
    /// `messages`: Personal Messages.
    Messages,
    /// `photos`: Personal Photos.
    Photos,
    /// A family that Orange does not document, unchanged.
    Other(Box<str>),
}

impl Family {
    /// The documented families, in the order of Orange's documentation.
    pub const DOCUMENTED: [Self; 6] = [
        Self::Agenda,
        Self::Contact,
        Self::Myco,
        Self::Favoris,
        Self::Messages,
        Self::Photos,
    ];

    /// The name in the interaction URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Agenda => "agenda",
            Self::Contact => "contact",
            Self::Myco => "myco",
            Self::Favoris => "favoris",
            Self::Messages => "messages",
            Self::Photos => "photos",
            Self::Other(name) => name,
        }
    }

    /// The API's name for people, as in Orange's documentation. For an undocumented family, the name in the
    /// interaction URL.
    #[must_use]
    pub fn api_name(&self) -> &str {
        match self {
            Self::Agenda => "Personal Calendar",
            Self::Contact => "Personal Contacts",
            Self::Myco => "Personal Content",
            Self::Favoris => "Personal Favourites",
            Self::Messages => "Personal Messages",
            Self::Photos => "Personal Photos",
            Self::Other(name) => name,
        }
    }

    /// The attributes (permissions) that Orange documents for this family. Empty for an undocumented family. A
    /// denial may name others.
    #[must_use]
    pub const fn documented_attributes(&self) -> &'static [&'static str] {
        match self {
            Self::Agenda => &["add_event"],
            Self::Contact | Self::Photos => &["add", "see"],
            Self::Myco => &["add_content"],
            Self::Favoris => &["add_bookmark"],
            Self::Messages => &["nbEmailSMS", "emailsLastNDetailed"],
            Self::Other(_) => &[],
        }
    }
}

impl From<&str> for Family {
    fn from(name: &str) -> Self {
        Self::DOCUMENTED
            .into_iter()
            .find(|family| family.as_str() == name)
            .unwrap_or_else(|| Self::Other(name.into()))
    }
}

impl From<Cow<'_, str>> for Family {
    fn from(name: Cow<'_, str>) -> Self {
        Self::from(&*name)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Lets `Option<Family>::as_deref` return the name, as it does for `Option<Cow<str>>`.
impl Deref for Family {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Family {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Family {}

impl Hash for Family {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialEq<str> for Family {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Family {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

#[cfg(test)]
mod tests {
    use super::Family;

    #[test]
    fn every_documented_name_parses_to_its_family_and_back() {
        for family in Family::DOCUMENTED {
            assert_eq!(Family::from(family.as_str()), family);
            assert!(family.api_name().starts_with("Personal "));
            assert!(!family.documented_attributes().is_empty());
        }
    }

    #[test]
    fn an_unknown_family_is_kept_unchanged() {
        let family = Family::from("Contact");
        assert_eq!(family, Family::Other("Contact".into()));
        assert_eq!(family.to_string(), "Contact");
        assert_ne!(family, Family::Contact);
    }

    #[test]
    fn a_family_equals_its_name() {
        let (family, name) = (Family::Photos, "photos");
        assert_eq!(family, name);
        assert_eq!(family, *name);
        assert_eq!(AsRef::<str>::as_ref(&family), name);
        assert_ne!(family, "photo");
        assert_ne!(family, *"photo");
    }

    #[test]
    fn families_with_the_same_name_are_equal_whatever_their_variant() {
        let made = Family::Other("contact".into());
        assert_eq!(made, Family::Contact);
        let families = std::collections::HashSet::from([made]);
        assert!(families.contains(&Family::Contact));
    }

    #[test]
    fn a_family_hashes_as_its_name() {
        use std::hash::{BuildHasher, RandomState};
        let state = RandomState::new();
        for family in [Family::Contact, Family::Other("music".into())] {
            assert_eq!(state.hash_one(&family), state.hash_one(family.as_str()));
        }
    }
}
