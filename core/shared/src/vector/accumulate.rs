//! Sums of rows: what the vector of a text is made of.

use super::{VectorError, check_length};
use crate::text::dispatch::{Path, wide};

/// Adds `row` times `scale` to `sum`, dimension by dimension: one rounded product, one rounded addition, never fused.
///
/// The same bits on every processor as long as no sum is NaN. Any number of dimensions; linear in it.
///
/// # Errors
/// [`VectorError::Length`] when the two have different lengths; nothing is added then.
pub fn add_scaled(row: &[i8], scale: f32, sum: &mut [f32]) -> Result<(), VectorError> {
    add_scaled_on(Path::current(), row, scale, sum)
}

pub(super) fn add_scaled_on(path: Path, row: &[i8], scale: f32, sum: &mut [f32]) -> Result<(), VectorError> {
    check_length(row.len(), Some(sum.len()))?;
    wide::run(path, AddScaled { row, scale, sum });
    Ok(())
}

struct AddScaled<'a> {
    row: &'a [i8],
    scale: f32,
    sum: &'a mut [f32],
}

impl wide::Loop for AddScaled<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        // Rust never fuses the two, whatever the processor has.
        for (sum, number) in self.sum.iter_mut().zip(self.row) {
            *sum += f32::from(*number) * self.scale;
        }
    }
}
