use proptest::prelude::*;

use super::*;

/// The changes as `[old|new]` in the old text.
fn marked(old: &str, new: &str, by: By) -> String {
    let mut out = String::new();
    let mut at = 0;
    for hunk in diff(old, new, by) {
        out += &old[at..hunk.old.start];
        out += &format!("[{}|{}]", &old[hunk.old.clone()], &new[hunk.new.clone()]);
        at = hunk.old.end;
    }
    out + &old[at..]
}

#[test]
fn equal_texts_have_no_hunks() {
    for text in ["", "\n", "One.\nTwo.\n", "no end"] {
        assert_eq!(diff(text, text, By::Words), []);
        assert_eq!(diff(text, text, By::Lines), []);
    }
}

#[test]
fn words_are_replaced_whole() {
    assert_eq!(marked("She walked home.", "She ran home.", By::Words), "She [walked|ran] home.");
    assert_eq!(marked("a café", "a cafe", By::Words), "a [café|cafe]");
    assert_eq!(marked("一二三", "一四三", By::Words), "一[二|四]三");
    assert_eq!(marked("hi 👩\u{200D}🚀!", "hi 👩!", By::Words), "hi [👩\u{200D}🚀|👩]!");
}

#[test]
fn a_sentence_that_is_put_in_is_one_insertion() {
    let (old, new) = ("It rained. We left.\n", "It rained. Nobody came. We left.\n");
    assert_eq!(marked(old, new, By::Words), "It rained. [|Nobody came. ]We left.\n");
}

#[test]
fn replaced_words_with_a_space_between_them_are_one_hunk() {
    let (old, new) = ("and then the old grey man sat down\n", "and then a young woman sat down\n");
    assert_eq!(marked(old, new, By::Words), "and then [the old grey man|a young woman] sat down\n");
}

#[test]
fn lines_that_share_hardly_a_word_are_replaced_whole() {
    let (old, new) =
        ("same\nThe cat sat on the mat.\nsame\n", "same\nA dog, on leave, barked at owls.\nsame\n");
    assert_eq!(
        marked(old, new, By::Words),
        "same\n[The cat sat on the mat.\n|A dog, on leave, barked at owls.\n]same\n"
    );
}

#[test]
fn lines_are_compared_with_their_ends() {
    assert_eq!(marked("a\nb\nc\n", "a\nB\nc\n", By::Lines), "a\n[b\n|B\n]c\n");
    assert_eq!(marked("a\nb", "a\nb\n", By::Lines), "a\n[b|b\n]");
    assert_eq!(marked("a\r\nb\r\n", "a\nb\r\n", By::Lines), "[a\r\n|a\n]b\r\n");
    assert_eq!(marked("", "a\n", By::Lines), "[|a\n]");
    assert_eq!(marked("a\n", "", By::Lines), "[a\n|]");
}

#[test]
fn a_paragraph_that_moved_names_the_place_it_moved_to() {
    let (a, b, c) = ("The first paragraph.\n\n", "The second one is longer.\n\n", "The third.\n\n");
    for by in [By::Lines, By::Words] {
        let (old, new) = (format!("{a}{b}{c}"), format!("{b}{c}{a}"));
        let hunks = diff(&old, &new, by);
        assert_eq!(hunks.len(), 2);
        assert_eq!((hunks[0].kind(), hunks[0].moved), (HunkKind::Deleted, Some(1)));
        assert_eq!((hunks[1].kind(), hunks[1].moved), (HunkKind::Inserted, Some(0)));
    }
    // Too short to be more than chance.
    assert!(
        diff("x\n\nlong line here\n", "long line here\n\nx\n", By::Lines)
            .iter()
            .all(|hunk| hunk.moved.is_none())
    );
}

#[test]
fn a_passage_that_is_there_twice_moves_once_each() {
    let passage = "a passage that is told again\n";
    let (old, new) = (format!("{passage}1\n{passage}2\n3\n4\n"), format!("1\n2\n{passage}3\n4\n{passage}"));
    let hunks = diff(&old, &new, By::Lines);
    for (number, hunk) in hunks.iter().enumerate() {
        if let Some(other) = hunk.moved {
            assert_eq!(hunks[other].moved, Some(number));
        }
    }
    assert_eq!(hunks.iter().filter(|hunk| hunk.moved.is_some()).count() % 2, 0);
}

#[test]
fn ranges_are_given_in_utf16_units_too() {
    let hunks = diff("👩 old 二", "👩 new 二 👍", By::Words);
    assert_eq!((hunks[0].old_utf16.clone(), hunks[0].new_utf16.clone()), (3..6, 3..6));
    let last = hunks.last().unwrap();
    assert_eq!((last.old_utf16.clone(), last.new_utf16.clone()), (8..8, 8..11));
}

#[test]
fn a_text_that_repeats_one_word_takes_no_quadratic_time() {
    // Quadratic time would be hours.
    let old = "la ".repeat(300_000);
    let new = format!("{}do {}", "la ".repeat(150_000), "la ".repeat(149_000));
    let hunks = diff(&old, &new, By::Words);
    assert!(!hunks.is_empty());
    let lines = old.replace(' ', "\n");
    assert!(!diff(&lines, &new.replace(' ', "\n"), By::Lines).is_empty());
}

#[test]
fn among_words_that_come_again_and_again_no_hunk_changes_nothing() {
    let dots = |count| ". ".repeat(count);
    let dashes = "- ".repeat(30);
    let quotes = |count| "\"".repeat(count);
    let old = format!("{}\"night{}- - - {}{dashes}{}", "- ".repeat(10), quotes(44), dots(80), quotes(25));
    let new = format!(
        "{}\"n,ght{}- - - .  {}  {}\r\n{}{dashes}{}. ",
        "- ".repeat(10),
        quotes(44),
        dots(13),
        dots(45),
        dots(18),
        quotes(19)
    );
    for hunk in diff(&old, &new, By::Words) {
        assert_ne!(old[hunk.old.clone()], new[hunk.new.clone()]);
    }
}

/// Texts of the few same words, hundreds of times.
fn monotonous() -> impl Strategy<Value = String> {
    let run = (prop::sample::select(vec![". ", "- ", "\"", "la ", "二"]), 1_usize..90);
    prop::collection::vec(run, 0..6)
        .prop_map(|runs| runs.iter().map(|(token, count)| token.repeat(*count)).collect())
}

fn text() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "the ",
        "cat",
        " ",
        "\n",
        "\r\n",
        "sat.",
        "é",
        "e\u{301}",
        "👩\u{200D}🚀",
        "二",
        "三",
        "a longer phrase here\n",
        "\n\n",
        "",
    ]);
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn replacing_the_old_ranges_gives_the_new_text(
        old in prop_oneof![text(), monotonous()],
        new in prop_oneof![text(), monotonous()],
        words: bool,
    ) {
        let by = if words { By::Words } else { By::Lines };
        let hunks = diff(&old, &new, by);
        let mut result = old.clone();
        for hunk in hunks.iter().rev() {
            prop_assert_ne!(&old[hunk.old.clone()], &new[hunk.new.clone()]);
            prop_assert_eq!(utf16::len(&old[..hunk.old.start]), hunk.old_utf16.start);
            prop_assert_eq!(utf16::len(&old[..hunk.old.end]), hunk.old_utf16.end);
            prop_assert_eq!(utf16::len(&new[..hunk.new.start]), hunk.new_utf16.start);
            prop_assert_eq!(utf16::len(&new[..hunk.new.end]), hunk.new_utf16.end);
            result.replace_range(hunk.old.clone(), &new[hunk.new.clone()]);
        }
        prop_assert_eq!(&result, &new);
        for pair in hunks.windows(2) {
            prop_assert!(pair[0].old.end < pair[1].old.start && pair[0].new.end < pair[1].new.start);
            let (between_old, between_new) = (pair[0].old.end..pair[1].old.start, pair[0].new.end..pair[1].new.start);
            prop_assert_eq!(&old[between_old], &new[between_new]);
        }
        for (number, hunk) in hunks.iter().enumerate() {
            if let Some(other) = hunk.moved {
                prop_assert_eq!(hunks[other].moved, Some(number));
                let (from, to) = if hunk.kind() == HunkKind::Deleted { (hunk, &hunks[other]) } else { (&hunks[other], hunk) };
                prop_assert_eq!(old[from.old.clone()].trim(), new[to.new.clone()].trim());
            }
        }
    }
}
