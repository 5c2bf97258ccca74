//! The Personal API that a denial is about.

use std::{
    borrow::Cow,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
};

/// The Personal API whose privacy rules a denial is about: the `family` of the interaction URL.
///
/// The vendor's page documents six families. The list is open, so a name that is not in it is kept
/// as it is, in [`Family::Other`]. A `Family` reads as the string that is on the wire, and two are
/// equal if their strings are. Compare a family that is not documented as a string: it may get a
/// variant of its own.
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
    /// A family that the vendor's page does not list, as it came.
    Other(Box<str>),
}

impl Family {
    /// The families that the vendor's page documents, in its order.
    pub const DOCUMENTED: [Self; 6] = [
        Self::Agenda,
        Self::Contact,
        Self::Myco,
        Self::Favoris,
        Self::Messages,
        Self::Photos,
    ];

    /// The family as it is written in the interaction URL.
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

    /// The name of the API for people, as the vendor's page gives it; an unknown family's own name.
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

    /// The attributes (permissions) that the vendor's page lists for this family; none for an
    /// unknown one. Upstream may name others.
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

/// Lets `Option<Family>::as_deref` give the name, as it does for an `Option<Cow<str>>`.
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
    fn every_documented_name_reads_as_its_family_and_writes_itself_back() {
        for family in Family::DOCUMENTED {
            assert_eq!(Family::from(family.as_str()), family);
            assert!(family.api_name().starts_with("Personal "));
            assert!(!family.documented_attributes().is_empty());
        }
    }

    #[test]
    fn an_unknown_family_is_kept_as_it_is() {
        let family = Family::from("Contact");
        assert_eq!(family, Family::Other("Contact".into()));
        assert_eq!(family.to_string(), "Contact");
        assert_ne!(family, Family::Contact);
    }

    #[test]
    fn a_family_reads_as_its_string() {
        let (family, name) = (Family::Photos, "photos");
        assert_eq!(family, name);
        assert_eq!(family, *name);
        assert_eq!(AsRef::<str>::as_ref(&family), name);
        assert_ne!(family, "photo");
        assert_ne!(family, *"photo");
    }

    #[test]
    fn families_of_one_name_are_equal_however_they_were_made() {
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
