//! Words of a block in masks: rules WB3c to WB16 of Unicode Annex #29.
//!
//! A word is counted at its first letter or number. Whether that is the first one of its segment is known from what
//! came before alone: a letter behind `can'` is looked back at, no apostrophe waits for what follows it.

use super::bits::{before, behind, count, fill, positions};
use super::kernel::Planes;
use super::simd::{Raw, Simd};

/// What a block needs to know of the text before it; every field is 0 or 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Carry {
    letter: u64,
    number: u64,
    katakana: u64,
    joiner: u64,
    hebrew: u64,
    /// The character before may bind a letter (number, Hebrew letter) to the one before itself.
    bridges_letter: u64,
    bridges_number: u64,
    bridges_hebrew: u64,
    /// The segment before such a bridge has been counted.
    bridged_counted: u64,
    regional: u64,
    /// The regional indicator before waits for its second.
    regional_open: u64,
    zwj: u64,
    /// The segment so far has been counted.
    counted: u64,
    /// The segment so far is one Han or Kana character.
    single: u64,
    /// Such a segment stands before the bridge (`々`, which is a letter).
    bridged_single: u64,
    /// The fields say more than [`ascii`] and [`plain`] look at.
    odd: bool,
}

/// The classes of the characters of a block, at their last bytes: the bits of `WORD_BYTES`.
pub(super) struct Classes {
    letter: u64,
    number: u64,
    /// Mid-letters, or with `alphanumeric` single Han or Kana characters.
    plane2: u64,
    middle_number: u64,
    plane4: u64,
    plane5: u64,
    ignored: u64,
    pub(super) alphanumeric: u64,
    /// Last bytes of characters.
    ends: u64,
}

impl Classes {
    /// From class bytes; `special` are the characters that have bits 4 or 5.
    #[inline(always)]
    pub(super) fn of<S: Simd>(planes: Planes<S>, special: u64, ends: u64) -> Self {
        let (mut plane4, mut plane5) = (0, 0);
        if special != 0 {
            (plane4, plane5) = (planes.bit::<3>(), planes.bit::<2>());
        }
        Self {
            letter: planes.bit::<7>(),
            number: planes.bit::<6>(),
            plane2: planes.bit::<5>(),
            middle_number: planes.bit::<4>(),
            plane4,
            plane5,
            ignored: planes.bit::<1>(),
            alphanumeric: planes.bit::<0>(),
            ends,
        }
    }

    /// A block of ASCII; `joiners` are its `_`.
    #[inline(always)]
    pub(super) fn of_ascii(classes: &Ascii, joiners: u64) -> Self {
        let Ascii { letter, number, middle_letter, middle_number } = *classes;
        Self {
            letter,
            number,
            plane2: middle_letter,
            middle_number,
            plane4: joiners,
            plane5: 0,
            ignored: 0,
            alphanumeric: letter | number,
            ends: !0,
        }
    }
}

/// What a block adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) words: u64,
    pub(super) ideographs: u64,
}

/// Characters of ASCII that words are made of.
pub(super) struct Ascii {
    pub(super) letter: u64,
    pub(super) number: u64,
    /// `:` `.` `'`
    pub(super) middle_letter: u64,
    /// `,` `;` `.` `'`
    pub(super) middle_number: u64,
}

impl Carry {
    /// Whether a block of ASCII without `_` may go through [`ascii`].
    #[inline(always)]
    pub(super) fn is_plain(&self) -> bool {
        !self.odd
    }
}

/// Counts the words of a block of ASCII without `_`, where the carry is plain.
#[inline(always)]
pub(super) fn ascii(carry: &mut Carry, classes: &Ascii) -> u64 {
    let Ascii { letter, number, .. } = *classes;
    let word = letter | number;
    let word_before = word << 1 | carry.letter | carry.number;
    let bridges_letter = classes.middle_letter & (letter << 1 | carry.letter);
    let bridges_number = classes.middle_number & (number << 1 | carry.number);
    let bridged = letter & (bridges_letter << 1 | carry.bridges_letter)
        | number & (bridges_number << 1 | carry.bridges_number);
    carry.letter = letter >> 63;
    carry.number = number >> 63;
    carry.bridges_letter = bridges_letter >> 63;
    carry.bridges_number = bridges_number >> 63;
    carry.bridged_counted = (bridges_letter | bridges_number) >> 63;
    carry.counted = word >> 63;
    carry.single = 0;
    count(word & !word_before & !bridged)
}

/// Counts the words of a block without the rarer characters: every letter and number has the property of its name,
/// and no ignored character counts.
#[inline(always)]
fn plain(carry: &mut Carry, classes: &Classes, gaps: u64) -> Counts {
    let Classes { letter, number, plane2, middle_number, ignored, alphanumeric, .. } = *classes;
    let single = plane2 & alphanumeric;
    let letter_before = before(letter, gaps, &mut carry.letter);
    let number_before = before(number, gaps, &mut carry.number);
    let on_letter = before(plane2 & !single & letter_before, gaps, &mut carry.bridges_letter);
    let on_number = before(middle_number & number_before, gaps, &mut carry.bridges_number);
    let joined = letter_before | number_before;
    let inside = letter & (joined | on_letter) | number & (joined | on_number);
    let counting = alphanumeric & !ignored;
    before(counting, gaps, &mut carry.counted);
    before(single, gaps, &mut carry.single);
    carry.bridged_counted = carry.bridges_letter | carry.bridges_number;
    Counts { words: count(counting & !inside), ideographs: count(single) }
}

/// Counts the words of any block.
#[inline(always)]
pub(super) fn general<S: Simd>(carry: &mut Carry, classes: &Classes, raw: Raw<S>) -> Counts {
    let Classes { letter, number, plane2, middle_number, ignored, alphanumeric, ends, .. } = *classes;
    let gaps = !ends | ignored;
    let single = plane2 & alphanumeric;
    let middle_letter = plane2 & !alphanumeric;
    let special = (classes.plane4 | classes.plane5) != 0 || carry.odd;
    if !special && ((letter | number) & !alphanumeric | letter & single) == 0 {
        // Marks that count must stand on a character that has been counted, and not on a single one.
        let counted_before = behind(alphanumeric & !ignored, gaps, &mut { carry.counted });
        let singles = if ignored == 0 { 0 } else { single | carry.single };
        if (ignored & alphanumeric & !counted_before | singles) == 0 {
            return plain(carry, classes, gaps);
        }
    }
    let mut number = number;
    let mut extra = Extra::default();
    if special {
        extra = Extra::of(carry, classes, raw);
        number &= !extra.regional;
    }

    let word = letter | number;
    let letter_before = before(letter, gaps, &mut carry.letter);
    let number_before = before(number, gaps, &mut carry.number);
    let mut joined = word & (letter_before | number_before);
    if special {
        joined |= extra.joined | word & extra.joiner_before;
        joined |= extra.joiner & (letter_before | number_before);
    }

    let on_letter = middle_letter & letter_before;
    let on_number = middle_number & number_before;
    let mut bridged = letter & before(on_letter, gaps, &mut carry.bridges_letter)
        | number & before(on_number, gaps, &mut carry.bridges_number);
    let mut bridges = on_letter | on_number;
    if special {
        bridged |= extra.bridged;
        bridges |= extra.bridges;
    }

    // A run is a segment as far as it is known from its beginning: a bridge and what follows it is another run.
    let run = gaps | joined;
    let silent = bridged & !alphanumeric;
    let mut seeds = alphanumeric;
    let (carry_counted, carry_bridged) = (carry.counted, carry.bridged_counted);
    let (counted_before, bridged_before) = loop {
        let counted = seeds | fill(run, seeds << 1 | carry_counted);
        let counted_before = counted << 1 | carry_counted;
        carry.bridged_counted = carry_bridged;
        let bridged_before = before(bridges & !joined & counted_before, gaps, &mut carry.bridged_counted);
        carry.counted = counted >> 63;
        // A bridged letter that is no letter by its properties (U+02C2) hands on what it was bound to.
        let handed = silent & (counted_before | bridged_before) & !seeds;
        if handed == 0 {
            break (counted_before, bridged_before);
        }
        seeds |= handed;
    };
    let known = run & counted_before | bridged & (counted_before | bridged_before);
    // The bridge was counted for a letter among its marks, but is part of a counted word.
    let twice = bridged & counted_before & bridged_before;
    let words = count(alphanumeric & !known).wrapping_sub(count(twice));

    let mut ideographs = 0;
    if (single | carry.single | carry.bridged_single) != 0 {
        let alone = single & !joined & !bridged;
        let alone_before = before(alone, !ends, &mut carry.single);
        let broken = (joined | ignored) & alone_before
            | bridged & before(bridges & alone_before, gaps, &mut carry.bridged_single);
        ideographs = count(alone).wrapping_sub(count(broken));
    }
    // `ascii` and `plain` take every letter or number for counted, and every bridge for one behind a counted word
    // and without marks that count.
    let word = carry.letter | carry.number;
    let bridged_counted = carry.bridges_letter | carry.bridges_number;
    carry.odd = (word & !carry.counted | word & carry.single | bridged_counted & carry.counted) != 0
        || carry.bridged_counted != bridged_counted
        || (carry.katakana | carry.joiner | carry.hebrew | carry.bridges_hebrew) != 0
        || (carry.regional | carry.zwj | carry.bridged_single) != 0;
    Counts { words, ideographs }
}

/// What the rarer characters add to the rules.
#[derive(Default)]
struct Extra {
    regional: u64,
    joiner: u64,
    joiner_before: u64,
    /// Joined to the character before by the rules that only rarer characters have.
    joined: u64,
    bridges: u64,
    bridged: u64,
}

impl Extra {
    #[inline(always)]
    fn of<S: Simd>(carry: &mut Carry, classes: &Classes, raw: Raw<S>) -> Self {
        let Classes { letter, number, plane4, plane5, ignored, ends, .. } = *classes;
        let gaps = !ends | ignored;
        let zwj = ignored & plane4;
        let plane4 = plane4 & !ignored;
        let regional = plane4 & plane5 & number;
        let pictograph = plane4 & plane5 & !number;
        let joiner = plane4 & !plane5;
        let katakana = plane5 & !plane4 & !letter;
        let hebrew = plane5 & !plane4 & letter;

        let joiner_before = before(joiner, gaps, &mut carry.joiner);
        let katakana_before = before(katakana, gaps, &mut carry.katakana);
        let zwj_before = before(zwj, !ends, &mut carry.zwj);
        let mut joined = joiner & (joiner_before | katakana_before)
            | katakana & (joiner_before | katakana_before)
            | pictograph & zwj_before;
        let mut extra = Self { regional, joiner, joiner_before, ..Self::default() };
        if (hebrew | carry.hebrew | carry.bridges_hebrew) != 0 {
            let hebrew_before = before(hebrew, gaps, &mut carry.hebrew);
            joined |= raw.positions(b'\'') & hebrew_before;
            extra.bridges = raw.positions(b'"') & hebrew_before;
            extra.bridged = hebrew & before(extra.bridges, gaps, &mut carry.bridges_hebrew);
        }
        if (regional | carry.regional) != 0 {
            let regional_before = before(regional, gaps, &mut carry.regional);
            for position in positions(regional) {
                let second = regional_before >> position & carry.regional_open;
                joined |= second << position;
                carry.regional_open = 1 ^ second;
            }
        }
        extra.joined = joined;
        extra
    }
}
