//! Which characters search takes one by one.
//!
//! Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are written without spaces, or with endings that stick
//! to their words. Search takes every character of their scripts as a token of its own and every query as a
//! phrase of such tokens, so that any substring is found without a dictionary.

use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

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

/// Whether `character` belongs to Han, Hiragana, Katakana, Bopomofo, Hangul, Thai, Lao, Khmer or Myanmar.
///
/// Marks, digits and punctuation of these scripts belong; what several scripts share (`ー`, the voicing marks of
/// kana) belongs if it is alphabetic or a mark and one of these scripts uses it. `。` and `・` do not.
pub fn is_scalar_script(character: char) -> bool {
    // Below the Thai block, Latin to Sinhala, stand two tone marks of Bopomofo and letters and marks that it borrows:
    // those stay with their alphabets, whose words an apostrophe like U+02BC must not split.
    if character < '\u{E00}' {
        return matches!(character, '\u{2EA}'..='\u{2EB}');
    }
    // Dashes, quotation marks and symbols are common, and the tables are not asked about them.
    if ('\u{2000}'..'\u{2E80}').contains(&character) {
        return false;
    }
    match character.script() {
        Script::Common | Script::Inherited => is_shared(character),
        script => SCALAR_SCRIPTS.contains(&script),
    }
}

/// Whether one of the scripts shares this letter or mark with others.
fn is_shared(character: char) -> bool {
    let extension = character.script_extension();
    !(extension.is_common() || extension.is_inherited())
        && SCALAR_SCRIPTS.iter().any(|script| extension.contains_script(*script))
        && (character.is_alphabetic() || is_combining_mark(character))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_alphabets_share_stays_with_their_words() {
        for character in '\0'..'\u{E00}' {
            let belongs = SCALAR_SCRIPTS.contains(&character.script());
            assert_eq!(is_scalar_script(character), belongs, "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn none_of_the_punctuation_and_symbols_that_are_passed_over_belongs() {
        for character in '\u{2000}'..'\u{2E80}' {
            let belongs = SCALAR_SCRIPTS.contains(&character.script()) || is_shared(character);
            assert!(!belongs, "U+{:04X}", u32::from(character));
        }
    }
}
