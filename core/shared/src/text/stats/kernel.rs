//! The vector counters: blocks of 64 bytes are classified, the rules work on masks.
//!
//! A character is classified at its last byte, from that byte and up to three before it, so blocks need not end
//! where characters do: each is read in a window with the eight bytes before it. No text takes another way through,
//! and nothing is done twice.

use super::bits::{count, fill};
use super::page::page_number;
use super::simd::{Raw, Simd};
use super::tables::{GRAPHEME_PAGES, PLAIN_PAGES, SENTENCE_PAGES, WORD_PAGES};
use super::{TextStats, ascii, graphemes, sentences, words};

/// Bytes a block.
const BLOCK: usize = 64;
/// Bytes before a block that are read with it.
pub(super) const HISTORY: usize = 8;
/// A block and the bytes before it.
pub(super) type Window = [u8; HISTORY + BLOCK];

/// What a kernel counts; bytes come for free.
pub(super) trait Measures {
    const WORDS: bool;
    const SENTENCES: bool;
    const GRAPHEMES: bool;
    /// Characters, UTF-16 units, lines and paragraphs; needs `SENTENCES` (for white space).
    const LINES: bool;
}

/// The state between blocks.
#[derive(Clone, Debug)]
pub(super) struct State {
    words: words::Carry,
    sentences: sentences::Carry,
    graphemes: graphemes::Carry,
    /// The line so far has a character that is not white space.
    inked: u64,
    window: Window,
    /// Bytes of the block in `window` that have come.
    filled: usize,
    /// Counts of the blocks behind; `lines` are line feeds.
    totals: TextStats,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            words: words::Carry::default(),
            sentences: sentences::Carry::default(),
            graphemes: graphemes::Carry::default(),
            inked: 0,
            // NUL is a control character: like the start of a text, it joins nothing.
            window: [0; HISTORY + BLOCK],
            filled: 0,
            totals: TextStats::default(),
        }
    }

    /// The last byte that came; 0 before the first.
    pub(super) fn last_byte(&self) -> u8 {
        self.window[HISTORY + self.filled - 1]
    }

    /// Counts `text`, which follows what came before.
    #[inline(always)]
    pub(super) fn absorb<S: Simd, M: Measures>(&mut self, simd: S, text: &[u8]) {
        self.totals.bytes += text.len() as u64;
        let mut rest = text;
        // The first block reads bytes that came earlier.
        let (head, tail) = rest.split_at(rest.len().min(BLOCK - self.filled));
        self.window[HISTORY + self.filled..][..head.len()].copy_from_slice(head);
        self.filled += head.len();
        rest = tail;
        if self.filled < BLOCK {
            return;
        }
        let mut window = self.window;
        self.block::<S, M, false>(simd, &window, !0);
        if head.len() >= HISTORY {
            // From here on `text` has the history of its blocks.
            let text = &text[head.len() - HISTORY..];
            let mut at = 0;
            while let Some(next) = text.get(at..).and_then(<[u8]>::first_chunk::<{ HISTORY + BLOCK }>) {
                self.block::<S, M, false>(simd, next, !0);
                at += BLOCK;
            }
            rest = &text[at + HISTORY..];
            window[..HISTORY].copy_from_slice(&text[at..at + HISTORY]);
        } else {
            window.copy_within(BLOCK.., 0);
        }
        while let Some((block, tail)) = rest.split_first_chunk::<BLOCK>() {
            window[HISTORY..].copy_from_slice(block);
            self.block::<S, M, false>(simd, &window, !0);
            window.copy_within(BLOCK.., 0);
            rest = tail;
        }
        window[HISTORY..][..rest.len()].copy_from_slice(rest);
        self.window = window;
        self.filled = rest.len();
    }

    /// Counts the bytes that fill no block, and returns the totals.
    #[inline(always)]
    pub(super) fn finish<S: Simd, M: Measures>(&mut self, simd: S) -> TextStats {
        if self.filled > 0 {
            let window = self.window;
            self.block::<S, M, true>(simd, &window, (1 << self.filled) - 1);
        }
        self.totals
    }

    /// Counts a block, of which `valid` bytes are text: all of them unless `LAST`.
    #[inline(always)]
    fn block<S: Simd, M: Measures, const LAST: bool>(&mut self, simd: S, window: &Window, valid: u64) {
        let bytes = simd.load(part(window, 0));
        if !LAST && simd.tops(bytes) == 0 {
            self.ascii_block::<S, M>(simd, window, bytes);
        } else {
            self.general_block::<S, M, LAST>(simd, window, bytes, valid);
        }
    }

    #[inline(always)]
    fn ascii_block<S: Simd, M: Measures>(&mut self, simd: S, window: &Window, bytes: S::Bytes) {
        let raw = Raw { simd, bytes, valid: !0 };
        if M::WORDS {
            let (classes, underscores) = ascii::words(simd, bytes);
            if underscores == 0 && self.words.is_plain() {
                self.totals.words = self.totals.words.wrapping_add(words::ascii(&mut self.words, &classes));
            } else {
                let classes = words::Classes::of_ascii(&classes, underscores);
                let counts = words::general(&mut self.words, &classes, raw);
                self.add_words(counts);
            }
        }
        let line_feeds = if M::LINES || M::GRAPHEMES { raw.positions(b'\n') } else { 0 };
        if M::SENTENCES {
            let classes = ascii::sentences(simd, bytes);
            let sentences = sentences::block(&mut self.sentences, &classes);
            self.totals.sentences = self.totals.sentences.wrapping_add(sentences);
            if M::LINES {
                self.add_lines(!(classes.space | classes.paragraph), line_feeds);
                self.totals.chars += BLOCK as u64;
                self.totals.utf16_units += BLOCK as u64;
            }
        }
        if M::GRAPHEMES {
            let (before, first) = (window[HISTORY - 1], window[HISTORY]);
            self.totals.graphemes +=
                graphemes::ascii(&mut self.graphemes, before, first, line_feeds, raw.positions(b'\r'));
        }
    }

    #[inline(always)]
    fn general_block<S: Simd, M: Measures, const LAST: bool>(
        &mut self,
        simd: S,
        window: &Window,
        bytes: S::Bytes,
        valid: u64,
    ) {
        let classes = Classes::<S>::of::<M>(simd, window, bytes);
        let valid = if LAST { valid } else { !0 };
        let ends = classes.ends & valid;
        let raw = Raw { simd, bytes, valid };
        if M::WORDS {
            let classes = words::Classes { planes: planes(simd, classes.word, valid), ends };
            let counts = words::general(&mut self.words, &classes, raw);
            self.add_words(counts);
        }
        if M::SENTENCES {
            let classes = sentences::Classes::of(planes(simd, classes.sentence, valid), ends);
            let sentences = sentences::block(&mut self.sentences, &classes);
            self.totals.sentences = self.totals.sentences.wrapping_add(sentences);
            if M::LINES {
                self.add_lines(ends & !(classes.space | classes.paragraph), raw.positions(b'\n'));
            }
        }
        if M::LINES {
            let chars = count(ends);
            self.totals.chars += chars;
            let longest = simd.bits(simd.within(bytes, 0xF0, 0xFF)) & valid;
            self.totals.utf16_units += chars + count(longest);
        }
        if M::GRAPHEMES {
            let any = simd.any(classes.grapheme, 0xFF) & valid;
            let clusters = if any == 0 && self.graphemes.is_plain() {
                count(ends)
            } else {
                let rare = FindRare { simd, classes: &classes, valid };
                let masks = graphemes::Classes { planes: planes(simd, classes.grapheme, valid), ends };
                graphemes::general(&mut self.graphemes, &masks, window, raw, rare)
            };
            self.totals.graphemes = self.totals.graphemes.wrapping_add(clusters);
        }
    }

    #[inline(always)]
    fn add_words(&mut self, counts: words::Counts) {
        // A block may take back what an earlier one counted.
        self.totals.words = self.totals.words.wrapping_add(counts.words);
        self.totals.ideographs = self.totals.ideographs.wrapping_add(counts.ideographs);
    }

    /// Counts line feeds and the lines that have `ink`, characters other than white space.
    #[inline(always)]
    fn add_lines(&mut self, ink: u64, line_feeds: u64) {
        let inked = ink | fill(!line_feeds, ink << 1 | self.inked);
        let first = ink & !(inked << 1 | self.inked);
        self.inked = inked >> 63;
        self.totals.lines += count(line_feeds);
        self.totals.paragraphs += count(first);
    }
}

/// The 64 bytes of a window that begin `back` bytes before its block.
#[inline(always)]
fn part(window: &Window, back: usize) -> &[u8; BLOCK] {
    const NONE: [u8; BLOCK] = [0; BLOCK];
    window[HISTORY - back..].first_chunk().unwrap_or(&NONE)
}

/// Class bytes of the characters of a block, at their last bytes.
struct Classes<S: Simd> {
    word: S::Bytes,
    sentence: S::Bytes,
    grapheme: S::Bytes,
    ends: u64,
    syllables: S::Mask,
}

impl<S: Simd> Classes<S> {
    #[inline(always)]
    fn of<M: Measures>(simd: S, window: &Window, bytes: S::Bytes) -> Self {
        let before1 = simd.load(part(window, 1));
        let before2 = simd.load(part(window, 2));
        let before3 = simd.load(part(window, 3));
        let index = simd.index(bytes);
        let mut classes = Self {
            word: simd.zero(),
            sentence: simd.zero(),
            grapheme: simd.zero(),
            ends: 0,
            syllables: simd.none(),
        };

        let low = simd.within(bytes, 0, 0x3F);
        let high = simd.within(bytes, 0x40, 0x7F);
        if M::WORDS || M::SENTENCES {
            classes.add::<M>(simd, low, page_number(0), index);
            if simd.bits(high) != 0 {
                classes.add::<M>(simd, high, page_number(1), index);
            }
        } else {
            let controls = simd.or(simd.within(bytes, 0, 0x1F), simd.equal(bytes, 0x7F));
            classes.grapheme = simd.merge_byte(classes.grapheme, controls, graphemes::CONTROL);
        }

        let two = simd.within(before1, 0xC2, 0xDF);
        let three = simd.within(before2, 0xE0, 0xEF);
        let four = simd.within(before3, 0xF0, 0xFF);
        let (two_bits, three_bits, four_bits) = (simd.bits(two), simd.bits(three), simd.bits(four));
        classes.ends = !simd.tops(bytes) | two_bits | three_bits | four_bits;

        let mut rest = two_bits;
        while rest != 0 {
            let lead = window[HISTORY - 1 + rest.trailing_zeros() as usize];
            let same = simd.equal(before1, lead);
            classes.add::<M>(simd, same, page_number(usize::from(lead & 0x1F)), index);
            rest &= !simd.bits(same);
        }
        if three_bits != 0 {
            let ideographs = simd.or(
                simd.within(before2, 0xE5, 0xE9),
                simd.and(simd.equal(before2, 0xE4), simd.within(before1, 0xB8, 0xBF)),
            );
            let syllables = simd.or(
                simd.within(before2, 0xEB, 0xEC),
                simd.or(
                    simd.and(simd.equal(before2, 0xEA), simd.within(before1, 0xB0, 0xBF)),
                    simd.and(simd.equal(before2, 0xED), simd.within(before1, 0x80, 0x9D)),
                ),
            );
            // These two ranges have one class each (a test of the generator), but for the kinds of syllables.
            classes.word = simd.merge_byte(classes.word, ideographs, 132);
            classes.word = simd.merge_byte(classes.word, syllables, 129);
            let letters = simd.or(ideographs, syllables);
            classes.sentence = simd.merge_byte(classes.sentence, letters, 131);
            classes.syllables = syllables;
            let mut rest = three_bits & !simd.bits(letters);
            while rest != 0 {
                let position = rest.trailing_zeros() as usize;
                let (lead, second) = (window[HISTORY - 2 + position], window[HISTORY - 1 + position]);
                let same = simd.and(simd.equal(before2, lead), simd.equal(before1, second));
                let block = usize::from(lead & 0x0F) << 6 | usize::from(second & 0x3F);
                classes.add::<M>(simd, same, page_number(block), index);
                rest &= !simd.bits(same);
            }
        }
        let mut rest = four_bits;
        while rest != 0 {
            let position = rest.trailing_zeros() as usize;
            let (lead, second) = (window[HISTORY - 3 + position], window[HISTORY - 2 + position]);
            let third = window[HISTORY - 1 + position];
            let same = simd.and(
                simd.equal(before3, lead),
                simd.and(simd.equal(before2, second), simd.equal(before1, third)),
            );
            let block =
                usize::from(lead & 7) << 12 | usize::from(second & 0x3F) << 6 | usize::from(third & 0x3F);
            classes.add::<M>(simd, same, page_number(block), index);
            rest &= !simd.bits(same);
        }
        classes
    }

    /// Classifies the characters at `mask` by the page of this number.
    #[inline(always)]
    fn add<M: Measures>(&mut self, simd: S, mask: S::Mask, page: usize, index: S::Index) {
        if M::WORDS {
            self.word = simd.merge(self.word, mask, simd.lookup(&WORD_PAGES[page], index));
        }
        if M::SENTENCES {
            self.sentence = simd.merge(self.sentence, mask, simd.lookup(&SENTENCE_PAGES[page], index));
        }
        if M::GRAPHEMES && page >= PLAIN_PAGES {
            self.grapheme = simd.merge(self.grapheme, mask, simd.lookup(&GRAPHEME_PAGES[page], index));
        }
    }
}

/// The bits of class bytes, lowest first, of the bytes that are text.
#[inline(always)]
fn planes<S: Simd>(simd: S, classes: S::Bytes, valid: u64) -> [u64; 8] {
    let mut planes = simd.planes(classes);
    for plane in &mut planes {
        *plane &= valid;
    }
    planes
}

/// Looks at a block again for the rarest rules of clusters.
struct FindRare<'a, S: Simd> {
    simd: S,
    classes: &'a Classes<S>,
    valid: u64,
}

impl<S: Simd> FindRare<'_, S> {
    #[inline(always)]
    fn class(&self, byte: u8) -> u64 {
        self.simd.bits(self.simd.equal(self.classes.grapheme, byte)) & self.valid
    }
}

impl<S: Simd> graphemes::RareClasses for FindRare<'_, S> {
    #[inline(always)]
    fn find(self) -> graphemes::Rare {
        graphemes::Rare {
            leads: self.class(graphemes::L),
            vowels: self.class(graphemes::V),
            trails: self.class(graphemes::T),
            open_syllables: self.class(graphemes::LV),
            closed_syllables: self.class(graphemes::LVT),
            syllables: self.simd.bits(self.classes.syllables) & self.valid,
            regional: self.class(graphemes::REGIONAL),
            prepend: self.class(graphemes::PREPEND),
        }
    }
}
