//! Live objects behind numbers that the app holds, checked on every call without a global lock.
//!
//! A [`Table`] a type, a static. An object that goes in gets a [`Handle`]; [`Table::borrow`] finds it again or says
//! exactly why not; [`close`](crate::close) takes it out. Closing while calls run is fine: they finish, later ones fail
//! at once, and whoever comes last drops the object, outside any lock.
//!
//! | Part | What it does |
//! | --- | --- |
//! | `handle` | the bits of a handle, and which copy of the library it is of |
//! | `kind` | the types there are, by number, and how many objects of each live |
//! | `slot` | one place for an object: a word that counts its calls, and the object |
//! | `slots` | all places of one table, in chunks that never move, and which of them are vacant |
//! | `table` | the two ends together: handles in, objects out |

/// A constructor that is `const`, so that tables can be statics; in models, whose atomics have no constant
/// constructor, it is a plain one.
macro_rules! const_constructor {
    ($(#[$attribute:meta])* $visibility:vis fn new($($argument:ident: $type:ty),*) -> Self $body:block) => {
        #[cfg(not(loom))]
        $(#[$attribute])*
        $visibility const fn new($($argument: $type),*) -> Self $body

        #[cfg(loom)]
        $(#[$attribute])*
        $visibility fn new($($argument: $type),*) -> Self $body
    };
}

mod error;
mod handle;
mod kind;
mod slot;
mod slots;
mod table;

pub use error::HandleError;
pub use handle::Handle;
pub use kind::census;
pub use table::{Borrowed, Table};

#[cfg(test)]
mod tests;
