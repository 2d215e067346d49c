//! The vector counters: blocks of 64 bytes are classified, the rules work on masks.
//!
//! A character is classified at its last byte, from that byte and up to three before it, so blocks need not end
//! where characters do: each is read in a window with the eight bytes before it. No text takes another way through,
//! and nothing is done twice.

use super::bits::{count, fill};
use super::page::{Page, page_number};
use super::recent::Recent;
use super::simd::{Raw, Simd};
use super::tables::{CLASS_PAGES, GRAPHEME_BYTES, IDEOGRAPH, LETTER, SENTENCE_BYTES, WORD_BYTES};
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
    recent: Recent,
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
            recent: Recent::new(),
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
        if M::SENTENCES {
            let classes = ascii::Sentences::new(simd, bytes);
            self.add_sentences::<S, M>(&classes, raw, !0);
            if M::LINES {
                self.totals.chars += BLOCK as u64;
                self.totals.utf16_units += BLOCK as u64;
            }
        }
        if M::GRAPHEMES {
            let (before, first) = (window[HISTORY - 1], window[HISTORY]);
            let returns = raw.positions(b'\r');
            let line_feeds = if returns != 0 || before == b'\r' { raw.positions(b'\n') } else { 0 };
            self.totals.graphemes +=
                graphemes::ascii(&mut self.graphemes, before, first, line_feeds, returns);
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
        let classes = Classes::<S>::of::<M>(simd, window, bytes, &mut self.recent);
        let valid = if LAST { valid } else { !0 };
        let ends = classes.ends & valid;
        let raw = Raw { simd, bytes, valid };
        let index = simd.index(classes.bytes);
        let mut alphanumeric = 0;
        if M::WORDS {
            let planes = Planes { simd, bytes: simd.lookup(&WORD_BYTES, index), valid };
            let special = simd.plane::<1>(classes.bytes) & valid;
            let classes = words::Classes::of(planes, special, ends);
            alphanumeric = classes.alphanumeric;
            let counts = words::general(&mut self.words, &classes, raw);
            self.add_words(counts);
        }
        if M::SENTENCES {
            let planes = Planes { simd, bytes: simd.lookup(&SENTENCE_BYTES, index), valid };
            let alphanumeric = M::WORDS.then_some(alphanumeric);
            self.add_sentences::<S, M>(&sentences::General { planes, ends, alphanumeric }, raw, ends);
        }
        if M::LINES {
            let chars = count(ends);
            self.totals.chars += chars;
            self.totals.utf16_units += chars + count(classes.four & valid);
        }
        if M::GRAPHEMES {
            let any = simd.tops(classes.bytes) & valid;
            let clusters = if any == 0 && self.graphemes.is_plain() {
                count(ends)
            } else {
                let bytes = simd.lookup(&GRAPHEME_BYTES, index);
                let rare = FindRare { simd, bytes, syllables: classes.syllables, valid };
                let masks = graphemes::Classes { planes: planes(simd, bytes, valid), ends };
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

    /// Counts sentences, and the lines that end and begin among `ends`, the last bytes of characters.
    #[inline(always)]
    fn add_sentences<S: Simd, M: Measures>(
        &mut self,
        classes: &impl sentences::Classes,
        raw: Raw<S>,
        ends: u64,
    ) {
        let sentences = sentences::block(&mut self.sentences, classes);
        self.totals.sentences = self.totals.sentences.wrapping_add(sentences);
        // A line feed is the end of a paragraph; a block without any in a line with ink changes nothing.
        if M::LINES && (classes.terminal() != 0 || self.inked == 0) {
            self.add_lines(ends & !classes.white(), raw.positions(b'\n'));
        }
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

/// What the characters of a block are, at their last bytes.
struct Classes<S: Simd> {
    /// The bytes of `CLASS_PAGES`.
    bytes: S::Bytes,
    ends: u64,
    /// Characters of four bytes.
    four: u64,
    /// Syllables of Hangul, which have the class of letters.
    syllables: S::Mask,
}

impl<S: Simd> Classes<S> {
    #[inline(always)]
    fn of<M: Measures>(simd: S, window: &Window, bytes: S::Bytes, recent: &mut Recent) -> Self {
        // Only clusters are counted: pages whose classes say nothing about them need no look-up.
        let clusters = !(M::WORDS || M::SENTENCES);
        let before1 = simd.load(part(window, 1));
        let before2 = simd.load(part(window, 2));
        let before3 = simd.load(part(window, 3));
        let index = simd.index(bytes);
        let mut classes = simd.zero();

        if clusters {
            let controls = simd.or(simd.within(bytes, 0, 0x1F), simd.equal(bytes, 0x7F));
            classes = simd.merge_byte(classes, controls, CLASS_PAGES[page_number(0)].0[0]);
        } else {
            classes =
                look_up(simd, index, classes, simd.within(bytes, 0, 0x3F), &CLASS_PAGES[page_number(0)]);
            let high = simd.within(bytes, 0x40, 0x7F);
            if simd.bits(high) != 0 {
                classes = look_up(simd, index, classes, high, &CLASS_PAGES[page_number(1)]);
            }
        }

        let two = simd.bits(simd.within(before1, 0xC2, 0xDF));
        let three = simd.bits(simd.within(before2, 0xE0, 0xEF));
        let four = simd.bits(simd.within(before3, 0xF0, 0xFF));
        let ends = !simd.tops(bytes) | two | three | four;

        let mut known = simd.none();
        if two != 0 {
            for slot in recent.twos() {
                let same = simd.equal(before1, slot.lead);
                known = simd.or(known, same);
                if !(clusters && slot.plain) {
                    classes = look_up(simd, index, classes, same, slot.page);
                }
            }
        }
        let mut syllables = simd.none();
        if three != 0 {
            let ideographs = simd.or(
                simd.within(before2, 0xE5, 0xE9),
                simd.and(simd.equal(before2, 0xE4), simd.within(before1, 0xB8, 0xBF)),
            );
            syllables = simd.or(
                simd.within(before2, 0xEB, 0xEC),
                simd.or(
                    simd.and(simd.equal(before2, 0xEA), simd.within(before1, 0xB0, 0xBF)),
                    simd.and(simd.equal(before2, 0xED), simd.within(before1, 0x80, 0x9D)),
                ),
            );
            known = simd.or(known, simd.or(ideographs, syllables));
            if !clusters {
                // These two ranges have one class each (a test of the generator), but for the kinds of syllables.
                classes = simd.merge_byte(classes, ideographs, IDEOGRAPH);
                classes = simd.merge_byte(classes, syllables, LETTER);
            }
            for slot in recent.threes() {
                let same = simd.and(simd.equal(before2, slot.lead), simd.equal(before1, slot.second));
                known = simd.or(known, same);
                if !(clusters && slot.plain) {
                    classes = look_up(simd, index, classes, same, slot.page);
                }
            }
        }
        let known = simd.bits(known);
        if (two | three | four) & !known != 0 {
            let others = recent.classify(window, two & !known, three & !known, four);
            classes = simd.combine(classes, simd.load(&others));
        }
        recent.grow_older();
        Self { bytes: classes, ends, four, syllables }
    }
}

/// `classes` or, where `mask`, also those that the page has.
#[inline(always)]
fn look_up<S: Simd>(simd: S, index: S::Index, classes: S::Bytes, mask: S::Mask, page: &Page) -> S::Bytes {
    simd.merge(classes, mask, simd.lookup(page, index))
}

/// The bits of class bytes, one after the other, of the bytes that are text.
#[derive(Clone, Copy)]
pub(super) struct Planes<S: Simd> {
    simd: S,
    bytes: S::Bytes,
    valid: u64,
}

impl<S: Simd> Planes<S> {
    /// Bit `7 - FROM_TOP` of each byte.
    #[inline(always)]
    pub(super) fn bit<const FROM_TOP: i32>(self) -> u64 {
        self.simd.plane::<FROM_TOP>(self.bytes) & self.valid
    }
}

/// All of them, lowest first.
#[inline(always)]
fn planes<S: Simd>(simd: S, bytes: S::Bytes, valid: u64) -> [u64; 8] {
    let p = Planes { simd, bytes, valid };
    [
        p.bit::<7>(),
        p.bit::<6>(),
        p.bit::<5>(),
        p.bit::<4>(),
        p.bit::<3>(),
        p.bit::<2>(),
        p.bit::<1>(),
        p.bit::<0>(),
    ]
}

/// Looks at a block again for the rarest rules of clusters.
struct FindRare<S: Simd> {
    simd: S,
    bytes: S::Bytes,
    syllables: S::Mask,
    valid: u64,
}

impl<S: Simd> FindRare<S> {
    #[inline(always)]
    fn class(&self, byte: u8) -> u64 {
        self.simd.bits(self.simd.equal(self.bytes, byte)) & self.valid
    }
}

impl<S: Simd> graphemes::RareClasses for FindRare<S> {
    #[inline(always)]
    fn find(self) -> graphemes::Rare {
        graphemes::Rare {
            leads: self.class(graphemes::L),
            vowels: self.class(graphemes::V),
            trails: self.class(graphemes::T),
            open_syllables: self.class(graphemes::LV),
            closed_syllables: self.class(graphemes::LVT),
            syllables: self.simd.bits(self.syllables) & self.valid,
            regional: self.class(graphemes::REGIONAL),
            prepend: self.class(graphemes::PREPEND),
        }
    }
}
