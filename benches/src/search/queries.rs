//! What is asked, and which notes truly match: found by reading them all.

use std::collections::BTreeSet;

use fastrand::Rng;

use crate::corpus::note_bytes;
use crate::notes::Vocabulary;

/// Different queries of each kind.
const EACH: usize = 30;

/// A way to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// All of these whole words.
    Words,
    /// A word that begins so.
    Prefix,
    /// These words, one after the other.
    Phrase,
    /// This run of characters anywhere.
    Substring,
}

/// A group of queries that share a row.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) form: Form,
    pub(super) queries: Vec<Query>,
}

/// One query.
#[derive(Debug)]
pub(super) struct Query {
    /// The words, the prefix or the characters, without any query language.
    pub(super) text: String,
    /// How many notes match.
    pub(super) matching: u64,
}

/// The queries of a library of `notes` notes, with their true numbers of matches.
pub(super) fn all(vocabulary: &Vocabulary, notes: u64) -> Vec<Kind> {
    let mut rng = Rng::with_seed(4);
    let words = |from: usize, step: usize| {
        (0..EACH).map(|place| vocabulary.word(from + place * step).to_owned()).collect::<BTreeSet<_>>()
    };
    let pairs = (0..EACH).map(|place| [vocabulary.word(20 + place), vocabulary.word(400 + place)].join(" "));
    let prefixes = (0..).map(|place| vocabulary.word(3_000 + place * 7).chars().take(4).collect::<String>());
    let prefixes = prefixes.filter(|prefix| prefix.len() == 4).take(EACH).collect();
    let mut sampled = |form: Form, length: usize| {
        let mut found = BTreeSet::new();
        while found.len() < EACH {
            found.extend(sample(&mut rng, vocabulary, notes, form, length));
        }
        found
    };
    let kind = |name, form, texts: BTreeSet<String>| {
        let queries = texts.into_iter().map(|text| Query { text, matching: 0 }).collect();
        Kind { name, form, queries }
    };
    let mut kinds = vec![
        kind("common word", Form::Words, words(0, 1)),
        kind("medium word", Form::Words, words(500, 10)),
        kind("rare word", Form::Words, words(60_000, 1_000)),
        kind("two words", Form::Words, pairs.collect()),
        kind("prefix of 4 letters", Form::Prefix, prefixes),
        kind("phrase of 2 words", Form::Phrase, sampled(Form::Phrase, 2)),
        kind("1 Han character", Form::Substring, sampled(Form::Substring, 1)),
        kind("2 Han characters", Form::Substring, sampled(Form::Substring, 2)),
        kind("3 Han characters", Form::Substring, sampled(Form::Substring, 3)),
    ];
    count_matches(&mut kinds, vocabulary, notes);
    kinds
}

/// Neighbouring words or characters of some note, if the drawn place has so many.
fn sample(rng: &mut Rng, vocabulary: &Vocabulary, notes: u64, form: Form, length: usize) -> Option<String> {
    let number = rng.u64(..notes);
    if Vocabulary::is_han(number) != (form == Form::Substring) {
        return None;
    }
    let text = vocabulary.note(number, note_bytes(number)).text;
    let parts: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    if form == Form::Phrase {
        let start = rng.usize(..parts.len());
        return Some(parts.get(start..start + length)?.join(" ").to_lowercase());
    }
    let run: Vec<char> = parts.get(rng.usize(..parts.len()))?.chars().collect();
    let start = rng.usize(..run.len());
    Some(run.get(start..start + length)?.iter().collect())
}

fn count_matches(kinds: &mut [Kind], vocabulary: &Vocabulary, notes: u64) {
    for number in 0..notes {
        let text = vocabulary.note(number, note_bytes(number)).text;
        let han = Vocabulary::is_han(number);
        let words = if han { String::new() } else { spaced_words(&text) };
        for kind in kinds.iter_mut().filter(|kind| (kind.form == Form::Substring) == han) {
            for query in &mut kind.queries {
                query.matching += u64::from(matches(kind.form, &query.text, &text, &words));
            }
        }
    }
}

/// The words in lower case, one space before and after each.
fn spaced_words(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let words: Vec<&str> = std::iter::once("").chain(parts).chain([""]).collect();
    words.join(" ").to_lowercase()
}

fn matches(form: Form, query: &str, text: &str, words: &str) -> bool {
    match form {
        Form::Words => query.split(' ').all(|word| words.contains(&format!(" {word} "))),
        Form::Prefix => words.contains(&format!(" {query}")),
        Form::Phrase => words.contains(&format!(" {query} ")),
        Form::Substring => text.contains(query),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_is_whole_words_prefixes_phrases_and_substrings() {
        let text = "# Big day\n\nA big, blue sea.";
        let words = spaced_words(text);
        assert_eq!(words, " big day a big blue sea ");
        assert!(matches(Form::Words, "sea big", text, &words));
        assert!(!matches(Form::Words, "bi", text, &words));
        assert!(matches(Form::Prefix, "bl", text, &words));
        assert!(matches(Form::Phrase, "big blue", text, &words));
        assert!(!matches(Form::Phrase, "blue big", text, &words));
        assert!(matches(Form::Substring, "ay", text, &words));
    }

    #[test]
    fn every_sampled_query_has_a_match_and_common_words_have_most() {
        let kinds = all(&Vocabulary::new(), 1_000);
        let of = |name: &str| kinds.iter().find(|kind| kind.name == name).unwrap();
        for name in ["phrase of 2 words", "1 Han character", "2 Han characters", "3 Han characters"] {
            assert!(of(name).queries.iter().all(|query| query.matching > 0), "{name}");
        }
        assert!(of("common word").queries.iter().any(|query| query.matching > 800));
        assert!(kinds.iter().all(|kind| kind.queries.len() == EACH));
    }
}
