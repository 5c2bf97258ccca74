//! Secrets that the sandbox issues, and what each stands for.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    time::{Duration, SystemTime},
};

use super::latest::Latest;

/// What a user of the authorization server granted.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) permissions: Vec<String>,
    /// The user's latest sign-in.
    pub(super) signed_in: Option<SystemTime>,
    pub(super) lasts_for_one_call: bool,
}

impl Grant {
    pub(super) fn holds(&self, permission: &str, now: SystemTime) -> bool {
        let max_age = permission.strip_prefix("max_age.");
        match max_age.and_then(|seconds| seconds.parse().ok()) {
            Some(seconds) => self.signed_in.is_some_and(|at| {
                let age = now.duration_since(at).unwrap_or_default();
                age <= Duration::from_secs(seconds)
            }),
            None => self.permissions.iter().any(|held| held == permission),
        }
    }
}

/// What an authorization code stands for: what has to be sent with it, and what it is good for.
pub(super) struct Code {
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) grant: Grant,
}

/// Secrets of one kind.
pub(super) struct Tickets<T>(Latest<Ticket<T>>);

struct Ticket<T> {
    secret: String,
    until: SystemTime,
    stands_for: T,
}

impl<T> Tickets<T> {
    pub(super) fn issue(&mut self, stands_for: T, now: SystemTime, life: Duration) -> String {
        let secret = secret();
        self.0.push(Ticket {
            secret: secret.clone(),
            until: now + life,
            stands_for,
        });
        secret
    }

    pub(super) fn find(&mut self, secret: &str, now: SystemTime) -> Option<&mut T> {
        let ticket = self.0.last(|ticket| ticket.secret == secret)?;
        (now <= ticket.until).then_some(&mut ticket.stands_for)
    }

    /// The secret is no longer valid afterwards.
    pub(super) fn take(&mut self, secret: &str, now: SystemTime) -> Option<T> {
        let ticket = self.0.take(|ticket| ticket.secret == secret)?;
        (now <= ticket.until).then_some(ticket.stands_for)
    }
}

impl<T> Default for Tickets<T> {
    fn default() -> Self {
        Self(Latest::default())
    }
}

/// 128 random bits. The standard library gives no other access to the system's random numbers than the keys
/// of its hashers, which are made of them.
pub(super) fn secret() -> String {
    let random = || RandomState::new().hash_one("");
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn a_ticket_is_good_until_its_life_is_over() {
        let (mut tickets, now) = (Tickets::default(), SystemTime::UNIX_EPOCH);
        let secret = tickets.issue("a", now, HOUR);
        assert_eq!(tickets.find(&secret, now + HOUR), Some(&mut "a"));
        let late = now + HOUR + Duration::from_secs(1);
        assert_eq!(tickets.find(&secret, late), None);
        assert_eq!(tickets.take(&secret, late), None);
    }

    #[test]
    fn a_ticket_that_was_taken_is_gone() {
        let (mut tickets, now) = (Tickets::default(), SystemTime::UNIX_EPOCH);
        let secret = tickets.issue("a", now, HOUR);
        tickets.issue("b", now, HOUR);
        assert_eq!(tickets.take("", now), None);
        assert_eq!(tickets.take(&secret, now), Some("a"));
        assert_eq!(tickets.take(&secret, now), None);
    }

    #[test]
    fn no_secret_is_like_another() {
        let (one, other) = (secret(), secret());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
        assert_ne!(one[..16], one[16..]);
    }
}
