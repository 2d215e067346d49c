//! What stands in a masked text for a value: `[NAME1]`.
//!
//! Models copy such words, and now and then change their case or spacing; `[name 1]`, `[NAME_1]` and `[ Name-1 ]` are
//! read as the same. Whatever a text has that reads like a placeholder is masked itself, so every placeholder in a
//! masked text is one of ours.

use super::Kind;

/// The longest text that is read as a placeholder, in bytes: what [`Unmasking`](super::Unmasking) holds back at most.
pub const PLACEHOLDER_BYTES: usize = 1 + 2 * SPACE_BYTES + 5 + 2 * SPACE_BYTES + 6 + 2 * SPACE_BYTES + 1;
/// The longest space is U+00A0.
const SPACE_BYTES: usize = 2;
/// Spaces or separators in one place.
const SPACES: usize = 2;
/// The largest number has six digits.
pub(super) const LARGEST: u32 = 999_999;

pub(super) fn write(kind: Kind, number: u32) -> String {
    format!("[{}{number}]", kind.label())
}

/// Reads a placeholder character by character, after its `[`.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader {
    part: Part,
    /// Spaces or separators in the present part.
    spaces: usize,
    label: [u8; 5],
    label_length: usize,
    number: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// Spaces before the label.
    #[default]
    Start,
    Label,
    /// Spaces or a separator behind the label.
    Separator,
    Number,
    /// Spaces behind the number.
    End,
}

/// What a character made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// So far it may become one.
    Open,
    /// It is one.
    Whole(Kind, u32),
    /// It is none; the character does not belong to it.
    Not,
}

impl Reader {
    pub(super) fn read(&mut self, character: char) -> Reading {
        match (self.part, character) {
            (Part::Start, ' ' | '\u{A0}') => self.space(Part::Start),
            (Part::Start | Part::Label, 'A'..='Z' | 'a'..='z') => self.letter(character.to_ascii_uppercase()),
            (Part::Label | Part::Separator, ' ' | '\u{A0}' | '-' | '_') if self.kind().is_some() => {
                self.space(Part::Separator)
            }
            (Part::Label | Part::Separator, '1'..='9') if self.kind().is_some() => self.digit(character),
            (Part::Number, '0'..='9') => self.digit(character),
            (Part::Number | Part::End, ' ' | '\u{A0}') => self.space(Part::End),
            (Part::Number | Part::End, ']') => match self.kind() {
                Some(kind) => Reading::Whole(kind, self.number),
                None => Reading::Not,
            },
            _ => Reading::Not,
        }
    }

    fn kind(&self) -> Option<Kind> {
        let label = &self.label[..self.label_length];
        Kind::ALL.into_iter().find(|kind| kind.label().as_bytes() == label)
    }

    fn space(&mut self, part: Part) -> Reading {
        if self.part != part {
            (self.part, self.spaces) = (part, 0);
        }
        self.spaces += 1;
        if self.spaces > SPACES { Reading::Not } else { Reading::Open }
    }

    fn letter(&mut self, letter: char) -> Reading {
        self.part = Part::Label;
        let Some(place) = self.label.get_mut(self.label_length) else { return Reading::Not };
        *place = u8::try_from(letter).unwrap_or(0);
        self.label_length += 1;
        let label = &self.label[..self.label_length];
        if Kind::ALL.iter().any(|kind| kind.label().as_bytes().starts_with(label)) {
            Reading::Open
        } else {
            Reading::Not
        }
    }

    fn digit(&mut self, digit: char) -> Reading {
        self.part = Part::Number;
        self.number = self.number * 10 + digit.to_digit(10).unwrap_or(0);
        if self.number > LARGEST { Reading::Not } else { Reading::Open }
    }
}

/// Where `text` has what reads like a placeholder. Linear: none is longer than [`PLACEHOLDER_BYTES`].
pub(super) fn find(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    text.match_indices('[').filter_map(|(start, bracket)| {
        let mut reader = Reader::default();
        let behind = start + bracket.len();
        for (at, character) in text[behind..].char_indices() {
            match reader.read(character) {
                Reading::Open => {}
                Reading::Whole(..) => return Some(start..behind + at + character.len_utf8()),
                Reading::Not => return None,
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Kind, u32)> {
        let mut reader = Reader::default();
        let mut characters = text.strip_prefix('[')?.chars();
        loop {
            match reader.read(characters.next()?) {
                Reading::Open => {}
                Reading::Whole(kind, number) => {
                    return Some((kind, number)).filter(|_| characters.next().is_none());
                }
                Reading::Not => return None,
            }
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for kind in Kind::ALL {
            for number in [1, 10, 907, LARGEST] {
                assert_eq!(read(&write(kind, number)), Some((kind, number)));
            }
        }
    }

    #[test]
    fn other_case_and_spacing_are_the_same() {
        for text in
            ["[name1]", "[Name 1]", "[NAME_1]", "[NAME-1]", "[ NAME1 ]", "[NAME\u{A0}1]", "[  name -1  ]"]
        {
            assert_eq!(read(text), Some((Kind::Phrase, 1)), "{text}");
        }
    }

    #[test]
    fn what_is_not_quite_one_is_none() {
        for text in [
            "[NAME]",
            "[NAMES1]",
            "[NAM1]",
            "[NAME01]",
            "[NAME0]",
            "[NAME1000000]",
            "[NAME   1]",
            "[NAME1.]",
            "[[NAME1]",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(find("[[NAME1] [x] [card\u{A0}2][").collect::<Vec<_>>(), [1..8, 13..22]);
    }

    #[test]
    fn none_is_longer_than_it_says() {
        let longest = "[\u{A0}\u{A0}EMAIL\u{A0}\u{A0}999999\u{A0}\u{A0}]";
        assert_eq!((longest.len(), read(longest)), (PLACEHOLDER_BYTES, Some((Kind::Email, LARGEST))));
    }
}
