//! Numbers, columns and records as bytes, read by decoders that trust nothing.
//!
//! | Part | What it writes and reads |
//! | --- | --- |
//! | [`put_varint`], [`put_varints`], [`Reader`] | LEB128 varints, one by one and by the column; byte strings |
//! | [`zigzag`], [`unzigzag`] | numbers of either sign as small unsigned ones |
//! | [`put_deltas`], [`Deltas`]; [`put_ascending`], [`Ascending`] | columns of numbers as differences |
//! | [`RunWriter`], [`Runs`] | columns of values that repeat |
//! | [`frame`] | records with length, type and checksum, one after the other in a file or a message |
//!
//! Used by the row formats of the storage crate. Every decoder advances by what it gives, so that no list can claim
//! more entries than it has bytes; nothing is allocated or repeated because a number says so. What a value may be is for
//! the caller to bound. Writers never fail for a valid value and always write the shortest form.

mod delta;
pub mod frame;
mod reader;
mod run_length;
mod varint;
mod zigzag;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use self::delta::{Ascending, Deltas, Descends, put_ascending, put_deltas};
pub use self::reader::Reader;
pub use self::run_length::{Run, RunWriter, Runs};
pub use self::varint::{put_varint, put_varints};
pub use self::zigzag::{unzigzag, zigzag};

/// Bytes that are not what the format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end inside a value, or before as many values as were expected.
    #[error("the bytes end inside a value")]
    Truncated,
    /// A varint is longer than 64 bits.
    #[error("a number has more than 64 bits")]
    Overlong,
    /// A number is over the bound that the caller named.
    #[error("a number is over its bound")]
    OutOfRange,
    /// A run of no values.
    #[error("a run is empty")]
    EmptyRun,
}
