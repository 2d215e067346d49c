//! Sentences of a block in masks: rules SB3 to SB11 of Unicode Annex #29.
//!
//! A sentence is counted at its first letter or number. Where a full stop may or may not end one (SB8: "etc. (or so)
//! and on"), it is taken for an end, and one count is taken back when a lower case letter shows that it was none.

use super::bits::{before, behind, count, fill};
use super::kernel::Planes;
use super::simd::Simd;

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

/// Says what the characters of a block are, at their last bytes. Most blocks need the first four only.
pub(super) trait Classes {
    /// Letters of upper or lower case.
    fn cased(&self) -> u64;
    /// Terminators, full stops included, and line and paragraph ends.
    fn terminal(&self) -> u64;
    fn alphanumeric(&self) -> u64;
    /// Bytes that are no end of a character, and ignored characters.
    fn gaps(&self) -> u64;
    /// White space, line and paragraph ends included.
    fn white(&self) -> u64;
    fn all(&self) -> All;
}

/// What the rules need near the end of a sentence.
pub(super) struct All {
    pub(super) upper: u64,
    pub(super) lower: u64,
    pub(super) other_letter: u64,
    pub(super) number: u64,
    pub(super) full_stop: u64,
    pub(super) close: u64,
    pub(super) continues: u64,
    pub(super) paragraph: u64,
}

/// The bits of `SENTENCE_BYTES`.
pub(super) struct General<S: Simd> {
    pub(super) planes: Planes<S>,
    pub(super) ends: u64,
    /// If it is known.
    pub(super) alphanumeric: Option<u64>,
}

impl<S: Simd> Classes for General<S> {
    #[inline(always)]
    fn cased(&self) -> u64 {
        self.planes.bit::<7>() ^ self.planes.bit::<6>()
    }

    #[inline(always)]
    fn terminal(&self) -> u64 {
        self.planes.bit::<4>()
    }

    #[inline(always)]
    fn alphanumeric(&self) -> u64 {
        self.alphanumeric.unwrap_or_else(|| self.planes.bit::<0>())
    }

    #[inline(always)]
    fn gaps(&self) -> u64 {
        !self.ends | self.planes.bit::<1>()
    }

    #[inline(always)]
    fn white(&self) -> u64 {
        self.planes.bit::<2>() & !self.planes.bit::<3>()
    }

    #[inline(always)]
    fn all(&self) -> All {
        let (plane0, plane1, plane2) =
            (self.planes.bit::<7>(), self.planes.bit::<6>(), self.planes.bit::<5>());
        let (plane3, plane4, plane5) =
            (self.planes.bit::<4>(), self.planes.bit::<3>(), self.planes.bit::<2>());
        All {
            upper: plane0 & !plane1,
            lower: plane1 & !plane0,
            other_letter: plane0 & plane1,
            number: plane2 & !plane3,
            full_stop: plane3 & plane2,
            close: plane4 & !plane5,
            continues: plane4 & plane5,
            paragraph: plane3 & plane5,
        }
    }
}

/// Counts the sentences of a block.
#[inline(always)]
pub(super) fn block(carry: &mut Carry, classes: &impl Classes) -> u64 {
    let (cased, gaps, alphanumeric) = (classes.cased(), classes.gaps(), classes.alphanumeric());
    let terminal = classes.terminal();
    if (terminal | carry.tail | carry.paragraph | carry.undecided) == 0 {
        before(cased, gaps, &mut carry.cased);
        carry.full_stop = 0;
        carry.cased_stop = 0;
        let any = u64::from(alphanumeric != 0);
        let news = any & !carry.counted;
        carry.counted |= any;
        return news;
    }
    let All { upper, lower, other_letter, number, full_stop, close, continues, paragraph } = classes.all();
    let terminator = terminal & !paragraph;
    let space = classes.white() & !paragraph;
    let cased_before = before(cased, gaps, &mut carry.cased);
    let stop_before = before(full_stop, gaps, &mut carry.full_stop);
    let cased_stop_before = before(full_stop & cased_before, gaps, &mut carry.cased_stop);

    // Behind a terminator: closing characters, then spaces.
    let closing = close | gaps;
    let spacing = space | gaps;
    let closed = terminator | fill(closing, terminator << 1 | carry.closed);
    let closed_before = closed << 1 | carry.closed;
    let tail_before = behind(closed, spacing, &mut carry.tail);
    let closed_stop = full_stop | fill(closing, full_stop << 1 | carry.closed_stop);
    let tail_stop_before = behind(closed_stop, spacing, &mut carry.tail_stop);
    carry.closed = closed >> 63;
    carry.closed_stop = closed_stop >> 63;

    let goes_on = close & closed_before | space | paragraph | continues | terminator;
    let candidate = !gaps & tail_before & !goes_on;
    let letter = cased | other_letter;
    let certain = candidate & (!tail_stop_before | upper | other_letter) & !(upper & cased_stop_before);
    let undecided = candidate & tail_stop_before & !letter & !(number & stop_before);

    let paragraph_before = paragraph << 1 | carry.paragraph;
    carry.paragraph = paragraph >> 63;
    let start = certain | undecided | paragraph_before;
    let counted = alphanumeric | fill(!start, alphanumeric << 1 | carry.counted);
    let counted_before = counted << 1 | carry.counted;
    carry.counted = counted >> 63;
    let news = alphanumeric & (start | !counted_before);

    let deciding = letter | paragraph | terminator;
    let waiting = behind(undecided & counted_before, gaps | !deciding, &mut carry.undecided);
    count(news).wrapping_sub(count(lower & waiting))
}
