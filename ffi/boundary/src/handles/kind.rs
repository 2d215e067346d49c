//! The types of objects: a number each, drawn when its table takes its first object, and how many live.

use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// One type of objects.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Objects that are not dropped yet.
    live: AtomicUsize,
}

impl Kind {
    pub(super) fn came(&self) {
        // Relaxed, here and below: a count that orders nothing.
        self.live.fetch_add(1, Relaxed);
    }

    pub(super) fn went(&self) {
        self.live.fetch_sub(1, Relaxed); // Relaxed: see above
    }
}

/// The most types of one process: a byte of the handle, of which 0 stands for none.
pub(super) const KINDS: usize = u8::MAX as usize;

/// The kind with number `n` is at `n - 1`. They are filled in order.
static KINDS_BY_NUMBER: [OnceLock<Kind>; KINDS] = [const { OnceLock::new() }; KINDS];

/// A new type of this name, with its number; `None` when all numbers are taken.
pub(super) fn register(name: &'static str) -> Option<(u8, &'static Kind)> {
    static REGISTERED: Mutex<u8> = Mutex::new(0);
    let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    let place = KINDS_BY_NUMBER.get(usize::from(*registered))?;
    let kind = place.get_or_init(|| Kind { name, live: AtomicUsize::new(0) });
    *registered += 1;
    Some((*registered, kind))
}

/// The type with this number, if there is one.
pub(super) fn by_number(number: u8) -> Option<&'static Kind> {
    KINDS_BY_NUMBER.get(usize::from(number).checked_sub(1)?)?.get()
}

/// How many objects of each type live in this process, by the names of the types: what was not closed, and what was
/// closed while calls run that have not come back.
///
/// Types of which there never was an object are not among them. Exact when nothing is opened or closed meanwhile.
pub fn census() -> Vec<(&'static str, usize)> {
    let kinds = KINDS_BY_NUMBER.iter().map_while(OnceLock::get);
    // Relaxed: whoever wants an exact number has waited for the calls that changed it.
    let mut census: Vec<_> = kinds.map(|kind| (kind.name, kind.live.load(Relaxed))).collect();
    census.sort_unstable();
    census
}
