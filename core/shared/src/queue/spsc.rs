//! A bounded ring with one producer and one consumer: delivery of events.
//!
//! Each side works on copies of its own counter and of what it last saw of the other's, so that in the steady state it
//! touches the other side's cache line once per lap or batch. Publishing is a compare-and-swap that fails only if the
//! consumer closed the ring: what was accepted is known exactly, as in [`mpsc`](super::mpsc).
#![allow(unsafe_code, reason = "slots pass from thread to thread by the ring's two counters")]

use std::fmt;

use crossbeam_utils::CachePadded;

use super::{
    CLOSED, CapacityError, Notifier, PushError, Pushed, ROOM_BACK_AFTER, Ready,
    slots::{self, Place},
};
use crate::sync::{
    Arc,
    atomic::{
        AtomicU64,
        Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
    },
};

struct Ring<T> {
    /// The next position to fill, moved on by the producer, and [`CLOSED`], which either side sets.
    end: CachePadded<AtomicU64>,
    /// The first position whose slot is not free yet; only the consumer writes it. At most `capacity` behind `end`.
    start: CachePadded<AtomicU64>,
    notifier: Notifier,
    slots: Box<[Place<T>]>,
}

// SAFETY: a value is put by the one producer before `end` passes it and taken by the one consumer after; `T: Send` lets
// it change threads. No reference to a value is ever shared.
unsafe impl<T: Send> Sync for Ring<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Ring<T> {}

/// A new ring for at least `capacity` values (rounded up to a power of two), whose pushes and closing wake the listener
/// of `notifier`.
///
/// # Errors
/// [`CapacityError`] if `capacity` is zero or above [`RING_VALUES`](crate::limits::RING_VALUES).
pub fn ring<T: Send>(
    capacity: usize,
    notifier: &Notifier,
) -> Result<(Sender<T>, Receiver<T>), CapacityError> {
    let capacity = slots::capacity(capacity)?;
    let ring = Arc::new(Ring {
        end: CachePadded::new(AtomicU64::new(0)),
        start: CachePadded::new(AtomicU64::new(0)),
        notifier: notifier.clone(),
        slots: (0..capacity).map(|_| Place::empty()).collect(),
    });
    Ok((
        Sender { ring: Arc::clone(&ring), next: 0, start_seen: 0 },
        Receiver { ring, next: 0, given_back: 0, end_seen: 0 },
    ))
}

impl<T> Ring<T> {
    #[inline(always)]
    fn place(&self, position: u64) -> &Place<T> {
        // The length is a power of two; only the low bits of the position matter, so the cast may cut it.
        &self.slots[position as usize & (self.slots.len() - 1)]
    }

    /// Refuses pushes from now on; returns the position that the next value would have had.
    fn close(&self) -> u64 {
        // One word: a push whose compare-and-swap came before is counted, none comes after. Acquire: its value is seen.
        // Release: the other side sees what this thread did before it closed.
        let accepted = self.end.fetch_or(CLOSED, AcqRel) & !CLOSED;
        self.notifier.notify();
        accepted
    }
}

impl<T> Drop for Ring<T> {
    /// Drops what the receiver's drop did not reach because a value's drop panicked.
    fn drop(&mut self) {
        // Relaxed: the last owner is alone, and dropping the `Arc` ordered everything before this.
        let end = self.end.load(Relaxed) & !CLOSED;
        for position in self.start.load(Relaxed)..end {
            // SAFETY: accepted and not taken: between `start` and `end`.
            drop(unsafe { self.place(position).take() });
        }
    }
}

/// The end that the producer pushes into. Dropping it closes the ring.
pub struct Sender<T> {
    ring: Arc<Ring<T>>,
    /// The position of the next value: `ring.end` without [`CLOSED`].
    next: u64,
    /// `ring.start` as it was last read.
    start_seen: u64,
}

impl<T> Sender<T> {
    /// Puts `value` at the end and wakes the listener if it sleeps. Never waits, allocates nothing.
    ///
    /// # Errors
    /// [`PushError`] with the value: `Full` if all room is taken, or `Closed`.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<Pushed, PushError<T>> {
        let ring = &*self.ring;
        let capacity = ring.slots.len() as u64;
        if self.next - self.start_seen >= capacity {
            // Acquire: the consumer is done with the slots before it.
            self.start_seen = ring.start.load(Acquire);
            if self.next - self.start_seen >= capacity {
                return Err(if self.is_closed() { PushError::Closed(value) } else { PushError::Full(value) });
            }
        }
        let position = self.next;
        let place = ring.place(position);
        // SAFETY: this is the only producer, `end` has not passed the position, and its slot is free: `start` is less
        // than a lap behind.
        unsafe { place.put(value) };
        // Release: the consumer that sees the new `end` sees the value. SeqCst: for the notifier, which looks for a
        // sleeper behind it. Acquire on failure: what was done before closing.
        if ring.end.compare_exchange(position, position + 1, SeqCst, Acquire).is_err() {
            // SAFETY: just put, and the consumer never looks at positions that `end` has not passed.
            return Err(PushError::Closed(unsafe { place.take() }));
        }
        self.next = position + 1;
        ring.notifier.notify_of_write();
        Ok(Pushed { position })
    }

    /// Closes the ring; what was accepted is still delivered. Returns how many values were accepted in all: exact, no
    /// push succeeds after it.
    pub fn close(&mut self) -> u64 {
        self.ring.close()
    }

    /// Whether the ring was closed a moment ago.
    pub fn is_closed(&self) -> bool {
        // Relaxed: a snapshot that orders nothing.
        self.ring.end.load(Relaxed) & CLOSED != 0
    }

    /// Values in the ring a moment ago.
    pub fn len(&self) -> usize {
        // Relaxed: a snapshot. `start` never passes `end`, of which `next` is this side's copy.
        (self.next - self.ring.start.load(Relaxed)) as usize
    }

    /// Whether the ring was empty a moment ago.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most values that the ring holds.
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.ring.close();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}

/// The end that takes values out, in the order of their positions. Dropping it closes the ring and drops what is left.
pub struct Receiver<T> {
    ring: Arc<Ring<T>>,
    /// The position to take next.
    next: u64,
    /// What `ring.start` says.
    given_back: u64,
    /// `ring.end` as it was last read, without [`CLOSED`].
    end_seen: u64,
}

impl<T> Receiver<T> {
    /// Whether there is a value to take or the ring has ended; `None` while there is neither.
    ///
    /// For [`Listener::wait`](super::Listener::wait) and [`Listener::poll`](super::Listener::poll).
    #[inline]
    pub fn ready(&self) -> Option<Ready> {
        // Acquire: see `take`; and the consumer sees what a closing producer did before.
        let end = self.ring.end.load(Acquire);
        if end & !CLOSED != self.next {
            return Some(Ready::Values);
        }
        (end & CLOSED != 0).then_some(Ready::Closed)
    }

    /// Takes up to `limit` values, oldest first.
    ///
    /// Values that the iterator did not reach stay in the ring. Room is given back every few values and when the
    /// iterator is dropped, a panic of the caller included.
    #[inline]
    pub fn drain(&mut self, limit: usize) -> Drain<'_, T> {
        Drain { receiver: self, left: limit }
    }

    /// Closes the ring; what was accepted is still there to [`drain`](Self::drain). Returns the same as
    /// [`Sender::close`].
    pub fn close(&mut self) -> u64 {
        self.ring.close()
    }

    /// Values in the ring a moment ago.
    pub fn len(&self) -> usize {
        // Relaxed: a snapshot. `next` never passes `end`.
        ((self.ring.end.load(Relaxed) & !CLOSED) - self.next) as usize
    }

    /// Whether the ring was empty a moment ago.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most values that the ring holds.
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }

    #[inline(always)]
    fn take(&mut self) -> Option<T> {
        if self.next == self.end_seen {
            // Acquire: the values before it were put before the producer's Release.
            self.end_seen = self.ring.end.load(Acquire) & !CLOSED;
            if self.next == self.end_seen {
                return None;
            }
        }
        // SAFETY: `end` has passed the position; `next` moves on, so it is taken once, and the slot is not put again
        // before `start` passes it.
        let value = unsafe { self.ring.place(self.next).take() };
        self.next += 1;
        Some(value)
    }

    /// Lets the producer use the slots of what was taken.
    #[inline(always)]
    fn give_back(&mut self) {
        self.given_back = self.next;
        // Release: the values were taken before the producer puts new ones there.
        self.ring.start.store(self.next, Release);
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.ring.close();
        self.drain(usize::MAX).for_each(drop);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}

/// Values on their way out of a ring: see [`Receiver::drain`].
#[derive(Debug)]
pub struct Drain<'a, T> {
    receiver: &'a mut Receiver<T>,
    left: usize,
}

impl<T> Iterator for Drain<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.left == 0 {
            return None;
        }
        let Some(value) = self.receiver.take() else {
            self.left = 0;
            return None;
        };
        self.left -= 1;
        if self.receiver.next - self.receiver.given_back >= ROOM_BACK_AFTER {
            self.receiver.give_back();
        }
        Some(value)
    }
}

impl<T> std::iter::FusedIterator for Drain<'_, T> {}

impl<T> Drop for Drain<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // Also behind an earlier drain that was forgotten instead of dropped.
        if self.receiver.given_back != self.receiver.next {
            self.receiver.give_back();
        }
    }
}

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;
