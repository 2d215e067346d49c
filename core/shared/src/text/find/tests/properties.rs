//! Texts and patterns made of characters of every kind, against search by the book.

use proptest::prelude::*;
use proptest::sample::select;

use super::characters::REPRESENTATIVES;
use super::*;

fn text() -> impl Strategy<Value = String> {
    let mixed = prop::collection::vec(select(&REPRESENTATIVES[..]), 0..40);
    // A few kinds at a time meet their like.
    let few = (
        prop::collection::vec(select(&REPRESENTATIVES[..]), 1..4),
        prop::collection::vec(any::<u8>(), 0..90),
    )
        .prop_map(|(few, picks)| {
            picks.into_iter().map(|pick| few[usize::from(pick) % few.len()]).collect::<Vec<_>>()
        });
    prop_oneof![mixed, few].prop_map(|parts| parts.concat())
}

/// A text and something that may be in it.
fn text_and_pattern() -> impl Strategy<Value = (String, String)> {
    let part = (text(), any::<prop::sample::Index>(), 1_usize..8).prop_map(|(text, at, len)| {
        let characters: Vec<char> = text.chars().collect();
        let start = if characters.is_empty() { 0 } else { at.index(characters.len()) };
        let pattern: String = characters[start..].iter().take(len).collect();
        (text, pattern)
    });
    let other = (text(), prop::collection::vec(select(&REPRESENTATIVES[..]), 1..4));
    prop_oneof![part, other.prop_map(|(text, pattern)| (text, pattern.concat()))]
}

fn options() -> impl Strategy<Value = Options> {
    any::<(bool, bool, bool)>().prop_map(|(match_case, match_diacritics, whole_word)| Options {
        match_case,
        match_diacritics,
        whole_word,
    })
}

fn wanted(options: Options) -> Wanted {
    Wanted { case: options.match_case, diacritics: options.match_diacritics, whole_word: options.whole_word }
}

proptest! {
    // Many characters have to meet. `PROPTEST_CASES` makes them fewer where a processor is emulated.
    #![proptest_config(ProptestConfig { cases: 8 * ProptestConfig::default().cases, ..ProptestConfig::default() })]

    #[test]
    fn every_path_finds_what_folding_everything_finds((text, pattern) in text_and_pattern(), options in options(), fill in 0_usize..70) {
        let text = format!("{}{text}", "-".repeat(fill));
        let expected = naive::find(&text, &pattern, wanted(options));
        let Ok(pattern) = Pattern::new(&pattern, options) else {
            prop_assert!(expected.is_empty());
            return Ok(());
        };
        for path in PATHS {
            prop_assert_eq!(&Matches::on(path, &pattern, &text).collect::<Vec<_>>(), &expected, "{:?}", path);
        }
    }

    #[test]
    fn chunks_make_no_difference((text, pattern) in text_and_pattern(), options in options(), repeat in 1_usize..3) {
        let Ok(pattern) = Pattern::new(&pattern, options) else { return Ok(()) };
        let text = text.repeat(repeat);
        let expected = located(&pattern, &text);
        let bytes = text.as_bytes();
        for cut in 0..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            prop_assert_eq!(&streamed(Path::current(), &pattern, &[first, second]), &expected, "cut at {}", cut);
        }
        for size in [1, 2, 3, 7] {
            let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(&streamed(Path::current(), &pattern, &chunks), &expected, "chunks of {}", size);
        }
    }

    #[test]
    fn a_match_folds_to_what_the_pattern_folds_to((text, pattern) in text_and_pattern()) {
        let Ok(compiled) = Pattern::new(&pattern, PLAIN) else { return Ok(()) };
        let fold = |text: &str| {
            let mut folded = String::new();
            crate::text::fold::fold_word(text, &mut folded);
            folded
        };
        for range in compiled.matches(&text) {
            prop_assert_eq!(fold(&text[range]), fold(&pattern));
        }
    }
}
