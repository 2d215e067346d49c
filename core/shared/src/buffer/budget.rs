//! The hard limit of a pool, and what was counted while keeping it.

use crate::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// Bytes of all blocks of a pool: held in its depot and caches, and handed out.
///
/// Where an ordering is Relaxed, the number alone matters: no other memory is read because of what it says.
pub(super) struct Budget {
    pub(super) limit: usize,
    used: AtomicUsize,
    high_water: AtomicUsize,
    /// Gets that went to the allocator.
    pub(super) misses: AtomicU64,
    /// Allocations larger than every class, or beyond the limit.
    pub(super) plain: AtomicU64,
    /// Gets that failed.
    pub(super) refused: AtomicU64,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
            high_water: AtomicUsize::new(0),
            misses: AtomicU64::new(0),
            plain: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// Takes `size` bytes if they fit under the limit.
    pub(super) fn reserve(&self, size: usize) -> bool {
        // Acquire, with the Release below: the memory that made room has been given back before it is taken again.
        let taken = self
            .used
            .fetch_update(Acquire, Relaxed, |used| used.checked_add(size).filter(|sum| *sum <= self.limit));
        taken.inspect(|before| self.note(before + size)).is_ok()
    }

    /// Takes `size` bytes, which are allocated, beyond the limit.
    pub(super) fn exceed(&self, size: usize) {
        let before = self.used.fetch_add(size, Relaxed);
        self.note(before + size);
    }

    /// Gives `size` bytes back.
    pub(super) fn release(&self, size: usize) {
        self.used.fetch_sub(size, Release);
    }

    fn note(&self, used: usize) {
        // Most allocations are no record.
        if used > self.high_water.load(Relaxed) {
            self.high_water.fetch_max(used, Relaxed);
        }
    }

    #[inline]
    pub(super) fn is_exceeded(&self) -> bool {
        self.used.load(Relaxed) > self.limit
    }

    pub(super) fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    pub(super) fn high_water(&self) -> usize {
        self.high_water.load(Relaxed)
    }
}
