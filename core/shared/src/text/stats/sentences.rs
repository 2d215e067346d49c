//! Sentences of a block in masks: rules SB3 to SB11 of Unicode Annex #29.
//!
//! A sentence is counted at its first letter or number. Where a full stop may or may not end one (SB8: "etc. (or so)
//! and on"), it is taken for an end, and one count is taken back when a lower case letter shows that it was none.

use super::bits::{before, count, fill};

/// What a block needs to know of the text before it; every field is 0 or 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Carry {
    cased: u64,
    full_stop: u64,
    /// A full stop behind a cased letter.
    cased_stop: u64,
    /// Behind a terminator and closing characters; of a full stop.
    closed: u64,
    closed_stop: u64,
    /// Behind those and spaces.
    tail: u64,
    tail_stop: u64,
    paragraph: u64,
    /// The sentence so far has been counted.
    counted: u64,
    /// An end is undecided that follows a counted sentence.
    undecided: u64,
}

/// The classes of the characters of a block, at their last bytes.
pub(super) struct Classes {
    pub(super) upper: u64,
    pub(super) lower: u64,
    pub(super) other_letter: u64,
    pub(super) number: u64,
    /// All terminators, full stops included.
    pub(super) terminator: u64,
    pub(super) full_stop: u64,
    pub(super) close: u64,
    pub(super) space: u64,
    pub(super) continues: u64,
    /// Line and paragraph ends.
    pub(super) paragraph: u64,
    pub(super) alphanumeric: u64,
    /// Bytes that are no end of a character, and ignored characters.
    pub(super) gaps: u64,
}

impl Classes {
    /// From the bits of a class byte, lowest first.
    #[inline(always)]
    pub(super) fn of(planes: [u64; 8], ends: u64) -> Self {
        let [plane0, plane1, plane2, plane3, plane4, plane5, ignored, alphanumeric] = planes;
        let terminator = plane3 & !plane5;
        Self {
            upper: plane0 & !plane1,
            lower: plane1 & !plane0,
            other_letter: plane0 & plane1,
            number: plane2 & !plane3,
            terminator,
            full_stop: terminator & plane2,
            close: plane4 & !plane5,
            space: plane5 & !plane4 & !plane3,
            continues: plane4 & plane5,
            paragraph: plane3 & plane5,
            alphanumeric,
            gaps: !ends | ignored,
        }
    }
}

/// Counts the sentences of a block.
#[inline(always)]
pub(super) fn block(carry: &mut Carry, classes: &Classes) -> u64 {
    let Classes { upper, lower, other_letter, terminator, full_stop, paragraph, gaps, alphanumeric, .. } =
        *classes;
    let cased = upper | lower;
    if (terminator | paragraph | carry.tail | carry.paragraph | carry.undecided) == 0 {
        before(cased, gaps, &mut carry.cased);
        carry.full_stop = 0;
        carry.cased_stop = 0;
        let any = u64::from(alphanumeric != 0);
        let news = any & !carry.counted;
        carry.counted |= any;
        return news;
    }
    let cased_before = before(cased, gaps, &mut carry.cased);
    let stop_before = before(full_stop, gaps, &mut carry.full_stop);
    let cased_stop_before = before(full_stop & cased_before, gaps, &mut carry.cased_stop);

    // Behind a terminator: closing characters, then spaces.
    let closing = classes.close | gaps;
    let spacing = classes.space | gaps;
    let closed = terminator | fill(closing, terminator << 1 | carry.closed);
    let closed_before = closed << 1 | carry.closed;
    let tail_before = before(closed, spacing, &mut carry.tail);
    let closed_stop = full_stop | fill(closing, full_stop << 1 | carry.closed_stop);
    let tail_stop_before = before(closed_stop, spacing, &mut carry.tail_stop);
    carry.closed = closed >> 63;
    carry.closed_stop = closed_stop >> 63;

    let goes_on = classes.close & closed_before | classes.space | paragraph | classes.continues | terminator;
    let candidate = !gaps & tail_before & !goes_on;
    let letter = cased | other_letter;
    let certain = candidate & (!tail_stop_before | upper | other_letter) & !(upper & cased_stop_before);
    let undecided = candidate & tail_stop_before & !letter & !(classes.number & stop_before);

    let paragraph_before = paragraph << 1 | carry.paragraph;
    carry.paragraph = paragraph >> 63;
    let start = certain | undecided | paragraph_before;
    let counted = alphanumeric | fill(!start, alphanumeric << 1 | carry.counted);
    let counted_before = counted << 1 | carry.counted;
    carry.counted = counted >> 63;
    let news = alphanumeric & (start | !counted_before);

    let deciding = letter | paragraph | terminator;
    let waiting = before(undecided & counted_before, gaps | !deciding, &mut carry.undecided);
    count(news).wrapping_sub(count(lower & waiting))
}
