//! Vectors in one bit a dimension: an eighth of the bytes that a scan reads otherwise, for finding what is worth an
//! exact look.

use super::{VectorError, check_dimensions, check_length};
use crate::text::dispatch::{Path, wide};

/// Writes a bit for each dimension of `vector`: 1 where it is above 0. Dimension *n* is bit *n* mod 8 of byte *n* / 8.
///
/// # Errors
/// [`VectorError::Dimensions`], and [`VectorError::Length`] when `bits` is not an eighth as long; nothing is written then.
pub fn signs(vector: &[f32], bits: &mut [u8]) -> Result<(), VectorError> {
    check_dimensions(vector.len())?;
    check_length(bits.len(), Some(vector.len() / 8))?;
    for (byte, numbers) in bits.iter_mut().zip(vector.as_chunks::<8>().0) {
        *byte = numbers.iter().rev().fold(0, |byte, number| byte << 1 | u8::from(*number > 0.0));
    }
    Ok(())
}

/// Writes to `distances` how many bits of `query` differ from those of each row of `rows`.
///
/// `query` has an eighth of the dimensions in bytes; `rows` holds `distances.len()` rows of so many, one behind the other,
/// at any address. Linear in `rows`.
///
/// # Errors
/// [`VectorError::Dimensions`] and [`VectorError::Length`]; nothing is written then.
pub fn hamming(query: &[u8], rows: &[u8], distances: &mut [u32]) -> Result<(), VectorError> {
    hamming_on(Path::current(), query, rows, distances)
}

pub(super) fn hamming_on(
    path: Path,
    query: &[u8],
    rows: &[u8],
    distances: &mut [u32],
) -> Result<(), VectorError> {
    check_dimensions(query.len().saturating_mul(8))?;
    check_length(rows.len(), query.len().checked_mul(distances.len()))?;
    match query.len() {
        // The usual lengths, known to the compiler.
        8 => wide::run(path, Differing::<8> { query, rows, distances }),
        16 => wide::run(path, Differing::<16> { query, rows, distances }),
        32 => wide::run(path, Differing::<32> { query, rows, distances }),
        _ => wide::run(path, Differing::<0> { query, rows, distances }),
    }
    Ok(())
}

/// Rows of `BYTES` bytes, or of any length where that is 0.
struct Differing<'a, const BYTES: usize> {
    query: &'a [u8],
    rows: &'a [u8],
    distances: &'a mut [u32],
}

impl<const BYTES: usize> wide::Loop for Differing<'_, BYTES> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let bytes = if BYTES == 0 { self.query.len() } else { BYTES };
        let query = &self.query[..bytes];
        for (row, distance) in self.rows.chunks_exact(bytes).zip(self.distances) {
            *distance = differing(query, row);
        }
    }
}

#[inline(always)]
fn differing(query: &[u8], row: &[u8]) -> u32 {
    let ((query, query_rest), (row, row_rest)) = (query.as_chunks::<8>(), row.as_chunks::<8>());
    let words =
        query.iter().zip(row).map(|(a, b)| (u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b)).count_ones());
    let rest = query_rest.iter().zip(row_rest).map(|(a, b)| (a ^ b).count_ones());
    words.sum::<u32>() + rest.sum::<u32>()
}
