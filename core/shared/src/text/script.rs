//! Which characters search takes one by one.
//!
//! Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are written without spaces, or with endings that stick
//! to their words. Search takes every character of their scripts as a token of its own and every query as a
//! phrase of such tokens, so that any substring is found without a dictionary.

use super::unicode::Properties;

/// Whether `character` belongs to Han, Hiragana, Katakana, Bopomofo, Hangul, Thai, Lao, Khmer or Myanmar.
///
/// Marks, digits and punctuation of these scripts belong; what several scripts share (`ー`, the voicing marks of
/// kana) belongs if it is alphabetic or a mark and one of these scripts uses it. `。` and `・` do not.
///
/// Below the Thai block, Latin to Sinhala, stand two tone marks of Bopomofo, which belong, and letters and marks that
/// it borrows: those stay with their alphabets, whose words an apostrophe like U+02BC must not split. One table
/// look-up.
pub fn is_scalar_script(character: char) -> bool {
    Properties::of(character).is_scalar_script()
}

#[cfg(test)]
mod tests {
    use unicode_normalization::char::is_combining_mark;
    use unicode_script::{Script, UnicodeScript};

    use super::*;

    const SCALAR_SCRIPTS: [Script; 9] = [
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
        Script::Bopomofo,
        Script::Hangul,
        Script::Thai,
        Script::Lao,
        Script::Khmer,
        Script::Myanmar,
    ];

    #[test]
    fn letters_marks_digits_and_punctuation_of_the_scripts_belong() {
        for character in
            "漢々〇ひカーㄅ한ㄱ\u{1100}\u{3099}\u{302A}〆ｶｰﾞไ\u{0E49}๑๏ລ\u{0EB1}ខ\u{17D2}។မ\u{1039}။㈀㌀𠀀"
                .chars()
        {
            assert!(is_scalar_script(character), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn other_scripts_and_shared_punctuation_do_not() {
        for character in "aé1 я א ع क ॐ 。、・「」฿😀Ａ１\u{300}\u{200D}\u{FE0F}\u{E000}\u{10FFFF}".chars()
        {
            assert!(!is_scalar_script(character), "U+{:04X}", u32::from(character));
        }
    }

    /// The definition, by another source of properties.
    fn by_definition(character: char) -> bool {
        match character.script() {
            Script::Common | Script::Inherited => {
                let extension = character.script_extension();
                let listed = !(extension.is_common() || extension.is_inherited());
                let shared = listed && SCALAR_SCRIPTS.iter().any(|script| extension.contains_script(*script));
                let alphabet = character < '\u{E00}' || ('\u{2000}'..'\u{2E80}').contains(&character);
                shared && !alphabet && (character.is_alphabetic() || is_combining_mark(character))
            }
            script => SCALAR_SCRIPTS.contains(&script),
        }
    }

    #[test]
    fn every_character_belongs_or_not_as_the_definition_says() {
        for character in '\0'..=char::MAX {
            let code_point = u32::from(character);
            assert_eq!(is_scalar_script(character), by_definition(character), "U+{code_point:04X}");
        }
    }

    #[test]
    fn none_of_the_shared_punctuation_and_symbols_would_belong_but_for_its_place() {
        for character in '\u{2000}'..'\u{2E80}' {
            assert!(!is_scalar_script(character), "U+{:04X}", u32::from(character));
        }
    }
}
