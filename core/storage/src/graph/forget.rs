//! Forgetting the text of characters that were deleted long ago.
//!
//! Events are never dropped: others build on their ids and positions. What goes is what they inserted, where no version that
//! is to stay shows it. [`FORGOTTEN`] stands for each such character from then on, in a log that says so; a version that
//! shows one cannot be read any more.

use std::collections::BTreeSet;
use std::ops::Range;

use super::burst::RunKind;
use super::log::{Log, NotLoaded};
use super::merge::{Budget, Identity, MergeError};
use super::version::Lv;

/// Stands for a character that was forgotten: one of the code points that Unicode sets aside for internal use, and never
/// for interchange (The Unicode Standard, 23.7). A document may hold it all the same: it means nothing in a log that has
/// forgotten nothing.
pub(crate) const FORGOTTEN: char = '\u{fdd0}';

impl Log {
    /// Whether a text of this log lacks characters: it is none that anybody ever saw.
    pub(crate) fn has_forgotten(&self, text: &str) -> bool {
        self.forgets() && text.contains(FORGOTTEN)
    }

    /// The heads of what events before `cut` are in the past of `heads`.
    pub(crate) fn heads_before(&self, heads: &[Lv], cut: Lv) -> Result<Vec<Lv>, NotLoaded> {
        let mut before: BTreeSet<Lv> = BTreeSet::new();
        for range in self.diff(&[], heads)?.only_b {
            let range = range.start..range.end.min(cut);
            for node in self.nodes_in(&range).filter(|_| !range.is_empty()) {
                let (start, end) = (node.start.max(range.start), node.end.min(range.end));
                for parent in self.parents(start)? {
                    before.remove(&parent);
                }
                before.insert(end - 1);
            }
        }
        Ok(before.into_iter().collect())
    }

    /// The insertions before `cut` whose characters no version of `kept`, given as heads, shows and whose text is not
    /// forgotten yet: ascending ranges. O(events in the past of each version).
    pub(crate) fn forgettable(
        &self,
        cut: Lv,
        kept: &[Vec<Lv>],
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Range<Lv>>, MergeError> {
        let mut shown: Vec<Range<Lv>> = Vec::new();
        for heads in kept {
            let identity = Identity::of(self, heads, budget)?;
            shown.extend(identity.blame().map(|(_, events)| events));
            shown.sort_unstable_by_key(|range| range.start);
            join(&mut shown);
        }
        let mut shown = shown.iter().peekable();
        let mut found: Vec<Range<Lv>> = Vec::new();
        for (op, text) in self.ops(0..cut).filter(|(op, _)| op.kind == RunKind::Insert) {
            for (lv, char) in (op.lv..).zip(text.chars()) {
                while shown.next_if(|range| range.end <= lv).is_some() {}
                let stays = shown.peek().is_some_and(|range| range.start <= lv);
                if stays || (char == FORGOTTEN && self.forgets()) {
                    continue;
                }
                match found.last_mut() {
                    Some(last) if last.end == lv => last.end += 1,
                    _ => found.push(lv..lv + 1),
                }
            }
        }
        Ok(found)
    }
}

/// Makes one of ranges that overlap or touch; they are in the order of their starts.
fn join(ranges: &mut Vec<Range<Lv>>) {
    ranges.dedup_by(|next, last| {
        let joins = next.start <= last.end;
        if joins {
            last.end = last.end.max(next.end);
        }
        joins
    });
}
