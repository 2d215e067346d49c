//! Lengths of vectors.

use crate::text::dispatch::{Path, wide};

/// Sums side by side: as many as the widest register has of 64 bits.
const LANES: usize = 8;

/// The length of `vector`: the square root of the sum of its squares.
///
/// In 64 bits, where no square of a 32-bit number is rounded, overflows or vanishes. The sum of squares has one order:
/// dimension *n* belongs to lane *n* mod 8; lanes are added as ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)). The same bits on
/// every processor, unless a dimension is no number: then the length is none either. Any number of dimensions; linear in
/// it.
pub fn norm(vector: &[f32]) -> f64 {
    norm_on(Path::current(), vector)
}

/// Divides `vector` by its length, in 64 bits, and gives the length it had.
///
/// Leaves it as it was when its length is 0 or not finite: such a vector has no direction.
pub fn normalise(vector: &mut [f32]) -> f64 {
    normalise_on(Path::current(), vector)
}

pub(super) fn norm_on(path: Path, vector: &[f32]) -> f64 {
    wide::run(path, Squares { vector }).sqrt()
}

pub(super) fn normalise_on(path: Path, vector: &mut [f32]) -> f64 {
    let norm = norm_on(path, vector);
    if norm > 0.0 && norm.is_finite() {
        wide::run(path, Divide { vector, by: norm });
    }
    norm
}

struct Squares<'a> {
    vector: &'a [f32],
}

impl wide::Loop for Squares<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let mut lanes = [0.0; LANES];
        let (steps, rest) = self.vector.as_chunks::<LANES>();
        for step in steps {
            for (lane, number) in lanes.iter_mut().zip(step) {
                *lane += f64::from(*number) * f64::from(*number);
            }
        }
        for (lane, number) in lanes.iter_mut().zip(rest) {
            *lane += f64::from(*number) * f64::from(*number);
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}

struct Divide<'a> {
    vector: &'a mut [f32],
    by: f64,
}

impl wide::Loop for Divide<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for number in self.vector {
            *number = (f64::from(*number) / self.by) as f32;
        }
    }
}
