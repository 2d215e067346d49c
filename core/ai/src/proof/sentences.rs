//! Sentences: long ones, and those that begin alike.

use writemagic_shared::text::script::is_scalar_script;
use writemagic_shared::text::segment;

use super::{Found, Paragraph, Rule};

/// Sentences in a row that begin alike and are worth a word.
const ALIKE: usize = 4;
/// Ideographs and syllables count as words one by one: a sentence of them has so many times as many.
const SCALAR_WORDS: usize = 2;

pub(super) fn check(paragraph: &Paragraph<'_>, long: u32, found: &mut Vec<Found>) {
    let mut words = paragraph.words.iter().peekable();
    let mut opening = String::new();
    let mut alike = 0;
    for sentence in segment::sentences(paragraph.text) {
        let (mut count, mut scalars, mut first) = (0, 0, None);
        while let Some(word) = words.next_if(|word| word.range.start < sentence.end) {
            count += 1;
            first.get_or_insert_with(|| word.range.clone());
            scalars += usize::from(paragraph.after(word.range.start).is_some_and(is_scalar_script));
        }
        let Some(first) = first else { continue };
        let most = long as usize * if scalars * 2 > count { SCALAR_WORDS } else { 1 };
        if count > most {
            let range = sentence.start..sentence.start + paragraph.get(sentence.clone()).trim_end().len();
            found.push(Found { rule: Rule::LongSentence, range, suggestion: None });
        }
        let word = paragraph.get(first.clone());
        // Scripts without words have no first word to repeat.
        if word.chars().next().is_none_or(|c| is_scalar_script(c) || !c.is_alphabetic()) {
            (opening, alike) = (String::new(), 0);
            continue;
        }
        let word = word.to_lowercase();
        alike = if word == opening { alike + 1 } else { 1 };
        opening = word;
        if alike == ALIKE {
            found.push(Found { rule: Rule::RepeatedOpening, range: first, suggestion: None });
        }
    }
}
