//! What a text and a name are to the mention index: words, single characters, and what stands between them.
//!
//! A word is a word of Unicode Annex #29, folded; a character of a script that is written without spaces is a token by itself,
//! so that a name of such characters is found in any run of them.

use std::ops::Range;

use writemagic_shared::text::fold::{first_composed, fold_word, is_ignorable, is_ignored_mark, usual_width};
use writemagic_shared::text::script::is_scalar_script;
use writemagic_shared::text::segment;

/// A word, or a single character, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) range: Range<usize>,
    /// The character, composed, where it stands alone.
    pub(super) single: Option<char>,
}

/// No character of a script that is written without spaces begins with a smaller byte: U+02EA does with this one.
const FIRST_SCALAR_BYTE: u8 = 0xCB;

/// Calls `visit` with each token of `text`, in order.
pub(super) fn each_token(text: &str, mut visit: impl FnMut(Token)) {
    let mut at = 0;
    loop {
        let start = next_scalar(text, at);
        let (words, rest) = (text.get(at..start).unwrap_or_default(), text.get(start..).unwrap_or_default());
        for word in segment::words(words).filter(|segment| segment.is_word) {
            visit(Token { range: trimmed(text, at + word.range.start..at + word.range.end), single: None });
        }
        let Some(first) = rest.chars().next() else { return };
        let (single, len) = first_composed(rest).unwrap_or((first, first.len_utf8()));
        at = start + len;
        visit(Token { range: start..at, single: Some(single) });
    }
}

/// A word without the low lines around it, which Markdown makes of emphasis and Annex #29 takes for letters.
fn trimmed(text: &str, mut range: Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    while range.len() > 1 && bytes.get(range.start) == Some(&b'_') {
        range.start += 1;
    }
    while range.len() > 1 && bytes.get(range.end - 1) == Some(&b'_') {
        range.end -= 1;
    }
    range
}

/// Where the next character stands that is a token by itself; the end where there is none.
fn next_scalar(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    loop {
        at = next_byte(bytes, at);
        let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else { return text.len() };
        if is_scalar_script(character) && !is_ignorable(character) {
            return at;
        }
        at += character.len_utf8();
    }
}

/// Where the next byte stands that may begin such a character. Whole blocks are looked at together, without a branch a byte.
fn next_byte(bytes: &[u8], mut at: usize) -> usize {
    const BLOCK: usize = 64;
    while let Some(block) = bytes.get(at..at + BLOCK) {
        if block.iter().fold(0, |most, byte| most.max(*byte)) >= FIRST_SCALAR_BYTE {
            break;
        }
        at += BLOCK;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| *byte >= FIRST_SCALAR_BYTE).unwrap_or(rest.len())
}

/// Appends what a token is compared by.
pub(super) fn fold_token(text: &str, token: &Token, folded: &mut String) {
    match token.single {
        Some(single) => folded.push(single),
        None => fold_word(text.get(token.range.clone()).unwrap_or_default(), folded),
    }
}

/// The bytes of a word before the `'s` at its end, if it has one.
pub(super) fn before_possessive(word: &str) -> Option<usize> {
    // Nearly all words end here: with another letter.
    if !matches!(word.as_bytes(), [.., b's' | b'S' | 0x80..]) {
        return None;
    }
    let mut ends = word.char_indices().rev();
    let (_, last) = ends.next()?;
    let (at, mark) = ends.next()?;
    let is_possessive = matches!(last, 's' | 'S' | 'ｓ' | 'Ｓ') && matches!(mark, '\'' | '’' | '＇' | 'ʼ');
    (is_possessive && at > 0).then_some(at)
}

/// Appends what stands between two tokens as it is compared: white space is one space, and what does not show or marks emphasis
/// is left out. `false` where a name cannot go on across it: a paragraph ends there.
pub(super) fn fold_gap(between: &str, folded: &mut String) -> bool {
    let mut line_ends = 0;
    let mut characters = between.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                line_ends += 1;
                if line_ends > 1 {
                    return false;
                }
                space(folded);
            }
            space_like if space_like.is_whitespace() => space(folded),
            '*' | '_' | '~' | '`' => {}
            unseen if is_ignorable(unseen) || is_ignored_mark(unseen) => {}
            '\u{2010}' | '\u{2011}' => folded.push('-'),
            '’' => folded.push('\''),
            other => folded.push(usual_width(other)),
        }
    }
    true
}

fn space(folded: &mut String) {
    if !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// What two names are compared by: equal for those that are found in the same places. `None` for a name without a word.
pub(super) fn name_key(name: &str) -> Option<String> {
    let mut key = String::new();
    let mut last: Option<usize> = None;
    each_token(name, |token| {
        if let Some(end) = last {
            key.push('\u{1}');
            fold_gap(name.get(end..token.range.start).unwrap_or_default(), &mut key);
            key.push('\u{1}');
        }
        fold_token(name, &token, &mut key);
        last = Some(token.range.end);
    });
    last.map(|_| key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        each_token(text, |token| {
            let mut folded = String::new();
            fold_token(text, &token, &mut folded);
            tokens.push(folded);
        });
        tokens
    }

    #[test]
    fn words_are_folded_and_characters_without_spaces_stand_alone() {
        assert_eq!(tokens("Émile’s _Zola_, 3.5!"), ["emile's", "zola", "3.5"]);
        assert_eq!(tokens("東京abcカ\u{3099}"), ["東", "京", "abc", "ガ"]);
        assert_eq!(tokens("_ — …"), Vec::<String>::new());
    }

    #[test]
    fn names_that_are_found_in_the_same_places_have_one_key() {
        for (one, other) in
            [("Ruth  Miller", "RUTH miller"), ("Anne\u{2011}Marie", "anne-marie"), ("Ｏｚ", "oz")]
        {
            assert_eq!(name_key(one), name_key(other));
        }
        assert_ne!(name_key("Anne Marie"), name_key("Anne-Marie"));
        assert_ne!(name_key("ab"), name_key("a b"));
        assert_eq!(name_key("?!"), None);
    }

    #[test]
    fn a_possessive_is_told_from_a_name_in_s() {
        assert_eq!(before_possessive("Ruth's"), Some(4));
        assert_eq!(before_possessive("RUTH’S"), Some(4));
        assert_eq!(before_possessive("James"), None);
        assert_eq!(before_possessive("'s"), None);
    }

    #[test]
    fn a_name_goes_on_over_one_line_end_and_not_over_two() {
        let gap = |between: &str| {
            let mut folded = String::new();
            fold_gap(between, &mut folded).then_some(folded)
        };
        assert_eq!(gap(" \r\n "), Some(" ".to_owned()));
        assert_eq!(gap("** **"), Some(" ".to_owned()));
        assert_eq!(gap("\n \n"), None);
        assert_eq!(gap(". "), Some(". ".to_owned()));
    }

    proptest! {
        #[test]
        fn tokens_ascend_and_lie_in_the_text(text in prop_oneof![any::<String>(), "[a-b_ '’é\u{300}你か\u{3099}กา\u{200d}\n.]{0,90}"]) {
            let mut end = 0;
            each_token(&text, |token| {
                assert!(token.range.start >= end && !token.range.is_empty());
                assert!(text.get(token.range.clone()).is_some());
                end = token.range.end;
            });
        }

        #[test]
        fn the_next_character_is_found_as_one_by_one(text in "[a-z \u{2019}é你]{0,200}", at in any::<prop::sample::Index>()) {
            let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let at = starts[at.index(starts.len())];
            let expected = text[at..].find(is_scalar_script).map_or(text.len(), |found| at + found);
            prop_assert_eq!(next_scalar(&text, at), expected);
        }
    }
}
