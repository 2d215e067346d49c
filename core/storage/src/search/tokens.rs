//! From a text to the tokens that stand in the search table: the same way for documents and for queries.
//!
//! A token is a folded word, or one character of a script that [`is_scalar_script`] takes one by one. No token holds
//! a space or a control character, because the table's tokenizer splits at those. Where two runs of such characters
//! are kept apart by something that is no token, a [`GAP`] stands between them, so that `你好` is not found in
//! `你。好`; where a word stands between them, the word does that.

use std::ops::{ControlFlow, Range};

use writemagic_shared::text::fold::{first_composed, fold_word, is_ignorable, is_ignored_mark};
use writemagic_shared::text::script::is_scalar_script;
use writemagic_shared::text::segment;

/// The token between two runs of single characters. Private use: no text makes it.
pub(super) const GAP: &str = "\u{E000}";

/// What a document's search row holds. Costs the length of title and text; needs no database.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(super) title: String,
    pub(super) body: String,
}

/// The search terms of a document.
pub(crate) fn terms(title: &str, text: &str) -> Terms {
    Terms { title: joined(title), body: joined(text) }
}

fn joined(text: &str) -> String {
    let mut terms = String::with_capacity(text.len() + text.len() / 8);
    let _: ControlFlow<()> = each_token(text, |token, _| {
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms.push_str(token);
        ControlFlow::Continue(())
    });
    terms
}

/// Calls `visit` with each token of `text` and the bytes it was made of (none for a gap), in order, until it breaks.
pub(super) fn each_token<B>(
    text: &str,
    mut visit: impl FnMut(&str, Range<usize>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut token = String::new();
    // Whether the last token was a single character, and whether anything has shown since.
    let mut after_scalar = false;
    let mut separated = false;
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if is_ignorable(first) {
            at += first.len_utf8();
        } else if is_scalar_script(first) {
            if after_scalar && separated {
                visit(GAP, at..at)?;
            }
            // Kana take their voicing marks and Hangul letters make syllables; all else stays as it is written, so
            // that every substring is found.
            let (scalar, len) = first_composed(&text[at..]).unwrap_or((first, first.len_utf8()));
            let end = at + len;
            token.clear();
            token.push(scalar);
            visit(&token, at..end)?;
            (after_scalar, separated) = (true, false);
            at = end;
        } else {
            let end =
                text[at..].find(|c| is_scalar_script(c) && !is_ignorable(c)).map_or(text.len(), |n| at + n);
            for word in segment::words(&text[at..end]).filter(|segment| segment.is_word) {
                let range = at + word.range.start..at + word.range.end;
                token.clear();
                fold_word(&text[range.clone()], &mut token);
                token.retain(|character| character > ' ' && character != '\u{7F}');
                if !token.is_empty() {
                    visit(&token, range)?;
                    after_scalar = false;
                }
            }
            separated = separated || text[at..end].chars().any(|c| !is_ignorable(c) && !is_ignored_mark(c));
            at = end;
        }
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn assert_tokens(text: &str, expected: &str) {
        assert_eq!(joined(text).replace(GAP, "|"), expected, "{text:?}");
    }

    #[test]
    fn words_are_folded_and_single_characters_stand_alone() {
        assert_tokens("The Café, don’t — 3.5!", "the cafe don't 3.5");
        assert_tokens("日本語abcカタ", "日 本 語 abc カ タ");
        assert_tokens("abc한국어", "abc 한 국 어");
        assert_tokens("ก\u{0E49}า๑", "ก \u{0E49} า ๑");
        assert_tokens("😀 … _", "");
    }

    #[test]
    fn runs_that_something_separates_have_a_gap_or_a_word_between_them() {
        assert_tokens("你。好", "你 | 好");
        assert_tokens("。你\n\n好。", "你 | 好");
        assert_tokens("你 and 好", "你 and 好");
        assert_tokens("你・好 x 吗", "你 | 好 x 吗");
    }

    #[test]
    fn what_does_not_show_separates_nothing() {
        assert_tokens("你\u{200B}好\u{FE00}吗\u{AD}", "你 好 吗");
        assert_tokens("か\u{301}き", "か き");
        assert_tokens("か\u{200D}\u{3099}", "が");
        assert_tokens("ក\u{17B4}ខ", "ក ខ");
    }

    #[test]
    fn kana_hangul_and_width_are_composed_and_thai_is_left_as_written() {
        assert_tokens("ｶﾞは\u{309A}", "ガ ぱ");
        assert_tokens("\u{1112}\u{1161}\u{11AB}\u{AC00}\u{11A8}", "한 각");
        assert_tokens("\u{F900}", "\u{8C48}");
        assert_tokens("\u{0E49}\u{0E38}", "\u{0E49} \u{0E38}");
        assert_tokens("\u{1025}\u{102E}", "\u{1025} \u{102E}");
        assert_tokens("ＡＢ", "ab");
    }

    #[test]
    fn the_tokens_of_a_title_and_of_a_text_are_kept_apart() {
        let terms = terms("A Title", "Some text");
        assert_eq!((terms.title.as_str(), terms.body.as_str()), ("a title", "some text"));
    }

    proptest! {
        #[test]
        fn no_token_is_empty_or_splits_and_ranges_ascend(
            text in prop_oneof![any::<String>(), "[a-c .ßé\u{300}\u{345}\u{903}\0\u{7f}你好か\u{3099}\u{1100}\u{1161}กา\u{e49}\u{200d}\u{3164}\u{e000}]{0,24}"]
        ) {
            let mut end = 0;
            let mut after_gap = true;
            let _: ControlFlow<()> = each_token(&text, |token, range| {
                assert!(!token.is_empty() && token.chars().all(|c| !c.is_ascii_control() && c != ' '), "{token:?}");
                assert!(range.start >= end && text.get(range.clone()).is_some());
                assert_eq!(token == GAP, range.is_empty());
                assert!(token != GAP || !after_gap, "a gap stands between tokens only");
                after_gap = token == GAP;
                end = range.end;
                ControlFlow::Continue(())
            });
            assert!(end == 0 || !after_gap);
        }

        #[test]
        fn tokens_of_tokens_are_the_same_words(text in "[a-céß ,你好カ\u{e01}]{0,16}") {
            let once = joined(&text);
            let plain = |terms: &str| terms.replace(GAP, "").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(plain(&joined(&once)), plain(&once));
        }
    }
}
