//! The scalar counters: one automaton each for words, sentences and clusters, from generated tables.

use super::TextStats;
use super::kernel::Measures;
use super::page::class_byte;
use super::tables as t;

/// The state between characters.
#[derive(Clone, Debug)]
pub(super) struct State {
    word: usize,
    sentence: usize,
    grapheme: usize,
    /// The line so far has a character that is not white space.
    inked: bool,
    last_byte: u8,
    /// A character that has begun, and how many of its bytes have come.
    begun: [u8; 4],
    begun_length: usize,
    /// Counts of the characters behind; `lines` are line feeds.
    pub(super) totals: TextStats,
}

/// A step of an automaton: the next state from bit 4, then the second count and the first, each plus one.
#[inline(always)]
fn step<const WIDTH: usize>(steps: &[u16], state: &mut usize, column: u8) -> (u64, u64) {
    let step = steps.get(*state * WIDTH + usize::from(column)).copied().unwrap_or(0b0101);
    *state = usize::from(step >> 4);
    (u64::from(step & 3), u64::from(step >> 2 & 3))
}

/// Bytes of a character that begins with `lead`.
fn length(lead: u8) -> usize {
    match lead {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            word: 0,
            sentence: 0,
            grapheme: 0,
            inked: false,
            last_byte: 0,
            begun: [0; 4],
            begun_length: 0,
            totals: TextStats::default(),
        }
    }

    /// The last byte that came; 0 before the first.
    pub(super) fn last_byte(&self) -> u8 {
        self.last_byte
    }

    /// Counts bytes of UTF-8, which follow what came before and may split characters.
    pub(super) fn absorb<M: Measures>(&mut self, text: &[u8]) {
        let mut rest = text;
        while self.begun_length > 0 {
            let Some((byte, after)) = rest.split_first() else { return };
            rest = after;
            self.begun[self.begun_length & 3] = *byte;
            self.begun_length += 1;
            if self.begun_length >= length(self.begun[0]) {
                let begun = self.begun;
                self.characters::<M>(&begun[..self.begun_length.min(4)]);
                self.begun_length = 0;
            }
        }
        let lead = rest.iter().rev().take(3).position(|byte| *byte >= 0xC0);
        let held =
            lead.map(|back| back + 1).filter(|held| *held < length(rest[rest.len() - held])).unwrap_or(0);
        let (whole, begun) = rest.split_at(rest.len() - held);
        self.characters::<M>(whole);
        self.begun[..held].copy_from_slice(begun);
        self.begun_length = held;
    }

    /// Counts whole characters.
    fn characters<M: Measures>(&mut self, bytes: &[u8]) {
        let mut state = self.clone();
        let mut at = 0;
        let mut chars = 0_u64;
        while let Some(&lead) = bytes.get(at) {
            chars += 1;
            if lead < 0x80 {
                at += 1;
                let c = usize::from(lead);
                state.character::<M>([t::WORD_ASCII[c], t::SENTENCE_ASCII[c], t::GRAPHEME_ASCII[c]]);
                if M::LINES {
                    state.ink_ascii(lead);
                }
                continue;
            }
            let next = |n: usize| bytes.get(at + n).copied().unwrap_or(0);
            let six = |n: usize| usize::from(next(n) & 0x3F);
            let (block, last, len) = match lead {
                0..0xE0 => (usize::from(lead & 0x1F), next(1), 2),
                0xE0..0xF0 => (usize::from(lead & 0x0F) << 6 | six(1), next(2), 3),
                _ => (usize::from(lead & 7) << 12 | six(1) << 6 | six(2), next(3), 4),
            };
            at += len;
            let class = usize::from(class_byte(block, last) & 0x3F);
            state.character::<M>([
                t::WORD_COLUMNS[class],
                t::SENTENCE_COLUMNS[class],
                t::GRAPHEME_COLUMNS[class],
            ]);
            if M::LINES {
                state.totals.utf16_units += u64::from(len == 4);
                // White space is bit 5 without bit 4.
                if !state.inked && t::SENTENCE_BYTES.0[class] & 0x30 != 0x20 {
                    state.inked = true;
                    state.totals.paragraphs += 1;
                }
            }
        }
        // Each step counted one too much.
        let totals = &mut state.totals;
        totals.bytes += bytes.len() as u64;
        if M::WORDS {
            totals.words = totals.words.wrapping_sub(chars);
            totals.ideographs = totals.ideographs.wrapping_sub(chars);
        }
        if M::SENTENCES {
            totals.sentences = totals.sentences.wrapping_sub(chars);
        }
        if M::GRAPHEMES {
            totals.graphemes = totals.graphemes.wrapping_sub(chars);
        }
        if M::LINES {
            totals.chars += chars;
            totals.utf16_units += chars;
        }
        state.last_byte = bytes.last().copied().unwrap_or(state.last_byte);
        *self = state;
    }

    /// Counts what the end of the text completes.
    pub(super) fn finish<M: Measures>(&mut self) {
        if M::SENTENCES {
            let end = t::SENTENCE_ENDS.get(self.sentence).copied().unwrap_or(0);
            self.totals.sentences += u64::from(end);
        }
    }

    #[inline(always)]
    fn character<M: Measures>(&mut self, [word, sentence, grapheme]: [u8; 3]) {
        let totals = &mut self.totals;
        if M::WORDS {
            let (words, ideographs) = step::<{ t::WORD_WIDTH }>(&t::WORD_STEPS, &mut self.word, word);
            totals.words = totals.words.wrapping_add(words);
            totals.ideographs = totals.ideographs.wrapping_add(ideographs);
        }
        if M::SENTENCES {
            let (count, _) = step::<{ t::SENTENCE_WIDTH }>(&t::SENTENCE_STEPS, &mut self.sentence, sentence);
            totals.sentences = totals.sentences.wrapping_add(count);
        }
        if M::GRAPHEMES {
            let (count, _) = step::<{ t::GRAPHEME_WIDTH }>(&t::GRAPHEME_STEPS, &mut self.grapheme, grapheme);
            totals.graphemes = totals.graphemes.wrapping_add(count);
        }
    }

    #[inline(always)]
    fn ink_ascii(&mut self, byte: u8) {
        if byte == b'\n' {
            self.totals.lines += 1;
            self.inked = false;
        } else if !self.inked && !matches!(byte, b' ' | 9..=13) {
            self.inked = true;
            self.totals.paragraphs += 1;
        }
    }
}
