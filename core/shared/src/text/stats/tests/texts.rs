//! Texts to count: made of few characters of every class, so that rules meet.

use std::collections::BTreeMap;

use crate::text::stats::page::class_byte;

/// Characters of every class: the first and the last of each, and those with a rule of their own.
pub(crate) fn representatives() -> Vec<char> {
    let mut classes: BTreeMap<(u8, usize), (char, char)> = BTreeMap::new();
    for c in '\0'..=char::MAX {
        let class = (class_byte(c as usize >> 6, c as u8), c.len_utf8());
        classes.entry(class).and_modify(|range| range.1 = c).or_insert((c, c));
    }
    let mut all: Vec<char> = classes.values().flat_map(|(first, last)| [*first, *last]).collect();
    all.extend("'\".,:;!?_ \r\n\t\u{85}\u{2028}\u{200D}\u{1F170}ℹ®a1A".chars());
    all.sort_unstable();
    all.dedup();
    all
}

/// A small generator of numbers: texts are the same on every machine.
pub(super) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ z >> 31) % bound as u64) as usize
    }
}

/// A text of up to some three hundred characters, most of them from a handful.
pub(crate) fn random(seed: u64) -> String {
    thread_local!(static ALPHABET: Vec<char> = representatives());
    ALPHABET.with(|alphabet| {
        let mut random = Random::new(seed);
        let handful: Vec<char> =
            (0..2 + random.below(7)).map(|_| alphabet[random.below(alphabet.len())]).collect();
        let plain: Vec<char> = "ab Z1.'é漢한д".chars().collect();
        let length = [8, 30, 70, 140, 300][random.below(5)];
        let mut text = String::new();
        for _ in 0..random.below(length + 1) {
            let from = match random.below(20) {
                0 => alphabet,
                1..=4 => &plain,
                5 if random.below(4) == 0 => {
                    text.push('\n');
                    continue;
                }
                _ => &handful,
            };
            let c = from[random.below(from.len())];
            // Runs, so that a rule's reach crosses the edges of blocks.
            let run = if random.below(24) == 0 { random.below(70) } else { 1 };
            text.extend(std::iter::repeat_n(c, run));
        }
        text
    })
}
