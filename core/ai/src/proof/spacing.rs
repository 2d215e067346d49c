//! Spaces: too many, too few, before and behind punctuation.

use std::ops::Range;

use writemagic_shared::text::script::is_scalar_script;

use super::{Found, Language, Paragraph, Profile, Rule};

/// What a text does between things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Gap {
    /// One space behind a sentence.
    OneBehindSentence,
    /// Several.
    MoreBehindSentence,
    /// A space before `; : ! ?`.
    Spaced,
    /// None.
    Unspaced,
}

impl Gap {
    pub(super) const COUNT: usize = 4;
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\u{A0}' | '\u{202F}')
}

/// Calls `each` for every gap of the paragraph that a profile counts.
pub(super) fn gaps(paragraph: &Paragraph<'_>, mut each: impl FnMut(Gap, Range<usize>)) {
    for (at, mark) in paragraph.text.char_indices() {
        let end = at + mark.len_utf8();
        match mark {
            '.' | '!' | '?' => {
                let spaces =
                    paragraph.get(end..paragraph.text.len()).bytes().take_while(|b| *b == b' ').count();
                let follows = paragraph.after(end + spaces).is_some();
                match spaces {
                    1 if follows => each(Gap::OneBehindSentence, end..end + 1),
                    2.. if follows => each(Gap::MoreBehindSentence, end..end + spaces),
                    _ => {}
                }
            }
            _ => {}
        }
        if matches!(mark, ';' | ':' | '!' | '?') {
            match paragraph.before(at) {
                Some(before) if is_space(before) => each(Gap::Spaced, at..end),
                Some(before) if before.is_alphabetic() && ends_phrase(paragraph, end) => {
                    each(Gap::Unspaced, at..end);
                }
                _ => {}
            }
        }
    }
}

/// Whether punctuation that ends here is followed by what follows a phrase, and is no part of an address or a time.
fn ends_phrase(paragraph: &Paragraph<'_>, end: usize) -> bool {
    paragraph.after(end).is_none_or(|next| next.is_whitespace() || "\"”’»)]…".contains(next))
}

pub(super) fn check(
    paragraph: &Paragraph<'_>,
    language: Language,
    profile: &Profile,
    found: &mut Vec<Found>,
) {
    doubled(paragraph, profile, found);
    for (at, mark) in paragraph.text.char_indices() {
        if mark.is_alphanumeric() || mark == ' ' {
            continue;
        }
        let end = at + mark.len_utf8();
        before(paragraph, language, (at, end, mark), found);
        behind(paragraph, (at, end, mark), found);
        let repeated = match mark {
            ',' | ';' => paragraph.after(end) == Some(mark) && paragraph.before(at) != Some(mark),
            '.' => {
                let other = |character: Option<char>| {
                    character.is_none_or(|c| c.is_whitespace() || c.is_alphabetic() || "\"”’»)".contains(c))
                };
                paragraph.after(end) == Some('.')
                    && paragraph.before(at).is_some_and(char::is_alphabetic)
                    && other(paragraph.after(end + 1))
            }
            _ => false,
        };
        if repeated {
            let (range, suggestion) = (at..end + mark.len_utf8(), Some(mark.to_string()));
            found.push(Found { rule: Rule::RepeatedPunctuation, range, suggestion });
        }
    }
    if language == Language::French && profile.prefers(Gap::Spaced, Gap::Unspaced) {
        gaps(paragraph, |gap, range| {
            if gap == Gap::Unspaced {
                let suggestion = Some(format!("\u{202F}{}", paragraph.get(range.clone())));
                found.push(Found { rule: Rule::FrenchSpacing, range, suggestion });
            }
        });
    }
}

fn doubled(paragraph: &Paragraph<'_>, profile: &Profile, found: &mut Vec<Found>) {
    let two_behind_sentences = profile.has_more(Gap::MoreBehindSentence, Gap::OneBehindSentence);
    let bytes = paragraph.text.as_bytes();
    let mut at = 0;
    while let Some(next) = paragraph.get(at..bytes.len()).find("  ") {
        let start = at + next;
        let spaces = bytes.iter().skip(start).take_while(|b| **b == b' ').count();
        at = start + spaces;
        // At the start of a line they indent, at its end they break it.
        let is_inside = !paragraph.get(0..start).trim().is_empty() && at < bytes.len();
        let behind_sentence = paragraph
            .get(0..start)
            .trim_end_matches(['"', '”', '’', '»', ')'])
            .ends_with(['.', '!', '?', ':']);
        if is_inside && !(two_behind_sentences && behind_sentence && spaces == 2) {
            let (range, suggestion) = (start..at, Some(" ".to_owned()));
            found.push(Found { rule: Rule::DoubledSpace, range, suggestion });
        }
    }
}

/// Spaces before a mark.
fn before(
    paragraph: &Paragraph<'_>,
    language: Language,
    (at, end, mark): (usize, usize, char),
    found: &mut Vec<Found>,
) {
    let never = match language {
        Language::French => ",.)]",
        _ => ",.;:!?)]",
    };
    if !never.contains(mark) || !paragraph.before(at).is_some_and(is_space) {
        return;
    }
    let words = paragraph.get(0..at).trim_end_matches(is_space);
    let follows = paragraph.after(end);
    if mark == '.' && paragraph.get(end..paragraph.text.len()).trim_start_matches(is_space).starts_with('.') {
        return;
    }
    // `. . .` and `! !` are set so on purpose, ` .5` and ` .txt` are names, ` :)` is a face.
    let set_apart =
        words.is_empty() || words.ends_with(['.', '!', '?', '…', '—', '–', '-', '(', '[', '|', ',']);
    let ends = follows.is_none_or(|next| next.is_whitespace() || "\"”’»".contains(next));
    if !set_apart && ends {
        let (range, suggestion) = (words.len()..at, Some(String::new()));
        found.push(Found { rule: Rule::SpaceBeforePunctuation, range, suggestion });
    }
}

/// No space behind a mark.
fn behind(paragraph: &Paragraph<'_>, (at, end, mark): (usize, usize, char), found: &mut Vec<Found>) {
    let (Some(before), Some(next)) = (paragraph.before(at), paragraph.after(end)) else { return };
    let word = |character: char| character.is_alphabetic() && !is_scalar_script(character);
    if !word(before) || !word(next) {
        return;
    }
    let missing = match mark {
        ',' | ';' | '!' | '?' => true,
        // `end.Begin`, not `U.S.`, `e.g.`, `example.com` or `Ph.D`.
        '.' => {
            let lower = paragraph.get(0..at).chars().rev().take(3).filter(|c| c.is_lowercase()).count();
            let behind = paragraph.get(end..paragraph.text.len());
            let rest = behind.chars().skip(1).take(2).filter(|c| c.is_lowercase()).count();
            lower == 3
                && next.is_uppercase()
                && (rest == 2 || behind.chars().nth(1).is_some_and(char::is_whitespace))
        }
        _ => false,
    };
    let token = paragraph.token_at(at);
    let address = ["://", "www.", "@", "&", "=", "/", "<"].iter().any(|part| token.contains(part));
    if missing && !address {
        let (range, suggestion) = (at..end, Some(format!("{mark} ")));
        found.push(Found { rule: Rule::MissingSpace, range, suggestion });
    }
}
