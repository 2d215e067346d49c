//! What only a panic hook sees: the place of a panic and the calls that led there, kept by the thread until the guard
//! has caught it.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::panic::{self, PanicHookInfo};
use std::sync::Once;
use std::thread;

use super::Place;

/// A panic that is on its way to the guard at this depth.
struct Seen {
    depth: u32,
    place: Place,
    backtrace: Backtrace,
}

thread_local! {
    /// How many guards the thread is inside of.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// At most one a depth, the deepest last.
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
}

/// Counts a guard of this thread until it is dropped.
pub(super) struct Inside(());

/// This thread is inside of one more guard from here on.
#[inline]
pub(super) fn enter() -> Inside {
    static INSTALLED: Once = Once::new();
    // The standard library refuses a new hook to a thread that is panicking; the next guard installs it then.
    if !INSTALLED.is_completed() && !thread::panicking() {
        INSTALLED.call_once(install);
    }
    DEPTH.set(DEPTH.get() + 1);
    Inside(())
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

#[cold]
fn install() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !keep(info) {
            previous(info);
        }
    }));
}

/// Keeps what is to be known of this panic. False if it is not a guard's: outside of all, or the second one on the way
/// to the same guard, which is not caught there but ends the process, or was caught by others.
fn keep(info: &PanicHookInfo<'_>) -> bool {
    let depth = DEPTH.get();
    let Some(location) = info.location().filter(|_| depth > 0) else { return false };
    let place = Place { file: location.file().to_owned(), line: location.line(), column: location.column() };
    let seen = Seen { depth, place, backtrace: Backtrace::force_capture() };
    // A thread whose locals are gone is ending.
    let is_first = SEEN.try_with(|list| {
        let mut list = list.borrow_mut();
        let before = list.iter().any(|other| other.depth == depth);
        list.retain(|other| other.depth < depth);
        list.push(seen);
        !before
    });
    is_first.unwrap_or(false)
}

/// What was seen of the panic that the innermost guard of this thread has caught.
pub(super) fn take() -> Option<(Place, Backtrace)> {
    let depth = DEPTH.get();
    SEEN.try_with(|list| {
        let mut list = list.borrow_mut();
        let own = list.iter().position(|seen| seen.depth == depth)?;
        // Deeper ones were left by panics that others caught.
        list.drain(own..).next().map(|seen| (seen.place, seen.backtrace))
    })
    .ok()?
}

/// Where the panic was that unwinds this thread, if it will end in a guard.
pub(crate) fn place_of_panic() -> Option<Place> {
    let depth = DEPTH.get();
    SEEN.try_with(|list| list.borrow().iter().find(|seen| seen.depth == depth).map(|seen| seen.place.clone()))
        .ok()?
}
