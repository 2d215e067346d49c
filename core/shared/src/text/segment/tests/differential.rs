//! Our boundaries against those of independent implementations, on texts made of characters of every class.
//!
//! `icu_segmenter` finds boundaries by the same version of the rules; only runs of ideographs and of scripts without
//! spaces it takes as one, and a joiner behind Katakana as their end: its words are compared without those.
//! `unicode-segmentation` differs from the rules for words where a joiner and a pictograph meet (WB3c): its words are
//! compared without joiners.

use std::sync::LazyLock;

use icu_segmenter::options::{SentenceBreakInvariantOptions, WordBreakInvariantOptions};
use icu_segmenter::{GraphemeClusterSegmenter, SentenceSegmenter, WordSegmenter};
use proptest::prelude::*;
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use super::{forward, ranges};
use crate::text::segment::Unit;
use crate::text::unicode::{Properties, class_of};

/// How many characters stand for a class.
const REPRESENTATIVES: usize = 6;

/// For each class its first and last characters, and some between.
static REPRESENTED: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    let mut members: Vec<Vec<char>> = vec![Vec::new(); 256];
    for character in '\0'..=char::MAX {
        members[usize::from(class_of(character))].push(character);
    }
    members.retain(|class| !class.is_empty());
    let pick = |class: Vec<char>| {
        let step = (class.len() - 1).div_ceil(REPRESENTATIVES - 1).max(1);
        class.iter().step_by(step).chain(class.last()).copied().collect()
    };
    members.into_iter().map(pick).collect()
});

/// Texts of up to `pieces` runs of characters, every class as likely as any other.
pub(super) fn any_classes(pieces: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => (any::<prop::sample::Index>(), any::<prop::sample::Index>())
            .prop_map(|(class, member)| *member.get(class.get(&REPRESENTED[..]).as_slice())),
        1 => prop::sample::select(vec!['a', 'B', ' ', '.', '\'', '1', ',', '\n', '\u{301}', '\u{200D}', 'א', '"']),
    ];
    let run = (character, prop_oneof![12 => Just(1), 2 => 2..4usize, 1 => 1..70usize])
        .prop_map(|(character, times)| character.to_string().repeat(times));
    prop::collection::vec(run, 0..pieces).prop_map(|runs| runs.concat())
}

/// Whether ICU may take a run of such characters as one word.
fn in_dictionaries(character: char) -> bool {
    const SCRIPTS: [Script; 12] = [
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
        Script::Thai,
        Script::Lao,
        Script::Khmer,
        Script::Myanmar,
        Script::Tai_Le,
        Script::New_Tai_Lue,
        Script::Tai_Tham,
        Script::Tai_Viet,
        Script::Ahom,
    ];
    SCRIPTS.iter().any(|script| character.script_extension().contains_script(*script))
        && !matches!(character.script(), Script::Common | Script::Inherited)
        || Properties::of(character).word_class() == Properties::of('ー').word_class()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn words_end_where_icu_ends_them(text in any_classes(40)) {
        let text: String = text.chars().filter(|character| !in_dictionaries(*character)).collect();
        let segmenter =
            WordSegmenter::new_for_non_complex_scripts(WordBreakInvariantOptions::default());
        let icu: Vec<usize> = segmenter.segment_str(&text).collect();
        prop_assert_eq!(forward(&text, Unit::Word), ranges(&icu), "{:?}", text);
    }

    #[test]
    fn words_end_where_another_library_ends_them(text in any_classes(40)) {
        let text = text.replace('\u{200D}', "");
        let other: Vec<_> =
            text.split_word_bound_indices().map(|(at, part)| at..at + part.len()).collect();
        prop_assert_eq!(forward(&text, Unit::Word), other, "{:?}", text);
    }

    #[test]
    fn sentences_end_where_icu_and_another_library_end_them(text in any_classes(40)) {
        let segments = forward(&text, Unit::Sentence);
        let options = SentenceBreakInvariantOptions::default();
        let icu: Vec<usize> = SentenceSegmenter::new(options).segment_str(&text).collect();
        prop_assert_eq!(&segments, &ranges(&icu), "{:?}", text);
        let other: Vec<_> =
            text.split_sentence_bound_indices().map(|(at, part)| at..at + part.len()).collect();
        prop_assert_eq!(segments, other, "{:?}", text);
    }

    #[test]
    fn graphemes_end_where_icu_and_another_library_end_them(text in any_classes(40)) {
        let segments = forward(&text, Unit::Grapheme);
        let icu: Vec<usize> = GraphemeClusterSegmenter::new().segment_str(&text).collect();
        prop_assert_eq!(&segments, &ranges(&icu), "{:?}", text);
        let other: Vec<_> = text.grapheme_indices(true).map(|(at, part)| at..at + part.len()).collect();
        prop_assert_eq!(segments, other, "{:?}", text);
    }
}
