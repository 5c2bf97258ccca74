//! What the user has granted. Pure: no HTTP is named here.

use std::{collections::HashMap, fmt, str::FromStr};

use crate::protocol::Family;

/// What the user can choose on the privacy page.
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
    /// Grant access until it is refused.
    Always,
    /// Refuse access, and take back what was granted before.
    Refuse,
}

impl Choice {
    /// The choice as it is posted by the privacy page's form: `once`, `always` or `refuse`.
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

/// The text is no [`Choice`].
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

/// The one user's consents, by service id, family and attribute.
#[derive(Default)]
pub(super) struct Consents(HashMap<(String, Family, String), Lasting>);

enum Lasting {
    OneCall,
    Always,
}

impl Consents {
    pub(super) fn decide(
        &mut self,
        service_id: &str,
        family: &Family,
        attribute: &str,
        choice: Choice,
    ) {
        let permission = permission(service_id, family, attribute);
        match choice {
            Choice::Once => self.0.insert(permission, Lasting::OneCall),
            Choice::Always => self.0.insert(permission, Lasting::Always),
            Choice::Refuse => self.0.remove(&permission),
        };
    }

    /// Whether a call may be served now. One that was granted for this time is used up by it.
    pub(super) fn spend(&mut self, service_id: &str, family: &Family, attribute: &str) -> bool {
        let permission = permission(service_id, family, attribute);
        match self.0.get(&permission) {
            None => false,
            Some(Lasting::Always) => true,
            Some(Lasting::OneCall) => self.0.remove(&permission).is_some(),
        }
    }
}

fn permission(service_id: &str, family: &Family, attribute: &str) -> (String, Family, String) {
    (service_id.to_owned(), family.clone(), attribute.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consents(choices: &[Choice]) -> Consents {
        let mut consents = Consents::default();
        for choice in choices {
            consents.decide("S1", &Family::Contact, "see", *choice);
        }
        consents
    }

    #[test]
    fn nothing_is_granted_at_first() {
        assert!(!consents(&[]).spend("S1", &Family::Contact, "see"));
    }

    #[test]
    fn once_serves_exactly_one_call() {
        let mut consents = consents(&[Choice::Once]);
        assert!(consents.spend("S1", &Family::Contact, "see"));
        assert!(!consents.spend("S1", &Family::Contact, "see"));
    }

    #[test]
    fn always_serves_until_it_is_refused() {
        let mut consents = consents(&[Choice::Always]);
        for _ in 0..3 {
            assert!(consents.spend("S1", &Family::Contact, "see"));
        }
        consents.decide("S1", &Family::Contact, "see", Choice::Refuse);
        assert!(!consents.spend("S1", &Family::Contact, "see"));
    }

    #[test]
    fn the_last_choice_counts() {
        let mut consents = consents(&[Choice::Refuse, Choice::Always, Choice::Once]);
        assert!(consents.spend("S1", &Family::Contact, "see"));
        assert!(!consents.spend("S1", &Family::Contact, "see"));
    }

    #[test]
    fn a_consent_is_for_its_service_family_and_attribute_alone() {
        let mut consents = consents(&[Choice::Always]);
        assert!(!consents.spend("S2", &Family::Contact, "see"));
        assert!(!consents.spend("S1", &Family::Photos, "see"));
        assert!(!consents.spend("S1", &Family::Contact, "add"));
    }
}
