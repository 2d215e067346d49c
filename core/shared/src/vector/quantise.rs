//! Vectors in one byte a dimension.

use super::{VectorError, check_length};
use crate::text::dispatch::{Path, wide};

/// Writes `vector` as whole numbers from -127 to 127 and gives the scale: dimension *n* is about `quantised[n] * scale`.
///
/// The scale is the largest absolute value divided by 127; each dimension divided by the scale is rounded to the nearest
/// whole number, halves to the even one. Both divisions are rounded as IEEE 754 asks, so the answer is the same on every
/// processor. -128 never comes out. A vector of zeros, or of numbers so small that their scale would not be a normal
/// number, gives zeros and the scale 0. Any number of dimensions; linear in it.
///
/// ```
/// use writemagic_shared::vector::quantise;
///
/// let mut quantised = [0; 4];
/// let scale = quantise(&[0.5, -1.27, 0.005, 0.0], &mut quantised)?;
/// assert_eq!(quantised, [50, -127, 0, 0]); // 0.5 of 0.01 is halfway, and 0 is even
/// assert!((scale - 0.01).abs() < 1e-6);
/// # Ok::<(), writemagic_shared::vector::VectorError>(())
/// ```
///
/// # Errors
/// [`VectorError::Length`] when the two have different lengths, [`VectorError::NotFinite`] for infinities and what is no
/// number; nothing is written then.
pub fn quantise(vector: &[f32], quantised: &mut [i8]) -> Result<f32, VectorError> {
    quantise_on(Path::current(), vector, quantised)
}

pub(super) fn quantise_on(path: Path, vector: &[f32], quantised: &mut [i8]) -> Result<f32, VectorError> {
    check_length(quantised.len(), Some(vector.len()))?;
    let largest = f32::from_bits(wide::run(path, Largest { vector }));
    if !largest.is_finite() {
        return Err(VectorError::NotFinite);
    }
    let scale = largest / 127.0;
    if scale < f32::MIN_POSITIVE {
        quantised.fill(0);
        return Ok(0.0);
    }
    wide::run(path, Rounded { vector, scale, quantised });
    Ok(scale)
}

/// The bits of the largest absolute value: without the sign, numbers are ordered as their bits are, and infinity and
/// what is no number come last.
struct Largest<'a> {
    vector: &'a [f32],
}

impl wide::Loop for Largest<'_> {
    type Output = u32;

    #[inline(always)]
    fn run(self) -> u32 {
        self.vector.iter().fold(0, |largest, number| largest.max(number.to_bits() & !(1 << 31)))
    }
}

/// 1.5 × 2²³. Numbers of this size have no bits below one, so that adding it rounds a small number to a whole one, halves
/// to even, and leaves that in the lowest bits.
const WHOLE: f32 = 12_582_912.0;

struct Rounded<'a> {
    vector: &'a [f32],
    scale: f32,
    quantised: &'a mut [i8],
}

impl wide::Loop for Rounded<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (quantised, number) in self.quantised.iter_mut().zip(self.vector) {
            // At most 127 and a few millionths: the scale is within one rounding of a 127th of the largest.
            *quantised = (number / self.scale + WHOLE).to_bits() as i8;
        }
    }
}
