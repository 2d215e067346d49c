//! The user's list: names and words that nobody else may see.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use writemagic_shared::limits;

use super::MaskError;
use super::boundary::is_boundary;
use super::folded::{Folded, Part};

/// A compiled list of phrases.
#[derive(Clone)]
pub(super) struct Phrases(Option<AhoCorasick>);

impl Phrases {
    /// Compiles the list. Brackets part a phrase in two, since placeholders are made of them; blank phrases are skipped.
    pub(super) fn new<'p>(list: impl IntoIterator<Item = &'p str>) -> Result<Self, MaskError> {
        let mut patterns = Vec::new();
        let mut count = 0_u64;
        for phrase in list.into_iter().map(str::trim).filter(|phrase| !phrase.is_empty()) {
            count += 1;
            limit("mask_phrases", count, limits::MASK_PHRASES)?;
            limit("mask_phrase_bytes", phrase.len() as u64, limits::MASK_PHRASE_BYTES)?;
            let folded = Folded::of(phrase).text;
            let before = patterns.len();
            let parts = folded.split(['[', ']']).map(str::trim).filter(|part| !part.is_empty());
            patterns.extend(parts.map(str::to_owned));
            if patterns.len() == before {
                return Err(MaskError::NothingToMask { phrase: count });
            }
        }
        patterns.sort_unstable();
        patterns.dedup();
        if patterns.is_empty() {
            return Ok(Self(None));
        }
        let bytes = patterns.iter().map(|pattern| pattern.len() as u64).sum();
        let compiled = AhoCorasick::new(&patterns).map_err(|_| MaskError::LimitExceeded {
            what: "mask_phrases",
            value: bytes,
            limit: limits::MASK_PHRASES * limits::MASK_PHRASE_BYTES,
        })?;
        Ok(Self(Some(compiled)))
    }

    /// Where the phrases stand in `source` as whole words: overlapping ones too, in the order of their ends. What
    /// `gone` covers (sorted, apart) will not be there any more, and ends words like a space.
    ///
    /// Linear in the text; where phrases end in others, times their number, 256 at most.
    pub(super) fn find(&self, source: &str, gone: &[Range<usize>]) -> Vec<Range<usize>> {
        let Some(compiled) = &self.0 else { return Vec::new() };
        let folded = Folded::of(source);
        let whole = |range: Range<usize>| {
            let part = folded.part(range.clone())?;
            is_whole(&folded, range, &part, gone).then_some(part.source)
        };
        compiled.find_overlapping_iter(&folded.text).filter_map(|found| whole(found.range())).collect()
    }
}

fn limit(what: &'static str, value: u64, limit: u64) -> Result<(), MaskError> {
    if value > limit { Err(MaskError::LimitExceeded { what, value, limit }) } else { Ok(()) }
}

/// Whether no word goes on beyond the ends of `range`.
fn is_whole(folded: &Folded, range: Range<usize>, part: &Part, gone: &[Range<usize>]) -> bool {
    let text = &folded.text;
    let [before, behind] = part.beside.map(|beside| {
        beside.is_some_and(|byte| {
            let next = gone.partition_point(|range| range.end <= byte);
            gone.get(next).is_some_and(|range| range.contains(&byte))
        })
    });
    let parts = |left: Option<char>, right: Option<char>| match (left, right) {
        (Some(left), Some(right)) => is_boundary(left, right),
        _ => true,
    };
    (before || parts(text[..range.start].chars().next_back(), text[range.start..].chars().next()))
        && (behind || parts(text[..range.end].chars().next_back(), text[range.end..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(list: &[&str], text: &'t str) -> Vec<&'t str> {
        let phrases = Phrases::new(list.iter().copied()).unwrap();
        phrases.find(text, &[]).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn phrases_are_found_in_any_case_width_and_spacing() {
        let text = "ANA KOVAČ, Ana\n  Kovac\u{30C}, Ana\u{A0}Kovac, Ａｎａ Kovač’s";
        assert_eq!(
            found(&["Ana Kovač"], text),
            ["ANA KOVAČ", "Ana\n  Kovac\u{30C}", "Ana\u{A0}Kovac", "Ａｎａ Kovač"]
        );
        assert_eq!(found(&["straße"], "STRASSE, Straße"), ["STRASSE", "Straße"]);
    }

    #[test]
    fn only_whole_words_are_found() {
        assert_eq!(
            found(&["Ana"], "Anapher Banana Ana2 ana_ana (ana) Ana's Ana²"),
            ["ana", "ana", "ana", "Ana", "Ana"]
        );
    }

    #[test]
    fn names_are_found_where_nothing_parts_words() {
        assert_eq!(found(&["김철수"], "김철수는 왔다"), ["김철수"]);
        assert_eq!(found(&["田中"], "私は田中さんです"), ["田中"]);
        assert_eq!(found(&["สมชาย"], "คุณสมชายมา"), ["สมชาย"]);
        assert_eq!(found(&["Ana"], "我叫Ana。"), ["Ana"]);
        assert_eq!(found(&["Ⱥ"], "Ⱥ\u{18CD1}"), ["Ⱥ"], "beside a script that Unicode takes for signs");
        assert_eq!(found(&["محمد"], "قال مُحَمَّد ذلك"), ["مُحَمَّد"]);
    }

    #[test]
    fn overlapping_phrases_are_all_found() {
        assert_eq!(
            found(&["Ana Kovač", "Kovač Marić", "Kovač"], "Ana Kovač Marić"),
            ["Ana Kovač", "Kovač", "Kovač Marić"]
        );
    }

    #[test]
    fn brackets_part_a_phrase() {
        assert_eq!(found(&["the [secret] word"], "secret word, the"), ["secret", "word", "the"]);
        let error = |list: &[&str]| Phrases::new(list.iter().copied()).err();
        assert_eq!(error(&["a", "[]"]), Some(MaskError::NothingToMask { phrase: 2 }));
        assert_eq!(error(&["", "  ", "\u{200B}"]), Some(MaskError::NothingToMask { phrase: 1 }));
        assert_eq!(found(&["", " "], "nothing"), [""; 0]);
    }

    #[test]
    fn a_list_is_bounded() {
        let longest = "a".repeat(256);
        assert!(Phrases::new([longest.as_str()]).is_ok());
        let longer = "a".repeat(257);
        let error = |what, value, limit| Some(MaskError::LimitExceeded { what, value, limit });
        assert_eq!(Phrases::new([longer.as_str()]).err(), error("mask_phrase_bytes", 257, 256));
        let names: Vec<String> = (0..10_001).map(|n| format!("name {n}")).collect();
        assert!(Phrases::new(names[1..].iter().map(String::as_str)).is_ok());
        let many = Phrases::new(names.iter().map(String::as_str));
        assert_eq!(many.err(), error("mask_phrases", 10_001, 10_000));
    }
}
