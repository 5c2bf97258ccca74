//! What a layer is set to, and how its calls share that.

use std::{
    array,
    cell::Cell,
    fmt,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use url::Url;

use crate::{context::PrivacyContext, endpoint::PrivacyEndpoint, guard::Guard};

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) trusted: Vec<PrivacyEndpoint>,
    pub(crate) max_document_bytes: usize,
    /// That of a call that brings none.
    pub(crate) context: PrivacyContext,
    pub(crate) guard: Guard,
}

impl Settings {
    /// The URL that a text is, if it is plainly one of a trusted page.
    pub(crate) fn trusted_url(&self, text: &str) -> Option<Url> {
        let mut endpoints = self.trusted.iter();
        endpoints.find_map(|endpoint| endpoint.with_query_of(text))
    }

    pub(crate) fn trusts(&self, url: &Url) -> bool {
        self.trusted.iter().any(|endpoint| endpoint.covers(url))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("PrivacyLayer");
        fields
            .field("trusted", &self.trusted)
            .field("max_document_bytes", &self.max_document_bytes)
            .field("context", &self.context)
            .field("return_marker", &self.guard.marker.as_str())
            .field("marker_life", &self.guard.marker_life);
        #[cfg(feature = "sandbox")]
        if let Some(clock) = &self.guard.clock {
            fields.field("clock", clock);
        }
        fields.finish()
    }
}

/// A reference to settings. Clones are counted in one place.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Counted>);

/// The counter of an `Arc` stands before what it holds, and here has a line of the cache to itself.
#[repr(align(64))]
struct Counted(Arc<Settings>);

impl Shared {
    pub(crate) fn new(settings: Settings) -> Self {
        Self(Arc::new(Counted(Arc::new(settings))))
    }

    /// The same settings, counted in another place.
    fn apart(&self) -> Self {
        Self(Arc::new(Counted(Arc::clone(&self.0.0))))
    }
}

impl Deref for Shared {
    type Target = Settings;

    #[inline]
    fn deref(&self) -> &Settings {
        &self.0.0
    }
}

/// How many places there are to count in. Threads beyond that share some.
const SLOTS: usize = 8;

/// The settings of a service.
///
/// A call outlives its service, so each has a reference of its own. Were they counted in one place, all
/// threads would write there, and a call would cost the more the more threads there are.
#[derive(Clone)]
pub(crate) struct Sharded(Arc<[Shared; SLOTS]>);

impl Sharded {
    pub(crate) fn new(settings: &Shared) -> Self {
        Self(Arc::new(array::from_fn(|_| settings.apart())))
    }

    /// The reference that this thread takes clones of.
    #[inline]
    pub(crate) fn here(&self) -> &Shared {
        &self.0[slot()]
    }
}

/// The slot of this thread.
#[inline]
fn slot() -> usize {
    thread_local!(static SLOT: Cell<usize> = const { Cell::new(SLOTS) });
    static NEXT: AtomicUsize = AtomicUsize::new(0);

    SLOT.with(|slot| {
        if slot.get() >= SLOTS {
            slot.set(NEXT.fetch_add(1, Ordering::Relaxed) % SLOTS);
        }
        slot.get()
    })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn threads_count_in_different_places() {
        let settings = Shared::new(Settings {
            trusted: Vec::new(),
            max_document_bytes: 7,
            context: PrivacyContext::non_interactive(),
            guard: Guard::new(),
        });
        let sharded = Sharded::new(&settings);
        let here = sharded.here().clone();
        assert!(Arc::ptr_eq(&here.0, &sharded.here().0));
        assert_eq!(here.max_document_bytes, 7);

        let there = thread::scope(|scope| scope.spawn(|| sharded.here().clone()).join().unwrap());
        assert!(!Arc::ptr_eq(&here.0, &there.0));
        assert!(Arc::ptr_eq(&here.0.0, &there.0.0));
    }
}
