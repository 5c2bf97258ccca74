//! What the sandbox remembers of who came to it.

use std::{collections::VecDeque, fmt};

use super::{ask::Ask, consent::Choice};
use crate::{protocol::Family, urls::ReturnUrl};

/// One call of a Personal API, as [`Sandbox::calls`](super::Sandbox::calls) remembers it.
///
/// As text it is what was called and what came of it: `contact.see granted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub(super) path: &'static str,
    pub(super) family: Family,
    pub(super) attribute: &'static str,
    pub(super) granted: bool,
}

impl Call {
    /// The path that was called, such as `/contacts`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path
    }

    /// Which API was called.
    #[must_use]
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// The permission that the call needs. It is also the call's action.
    #[must_use]
    pub fn attribute(&self) -> &str {
        self.attribute
    }

    /// Whether it was served.
    #[must_use]
    pub fn granted(&self) -> bool {
        self.granted
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = if self.granted { "granted" } else { "denied" };
        write!(f, "{}.{} {outcome}", self.family, self.attribute)
    }
}

/// One visit of the user to the privacy page, as [`Sandbox::visits`](super::Sandbox::visits)
/// remembers it.
///
/// As text it is what was asked for and what the user chose: `contact.see refuse`, `photos.add,see
/// once`, or `contact.see open` as long as nothing is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    service_id: String,
    family: Family,
    attributes: Vec<String>,
    return_url: ReturnUrl,
    pub(super) choice: Option<Choice>,
}

impl Visit {
    pub(super) fn new(ask: &Ask, choice: Option<Choice>) -> Self {
        Self {
            service_id: ask.service_id.clone(),
            family: ask.family.clone(),
            attributes: ask.attributes.clone(),
            return_url: ask.return_url.clone(),
            choice,
        }
    }

    /// The service that sent the user there.
    #[must_use]
    pub fn service_id(&self) -> &str {
        &self.service_id
    }

    /// What the user's data was asked of.
    #[must_use]
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// The permissions that were asked for.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(String::as_str)
    }

    /// Where the user goes back to.
    #[must_use]
    pub fn return_url(&self) -> &ReturnUrl {
        &self.return_url
    }

    /// What was chosen, if anything was.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        self.choice
    }
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choice = self.choice.map_or("open", Choice::as_str);
        write!(f, "{}.{} {choice}", self.family, self.attributes.join(","))
    }
}

/// How many of a kind are remembered.
pub(super) const MAX_REMEMBERED: usize = 10_000;

/// The latest of what there was, so that a sandbox which runs for days does not grow.
pub(super) struct Latest<T>(VecDeque<T>);

impl<T> Latest<T> {
    pub(super) fn push(&mut self, item: T) {
        if self.0.len() >= MAX_REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(item);
    }

    /// The last that is equal to this one.
    pub(super) fn last_like(&mut self, item: &T) -> Option<&mut T>
    where
        T: PartialEq,
    {
        self.0.iter_mut().rev().find(|other| *other == item)
    }
}

impl<T: Clone> Latest<T> {
    pub(super) fn to_vec(&self) -> Vec<T> {
        self.0.iter().cloned().collect()
    }
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_remembered_and_no_more() {
        let mut latest = Latest::default();
        for item in 0..=MAX_REMEMBERED {
            latest.push(item);
        }
        let remembered = latest.to_vec();
        assert_eq!(remembered.len(), MAX_REMEMBERED);
        assert_eq!(remembered.first(), Some(&1));
        assert_eq!(remembered.last(), Some(&MAX_REMEMBERED));
    }
}
