//! The walk over rows that all kernels share: four rows at a time, so that each part of the query is loaded once for
//! four.

use super::super::{DIMENSION_STEP, MOST_DIMENSIONS};

/// Rows that are compared together.
const TOGETHER: usize = 4;
/// The most steps of a query, those of the narrowest kernel.
const MOST_STEPS: usize = MOST_DIMENSIONS / DIMENSION_STEP;

/// What a kernel knows: how to multiply and add `STEP` dimensions. A value proves that the processor has the
/// instructions. Every method must be `#[inline(always)]`: only code that is inlined into a function compiled for the
/// instructions uses them.
pub(super) trait Products<const STEP: usize>: Copy {
    /// Part of a query, as [`Products::add`] wants it.
    type Part: Copy;
    /// Sums in 32 bits, several side by side.
    type Sums: Copy;

    fn part(self, query: &[i8; STEP]) -> Self::Part;
    fn zero(self) -> Self::Sums;
    /// Adds the products of a part and the same dimensions of a row.
    fn add(self, sums: Self::Sums, part: Self::Part, row: &[i8; STEP]) -> Self::Sums;
    /// For each row, its sums added up.
    fn totals(self, sums: [Self::Sums; TOGETHER]) -> [i32; TOGETHER];
}

/// The dot products of `query` with all rows. Lengths are checked by the caller.
#[inline(always)]
pub(super) fn dot<const STEP: usize, P: Products<STEP>>(
    products: P,
    query: &[i8],
    rows: &[i8],
    scores: &mut [i32],
) {
    let dimensions = query.len();
    let (steps, rest) = query.as_chunks::<STEP>();
    let mut parts = [products.part(&[0; STEP]); MOST_STEPS];
    for (part, step) in parts.iter_mut().zip(steps) {
        *part = products.part(step);
    }
    let parts = &parts[..steps.len()];
    let last = (!rest.is_empty()).then(|| products.part(&padded(rest)));

    let groups = rows.chunks_exact(TOGETHER * dimensions);
    let left = groups.remainder();
    let mut places = scores.chunks_exact_mut(TOGETHER);
    for (group, scores) in groups.zip(&mut places) {
        let (first, second) = group.split_at(2 * dimensions);
        let ((a, b), (c, d)) = (first.split_at(dimensions), second.split_at(dimensions));
        let rows = [a, b, c, d];
        let mut sums = [products.zero(); TOGETHER];
        let [a, b, c, d] = rows.map(|row| row.as_chunks().0);
        for (part, ((a, b), (c, d))) in parts.iter().zip(a.iter().zip(b).zip(c.iter().zip(d))) {
            for (sums, row) in sums.iter_mut().zip([a, b, c, d]) {
                *sums = products.add(*sums, *part, row);
            }
        }
        if let Some(part) = last {
            for (sums, row) in sums.iter_mut().zip(rows) {
                *sums = products.add(*sums, part, &padded(row.as_chunks::<STEP>().1));
            }
        }
        scores.copy_from_slice(&products.totals(sums));
    }
    for (row, score) in left.chunks_exact(dimensions).zip(places.into_remainder()) {
        let (steps, rest) = row.as_chunks();
        let mut sums = products.zero();
        for (part, row) in parts.iter().zip(steps) {
            sums = products.add(sums, *part, row);
        }
        if let Some(part) = last {
            sums = products.add(sums, part, &padded(rest));
        }
        let [total, ..] = products.totals([sums; TOGETHER]);
        *score = total;
    }
}

/// What is left behind the last whole step, with zeros behind it.
#[inline(always)]
fn padded<const STEP: usize>(rest: &[i8]) -> [i8; STEP] {
    let mut padded = [0; STEP];
    for (place, number) in padded.iter_mut().zip(rest) {
        *place = *number;
    }
    padded
}
