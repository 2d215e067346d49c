//! How many characters, UTF-16 units and line feeds a text has, and how many bytes UTF-16 units take: the
//! plain loops behind `utf16`, `lines` and `offsets`, at the speed of memory.
//!
//! Sums run in one byte (or unit) per lane and are emptied before they can overflow.

use std::ops::AddAssign;

use super::dispatch::{Path, wide};

/// What a piece of UTF-8 adds to each kind of offset.
///
/// A piece may begin and end anywhere: a character counts where its first byte is, its second UTF-16 unit
/// too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) chars: u64,
    pub(crate) utf16: u64,
    pub(crate) line_feeds: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.chars += other.chars;
        self.utf16 += other.utf16;
        self.line_feeds += other.line_feeds;
    }
}

/// Counts of all three kinds in one pass.
pub(crate) fn counts_on(path: Path, bytes: &[u8]) -> Counts {
    wide::run(path, All(bytes))
}

/// UTF-16 units of a piece of UTF-8.
pub(crate) fn utf16_on(path: Path, bytes: &[u8]) -> u64 {
    wide::run(path, Utf16(bytes))
}

/// Bytes of UTF-8 that these units take, a lone surrogate as the three of U+FFFD.
pub(crate) fn utf8_on(path: Path, units: &[u16]) -> u64 {
    wide::run(path, Utf8(units))
}

const LANES: usize = 64;

/// 1 where a character begins.
#[inline(always)]
fn begins(byte: u8) -> u8 {
    u8::from(byte as i8 > -65)
}

/// 1 where a character begins that takes two UTF-16 units.
#[inline(always)]
fn is_wide(byte: u8) -> u8 {
    u8::from(byte >= 0xF0)
}

#[inline(always)]
fn sum(lanes: &[u8; LANES]) -> u64 {
    lanes.iter().map(|lane| u64::from(*lane)).sum()
}

struct All<'t>(&'t [u8]);

impl wide::Loop for All<'_> {
    type Output = Counts;

    #[inline(always)]
    fn run(self) -> Counts {
        let mut counts = Counts::default();
        let (blocks, rest) = self.0.as_chunks::<LANES>();
        for blocks in blocks.chunks(usize::from(u8::MAX)) {
            let (mut chars, mut wide, mut feeds) = ([0u8; LANES], [0u8; LANES], [0u8; LANES]);
            for block in blocks {
                for lane in 0..LANES {
                    chars[lane] = chars[lane].wrapping_add(begins(block[lane]));
                    wide[lane] = wide[lane].wrapping_add(is_wide(block[lane]));
                    feeds[lane] = feeds[lane].wrapping_add(u8::from(block[lane] == b'\n'));
                }
            }
            let chars = sum(&chars);
            counts += Counts { chars, utf16: chars + sum(&wide), line_feeds: sum(&feeds) };
        }
        for byte in rest {
            let chars = u64::from(begins(*byte));
            counts += Counts {
                chars,
                utf16: chars + u64::from(is_wide(*byte)),
                line_feeds: u64::from(*byte == b'\n'),
            };
        }
        counts
    }
}

struct Utf16<'t>(&'t [u8]);

impl wide::Loop for Utf16<'_> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let (blocks, rest) = self.0.as_chunks::<LANES>();
        let mut units: u64 = rest.iter().map(|byte| u64::from(begins(*byte) + is_wide(*byte))).sum();
        for blocks in blocks.chunks(usize::from(u8::MAX / 2)) {
            let mut lanes = [0u8; LANES];
            for block in blocks {
                for lane in 0..LANES {
                    lanes[lane] = lanes[lane].wrapping_add(begins(block[lane]) + is_wide(block[lane]));
                }
            }
            units += sum(&lanes);
        }
        units
    }
}

struct Utf8<'t>(&'t [u16]);

impl wide::Loop for Utf8<'_> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        const UNITS: usize = LANES / 2;
        // A unit takes one to three bytes by itself; both halves of a pair would be counted with three,
        // and the pair takes four.
        let alone = |unit: u16| 1 + u16::from(unit >= 0x80) + u16::from(unit >= 0x800);
        let pair = |unit: u16, next: u16| u16::from((unit & 0xFC00 == 0xD800) & (next & 0xFC00 == 0xDC00));
        let units = self.0;
        let Some((last, before)) = units.split_last() else { return 0 };
        let mut bytes = u64::from(alone(*last));
        let mut pairs = 0u64;
        let (blocks, rest) = before.as_chunks::<UNITS>();
        let (next_blocks, next_rest) = units.get(1..).unwrap_or_default().as_chunks::<UNITS>();
        const EMPTIED_AFTER: usize = (u16::MAX / 3) as usize;
        for (blocks, next) in blocks.chunks(EMPTIED_AFTER).zip(next_blocks.chunks(EMPTIED_AFTER)) {
            let (mut all, mut both) = ([0u16; UNITS], [0u16; UNITS]);
            for (block, next) in blocks.iter().zip(next) {
                for lane in 0..UNITS {
                    all[lane] = all[lane].wrapping_add(alone(block[lane]));
                    both[lane] = both[lane].wrapping_add(pair(block[lane], next[lane]));
                }
            }
            bytes += all.iter().map(|lane| u64::from(*lane)).sum::<u64>();
            pairs += both.iter().map(|lane| u64::from(*lane)).sum::<u64>();
        }
        for (unit, next) in rest.iter().zip(next_rest) {
            bytes += u64::from(alone(*unit));
            pairs += u64::from(pair(*unit, *next));
        }
        bytes - 2 * pairs
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(bytes: &[u8], expected: Counts) {
        for path in Path::available() {
            assert_eq!(counts_on(path, bytes), expected, "{path:?}");
            assert_eq!(utf16_on(path, bytes), expected.utf16, "{path:?}");
        }
    }

    #[test]
    fn lanes_are_emptied_before_they_overflow() {
        for (text, chars, units, feeds) in [("\n", 1, 1, 1), ("𝄞", 1, 2, 0), ("ж", 1, 1, 0)] {
            for copies in [64 * 127, 64 * 128 + 1, 64 * 255, 64 * 256, 64 * 600 + 63] {
                let copies = copies as u64;
                check(
                    text.repeat(copies as usize).as_bytes(),
                    Counts { chars: chars * copies, utf16: units * copies, line_feeds: feeds * copies },
                );
            }
        }
        let units = vec![0xFFFDu16; 32 * (65_535 / 3) * 2 + 33];
        for path in Path::available() {
            assert_eq!(utf8_on(path, &units), 3 * units.len() as u64, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn counts_agree_with_the_standard_library(text in "[a\nж世𝄞\u{0}\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}]{0,300}", cut in 0usize..64) {
            let bytes = &text.as_bytes()[cut.min(text.len())..];
            let expected = Counts {
                chars: bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64,
                utf16: bytes.iter().map(|byte| u64::from(byte & 0xC0 != 0x80) + u64::from(*byte >= 0xF0)).sum(),
                line_feeds: bytes.iter().filter(|byte| **byte == b'\n').count() as u64,
            };
            check(bytes, expected);
            if cut == 0 {
                prop_assert_eq!(expected.utf16, text.encode_utf16().count() as u64);
            }
        }

        #[test]
        fn bytes_of_units_agree_with_the_standard_library(units in proptest::collection::vec(
            prop_oneof![any::<u16>(), 0xD7FEu16..0xE002, Just(0xD83D), Just(0xDE00), 0x7Eu16..0x82, 0x7FEu16..0x802], 0..300)) {
            let expected = String::from_utf16_lossy(&units).len() as u64;
            for path in Path::available() {
                prop_assert_eq!(utf8_on(path, &units), expected, "{:?}", path);
            }
        }
    }
}
