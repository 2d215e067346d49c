//! Passages that stand elsewhere in the new text.

use std::collections::HashMap;

use super::{Hunk, HunkKind};

/// What is shorter, in scalar values, may be there again by chance.
const LEAST: usize = 16;

/// Lets deletions and insertions of the same text name each other, in order; white space at their ends is not compared.
pub(super) fn link(old: &str, new: &str, hunks: &mut [Hunk]) {
    let mut inserted: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, hunk) in hunks.iter().enumerate().rev() {
        if hunk.kind() == HunkKind::Inserted {
            let passage = new.get(hunk.new.clone()).unwrap_or_default().trim();
            if is_long(passage) {
                inserted.entry(passage).or_default().push(number);
            }
        }
    }
    if inserted.is_empty() {
        return;
    }
    for number in 0..hunks.len() {
        if hunks[number].kind() != HunkKind::Deleted {
            continue;
        }
        let passage = old.get(hunks[number].old.clone()).unwrap_or_default().trim();
        if let Some(other) = inserted.get_mut(passage).and_then(Vec::pop) {
            hunks[number].moved = Some(other);
            hunks[other].moved = Some(number);
        }
    }
}

fn is_long(passage: &str) -> bool {
    passage.chars().nth(LEAST - 1).is_some()
}
