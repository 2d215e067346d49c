//! Search by the book: fold everything with a map to the source, then compare everywhere. Over the crates that know
//! Unicode and nothing of ours, for tests and the fuzzer.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_segmentation::UnicodeSegmentation;

use super::oracle::{is_ignorable, is_ignored_mark, usual_width};

/// What differs, and whether only whole words are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) case: bool,
    pub(crate) diacritics: bool,
    pub(crate) whole_word: bool,
}

struct Element {
    folded: char,
    /// The decomposed character it comes from.
    part: char,
    /// The number of the source character.
    source: usize,
    /// Whether it is one of too many marks.
    is_beyond: bool,
}

/// How many marks of one letter are brought into canonical order; no match begins or ends before the others.
const MARKS: usize = 32;

/// The matches in `text`, or none at all if the pattern is empty or ignored.
pub(crate) fn find(text: &str, pattern: &str, wanted: Wanted) -> Vec<Range<usize>> {
    let wanted_letters: Vec<char> = elements(pattern, wanted).iter().map(|element| element.folded).collect();
    if wanted_letters.is_empty() {
        return Vec::new();
    }
    let found = elements(text, wanted);
    let places: Vec<(usize, char)> = text.char_indices().collect();
    let place = |source: usize| places.get(source).map_or(text.len(), |(at, _)| *at);
    let mut matches: Vec<Range<usize>> = Vec::new();
    for start in 0..found.len() {
        let end = start + wanted_letters.len();
        let Some(here) = found.get(start..end) else { break };
        if !here.iter().map(|element| element.folded).eq(wanted_letters.iter().copied())
            || !divides(&places, &found, start)
            || !divides(&places, &found, end)
        {
            continue;
        }
        let first = here.iter().map(|element| element.source).min().unwrap();
        let mut behind = here.iter().map(|element| element.source).max().unwrap() + 1;
        while places.get(behind).is_some_and(|(_, character)| extends(*character, wanted)) {
            behind += 1;
        }
        let range = place(first)..place(behind);
        let is_wanted =
            !wanted.whole_word || is_word_boundary(text, range.start) && is_word_boundary(text, range.end);
        if is_wanted && matches.last().is_none_or(|last| last.end <= range.start) {
            matches.push(range);
        }
    }
    matches
}

/// Whether a word boundary stands at `at`, as 256 bytes on either side tell.
fn is_word_boundary(text: &str, at: usize) -> bool {
    let start = (at.saturating_sub(256)..=at).find(|start| text.is_char_boundary(*start)).unwrap();
    let end = text.floor_char_boundary(at + 256);
    let mut boundaries = text[start..end].split_word_bound_indices().map(|(boundary, _)| start + boundary);
    at == end || boundaries.any(|boundary| boundary == at)
}

/// Whether a match may begin at the element `at`, or end before it.
fn divides(places: &[(usize, char)], elements: &[Element], at: usize) -> bool {
    let (before, behind) = elements.split_at(at);
    let (Some(last), Some(next)) = (before.last(), behind.first()) else { return true };
    let latest = before.iter().map(|element| element.source).max().unwrap();
    let earliest = behind.iter().map(|element| element.source).min().unwrap();
    if latest >= earliest {
        return false;
    }
    let source = places[next.source].1;
    // It is not the first of the text: that one stands behind another only where the order does.
    let previous = places[next.source - 1].1;
    let is_regional = |character: char| ('\u{1F1E6}'..='\u{1F1FF}').contains(&character);
    let flags =
        places[..next.source].iter().rev().take_while(|(_, character)| is_regional(*character)).count();
    let changes_letter =
        is_ignored_mark(next.part) || matches!(next.part, '\u{3099}' | '\u{309A}' | '\u{345}');
    let is_one_letter = changes_letter || next.is_beyond || NEIGHBOURS.contains(&(last.part, next.part));
    let is_modifier = ('\u{1F3FB}'..='\u{1F3FF}').contains(&source);
    let is_one_emoji = is_modifier || (previous == '\u{200D}' && is_pictograph(source));
    let is_one_flag = is_regional(source) && flags % 2 == 1;
    !is_one_letter && !is_one_emoji && !is_one_flag
}

/// Neighbours in canonical decompositions.
static NEIGHBOURS: LazyLock<HashSet<(char, char)>> = LazyLock::new(|| {
    ('\0'..=char::MAX)
        .flat_map(|character| {
            let parts: Vec<char> = character.nfd().collect();
            parts.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
        })
        .collect()
});

fn is_pictograph(character: char) -> bool {
    is_one_grapheme(&format!("👩\u{200D}{character}")) && !is_one_grapheme(&format!("a{character}"))
}

fn is_one_grapheme(text: &str) -> bool {
    text.graphemes(true).count() == 1
}

/// Whether the character folds to nothing and belongs to what stands before it.
fn extends(character: char, wanted: Wanted) -> bool {
    elements(&character.to_string(), wanted).is_empty() && is_one_grapheme(&format!("a{character}"))
}

fn elements(text: &str, wanted: Wanted) -> Vec<Element> {
    let mut parts: Vec<(char, usize)> = Vec::new();
    for (source, character) in text.chars().enumerate() {
        if is_ignorable(character) || character == '\u{640}' {
            continue;
        }
        let usual = if character == '’' { '\'' } else { usual_width(character) };
        parts.extend(usual.nfd().map(|part| (part, source)));
    }
    parts.retain(|(part, _)| wanted.diacritics || !is_ignored_mark(*part));
    for run in parts.split_mut(|(part, _)| canonical_combining_class(*part) == 0) {
        let ordered = run.len().min(MARKS);
        run[..ordered].sort_by_key(|(part, _)| canonical_combining_class(*part));
    }
    let mut elements = Vec::new();
    let mut marks = 0;
    for (part, source) in parts {
        marks = if canonical_combining_class(part) == 0 { 0 } else { marks + 1 };
        let is_beyond = marks > MARKS;
        let is_mark = is_ignored_mark(part);
        let bare = if wanted.diacritics { part } else { without_stroke(part) };
        let folded: Vec<char> = if wanted.case || is_mark || bare == 'ı' {
            vec![bare]
        } else {
            bare.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
        };
        elements.extend(folded.into_iter().map(|folded| Element { folded, part, source, is_beyond }));
    }
    elements
}

fn without_stroke(letter: char) -> char {
    match letter {
        'Ø' => 'O',
        'ø' => 'o',
        'Đ' => 'D',
        'đ' => 'd',
        'Ħ' => 'H',
        'ħ' => 'h',
        'ı' => 'i',
        'Ł' => 'L',
        'ł' => 'l',
        'Ŧ' => 'T',
        'ŧ' => 't',
        letter => letter,
    }
}
