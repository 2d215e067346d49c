//! A text under edit: a rope, and counts that cost only the lines that changed.
//!
//! Counts are additive over lines, so an edit subtracts the counts of the lines it touches before it is applied
//! and marks them dirty; the dirty lines are counted anew when somebody asks. A line that is
//! touched by many edits in between is counted twice, not twice an edit.

use ropey::Rope;
use writemagic_shared::text::TextStats;

use crate::graph::{Burst, RunKind};

/// A text, its counts, and the lines whose counts are open.
#[derive(Clone, Debug)]
pub(crate) struct LiveText {
    rope: Rope,
    /// Counts of every line outside `dirty`.
    clean: TextStats,
    /// Lines, first and last, that `clean` leaves out: ascending, disjoint, not adjacent.
    dirty: Vec<(usize, usize)>,
}

/// Ranges above this are joined into one: bounds the list when edits jump about between two counts.
const DIRTY_RANGES: usize = 64;

impl LiveText {
    /// A text whose counts are known.
    pub(crate) fn counted(text: &str, stats: TextStats) -> Self {
        Self { rope: Rope::from_str(text), clean: stats, dirty: Vec::new() }
    }

    /// A text of unknown counts.
    pub(crate) fn new(text: &str) -> Self {
        Self::counted(text, TextStats::of(text))
    }

    pub(crate) fn rope(&self) -> &Rope {
        &self.rope
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.rope.len_bytes() as u64
    }

    /// Replaces the characters `start..end` by `insert`. The range lies in the text.
    pub(crate) fn replace(&mut self, start: usize, end: usize, insert: &str) {
        let first = self.rope.char_to_line(start);
        let last = self.rope.char_to_line(end);
        let lines_before = self.rope.len_lines();
        self.open_lines(first, last);
        if start < end {
            self.rope.remove(start..end);
        }
        if !insert.is_empty() {
            self.rope.insert(start, insert);
        }
        self.move_lines(first, last, self.rope.len_lines(), lines_before);
    }

    /// Applies a stored burst; `None` if a position is outside the text, which is then in an undefined state.
    pub(crate) fn apply(&mut self, burst: &Burst) -> Option<()> {
        for (run, text) in burst.runs() {
            let (at, len) = (run.at as usize, run.len as usize);
            let (start, end) = match run.kind {
                RunKind::Insert => (at, at),
                RunKind::Delete => (at, at + len),
                RunKind::DeleteBack => ((at + 1).checked_sub(len)?, at + 1),
            };
            if end > self.rope.len_chars() {
                return None;
            }
            self.replace(start, end, text);
        }
        Some(())
    }

    /// Takes the counts of lines `first..=last` out of `clean`, where they still are, and marks them dirty.
    fn open_lines(&mut self, first: usize, last: usize) {
        let mut from = first;
        for &(a, b) in &self.dirty {
            if b < from {
                continue;
            }
            if a > last {
                break;
            }
            if a > from {
                self.clean -= count_lines(&self.rope, from, a - 1);
            }
            from = b + 1;
        }
        if from <= last {
            self.clean -= count_lines(&self.rope, from, last);
        }
        // Join with every range that overlaps or touches.
        let start = self.dirty.partition_point(|&(_, b)| b + 1 < first);
        let end = self.dirty.partition_point(|&(a, _)| a <= last + 1);
        let joined =
            self.dirty[start..end].iter().fold((first, last), |(x, y), &(a, b)| (x.min(a), y.max(b)));
        self.dirty.splice(start..end, [joined]);
        if self.dirty.len() > DIRTY_RANGES {
            let (a, b) = (self.dirty[0].0, self.dirty[self.dirty.len() - 1].1);
            for pair in 1..self.dirty.len() {
                self.clean -= count_lines(&self.rope, self.dirty[pair - 1].1 + 1, self.dirty[pair].0 - 1);
            }
            self.dirty = vec![(a, b)];
        }
    }

    /// Follows an edit that replaced lines `first..=last` and changed the number of lines.
    fn move_lines(&mut self, first: usize, last: usize, now: usize, before: usize) {
        for (a, b) in &mut self.dirty {
            if *a > last {
                *a = *a + now - before;
                *b = *b + now - before;
            } else if *b >= first {
                *b = *b + now - before;
            }
        }
    }

    /// Counts of the whole text; costs the dirty lines.
    pub(crate) fn stats(&mut self) -> TextStats {
        for (a, b) in std::mem::take(&mut self.dirty) {
            self.clean += count_lines(&self.rope, a, b);
        }
        self.clean
    }
}

/// Counts of lines `first..=last` with their line ends.
fn count_lines(rope: &Rope, first: usize, last: usize) -> TextStats {
    let (start, end) = (rope.line_to_byte(first), rope.line_to_byte((last + 1).min(rope.len_lines())));
    let slice = rope.byte_slice(start..end);
    match slice.as_str() {
        Some(text) => TextStats::of(text),
        None => TextStats::of(&String::from(slice)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_follow_any_edits(
            start in "(\\PC|\\n|\\r|é|😀){0,60}",
            edits in prop::collection::vec(
                (any::<prop::sample::Index>(), 0..6_usize, "(\\PC|\\n|\\r| |a){0,8}", any::<bool>()), 0..30),
        ) {
            let mut text = LiveText::new(&start);
            let mut model: Vec<char> = start.chars().collect();
            for (at, delete, insert, look) in edits {
                let at = at.index(model.len() + 1);
                let end = (at + delete).min(model.len());
                text.replace(at, end, &insert);
                model.splice(at..end, insert.chars());
                if look {
                    let spelled: String = model.iter().collect();
                    prop_assert_eq!(text.rope().to_string(), spelled.clone());
                    prop_assert_eq!(text.stats(), TextStats::of(&spelled));
                }
            }
            let spelled: String = model.iter().collect();
            prop_assert_eq!(text.stats(), TextStats::of(&spelled));
        }
    }

    #[test]
    fn edits_all_over_a_text_keep_the_list_of_open_lines_short() {
        let mut text = LiveText::new(&"one two\n".repeat(1000));
        for line in (0..1000).step_by(5) {
            let at = text.rope().line_to_char(line);
            text.replace(at, at, "x ");
            assert!(text.dirty.len() <= DIRTY_RANGES);
        }
        let spelled = text.rope().to_string();
        assert_eq!(text.stats(), TextStats::of(&spelled));
    }
}
