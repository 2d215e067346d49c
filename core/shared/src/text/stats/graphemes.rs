//! Grapheme clusters of a block in masks: rules GB3 to GB13 of Unicode Annex #29.
//!
//! Clusters are the characters less those that join the one before them.

use super::bits::{before, behind, count, positions};
use super::kernel::{HISTORY, Window};
use super::page::class_byte;
use super::simd::{Raw, Simd};
use super::tables::GRAPHEME_BYTES;

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

impl Carry {
    /// Whether a block whose class bytes are all 0 has as many clusters as characters and leaves this as it is.
    #[inline(always)]
    pub(super) fn is_plain(&self) -> bool {
        (self.control | self.consonant | self.pictograph | self.pictograph_zwj) == 0 && !self.special.is_set()
    }
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

/// The last bytes of characters of these classes.
pub(super) struct Rare {
    pub(super) leads: u64,
    pub(super) vowels: u64,
    pub(super) trails: u64,
    pub(super) open_syllables: u64,
    pub(super) closed_syllables: u64,
    /// Syllables whose class bytes are 0.
    pub(super) syllables: u64,
    pub(super) regional: u64,
    pub(super) prepend: u64,
}

/// Counts the clusters of a block of ASCII: `line_feeds` and `returns` are its LF and CR.
#[inline(always)]
pub(super) fn ascii(carry: &mut Carry, before: u8, first: u8, line_feeds: u64, returns: u64) -> u64 {
    let crlf = line_feeds & (returns << 1 | u64::from(before == b'\r'));
    let prepended = carry.special.prepend & u64::from(!first.is_ascii_control());
    *carry = Carry::default();
    64 - count(crlf) - prepended
}

/// Counts the clusters of any block. `rare` is asked for where one of its classes is in the block or before it.
#[inline(always)]
pub(super) fn general<S: Simd>(
    carry: &mut Carry,
    classes: &Classes,
    window: &Window,
    raw: Raw<S>,
    rare: impl RareClasses,
) -> u64 {
    let [joins, control, consonant, linker, extends, plane5, extend, special] = classes.planes;
    let ends = classes.ends;
    let gaps = !ends;
    let last_byte = window[HISTORY - 1];
    carry.control |= u64::from(last_byte.is_ascii_control());
    let control_before = before(control, gaps, &mut carry.control);
    let crlf = if control != 0 {
        raw.positions(b'\n') & (raw.positions(b'\r') << 1 | u64::from(last_byte == b'\r'))
    } else {
        0
    };
    if special != 0 || carry.special.is_set() {
        return with_rare(carry, classes, window, &rare.find(), (control_before, crlf));
    }
    let mut joined = joins & !control_before | crlf;
    if (consonant | carry.consonant) != 0 {
        let run = gaps | linker | extends;
        let consonant_before = behind(consonant, run, &mut carry.consonant);
        joined |= consonant & behind(linker & consonant_before, run, &mut carry.linked);
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

/// Finds [`Rare`] classes.
pub(super) trait RareClasses {
    fn find(self) -> Rare;
}

/// [`general`] where one of the rare classes is near.
#[inline(never)]
fn with_rare(
    carry: &mut Carry,
    classes: &Classes,
    window: &Window,
    rare: &Rare,
    (control_before, crlf): (u64, u64),
) -> u64 {
    // The lower bits of such a class are its number.
    let [joins, control, consonant, linker, extends, plane5, extend, _] =
        classes.planes.map(|plane| plane & !classes.planes[7]);
    let ends = classes.ends;
    let gaps = !ends;
    let run = gaps | linker | extends;
    let consonant_before = behind(consonant, run, &mut carry.consonant);
    let mut joined = joins & !control_before | crlf;
    joined |= consonant & behind(linker & consonant_before, run, &mut carry.linked);
    joined |= pictographs(carry, joins, plane5, extend, gaps);

    let special = &mut carry.special;
    joined |= ends & !control & before(rare.prepend, gaps, &mut special.prepend);

    let regional_before = before(rare.regional, gaps, &mut special.regional);
    for position in positions(rare.regional) {
        let second = regional_before >> position & special.regional_open;
        joined |= second << position;
        special.regional_open = 1 ^ second;
    }

    if (rare.leads | rare.vowels | rare.trails | special.lead) != 0 {
        joined |= hangul(special, rare, ends, window);
    }
    count(ends).wrapping_sub(count(joined))
}

/// Letters and syllables of Hangul that join the one before (GB6 to GB8).
fn hangul(special: &mut Special, rare: &Rare, ends: u64, window: &Window) -> u64 {
    let gaps = !ends;
    let (leads, vowels, trails) = (rare.leads, rare.vowels, rare.trails);
    let mut open = vowels | rare.open_syllables;
    let mut closed = trails | rare.closed_syllables;
    for position in positions(rare.syllables) {
        match class_at(window, HISTORY + position) {
            LV => open |= 1 << position,
            _ => closed |= 1 << position,
        }
    }
    let syllables = rare.syllables | rare.open_syllables | rare.closed_syllables;
    // The character before the first one of the block decides what that may join.
    let first = HISTORY + (ends.trailing_zeros() as usize).min(63);
    let class = class_at(window, start_of(window, first).saturating_sub(1));
    let mut open_carry = u64::from(matches!(class, V | LV));
    let mut closed_carry = u64::from(matches!(class, T | LVT));
    let open_before = before(open, gaps, &mut open_carry);
    let closed_before = before(closed, gaps, &mut closed_carry);
    let lead_before = before(leads, gaps, &mut special.lead);
    (leads | vowels | syllables) & lead_before | vowels & open_before | trails & (open_before | closed_before)
}

/// Where the character starts whose last byte is `window[last]`.
fn start_of(window: &Window, last: usize) -> usize {
    let mut start = last;
    while start > 0 && last - start < 3 && window[start] & 0xC0 == 0x80 {
        start -= 1;
    }
    start
}

/// The class of the character whose last byte is `window[last]`; the window must hold all of it.
fn class_at(window: &Window, last: usize) -> u8 {
    let bytes = &window[start_of(window, last)..=last];
    let block = match *bytes {
        [a, _] => usize::from(a & 0x1F),
        [a, b, _] => usize::from(a & 0x0F) << 6 | usize::from(b & 0x3F),
        [a, b, c, _] => usize::from(a & 7) << 12 | usize::from(b & 0x3F) << 6 | usize::from(c & 0x3F),
        _ => return 0,
    };
    GRAPHEME_BYTES.0[usize::from(class_byte(block, window[last]) & 0x3F)]
}
