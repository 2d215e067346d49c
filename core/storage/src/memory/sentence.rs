//! What a memory says, as words that are compared one by one: no model, nothing that guesses.
//!
//! *Words* stand between white space, in NFC, without ordinary punctuation at their ends; what stands inside (`3.5`, `well-known`,
//! `Mary's`) is theirs, and so are signs before a digit.
//!
//! - The *same words*: equal whatever their case. A question is not a statement; texts without words are compared as they
//!   are.
//! - *As good as the same words*: equal with their case, once English fillers are left out and `n't` is written as
//!   `not`. So numbers, names and negations agree.
//! - A *claim*: a frame and what it says inside. Two claims of one frame that say different things cannot both be right.
//!   A number stands in a frame of all other words; a negation in a frame of stems without *do*; a value behind *is*, *are*,
//!   *was* or *were*, of at most three words, in a frame that speaks of something of somebody's (`Mary's eyes are grey`, `the colour of the
//!   door is red`).
//!
//! Fillers, negations, numbers in words and claims are English; other languages have the same words, and claims of digits.

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

use super::item::Disagreement;
use crate::search::{Language, Term, each_term};

/// The longest text that makes claims, in words: more is a story.
const CLAIM_WORDS: usize = 64;
/// The longest value, in words.
const VALUE_WORDS: usize = 3;

const FILLERS: [&str; 6] = ["a", "also", "an", "really", "the", "very"];
const NEGATIONS: [&str; 7] = ["neither", "never", "no", "nobody", "none", "nor", "not"];
const AUXILIARIES: [&str; 3] = ["did", "do", "does"];
const COPULAS: [&str; 4] = ["are", "is", "was", "were"];
/// Who is meant depends on who speaks.
const SPEAKERS: [&str; 10] = ["i", "i'm", "me", "mine", "my", "our", "us", "we", "you", "your"];
/// Who is meant depends on what was said before.
const POINTERS: [&str; 13] =
    ["he", "her", "his", "it", "its", "she", "that", "their", "there", "these", "they", "this", "those"];
const NUMBERS: [&str; 24] = [
    "eight",
    "eighteen",
    "eighty",
    "eleven",
    "fifteen",
    "fifty",
    "five",
    "forty",
    "four",
    "fourteen",
    "hundred",
    "nine",
    "nineteen",
    "one",
    "seven",
    "seventeen",
    "six",
    "sixteen",
    "ten",
    "thirteen",
    "thirty",
    "three",
    "twelve",
    "two",
];

/// What two texts are compared by: 16 bytes of a SHA-256, so that equal means equal.
pub(super) type Likeness = [u8; 16];

/// Something that a text claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) why: Disagreement,
    /// All but what it says.
    pub(super) frame: String,
    /// What it says there.
    pub(super) says: String,
}

/// A text, word by word.
#[derive(Debug)]
pub(super) struct Sentence<'a> {
    text: &'a str,
    /// As they are written.
    words: Vec<String>,
    /// In lower case, with `not` for `n't`.
    lower: Vec<String>,
    is_question: bool,
}

impl<'a> Sentence<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let words: Vec<String> = text.split_whitespace().filter_map(word).collect();
        let lower = words.iter().flat_map(|word| spelled_out(&word.to_lowercase())).collect();
        Self { text, words, lower, is_question: text.contains(['?', '？', '؟']) }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// Equal for texts of the same words that have equal `fields`.
    pub(super) fn same_words(&self, fields: &[&str]) -> Likeness {
        match self.words.is_empty() {
            true => likeness(fields, &["text", self.text.trim()]),
            false => {
                let lower = self.words.iter().map(|word| word.to_lowercase()).collect::<Vec<_>>();
                likeness(fields, &["words", self.mood(), &lower.join(" ")])
            }
        }
    }

    /// Equal for texts that are as good as the same words, and have equal `fields`; `None` where nothing but fillers is said.
    pub(super) fn nearly_same_words(&self, fields: &[&str]) -> Option<Likeness> {
        let words = self.words.iter().flat_map(|word| spelled_out(word));
        let words: Vec<String> = words.filter(|word| !is_one_of(&FILLERS, &word.to_lowercase())).collect();
        (!words.is_empty()).then(|| likeness(fields, &["nearly", self.mood(), &words.join(" ")]))
    }

    fn mood(&self) -> &'static str {
        if self.is_question { "?" } else { "." }
    }

    /// Whether who is meant depends on who speaks, or on what was said before.
    pub(super) fn depends(&self) -> Dependence {
        let has = |words: &[&str]| self.lower.iter().any(|word| is_one_of(words, word));
        match (has(&SPEAKERS), self.lower.first().is_some_and(|first| is_one_of(&POINTERS, first))) {
            (true, _) => Dependence::Speaker,
            (false, true) => Dependence::Session,
            (false, false) => Dependence::Nothing,
        }
    }

    /// What the text claims; nothing where it asks, or is long.
    pub(super) fn claims(&self) -> Vec<Claim> {
        if self.is_question || self.words.len() > CLAIM_WORDS {
            return Vec::new();
        }
        let words: Vec<&str> =
            self.lower.iter().map(String::as_str).filter(|word| !is_one_of(&FILLERS, word)).collect();
        [number(&words), negation(&words), value(&words)].into_iter().flatten().collect()
    }
}

/// What one must know besides the words to know what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dependence {
    Nothing,
    Session,
    Speaker,
}

fn is_one_of(words: &[&str], word: &str) -> bool {
    words.contains(&word)
}

/// A word without the punctuation at its ends; `None` where nothing is left.
fn word(written: &str) -> Option<String> {
    let ordinary = |c: char| {
        matches!(
            c,
            '.' | ',' | ';' | ':' | '!' | '?' | '"' | '\'' | '(' | ')' | '[' | ']' | '-' | '*' | '_' | '`'
        ) || matches!(c, '‘'..='„' | '«' | '»' | '…' | '‐'..='―' | '？' | '؟' | '。' | '，' | '、' | '！')
    };
    let trimmed = written.trim_end_matches(ordinary);
    let bare = trimmed.trim_start_matches(ordinary);
    // A sign or a point before a digit is part of the number.
    let signed =
        |sign: &char| matches!(sign, '-' | '.' | '‐'..='―') && bare.starts_with(|c: char| c.is_numeric());
    let sign = trimmed[..trimmed.len() - bare.len()].chars().next_back().filter(signed);
    let spelled: String =
        sign.into_iter().chain(bare.nfc()).map(|c| if c == '’' { '\'' } else { c }).collect();
    (!bare.is_empty()).then_some(spelled)
}

/// `n't` as a word of its own.
fn spelled_out(word: &str) -> Vec<String> {
    let whole = |word: &str| vec![word.to_owned()];
    let not = |verb: &str| vec![verb.to_owned(), "not".to_owned()];
    match word {
        "can't" | "cannot" => not("can"),
        "won't" => not("will"),
        _ => word.strip_suffix("n't").filter(|verb| !verb.is_empty()).map_or_else(|| whole(word), not),
    }
}

fn is_number(word: &str) -> bool {
    word.contains(|c: char| c.is_numeric()) || is_one_of(&NUMBERS, word)
}

/// Words that say something by themselves: all that have a stem.
fn stem(word: &str) -> Option<Term> {
    let mut stem = None;
    each_term(word, Language::default(), |term, _| stem = stem.or(Some(term)));
    stem
}

fn says_something(words: &[&str], least: usize) -> bool {
    words.iter().filter(|word| !is_number(word) && stem(word).is_some()).nth(least - 1).is_some()
}

fn number(words: &[&str]) -> Option<Claim> {
    let (numbers, others): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| is_number(word));
    if numbers.is_empty() || !says_something(&others, 1) {
        return None;
    }
    let frame: Vec<&str> = words.iter().map(|word| if is_number(word) { "#" } else { word }).collect();
    Some(Claim { why: Disagreement::Number, frame: frame.join(" "), says: numbers.join(" ") })
}

fn negation(words: &[&str]) -> Option<Claim> {
    let (negations, others): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| is_one_of(&NEGATIONS, word));
    let others: Vec<&str> = others.into_iter().filter(|word| !is_one_of(&AUXILIARIES, word)).collect();
    if !says_something(&others, 2) {
        return None;
    }
    let stemmed = |word: &&str| match stem(word).filter(|_| !is_number(word)) {
        Some(term) => format!("{term:?}"),
        None => (*word).to_owned(),
    };
    let frame: Vec<String> = others.iter().map(stemmed).collect();
    let says = if negations.len() % 2 == 0 { "yes" } else { "no" };
    Some(Claim { why: Disagreement::Negation, frame: frame.join(" "), says: says.to_owned() })
}

fn value(words: &[&str]) -> Option<Claim> {
    let at = words.iter().position(|word| is_one_of(&COPULAS, word))?;
    let (subject, value) = (&words[..at], &words[at + 1..]);
    let owned = |word: &&str| word.ends_with("'s") || word.ends_with("s'") || *word == "of";
    let is_plain = |word: &&str| !is_number(word) && !is_one_of(&NEGATIONS, word);
    let fits = subject.iter().any(owned)
        && says_something(subject, 2)
        && (1..=VALUE_WORDS).contains(&value.len())
        && value.iter().all(is_plain);
    fits.then(|| Claim { why: Disagreement::Value, frame: words[..=at].join(" "), says: value.join(" ") })
}

/// Equal for equal parts.
pub(super) fn likeness(fields: &[&str], words: &[&str]) -> Likeness {
    let mut hash = Sha256::new();
    for part in fields.iter().chain(words) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let hash: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|at| hash[at])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(one: &str, other: &str) -> bool {
        Sentence::of(one).same_words(&[]) == Sentence::of(other).same_words(&[])
    }

    fn nearly(one: &str, other: &str) -> bool {
        let one = Sentence::of(one).nearly_same_words(&[]);
        one.is_some() && one == Sentence::of(other).nearly_same_words(&[])
    }

    /// Why two texts cannot both be right.
    fn clash(one: &str, other: &str) -> Vec<Disagreement> {
        let (one, other) = (Sentence::of(one).claims(), Sentence::of(other).claims());
        let clashes = |claim: &&Claim| {
            let against = |other: &Claim| {
                other.why == claim.why && other.frame == claim.frame && other.says != claim.says
            };
            other.iter().any(against)
        };
        one.iter().filter(clashes).map(|claim| claim.why).collect()
    }

    #[test]
    fn case_spaces_and_punctuation_make_no_difference() {
        for (one, other) in [
            ("Mary lost the ring.", " mary  lost the\nring"),
            ("“Mary’s ring — lost!”", "Mary's ring lost"),
            ("cafe\u{301}", "café"),
            ("日本語。", "日本語"),
        ] {
            assert!(same(one, other), "{one}");
        }
        for (one, other) in [
            ("Mary is dead?", "Mary is dead."),
            ("It is 3.5", "It is 35"),
            ("It is -5", "It is 5"),
            ("It is −5", "It is 5"),
            ("It costs $5", "It costs €5"),
            ("schon da", "schön da"),
            ("Mary 😀", "Mary 😢"),
            ("!!!", "…"),
            ("Mary hit Tom", "Tom hit Mary"),
        ] {
            assert!(!same(one, other) && !nearly(one, other), "{one}");
        }
    }

    #[test]
    fn fillers_and_contractions_make_little_difference_and_nothing_else_does() {
        assert!(nearly("Mary lost the red ring.", "Mary lost a red ring"));
        assert!(nearly("Tom isn’t at home", "Tom is not at home"));
        assert!(nearly("The boat can't sail", "The boat cannot sail"));
        for (one, other) in [
            ("Mary lost the ring", "Mary lost no ring"),
            ("Mary lost two rings", "Mary lost three rings"),
            ("Mary lives in London", "Mary lived in London"),
            ("Mary saw the Rose", "Mary saw the rose"),
            ("Mary lost her ring", "Mary lost his ring"),
            ("He died", "He nearly died"),
            ("the", "a"),
        ] {
            assert!(!nearly(one, other), "{one}");
        }
    }

    #[test]
    fn numbers_negations_and_values_that_differ_clash() {
        use Disagreement::{Negation, Number, Value};
        for (one, other, why) in [
            ("Mary is 16 years old.", "Mary is 17 years old", vec![Number]),
            ("The mill has two owners", "the mill has three owners", vec![Number]),
            ("Mary didn't go to the mill", "Mary went to the mill", vec![Negation]),
            ("Tom never loved Mary", "Tom loved Mary", vec![Negation]),
            ("Mary's eyes are grey", "Mary’s eyes are dark green.", vec![Value]),
            ("The colour of the door is red", "The colour of the door is a deep blue", vec![Value]),
        ] {
            assert_eq!(clash(one, other), why, "{one}");
        }
        for (one, other) in [
            ("Mary is tall", "Mary is kind"),
            ("Mary met Tom", "Mary met Jem"),
            ("Mary's eyes are grey", "Tom's eyes are green"),
            ("Mary's eyes are grey", "mary's eyes are grey!"),
            ("Is Mary 16?", "Is Mary 17?"),
            ("Mary will go to the mill", "Mary went to the mill"),
            ("16", "17"),
            ("No!", "Yes!"),
        ] {
            assert_eq!(clash(one, other), [], "{one}");
        }
        let story = "Mary is 16 and ".repeat(30);
        assert!(Sentence::of(&story).claims().is_empty());
    }

    #[test]
    fn who_is_meant_may_depend_on_who_speaks_or_on_what_was_said_before() {
        assert_eq!(Sentence::of("I am 34").depends(), Dependence::Speaker);
        assert_eq!(Sentence::of("She is 34").depends(), Dependence::Session);
        assert_eq!(Sentence::of("Mary is 34").depends(), Dependence::Nothing);
    }

    proptest! {
        #[test]
        fn any_text_is_like_itself_and_never_at_odds_with_itself(text in any::<String>(), other in any::<String>()) {
            prop_assert!(same(&text, &text) && clash(&text, &text).is_empty());
            let _ = (same(&text, &other), nearly(&text, &other), clash(&text, &other));
        }

        #[test]
        fn what_is_nearly_the_same_never_clashes(words in prop::collection::vec(prop::sample::select(vec![
            "Mary", "Mary's", "the", "a", "not", "isn't", "is", "two", "3", "eyes", "are", "grey", "did", "walked", "very",
        ]), 1..8), fillers in prop::collection::vec(0..8_usize, 0..4)) {
            let mut more: Vec<&str> = words.clone();
            for at in fillers {
                more.insert(at.min(more.len()), "really");
            }
            let (one, other) = (words.join(" "), more.join(" "));
            let said = words.iter().any(|word| !matches!(*word, "the" | "a" | "very"));
            prop_assert_eq!(nearly(&one, &other), said);
            prop_assert!(clash(&one, &other).is_empty());
        }
    }
}
