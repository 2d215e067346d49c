//! A text as the passages that are found by meaning: paragraphs, short ones together, long ones in parts.

use std::ops::Range;

use writemagic_shared::text::segment;

/// A passage that is shorter takes in the paragraph behind it: a heading, a line of dialogue. In bytes.
const LEAST: usize = 200;
/// No passage is longer, in bytes: some 200 words of English.
pub(super) const MOST: usize = 1_200;

/// The passages of a text, in bytes, ascending and disjoint; what stands between them is white space. They begin and end with
/// something that is none, at ends of lines, of sentences, or (where a sentence is too long) of words. Where a text
/// changes, the passages change from there up to the next that is long enough to stand alone. Takes time in proportion to
/// the text.
pub(crate) fn passages(text: &str) -> Vec<Range<usize>> {
    let mut passages: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at + (line.len() - line.trim_start().len());
        let end = start.max(at + line.trim_end().len());
        at += line.len();
        if start == end {
            // A blank line ends a passage that is no longer short.
            open = open && passages.last().is_some_and(|last| last.len() < LEAST);
            continue;
        }
        match passages.last_mut() {
            Some(last) if open && end - last.start <= MOST => last.end = end,
            _ => parts(text, start..end, &mut passages),
        }
        open = passages.last().is_some_and(|last| last.len() < LEAST || is_wrapped(text, last));
    }
    passages
}

/// Whether a line goes on in the next one: nothing ends with it.
fn is_wrapped(text: &str, passage: &Range<usize>) -> bool {
    let last = text.get(passage.clone()).and_then(|passage| passage.chars().next_back());
    last.is_some_and(|last| last.is_alphanumeric() || matches!(last, ',' | ';' | '-' | '–' | '—'))
}

/// A line as passages of at most [`MOST`] bytes.
fn parts(text: &str, line: Range<usize>, passages: &mut Vec<Range<usize>>) {
    if line.len() <= MOST {
        passages.push(line);
        return;
    }
    let mut part: Option<Range<usize>> = None;
    let mut add = |piece: Range<usize>| {
        let piece = trimmed(text, piece);
        match &mut part {
            _ if piece.is_empty() => {}
            Some(part) if piece.end - part.start <= MOST => part.end = piece.end,
            _ => passages.extend(part.replace(piece)),
        }
    };
    for sentence in segment::sentences(&text[line.clone()]) {
        let sentence = line.start + sentence.start..line.start + sentence.end;
        if sentence.len() <= MOST {
            add(sentence);
            continue;
        }
        for word in segment::words(&text[sentence.clone()]) {
            let mut word = sentence.start + word.range.start..sentence.start + word.range.end;
            while word.len() > MOST {
                let end = text.floor_char_boundary(word.start + MOST);
                add(word.start..end);
                word.start = end;
            }
            add(word);
        }
    }
    passages.extend(part);
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start().len());
    start..start.max(range.start + piece.trim_end().len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        passages(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn paragraphs_stand_alone_and_short_ones_together() {
        let long = "It rained all night on the roofs of the town. ".repeat(6);
        let long = long.trim();
        assert_eq!(cut(&format!("{long}\n{long}\n\n{long}")), [long, long, long]);
        assert_eq!(
            cut(&format!("# Night\n\n{long}\n\n“No.”\n“Yes.”\n")),
            [format!("# Night\n\n{long}").as_str(), "“No.”\n“Yes.”"]
        );
        assert_eq!(cut(" \n\t\n"), [""; 0]);
        assert_eq!(cut(""), [""; 0]);
    }

    #[test]
    fn lines_that_are_wrapped_are_one_paragraph() {
        let line = "the rain went on and on over the roofs of the town\n".repeat(8);
        assert_eq!(cut(&line), [line.trim()]);
    }

    #[test]
    fn a_long_paragraph_is_cut_between_sentences_then_words_then_anywhere() {
        let sentence = "It rained, and nobody came to the door that night. ";
        let text = sentence.repeat(60);
        let parts = cut(&text);
        assert!(parts.len() > 2 && parts.iter().all(|part| part.ends_with("night.") && part.len() <= MOST));
        let parts_of_words = "rain ".repeat(1_000);
        assert!(cut(&parts_of_words).iter().all(|part| part.ends_with("rain") && part.len() <= MOST));
        let one_word = "é".repeat(500_000);
        let parts = cut(&one_word);
        assert_eq!(parts.concat(), one_word);
        assert!(parts.iter().all(|part| part.len() <= MOST));
    }

    proptest! {
        #[test]
        fn all_but_white_space_is_in_one_passage(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["a", " ", "\n", "\n\n", "word ", "End. ", "二", "é", "\r\n", "\u{3000}", "long and longer, "]),
                0..400,
            ),
            times in 1_usize..20,
        ) {
            let text = pieces.concat().repeat(times);
            let mut at = 0;
            for range in passages(&text) {
                prop_assert!(range.start >= at && range.len() <= MOST && !range.is_empty());
                prop_assert!(text[at..range.start].trim().is_empty());
                prop_assert_eq!(text[range.clone()].trim(), &text[range.clone()]);
                at = range.end;
            }
            prop_assert!(text[at..].trim().is_empty());
        }
    }
}
