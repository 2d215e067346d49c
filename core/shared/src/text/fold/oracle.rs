//! The definition of folding over the crates that know the Unicode Character Database: slow and plain.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_script::{Script, UnicodeScript};

/// The fold of `text`.
pub(crate) fn fold(text: &str) -> String {
    let decomposed = text.chars().filter_map(keep).map(usual_width).nfd();
    decomposed.filter(|character| !is_ignored_mark(*character)).flat_map(fold_case).nfc().collect()
}

/// Whether the character shows nothing of its own (Default_Ignorable_Code_Point): joiners, soft hyphens, zero-width
/// spaces, variation selectors, marks of direction, byte order marks.
pub(crate) fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Scripts whose words are read without their marks.
const WITH_DIACRITICS: [Script; 11] = [
    Script::Inherited,
    Script::Common,
    Script::Latin,
    Script::Greek,
    Script::Cyrillic,
    Script::Coptic,
    Script::Glagolitic,
    Script::Armenian,
    Script::Hebrew,
    Script::Arabic,
    Script::Syriac,
];

/// Whether the character is a mark that folding drops: a diacritic, a point, a nukta, an enclosing circle.
pub(crate) fn is_ignored_mark(character: char) -> bool {
    if character < '\u{300}' {
        return false;
    }
    match canonical_combining_class(character) {
        // U+0345, the iota below, folds to a letter.
        0 => matches!(character,
            '\u{488}'..='\u{489}' | '\u{1ABE}' | '\u{20DD}'..='\u{20E4}' | '\u{A670}'..='\u{A672}'),
        240 => false,
        // Nukta.
        7 => true,
        // Voicing marks of kana, virama.
        8 | 9 => false,
        _ => {
            // Tone marks of Han (U+302A to U+302D) are tokens of search like the characters they stand at.
            !matches!(character, '\u{302A}'..='\u{302F}') && WITH_DIACRITICS.contains(&character.script())
        }
    }
}

/// `character` in the width that is usual for its script: `a` for `Ａ`, `カ` for `ｶ`.
pub(crate) fn usual_width(character: char) -> char {
    let letter = u32::from(character);
    match letter {
        // Half-width Hangul letters follow the order of the full-width ones, in groups.
        0xFFA1..=0xFFBE => char::from_u32(letter - 0xFFA1 + 0x3131).unwrap_or(character),
        0xFFC2..=0xFFC7 => char::from_u32(letter - 0xFFC2 + 0x314F).unwrap_or(character),
        0xFFCA..=0xFFCF => char::from_u32(letter - 0xFFCA + 0x3155).unwrap_or(character),
        0xFFD2..=0xFFD7 => char::from_u32(letter - 0xFFD2 + 0x315B).unwrap_or(character),
        0xFFDA..=0xFFDC => char::from_u32(letter - 0xFFDA + 0x3161).unwrap_or(character),
        0xFFE3 => '\u{AF}',
        0xFF01..=0xFF9F | 0xFFE0..=0xFFEE => {
            let mut usual = character;
            decompose_compatible(character, |part| usual = part);
            usual
        }
        _ => character,
    }
}

fn keep(character: char) -> Option<char> {
    match character {
        // Tatweel only stretches a word.
        '\u{640}' => None,
        '\u{2019}' => Some('\''),
        _ => (!is_ignorable(character)).then_some(character),
    }
}

/// Full case folding of a decomposed character. `ẞ` has no upper case but itself, so lower case comes first.
fn fold_case(character: char) -> impl Iterator<Item = char> {
    character.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase).map(|letter| {
        match letter {
            'ø' => 'o',
            'đ' => 'd',
            'ħ' => 'h',
            'ı' => 'i',
            'ł' => 'l',
            'ŧ' => 't',
            letter => letter,
        }
    })
}
