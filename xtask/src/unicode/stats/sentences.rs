//! The byte that tells vector kernels what a character is to the rules of sentences.

use super::super::properties::Properties;
use super::super::sentences::Class;

/// Written above the table.
pub(super) const DOC: &str = "Sentence_Break in bits: 1 upper case, 2 lower case, 3 other letter, 4 number, 8 full \
terminator, 12 ATerm, 16 closing, 32 space, 40 end of a paragraph, 48 continues, 64 ignored (Extend, Format), \
128 alphabetic or a number.";

const LETTER: u8 = 3;
const ALPHANUMERIC: u8 = 128;
/// Han ideographs and Hangul syllables have this byte.
pub(super) const OTHER_LETTER: u8 = LETTER | ALPHANUMERIC;

pub(super) fn byte(character: &Properties) -> u8 {
    let class = match character.sentence {
        Class::Other => 0,
        Class::Upper => 1,
        Class::Lower => 2,
        Class::OtherLetter => LETTER,
        Class::Numeric => 4,
        Class::Terminator => 8,
        Class::AmbiguousTerminator => 12,
        Class::Close => 16,
        Class::Space => 32,
        Class::Separator | Class::Cr | Class::Lf => 40,
        Class::Continue => 48,
        Class::Ignored => 64,
    };
    class | if character.alphanumeric { ALPHANUMERIC } else { 0 }
}

pub(super) fn is_white_space(character: &Properties) -> bool {
    matches!(character.sentence, Class::Space | Class::Separator | Class::Cr | Class::Lf)
}
