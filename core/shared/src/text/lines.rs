//! Where lines end: line feeds with the carriage return before them, or all line ends of Unicode.
//!
//! Nothing is allocated; the text is read once, a block at a time where no line ends.

use std::ops::Range;

use super::dispatch::{Path, wide};

/// What ends a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineEnds {
    /// LF, and CR LF as one: what `str::lines` and every count of lines here go by.
    #[default]
    LineFeed,
    /// The mandatory breaks of Unicode: LF, CR, CR LF as one, vertical tab (U+000B), form feed (U+000C),
    /// next line (U+0085), line separator (U+2028) and paragraph separator (U+2029).
    Unicode,
}

/// The byte ranges of all line ends of `text`, in order; each holds the characters that end the line.
///
/// ```
/// use writemagic_shared::text::lines::{LineEnds, line_ends};
///
/// let ends: Vec<_> = line_ends("one\r\ntwo\n", LineEnds::LineFeed).collect();
/// assert_eq!(ends, [3..5, 8..9]);
/// ```
pub fn line_ends(text: &str, ends: LineEnds) -> Ends<'_> {
    line_ends_on(Path::current(), text, ends)
}

/// How many line ends `text` has: as many as [`line_ends`] yields, faster.
///
/// One more than that is the number of lines in an editor, whose last line may be empty.
pub fn count(text: &str, ends: LineEnds) -> u64 {
    count_on(Path::current(), text, ends)
}

/// The line ends of a text, made by [`line_ends`].
#[derive(Clone, Debug)]
pub struct Ends<'t>(Kind<'t>);

#[derive(Clone, Debug)]
enum Kind<'t> {
    LineFeed { bytes: &'t [u8], feeds: memchr::Memchr<'t> },
    Unicode(UnicodeEnds<'t>),
}

pub(crate) fn line_ends_on(path: Path, text: &str, ends: LineEnds) -> Ends<'_> {
    let bytes = text.as_bytes();
    Ends(match ends {
        LineEnds::LineFeed => Kind::LineFeed { bytes, feeds: memchr::memchr_iter(b'\n', bytes) },
        LineEnds::Unicode => Kind::Unicode(UnicodeEnds { path, bytes, block: 0, found: 0 }),
    })
}

pub(crate) fn count_on(path: Path, text: &str, ends: LineEnds) -> u64 {
    match ends {
        LineEnds::LineFeed => memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64,
        LineEnds::Unicode => wide::run(path, Count(text.as_bytes())),
    }
}

impl Iterator for Ends<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        match &mut self.0 {
            Kind::LineFeed { bytes, feeds } => {
                let feed = feeds.next()?;
                let returned = feed > 0 && bytes[feed - 1] == b'\r';
                Some(feed - usize::from(returned)..feed + 1)
            }
            Kind::Unicode(ends) => ends.next(),
        }
    }
}

const BLOCK: usize = 64;

/// Whether a line end of Unicode begins at the first of three bytes, CR LF counted at its LF.
#[inline(always)]
fn ends_line(first: u8, second: u8, third: u8) -> bool {
    let ascii = (first.wrapping_sub(b'\n') <= b'\r' - b'\n') & !((first == b'\r') & (second == b'\n'));
    let next_line = (first == 0xC2) & (second == 0x85);
    let separator = (first == 0xE2) & (second == 0x80) & (third & 0xFE == 0xA8);
    ascii | next_line | separator
}

/// The same at `place`, with nothing behind the end.
#[inline(always)]
fn ends_line_at(bytes: &[u8], place: usize) -> bool {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    ends_line(byte(place), byte(place + 1), byte(place + 2))
}

#[derive(Clone, Debug)]
struct UnicodeEnds<'t> {
    path: Path,
    bytes: &'t [u8],
    /// The first byte of the block that `found` is about; everything before it is done.
    block: usize,
    /// A bit for each line end in the block that was not yielded.
    found: u64,
}

impl Iterator for UnicodeEnds<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        while self.found == 0 {
            (self.block, self.found) = wide::run(self.path, Find { bytes: self.bytes, from: self.block })?;
            if self.found == 0 {
                return None;
            }
            self.block += BLOCK;
        }
        let place = self.block - BLOCK + self.found.trailing_zeros() as usize;
        self.found &= self.found - 1;
        let length = match self.bytes[place] {
            0xC2 => 2,
            0xE2 => 3,
            _ => 1,
        };
        let returned = place > 0 && self.bytes[place] == b'\n' && self.bytes[place - 1] == b'\r';
        Some(place - usize::from(returned)..place + length)
    }
}

/// Finds the next block in which a line ends: its place and a bit for each.
struct Find<'t> {
    bytes: &'t [u8],
    from: usize,
}

impl wide::Loop for Find<'_> {
    type Output = Option<(usize, u64)>;

    #[inline(always)]
    fn run(self) -> Option<(usize, u64)> {
        let mut block = self.from;
        while block < self.bytes.len() {
            let found = match self.bytes[block..].first_chunk::<{ BLOCK + 2 }>() {
                Some(window) => {
                    let mut ends = [0u8; BLOCK];
                    for lane in 0..BLOCK {
                        ends[lane] = u8::from(ends_line(window[lane], window[lane + 1], window[lane + 2]));
                    }
                    if ends.iter().fold(0, |any, end| any | end) == 0 { 0 } else { bits(&ends) }
                }
                None => (block..self.bytes.len().min(block + BLOCK)).fold(0, |found, place| {
                    found | u64::from(ends_line_at(self.bytes, place)) << (place - block)
                }),
            };
            if found != 0 {
                return Some((block, found));
            }
            block += BLOCK;
        }
        None
    }
}

/// The lowest bits of 64 bytes that are 0 or 1.
#[inline(always)]
fn bits(bytes: &[u8; BLOCK]) -> u64 {
    /// Moves the bit of each of eight bytes to its place in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = bytes.as_chunks::<8>();
    eights
        .iter()
        .rev()
        .fold(0, |bits, eight| bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
}

struct Count<'t>(&'t [u8]);

impl wide::Loop for Count<'_> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let (mut count, mut at) = (0, 0);
        'all: loop {
            let mut lanes = [0u8; BLOCK];
            for _ in 0..u8::MAX {
                let Some(window) = self.0.get(at..).and_then(|rest| rest.first_chunk::<{ BLOCK + 2 }>())
                else {
                    count += lanes.iter().map(|lane| u64::from(*lane)).sum::<u64>();
                    break 'all;
                };
                for lane in 0..BLOCK {
                    lanes[lane] += u8::from(ends_line(window[lane], window[lane + 1], window[lane + 2]));
                }
                at += BLOCK;
            }
            count += lanes.iter().map(|lane| u64::from(*lane)).sum::<u64>();
        }
        count + (at..self.0.len()).map(|place| u64::from(ends_line_at(self.0, place))).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Character by character, as the standard says it.
    fn expected(text: &str, ends: LineEnds) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut characters = text.char_indices().peekable();
        while let Some((start, character)) = characters.next() {
            let mut end = start + character.len_utf8();
            let is_end = match character {
                '\r' if characters.next_if(|(_, next)| *next == '\n').is_some() => {
                    end += 1;
                    true
                }
                '\n' => true,
                '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ends == LineEnds::Unicode,
                _ => false,
            };
            if is_end {
                found.push(start..end);
            }
        }
        found
    }

    fn check(text: &str) {
        for ends in [LineEnds::LineFeed, LineEnds::Unicode] {
            let expected = expected(text, ends);
            for path in Path::available() {
                assert_eq!(
                    line_ends_on(path, text, ends).collect::<Vec<_>>(),
                    expected,
                    "{path:?} {ends:?} {text:?}"
                );
                assert_eq!(count_on(path, text, ends), expected.len() as u64, "{path:?} {ends:?} {text:?}");
            }
        }
    }

    #[test]
    fn each_kind_of_end_is_found_at_any_place_of_a_block() {
        let kinds =
            ["\n", "\r", "\r\n", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}", "\n\r", "\r\r\n\n"];
        let strangers = ["\u{84}", "\u{86}", "\u{2027}", "\u{202A}", "\u{A8}", "\t", "\u{E}", "ʨ"];
        for end in kinds.into_iter().chain(strangers) {
            for filler in ["a", "Å", "…"] {
                for before in 0..70 / filler.len() {
                    for after in [0, 1, 2, 63, 64, 65, 200] {
                        let text = format!("{}{end}{}", filler.repeat(before), filler.repeat(after));
                        check(&text);
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_of_nothing_but_line_ends_has_as_many() {
        for end in ["\n", "\r\n", "\u{2028}", "\r"] {
            for copies in [0, 1, 63, 64, 65, 66, 67, 130, 64 * 255, 64 * 256 + 7] {
                check(&end.repeat(copies));
            }
        }
    }

    #[test]
    fn line_feeds_are_what_the_standard_library_goes_by() {
        let text = "a\r\nb\n\nc\rd\r";
        let mut start = 0;
        let mut lines = Vec::new();
        for end in line_ends(text, LineEnds::LineFeed) {
            lines.push(&text[start..end.start]);
            start = end.end;
        }
        lines.push(&text[start..]);
        assert_eq!(lines, text.lines().collect::<Vec<_>>());
        assert_eq!(count(text, LineEnds::LineFeed), 3);
    }

    proptest! {
        #[test]
        fn ends_agree_with_the_definition(text in "[a\n\r\u{B}\u{C}\u{84}\u{85}\u{2027}-\u{202A}é世😀]{0,300}") {
            check(&text);
        }
    }
}
