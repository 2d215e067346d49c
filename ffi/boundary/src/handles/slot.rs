//! One place for an object, and the one word that decides who may touch it.
//!
//! The word holds a generation, three flags and the number of calls that are in the object now:
//!
//! ```text
//! bits 24..49  generation: of the object, or of the next one while the slot is vacant
//! bit  22      POISONED    a call panicked in the object
//! bit  21      CLOSING     nobody may enter any more
//! bit  20      LIVE        an object is there
//! bits  0..17  calls
//! ```
//!
//! A call enters by a compare-exchange that adds 1, and only if the rest of the word is its generation and `LIVE`, so
//! nothing that is closing, poisoned or of another generation is ever entered, not even for a moment. Who closes sets
//! `CLOSING` and enters in one exchange. From then on the number only falls, so exactly one call brings it to 0: that
//! one owns the object, takes it out, and makes the slot vacant with the next generation.
#![allow(unsafe_code, reason = "whether the object is there is decided by the word beside it")]

use std::mem::MaybeUninit;

use writemagic_shared::limits::OBJECT_CALLS;
use writemagic_shared::sync::UnsafeCell;
use writemagic_shared::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

use super::handle::GENERATION_BITS;

const CALL: u64 = 1;
const CALLS: u64 = LIVE - 1;
const LIVE: u64 = 1 << 20;
const CLOSING: u64 = 1 << 21;
const POISONED: u64 = 1 << 22;
const GENERATION_SHIFT: u32 = 24;
// Who closes enters even where no other call may.
const _: () = assert!(OBJECT_CALLS < CALLS);

/// The last generation of a slot; behind it stands one that no handle can name, and the slot stays vacant.
const LAST_GENERATION: u32 = if cfg!(any(test, loom)) { 5 } else { (1 << GENERATION_BITS) - 1 };

/// The word of a slot, as somebody found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State(u64);

impl State {
    const fn vacant(generation: u32) -> Self {
        Self((generation as u64) << GENERATION_SHIFT)
    }

    const fn live(generation: u32) -> Self {
        Self(Self::vacant(generation).0 | LIVE)
    }

    /// Of the object, or of the next one.
    pub(super) const fn generation(self) -> u32 {
        (self.0 >> GENERATION_SHIFT) as u32
    }

    pub(super) const fn is_live(self) -> bool {
        self.0 & LIVE != 0
    }

    pub(super) const fn is_closing(self) -> bool {
        self.0 & CLOSING != 0
    }

    pub(super) const fn is_poisoned(self) -> bool {
        self.0 & POISONED != 0
    }

    /// Whether a call may enter the object of this generation.
    const fn admits(self, generation: u32) -> bool {
        self.0 & !CALLS == Self::live(generation).0 && self.0 & CALLS < OBJECT_CALLS
    }

    /// Whether the object of this generation is there and nobody has begun to close it.
    const fn is_open(self, generation: u32) -> bool {
        self.0 & !CALLS & !POISONED == Self::live(generation).0
    }
}

/// An object that came out of its slot, with no reference to it left.
pub(super) struct Departed<T> {
    pub(super) value: T,
    pub(super) was_poisoned: bool,
    /// The slot takes another object.
    pub(super) is_vacant: bool,
}

/// A place for an object.
pub(super) struct Slot<T> {
    state: AtomicU64,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: a shared slot gives out `&T` on several threads (hence `Sync`) and moves the object in on one thread and out
// on another (hence `Send`). The head of the module says why nobody has a reference when it moves.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T> Slot<T> {
    /// A slot that never held anything.
    pub(super) fn vacant() -> Self {
        Self { state: AtomicU64::new(State::vacant(1).0), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Puts an object in and returns its generation.
    ///
    /// # Safety
    /// The slot is vacant, not behind its last generation, and the caller is the only one who may fill it.
    pub(super) unsafe fn fill(&self, value: T) -> u32 {
        // Relaxed: only who may fill a slot writes the word of a vacant one, and the lock under which that right was
        // handed over has ordered it.
        let generation = State(self.state.load(Relaxed)).generation();
        // SAFETY: nobody enters a vacant slot, and nobody else fills this one.
        self.value.with_mut(|place| unsafe { (*place).write(value) });
        // Release: the object is there for whoever reads `LIVE`.
        self.state.store(State::live(generation).0, Release);
        generation
    }

    /// Counts a call in; the word as it was found where the call may not enter.
    #[inline(always)]
    pub(super) fn enter(&self, generation: u32) -> Result<(), State> {
        self.change(|state| state.admits(generation), 0)
    }

    /// Lets no later call enter, and counts the caller in; the word where nobody is left to close the object of this
    /// generation.
    pub(super) fn enter_to_close(&self, generation: u32) -> Result<(), State> {
        self.change(|state| state.is_open(generation), CLOSING)
    }

    /// Adds a call and sets `flag` if the word is `right`.
    #[inline(always)]
    fn change(&self, right: impl Fn(State) -> bool, flag: u64) -> Result<(), State> {
        // Relaxed: a stale word is found out by the exchange.
        let mut state = self.state.load(Relaxed);
        while right(State(state)) {
            // Acquire: the object as `fill` wrote it, with all exchanges between as one release sequence. Relaxed where
            // it fails: nothing is touched.
            match self.state.compare_exchange_weak(state, (state + CALL) | flag, Acquire, Relaxed) {
                Ok(_) => return Ok(()),
                Err(found) => state = found,
            }
        }
        Err(State(state))
    }

    /// The object.
    ///
    /// # Safety
    /// The caller has entered, and leaves only when the reference is gone.
    #[inline(always)]
    pub(super) unsafe fn value(&self) -> &T {
        // SAFETY: entering proved that the object is there and acquired it; it is not moved before the last call has
        // left, and the caller is one of them.
        self.value.with(|value| unsafe { (*value).assume_init_ref() })
    }

    /// Lets no later call enter but the one that closes. The caller has entered.
    pub(super) fn poison(&self) {
        // Relaxed: the flag hands nothing over; where it began to be is looked up behind a lock.
        self.state.fetch_or(POISONED, Relaxed);
    }

    /// Counts a call out. `true` where it was the last one in an object that is closing: the caller alone has the object
    /// from then on, and [vacates](Self::vacate) the slot.
    ///
    /// # Safety
    /// The caller has entered, has no reference to the object left, and leaves once.
    #[inline(always)]
    #[must_use]
    pub(super) unsafe fn leave(&self) -> bool {
        // Release: whatever this call did with the object comes before its end, whoever brings that about.
        let before = self.state.fetch_sub(CALL, Release);
        before & (CLOSING | CALLS) == CLOSING | CALL
    }

    /// Takes the object out.
    ///
    /// # Safety
    /// [`leave`](Self::leave) has told the caller to, and this is done once.
    pub(super) unsafe fn vacate(&self) -> Departed<T> {
        // Acquire: pairs with the Release of every call that left. A load in place of a fence, which ThreadSanitizer does
        // not know.
        let state = State(self.state.load(Acquire));
        // SAFETY: nobody enters and nobody is inside; this is the one call that brought the number to 0, so the object is
        // read out once.
        let value = self.value.with_mut(|value| unsafe { (*value).assume_init_read() });
        let generation = state.generation();
        // Relaxed: the next one to fill it comes behind a lock, and all others only compare the word.
        self.state.store(State::vacant(generation + 1).0, Relaxed);
        let is_vacant = generation < LAST_GENERATION;
        Departed { value, was_poisoned: state.is_poisoned(), is_vacant }
    }

    /// Takes the object out of a slot that nobody else can reach, if it has one.
    pub(super) fn take(&mut self) -> Option<T> {
        // Relaxed: `&mut` says that whatever happened to the slot comes before.
        let state = State(self.state.load(Relaxed));
        self.state.store(State::vacant(state.generation()).0, Relaxed); // Relaxed: see above
        // SAFETY: an object is there while `LIVE` is set, which it is no longer.
        state.is_live().then(|| self.value.with_mut(|value| unsafe { (*value).assume_init_read() }))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Fills `slot`, which no test shares.
    fn fill(slot: &Slot<u8>) -> u32 {
        // SAFETY: the slot is this test's alone and vacant.
        unsafe { slot.fill(7) }
    }

    /// Leaves `slot`, which the test has entered.
    fn leave(slot: &Slot<u8>) -> Option<Departed<u8>> {
        // SAFETY: the callers have entered and look at nothing; the last one takes the object.
        unsafe { slot.leave().then(|| slot.vacate()) }
    }

    #[test]
    fn calls_that_nobody_could_count_are_refused_and_closing_is_not() {
        let slot = Slot::vacant();
        let generation = fill(&slot);
        for _ in 0..OBJECT_CALLS {
            slot.enter(generation).unwrap();
        }
        let state = slot.enter(generation).unwrap_err();
        assert!(state.is_live() && !state.is_closing() && !state.is_poisoned());
        slot.enter_to_close(generation).unwrap();
        for _ in 0..OBJECT_CALLS {
            assert!(leave(&slot).is_none());
        }
        assert_eq!(leave(&slot).unwrap().value, 7);
    }

    #[test]
    fn a_slot_whose_generations_are_used_up_stays_vacant() {
        let slot = Slot::vacant();
        for generation in 1..=LAST_GENERATION {
            assert_eq!(fill(&slot), generation);
            slot.enter_to_close(generation).unwrap();
            assert_eq!(leave(&slot).unwrap().is_vacant, generation < LAST_GENERATION);
        }
        for generation in 0..1 << GENERATION_BITS {
            let state = slot.enter(generation).unwrap_err();
            assert!(!state.is_live() && state.generation() > LAST_GENERATION);
        }
    }

    #[test]
    fn the_flags_of_one_object_are_not_those_of_the_next() {
        let slot = Slot::vacant();
        let first = fill(&slot);
        slot.enter(first).unwrap();
        slot.poison();
        assert!(slot.enter(first).unwrap_err().is_poisoned());
        slot.enter_to_close(first).unwrap();
        assert!(slot.enter_to_close(first).unwrap_err().is_closing());
        assert!(leave(&slot).is_none());
        assert!(leave(&slot).unwrap().was_poisoned);
        let second = fill(&slot);
        assert_eq!(second, first + 1);
        assert_eq!(slot.enter(first), Err(State::live(second)));
        assert_eq!(slot.enter(second), Ok(()));
    }
}
