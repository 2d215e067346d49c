mod characters;
mod naive;
mod properties;

use std::ops::Range;

use self::naive::Wanted;
use super::*;
use crate::error::{Code, Coded, DetailValue};
use crate::limits;

/// Paths that this processor lacks run as the scalar one.
const PATHS: [Path; 5] = [Path::Scalar, Path::Avx2, Path::Avx512Bw, Path::Avx512, Path::Neon];

const PLAIN: Options = Options { match_case: false, match_diacritics: false, whole_word: false };
const CASE: Options = Options { match_case: true, ..PLAIN };
const DIACRITICS: Options = Options { match_diacritics: true, ..PLAIN };
const EXACT: Options = Options { match_case: true, ..DIACRITICS };
const WORDS: Options = Options { whole_word: true, ..PLAIN };

fn ranges(pattern: &str, text: &str, options: Options) -> Vec<Range<usize>> {
    Pattern::new(pattern, options).unwrap().matches(text).collect()
}

/// `text` with each match in brackets.
fn marked(pattern: &str, text: &str, options: Options) -> String {
    let mut marked = text.to_owned();
    for range in ranges(pattern, text, options).into_iter().rev() {
        marked.insert(range.end, ']');
        marked.insert(range.start, '[');
    }
    marked
}

#[track_caller]
fn finds(pattern: &str, texts: &[&str], options: Options) {
    for text in texts {
        let text = format!("x {text} x");
        let all = 2..text.len() - 2;
        assert_eq!(ranges(pattern, &text, options), [all], "{pattern} in {text} with {options:?}");
    }
}

#[track_caller]
fn misses(pattern: &str, texts: &[&str], options: Options) {
    for text in texts {
        assert!(ranges(pattern, text, options).is_empty(), "{pattern} in {text} with {options:?}");
    }
}

fn streamed(path: Path, pattern: &Pattern, chunks: &[&[u8]]) -> Vec<Match> {
    let mut found = Vec::new();
    let mut stream = Stream::on(path, pattern);
    chunks.iter().for_each(|chunk| stream.push(chunk, |here| found.push(here)));
    stream.finish(|here| found.push(here));
    found
}

fn located(pattern: &Pattern, text: &str) -> Vec<Match> {
    pattern.matches(text).with_utf16().collect()
}

#[test]
fn sharp_s_ligatures_and_final_sigma_are_equal_to_what_they_fold_to() {
    for options in [PLAIN, DIACRITICS] {
        finds("strasse", &["Straße", "STRASSE", "STRAẞE", "strasse"], options);
        finds("straße", &["Straße", "STRASSE", "STRAẞE", "strasse"], options);
        finds("fin", &["ﬁn", "FIN"], options);
        finds("οδοσ", &["ΟΔΟΣ", "οδος", "οδοσ"], options);
        finds("αι", &["ᾳ", "αι", "ΑΙ", "α\u{345}"], options);
    }
    misses("strasse", &["Straße", "STRASSE"], CASE);
    misses("οδοσ", &["οδος"], CASE);
    misses("fin", &["ﬁn"], EXACT);
}

#[test]
fn dotted_and_dotless_i_are_equal_where_diacritics_are_ignored() {
    finds("i", &["İ", "I", "ı", "i", "i\u{307}"], PLAIN);
    finds("i", &["ı", "i", "i\u{307}"], CASE);
    misses("i", &["İ", "I"], CASE);
    finds("i", &["I", "i"], DIACRITICS);
    misses("i", &["İ", "ı", "i\u{307}"], DIACRITICS);
    finds("i\u{307}", &["İ", "i\u{307}", "I\u{307}"], DIACRITICS);
}

#[test]
fn diacritics_and_strokes_are_ignored_unless_asked_for() {
    for options in [PLAIN, CASE] {
        finds("cafe", &["café", "cafe\u{301}", "ca\u{327}fe\u{302}\u{301}"], options);
        finds("Lodz", &["Łódź", "Lodz"], options);
        finds("ее", &["ёе"], options);
        finds("и", &["й", "и\u{306}"], options);
    }
    finds("café", &["café", "CAFE\u{301}"], DIACRITICS);
    misses("cafe", &["café", "cafe\u{301}"], DIACRITICS);
    finds("łódź", &["Łódź"], DIACRITICS);
    misses("lodz", &["łódź"], DIACRITICS);
    misses("е", &["ё"], DIACRITICS);
}

#[test]
fn points_harakat_and_nukta_are_diacritics() {
    finds("שלום", &["שָׁלוֹם", "שלום"], PLAIN);
    finds("محمد", &["مُحَمَّد", "مـحـمد", "محمد"], PLAIN);
    finds("ا", &["أ", "آ", "إ"], PLAIN);
    finds("क", &["\u{958}", "क\u{93C}"], PLAIN);
    misses("שלום", &["שָׁלוֹם"], DIACRITICS);
    misses("محمد", &["مُحَمَّد"], DIACRITICS);
    finds("محمد", &["مـحـمد"], DIACRITICS);
    misses("क", &["\u{958}", "क\u{93C}"], DIACRITICS);
    finds("क\u{93C}", &["\u{958}"], DIACRITICS);
}

#[test]
fn kana_keep_their_voicing_their_syllabary_and_their_size() {
    misses("か", &["が", "か\u{3099}", "カ", "ｶﾞ"], PLAIN);
    misses("つ", &["っ"], PLAIN);
    finds("が", &["が", "か\u{3099}"], EXACT);
    finds("ガ", &["ｶﾞ", "ガ", "カ\u{3099}"], EXACT);
}

#[test]
fn hangul_syllables_are_found_whole_however_they_are_written() {
    finds("한", &["한", "\u{1112}\u{1161}\u{11AB}", "하\u{11AB}"], EXACT);
    finds("\u{1112}\u{1161}\u{11AB}", &["한"], EXACT);
    misses("하", &["한", "\u{1112}\u{1161}\u{11AB}"], PLAIN);
    misses("\u{1112}", &["하", "\u{1112}\u{1161}"], PLAIN);
    misses("ㅎ", &["하"], PLAIN);
    finds("ㄱㅏ", &["ﾡￂ"], EXACT);
}

#[test]
fn vowel_signs_and_tone_marks_of_brahmic_scripts_are_letters() {
    assert_eq!(marked("म", "कमी कम", PLAIN), "क[म]ी क[म]");
    assert_eq!(marked("ไม", "ไม่", PLAIN), "[ไม]่");
    assert_eq!(marked("\u{E48}", "ไม่", EXACT), "ไม[่]");
    misses("मि", &["मी"], PLAIN);
    // A vowel in two halves is one letter.
    misses("\u{9C7}", &["\u{9CB}", "\u{9C7}\u{9BE}"], PLAIN);
    finds("\u{9CB}", &["\u{9C7}\u{9BE}"], EXACT);
    assert_eq!(marked("\u{9BE}", "ক\u{9BE}", PLAIN), "ক[\u{9BE}]");
}

#[test]
fn width_apostrophes_and_invisible_characters_are_ignored_whatever_is_asked_for() {
    finds("abc", &["ａｂｃ", "abc"], EXACT);
    finds("don't", &["don’t", "don＇t"], EXACT);
    finds("coop", &["co\u{AD}op", "co\u{200B}op", "co\u{2060}o\u{200D}p\u{FE0F}"], EXACT);
    misses("2", &["²"], PLAIN);
    misses("ae", &["æ"], PLAIN);
}

#[test]
fn a_match_has_the_marks_behind_its_last_letter_and_no_other_format_characters() {
    assert_eq!(marked("cafe", "cafe\u{301}\u{200D}\u{AD}!", PLAIN), "[cafe\u{301}\u{200D}]\u{AD}!");
    assert_eq!(marked("e", "\u{301}e\u{AD}\u{301}", PLAIN), "\u{301}[e]\u{AD}\u{301}");
    assert_eq!(marked("1", "1\u{FE0F}\u{20E3}", PLAIN), "[1\u{FE0F}\u{20E3}]");
}

#[test]
fn no_match_begins_or_ends_inside_the_fold_of_one_character() {
    misses("s", &["ß", "ﬅ"], PLAIN);
    misses("sss", &["ßß"], PLAIN);
    assert_eq!(marked("sss", "ßsß", PLAIN), "[ßs]ß");
    assert_eq!(marked("ss", "sßs ssss", PLAIN), "s[ß]s [ss][ss]");
    misses("f", &["ﬁ"], PLAIN);
    misses("ι", &["ᾳ", "α\u{345}"], PLAIN);
}

#[test]
fn marks_out_of_order_are_divided_where_the_source_can_be() {
    // The order among marks is fatha, sara u, iota below.
    assert_eq!(marked("\u{E38}\u{345}", "a\u{64E}\u{345}\u{E38}", DIACRITICS), "a\u{64E}[\u{345}\u{E38}]");
    misses("\u{E38}", &["a\u{64E}\u{345}\u{E38}", "a\u{345}\u{E38}"], DIACRITICS);
    assert_eq!(marked("s", "ß s", PLAIN), "ß [s]");
}

#[test]
fn no_match_begins_or_ends_inside_an_emoji_or_a_flag() {
    misses("👍", &["👍🏽"], PLAIN);
    finds("👍🏽", &["👍🏽"], PLAIN);
    misses("👩", &["👩\u{200D}🚀"], PLAIN);
    misses("🚀", &["👩\u{200D}🚀"], PLAIN);
    finds("👩🚀", &["👩\u{200D}🚀"], PLAIN);
    misses("🇩🇪", &["🇦🇩🇪🇸"], PLAIN);
    assert_eq!(marked("🇩🇪", "🇫🇷🇩🇪🇩🇪", PLAIN), "🇫🇷[🇩🇪][🇩🇪]");
}

#[test]
fn marks_that_change_places_are_divided_where_all_before_stand_before() {
    let all = Options { match_case: false, match_diacritics: true, whole_word: false };
    // In canonical order the viramas stand before both vowel signs: the last sign is a stretch of its own.
    let text = "a\u{E38}\u{94D}\u{94D}\u{E38}b";
    let (before, last) = (1..10, 10..13);
    assert_eq!(ranges("\u{E38}", text, all), [last]);
    assert_eq!(ranges("\u{94D}\u{94D}\u{E38}", text, all), [before]);
    // However often a stretch is read again while more text comes.
    let pattern = Pattern::new("\u{654}\u{FF9E}", Options { whole_word: true, ..all }).unwrap();
    let text = "\u{654}\u{FF9E}aか".repeat(60);
    let chunks: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    assert_eq!(streamed(Path::current(), &pattern, &chunks), located(&pattern, &text));
}

#[test]
fn a_small_iota_below_that_stands_before_other_marks_is_found_behind_them() {
    for text in ["ᾳ\u{94D}\u{9BE}α", "α\u{345}\u{94D}\u{9BE}α", "α\u{94D}\u{345}\u{9BE}α"] {
        for pattern in ["ᾳ\u{94D}\u{9BE}α", "α\u{94D}\u{345}\u{9BE}α"] {
            finds(pattern, &[text], PLAIN);
            finds(pattern, &[text], EXACT);
        }
    }
}

#[test]
fn marks_at_the_start_of_the_text_stand_on_their_own() {
    assert_eq!(marked("\u{302}\u{345}", "\u{345}\u{302}", EXACT), "[\u{345}\u{302}]");
    assert_eq!(marked("\u{302}\u{345}", "a\u{345}\u{302}", EXACT), "a\u{345}\u{302}");
    for before in ["", "\u{AD}", "\u{301}\u{AD}"] {
        assert_eq!(
            marked("ι", &format!("{before}\u{345}a\u{345}"), PLAIN),
            format!("{before}[\u{345}]a\u{345}")
        );
        assert_eq!(marked("ιa", &format!("{before}\u{345}A"), PLAIN), format!("{before}[\u{345}A]"));
    }
}

#[test]
fn matches_are_those_that_begin_first_and_do_not_overlap() {
    assert_eq!(marked("aa", "aaaaa", PLAIN), "[aa][aa]a");
    assert_eq!(marked("abab", "aabababab", PLAIN), "a[abab][abab]");
    assert_eq!(marked("aab", "aaab", PLAIN), "a[aab]");
}

#[test]
fn whole_words_end_at_word_boundaries() {
    assert_eq!(
        marked("can", "can can't cans scan _can can_ can", WORDS),
        "[can] can't cans scan _can can_ [can]"
    );
    assert_eq!(marked("é", "é été e\u{301}", WORDS), "[é] été [e\u{301}]");
    assert_eq!(marked("3", "3 3.5 3, 5,3", WORDS), "[3] 3.5 [3], 5,3");
    assert_eq!(marked("漢", "漢字", WORDS), "[漢]字");
    assert_eq!(marked("-", "a-b", WORDS), "a[-]b");
    assert_eq!(marked("can't", "can’t can't", WORDS), "[can’t] [can't]");
}

#[test]
fn matches_are_given_in_bytes_and_in_utf16_units() {
    let pattern = Pattern::new("é", PLAIN).unwrap();
    let found = located(&pattern, "😀é e\u{301}x漢E");
    let places: Vec<_> = found.into_iter().map(|found| (found.bytes, found.utf16)).collect();
    assert_eq!(places, [(4..6, 2..3), (7..10, 4..6), (14..15, 8..9)]);
}

#[test]
fn what_cannot_be_searched_for_is_a_typed_error() {
    let error = |text: &str| Pattern::new(text, PLAIN).unwrap_err();
    assert_eq!(error(""), PatternError::Empty);
    assert_eq!(error("\u{AD}\u{200D}\u{640}\u{301}"), PatternError::Ignored);
    assert!(Pattern::new("\u{301}", DIACRITICS).is_ok());
    assert_eq!(error("").code(), Code::InvalidArgument);
    let longest = "a".repeat(limits::FIND_PATTERN_BYTES as usize);
    assert_eq!(
        ranges(&longest, &longest.to_uppercase(), PLAIN),
        vec![Range { start: 0, end: longest.len() }]
    );
    let error = error(&format!("{longest}a"));
    assert_eq!(error, PatternError::TooLong { bytes: limits::FIND_PATTERN_BYTES + 1 });
    assert_eq!(error.code(), Code::LimitExceeded);
    assert_eq!(error.details().get("limit"), Some(DetailValue::Number(limits::FIND_PATTERN_BYTES)));
}

#[test]
fn a_match_is_as_long_as_the_limit_and_no_longer() {
    let pattern = Pattern::new("ab", PLAIN).unwrap();
    let most = limits::FIND_MATCH_BYTES as usize;
    for (longer, expected) in [(0, 1), (2, 0)] {
        let text = format!("ab a{}b ab", "\u{301}".repeat((most - 2 + longer) / 2));
        assert_eq!(pattern.matches(&text).count(), 2 + expected);
        for cut in [1, 5, most / 2, most, text.len() - 3] {
            let (first, second) = text.as_bytes().split_at(cut);
            assert_eq!(
                streamed(Path::current(), &pattern, &[first, second]),
                located(&pattern, &text),
                "{cut}"
            );
        }
        let marks_behind =
            format!("a{}b{}", "\u{301}".repeat(100), "\u{301}".repeat((most - 202 + longer) / 2));
        assert_eq!(pattern.matches(&marks_behind).count(), expected);
    }
}

#[test]
fn text_that_repeats_the_pattern_almost_everywhere_takes_linear_time() {
    // Quadratic time would be hours.
    let text = "a".repeat(4 << 20);
    for pattern in ["a".repeat(2000) + "b", "b".to_owned() + &"a".repeat(2000), "aab".repeat(500) + "aac"] {
        assert!(ranges(&pattern, &text, PLAIN).is_empty());
        assert!(ranges(&pattern, &text, WORDS).is_empty());
    }
    let sharp = "ß".repeat(1 << 20);
    assert!(ranges(&"s".repeat(1001), &sharp, PLAIN).is_empty());
    let flags = "🇩🇪".repeat(1 << 17);
    assert!(ranges("🇪🇩", &flags, PLAIN).is_empty());
}

#[test]
fn bytes_that_are_not_utf8_match_nothing_and_stop_nothing() {
    let pattern = Pattern::new("é", PLAIN).unwrap();
    let text = b"e\xC3e\xFF\xC3\xA9\x80e\xED\xA0\x80\xF0\x9F\xE2\x80e";
    let starts = |chunks: &[&[u8]]| -> Vec<u64> {
        streamed(Path::current(), &pattern, chunks).iter().map(|found| found.bytes.start).collect()
    };
    assert_eq!(starts(&[text]), [0, 2, 4, 7, 15]);
    for cut in 0..text.len() {
        assert_eq!(starts(&[&text[..cut], &text[cut..]]), [0, 2, 4, 7, 15], "{cut}");
    }
}

#[test]
fn a_pattern_is_found_at_every_alignment_on_every_path() {
    let texts =
        ["needle", "NE\u{301}EDLE", "Straße", "Ёлка", "한국어", "漢字かな", "مُحَمَّد", "👩\u{200D}🚀", "é"];
    for text in texts {
        let pattern = Pattern::new(text, PLAIN).unwrap();
        for fill in ["·", "n", "é", "한", "م", " "] {
            for before in 0..70 {
                for behind in [0, before % 11, 60 + before % 11] {
                    let whole = format!("{}{text}\n{}", fill.repeat(before), fill.repeat(behind));
                    let start = before * fill.len();
                    let mut expected = naive::find(&whole, text, Wanted::default());
                    if fill != text {
                        assert!(expected.contains(&(start..start + text.len())), "{whole:?}");
                    }
                    expected.retain(|range| range.start >= start);
                    for path in PATHS {
                        let found: Vec<_> = Matches::on(path, &pattern, &whole)
                            .filter(|range| range.start >= start)
                            .collect();
                        assert_eq!(found, expected, "{path:?} {whole:?}");
                    }
                }
            }
        }
    }
}
