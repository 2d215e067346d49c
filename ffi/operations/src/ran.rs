//! Which operations have done what they should: for the tests of both platforms' layers, which must call them all.
//!
//! Only debug builds note it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::operations;

/// The numbers of those that have.
static RAN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// An operation has done what it should, or begun to.
pub(crate) fn note(number: u32) {
    if cfg!(debug_assertions) {
        RAN.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
    }
}

/// The objects and names of all others.
pub fn not_run() -> Vec<String> {
    let ran = RAN.lock().unwrap_or_else(PoisonError::into_inner);
    let others = (0..).zip(operations()).filter(|(number, _)| !ran.contains(number));
    others.map(|(_, operation)| format!("{}.{}", operation.object, operation.name)).collect()
}
