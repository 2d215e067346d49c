//! Marks that come in several forms, and brackets.

use std::ops::Range;

use super::{Found, Paragraph, Profile, Rule};

/// A form of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mark {
    StraightQuote,
    TypographicQuote,
    StraightApostrophe,
    CurlyApostrophe,
    SpacedHyphen,
    DoubleHyphen,
    EnDash,
    EmDash,
    ThreeDots,
    Ellipsis,
}

impl Mark {
    pub(super) const COUNT: usize = 10;
}

use Mark::*;

/// The forms among which a text chooses one.
const GROUPS: &[(Rule, &[Mark])] = &[
    (Rule::MixedQuotes, &[StraightQuote, TypographicQuote]),
    (Rule::MixedApostrophes, &[StraightApostrophe, CurlyApostrophe]),
    (Rule::MixedDashes, &[SpacedHyphen, DoubleHyphen, EnDash, EmDash]),
    (Rule::MixedEllipses, &[ThreeDots, Ellipsis]),
];

/// Calls `each` for every mark of the paragraph, in order.
pub(super) fn marks(paragraph: &Paragraph<'_>, mut each: impl FnMut(Mark, Range<usize>)) {
    let text = paragraph.text;
    let mut skip = 0;
    for (at, character) in text.char_indices().filter(|(_, c)| !c.is_alphanumeric() && *c != ' ') {
        if at < skip {
            continue;
        }
        let end = at + character.len_utf8();
        let spaced = || {
            paragraph.before(at).is_some_and(char::is_whitespace)
                && paragraph.after(end).is_some_and(char::is_whitespace)
        };
        let in_word = || {
            paragraph.before(at).is_some_and(char::is_alphabetic)
                && paragraph.after(end).is_some_and(char::is_alphabetic)
        };
        let run = |mark: char| text.get(at..).unwrap_or_default().chars().take_while(|c| *c == mark).count();
        match character {
            '"' => each(StraightQuote, at..end),
            '“' | '”' | '„' | '«' | '»' => each(TypographicQuote, at..end),
            '\'' if in_word() => each(StraightApostrophe, at..end),
            '’' if in_word() => each(CurlyApostrophe, at..end),
            // At the start of a line it makes a list, or opens a speech.
            '-' if run('-') == 1 && spaced() && !paragraph.get(0..at).trim().is_empty() => {
                each(SpacedHyphen, at..end);
            }
            '-' => {
                let hyphens = run('-');
                skip = at + hyphens;
                let is_rule = text.trim().len() == hyphens;
                if hyphens == 2 && !is_rule && !paragraph.token_at(at).starts_with("--") {
                    each(DoubleHyphen, at..at + 2);
                }
            }
            // Between numbers it is a range, which is no dash of another form.
            '–' if spaced() => each(EnDash, at..end),
            '—' => each(EmDash, at..end),
            '.' => {
                let dots = run('.');
                skip = at + dots;
                if dots == 3 {
                    each(ThreeDots, at..at + 3);
                }
            }
            '…' => each(Ellipsis, at..end),
            _ => {}
        }
    }
}

pub(super) fn check(paragraph: &Paragraph<'_>, profile: &Profile, found: &mut Vec<Found>) {
    marks(paragraph, |mark, range| {
        let Some((rule, group)) = GROUPS.iter().find(|(_, group)| group.contains(&mark)) else { return };
        let Some(usual) = profile.rule_beside(mark, group) else { return };
        let suggestion = match usual {
            StraightQuote => Some("\""),
            StraightApostrophe => Some("'"),
            CurlyApostrophe => Some("’"),
            DoubleHyphen => Some("--"),
            SpacedHyphen if mark == EnDash => Some("-"),
            EnDash if mark == SpacedHyphen => Some("–"),
            EmDash if mark == DoubleHyphen => Some("—"),
            ThreeDots => Some("..."),
            Ellipsis => Some("…"),
            // Which of two quotation marks, or how much space, is not told by the mark alone.
            _ => None,
        };
        found.push(Found { rule: *rule, range, suggestion: suggestion.map(str::to_owned) });
    });
    brackets(paragraph, found);
}

fn brackets(paragraph: &Paragraph<'_>, found: &mut Vec<Found>) {
    let mut open: Vec<(usize, char)> = Vec::new();
    for (at, character) in paragraph.text.char_indices() {
        let partner = match character {
            '(' | '[' | '{' => {
                // `:(` is a face.
                if !(character == '(' && paragraph.get(0..at).ends_with([':', ';'])) {
                    open.push((at, character));
                }
                continue;
            }
            ')' => '(',
            ']' => '[',
            '}' => '{',
            _ => continue,
        };
        if open.pop_if(|(_, bracket)| *bracket == partner).is_some() {
            continue;
        }
        let before = paragraph.get(0..at);
        // `a)` and `12)` number a list, `:)` is a face.
        let token = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let numbers = token.chars().count() <= 3 && token.chars().all(char::is_alphanumeric);
        if !(character == ')' && (numbers || before.ends_with([':', ';', '-']))) {
            let range = at..at + character.len_utf8();
            found.push(Found { rule: Rule::UnbalancedBrackets, range, suggestion: None });
        }
    }
    found.extend(open.into_iter().map(|(at, _)| Found {
        rule: Rule::UnbalancedBrackets,
        range: at..at + 1,
        suggestion: None,
    }));
}
