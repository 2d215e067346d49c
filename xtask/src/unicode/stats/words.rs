//! The byte that tells vector kernels what a character is to the rules of words.

use super::super::properties::Properties;
use super::super::words::Class;

/// Written above the table.
pub(super) const DOC: &str = "Word_Break in bits: 1 letter, 2 number, 4 mid-letter (or, with 128, one Han or Kana \
character), 8 mid-number, 16 joins (`_`), 32 Katakana, 33 Hebrew letter, 48 pictograph, 50 regional indicator, \
64 ignored (Extend, Format; 80 is ZWJ), 128 alphabetic or a number.";

const MID_LETTER: u8 = 4;
const MID_NUMBER: u8 = 8;
const EXTEND_NUM_LET: u8 = 16;
const KATAKANA: u8 = 32;
const PICTOGRAPH: u8 = 48;
const ALPHANUMERIC: u8 = 128;
const HAN_OR_KANA: u8 = 4 | ALPHANUMERIC;
/// An ordinary letter: Hangul syllables have this byte.
pub(super) const LETTER: u8 = 1 | ALPHANUMERIC;
/// Han ideographs have this byte.
pub(super) const IDEOGRAPH: u8 = HAN_OR_KANA;

pub(super) fn byte(character: &Properties) -> u8 {
    let class = match character.word {
        Class::Letter => 1,
        Class::Numeric => 2,
        Class::MidLetter => MID_LETTER,
        Class::MidNum => MID_NUMBER,
        // ASCII quotes are told apart by themselves.
        Class::MidNumLet | Class::SingleQuote => MID_LETTER | MID_NUMBER,
        Class::ExtendNumLet => EXTEND_NUM_LET,
        Class::Katakana => KATAKANA,
        Class::HebrewLetter => 33,
        Class::Pictograph => PICTOGRAPH,
        Class::PictographLetter => PICTOGRAPH | 1,
        Class::RegionalIndicator => 50,
        Class::Ignored => 64,
        Class::Zwj => 80,
        // No letter is near them, or they join nothing that has one.
        Class::Other | Class::Space | Class::DoubleQuote | Class::Cr | Class::Lf | Class::Newline => 0,
    };
    let alphanumeric = if character.alphanumeric { ALPHANUMERIC } else { 0 };
    class | alphanumeric | if character.han_or_kana { HAN_OR_KANA } else { 0 }
}

/// Whether the rarer rules are about characters of this byte.
pub(super) fn is_special(byte: u8) -> bool {
    byte & (EXTEND_NUM_LET | KATAKANA) != 0
}
