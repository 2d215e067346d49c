//! Texts that people write, and texts that nobody would.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;
use writemagic_storage::embedding::{Embedder as _, Embedding};

use super::table;

fn cosine(a: &Embedding, b: &Embedding) -> f32 {
    a.vector.iter().zip(&b.vector).map(|(a, b)| a * b).sum()
}

/// Counts as `(tokens, unknown, words, whole words)`.
fn counts(text: &str) -> (u64, u64, u64, u64) {
    let Embedding { tokens, unknown, words, whole_words, .. } = table().encode(text);
    (tokens, unknown, words, whole_words)
}

#[test]
fn texts_that_mean_alike_are_nearer_than_others() {
    let encode = |text| table().encode(text);
    let storm = encode("It was a dark and stormy night.");
    let rain = encode("thunder, wind and rain after sunset");
    let tax = encode("The committee approved the annual budget.");
    assert!(cosine(&storm, &rain) > cosine(&storm, &tax) + 0.2);
    assert!((cosine(&storm, &storm) - 1.0).abs() < 1e-6);
}

#[test]
fn words_marks_and_pieces_are_counted() {
    assert_eq!(counts("The rain, unaffable!"), (7, 0, 3, 2)); // una ##ffa ##ble
    assert_eq!(counts("😀 rain"), (2, 1, 2, 1));
    assert_eq!(counts("中文字"), (3, 1, 3, 2));
    assert_eq!(counts("москва"), (6, 0, 1, 0));
    assert_eq!(counts("..."), (3, 0, 0, 0));
}

#[test]
fn the_share_of_whole_words_tells_what_the_table_speaks() {
    let share = |text: &str| table().encode(text).whole_share();
    assert!(share("She closed the door behind her and went down to the river.") > 0.9);
    for text in [
        "Она закрыла за собой дверь и спустилась к реке.",
        "Sie schloss die Tür hinter sich und stieg zum Fluss hinab.",
        "그녀는 문을 닫고 강으로 내려갔다.",
        "",
    ] {
        assert!(share(text) < 0.6, "{text}");
    }
}

#[test]
fn a_text_without_a_known_token_has_no_vector() {
    for text in ["", " \n", "\0\u{200B}", "\u{301}", "😀", "😀 👩\u{200D}🔬"] {
        let embedding = table().encode(text);
        assert!(embedding.is_empty());
        assert_eq!(embedding.vector, vec![0.0; 128], "{text:?}");
        assert_eq!(table().embed(&[text]).unwrap(), [Vec::<f32>::new()]);
    }
    assert!(!table().encode("😀 rain").is_empty());
}

#[test]
fn a_megabyte_of_anything_is_encoded() {
    let megabyte = |unit: &str| unit.repeat((1 << 20) / unit.len());
    for (unit, tokens, unknown) in [
        ("a", 1, 1),
        ("é", 1, 1),
        ("\u{10428}", 1, 1),
        ("a\u{301}", 1, 1),
        ("\0", 0, 0),
        ("\u{301}", 0, 0),
        ("\u{200B}", 0, 0),
        (" ", 0, 0),
        ("!", 1 << 20, 0),
        ("\u{FDFA}", 1, 1),
    ] {
        let (found, not_known, ..) = counts(&megabyte(unit));
        assert_eq!((found, not_known), (tokens, unknown), "{unit:?}");
    }
    // The longest words that are looked up; every one of their letters begins a search.
    assert_eq!(counts(&format!("{} ", "z".repeat(100)).repeat(600)).2, 600);
}

#[test]
fn a_word_of_a_hundred_characters_is_looked_up_and_a_longer_one_is_not() {
    for letter in ["a", "é", "\u{10428}"] {
        let (fits, long) = (letter.repeat(100), letter.repeat(101));
        assert_eq!(table().encode(&fits).unknown, u64::from(letter == "\u{10428}"));
        assert_eq!(counts(&long), (1, 1, 1, 0));
        assert_eq!(table().tokens(&format!("{long} a")), [100, 1037]);
    }
}

/// Characters of every kind that the tokens depend on, and words.
fn text() -> impl Strategy<Value = String> {
    let unit = prop_oneof![
        4 => "[a-zA-Z]{1,12}",
        2 => prop::sample::select(vec![
            "\u{301}", "é", "ß", "İ", "Ⓐ", "中", "豈", "한", "が", "я", "!", "…", "$", "≠", "\u{200B}", "\0", "\u{85}", "\u{FFFD}",
            "\u{A0}", " ", "\n", "😀", "ﬁ", "ing", "the", "\u{37E}", "\u{1FEF}", "\u{2000}", "\u{378}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(unit, 0..24).prop_map(|units| units.concat())
}

proptest! {
    #[test]
    fn any_text_has_a_vector_of_length_one_or_zero(text in text()) {
        let embedding = table().encode(&text);
        let length = embedding.vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
        let expected = if embedding.is_empty() { 0.0 } else { 1.0 };
        prop_assert!((length - expected).abs() < 1e-5);
        prop_assert_eq!(table().tokens(&text).len() as u64, embedding.tokens);
        prop_assert!(embedding.unknown <= embedding.tokens && embedding.whole_words <= embedding.words);
    }

    #[test]
    fn case_and_the_way_to_write_an_accent_change_nothing(text in text()) {
        let tokens = table().tokens(&text);
        prop_assert_eq!(&table().tokens(&text.to_ascii_uppercase()), &tokens);
        prop_assert_eq!(&table().tokens(&text.nfd().collect::<String>()), &tokens);
        prop_assert_eq!(&table().tokens(&text.nfc().collect::<String>()), &tokens);
    }

    #[test]
    fn white_space_separates_and_its_kind_and_amount_change_nothing(
        words in prop::collection::vec(text(), 0..6),
        space in "[ \t\r\n\u{A0}\u{3000}\u{2028}]{1,5}",
    ) {
        let each: Vec<u32> = words.iter().flat_map(|word| table().tokens(word)).collect();
        prop_assert_eq!(&table().tokens(&words.join(&space)), &each);
        prop_assert_eq!(&table().tokens(&format!("{space}{}{space}", words.join(" "))), &each);
    }

    #[test]
    fn tokens_do_not_depend_on_what_stands_before_a_mark(before in text(), behind in text()) {
        let apart = [table().tokens(&before), table().tokens("."), table().tokens(&behind)].concat();
        prop_assert_eq!(table().tokens(&format!("{before}.{behind}")), apart);
    }
}
