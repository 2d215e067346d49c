//! Classes of ASCII for whole blocks of it, found by two look-ups: one for each half of a byte.
//!
//! A bit of a class is a rectangle of the code chart: rows (upper halves) and columns (lower halves).

use super::{sentences, simd::Simd, words};

/// Two tables whose entries are combined with `and`.
struct Chart {
    low: [u8; 16],
    high: [u8; 16],
}

impl Chart {
    /// `rectangles` are rows and columns as bit sets, the first for bit 0.
    const fn new(rectangles: [(u16, u16); 8]) -> Self {
        let mut chart = Self { low: [0; 16], high: [0; 16] };
        let mut bit = 0;
        while bit < 8 {
            let (rows, columns) = rectangles[bit];
            let mut half = 0;
            while half < 16 {
                chart.high[half] |= ((rows >> half & 1) as u8) << bit;
                chart.low[half] |= ((columns >> half & 1) as u8) << bit;
                half += 1;
            }
            bit += 1;
        }
        chart
    }
}

const fn set<const N: usize>(members: [u8; N]) -> u16 {
    let mut set = 0;
    let mut n = 0;
    while n < N {
        set |= 1 << members[n];
        n += 1;
    }
    set
}

const DIGITS: u16 = 0x03FF;
/// Columns of `A` to `O` and `P` to `Z`.
const TO_O: u16 = 0xFFFE;
const TO_Z: u16 = 0x07FF;

static WORDS: Chart = Chart::new([
    (set([4, 6]), TO_O),
    (set([5, 7]), TO_Z),
    (set([3]), DIGITS),
    (set([3]), set([0xA])),
    (set([2]), set([0x7, 0xE])),
    (set([2]), set([0xC])),
    (set([3]), set([0xB])),
    (set([5]), set([0xF])),
]);
const LETTER: u8 = 1 | 2;
const NUMBER: u8 = 4;
const COLON: u8 = 8;
const STOP_OR_QUOTE: u8 = 16;
const COMMA_OR_SEMICOLON: u8 = 32 | 64;
const UNDERSCORE: u8 = 128;

/// Letters, numbers and what binds them; and the positions of `_`.
#[inline(always)]
pub(super) fn words<S: Simd>(simd: S, bytes: S::Bytes) -> (words::Ascii, u64) {
    let classes = simd.nibbles(bytes, &WORDS.low, &WORDS.high);
    let ascii = words::Ascii {
        letter: simd.any(classes, LETTER),
        number: simd.any(classes, NUMBER),
        middle_letter: simd.any(classes, COLON | STOP_OR_QUOTE),
        middle_number: simd.any(classes, STOP_OR_QUOTE | COMMA_OR_SEMICOLON),
    };
    (ascii, simd.any(classes, UNDERSCORE))
}

static LETTERS: Chart = Chart::new([
    (set([4]), TO_O),
    (set([5]), TO_Z),
    (set([6]), TO_O),
    (set([7]), TO_Z),
    (set([3]), DIGITS),
    // `!` and `.`, then `?`
    (set([2]), set([0x1, 0xE])),
    (set([3]), set([0xF])),
    // LF, CR
    (set([0]), set([0xA, 0xD])),
]);
static MARKS: Chart = Chart::new([
    // `"'()`
    (set([2]), set([0x2, 0x7, 0x8, 0x9])),
    // `[]{}`
    (set([5, 7]), set([0xB, 0xD])),
    (set([2]), set([0x0])),
    // tab, vertical tab, form feed
    (set([0]), set([0x9, 0xB, 0xC])),
    // `,-`, then `:;`
    (set([2]), set([0xC, 0xD])),
    (set([3]), set([0xA, 0xB])),
    (0, 0),
    (0, 0),
]);

/// The classes of sentences.
pub(super) struct Sentences<S: Simd> {
    simd: S,
    bytes: S::Bytes,
    letters: S::Bytes,
}

impl<S: Simd> Sentences<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, bytes: S::Bytes) -> Self {
        Self { simd, bytes, letters: simd.nibbles(bytes, &LETTERS.low, &LETTERS.high) }
    }

    #[inline(always)]
    fn marks(&self) -> S::Bytes {
        self.simd.nibbles(self.bytes, &MARKS.low, &MARKS.high)
    }

    #[inline(always)]
    fn letters(&self, bits: u8) -> u64 {
        self.simd.any(self.letters, bits)
    }
}

impl<S: Simd> sentences::Classes for Sentences<S> {
    #[inline(always)]
    fn cased(&self) -> u64 {
        self.letters(1 | 2 | 4 | 8)
    }

    #[inline(always)]
    fn terminal(&self) -> u64 {
        self.letters(32 | 64 | 128)
    }

    #[inline(always)]
    fn alphanumeric(&self) -> u64 {
        self.letters(1 | 2 | 4 | 8 | 16)
    }

    #[inline(always)]
    fn gaps(&self) -> u64 {
        0
    }

    #[inline(always)]
    fn white(&self) -> u64 {
        self.simd.any(self.marks(), 4 | 8) | self.letters(128)
    }

    #[inline(always)]
    fn all(&self) -> sentences::All {
        let marks = self.marks();
        sentences::All {
            upper: self.letters(1 | 2),
            lower: self.letters(4 | 8),
            other_letter: 0,
            number: self.letters(16),
            full_stop: self.simd.bits(self.simd.equal(self.bytes, b'.')),
            close: self.simd.any(marks, 1 | 2),
            continues: self.simd.any(marks, 16 | 32),
            paragraph: self.letters(128),
        }
    }
}
