//! An answer as hunks.

use std::ops::Range;

use writemagic_shared::limits::PROPOSAL_HUNKS;
use writemagic_shared::text::diff::{By, diff};
use writemagic_shared::text::utf16;

use super::{Hunk, HunkState};

/// The changes from a passage, which begins `from` UTF-16 units into its text, to the answer, by words; by lines, then
/// as one, where words would make more than [`PROPOSAL_HUNKS`].
pub(super) fn hunks(passage: &str, answer: &str, from: u64) -> Vec<Hunk> {
    let most = PROPOSAL_HUNKS as usize;
    for by in [By::Words, By::Lines] {
        let changes = diff(passage, answer, by);
        if changes.len() <= most {
            let changes = changes.iter().map(|change| {
                let text =
                    |text: &str, range: &Range<usize>| text.get(range.clone()).unwrap_or_default().to_owned();
                Hunk {
                    range: from + change.old_utf16.start..from + change.old_utf16.end,
                    old: text(passage, &change.old),
                    new: text(answer, &change.new),
                    state: HunkState::Pending,
                }
            });
            return changes.collect();
        }
    }
    let range = from..from + utf16::len(passage);
    vec![Hunk { range, old: passage.to_owned(), new: answer.to_owned(), state: HunkState::Pending }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_units_of_the_whole_text() {
        let hunks = hunks("She walked 😀 home.", "She ran 😀 home again.", 10);
        let spelled: Vec<_> =
            hunks.iter().map(|h| (h.range.clone(), h.old.as_str(), h.new.as_str())).collect();
        assert_eq!(spelled, [(14..20, "walked", "ran"), (28..28, "", " again")]);
    }

    #[test]
    fn an_answer_with_too_many_changes_has_fewer_and_larger_hunks() {
        let most = PROPOSAL_HUNKS as usize;
        let text = |words: usize, a: &str| format!("same {a} ").repeat(words);
        assert_eq!(hunks(&text(most, "a"), &text(most, "b"), 0).len(), most);
        assert_eq!(hunks(&text(most + 1, "a"), &text(most + 1, "b"), 0).len(), 1);
        let lines = |lines: usize, a: &str| format!("same\n{a} x {a} y {a}\n").repeat(lines);
        assert_eq!(hunks(&lines(2_000, "a"), &lines(2_000, "b"), 0).len(), 2_000);
        let (old, new) = (lines(most + 1, "a"), lines(most + 1, "b"));
        let one = hunks(&old, &new, 0);
        assert_eq!((one.len(), &one[0].old, &one[0].new), (1, &old, &new));
    }
}
