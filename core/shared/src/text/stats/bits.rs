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

/// For each position whether the last character before it that is no gap is in `mask`; in other words, whether a run
/// from `mask` on through `gaps` covers the position before it.
///
/// `carry` is 0 or 1: the answer for the position before the block on entry, for the one behind it on return.
#[inline(always)]
pub(super) fn before(mask: u64, gaps: u64, carry: &mut u64) -> u64 {
    let reached = mask | fill(gaps, mask << 1 | *carry);
    let before = reached << 1 | *carry;
    *carry = reached >> 63;
    before
}

/// How many bits are set.
#[inline(always)]
pub(super) fn count(mask: u64) -> u64 {
    u64::from(mask.count_ones())
}

/// The positions of the set bits, lowest first.
#[inline(always)]
pub(super) fn positions(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let position = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (position < 64).then_some(position as usize)
    })
}
