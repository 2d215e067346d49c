//! Undo: edits that take events back, whatever came after them.
//!
//! History only grows: what an undo does is new events. It is computed from the graph, so that it works across sessions,
//! merges and restarts, for the latest edits as for any others.
//!
//! An undo that brings deleted text back inserts *copies* of characters. A character and its copies are one *letter*: later
//! undos take back the letter, wherever it lives. [`Undone`] keeps what the graph does not say: which insertions are
//! copies, and which events were taken back by which. A letter belongs into the text if
//!
//! - the event that first inserted it is not undone, and
//! - every deletion of it or of a copy is undone.
//!
//! An event counts as undone if it is in the set that is being taken back, or was taken back by an undo that is *in force*.
//! An undo is in force, for a letter, unless all that it did to that letter is undone in turn, as by a redo; if it did nothing
//! to it (something else held it deleted), unless all that it did at all is. So what others deleted stays deleted.
//!
//! Only letters that events of the set concern change: those that it deleted come back if they belong into the text, those
//! that it inserted (as copies, too) go if they do not. So the set says what to take back:
//!
//! | to | the set |
//! | --- | --- |
//! | undo an action | its events and those of all its redos |
//! | redo it | the events of its last undo; if that changed nothing, leave it out of [`Undone`] from now on |
//!
//! Others know of an undo only the events that it made. Where they delete a character that is gone here, and back as a copy,
//! they miss the copy.
//!
//! | part | what it does |
//! | --- | --- |
//! | `undone` | what earlier undos did; which events count as undone |
//! | `reach` | how far back to walk, so that every letter is known |
//! | `letters` | the letters that a set concerns: where they stand, what was done to them |
//! | `order` | where deleted letters stood |

mod letters;
mod order;
mod reach;
mod undone;

use std::ops::Range;

pub(crate) use undone::Undone;

use super::log::{Log, NotLoaded};
use super::merge::{Budget, MergeError};
use super::version::{Frontier, Lv};
use letters::Letters;

/// One edit of a text that takes events back. Positions are in the text that the edits before it have made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Inverse {
    Delete {
        at: u32,
        len: u32,
    },
    /// Brings text back: copies of the characters that the events `of` inserted.
    Insert {
        at: u32,
        text: String,
        of: Range<Lv>,
    },
}

impl Inverse {
    #[cfg(test)]
    /// How many events it is.
    pub(crate) fn events(&self) -> u32 {
        match self {
            Self::Delete { len, .. } => *len,
            Self::Insert { of, .. } => of.end - of.start,
        }
    }
}

/// The edits that take back the events of `set` (ascending ranges) in the text at `version`, in order. Events of the set that
/// the version does not have are left out.
///
/// Who applies them appends them as events and tells [`Undone::note`]. Ends with `NotLoaded` where the log starts too late
/// to know every character that the set concerns. Takes time in proportion to the runs of events since the oldest of these
/// was inserted, or, where an old one was deleted, to at most some times that, times log.
pub(crate) fn invert(
    log: &Log,
    version: &Frontier,
    set: &[Range<Lv>],
    undone: &Undone,
    budget: &mut Budget<'_>,
) -> Result<Vec<Inverse>, MergeError> {
    let Some(identity) = reach::walk(log, version, set, undone, budget)? else { return Ok(Vec::new()) };
    let mut edits = Letters::find(&identity, set, undone, budget)?.edits(&identity, set, undone);
    edits.sort_by_key(|edit| (edit.at, edit.order));
    Ok(inverses(log, &edits)?)
}

/// An edit in the text as it is.
#[derive(Clone, Debug)]
struct Edit {
    at: u32,
    /// Among edits at one position: where the letters stood, then a deletion.
    order: u32,
    len: u32,
    /// The first of the events that inserted what is brought back; none for a deletion.
    of: Option<Lv>,
}

/// Joins edits that touch, and moves each to where those before it leave it.
fn inverses(log: &Log, edits: &[Edit]) -> Result<Vec<Inverse>, NotLoaded> {
    let mut out: Vec<Inverse> = Vec::new();
    let mut moved = 0_i64;
    for edit in edits {
        let at = u32::try_from(i64::from(edit.at) + moved).unwrap_or_default();
        let Some(first) = edit.of else {
            moved -= i64::from(edit.len);
            match out.last_mut() {
                Some(Inverse::Delete { at: last, len }) if *last == at => *len += edit.len,
                _ => out.push(Inverse::Delete { at, len: edit.len }),
            }
            continue;
        };
        moved += i64::from(edit.len);
        let (new, mut copied) = (first..first + edit.len, String::new());
        if first < log.start() {
            return Err(NotLoaded { lv: first });
        }
        log.ops(new.clone()).for_each(|(_, text)| copied.push_str(text));
        match out.last_mut() {
            Some(Inverse::Insert { at: last, text, of })
                if *last + (of.end - of.start) == at && of.end == first =>
            {
                text.push_str(&copied);
                of.end = new.end;
            }
            _ => out.push(Inverse::Insert { at, text: copied, of: new }),
        }
    }
    Ok(out)
}
