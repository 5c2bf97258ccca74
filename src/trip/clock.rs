//! Time that a test moves.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// A clock that stands still until a test moves it, for a layer to read in place of the system's
/// ([`PrivacyLayer::clock`](crate::PrivacyLayer::clock)).
///
/// Clones are the same clock: give one to the layer, and keep one to move. Give it to each replica of
/// an app, or one of its own to each, to see what becomes of a user when their clocks differ.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use tower_privacy::sandbox::TestClock;
///
/// let clock = TestClock::new();
/// let before = clock.now();
/// assert_eq!(clock.now(), before);
///
/// clock.clone().advance(Duration::from_secs(11 * 60));
/// assert_eq!(clock.now(), before + Duration::from_secs(11 * 60));
/// ```
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<SystemTime>>);

impl TestClock {
    /// A clock that shows the same time in every run, 13 February 2009 at 23:31:30 UTC, so that the
    /// return URLs that the layer makes are the same in every run too.
    #[must_use]
    pub fn new() -> Self {
        Self::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890))
    }

    /// A clock that shows this time.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use tower_privacy::sandbox::TestClock;
    ///
    /// assert_eq!(TestClock::at(SystemTime::UNIX_EPOCH).now(), SystemTime::UNIX_EPOCH);
    /// ```
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        Self(Arc::new(Mutex::new(time)))
    }

    /// Moves the clock, for all that read it. It stays where it is if the system has no time as late
    /// as that.
    pub fn advance(&self, by: Duration) {
        let mut time = self.time();
        *time = time.checked_add(by).unwrap_or(*time);
    }

    /// The time that it shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        *self.time()
    }

    /// A time is written at once, so a poisoned one is a good one.
    fn time(&self) -> MutexGuard<'_, SystemTime> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestClock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_beyond_what_the_system_can_tell_is_not_reached() {
        let clock = TestClock::new();
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), TestClock::default().now());
        clock.advance(Duration::from_nanos(1));
        assert!(clock.now() > TestClock::new().now());
    }
}
