//! Finding names in a text: folded, whole words, the leftmost and of those the longest, in one pass over the words.
//!
//! Names are two tries over tokens: one of words as they are, one of their stems, for names whose forms are found too. An edge
//! carries what stands between two tokens, so that `Anne-Marie` is not `Anne Marie`. Most words of a text begin no name and
//! are passed over after one look-up. A form of a name counts only where no name is written so.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use rust_stemmers::Stemmer;
use writemagic_shared::text::fold::fold_word;

use super::words::{Token, before_possessive, each_token, fold_gap, fold_token};
use crate::document::Language;

/// Words of more bytes are compared as they are.
const STEMMED_BYTES: usize = 64;
/// Words whose forms one scan remembers.
const REMEMBERED_WORDS: usize = 1 << 16;

/// A name of an entry: which entry, and which of its names, 0 being the name itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner {
    pub(super) entry: u32,
    pub(super) name: u32,
}

/// A name to be found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a> {
    pub(super) text: &'a str,
    pub(super) inflected: bool,
    pub(super) owner: Owner,
}

/// Finds the names of a story bible in texts of one language.
pub(super) struct Matcher {
    words: HashMap<Box<[u8]>, u32, Hashes>,
    /// A bit for each [`shape`] of a word: most words of a text are passed over without being folded.
    shapes: Vec<u64>,
    stems: HashMap<Box<[u8]>, u32, Hashes>,
    gaps: HashMap<Box<str>, u32, Hashes>,
    edges: HashMap<(u32, u32, u32), u32, Hashes>,
    /// The pattern that ends at a node, by its number; [`NONE`] for none.
    ends: Vec<u32>,
    patterns: Vec<Vec<Owner>>,
    /// Tokens of the longest name.
    longest: usize,
    language: Language,
}

const NONE: u32 = u32::MAX;
/// The roots of the two tries.
const WRITTEN: u32 = 0;
const STEMMED: u32 = 1;
/// What stands before the first token.
const NO_GAP: u32 = 0;

/// Makes quick hashes.
pub(super) type Hashes = BuildHasherDefault<Multiply>;

/// A word of the text that is part of some name, by the numbers of what it is compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Keys {
    word: u32,
    stem: u32,
    /// The same without the possessive at its end, where that begins, in bytes of the word.
    bare: Option<(u32, u32, u32)>,
}

impl Keys {
    fn is_known(&self) -> bool {
        let bare = self.bare.is_some_and(|(word, stem, _)| word != NONE || stem != NONE);
        self.word != NONE || self.stem != NONE || bare
    }
}

#[derive(Debug)]
struct Known {
    start: usize,
    end: usize,
    keys: Keys,
    gap: u32,
}

/// What a scan keeps between words.
struct Scratch {
    folded: String,
    run: Vec<Known>,
    stemmer: Option<Stemmer>,
    remembered: HashMap<Box<str>, Keys, Hashes>,
}

impl Matcher {
    /// Names without a word are never found.
    pub(super) fn new<'a>(names: impl IntoIterator<Item = Name<'a>>, language: Language) -> Self {
        let mut matcher = Self {
            words: HashMap::default(),
            shapes: vec![0; SHAPES / 64],
            stems: HashMap::default(),
            gaps: HashMap::default(),
            edges: HashMap::default(),
            ends: vec![NONE; 2],
            patterns: Vec::new(),
            longest: 0,
            language,
        };
        let stemmer = language.stemmer();
        for name in names {
            matcher.add(name, WRITTEN, None);
            if name.inflected {
                matcher.add(name, STEMMED, Some(stemmer.as_ref()));
            }
        }
        for word in matcher.words.keys() {
            let shape = shape(word);
            if let Some(bits) = matcher.shapes.get_mut(shape / 64) {
                *bits |= 1 << (shape % 64);
            }
        }
        for owners in &mut matcher.patterns {
            owners.sort_unstable();
            owners.dedup();
        }
        matcher
    }

    fn add(&mut self, name: Name<'_>, root: u32, stemmed: Option<Option<&Stemmer>>) {
        let (mut node, mut tokens, mut end) = (root, 0, 0);
        each_token(name.text, |token| {
            let mut folded = String::new();
            fold_token(name.text, &token, &mut folded);
            let written = name.text.get(token.range.clone()).unwrap_or_default();
            let key = match stemmed {
                Some(stemmer) => {
                    number(&mut self.stems, stem(written, &folded, self.language, stemmer).as_bytes())
                }
                None => number(&mut self.words, folded.as_bytes()),
            };
            let gap = match tokens {
                0 => NO_GAP,
                _ => {
                    let mut gap = String::new();
                    fold_gap(name.text.get(end..token.range.start).unwrap_or_default(), &mut gap);
                    let next = self.gaps.len() as u32 + 1;
                    *self.gaps.entry(gap.into()).or_insert(next)
                }
            };
            let next = self.ends.len() as u32;
            node = *self.edges.entry((node, gap, key)).or_insert(next);
            if node == next {
                self.ends.push(NONE);
            }
            tokens += 1;
            end = token.range.end;
        });
        self.longest = self.longest.max(tokens);
        let Some(pattern) = self.ends.get_mut(node as usize).filter(|_| tokens > 0) else { return };
        if *pattern == NONE {
            *pattern = self.patterns.len() as u32;
            self.patterns.push(Vec::new());
        }
        if let Some(owners) = self.patterns.get_mut(*pattern as usize) {
            owners.push(name.owner);
        }
    }

    /// Tokens of the longest name.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Whose names a pattern is, in order of entries.
    pub(super) fn owners(&self, pattern: u32) -> &[Owner] {
        self.patterns.get(pattern as usize).map_or(&[], Vec::as_slice)
    }

    /// Calls `found` with the bytes of each name in `text`, in order, and its pattern. A possessive at its end is left out.
    /// Takes time in proportion to the text, and to the longest name where many begin alike.
    pub(super) fn scan(&self, text: &str, mut found: impl FnMut(Range<usize>, u32)) {
        if self.patterns.is_empty() {
            return;
        }
        let stemmer = if self.stems.is_empty() { None } else { self.language.stemmer() };
        let (folded, run) = (String::new(), Vec::new());
        let mut scratch = Scratch { folded, run, stemmer, remembered: HashMap::default() };
        each_token(text, |token| {
            let keys = self.keys(text, &token, &mut scratch);
            if !keys.is_known() {
                return self.end_run(&mut scratch.run, &mut found);
            }
            let mut gap = NO_GAP;
            if let Some(last) = scratch.run.last() {
                match self.gap(text.get(last.end..token.range.start).unwrap_or_default(), &mut scratch.folded)
                {
                    Some(number) => gap = number,
                    None => self.end_run(&mut scratch.run, &mut found),
                }
            }
            scratch.run.push(Known { start: token.range.start, end: token.range.end, keys, gap });
        });
        self.end_run(&mut scratch.run, &mut found);
    }

    /// What a token of the text is compared by.
    fn keys(&self, text: &str, token: &Token, scratch: &mut Scratch) -> Keys {
        let written = text.get(token.range.clone()).unwrap_or_default();
        if self.stems.is_empty() {
            return self.keys_of(written, token, scratch);
        }
        if let Some(keys) = scratch.remembered.get(written) {
            return *keys;
        }
        let keys = self.keys_of(written, token, scratch);
        if scratch.remembered.len() >= REMEMBERED_WORDS {
            scratch.remembered.clear();
        }
        scratch.remembered.insert(written.into(), keys);
        keys
    }

    fn keys_of(&self, written: &str, token: &Token, scratch: &mut Scratch) -> Keys {
        let (word, stem) = self.numbers(written, token.single, scratch);
        let bare = match token.single {
            Some(_) => None,
            None => before_possessive(written).and_then(|at| written.get(..at)).map(|bare| {
                let (word, stem) = self.numbers(bare, None, scratch);
                (word, stem, bare.len() as u32)
            }),
        };
        Keys { word, stem, bare }
    }

    fn numbers(&self, written: &str, single: Option<char>, scratch: &mut Scratch) -> (u32, u32) {
        // ASCII folds to as many letters, each with the bit of small letters set.
        if self.stems.is_empty() && written.is_ascii() {
            let shape = shape(written.as_bytes());
            if self.shapes.get(shape / 64).is_none_or(|bits| bits >> (shape % 64) & 1 == 0) {
                return (NONE, NONE);
            }
        }
        let folded = &mut scratch.folded;
        folded.clear();
        match single {
            Some(single) => folded.push(single),
            None => fold_word(written, folded),
        }
        let word = self.words.get(folded.as_bytes()).copied().unwrap_or(NONE);
        if self.stems.is_empty() {
            return (word, NONE);
        }
        let stem = stem(written, folded, self.language, scratch.stemmer.as_ref());
        (word, self.stems.get(stem.as_bytes()).copied().unwrap_or(NONE))
    }

    /// The number of what stands between two tokens; `None` where no name has that.
    fn gap(&self, between: &str, folded: &mut String) -> Option<u32> {
        folded.clear();
        if between == " " {
            folded.push(' ');
        } else if !fold_gap(between, folded) {
            return None;
        }
        self.gaps.get(folded.as_str()).copied()
    }

    /// Finds the names in tokens that follow each other, and forgets them.
    fn end_run(&self, run: &mut Vec<Known>, found: &mut impl FnMut(Range<usize>, u32)) {
        let mut at = 0;
        while let Some(first) = run.get(at) {
            match self.longest_at(run.get(at..).unwrap_or_default()) {
                Some((tokens, end, pattern)) => {
                    found(first.start..end, pattern);
                    at += tokens;
                }
                None => at += 1,
            }
        }
        run.clear();
    }

    /// The longest name at the start of a run: its tokens, its end and its pattern.
    fn longest_at(&self, run: &[Known]) -> Option<(usize, usize, u32)> {
        let mut best = None;
        let mut best_end = 0;
        let mut nodes = [WRITTEN, STEMMED];
        for (i, known) in run.iter().enumerate() {
            let gap = if i == 0 { NO_GAP } else { known.gap };
            let mut offer = |node: u32, end: usize| {
                let pattern = self.ends.get(node as usize).copied().unwrap_or(NONE);
                if pattern != NONE && end > best_end {
                    best_end = end;
                    best = Some((i + 1, end, pattern));
                }
            };
            if let Some((word, stem, len)) = known.keys.bare {
                for (node, key) in nodes.into_iter().zip([word, stem]) {
                    offer(self.step(node, gap, key), known.start + len as usize);
                }
            }
            nodes = [self.step(nodes[0], gap, known.keys.word), self.step(nodes[1], gap, known.keys.stem)];
            nodes.into_iter().for_each(|node| offer(node, known.end));
            if nodes == [NONE; 2] {
                break;
            }
        }
        best
    }

    fn step(&self, node: u32, gap: u32, key: u32) -> u32 {
        if node == NONE || key == NONE {
            return NONE;
        }
        self.edges.get(&(node, gap, key)).copied().unwrap_or(NONE)
    }
}

/// Shapes that words have.
const SHAPES: usize = 1 << 14;

/// What words that are equal but for the case of ASCII letters have in common: their ends and their length.
fn shape(word: &[u8]) -> usize {
    let small = |byte: Option<&u8>| usize::from(byte.map_or(0, |byte| byte | 0x20));
    (small(word.first()) ^ small(word.last()) << 5 ^ word.len() << 10) % SHAPES
}

fn number(numbers: &mut HashMap<Box<[u8]>, u32, Hashes>, word: &[u8]) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(word.into()).or_insert(next)
}

/// The stem of a word, folded.
fn stem(written: &str, folded: &str, language: Language, stemmer: Option<&Stemmer>) -> String {
    match (language, stemmer) {
        (_, Some(_)) if written.len() > STEMMED_BYTES => folded.to_owned(),
        (Language::English, Some(stemmer)) => stemmer.stem(folded).into_owned(),
        // Stems are found in letters as they are written: umlauts and accents tell endings apart.
        (_, Some(stemmer)) => {
            let mut stem = String::new();
            fold_word(&stemmer.stem(&written.to_lowercase()), &mut stem);
            stem
        }
        (_, None) => folded.to_owned(),
    }
}

/// A quick hash for tables of names, which are the writer's own: eight bytes at a time, a rotation and a multiplication each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Multiply(u64);

impl Multiply {
    fn add(&mut self, value: u64) {
        // The golden ratio's 64 bits: any odd number with well-mixed bits would do.
        self.0 = (self.0.rotate_left(26) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Multiply {
    fn write(&mut self, bytes: &[u8]) {
        let mut left = bytes;
        while let Some((eight, rest)) = left.split_first_chunk() {
            self.add(u64::from_le_bytes(*eight));
            left = rest;
        }
        // The last bytes: as four from either end, or one by one.
        match (left.first_chunk(), left.last_chunk()) {
            (Some(first), Some(last)) => {
                let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
                self.add(u64::from(first) << 32 | u64::from(last));
            }
            _ => self.add(left.iter().fold(1, |value, byte| value << 8 | u64::from(*byte))),
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.add(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.add(value.into());
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn finish(&self) -> u64 {
        // The low bits choose the place in a table, and multiplication mixes upwards.
        self.0 ^ (self.0 >> 32)
    }
}
