//! What both FFI layers need and neither should have twice: the way of a call from another language into the engine, and
//! of what comes of it back.
//!
//! | Part | What it promises |
//! | --- | --- |
//! | [`handles`] | objects behind numbers: no number that the app passes, whatever it is, reaches memory that is not its object |
//! | [`guard`](mod@guard) | no panic leaves the engine, and none is silent |
//! | [`Failure`] | any error of the engine as a number, a word, a sentence and values |
//! | [`error_codes`] | the table of codes as Kotlin and as Swift |
//!
//! [`call`] is all of it for one function. What does not live here: anything of one platform, anything that knows a
//! document.

mod entry;
pub mod error_codes;
mod failure;
pub mod guard;
pub mod handles;

pub use entry::{call, close};
pub use failure::Failure;
pub use guard::{Panic, Place, contain, guard};
pub use handles::{Borrowed, Handle, HandleError, Table, census};
