//! Made-up notes with the statistics of real ones: words by Zipf's law from a vocabulary of 100,000, one note in
//! twenty in Han characters without spaces. The same number gives the same note on every machine.

use std::collections::HashSet;

use fastrand::Rng;

/// One note in this many is written in Han characters.
const HAN_EVERY: u64 = 20;
const WORDS: usize = 100_000;
const HAN_WORDS: usize = 20_000;
const HAN_CHARS: usize = 3_500;

/// What a note says.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) title: String,
    /// Markdown, the title as its heading first.
    pub(crate) text: String,
}

/// Words, most frequent first, and the law by which notes draw them.
pub(crate) struct Vocabulary {
    words: Vec<String>,
    han: Vec<String>,
    word_law: Zipf,
    han_law: Zipf,
}

impl Vocabulary {
    pub(crate) fn new() -> Self {
        let mut rng = Rng::with_seed(1);
        let words = unique(WORDS, |place| latin_word(&mut rng, place));
        let mut rng = Rng::with_seed(2);
        let characters = Zipf::new(HAN_CHARS);
        let han = unique(HAN_WORDS, |_| han_word(&mut rng, &characters));
        Self { words, han, word_law: Zipf::new(WORDS), han_law: Zipf::new(HAN_WORDS) }
    }

    /// The word of this rank, 0 the most frequent.
    pub(crate) fn word(&self, rank: usize) -> &str {
        &self.words[rank]
    }

    /// Whether [`note`](Self::note) `number` is in Han characters.
    pub(crate) fn is_han(number: u64) -> bool {
        number % HAN_EVERY == HAN_EVERY - 1
    }

    /// Note `number`, of at least `bytes` bytes and at most a paragraph more.
    pub(crate) fn note(&self, number: u64, bytes: usize) -> Note {
        let mut rng = Rng::with_seed(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 3);
        let han = Self::is_han(number);
        let mut title = String::new();
        for place in 0..rng.usize(2..=4) {
            self.push_word(&mut title, &mut rng, han, place);
        }
        let mut text = format!("# {title}\n");
        while text.len() < bytes {
            text.push('\n');
            for place in 0..rng.usize(2..=4) {
                if place > 0 && !han {
                    text.push(' ');
                }
                self.push_sentence(&mut text, &mut rng, han);
            }
            text.push('\n');
        }
        Note { title, text }
    }

    fn push_sentence(&self, text: &mut String, rng: &mut Rng, han: bool) {
        let (comma, stop) = if han { ("，", "。") } else { (",", ".") };
        let words = rng.usize(5..=14);
        for place in 0..words {
            if place > 0 && rng.u32(..9) == 0 {
                text.push_str(comma);
            }
            self.push_word(text, rng, han, place);
        }
        text.push_str(stop);
    }

    /// The first word of a sentence or title has a capital, the others a space before them.
    fn push_word(&self, text: &mut String, rng: &mut Rng, han: bool, place: usize) {
        if han {
            text.push_str(&self.han[self.han_law.draw(rng)]);
            return;
        }
        let word = &self.words[self.word_law.draw(rng)];
        if place > 0 {
            text.push(' ');
            text.push_str(word);
        } else {
            text.push_str(&word[..1].to_ascii_uppercase());
            text.push_str(&word[1..]);
        }
    }
}

fn unique(count: usize, mut make: impl FnMut(usize) -> String) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut words = Vec::with_capacity(count);
    while words.len() < count {
        let word = make(words.len());
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

/// One to five syllables; the frequent words are short, as in any language.
fn latin_word(rng: &mut Rng, rank: usize) -> String {
    const STARTS: [&str; 20] = [
        "b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "ch", "",
    ];
    const MIDDLES: [&str; 8] = ["a", "e", "i", "o", "u", "ea", "ou", "ai"];
    const ENDS: [&str; 8] = ["", "", "", "n", "r", "s", "t", "l"];
    let most = match rank {
        0..100 => 1,
        100..2_000 => 2,
        2_000..20_000 => 3,
        _ => 5,
    };
    let part = |rng: &mut Rng, parts: &[&'static str]| parts[rng.usize(..parts.len())];
    let syllables = rng.usize(most.min(2)..=most);
    (0..syllables).map(|_| [part(rng, &STARTS), part(rng, &MIDDLES), part(rng, &ENDS)].concat()).collect()
}

/// One to three characters, mostly two.
fn han_word(rng: &mut Rng, characters: &Zipf) -> String {
    let length = match rng.u32(..10) {
        0..2 => 1,
        2..8 => 2,
        _ => 3,
    };
    // Neighbours in the code table are not neighbours in frequency: the multiplication spreads the ranks over it.
    let character = |rank: usize| char::from_u32(0x4E00 + (rank * 1_009 % HAN_CHARS) as u32).unwrap_or('一');
    (0..length).map(|_| character(characters.draw(rng))).collect()
}

/// Ranks whose frequency falls as 1/(rank + 2.7).
struct Zipf {
    cumulated: Vec<f64>,
}

impl Zipf {
    fn new(ranks: usize) -> Self {
        let mut sum = 0.0;
        let add = |rank: usize| {
            sum += 1.0 / (rank as f64 + 2.7);
            sum
        };
        Self { cumulated: (0..ranks).map(add).collect() }
    }

    fn draw(&self, rng: &mut Rng) -> usize {
        let all = self.cumulated.last().copied().unwrap_or_default();
        let place = rng.f64() * all;
        self.cumulated.partition_point(|sum| *sum <= place).min(self.cumulated.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_the_same_every_time_and_of_the_asked_size() {
        let vocabulary = Vocabulary::new();
        for number in [0, 7, 19, 100_003] {
            let (one, two) = (vocabulary.note(number, 1_000), Vocabulary::new().note(number, 1_000));
            assert_eq!(one.text, two.text);
            assert!((1_000..1_900).contains(&one.text.len()), "{}", one.text.len());
            assert!(one.text.starts_with(&format!("# {}\n\n", one.title)));
        }
    }

    #[test]
    fn one_note_in_twenty_is_in_han() {
        let vocabulary = Vocabulary::new();
        assert!(vocabulary.note(1, 500).text.is_ascii());
        let han = vocabulary.note(19, 500).text;
        assert!(han.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count() > 100);
    }

    #[test]
    fn frequent_words_are_frequent_and_rare_ones_rare() {
        let vocabulary = Vocabulary::new();
        let texts: Vec<String> = (0..200).map(|number| vocabulary.note(number, 1_000).text).collect();
        let holding = |word: &str| {
            let is = |other: &str| other.trim_matches(['.', ',', '#']).eq_ignore_ascii_case(word);
            texts.iter().filter(|text| text.split_whitespace().any(is)).count()
        };
        assert!(holding(vocabulary.word(0)) > 150);
        assert!(holding(vocabulary.word(90_000)) < 3);
    }
}
