//! Progress and cancellation of long work: the worker counts, anyone may look or cancel.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use thiserror::Error;

/// A shared counter of done and expected units, and a request to stop. Clones see the same work.
///
/// The unit is the operation's own (files, bytes, documents), named where the operation is documented.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

/// What a [`Progress`] says at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgressSnapshot {
    /// Units done so far.
    pub done: u64,
    /// Units expected in all; 0 while unknown, and it may grow.
    pub total: u64,
    /// Whether somebody asked the work to stop.
    pub cancelled: bool,
}

/// The work was asked to stop and did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the work was cancelled")]
pub struct Cancelled;

// Relaxed throughout: the numbers are for display and the flag is polled; no other memory is published
// through them, and the end of the work is observed by other means (a return value, a join).
impl Progress {
    /// Nothing done, nothing expected, not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts `units` more as done.
    pub fn advance(&self, units: u64) {
        self.0.done.fetch_add(units, Ordering::Relaxed); // Relaxed: see above
    }

    /// Expects `units` more in all.
    pub fn expect_more(&self, units: u64) {
        self.0.total.fetch_add(units, Ordering::Relaxed); // Relaxed: see above
    }

    /// Asks the work to stop at its next safe point. Safe to call from a signal handler's thread.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed); // Relaxed: see above
    }

    /// Whether the work was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed) // Relaxed: see above
    }

    /// `Err` once the work was asked to stop: long loops call this with `?`.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// The present numbers.
    pub fn snapshot(&self) -> ProgressSnapshot {
        ProgressSnapshot {
            done: self.0.done.load(Ordering::Relaxed),   // Relaxed: see above
            total: self.0.total.load(Ordering::Relaxed), // Relaxed: see above
            cancelled: self.is_cancelled(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_counts_and_cancellation() {
        let work = Progress::new();
        let seen = work.clone();
        work.expect_more(3);
        work.advance(1);
        assert_eq!(seen.snapshot(), ProgressSnapshot { done: 1, total: 3, cancelled: false });
        seen.cancel();
        assert_eq!(work.check(), Err(Cancelled));
    }
}
