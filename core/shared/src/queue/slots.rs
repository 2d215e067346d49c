//! The places of a ring, a power of two of them, addressed by position.
#![allow(
    unsafe_code,
    reason = "a place is empty or full as the ring's positions say, which the compiler cannot see"
)]

use std::mem::MaybeUninit;

use super::CapacityError;
use crate::{limits, sync::UnsafeCell};

/// The capacity that a ring for `asked` values has: the next power of two.
pub(super) fn capacity(asked: usize) -> Result<usize, CapacityError> {
    if asked == 0 || asked as u64 > limits::RING_VALUES {
        return Err(CapacityError { asked });
    }
    Ok(asked.next_power_of_two())
}

/// One place for a value, which does not know whether it holds one.
pub(super) struct Place<T>(UnsafeCell<MaybeUninit<T>>);

impl<T> Place<T> {
    pub(super) fn empty() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Puts `value` here.
    ///
    /// # Safety
    /// The place is empty, and no other thread reads or writes it meanwhile.
    #[inline(always)]
    pub(super) unsafe fn put(&self, value: T) {
        // SAFETY: nobody else has a reference, as the caller promises; an empty place needs no drop.
        self.0.with_mut(|place| unsafe { (*place).write(value) });
    }

    /// Takes the value out; the place is empty then.
    ///
    /// # Safety
    /// The place is full, its `put` happened before, and no other thread reads or writes it meanwhile.
    #[inline(always)]
    pub(super) unsafe fn take(&self) -> T {
        // SAFETY: the value is there and nobody else has a reference, as the caller promises; it is read once because
        // the caller regards the place as empty from now on.
        self.0.with_mut(|place| unsafe { (*place).assume_init_read() })
    }
}
