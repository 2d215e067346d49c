//! International bank account numbers.

use std::ops::Range;

use super::boundary::is_boundary;

/// From Norway's 15 characters to the 34 that ISO 13616 allows.
const LENGTHS: std::ops::RangeInclusive<usize> = 15..=34;

/// Where `text` has account numbers whose test digits hold (ISO 7064, modulo 97), written in groups or without. Of
/// several that begin at one place the longest. Linear: none is longer than 34 characters and a separator before each.
pub(super) fn find(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut before = None;
    let starts = text.char_indices().filter(move |&(_, character)| {
        let in_word = before.replace(character).is_some_and(|before| !is_boundary(before, character));
        character.is_ascii_alphabetic() && !in_word
    });
    starts.filter_map(|(start, _)| Some(start..start + length(&text[start..])?))
}

/// The length of the number at the start of `text`, in bytes.
fn length(text: &str) -> Option<usize> {
    let [a, b, c, d, ..] = *text.as_bytes() else { return None };
    if !(a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit()) {
        return None;
    }
    let mut rest = 0;
    let mut count = 0;
    let mut found = None;
    let mut separated = true;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if matches!(character, ' ' | '\u{A0}' | '\u{202F}' | '-') && !separated {
            separated = true;
            continue;
        }
        if !character.is_ascii_alphanumeric() {
            break;
        }
        separated = false;
        count += 1;
        if count > *LENGTHS.end() {
            break;
        }
        // The country and the test digits come last in the sum.
        if count > 4 {
            rest = append(rest, character);
        }
        let ends = characters.peek().is_none_or(|&(_, next)| is_boundary(character, next));
        if ends
            && LENGTHS.contains(&count)
            && [a, b, c, d].map(char::from).into_iter().fold(rest, append) == 1
        {
            found = Some(at + 1);
        }
    }
    found
}

/// The remainder of the number with one more character: a digit, or a letter as two (A is 10).
fn append(remainder: u32, character: char) -> u32 {
    let value = character.to_digit(36).unwrap_or(0);
    let factor = if value < 10 { 10 } else { 100 };
    (remainder * factor + value) % 97
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn account_numbers_are_found_in_groups_or_without() {
        // Examples of the registry of ISO 13616.
        for number in [
            "DE89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
            "GB29 NWBK 6016 1331 9268 19",
            "gb29nwbk60161331926819",
            "NO93 8601 1117 947",
            "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
            "HR12-1001-0051-8630-0016-0",
        ] {
            assert_eq!(found(&format!("to ({number}) and then")), [number]);
            assert_eq!(found(&format!("to {number} and then")), [number]);
        }
    }

    #[test]
    fn test_digits_must_hold_and_words_must_end() {
        assert_eq!(found("DE89370400440532013001"), [""; 0]);
        assert_eq!(found("xDE89370400440532013000 DE89370400440532013000x éDE89370400440532013000"), [""; 0]);
        assert_eq!(found("DE89  3704 0044 0532 0130 00"), [""; 0]);
        assert_eq!(found("账号DE89370400440532013000是"), ["DE89370400440532013000"]);
        assert_eq!(found("ab12 is a word"), [""; 0]);
    }
}
