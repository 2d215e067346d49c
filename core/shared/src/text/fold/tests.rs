use std::io::Read;

use proptest::prelude::*;

use unicode_normalization::UnicodeNormalization;

use super::*;
use crate::text::script::is_scalar_script;

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
            include_str!("../../../tests/data/CaseFolding-17.0.0-excerpt.txt").to_owned()
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
    fn words_fold_as_the_definition_says(word in prop_oneof![
        any::<String>(),
        crate::text::stats::adversarial_text(),
        "[ -~]{0,20}",
        "[\\u{0}-\\u{5ff}]{0,12}",
        "[a-zà-ÿа-яёα-ώ’\\u{300}-\\u{345}ßİ]{0,12}",
        "[a\u{300}-\u{34f}\u{5b0}-\u{5c7}か\u{3099}\u{1100}\u{1161}\u{11a8}가각\u{93c}-\u{94d}ßﾊﾟ\u{1fb0}-\u{1fb7}]{0,8}",
        "[\u{9c7}\u{9be}\u{9d7}\u{dd9}\u{dcf}\u{dca}\u{ddc}กุ่\u{e38}\u{e48}\u{345}\u{f71}\u{f72}\u{f74}\u{f80}\u{1b05}\u{1b35}]{0,8}",
    ]) {
        prop_assert_eq!(fold(&word), oracle::fold(&word));
    }
}

#[test]
fn every_character_folds_as_the_definition_says() {
    for character in '\0'..=char::MAX {
        let point = u32::from(character);
        let alone = character.to_string();
        assert_eq!(fold(&alone), oracle::fold(&alone), "U+{point:04X}");
        assert_eq!(is_ignorable(character), oracle::is_ignorable(character), "U+{point:04X}");
        assert_eq!(is_ignored_mark(character), oracle::is_ignored_mark(character), "U+{point:04X}");
        assert_eq!(usual_width(character), oracle::usual_width(character), "U+{point:04X}");
    }
}

#[test]
fn every_character_folds_in_company_as_the_definition_says() {
    // Nothing behind these planes folds in any way that the test above does not see.
    for character in ('\0'..'\u{20000}').chain('\u{2F800}'..'\u{30000}').filter(|c| !is_plain_ideograph(*c)) {
        for (before, after) in [
            ("か\u{5D0}", "\u{3099}"),
            ("\u{1112}", "\u{1161}\u{11AB}"),
            ("e\u{E38}", "\u{345}\u{301}x"),
            ("\u{DD9}", "\u{DCA}"),
        ] {
            let word = format!("{before}{character}{after}");
            assert_eq!(fold(&word), oracle::fold(&word), "U+{:04X}", u32::from(character));
        }
    }
}

fn is_plain_ideograph(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{12000}'..='\u{16000}' | '\u{17000}'..='\u{1B000}')
}

#[test]
fn more_marks_than_wait_without_allocating_are_sorted_all_the_same() {
    for marks in [31, 32, 33, 100] {
        let word = format!("ก{}\u{3099}か", "\u{E48}\u{E38}".repeat(marks));
        assert_eq!(fold(&word), oracle::fold(&word), "{marks}");
    }
}

#[test]
fn no_character_has_more_parts_than_there_is_room_for() {
    for character in '\0'..=char::MAX {
        let decomposed = character.nfd().count();
        let everything = Distinct { case: true, diacritics: true };
        let known = Character::of(character);
        assert!(decomposed <= table::Parts::CAPACITY, "U+{:04X}", u32::from(character));
        assert!(
            known.is_dropped()
                || known.parts(everything).as_slice().len() == oracle::usual_width(character).nfd().count()
        );
    }
}

/// What [`first_composed`] gives, by the crate that composes anything.
fn first_composed_by_definition(text: &str) -> (char, usize) {
    let mut characters = text.char_indices();
    let first = oracle::usual_width(characters.next().unwrap().1);
    let decomposed: Vec<char> = first.to_string().nfd().collect();
    let mut composed = if let [only] = decomposed[..] { only } else { first };
    let rest = characters.filter(|(_, next)| !oracle::is_ignorable(*next));
    let mut end = text.chars().next().unwrap().len_utf8();
    for (at, next) in rest {
        let mark = oracle::usual_width(next);
        let is_voicing = matches!(mark, '\u{3099}' | '\u{309A}');
        let is_jamo = matches!(mark, '\u{1161}'..='\u{1175}' | '\u{11A8}'..='\u{11C2}');
        match unicode_normalization::char::compose(composed, mark) {
            Some(made) if is_voicing || is_jamo => (composed, end) = (made, at + next.len_utf8()),
            _ => break,
        }
    }
    (composed, end)
}

#[test]
fn the_first_character_of_a_text_is_composed_with_its_voicing_and_with_jamo() {
    let seconds = [
        "",
        "\u{3099}",
        "\u{309A}",
        "\u{FF9E}",
        "\u{200D}\u{FF9F}x",
        "\u{1161}\u{11A8}\u{11A8}",
        "\u{11C2}",
        "\u{301}",
    ];
    for first in ('\0'..=char::MAX).filter(|first| is_scalar_script(*first)) {
        for second in seconds {
            let text = format!("{first}{second}");
            let expected = first_composed_by_definition(&text);
            assert_eq!(first_composed(&text), Some(expected), "{}", text.escape_unicode());
        }
    }
    assert_eq!(first_composed(""), None);
}
