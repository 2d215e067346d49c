//! Masks over a block of 64 bytes, one bit a byte, and how a property moves along them.
//!
//! A character stands at its last byte. What lies between two characters that matter, the other bytes of a
//! character and whole characters that a rule ignores, are *gaps*. "The character before" is then a matter of
//! additions: a carry runs through a gap as through ones.

/// The positions of `run` that are reached from `seeds`, going up through neighbours in `run`.
#[inline(always)]
pub(super) fn fill(run: u64, seeds: u64) -> u64 {
    let seeds = seeds & run;
    run & (!run.wrapping_add(seeds) | seeds)
}

/// For each position that is no gap, whether the last such position before it is in `mask`; others are not set.
/// No gap may be in `mask`.
///
/// `carry` is 0 or 1: the answer for the position before the block on entry, for the one behind it on return.
#[inline(always)]
pub(super) fn before(mask: u64, gaps: u64, carry: &mut u64) -> u64 {
    debug_assert_eq!(mask & gaps, 0, "a gap cannot be looked for");
    // Behind a position of the mask lies the answer, or a run of gaps that the addition carries it across.
    let (sum, beyond) = (mask << 1 | *carry).overflowing_add(gaps);
    *carry = u64::from(beyond) | mask >> 63;
    sum & !gaps
}

/// For each position whether a walk from `mask` on through `run` reaches the one before it. `mask` may be in `run`.
///
/// `carry` as in [`before`].
#[inline(always)]
pub(super) fn behind(mask: u64, run: u64, carry: &mut u64) -> u64 {
    let reached = mask | fill(run, mask << 1 | *carry);
    let behind = reached << 1 | *carry;
    *carry = reached >> 63;
    behind
}

/// How many bits are set.
#[inline(always)]
pub(super) fn count(mask: u64) -> u64 {
    u64::from(mask.count_ones())
}

/// The positions of the set bits, lowest first.
#[inline(always)]
pub(in crate::text) fn positions(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let position = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (position < 64).then_some(position as usize)
    })
}
