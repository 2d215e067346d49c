//! What almost every native function is: a guard around a handle and a call.

use crate::failure::Failure;
use crate::guard::guard;
use crate::handles::{Handle, Table};

/// Runs `work` with the object of `handle`, as the call `entry`.
///
/// A panic poisons the object and is a [`Failure`] here.
///
/// ```
/// use writemagic_boundary::{Failure, HandleError, Table, call};
/// use writemagic_shared::error::Code;
///
/// static WORDS: Table<String> = Table::new("word");
///
/// let handle = WORDS.insert("moth".to_owned())?;
/// assert_eq!(call(&WORDS, handle, "word_length", |word| Ok::<_, Failure>(word.len())), Ok(4));
///
/// let failure = call(&WORDS, handle, "word_break", |_| -> Result<(), Failure> { panic!("broken") }).unwrap_err();
/// assert_eq!(failure.code(), Code::Panic);
/// let failure = call(&WORDS, handle, "word_length", |word| Ok::<_, Failure>(word.len())).unwrap_err();
/// assert_eq!(failure.code(), Code::ObjectPoisoned);
/// # Ok::<(), HandleError>(())
/// ```
///
/// # Errors
/// Those of [`Table::borrow`] and of `work`, and `panic`.
#[inline]
pub fn call<T, R, E: Into<Failure>>(
    table: &Table<T>,
    handle: Handle,
    entry: &'static str,
    work: impl FnOnce(&T) -> Result<R, E>,
) -> Result<R, Failure> {
    guard(entry, || {
        let object = table.borrow(handle)?;
        work(&object).map_err(E::into)
    })
}

/// Closes the object of `handle`, as the call `entry`; `false` where it was closed before.
///
/// Calls that run finish, later ones fail. The object is dropped here if there is none, else by the last of them.
///
/// # Errors
/// A handle that never was one of this table; `panic` where the object's destructor panics here. The object is closed
/// then, too.
pub fn close<T>(table: &Table<T>, handle: Handle, entry: &'static str) -> Result<bool, Failure> {
    guard(entry, || table.close(handle))
}
