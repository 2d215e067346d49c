//! Folding: which words a search takes for equal. Two words match if their folds are the same bytes.
//!
//! | Equal | Why |
//! | --- | --- |
//! | `Straße` `STRASSE` `strasse`, `ΟΔΟΣ` `οδος` `οδοσ`, `ﬁ` `fi`, `ᾳ` `αι` | full case folding |
//! | `İ` `I` `ı` `i` | case, and the dot is a diacritic |
//! | `café` `cafe`, `Å` `a`, `ё` `е`, `й` `и`, `ώ` `ω`, `Łódź` `lodz`, `ø` `o`, `đ` `d`, `ħ` `h`, `ŧ` `t` | diacritics, strokes through a letter included |
//! | `שָׁלוֹם` `שלום`, `مُحَمَّد` `محمد`, `أ` `آ` `ا`, `ـ` and nothing | points, harakat, hamza on a carrier, tatweel |
//! | `क़` `क`, `ড়` `ড` | nukta |
//! | `Ａ` `a`, `１` `1`, `ｶ` `カ`, `ｶﾞ` `ガ`, `ﾡ` `ㄱ` | width |
//! | `が` and `か` U+3099, `한` and its conjoining letters, `豈` U+F900 and U+8C48 | canonical equivalence |
//! | a word with and without soft hyphens, joiners, zero-width spaces, variation selectors, marks of direction, BOM | default-ignorable |
//! | `don’t` `don't`, `1` and the keycap of it | U+2019 is the apostrophe; enclosing marks |
//!
//! | Distinct | |
//! | --- | --- |
//! | `か` `が`, `は` `ぱ`, `か` `カ`, `つ` `っ` | voicing, syllabary and size of kana |
//! | `한` `하`, `ㄱ` U+1100 | Hangul syllables; letters that stand alone and those that join |
//! | `कि` `क`, `क्` `क`, `ก่` `ก` | vowel signs, virama, tone marks of the Brahmic scripts |
//! | `æ` `ae`, `œ` `oe`, `þ` `th`, `ə` `e`, `ъ` `ь`, `і` `и` | letters of their own |
//! | `²` `2`, `№` `no`, `Ⅷ` `viii`, `ﻻ` `لا` | other compatibility forms |
//!
//! Ranges in the original are not kept here: search folds word by word, and each word knows its place.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_script::{Script, UnicodeScript};

/// Appends the fold of `word` to `folded`. Folding what is folded changes nothing. Linear in the word.
///
/// ```
/// use writemagic_shared::text::fold::fold_word;
///
/// let mut folded = String::new();
/// fold_word("Straßencafé", &mut folded);
/// assert_eq!(folded, "strassencafe");
/// ```
pub fn fold_word(word: &str, folded: &mut String) {
    if word.is_ascii() {
        folded.extend(word.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    let before = folded.len();
    for character in word.chars() {
        let Some(single) = single_fold(character) else {
            folded.truncate(before);
            return fold_any(word, folded);
        };
        folded.push(single);
    }
}

fn fold_any(word: &str, folded: &mut String) {
    let decomposed = word.chars().filter_map(keep).map(usual_width).nfd();
    folded.extend(decomposed.filter(|character| !is_ignored_mark(*character)).flat_map(fold_case).nfc());
}

/// The fold of a character that folds to one letter whatever stands beside it, which is so for nearly all of what is
/// written in Latin, Greek and Cyrillic letters. `None` for others.
fn single_fold(character: char) -> Option<char> {
    static FOLDS: LazyLock<Vec<Option<char>>> = LazyLock::new(|| {
        let fold = |character: char| {
            let mut folded = String::new();
            fold_any(character.encode_utf8(&mut [0; 4]), &mut folded);
            let mut letters = folded.chars();
            letters.next().filter(|_| letters.next().is_none())
        };
        // Combining marks fold with what stands before them; the first Hebrew mark is the first one behind this range.
        let stands_alone = |character: &char| canonical_combining_class(*character) == 0;
        ('\0'..'\u{590}').map(|character| Some(character).filter(stands_alone).and_then(fold)).collect()
    });
    match character {
        '\u{2019}' => Some('\''),
        _ => FOLDS.get(character as usize).copied().flatten(),
    }
}

/// Whether the character shows nothing of its own (Default_Ignorable_Code_Point): joiners, soft hyphens, zero-width
/// spaces, variation selectors, marks of direction, byte order marks.
pub fn is_ignorable(character: char) -> bool {
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
pub fn is_ignored_mark(character: char) -> bool {
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
pub fn usual_width(character: char) -> char {
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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    fn fold(word: &str) -> String {
        let mut folded = String::new();
        fold_word(word, &mut folded);
        folded
    }

    #[track_caller]
    fn equal(words: &[&str]) {
        for word in words {
            assert_eq!(fold(word), fold(words[0]), "{word} against {}", words[0]);
        }
    }

    #[track_caller]
    fn distinct(words: &[&str]) {
        for (index, word) in words.iter().enumerate() {
            for other in &words[..index] {
                assert_ne!(fold(word), fold(other), "{word} against {other}");
            }
        }
    }

    #[test]
    fn case_is_ignored_with_full_folding() {
        equal(&["Straße", "STRASSE", "strasse", "STRAẞE"]);
        equal(&["ΟΔΟΣ", "οδος", "οδοσ"]);
        equal(&["ﬁn", "FIN", "fin"]);
        equal(&["ᾳ", "αι", "ΑΙ"]);
        equal(&["İ", "I", "ı", "i", "i\u{307}"]);
    }

    #[test]
    fn diacritics_are_ignored() {
        equal(&["café", "cafe\u{301}", "CAFÉ", "cafe"]);
        equal(&["Å", "\u{212B}", "å", "a"]);
        equal(&["ё", "е", "Ё"]);
        equal(&["й", "и"]);
        equal(&["ώ", "Ω", "ω"]);
        equal(&["Łódź", "lodz"]);
        equal(&["ø", "o"]);
        equal(&["Đđ", "dd"]);
        equal(&["ħ", "h"]);
        equal(&["ŧ", "t"]);
    }

    #[test]
    fn points_harakat_and_nukta_are_ignored() {
        equal(&["שָׁלוֹם", "שלום"]);
        equal(&["مُحَمَّد", "محمد"]);
        equal(&["أ", "آ", "ا", "إ"]);
        equal(&["مـحـمد", "محمد"]);
        equal(&["\u{958}", "क\u{93C}", "क"]);
        equal(&["\u{9DC}", "\u{9A1}"]);
    }

    #[test]
    fn width_is_ignored() {
        equal(&["ＡＢＣ１", "abc1"]);
        equal(&["ｶ", "カ"]);
        equal(&["ｶﾞ", "ガ", "カ\u{3099}"]);
        equal(&["ﾊﾟｰ", "パー"]);
        equal(&["ﾡￂￜ", "ㄱㅏㅣ"]);
    }

    #[test]
    fn canonical_equivalents_are_equal() {
        equal(&["が", "か\u{3099}"]);
        equal(&["한", "\u{1112}\u{1161}\u{11AB}"]);
        equal(&["\u{F900}", "\u{8C48}"]);
    }

    #[test]
    fn invisible_characters_are_ignored() {
        equal(&[
            "co\u{AD}op",
            "co\u{200B}op",
            "co\u{200D}op",
            "\u{FEFF}coop",
            "coop\u{FE0F}",
            "co\u{2060}op\u{200E}",
            "coop",
        ]);
        equal(&["می\u{200C}خواهم", "میخواهم"]);
        equal(&["葛\u{E0100}", "葛"]);
        assert_eq!(fold("\u{AD}\u{200D}\u{640}"), "");
    }

    #[test]
    fn apostrophes_are_equal_and_enclosing_marks_are_ignored() {
        equal(&["don’t", "don't", "DON＇T"]);
        equal(&["1\u{FE0F}\u{20E3}", "1"]);
    }

    #[test]
    fn what_is_a_letter_of_its_own_stays_distinct() {
        distinct(&["か", "が", "カ", "ガ"]);
        distinct(&["は", "ば", "ぱ"]);
        distinct(&["つ", "っ"]);
        distinct(&["한", "하", "ㅎ", "\u{1112}"]);
        distinct(&["ㄱ", "\u{1100}"]);
        distinct(&["क", "कि", "क्", "की"]);
        distinct(&["ก", "ก\u{E48}", "ก\u{E38}"]);
        distinct(&["æ", "ae"]);
        distinct(&["œ", "oe"]);
        distinct(&["þ", "th"]);
        distinct(&["ə", "e"]);
        distinct(&["ъ", "ь"]);
        distinct(&["і", "и"]);
        distinct(&["²", "2"]);
        distinct(&["№", "no"]);
        distinct(&["Ⅷ", "viii"]);
        distinct(&["\u{FEFB}", "لا"]);
    }

    #[test]
    fn every_character_folds_to_what_folding_keeps() {
        for character in '\0'..=char::MAX {
            let once = fold(character.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    #[allow(clippy::print_stderr)]
    fn case_follows_the_unicode_character_database() {
        let table = match std::env::var_os("WRITEMAGIC_TEST_DATA") {
            Some(folder) => {
                let path = std::path::Path::new(&folder).join("unicode/CaseFolding_17.txt.gz");
                let mut table = String::new();
                let file = std::fs::File::open(path).unwrap();
                flate2::read::GzDecoder::new(file).read_to_string(&mut table).unwrap();
                table
            }
            None => {
                eprintln!("WRITEMAGIC_TEST_DATA is not set: case folding is tested on the committed excerpt");
                include_str!("../../tests/data/CaseFolding-17.0.0-excerpt.txt").to_owned()
            }
        };
        let character = |hex: &str| char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap();
        let mut checked = 0;
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let [code, status, mapping, ..] = line.split("; ").collect::<Vec<_>>()[..] else { continue };
            if matches!(status, "C" | "F") {
                let mapped: String = mapping.split(' ').map(character).collect();
                assert_eq!(fold(&character(code).to_string()), fold(&mapped), "{line}");
                checked += 1;
            }
        }
        assert!(checked > 150, "{checked} lines");
    }

    proptest! {
        #[test]
        fn folding_twice_folds_once(word in prop_oneof![
            any::<String>(),
            crate::text::stats::adversarial_text(),
            "[a\u{300}-\u{34f}\u{5b0}-\u{5c7}か\u{3099}\u{1100}\u{1161}\u{11a8}\u{93c}-\u{94d}ßﾊﾟ\u{1fb0}-\u{1fb7}]{0,8}",
        ]) {
            let once = fold(&word);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn canonical_equivalents_fold_to_the_same(word in "\\PC{0,12}") {
            prop_assert_eq!(fold(&word.nfd().collect::<String>()), fold(&word));
            prop_assert_eq!(fold(&word.nfc().collect::<String>()), fold(&word));
        }

        #[test]
        fn single_letters_fold_as_they_do_in_company(
            word in prop_oneof!["[\\u{20}-\\u{5ff}]{0,12}", "[a-zà-ÿа-яёα-ώ’\\u{300}-\\u{345}ßİ]{0,12}"]
        ) {
            let mut general = String::new();
            fold_any(&word, &mut general);
            prop_assert_eq!(fold(&word), general);
        }

        #[test]
        fn the_ascii_path_folds_like_the_general_one(word in "[ -~]{0,20}") {
            let general = fold(&format!("{word}\u{AD}"));
            prop_assert_eq!(fold(&word), general);
        }
    }
}
