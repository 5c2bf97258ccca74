//! What the user has granted. Pure: no HTTP here.

use std::{collections::HashMap, fmt, str::FromStr};

use super::latest::MAX_REMEMBERED;

/// What the user can choose on a page.
///
/// # Example
///
/// ```
/// use tower_privacy::sandbox::Choice;
///
/// let choice: Choice = "once".parse()?;
/// assert_eq!(choice, Choice::Once);
/// assert_eq!(choice.as_str(), "once");
/// assert!("perhaps".parse::<Choice>().is_err());
/// # Ok::<(), tower_privacy::sandbox::ChoiceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Choice {
    /// Grant access for one call.
    Once,
    /// Grant access until it is refused on the page.
    Always,
    /// Refuse access, and revoke what was granted before.
    Refuse,
}

impl Choice {
    /// The choice as the page's form posts it: `once`, `always` or `refuse`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Always => "always",
            Self::Refuse => "refuse",
        }
    }
}

impl FromStr for Choice {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        [Self::Once, Self::Always, Self::Refuse]
            .into_iter()
            .find(|choice| choice.as_str() == text)
            .ok_or(ChoiceError(()))
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a [`Choice`].
///
/// # Example
///
/// ```
/// use tower_privacy::sandbox::Choice;
///
/// let error = "Once".parse::<Choice>().unwrap_err();
/// assert_eq!(error.to_string(), "a choice must be once, always or refuse");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChoiceError(());

impl fmt::Display for ChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a choice must be once, always or refuse")
    }
}

impl std::error::Error for ChoiceError {}

/// The one user's consents.
#[derive(Default)]
pub(super) struct Consents(HashMap<Permission, Lasting>);

/// One thing that one service needs, by the name that the layer gives it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Permission {
    protocol: String,
    service_id: String,
    name: String,
}

impl Permission {
    pub(super) fn new(protocol: &str, service_id: &str, name: &str) -> Self {
        Self {
            protocol: protocol.to_owned(),
            service_id: service_id.to_owned(),
            name: name.to_owned(),
        }
    }
}

enum Lasting {
    OneCall,
    Always,
}

impl Consents {
    /// When the memory is full, new ones are dropped.
    pub(super) fn decide(&mut self, permission: Permission, choice: Choice) {
        let lasting = match choice {
            Choice::Once => Lasting::OneCall,
            Choice::Always => Lasting::Always,
            Choice::Refuse => {
                self.0.remove(&permission);
                return;
            }
        };
        if self.0.len() < MAX_REMEMBERED || self.0.contains_key(&permission) {
            self.0.insert(permission, lasting);
        }
    }

    pub(super) fn hold(&self, permission: &Permission) -> bool {
        self.0.contains_key(permission)
    }

    /// A call is served, which uses up what was granted for one call.
    pub(super) fn spend(&mut self, permission: &Permission) {
        if let Some(Lasting::OneCall) = self.0.get(permission) {
            self.0.remove(permission);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contacts() -> Permission {
        Permission::new("orange", "S1", "contact.see")
    }

    /// Whether a call is served.
    fn call(consents: &mut Consents, permission: &Permission) -> bool {
        let served = consents.hold(permission);
        consents.spend(permission);
        served
    }

    fn consents(choices: &[Choice]) -> Consents {
        let mut consents = Consents::default();
        for choice in choices {
            consents.decide(contacts(), *choice);
        }
        consents
    }

    #[test]
    fn nothing_is_granted_at_first() {
        assert!(!call(&mut consents(&[]), &contacts()));
    }

    #[test]
    fn once_serves_exactly_one_call() {
        let mut consents = consents(&[Choice::Once]);
        assert!(call(&mut consents, &contacts()));
        assert!(!call(&mut consents, &contacts()));
    }

    #[test]
    fn always_serves_until_it_is_refused() {
        let mut consents = consents(&[Choice::Always]);
        for _ in 0..3 {
            assert!(call(&mut consents, &contacts()));
        }
        consents.decide(contacts(), Choice::Refuse);
        assert!(!call(&mut consents, &contacts()));
    }

    #[test]
    fn the_last_choice_counts() {
        let mut consents = consents(&[Choice::Refuse, Choice::Always, Choice::Once]);
        assert!(call(&mut consents, &contacts()));
        assert!(!call(&mut consents, &contacts()));
    }

    #[test]
    fn a_consent_is_for_its_protocol_service_and_permission_alone() {
        let consents = consents(&[Choice::Always]);
        assert!(!consents.hold(&Permission::new("bearer", "S1", "contact.see")));
        assert!(!consents.hold(&Permission::new("orange", "S2", "contact.see")));
        assert!(!consents.hold(&Permission::new("orange", "S1", "photos.see")));
        assert!(!consents.hold(&Permission::new("orange", "S1", "contact.add")));
    }

    #[test]
    fn no_more_are_kept_than_can_be_remembered() {
        let mut consents = Consents::default();
        for number in 0..=MAX_REMEMBERED {
            consents.decide(
                Permission::new("p", "S", &number.to_string()),
                Choice::Always,
            );
        }
        assert_eq!(consents.0.len(), MAX_REMEMBERED);
        assert!(consents.hold(&Permission::new("p", "S", "0")));
        consents.decide(Permission::new("p", "S", "0"), Choice::Once);
        assert!(call(&mut consents, &Permission::new("p", "S", "0")));
        assert!(!call(&mut consents, &Permission::new("p", "S", "0")));
    }
}
