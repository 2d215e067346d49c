//! From a text to the terms that are compared: words by their stems, characters of scripts without spaces one by one
//! and in pairs.
//!
//! A term is 64 bits of hash, not a word: what is kept of a text cannot be read.

use std::ops::{ControlFlow, Range};

use rust_stemmers::Stemmer;
use writemagic_shared::text::fold::fold_word;
use writemagic_shared::text::script::is_scalar_script;

use super::english::{base, is_stop_word};
pub(crate) use crate::document::Language;
use crate::search::tokens::{GAP, each_token};

/// Words of more bytes are compared as they are.
const STEMMED_BYTES: usize = 64;
/// What follows an apostrophe and is not part of the word.
const ENDINGS: [&str; 6] = ["'s", "'d", "'ll", "'m", "'re", "'ve"];

/// A term, by its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Term(pub(super) u64);

impl Term {
    /// FNV-1a, 64 bits (Fowler, Noll, Vo): the same on every machine and in every version, because it is kept.
    pub(super) fn of(bytes: &[&[u8]]) -> Self {
        const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01B3;
        let all = bytes.iter().copied().flatten();
        Self(all.fold(OFFSET, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME)))
    }
}

/// Calls `visit` with each term of `text`, in order, and the bytes that it was made of. Takes time in proportion to the text.
pub(crate) fn each_term(text: &str, language: Language, visit: impl FnMut(Term, Range<usize>)) {
    each_term_by(text, language, english, visit);
}

/// English words that were looked at, and their terms: 4,096 places, a word in each, at most [`KNOWN_BYTES`] long. Texts say most things
/// in the same words: to read many texts takes a sixth less time with them.
pub(super) struct KnownWords(Box<[KnownWord]>);

const KNOWN_WORDS: usize = 4_096;
const KNOWN_BYTES: usize = 14;

#[derive(Clone, Copy)]
struct KnownWord {
    /// The word, then zeros.
    bytes: [u8; KNOWN_BYTES],
    /// Of its bytes; 0 where none is known.
    length: u8,
    says_something: bool,
    term: u64,
}

impl Default for KnownWords {
    fn default() -> Self {
        let none = KnownWord { bytes: [0; KNOWN_BYTES], length: 0, says_something: false, term: 0 };
        Self(vec![none; KNOWN_WORDS].into())
    }
}

impl std::fmt::Debug for KnownWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownWords").finish_non_exhaustive()
    }
}

impl KnownWords {
    /// As [`each_term`].
    pub(super) fn each_term(
        &mut self,
        text: &str,
        language: Language,
        visit: impl FnMut(Term, Range<usize>),
    ) {
        each_term_by(text, language, |word, stemmer| self.english(word, stemmer), visit);
    }

    fn english(&mut self, word: &str, stemmer: &Stemmer) -> Option<Term> {
        let mut bytes = [0; KNOWN_BYTES];
        let Some(start) = bytes.get_mut(..word.len()) else { return english(word, stemmer) };
        start.copy_from_slice(word.as_bytes());
        let place = Term::of(&[word.as_bytes()]).0 % KNOWN_WORDS as u64;
        let Some(known) = self.0.get_mut(place as usize) else { return english(word, stemmer) };
        if (known.bytes, usize::from(known.length)) != (bytes, word.len()) {
            let term = english(word, stemmer);
            let says_something = term.is_some();
            let term = term.map_or(0, |term| term.0);
            *known = KnownWord { bytes, length: word.len() as u8, says_something, term };
        }
        known.says_something.then_some(Term(known.term))
    }
}

fn each_term_by(
    text: &str,
    language: Language,
    mut english: impl FnMut(&str, &Stemmer) -> Option<Term>,
    mut visit: impl FnMut(Term, Range<usize>),
) {
    let stemmer = language.stemmer();
    let mut before: Option<(char, usize)> = None;
    let mut folded = String::new();
    let _: ControlFlow<()> = each_token(text, |token, range| {
        let single =
            token.chars().next().filter(|first| token.len() == first.len_utf8() && is_scalar_script(*first));
        if let Some(single) = single {
            visit(Term::of(&[token.as_bytes()]), range.clone());
            if let Some((before, start)) = before {
                let mut bytes = [0; 4];
                visit(
                    Term::of(&[before.encode_utf8(&mut bytes).as_bytes(), token.as_bytes()]),
                    start..range.end,
                );
            }
            before = Some((single, range.start));
            return ControlFlow::Continue(());
        }
        before = None;
        if token == GAP {
            return ControlFlow::Continue(());
        }
        let word = text.get(range.clone()).unwrap_or(token);
        match (language, &stemmer) {
            (Language::English, Some(stemmer)) => {
                if let Some(term) = english(token, stemmer) {
                    visit(term, range);
                }
            }
            // Stems are found in letters as they are written: umlauts and accents tell endings apart.
            (_, Some(stemmer)) if word.len() <= STEMMED_BYTES => {
                folded.clear();
                fold_word(&stemmer.stem(&word.to_lowercase()), &mut folded);
                visit(Term::of(&[folded.as_bytes()]), range);
            }
            _ => visit(Term::of(&[token.as_bytes()]), range),
        }
        ControlFlow::Continue(())
    });
}

/// The term of a folded English word; `None` where it says nothing.
fn english(word: &str, stemmer: &Stemmer) -> Option<Term> {
    if is_stop_word(word) {
        return None;
    }
    if !word.contains('\'') {
        return Some(stem(word, stemmer));
    }
    let bare = match ENDINGS.iter().find_map(|ending| word.strip_suffix(ending)) {
        Some(bare) => bare.to_owned(),
        None => word.replace('\'', ""),
    };
    (!bare.is_empty() && !is_stop_word(&bare)).then(|| stem(&bare, stemmer))
}

fn stem(word: &str, stemmer: &Stemmer) -> Term {
    if word.len() > STEMMED_BYTES {
        return Term::of(&[word.as_bytes()]);
    }
    Term::of(&[stemmer.stem(base(word)).as_bytes()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(text: &str, language: Language) -> Vec<Term> {
        let mut terms = Vec::new();
        each_term(text, language, |term, _| terms.push(term));
        terms
    }

    fn english_terms(text: &str) -> Vec<Term> {
        terms(text, Language::English)
    }

    #[test]
    fn inflected_and_irregular_forms_are_one_term() {
        for (one, other) in [
            ("She walked", "walking"),
            ("the children", "a child"),
            ("Mary’s ring", "rings of Mary"),
            ("they've gone", "I went"),
            ("CAFÉ", "cafes"),
        ] {
            let (mut one, mut other) = (english_terms(one), english_terms(other));
            one.sort_unstable();
            other.sort_unstable();
            assert!(!one.is_empty());
            assert_eq!(one, other);
        }
        assert_eq!(english_terms("o’clock"), english_terms("oclock"));
    }

    #[test]
    fn words_without_a_meaning_of_their_own_are_no_terms() {
        assert!(english_terms("Where is it? I don't, he'll not. … 😀").is_empty());
        assert_eq!(terms("wo ist", Language::Unknown).len(), 2);
    }

    #[test]
    fn scripts_without_spaces_have_characters_and_pairs() {
        assert_eq!(english_terms("東京").len(), 3);
        assert_eq!(english_terms("東。京").len(), 2);
        assert_eq!(english_terms("東x京").len(), 3);
        assert!(english_terms("東京都").starts_with(&english_terms("東京")));
    }

    #[test]
    fn other_languages_have_their_own_stems() {
        let german = Language::of(Some("de-AT"));
        assert_eq!(
            terms("Häuser", german),
            terms("Haus", german).iter().map(|_| terms("häusern", german)[0]).collect::<Vec<_>>()
        );
        let russian = Language::of(Some("ru"));
        assert_eq!(terms("дорога", russian), terms("дороги", russian));
        assert_eq!(Language::of(None), Language::English);
        assert_eq!(Language::of(Some("xx")), Language::Unknown);
    }

    #[test]
    fn a_term_is_the_same_for_ever() {
        assert_eq!(english_terms("ring"), [Term::of(&[b"ring"])]);
        assert_eq!(Term::of(&[b"a"]), Term(0xAF63_DC4C_8601_EC8C));
        assert_eq!(Term::of(&[b"foo", b"bar"]), Term(0x8594_4171_F739_67E8));
    }

    proptest! {
        #[test]
        fn known_words_change_nothing(texts in prop::collection::vec("[a-c'é ]{0,60}|.{0,40}", 1..20)) {
            let mut known = KnownWords::default();
            for text in &texts {
                let mut found = Vec::new();
                known.each_term(text, Language::English, |term, _| found.push(term));
                prop_assert_eq!(found, english_terms(text));
            }
        }

        #[test]
        fn any_text_has_terms_of_its_own_words(text in any::<String>()) {
            for language in [Language::English, Language::of(Some("de")), Language::Unknown] {
                each_term(&text, language, |_, word| assert!(!text[word].is_empty()));
            }
        }
    }
}
