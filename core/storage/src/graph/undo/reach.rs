//! How far back to walk, so that every letter is known.

use std::ops::Range;

use super::undone::Undone;
use crate::graph::log::{Log, NotLoaded};
use crate::graph::merge::{Budget, Identity, MergeError, Source};
use crate::graph::version::{Frontier, Lv};

/// Events to go back at least when a deleted character is older than what was walked.
const FURTHER_BACK: u32 = 1 << 10;

/// What a walk lacks.
enum Lacks {
    /// This event.
    Event(Lv),
    /// The insertion of a character, wherever that is.
    Insertion,
}

/// A walk of the version that knows the insertion of each character that the events of `set` deleted, and of each that it
/// has copies of. `None` for an empty set.
pub(super) fn walk(
    log: &Log,
    version: &Frontier,
    set: &[Range<Lv>],
    undone: &Undone,
    budget: &mut Budget<'_>,
) -> Result<Option<Identity>, MergeError> {
    let newest = version.last().copied().unwrap_or_default();
    let Some(mut from) = set.iter().find(|range| !range.is_empty()).map(|range| range.start) else {
        return Ok(None);
    };
    loop {
        let Some(base) = log.base(&log.parents(from)?, version, u32::MAX)? else {
            return Err(MergeError::Steps);
        };
        let events = log.diff(&base.heads, version)?.only_b;
        let identity = Identity::beyond(log, base.heads, &events, budget)?;
        from = match lacks(&identity, from, set, undone) {
            None => return Ok(Some(identity)),
            Some(Lacks::Event(event)) => event,
            Some(Lacks::Insertion) if from > log.start() => {
                let further = newest.saturating_sub(from).saturating_mul(3).max(FURTHER_BACK);
                from.saturating_sub(further).max(log.start())
            }
            Some(Lacks::Insertion) => return Err(NotLoaded { lv: from.saturating_sub(1) }.into()),
        };
    }
}

/// What a walk from before event `from` on does not know.
fn lacks(identity: &Identity, from: Lv, set: &[Range<Lv>], undone: &Undone) -> Option<Lacks> {
    let inserted = identity.passages().filter_map(|passage| match passage.source {
        Source::Inserted(events) => Some(events),
        Source::Older(_) => None,
    });
    let letters = inserted.flat_map(|events| undone.letters(events)).map(|run| run.letter);
    // What is newer, and not walked, is not in the version.
    let older = letters.filter(|letter| *letter < from && identity.find(*letter).is_none()).min();
    if older.is_some() {
        return older.map(Lacks::Event);
    }
    let mut effects = set.iter().flat_map(|range| identity.effects(range.clone()));
    effects.any(|effect| matches!(effect.chars, Source::Older(_))).then_some(Lacks::Insertion)
}
