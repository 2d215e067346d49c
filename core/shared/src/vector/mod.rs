//! Arithmetic on vectors that stand for the meaning of texts: pure functions over slices.
//!
//! Vectors are kept as whole numbers of one byte with one scale a vector; *x* is about `quantised * scale`. A scan
//! compares one such query with every row of a matrix, rows one behind the other.
//!
//! | Function | What it gives |
//! | --- | --- |
//! | [`dot_i8`] | the exact dot product of a query with each row |
//! | [`hamming`] | how many bits of a query differ from those of each row |
//! | [`quantise`] | a vector in one byte a dimension, and its scale |
//! | [`signs`] | a vector in one bit a dimension |
//! | [`add_scaled`] | a row times its scale, added to a sum |
//! | [`norm`], [`normalise`] | the length of a vector; the vector at length 1 |
//!
//! Every function gives the same bits on every processor: whole numbers are exact, each dimension of a sum is computed
//! on its own by one multiplication and one addition, never fused, and a norm is summed in one fixed order. Which
//! implementation runs is decided by [`text::dispatch`](crate::text::dispatch).

mod accumulate;
mod bits;
mod dot;
mod norm;
mod quantise;

use thiserror::Error;

pub use self::accumulate::add_scaled;
pub use self::bits::{hamming, signs};
pub use self::dot::dot_i8;
pub use self::norm::{norm, normalise};
pub use self::quantise::quantise;
use crate::error::{Code, Coded, Details};
use crate::limits;

/// Dimensions come in steps of so many: the width of the narrowest vector register, in bytes.
pub const DIMENSION_STEP: usize = 16;
/// [`limits::VECTOR_DIMENSIONS`] as a length.
const MOST_DIMENSIONS: usize = limits::VECTOR_DIMENSIONS as usize;

/// Vectors that do not fit together, or are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VectorError {
    /// A number of dimensions that no kernel takes.
    #[error(
        "{dimensions} dimensions are not a multiple of {DIMENSION_STEP} from {DIMENSION_STEP} to {MOST_DIMENSIONS}"
    )]
    Dimensions {
        /// What was given.
        dimensions: u64,
    },
    /// Slices whose lengths contradict each other.
    #[error("a slice has {found} elements instead of {expected}")]
    Length {
        /// The length that follows from the other slices.
        expected: u64,
        /// The length it has.
        found: u64,
    },
    /// An infinity, or no number.
    #[error("a dimension of the vector is not a finite number")]
    NotFinite,
}

impl Coded for VectorError {
    fn code(&self) -> Code {
        match self {
            VectorError::Dimensions { dimensions } if *dimensions > limits::VECTOR_DIMENSIONS => {
                Code::LimitExceeded
            }
            VectorError::Dimensions { .. } | VectorError::Length { .. } | VectorError::NotFinite => {
                Code::InvalidArgument
            }
        }
    }

    fn details(&self) -> Details {
        let none = Details::none();
        match *self {
            VectorError::Dimensions { dimensions } => none
                .with("what", "vector_dimensions")
                .with("value", dimensions)
                .with("limit", limits::VECTOR_DIMENSIONS),
            VectorError::Length { expected, found } => none.with("expected", expected).with("found", found),
            VectorError::NotFinite => none.with("what", "vector").with("reason", "not finite"),
        }
    }
}

/// Whether kernels take vectors of so many dimensions: a multiple of [`DIMENSION_STEP`], up to
/// [`limits::VECTOR_DIMENSIONS`].
///
/// # Errors
/// [`VectorError::Dimensions`] when they do not.
pub fn check_dimensions(dimensions: usize) -> Result<(), VectorError> {
    let takes =
        (DIMENSION_STEP..=MOST_DIMENSIONS).contains(&dimensions) && dimensions.is_multiple_of(DIMENSION_STEP);
    if takes { Ok(()) } else { Err(VectorError::Dimensions { dimensions: dimensions as u64 }) }
}

fn check_length(found: usize, expected: Option<usize>) -> Result<(), VectorError> {
    match expected {
        Some(expected) if expected == found => Ok(()),
        // More than can be addressed: no slice is so long.
        _ => Err(VectorError::Length {
            expected: expected.map_or(u64::MAX, |expected| expected as u64),
            found: found as u64,
        }),
    }
}

/// The same bytes as signed numbers: rows of a matrix as they stand in a file.
#[allow(unsafe_code, reason = "the standard library has no safe cast of slices")]
pub fn as_signed(bytes: &[u8]) -> &[i8] {
    // SAFETY: `i8` has the size and alignment of `u8`, and every pattern of bits is a value of it.
    unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast::<i8>(), bytes.len()) }
}

#[cfg(test)]
mod tests;
