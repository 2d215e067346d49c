//! From a text to the terms that are compared: words by their stems, characters of scripts without spaces one by one
//! and in pairs.
//!
//! A term is 64 bits of hash, not a word: what is kept of a text cannot be read.

use std::ops::{ControlFlow, Range};

use rust_stemmers::{Algorithm, Stemmer};
use writemagic_shared::text::fold::fold_word;
use writemagic_shared::text::script::is_scalar_script;

use super::english::{base, is_stop_word};
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

/// How the words of a text are led back to their stems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// Stop words are left out, irregular forms and Snowball's stemmer lead to a stem.
    #[default]
    English,
    /// Snowball's stemmer for another language.
    Other(Algorithm),
    /// Words as they are, folded.
    Unknown,
}

/// Languages with a stemmer of Snowball's, by their tags. Snapshots name a language by its place here: new ones go to the end.
const STEMMED: [(&str, Algorithm); 19] = [
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nb", Algorithm::Norwegian),
    ("nn", Algorithm::Norwegian),
    ("no", Algorithm::Norwegian),
    ("nl", Algorithm::Dutch),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

impl Language {
    /// The language of a BCP 47 tag; English where there is none.
    pub(crate) fn of(tag: Option<&str>) -> Self {
        let Some(tag) = tag else { return Self::English };
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        if matches!(primary.as_str(), "" | "en") {
            return Self::English;
        }
        let stemmed = STEMMED.iter().find(|(tag, _)| *tag == primary);
        stemmed.map_or(Self::Unknown, |(_, algorithm)| Self::Other(*algorithm))
    }

    /// A number for keeping.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::English => 0,
            Self::Unknown => 1,
            Self::Other(algorithm) => {
                let place = STEMMED.iter().position(|(_, other)| *other == algorithm);
                place.map_or(1, |place| place as u8 + 2)
            }
        }
    }

    /// The language of a number; `None` for one that none has.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::English),
            1 => Some(Self::Unknown),
            _ => STEMMED.get(usize::from(code) - 2).map(|(_, algorithm)| Self::Other(*algorithm)),
        }
    }

    fn stemmer(self) -> Option<Stemmer> {
        match self {
            Self::English => Some(Stemmer::create(Algorithm::English)),
            Self::Other(algorithm) => Some(Stemmer::create(algorithm)),
            Self::Unknown => None,
        }
    }
}

/// Calls `visit` with each term of `text`, in order, and the bytes that it was made of. Takes time in proportion to the text.
pub(crate) fn each_term(text: &str, language: Language, mut visit: impl FnMut(Term, Range<usize>)) {
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
        for tag in STEMMED.iter().map(|(tag, _)| *tag).chain(["en", "xx"]) {
            let language = Language::of(Some(tag));
            assert_eq!(Language::from_code(language.code()), Some(language));
        }
        assert_eq!(Language::from_code(99), None);
    }

    #[test]
    fn a_term_is_the_same_for_ever() {
        assert_eq!(english_terms("ring"), [Term::of(&[b"ring"])]);
        assert_eq!(Term::of(&[b"a"]), Term(0xAF63_DC4C_8601_EC8C));
        assert_eq!(Term::of(&[b"foo", b"bar"]), Term(0x8594_4171_F739_67E8));
    }

    proptest! {
        #[test]
        fn any_text_has_terms_of_its_own_words(text in any::<String>()) {
            for language in [Language::English, Language::of(Some("de")), Language::Unknown] {
                each_term(&text, language, |_, word| assert!(!text[word].is_empty()));
            }
        }
    }
}
