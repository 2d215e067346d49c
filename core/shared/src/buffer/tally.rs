//! What threads' caches count, added up without a counter that they share.

use std::sync::PoisonError;

use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use crate::sync::{Arc, Mutex, MutexGuard};

/// The counts of one cache. Only the cache's own thread writes, so it adds by plain loads and stores.
#[derive(Default)]
pub(super) struct Tally {
    hits: AtomicU64,
    held: AtomicUsize,
}

impl Tally {
    /// Counts a get that was served from memory that the pool held.
    #[inline]
    pub(super) fn hit(&self) {
        self.hits.store(self.hits.load(Relaxed) + 1, Relaxed);
    }

    /// Counts `bytes` that came into the cache, and returns how many there are now.
    #[inline]
    pub(super) fn came(&self, bytes: usize) -> usize {
        let held = self.held.load(Relaxed) + bytes;
        self.held.store(held, Relaxed);
        held
    }

    /// Bytes in the cache.
    pub(super) fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    /// Counts `bytes` that left the cache.
    #[inline]
    pub(super) fn left(&self, bytes: usize) {
        self.held.store(self.held.load(Relaxed) - bytes, Relaxed);
    }
}

/// The tallies of all caches of a pool. The lock is taken when a thread first uses the pool, when it ends, and for
/// statistics: never on the way of a buffer.
#[derive(Default)]
pub(super) struct Tallies(Mutex<Register>);

#[derive(Default)]
struct Register {
    present: Vec<Arc<Tally>>,
    /// Hits of caches that are gone.
    past_hits: u64,
}

impl Tallies {
    /// The tally of a new cache.
    pub(super) fn open(&self) -> Arc<Tally> {
        let tally = Arc::new(Tally::default());
        self.lock().present.push(Arc::clone(&tally));
        tally
    }

    /// Ends the tally of a cache that is empty.
    pub(super) fn close(&self, tally: &Arc<Tally>) {
        let mut register = self.lock();
        register.past_hits += tally.hits.load(Relaxed);
        register.present.retain(|present| !Arc::ptr_eq(present, tally));
    }

    /// Hits of all caches that there ever were, and the bytes that those present hold.
    pub(super) fn sum(&self) -> (u64, usize) {
        let register = self.lock();
        let hits = register.present.iter().map(|tally| tally.hits.load(Relaxed)).sum::<u64>();
        let held = register.present.iter().map(|tally| tally.held.load(Relaxed)).sum();
        (register.past_hits + hits, held)
    }

    fn lock(&self) -> MutexGuard<'_, Register> {
        // Nothing can panic between two changes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
