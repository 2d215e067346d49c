//! A bounded ring with many producers and one consumer that takes whole batches.
//!
//! A producer claims a position by moving `end` on with one compare-and-swap, writes its value into the slot of that
//! position and stamps the slot. The consumer takes slot after slot as long as the stamps are there, and gives the room
//! back in one store for many values: it never writes to a slot, and producers read its `start` only once a lap.
//! Position and closing live in the one word `end`, so that what was accepted is known exactly.
//!
//! Lock-free: a producer that is stalled between claim and stamp holds up nobody but the consumer, whose batch ends
//! before that value. A producer that loses the race for a position tries again because another one won it.
#![allow(unsafe_code, reason = "slots pass from thread to thread by their stamps")]

use std::fmt;

use crossbeam_utils::CachePadded;

use super::{
    CLOSED, CapacityError, Notifier, PushError, Pushed, ROOM_BACK_AFTER, Ready,
    slots::{self, Place},
};
use crate::sync::{
    Arc,
    atomic::{
        AtomicU64, AtomicUsize,
        Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
    },
};

/// The highest position that [`Receiver::reopen`] skips to. No program pushes the other 2^62 values.
const LAST_SKIP: u64 = 1 << 62;

struct Ring<T> {
    producers: CachePadded<Producers>,
    /// The first position whose slot is not free yet; only the consumer writes it. At most `capacity` behind `end`.
    start: CachePadded<AtomicU64>,
    senders: CachePadded<AtomicUsize>,
    notifier: Notifier,
    slots: Box<[Slot<T>]>,
}

/// What producers write at each push, or read.
struct Producers {
    /// The next position to claim, and [`CLOSED`].
    end: AtomicU64,
    /// What some producer last read of `start`, so that most need not fetch it from the consumer. Never ahead of it.
    start_seen: AtomicU64,
}

/// On cache lines of its own: a consumer that looks whether the next value is there does not hold up the producer of
/// the one before or after.
#[repr(align(64))]
struct Slot<T> {
    /// One more than the position whose value is, or was last, in `place`. Positions never come twice, so it needs no
    /// clearing.
    stamp: AtomicU64,
    place: Place<T>,
}

// SAFETY: a value is put by the one producer that claimed its position and taken by the one consumer; `T: Send` lets it
// change threads. No reference to a value is ever shared.
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
        producers: CachePadded::new(Producers { end: AtomicU64::new(0), start_seen: AtomicU64::new(0) }),
        start: CachePadded::new(AtomicU64::new(0)),
        senders: CachePadded::new(AtomicUsize::new(1)),
        notifier: notifier.clone(),
        slots: (0..capacity).map(|_| Slot { stamp: AtomicU64::new(0), place: Place::empty() }).collect(),
    });
    Ok((Sender { ring: Arc::clone(&ring) }, Receiver { ring, next: 0, given_back: 0 }))
}

impl<T> Ring<T> {
    #[inline(always)]
    fn slot(&self, position: u64) -> &Slot<T> {
        // The length is a power of two; only the low bits of the position matter, so the cast may cut it.
        &self.slots[position as usize & (self.slots.len() - 1)]
    }

    /// Values accepted and not yet given back, as far as this thread can see.
    fn length(&self) -> usize {
        // Acquire: the `end` read next is then at least as new, or the ring was being reopened, which saturates.
        let start = self.start.load(Acquire);
        let end = self.producers.end.load(Relaxed) & !CLOSED;
        usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX).min(self.slots.len())
    }

    /// Refuses pushes from now on; returns the position that the next value would have had.
    fn close(&self) -> u64 {
        // One word: a push whose compare-and-swap came before is counted, none comes after. Acquire and Release: `reopen`
        // and `close` form one chain, so that a reopening receiver sees that the last sender has gone.
        let accepted = self.producers.end.fetch_or(CLOSED, AcqRel) & !CLOSED;
        self.notifier.notify();
        accepted
    }
}

impl<T> Drop for Ring<T> {
    /// Drops what a producer accepted while the receiver was being dropped.
    fn drop(&mut self) {
        // Relaxed, here and below: the last owner is alone, and dropping the `Arc` ordered everything before this.
        let end = self.producers.end.load(Relaxed) & !CLOSED;
        for position in self.start.load(Relaxed)..end {
            let slot = self.slot(position);
            if slot.stamp.load(Relaxed) == position + 1 {
                // SAFETY: the stamp says that the value is there, and `start` that nobody took it.
                drop(unsafe { slot.place.take() });
            }
        }
    }
}

/// The end that producers push into. Clones push into the same ring; when the last one is dropped, the ring closes.
pub struct Sender<T> {
    ring: Arc<Ring<T>>,
}

impl<T> Sender<T> {
    /// Puts `value` at the end and wakes the listener if it sleeps. Never waits, allocates nothing.
    ///
    /// # Errors
    /// [`PushError`] with the value: `Full` if all room was taken at some moment of the call, or `Closed`.
    #[inline]
    pub fn push(&self, value: T) -> Result<Pushed, PushError<T>> {
        let ring = &*self.ring;
        let Producers { end: next, start_seen } = &*ring.producers;
        // Acquire: passes on what the producer that stored it acquired from the consumer, who is done with the slots
        // before it; and `end`, read later, is not older than that.
        let mut start = start_seen.load(Acquire);
        // Acquire, here and at the failed exchange: after a `reopen`, `start` is seen as new as `end`.
        let mut end = next.load(Acquire);
        loop {
            if end & CLOSED != 0 {
                return Err(PushError::Closed(value));
            }
            if end.wrapping_sub(start) >= ring.slots.len() as u64 {
                // Acquire: the consumer is done with the slots before it.
                let now = ring.start.load(Acquire);
                if now == start {
                    // `start` only grows, and had this value before and after `end` was read: the ring was full then.
                    return Err(PushError::Full(value));
                }
                start = now;
                // Release: see the load above. An older value of a slower producer may follow: it is only read again.
                start_seen.store(now, Release);
                end = next.load(Acquire);
                continue;
            }
            // Relaxed success: claiming publishes nothing; the stamp will. The slot is free by the Acquire of `start`.
            // That nothing was published or skipped between the load and this is sure because positions never repeat.
            match next.compare_exchange_weak(end, end + 1, Relaxed, Acquire) {
                Ok(_) => break,
                Err(now) => end = now,
            }
        }
        let slot = ring.slot(end);
        // SAFETY: this call alone claimed position `end`, and its slot is free: `start` is less than a lap behind.
        unsafe { slot.place.put(value) };
        // Release: the consumer that sees the stamp sees the value. SeqCst: for the notifier, which looks for a sleeper
        // behind it.
        slot.stamp.store(end + 1, SeqCst);
        ring.notifier.notify_of_write();
        Ok(Pushed { position: end })
    }

    /// Closes the ring for all senders; what was accepted is still delivered. Returns how many values were accepted
    /// since the ring began (those skipped by [`Receiver::reopen`] included): exact, no push succeeds after it.
    pub fn close(&self) -> u64 {
        self.ring.close()
    }

    /// Values accepted since the ring began, those skipped by [`Receiver::reopen`] included: at least every push of this
    /// thread, and of others what came before.
    pub fn accepted(&self) -> u64 {
        // Acquire: a caller that sees another thread's push counted sees what that thread did before.
        self.ring.producers.end.load(Acquire) & !CLOSED
    }

    /// Whether the ring was closed a moment ago.
    pub fn is_closed(&self) -> bool {
        // Relaxed: a snapshot that orders nothing.
        self.ring.producers.end.load(Relaxed) & CLOSED != 0
    }

    /// Values in the ring a moment ago.
    pub fn len(&self) -> usize {
        self.ring.length()
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

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        // Relaxed: this sender keeps the count above zero meanwhile.
        self.ring.senders.fetch_add(1, Relaxed);
        Self { ring: Arc::clone(&self.ring) }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        // Release: `reopen`, which sees zero or the closing that follows, finds the one or the other.
        if self.ring.senders.fetch_sub(1, Release) == 1 {
            self.ring.close();
        }
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
}

impl<T> Receiver<T> {
    /// Whether there is a value to take or the ring has ended; `None` while there is neither.
    ///
    /// For [`Listener::wait`](super::Listener::wait) and [`Listener::poll`](super::Listener::poll).
    #[inline]
    pub fn ready(&self) -> Option<Ready> {
        // Acquire: see `take`. Relaxed would do for looking, but callers may rely on what the producer wrote before.
        if self.ring.slot(self.next).stamp.load(Acquire) == self.next + 1 {
            return Some(Ready::Values);
        }
        // Acquire: pairs with `close`, so that the consumer sees what the closing thread did before.
        (self.ring.producers.end.load(Acquire) == self.next | CLOSED).then_some(Ready::Closed)
    }

    /// Takes up to `limit` values, oldest first.
    ///
    /// The batch ends early at a value that is claimed but not yet written (its producer was interrupted, and wakes the
    /// listener when it goes on). Values that the iterator did not reach stay in the ring. Room is given back every few
    /// values and when the iterator is dropped, a panic of the caller included.
    #[inline]
    pub fn drain(&mut self, limit: usize) -> Drain<'_, T> {
        Drain { receiver: self, left: limit }
    }

    /// Closes the ring; what was accepted is still there to [`drain`](Self::drain). Returns the same as
    /// [`Sender::close`].
    pub fn close(&mut self) -> u64 {
        self.ring.close()
    }

    /// Lets a closed and drained ring take values again; the next one's position is `skip` higher than it would have
    /// been.
    ///
    /// A push beside it is refused with `Closed` or accepted; a [`close`](Sender::close) beside it comes before it, and
    /// is undone by it, or after.
    ///
    /// # Errors
    /// [`ReopenError`]; nothing has changed then.
    pub fn reopen(&mut self, skip: u64) -> Result<(), ReopenError> {
        // Acquire: pairs with `close`, see `ready`. Only this receiver can clear `CLOSED`, so the word stands still if
        // it is closed.
        let end = self.ring.producers.end.load(Acquire);
        if end & CLOSED == 0 {
            return Err(ReopenError::Open);
        }
        if end != self.next | CLOSED {
            return Err(ReopenError::NotDrained);
        }
        // Acquire: pairs with the drop of a sender, for what that thread did before.
        if self.ring.senders.load(Acquire) == 0 {
            return Err(ReopenError::NoSender);
        }
        let next =
            self.next.checked_add(skip).filter(|&next| next <= LAST_SKIP).ok_or(ReopenError::TooFar)?;
        self.next = next;
        // Before `end`: a producer that sees the new `end` also sees this, and thus the room.
        self.give_back();
        // Acquire and Release: if the last sender closed the ring before this, its count of zero is seen below; if
        // after, the ring stays closed by that.
        self.ring.producers.end.swap(next, AcqRel);
        // Relaxed: ordered by the exchange.
        if self.ring.senders.load(Relaxed) == 0 {
            self.ring.close();
        }
        Ok(())
    }

    /// Values in the ring a moment ago, those included that are not written yet.
    pub fn len(&self) -> usize {
        // Relaxed: a snapshot. `next` is never ahead of `end`, and producers see `given_back`, not `next`.
        let end = self.ring.producers.end.load(Relaxed) & !CLOSED;
        usize::try_from(end.saturating_sub(self.next)).unwrap_or(usize::MAX)
    }

    /// Whether there was nothing in the ring a moment ago.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most values that the ring holds.
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }

    #[inline(always)]
    fn take(&mut self) -> Option<T> {
        let slot = self.ring.slot(self.next);
        // Acquire: the value was put before the stamp's Release.
        if slot.stamp.load(Acquire) != self.next + 1 {
            return None;
        }
        // SAFETY: the stamp says that the value of this position was put; `next` moves on, so it is taken once, and the
        // slot is not put again before `start` passes it.
        let value = unsafe { slot.place.take() };
        self.next += 1;
        Some(value)
    }

    /// Lets producers use the slots of what was taken.
    #[inline(always)]
    fn give_back(&mut self) {
        self.given_back = self.next;
        // Release: the values were taken before a producer puts new ones there.
        self.ring.start.store(self.next, Release);
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.ring.close();
        // A value that is not written yet is dropped with the ring.
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

/// Why a ring was not reopened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReopenError {
    /// The ring is not closed.
    #[error("the ring is open")]
    Open,
    /// Accepted values have not been drained yet.
    #[error("the ring is not drained")]
    NotDrained,
    /// All senders are gone: nobody could push.
    #[error("the ring has no sender")]
    NoSender,
    /// The positions to skip leave none for values.
    #[error("no position is left after so many skipped ones")]
    TooFar,
}

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;
