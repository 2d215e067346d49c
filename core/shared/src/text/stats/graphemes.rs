//! Grapheme clusters of a block in masks: rules GB3 to GB13 of Unicode Annex #29.
//!
//! Clusters are the characters less those that join the one before them.

use super::bits::{before, count, positions};
use super::page::page_number;
use super::tables::GRAPHEME_PAGES;

/// What a block needs to know of the text before it, apart from its last bytes; every field is 0 or 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Carry {
    control: u64,
    consonant: u64,
    linked: u64,
    pictograph: u64,
    pictograph_zwj: u64,
    special: Special,
}

#[derive(Clone, Debug, Default)]
struct Special {
    prepend: u64,
    regional: u64,
    /// The regional indicator before waits for its second.
    regional_open: u64,
    /// The character before is a leading consonant of Hangul.
    lead: u64,
}

/// The classes of the characters of a block, at their last bytes: the bits of a class byte, lowest first.
pub(super) struct Classes {
    pub(super) planes: [u64; 8],
    /// Last bytes of characters.
    pub(super) ends: u64,
}

/// Class bytes that say one thing only.
pub(super) const L: u8 = 128;
pub(super) const V: u8 = 132;
pub(super) const T: u8 = 136;
pub(super) const LV: u8 = 140;
pub(super) const LVT: u8 = 144;
pub(super) const REGIONAL: u8 = 148;
pub(super) const PREPEND: u8 = 152;

/// What the rarest rules look at, which the caller finds only when asked.
pub(super) trait Details {
    /// Positions of the class byte.
    fn class(&self, byte: u8) -> u64;
    /// Positions of an ASCII character.
    fn raw(&self, byte: u8) -> u64;
    /// Last bytes of Hangul syllables, whose class bytes are 0.
    fn syllables(&self) -> u64;
    /// The block behind the eight bytes before it.
    fn window(&self) -> &[u8; 72];
}

/// Counts the clusters of a block of ASCII: `line_feeds` and `returns` are its LF and CR.
#[inline(always)]
pub(super) fn ascii(carry: &mut Carry, before: u8, first: u8, line_feeds: u64, returns: u64) -> u64 {
    let crlf = line_feeds & (returns << 1 | u64::from(before == b'\r'));
    let prepended = carry.special.prepend & u64::from(!first.is_ascii_control());
    *carry = Carry::default();
    64 - count(crlf) - prepended
}

/// Counts the clusters of any block.
#[inline(always)]
pub(super) fn general(carry: &mut Carry, classes: &Classes, details: &impl Details) -> u64 {
    let [joins, control, consonant, linker, extends, plane5, extend, special] = classes.planes;
    let ends = classes.ends;
    let gaps = !ends;
    let last_byte = details.window()[7];
    carry.control |= u64::from(last_byte.is_ascii_control());
    let control_before = before(control, gaps, &mut carry.control);
    let crlf = if control != 0 {
        details.raw(b'\n') & (details.raw(b'\r') << 1 | u64::from(last_byte == b'\r'))
    } else {
        0
    };
    if special != 0 || carry.special.is_set() {
        return with_special(carry, classes, details, control_before, crlf);
    }
    let mut joined = joins & !control_before | crlf;
    if (consonant | carry.consonant) != 0 {
        let run = gaps | linker | extends;
        let consonant_before = before(consonant, run, &mut carry.consonant);
        joined |= consonant & before(linker & consonant_before, run, &mut carry.linked);
    }
    if (plane5 | carry.pictograph | carry.pictograph_zwj) != 0 {
        joined |= pictographs(carry, joins, plane5, extend, gaps);
    }
    count(ends).wrapping_sub(count(joined))
}

/// Pictographs that a ZWJ joins to one before (GB11).
#[inline(always)]
fn pictographs(carry: &mut Carry, joins: u64, plane5: u64, extend: u64, gaps: u64) -> u64 {
    let (pictograph, zwj) = (plane5 & !joins, plane5 & joins);
    let pictograph_before = before(pictograph, gaps | extend, &mut carry.pictograph);
    pictograph & before(zwj & pictograph_before, gaps, &mut carry.pictograph_zwj)
}

impl Special {
    #[inline(always)]
    fn is_set(&self) -> bool {
        (self.prepend | self.regional | self.lead) != 0
    }
}

/// [`general`] where a Hangul letter, a regional indicator or a prepended sign is near.
#[inline(never)]
fn with_special(
    carry: &mut Carry,
    classes: &Classes,
    details: &impl Details,
    control_before: u64,
    crlf: u64,
) -> u64 {
    // The lower bits of a special class are its number.
    let [joins, control, consonant, linker, extends, plane5, extend, _] =
        classes.planes.map(|plane| plane & !classes.planes[7]);
    let ends = classes.ends;
    let gaps = !ends;
    let run = gaps | linker | extends;
    let consonant_before = before(consonant, run, &mut carry.consonant);
    let mut joined = joins & !control_before | crlf;
    joined |= consonant & before(linker & consonant_before, run, &mut carry.linked);
    joined |= pictographs(carry, joins, plane5, extend, gaps);

    let special = &mut carry.special;
    let prepend = details.class(PREPEND) & ends;
    joined |= ends & !control & before(prepend, gaps, &mut special.prepend);

    let regional = details.class(REGIONAL) & ends;
    let regional_before = before(regional, gaps, &mut special.regional);
    for position in positions(regional) {
        let second = regional_before >> position & special.regional_open;
        joined |= second << position;
        special.regional_open = 1 ^ second;
    }

    let leads = details.class(L) & ends;
    let vowels = details.class(V) & ends;
    let trails = details.class(T) & ends;
    if (leads | vowels | trails | special.lead) != 0 {
        joined |= hangul(special, [leads, vowels, trails], ends, details);
    }
    count(ends).wrapping_sub(count(joined))
}

/// Letters and syllables of Hangul that join the one before (GB6 to GB8).
fn hangul(
    special: &mut Special,
    [leads, vowels, trails]: [u64; 3],
    ends: u64,
    details: &impl Details,
) -> u64 {
    let gaps = !ends;
    let mut open = vowels | details.class(LV) & ends;
    let mut closed = trails | details.class(LVT) & ends;
    let mut syllables = open & !vowels | closed & !trails;
    for position in positions(details.syllables() & ends) {
        let last = position + 8;
        let window = details.window();
        match class_at(window, last) {
            LV => open |= 1 << position,
            _ => closed |= 1 << position,
        }
        syllables |= 1 << position;
    }
    // The character before the first one of the block decides what that may join.
    let first = 8 + (ends.trailing_zeros() as usize).min(63);
    let class = class_at(details.window(), start_of(details.window(), first).saturating_sub(1));
    let mut open_before = u64::from(matches!(class, V | LV));
    let mut closed_before = u64::from(matches!(class, T | LVT));
    let open_before = before(open, gaps, &mut open_before);
    let closed_before = before(closed, gaps, &mut closed_before);
    let lead_before = before(leads, gaps, &mut special.lead);
    (leads | vowels | syllables) & lead_before | vowels & open_before | trails & (open_before | closed_before)
}

/// Where the character starts whose last byte is `window[last]`.
fn start_of(window: &[u8; 72], last: usize) -> usize {
    let mut start = last;
    while start > 0 && last - start < 3 && window[start] & 0xC0 == 0x80 {
        start -= 1;
    }
    start
}

/// The class of the character whose last byte is `window[last]`; the window must hold all of it.
fn class_at(window: &[u8; 72], last: usize) -> u8 {
    let bytes = &window[start_of(window, last)..=last];
    let block = match *bytes {
        [a, _] => usize::from(a & 0x1F),
        [a, b, _] => usize::from(a & 0x0F) << 6 | usize::from(b & 0x3F),
        [a, b, c, _] => usize::from(a & 7) << 12 | usize::from(b & 0x3F) << 6 | usize::from(c & 0x3F),
        _ => return 0,
    };
    GRAPHEME_PAGES[page_number(block)].0[usize::from(window[last] & 0x3F)]
}
