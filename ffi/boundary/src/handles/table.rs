//! Handles in, objects out.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;
use std::thread;

use writemagic_shared::limits::{HANDLES, OBJECT_CALLS};

use super::HandleError;
use super::handle::{Handle, TableId, image};
use super::kind::{self, KINDS, Kind};
use super::slots::{Hold, Missed, Refusal, Slots};
use crate::guard;

/// The live objects of one type. A static.
///
/// ```
/// use writemagic_boundary::{Handle, HandleError, Table, close};
///
/// static COUNTERS: Table<u32> = Table::new("counter");
///
/// let handle = COUNTERS.insert(7)?;
/// assert_eq!(*COUNTERS.borrow(handle)?, 7);
/// assert_eq!(close(&COUNTERS, handle, "counter_close"), Ok(true));
/// assert_eq!(close(&COUNTERS, handle, "counter_close"), Ok(false));
/// assert_eq!(COUNTERS.borrow(handle).err(), Some(HandleError::Closed { kind: "counter" }));
/// assert_eq!(COUNTERS.borrow(Handle::from_raw(-1)).err(), Some(HandleError::Forged { expected: "counter" }));
/// # Ok::<(), HandleError>(())
/// ```
pub struct Table<T> {
    name: &'static str,
    /// `None` where there was no number left for the type.
    registered: OnceLock<Option<Registered>>,
    slots: Slots<Counted<T>>,
}

#[derive(Clone, Copy)]
struct Registered {
    id: TableId,
    kind: &'static Kind,
}

/// An object that is counted among the live ones of its type.
struct Counted<T> {
    kind: &'static Kind,
    value: T,
}

impl<T> Counted<T> {
    fn new(kind: &'static Kind, value: T) -> Self {
        kind.came();
        Self { kind, value }
    }
}

impl<T> Drop for Counted<T> {
    fn drop(&mut self) {
        self.kind.went();
    }
}

impl<T> Table<T> {
    const_constructor! {
        /// An empty table of objects that errors call `name`: a word of the API such as `document`.
        pub fn new(name: &'static str) -> Self {
            Self { name, registered: OnceLock::new(), slots: Slots::new() }
        }
    }

    /// Takes an object in. A short lock, which no call waits for.
    ///
    /// # Errors
    /// `too_many_objects` for more than [`HANDLES`] at a time, fewer once places are used up, which takes 16,777,215
    /// objects each; the object is dropped then.
    pub fn insert(&self, value: T) -> Result<Handle, HandleError> {
        let register =
            || kind::register(self.name).map(|(number, kind)| Registered { id: TableId::of(number), kind });
        let Some(Registered { id, kind }) = *self.registered.get_or_init(register) else {
            return Err(HandleError::TooManyObjects { what: "types of objects", limit: KINDS as u64 });
        };
        match self.slots.insert(Counted::new(kind, value)) {
            Ok(key) => Ok(Handle::new(id, key)),
            Err(_) => Err(HandleError::TooManyObjects { what: self.name, limit: HANDLES }),
        }
    }

    /// The object of this handle, which stays until it is given back, closed meanwhile or not.
    ///
    /// Lock-free. A panic while it is borrowed poisons the object: later borrows are refused and name the place.
    ///
    /// # Errors
    /// Every [`HandleError`] but `too_many_objects`.
    #[inline(always)]
    pub fn borrow(&self, handle: Handle) -> Result<Borrowed<'_, T>, HandleError> {
        if !self.is_own(handle) {
            return Err(self.strange(handle));
        }
        match self.slots.hold(handle.key()) {
            Ok(hold) => Ok(Borrowed { hold, was_calm: !thread::panicking() }),
            Err(missed) => Err(self.refusal(handle, missed)),
        }
    }

    /// Lets no later call borrow the object, and drops it here if none works with it; else the last one does.
    /// `false` where it was closed before.
    ///
    /// # Panics
    /// If the object's destructor does. The table is done with the object by then.
    pub(crate) fn close(&self, handle: Handle) -> Result<bool, HandleError> {
        if !self.is_own(handle) {
            return Err(self.strange(handle));
        }
        match self.slots.close(handle.key()) {
            Ok(value) => {
                drop(value);
                Ok(true)
            }
            Err(missed) => match self.refusal(handle, missed) {
                HandleError::Closed { .. } | HandleError::Closing { .. } => Ok(false),
                error => Err(error),
            },
        }
    }

    /// Whether image and kind of the handle are those of this table.
    #[inline(always)]
    fn is_own(&self, handle: Handle) -> bool {
        matches!(self.registered.get(), Some(Some(Registered { id, .. })) if *id == handle.table())
    }

    /// What a handle is that is none of this table.
    #[cold]
    #[inline(never)]
    fn strange(&self, handle: Handle) -> HandleError {
        let expected = self.name;
        match (handle.raw(), handle.table().image()) {
            (0, _) => HandleError::Null { expected },
            (..0, _) | (_, 0) => HandleError::Forged { expected },
            (_, image_of_handle) if image_of_handle != image() => HandleError::Foreign { expected },
            _ => match kind::by_number(handle.table().kind()) {
                Some(kind) => HandleError::WrongType { expected, found: kind.name },
                None => HandleError::Forged { expected },
            },
        }
    }

    /// Why a handle of this table leads to no object.
    #[cold]
    #[inline(never)]
    fn refusal(&self, handle: Handle, missed: Missed) -> HandleError {
        let kind = self.name;
        match self.slots.explain(handle.key(), missed) {
            Refusal::Forged => HandleError::Forged { expected: kind },
            Refusal::Closed => HandleError::Closed { kind },
            Refusal::Closing => HandleError::Closing { kind },
            Refusal::Poisoned(place) => HandleError::Poisoned { kind, place },
            Refusal::TooManyCalls => HandleError::TooManyCalls { kind, limit: OBJECT_CALLS },
        }
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An object that somebody works with. Given back when it is dropped; where that is the last call of a closed object,
/// the object goes, and a panic of its destructor is caught and logged.
#[must_use]
pub struct Borrowed<'t, T> {
    hold: Hold<'t, Counted<T>>,
    /// The thread did not panic when the call began: if it does at the end, it was here.
    was_calm: bool,
}

impl<T> Deref for Borrowed<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.hold.value().value
    }
}

impl<T> Drop for Borrowed<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        if thread::panicking() && self.was_calm {
            self.hold.poison(guard::place_of_panic());
        }
    }
}

impl<T> fmt::Debug for Borrowed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Borrowed").finish_non_exhaustive()
    }
}
