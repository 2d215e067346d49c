//! What tests see of objects that come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::census;

/// A random number generator that tests can repeat (xorshift, by Marsaglia).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Counts how often it is dropped.
pub(super) struct Counted(pub(super) Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// How many objects of this type live.
pub(super) fn live(name: &str) -> usize {
    census().into_iter().filter(|(kind, _)| *kind == name).map(|(_, live)| live).sum()
}
