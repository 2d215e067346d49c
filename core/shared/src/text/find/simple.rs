//! Comparing a pattern character by character, where marks need no sorting: what is there in nearly every text.

use std::ops::Range;

use super::elements::{before, decode, is_syllable};
use super::pattern::{Compared, Pattern};
use crate::text::fold::table::{Character, Distinct, Parts, single};

/// The longest pattern that is compared like this again and again, where it fails. Longer ones are compared by elements,
/// once.
const LONGEST: usize = 32;
/// So many characters that fold to nothing are passed over in one comparison.
const DROPPED: usize = 8;

/// A text in which a pattern is compared.
pub(super) struct Simple<'t> {
    pub(super) text: &'t [u8],
    /// Matches begin here or later.
    pub(super) from: usize,
    pub(super) is_last: bool,
    pub(super) pattern: &'t Pattern,
}

/// The elements of a character.
struct Letter {
    code_points: [u32; Parts::CAPACITY],
    len: usize,
    /// Whether the first element, or the last, is a mark that has an order among those beside it.
    begins_with_mark: bool,
    ends_with_mark: bool,
}

impl Letter {
    #[inline]
    fn plain(letter: char) -> Self {
        let code_points = [u32::from(letter), 0, 0, 0];
        Self { code_points, len: 1, begins_with_mark: false, ends_with_mark: false }
    }

    /// None for what joins the character before it, which decides where matches may begin and end.
    #[inline]
    fn of(character: char, distinct: Distinct) -> Option<Self> {
        if character.is_ascii() {
            return Some(Self::plain(if distinct.case { character } else { character.to_ascii_lowercase() }));
        }
        if !distinct.case
            && !distinct.diacritics
            && let Some(letter) = single(character)
        {
            return Some(Self::plain(letter));
        }
        let known = Character::of(character);
        if known.is_plain() && !is_syllable(character) {
            return Some(Self::plain(character));
        }
        Self::of_several(known, distinct)
    }

    fn of_several(known: Character, distinct: Distinct) -> Option<Self> {
        if known.is_modifier() || known.is_regional() {
            return None;
        }
        let parts = known.parts(distinct);
        let parts = parts.as_slice();
        if parts.first().is_some_and(|first| first.joins() || first.is_second()) {
            return None;
        }
        let mut code_points = [0; Parts::CAPACITY];
        code_points.iter_mut().zip(parts).for_each(|(place, part)| *place = part.code_point());
        Some(Self {
            code_points,
            len: parts.len(),
            begins_with_mark: parts.first().is_some_and(|first| first.class() != 0),
            ends_with_mark: parts.last().is_some_and(|last| last.class() != 0),
        })
    }

    fn first(&self) -> Option<&u32> {
        self.code_points[..self.len].first()
    }

    fn has_marks(&self) -> bool {
        self.begins_with_mark || self.ends_with_mark
    }
}

impl Simple<'_> {
    /// Compares the pattern where its element `anchor` stands at `candidate`. A match begins where as many elements
    /// stand before that, and nowhere else.
    pub(super) fn compare(&self, candidate: usize, anchor: usize) -> (Compared, Range<usize>) {
        self.compared(candidate, anchor).unwrap_or((Compared::Unknown, 0..0))
    }

    fn compared(&self, candidate: usize, anchor: usize) -> Option<(Compared, Range<usize>)> {
        let differs = Some((Compared::Differs, 0..0));
        let code_points = &self.pattern.code_points[..];
        if code_points.len() > LONGEST {
            return None;
        }
        // Many places only pass the filter.
        if anchor > 0 {
            let (letter, _) = self.letter(candidate)?;
            if !letter.has_marks() && letter.first() != code_points.get(anchor) {
                return differs;
            }
        }
        let mut dropped = 0;
        let (mut start, mut missing) = (candidate, anchor);
        while missing > 0 {
            start = before(self.text, start).filter(|start| *start >= self.from)?;
            let (letter, _) = self.letter(start)?;
            missing = missing.checked_sub(letter.len)?;
            dropped += usize::from(letter.len == 0);
            if dropped > DROPPED {
                return None;
            }
        }
        // A joiner would hold it together with a pictograph.
        if self.text[..start].ends_with("\u{200D}".as_bytes()) {
            return None;
        }
        let (mut end, mut rest) = (start, code_points);
        let mut behind_mark = false;
        while !rest.is_empty() {
            let (letter, len) = self.letter(end)?;
            if behind_mark && letter.begins_with_mark {
                return None;
            }
            let here = &letter.code_points[..letter.len];
            if here.len() > rest.len() || here.iter().zip(rest).any(|(here, other)| here != other) {
                // Marks behind it may come before its own.
                return if !letter.has_marks() || self.is_letter(end + len) { differs } else { None };
            }
            rest = &rest[here.len()..];
            end += len;
            if here.is_empty() {
                if end == start + len {
                    return differs;
                }
                dropped += 1;
                if dropped > DROPPED {
                    return None;
                }
            } else {
                behind_mark = letter.ends_with_mark;
            }
        }
        self.may_end(end, behind_mark).then_some((Compared::Equal, start..end))
    }

    #[inline]
    fn letter(&self, at: usize) -> Option<(Letter, usize)> {
        let (character, len) = decode(self.text, at)?;
        Some((Letter::of(character?, self.pattern.options.distinct())?, len))
    }

    /// Whether a match may end at `at`, as far as the next one or two characters tell.
    #[inline]
    fn may_end(&self, at: usize, behind_mark: bool) -> bool {
        match self.text.get(at) {
            None => self.is_last,
            Some(byte) if byte.is_ascii() => true,
            Some(_) => self.letter(at).is_some_and(|(letter, len)| {
                letter.len > 0 && (!letter.begins_with_mark || !behind_mark && self.is_letter(at + len))
            }),
        }
    }

    /// Whether no mark stands at `at`, and nothing that is ignored.
    fn is_letter(&self, at: usize) -> bool {
        match self.text.get(at) {
            None => self.is_last,
            Some(_) => self.letter(at).is_some_and(|(letter, _)| letter.len > 0 && !letter.begins_with_mark),
        }
    }
}
