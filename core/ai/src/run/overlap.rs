//! A continuation without what it repeats.

/// The longest repetition that is taken off, in characters.
pub const OVERLAP_MOST: usize = 200;
/// The shortest: what is shorter is more likely meant.
const OVERLAP_LEAST: usize = 3;

/// Takes off the head of a continuation what the text before it ends with: models that are asked to go on like to begin
/// with their last words.
///
/// The longest match of 3 to 200 characters is taken off that begins at a word in the text; white space at the seam does not
/// count. Pieces are held back only while they could still be a repetition. Costs at most the square of 200 characters.
pub struct OverlapTrim {
    /// The end of the text, without white space behind it.
    tail: String,
    ends_in_space: bool,
    held: Option<String>,
}

impl OverlapTrim {
    /// For a continuation of `text`.
    pub fn new(text: &str) -> Self {
        let trimmed = text.trim_end();
        let from = trimmed.char_indices().rev().nth(OVERLAP_MOST).map_or(0, |(at, _)| at);
        let tail = trimmed.get(from..).unwrap_or_default().to_owned();
        Self { tail, ends_in_space: trimmed.len() < text.len(), held: Some(String::new()) }
    }

    /// More of the continuation came: what of it is new, as far as that is known; possibly nothing.
    pub fn push(&mut self, piece: &str) -> String {
        let Some(held) = &mut self.held else { return piece.to_owned() };
        held.push_str(piece);
        if could_repeat(&self.tail, held.trim_start()) {
            return String::new();
        }
        self.finish()
    }

    /// The continuation is over: what was held back of it and is new.
    pub fn finish(&mut self) -> String {
        let Some(held) = self.held.take() else { return String::new() };
        let head = held.trim_start();
        match overlap(&self.tail, head) {
            0 => held,
            length => {
                let rest = head.get(length..).unwrap_or_default();
                let rest = if self.ends_in_space { rest.trim_start_matches(' ') } else { rest };
                rest.to_owned()
            }
        }
    }
}

impl std::fmt::Debug for OverlapTrim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OverlapTrim").field("held_bytes", &self.held.as_ref().map(String::len)).finish()
    }
}

/// The ends of `tail` that begin at a word, longest first, at most [`OVERLAP_MOST`] characters long.
fn ends(tail: &str) -> impl Iterator<Item = &str> {
    let skipped = tail.chars().count().saturating_sub(OVERLAP_MOST);
    tail.char_indices().skip(skipped).filter_map(move |(at, _)| {
        let (before, end) = (tail.get(..at)?, tail.get(at..)?);
        let in_word = |character: Option<char>| {
            character
                .is_some_and(|c| c.is_alphanumeric() && !writemagic_shared::text::script::is_scalar_script(c))
        };
        let cuts_a_word = in_word(before.chars().next_back()) && in_word(end.chars().next());
        (!cuts_a_word).then_some(end)
    })
}

/// Whether more of `head` could show that it repeats an end of `tail`.
fn could_repeat(tail: &str, head: &str) -> bool {
    ends(tail).any(|end| end.len() > head.len() && end.starts_with(head))
}

/// Bytes of `head` that repeat the end of `tail`.
fn overlap(tail: &str, head: &str) -> usize {
    let found = ends(tail).find(|end| head.starts_with(end));
    found.filter(|end| end.chars().count() >= OVERLAP_LEAST).map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn continued(text: &str, pieces: &[&str]) -> String {
        let mut trim = OverlapTrim::new(text);
        let mut whole = text.to_owned();
        for piece in pieces {
            whole.push_str(&trim.push(piece));
        }
        whole + &trim.finish()
    }

    #[test]
    fn last_words_are_not_said_twice() {
        let cases = [
            ("It rained. He went to the", "He went to the door.", "It rained. He went to the door."),
            ("It rained. He went to the ", "He went to the door.", "It rained. He went to the door."),
            ("It rained. He went to the", " He went to the door.", "It rained. He went to the door."),
            ("It rained. It snowed.", "It snowed. It thawed.", "It rained. It snowed. It thawed."),
            ("他去了那家店。", "去了那家店。然后回家。", "他去了那家店。然后回家。"),
        ];
        for (text, head, whole) in cases {
            assert_eq!(continued(text, &[head]), whole);
        }
    }

    #[test]
    fn what_only_looks_like_a_repetition_stays() {
        for (text, head) in
            [("the cat", " to"), ("plan a", "nd then"), ("He sat.", " Then"), ("combat", "bat")]
        {
            assert_eq!(continued(text, &[head]), format!("{text}{head}"));
        }
    }

    #[test]
    fn new_words_are_not_held_back() {
        let mut trim = OverlapTrim::new("It rained.");
        assert_eq!(trim.push("Then"), "Then");
        let mut trim = OverlapTrim::new("It rained.");
        assert_eq!(trim.push("It ra"), "");
        assert_eq!(trim.push("n"), "It ran");
    }

    #[test]
    fn two_hundred_characters_are_taken_off_and_no_more() {
        let text = |length: usize| "b".repeat(length - 1) + ".";
        assert_eq!(continued(&format!("a {}", text(200)), &[&text(200)]), format!("a {}", text(200)));
        let whole = format!("a {}{}", text(201), text(201));
        assert_eq!(continued(&format!("a {}", text(201)), &[&text(201)]), whole);
    }

    proptest! {
        #[test]
        fn however_it_is_cut_a_repeated_end_is_said_once(
            sentences in prop::collection::vec("[a-zé]{2,8}( [a-zé]{1,8}){1,4}\\.", 2..6),
            next in "[A-Z][a-z]{3,9}( [a-z]{1,5}){0,4}\\.",
            again in 1_usize..3,
            cut in 1_usize..9,
        ) {
            let text = sentences.join(" ");
            let head = format!("{} {next}", sentences[sentences.len() - again.min(sentences.len())..].join(" "));
            let characters: Vec<char> = head.chars().collect();
            let pieces: Vec<String> = characters.chunks(cut).map(|piece| piece.iter().collect()).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let whole = continued(&text, &pieces);
            prop_assert_eq!(&whole, &format!("{text} {next}"));
        }
    }
}
