//! The lock-free store of one class that all threads share: up to 64 batches, each in a slot of its own.
//!
//! Two words hold one bit for each slot: `free` says that a slot waits for a batch, `full` that it holds one. Whoever
//! clears a bit, and sees that it was set, owns the slot alone until it sets the bit of the other word. A slot in use
//! has neither bit, so no two threads ever touch one at a time. Bits carry no identity, so there is no ABA: clearing
//! one that was cleared and set again meanwhile is as good as clearing it the first time.
//!
//! An operation starts over only when another thread took the bit that it was about to take, so some thread always
//! gets on; one that stalls between its two steps withholds one slot and nothing else.
#![allow(unsafe_code, reason = "slots are cells whose owner is decided by atomic bits")]

use crate::sync::UnsafeCell;
use crate::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

/// Batches that a depot keeps at most: one bit of a word for each.
pub(super) const BATCHES: usize = u64::BITS as usize;

pub(super) struct Depot<T> {
    full: AtomicU64,
    free: AtomicU64,
    /// Values in the depot; more for a moment while a batch comes in or goes out, never fewer.
    len: AtomicUsize,
    slots: Box<[UnsafeCell<Vec<T>>]>,
}

// SAFETY: a slot is touched only by the thread that took its bit, and taking it happens after (Acquire) the previous
// owner has set it (Release), so sharing a depot does no more than send values between threads.
unsafe impl<T: Send> Sync for Depot<T> {}

impl<T> Depot<T> {
    /// A depot for `batches` batches, between 1 and [`BATCHES`].
    pub(super) fn new(batches: usize) -> Self {
        let batches = batches.clamp(1, BATCHES);
        Self {
            full: AtomicU64::new(0),
            free: AtomicU64::new(u64::MAX >> (BATCHES - batches)),
            len: AtomicUsize::new(0),
            slots: (0..batches).map(|_| UnsafeCell::new(Vec::new())).collect(),
        }
    }

    /// Values in the depot. Exact when no thread puts or takes.
    pub(super) fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// Moves the first `count` values of `values` into the depot as one batch; does nothing and says `false` if it is
    /// full.
    ///
    /// What a thread did before [`drain`](Self::drain) happens before the return of every `put` whose batch that
    /// `drain` did not see.
    pub(super) fn put(&self, values: &mut Vec<T>, count: usize) -> bool {
        // Acquire: the emptying by the slot's last owner comes first.
        let Some(slot) = claim(&self.free, |free, bit| free.fetch_and(!bit, Acquire)) else { return false };
        // Before the batch can be seen, so that no taker subtracts it first.
        self.len.fetch_add(count, Relaxed);
        self.with(slot, |batch| batch.extend(values.drain(..count)));
        // Release: the batch is there before its bit. Acquire: pairs with the swap in `drain`.
        self.full.fetch_or(1 << slot, AcqRel);
        true
    }

    /// Moves one batch to the end of `values`; says `false` if there is none.
    pub(super) fn take(&self, values: &mut Vec<T>) -> bool {
        // Acquire: the filling of the slot comes first.
        let Some(slot) = claim(&self.full, |full, bit| full.fetch_and(!bit, Acquire)) else { return false };
        let before = values.len();
        self.with(slot, |batch| values.append(batch));
        self.len.fetch_sub(values.len() - before, Relaxed);
        // Release: the slot is empty before its bit.
        self.free.fetch_or(1 << slot, Release);
        true
    }

    /// Drops everything that is in the depot, and the slots' own memory.
    pub(super) fn drain(&self) {
        // Unconditional: a swap that finds nothing still comes before every later `put` in the order of this word, and
        // with Release hands over what this thread did until now. Acquire: the filling of the slots comes first.
        let mut full = self.full.swap(0, AcqRel);
        while full != 0 {
            let slot = full.trailing_zeros();
            full &= full - 1;
            let batch = self.with(slot, std::mem::take);
            self.len.fetch_sub(batch.len(), Relaxed);
            self.free.fetch_or(1 << slot, Release);
        }
    }

    /// Calls `work` with a slot whose bit the caller took and has not given back.
    fn with<R>(&self, slot: u32, work: impl FnOnce(&mut Vec<T>) -> R) -> R {
        // SAFETY: the callers, all in this file, own the slot as the opening of the file says, so nothing else has a
        // reference into it.
        self.slots[slot as usize].with_mut(|batch| work(unsafe { &mut *batch }))
    }
}

/// Clears the lowest bit of `word` by `clear`, which returns the word before; `None` when no bit is set.
#[inline]
fn claim(word: &AtomicU64, clear: impl Fn(&AtomicU64, u64) -> u64) -> Option<u32> {
    loop {
        // A stale word costs another turn or a depot that seems empty or full, never a slot with two owners.
        let bits = word.load(Relaxed);
        if bits == 0 {
            return None;
        }
        let slot = bits.trailing_zeros();
        if clear(word, 1 << slot) & (1 << slot) != 0 {
            return Some(slot);
        }
    }
}
