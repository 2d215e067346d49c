//! What changed between two texts, as a person would say it: by lines or by words, with moved passages recognised.
//!
//! Lines are compared first (histogram diff, `imara-diff`), and what differs is compared by words where that is asked
//! for: so the cost is that of the lines and of the words that changed. Words are those of [`segment`]:
//! no hunk begins or ends inside one, nor inside a character that is made of several.
//!
//! ```
//! use writemagic_shared::text::diff::{By, HunkKind, diff};
//!
//! let (old, new) = ("It was a dark night.\n", "It was a very dark and stormy night.\n");
//! let hunks = diff(old, new, By::Words);
//! assert_eq!(hunks.len(), 2);
//! assert_eq!(hunks[0].kind(), HunkKind::Inserted);
//! assert_eq!(&new[hunks[0].new.clone()], "very ");
//! assert_eq!(&new[hunks[1].new.clone()], "and stormy ");
//! ```

mod moved;
#[cfg(test)]
mod tests;

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Interner, Token};

use super::{segment, utf16};

/// Texts from this many bytes on are not compared: all of one is replaced by all of the other.
const MOST: usize = i32::MAX as usize;
/// Of the words that changed lines share, one in so many must be the same; with fewer, these lines are replaced whole.
const ALIKE: usize = 4;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Words, and what stands between them.
    Words,
    /// Lines with their ends.
    Lines,
}

/// What a hunk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HunkKind {
    /// The new text has something that the old has not.
    Inserted,
    /// The old text has something that the new has not.
    Deleted,
    /// Both have something there, not the same.
    Replaced,
}

/// One change: what stands in `old` became what stands in `new`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// In bytes of the old text; empty where something was inserted.
    pub old: Range<usize>,
    /// In bytes of the new text; empty where something was deleted.
    pub new: Range<usize>,
    /// `old` in UTF-16 units.
    pub old_utf16: Range<u64>,
    /// `new` in UTF-16 units.
    pub new_utf16: Range<u64>,
    /// For a deletion the hunk that inserts the same again, for that insertion the deletion: its place in the list.
    pub moved: Option<usize>,
}

impl Hunk {
    /// What it does.
    pub fn kind(&self) -> HunkKind {
        match (self.old.is_empty(), self.new.is_empty()) {
            (true, _) => HunkKind::Inserted,
            (_, true) => HunkKind::Deleted,
            _ => HunkKind::Replaced,
        }
    }
}

/// The changes from `old` to `new`, in order.
///
/// Replacing every `old` range by the text of its `new` range gives the new text. Between two hunks stands something
/// that did not change, so they neither overlap nor touch, in either text.
///
/// Takes time in proportion to both texts, and more where much of long lines is new; memory some 50 bytes for each
/// line and each changed word. Texts of 2 GiB or more are not compared: one hunk replaces all.
pub fn diff(old: &str, new: &str, by: By) -> Vec<Hunk> {
    let mut changes = if old.len().max(new.len()) >= MOST {
        vec![Change { old: 0..old.len(), new: 0..new.len() }]
    } else {
        lines(old, new)
    };
    if by == By::Words {
        changes = changes.iter().flat_map(|change| words(old, new, change)).collect();
    }
    let mut hunks = located(old, new, &changes);
    moved::link(old, new, &mut hunks);
    hunks
}

/// A hunk in bytes alone.
#[derive(Clone, Debug)]
struct Change {
    old: Range<usize>,
    new: Range<usize>,
}

/// The tokens of two texts, and where each ends.
struct Tokens<'t> {
    input: InternedInput<&'t str>,
    old_ends: Vec<usize>,
    new_ends: Vec<usize>,
}

impl<'t> Tokens<'t> {
    fn new<I: Iterator<Item = &'t str>>(old: &'t str, new: &'t str, tokens: impl Fn(&'t str) -> I) -> Self {
        let mut interner = Interner::new(0);
        let mut intern = |text| -> (Vec<Token>, Vec<usize>) {
            let mut end = 0;
            let all = tokens(text).map(|token| {
                end += token.len();
                (interner.intern(token), end)
            });
            all.unzip()
        };
        let ((before, old_ends), (after, new_ends)) = (intern(old), intern(new));
        Self { input: InternedInput { before, after, interner }, old_ends, new_ends }
    }

    /// The bytes of these tokens, in a text that begins at `from`.
    fn bytes(ends: &[usize], tokens: &Range<u32>, from: usize) -> Range<usize> {
        let end = |token: u32| match token.checked_sub(1) {
            Some(before) => ends.get(before as usize).copied().unwrap_or_default(),
            None => 0,
        };
        from + end(tokens.start)..from + end(tokens.end)
    }

    /// A hunk without what it replaces by the same, `None` where nothing of it is left: with tokens that come again
    /// hundreds of times the comparison is not exact.
    fn change(&self, hunk: &imara_diff::Hunk, at: (usize, usize)) -> Option<Change> {
        let (mut old, mut new) = (hunk.before.clone(), hunk.after.clone());
        let same =
            |old: u32, new: u32| self.input.before.get(old as usize) == self.input.after.get(new as usize);
        while !old.is_empty() && !new.is_empty() && same(old.start, new.start) {
            (old.start, new.start) = (old.start + 1, new.start + 1);
        }
        while !old.is_empty() && !new.is_empty() && same(old.end - 1, new.end - 1) {
            (old.end, new.end) = (old.end - 1, new.end - 1);
        }
        let bytes = (Self::bytes(&self.old_ends, &old, at.0), Self::bytes(&self.new_ends, &new, at.1));
        (!old.is_empty() || !new.is_empty()).then_some(Change { old: bytes.0, new: bytes.1 })
    }
}

fn lines(old: &str, new: &str) -> Vec<Change> {
    let tokens = Tokens::new(old, new, |text| text.split_inclusive('\n'));
    let mut diff = Diff::compute(Algorithm::Histogram, &tokens.input);
    diff.postprocess_lines(&tokens.input);
    diff.hunks().filter_map(|hunk| tokens.change(&hunk, (0, 0))).collect()
}

/// A change of lines as changes of words.
fn words(old: &str, new: &str, lines: &Change) -> Vec<Change> {
    if lines.old.is_empty() || lines.new.is_empty() {
        return vec![lines.clone()];
    }
    let (before, after) = (&old[lines.old.clone()], &new[lines.new.clone()]);
    let tokens = Tokens::new(before, after, |text| segment::words(text).map(|word| &text[word.range]));
    let mut diff = Diff::compute(Algorithm::Histogram, &tokens.input);
    diff.postprocess_no_heuristic(&tokens.input);
    let is_word: Vec<bool> = segment::words(before).map(|word| word.is_word).collect();
    let all = is_word.iter().filter(|word| **word).count();
    let kept = (0_u32..).zip(&is_word).filter(|(at, word)| **word && !diff.is_removed(*at)).count();
    let new_words = segment::words(after).filter(|word| word.is_word).count();
    if kept * ALIKE < all.min(new_words) {
        return vec![lines.clone()];
    }
    // Two replacements with nothing but a space between them are one.
    let mut changes: Vec<Change> = Vec::new();
    for hunk in diff.hunks() {
        let Some(change) = tokens.change(&hunk, (lines.old.start, lines.new.start)) else { continue };
        match changes.last_mut() {
            Some(last) if is_one(last, &change, old) => {
                (last.old.end, last.new.end) = (change.old.end, change.new.end);
            }
            _ => changes.push(change),
        }
    }
    changes
}

fn is_one(last: &Change, next: &Change, old: &str) -> bool {
    let replaces = |change: &Change| !change.old.is_empty() && !change.new.is_empty();
    let between = old.get(last.old.end..next.old.start).unwrap_or_default();
    replaces(last) && replaces(next) && between.chars().all(|c| c.is_whitespace() && c != '\n')
}

/// The changes with their places in UTF-16 units.
fn located(old: &str, new: &str, changes: &[Change]) -> Vec<Hunk> {
    let (mut in_old, mut in_new) = (Units::default(), Units::default());
    let hunks = changes.iter().map(|change| Hunk {
        old: change.old.clone(),
        new: change.new.clone(),
        old_utf16: in_old.range(old, &change.old),
        new_utf16: in_new.range(new, &change.new),
        moved: None,
    });
    hunks.collect()
}

/// Counts UTF-16 units on the way through a text.
#[derive(Default)]
struct Units {
    bytes: usize,
    units: u64,
}

impl Units {
    fn to(&mut self, text: &str, bytes: usize) -> u64 {
        self.units += utf16::len(text.get(self.bytes..bytes).unwrap_or_default());
        self.bytes = bytes;
        self.units
    }

    fn range(&mut self, text: &str, range: &Range<usize>) -> Range<u64> {
        self.to(text, range.start)..self.to(text, range.end)
    }
}
