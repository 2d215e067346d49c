//! The stream of a session's changes: bounded, merged when its reader is slow, never blocking the writer.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use writemagic_shared::limits::{SUBSCRIPTION_BYTES, SUBSCRIPTION_CHANGES};

use super::Change;
use crate::library::lock;

/// A bounded stream of [`Change`]s; ends when the session closes.
///
/// At most [`SUBSCRIPTION_CHANGES`] events wait; after that the newest ones are merged and flagged. When more than
/// [`SUBSCRIPTION_BYTES`] of patches wait in a merged event they are dropped and `reread` is set.
pub struct Subscription {
    stream: Arc<Stream>,
}

pub(super) struct Stream {
    state: Mutex<State>,
    available: Condvar,
    waker: Mutex<Option<Waker>>,
}

type Waker = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct State {
    changes: VecDeque<Change>,
    closed: bool,
}

impl Change {
    fn patch_bytes(&self) -> u64 {
        self.patches.iter().map(|patch| patch.insert.len() as u64 + 32).sum()
    }

    /// Takes in the event that came after this one.
    fn merge(&mut self, later: Change) {
        self.tickets = match (self.tickets, later.tickets) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (tickets, None) | (None, tickets) => tickets,
        };
        self.merged = true;
        self.reread |= later.reread || self.patch_bytes() + later.patch_bytes() > SUBSCRIPTION_BYTES;
        if self.reread {
            self.patches.clear();
            self.clamped.clear();
        } else {
            self.patches.extend(later.patches);
            self.clamped.extend(later.clamped);
        }
        self.counts = later.counts;
        self.durable = later.durable;
        self.pending = later.pending;
    }
}

impl Stream {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), available: Condvar::new(), waker: Mutex::new(None) })
    }

    /// Hands a change to the reader, who is woken by [`wake`](Self::wake). Returns whether anybody still reads.
    pub(super) fn push(&self, change: Change) -> bool {
        let mut state = lock(&self.state);
        if state.closed {
            return false;
        }
        if (state.changes.len() as u64) < SUBSCRIPTION_CHANGES {
            state.changes.push_back(change);
        } else if let Some(last) = state.changes.back_mut() {
            last.merge(change);
        }
        true
    }

    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.wake();
    }

    /// Wakes the reader. To be called with no lock held: the waker may call back into the session.
    pub(super) fn wake(&self) {
        self.available.notify_all();
        let waker = lock(&self.waker).clone();
        if let Some(waker) = waker {
            waker();
        }
    }
}

impl Subscription {
    pub(super) fn of(stream: Arc<Stream>) -> Self {
        Self { stream }
    }

    /// The next change; `None` when `timeout` passes first or the session has closed and all was read.
    pub fn next_timeout(&self, timeout: Duration) -> Option<Change> {
        let deadline = Instant::now() + timeout;
        let mut state = lock(&self.stream.state);
        loop {
            if let Some(change) = state.changes.pop_front() {
                return Some(change);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                return None;
            }
            state = self.stream.available.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether the session has closed and everything was read.
    pub fn is_finished(&self) -> bool {
        let state = lock(&self.stream.state);
        state.closed && state.changes.is_empty()
    }

    /// Calls `wake` whenever a change becomes available, and at the end. It runs on the thread that saves, so it must be
    /// quick and must not wait for the session.
    pub fn set_waker(&self, wake: impl Fn() + Send + Sync + 'static) {
        *lock(&self.stream.waker) = Some(Arc::new(wake));
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = lock(&self.stream.state);
        state.closed = true;
        state.changes.clear();
        drop(state);
        *lock(&self.stream.waker) = None;
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use writemagic_shared::text::TextStats;

    use super::*;
    use crate::session::{Patch, Ticket};

    fn change(ticket: u64, insert: &str) -> Change {
        Change {
            tickets: Some((Ticket(ticket), Ticket(ticket))),
            clamped: Vec::new(),
            patches: vec![Patch { at: 0, delete: 0, insert: insert.into() }],
            counts: TextStats::default(),
            durable: Ticket(ticket),
            pending: 0,
            merged: false,
            reread: false,
        }
    }

    #[test]
    fn a_slow_reader_gets_merged_changes_and_a_flag() {
        let stream = Stream::new();
        let reader = Subscription::of(Arc::clone(&stream));
        for ticket in 1..=SUBSCRIPTION_CHANGES + 10 {
            assert!(stream.push(change(ticket, "x")));
        }
        let mut seen = Vec::new();
        while let Some(change) = reader.next_timeout(Duration::ZERO) {
            seen.push(change);
        }
        assert_eq!(seen.len() as u64, SUBSCRIPTION_CHANGES);
        let last = seen.last().unwrap();
        assert!(last.merged && !last.reread);
        assert_eq!(last.tickets, Some((Ticket(SUBSCRIPTION_CHANGES), Ticket(SUBSCRIPTION_CHANGES + 10))));
        assert_eq!(last.patches.len(), 11);
        assert!(!seen[0].merged);
    }

    #[test]
    fn too_much_waiting_text_is_replaced_by_the_advice_to_read_again() {
        let stream = Stream::new();
        let reader = Subscription::of(Arc::clone(&stream));
        for ticket in 1..=SUBSCRIPTION_CHANGES + 2 {
            stream.push(change(ticket, &"x".repeat(SUBSCRIPTION_BYTES as usize / 2)));
        }
        let mut last = None;
        while let Some(change) = reader.next_timeout(Duration::ZERO) {
            last = Some(change);
        }
        let last = last.unwrap();
        assert!(last.merged && last.reread && last.patches.is_empty());
    }

    #[test]
    fn the_end_is_seen_after_the_last_change_and_a_dropped_reader_is_noticed() {
        let stream = Stream::new();
        let reader = Subscription::of(Arc::clone(&stream));
        let woken = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&woken);
        reader.set_waker(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        stream.push(change(1, "x"));
        stream.wake();
        stream.close();
        assert!(!reader.is_finished());
        assert!(reader.next_timeout(Duration::from_secs(60)).is_some());
        assert!(reader.next_timeout(Duration::from_secs(60)).is_none());
        assert!(reader.is_finished());
        assert_eq!(woken.load(Ordering::Relaxed), 2);
        drop(reader);
        assert!(!stream.push(change(2, "x")));
    }
}
