//! All places of one table, in chunks that are allocated once and never move, and which of them are vacant.
//!
//! Finding an object takes no lock. A lock is held for a push or a pop where an object comes or goes, and to look up
//! where a poisoned one was poisoned; never while an object is dropped.
#![allow(unsafe_code, reason = "who may fill or leave a slot is kept track of here")]

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{OnceLock, PoisonError};

use writemagic_shared::sync::{Mutex, MutexGuard};

use super::handle::{INDEX_BITS, Key};
use super::slot::{Slot, State};
use crate::guard::{self, Place};

/// Slots of the first chunk, a power of two. Each later chunk has as many as all before it.
const FIRST: u32 = if cfg!(loom) {
    2
} else if cfg!(test) {
    4
} else {
    64
};
/// Slots of all chunks.
const SLOTS: u32 = 1 << INDEX_BITS;
const CHUNKS: usize = (SLOTS / FIRST).ilog2() as usize + 1;

/// Why a key leads to no object that could be worked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No object ever had this key.
    Forged,
    Closed,
    Closing,
    Poisoned(Option<Place>),
    TooManyCalls,
}

/// What was found where the object of a key could not be entered: the word of its slot, if there is a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missed(Option<State>);

/// Places for objects.
pub(super) struct Slots<T> {
    chunks: [OnceLock<Box<[Slot<T>]>>; CHUNKS],
    vacancies: Mutex<Vacancies>,
    /// Where the objects that are poisoned now were poisoned.
    poisonings: Mutex<BTreeMap<Key, Option<Place>>>,
}

/// The slots that somebody may fill: whoever takes an index out may, and nobody else.
struct Vacancies {
    /// The last one that became vacant is the first to be filled: it is in the cache.
    returned: Vec<u32>,
    /// From here on no slot was ever filled.
    untouched: u32,
}

impl<T> Slots<T> {
    const_constructor! {
        /// No objects, no memory.
        pub(super) fn new() -> Self {
            Self {
                chunks: [const { OnceLock::new() }; CHUNKS],
                vacancies: Mutex::new(Vacancies { returned: Vec::new(), untouched: 0 }),
                poisonings: Mutex::new(BTreeMap::new()),
            }
        }
    }

    /// Puts an object in; gives it back where all slots are in use or used up.
    pub(super) fn insert(&self, value: T) -> Result<Key, T> {
        let Some(index) = self.vacancy() else { return Err(value) };
        let (chunk, place) = position(index);
        let slots = self.chunks[chunk].get_or_init(|| (0..length(chunk)).map(|_| Slot::vacant()).collect());
        // SAFETY: the index came out of the vacancies, where only vacant slots with a generation left are.
        let generation = unsafe { slots[place].fill(value) };
        Ok(Key { index, generation })
    }

    fn vacancy(&self) -> Option<u32> {
        let mut vacancies = lock(&self.vacancies);
        if let Some(index) = vacancies.returned.pop() {
            return Some(index);
        }
        let index = vacancies.untouched;
        (index < SLOTS).then(|| {
            vacancies.untouched += 1;
            index
        })
    }

    /// The object with this key, which stays as long as it is held.
    #[inline(always)]
    pub(super) fn hold(&self, key: Key) -> Result<Hold<'_, T>, Missed> {
        let slot = self.slot(key.index).ok_or(Missed(None))?;
        slot.enter(key.generation).map_err(|state| Missed(Some(state)))?;
        Ok(Hold { slots: self, slot, key })
    }

    /// Begins the end of the object with this key: the object itself where no call runs, and `None` where the last call
    /// will drop it.
    pub(super) fn close(&self, key: Key) -> Result<Option<T>, Missed> {
        let slot = self.slot(key.index).ok_or(Missed(None))?;
        slot.enter_to_close(key.generation).map_err(|state| Missed(Some(state)))?;
        // SAFETY: entered above, and nothing was looked at; the last call takes the object.
        Ok(unsafe { slot.leave().then(|| self.vacate(slot, key)) })
    }

    /// The object of a slot, which others can be put into from then on.
    ///
    /// # Safety
    /// [`Slot::leave`] has told the caller to, the slot has this key, and this is done once.
    unsafe fn vacate(&self, slot: &Slot<T>, key: Key) -> T {
        // SAFETY: as the caller promises.
        let departed = unsafe { slot.vacate() };
        if departed.was_poisoned {
            lock(&self.poisonings).remove(&key);
        }
        if departed.is_vacant {
            lock(&self.vacancies).returned.push(key.index);
        }
        departed.value
    }

    #[inline(always)]
    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        let (chunk, place) = position(index);
        self.chunks.get(chunk)?.get()?.get(place)
    }

    /// Why the object of this key could not be entered.
    pub(super) fn explain(&self, key: Key, missed: Missed) -> Refusal {
        let Missed(Some(state)) = missed else { return Refusal::Forged };
        match key.generation.cmp(&state.generation()) {
            // The first object has generation 1.
            Ordering::Less if key.generation == 0 => Refusal::Forged,
            Ordering::Less => Refusal::Closed,
            Ordering::Greater => Refusal::Forged,
            Ordering::Equal if !state.is_live() => Refusal::Forged,
            Ordering::Equal if state.is_closing() => Refusal::Closing,
            // The place is noted before the flag is set and goes with the object.
            Ordering::Equal if state.is_poisoned() => lock(&self.poisonings)
                .get(&key)
                .map_or(Refusal::Closed, |place| Refusal::Poisoned(place.clone())),
            Ordering::Equal => Refusal::TooManyCalls,
        }
    }
}

impl<T> Drop for Slots<T> {
    fn drop(&mut self) {
        for chunk in &mut self.chunks {
            let slots = chunk.get_mut().into_iter().flatten();
            slots.filter_map(Slot::take).for_each(guard::discard);
        }
    }
}

/// A call that is in an object.
pub(super) struct Hold<'s, T> {
    slots: &'s Slots<T>,
    slot: &'s Slot<T>,
    key: Key,
}

impl<T> Hold<'_, T> {
    #[inline(always)]
    pub(super) fn value(&self) -> &T {
        // SAFETY: this call has entered and leaves when it is dropped, which the reference does not outlive.
        unsafe { self.slot.value() }
    }

    /// Notes that nobody knows the state of the object any more, and since where.
    #[cold]
    pub(super) fn poison(&self, place: Option<Place>) {
        lock(&self.slots.poisonings).entry(self.key).or_insert(place);
        self.slot.poison();
    }
}

impl<T> Drop for Hold<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: this call has entered, its references are gone, and it is dropped once.
        if unsafe { self.slot.leave() } {
            bury(self);
        }
    }
}

/// Drops the object of the last call.
#[cold]
#[inline(never)]
fn bury<T>(hold: &mut Hold<'_, T>) {
    // SAFETY: the one caller has just been told to, and is being dropped.
    guard::discard(unsafe { hold.slots.vacate(hold.slot, hold.key) });
}

/// Nothing panics under these locks; if something did, what they guard would still be whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The chunk of an index, and the place in it.
#[inline(always)]
fn position(index: u32) -> (usize, usize) {
    match (index / FIRST).checked_ilog2() {
        None => (0, index as usize),
        Some(doublings) => (doublings as usize + 1, (index - (FIRST << doublings)) as usize),
    }
}

/// How many slots a chunk has.
fn length(chunk: usize) -> u32 {
    FIRST << chunk.saturating_sub(1)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_index_has_a_place_of_its_own() {
        let mut index = 0;
        for chunk in 0..CHUNKS {
            for place in 0..length(chunk) as usize {
                assert_eq!(position(index), (chunk, place));
                index += 1;
            }
        }
        assert_eq!(index, SLOTS);
    }

    #[test]
    fn all_slots_can_be_filled_and_no_more() {
        let slots = Slots::new();
        let keys: Vec<Key> = (0..SLOTS).map(|n| slots.insert(n).unwrap()).collect();
        assert_eq!(slots.insert(SLOTS), Err(SLOTS));
        assert_eq!(slots.close(keys[1000]).unwrap(), Some(1000));
        let again = slots.insert(SLOTS).unwrap();
        assert_eq!((again.index, again.generation), (1000, 2));
        assert_eq!(*slots.hold(again).unwrap().value(), SLOTS);
        assert_eq!(slots.insert(0), Err(0));
    }

    #[test]
    fn slots_that_are_used_up_are_not_filled_again_and_their_handles_stay_closed() {
        let slots = Slots::new();
        let mut keys = Vec::new();
        let mut indices = std::collections::BTreeSet::new();
        for n in 0..100 {
            let key = slots.insert(n).unwrap();
            assert_eq!(slots.close(key).unwrap(), Some(n));
            assert!(!keys.contains(&key));
            indices.insert(key.index);
            keys.push(key);
        }
        // A slot of a test has five generations.
        assert_eq!(indices.len(), 20);
        for key in keys {
            let missed = slots.hold(key).err().unwrap();
            assert_eq!(slots.explain(key, missed), Refusal::Closed);
        }
    }
}
