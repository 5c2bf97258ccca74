//! A bounded list, so that a sandbox that runs for days does not grow.

use std::collections::VecDeque;

/// How many items of a kind are kept.
pub(super) const MAX_REMEMBERED: usize = 10_000;

/// A list that drops its oldest item when it is full.
pub(super) struct Latest<T>(VecDeque<T>);

impl<T> Latest<T> {
    pub(super) fn push(&mut self, item: T) {
        if self.0.len() >= MAX_REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(item);
    }

    /// The last item that matches.
    pub(super) fn last(&mut self, is_it: impl Fn(&T) -> bool) -> Option<&mut T> {
        self.0.iter_mut().rev().find(|item| is_it(item))
    }

    /// Removes the last item that matches.
    pub(super) fn take(&mut self, is_it: impl Fn(&T) -> bool) -> Option<T> {
        let at = self.0.iter().rposition(is_it)?;
        self.0.remove(at)
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
