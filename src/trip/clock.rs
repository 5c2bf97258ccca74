//! A clock for tests.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// A clock that moves only when a test moves it. A layer reads it instead of the system's clock
/// ([`PrivacyLayer::clock`](crate::PrivacyLayer::clock)).
///
/// Clones share the same time: give one to the layer, and move another. To test replicas whose clocks differ,
/// give each replica its own `TestClock`.
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
    /// Creates a clock that shows 13 February 2009, 23:31:30 UTC. Since the time is fixed, a layer's return
    /// URLs are the same in every run.
    #[must_use]
    pub fn new() -> Self {
        Self::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890))
    }

    /// Creates a clock that shows this time.
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

    /// Moves the clock forward, and its clones too. If the system cannot represent the new time, the clock does
    /// not move.
    pub fn advance(&self, by: Duration) {
        let mut time = self.time();
        *time = time.checked_add(by).unwrap_or(*time);
    }

    /// The time that the clock shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        *self.time()
    }

    /// A write cannot be interrupted, so the time of a poisoned lock is valid.
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
    fn a_time_that_the_system_cannot_represent_leaves_the_clock_unchanged() {
        let clock = TestClock::new();
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), TestClock::default().now());
        clock.advance(Duration::from_nanos(1));
        assert!(clock.now() > TestClock::new().now());
    }
}
