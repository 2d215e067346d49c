//! Where two versions changed a text near each other: what a person may want to look at after a merge.
//!
//! A merge always has a result, and nothing is lost in it; whether it reads well is for somebody to say. This finds the
//! passages of the merged text that both sides touched: where each inserted, or deleted, within a few words of the other.

use std::ops::Range;

use super::events::Events;
use super::log::Log;
use super::merge::{Budget, Identity, MergeError, Passage, Source};
use super::version::Lv;

/// The most characters between changes that are near each other: some words.
const NEAR: u32 = 32;

/// A passage that both sides changed. Positions are in the merged text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overlap {
    /// From the first change to the last.
    pub(crate) range: Range<u32>,
    /// From the first character that we inserted to the last; if we only deleted, from the first place to the last, empty if it
    /// is one.
    pub(crate) ours: Range<u32>,
    /// The same of the other side.
    pub(crate) theirs: Range<u32>,
}

/// The passages that both sides changed since they parted, in order: of the text that has the events of both versions.
///
/// What a side typed and deleted again is no change. Takes time in proportion to the runs of events since the last version
/// that everything in them descends from, times log.
pub(crate) fn overlaps(
    log: &Log,
    ours: &[Lv],
    theirs: &[Lv],
    budget: &mut Budget<'_>,
) -> Result<Vec<Overlap>, MergeError> {
    let parted = log.diff(ours, theirs)?;
    if parted.only_a.is_empty() || parted.only_b.is_empty() {
        return Ok(Vec::new());
    }
    let Some(base) = log.base(ours, theirs, u32::MAX)? else { return Err(MergeError::Steps) };
    let mut beyond = [base.old, base.new].concat();
    beyond.sort_unstable_by_key(|range| range.start);
    let identity = Identity::beyond(log, base.heads, &beyond, budget)?;
    let sides = [Side::new(&identity, &parted.only_a), Side::new(&identity, &parted.only_b)];
    let mut changes = Vec::new();
    for passage in identity.passages() {
        budget.spend(1)?;
        changes_in(&passage, &sides, &mut changes);
    }
    Ok(group(&changes))
}

/// What one side alone did.
struct Side {
    events: Events,
    /// The insertions whose characters it deleted, and the positions at the base of those that it deleted of the text
    /// there.
    deleted: Events,
    deleted_older: Events,
}

impl Side {
    fn new(identity: &Identity, events: &[Range<Lv>]) -> Self {
        let mut side =
            Self { events: Events::default(), deleted: Events::default(), deleted_older: Events::default() };
        for range in events {
            side.events.add(range.clone());
            for effect in identity.effects(range.clone()).filter(|effect| !effect.inserts) {
                match effect.chars {
                    Source::Inserted(insertions) => side.deleted.add(insertions),
                    Source::Older(positions) => side.deleted_older.add(positions),
                }
            }
        }
        side
    }

    fn has_deleted(&self, source: &Source) -> bool {
        match source {
            Source::Inserted(insertions) => self.deleted.meets(insertions),
            Source::Older(positions) => self.deleted_older.meets(positions),
        }
    }
}

/// What one side did to the text at one place: what it inserted, or nothing where it only deleted.
#[derive(Clone, Debug)]
struct Change {
    range: Range<u32>,
    is_theirs: bool,
}

/// Appends a change; to one of the same side that it touches.
fn push(changes: &mut Vec<Change>, change: Change) {
    match changes.last_mut() {
        Some(last) if last.is_theirs == change.is_theirs && last.range.end == change.range.start => {
            last.range.end = change.range.end;
        }
        _ => changes.push(change),
    }
}

/// Appends what the sides did to characters that stand in a row.
fn changes_in(passage: &Passage, [ours, theirs]: &[Side; 2], changes: &mut Vec<Change>) {
    let Source::Inserted(insertions) = &passage.source else {
        return changes_of_common(passage.at, passage.gone, &passage.source, [ours, theirs], changes);
    };
    for (part, by_us) in ours.events.parts(insertions.clone()) {
        for (part, by_them) in theirs.events.parts(part) {
            let at = if passage.gone { passage.at } else { passage.at + (part.start - insertions.start) };
            if by_us || by_them {
                // What its writer deleted again has left nothing; others have not seen it.
                if !passage.gone {
                    push(changes, Change { range: at..at + (part.end - part.start), is_theirs: by_them });
                }
            } else {
                let source = Source::Inserted(part);
                changes_of_common(at, passage.gone, &source, [ours, theirs], changes);
            }
        }
    }
}

/// Appends which sides deleted characters that both knew.
fn changes_of_common(at: u32, gone: bool, source: &Source, sides: [&Side; 2], changes: &mut Vec<Change>) {
    let deleted = sides.into_iter().zip([false, true]).filter(|(side, _)| gone && side.has_deleted(source));
    deleted.for_each(|(_, is_theirs)| push(changes, Change { range: at..at, is_theirs }));
}

/// Groups changes, which are in the order of the text, that are near each other and near one of the other side.
fn group(changes: &[Change]) -> Vec<Overlap> {
    let mut is_near = vec![false; changes.len()];
    // Where the last change of each side before ends, and where the next one behind begins.
    let mut before: [Option<u32>; 2] = [None; 2];
    for (i, change) in changes.iter().enumerate() {
        let (own, other) = (usize::from(change.is_theirs), usize::from(!change.is_theirs));
        is_near[i] |= before[other].is_some_and(|end| change.range.start - end <= NEAR);
        before[own] = Some(change.range.end);
    }
    let mut behind: [Option<u32>; 2] = [None; 2];
    for (i, change) in changes.iter().enumerate().rev() {
        let (own, other) = (usize::from(change.is_theirs), usize::from(!change.is_theirs));
        is_near[i] |= behind[other].is_some_and(|start| start - change.range.end <= NEAR);
        behind[own] = Some(change.range.start);
    }
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for (change, _) in changes.iter().zip(is_near).filter(|(_, is_near)| *is_near) {
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|last| change.range.start - last.range.end <= NEAR) => {
                group.push(change);
            }
            _ => groups.push(vec![change]),
        }
    }
    groups.iter().filter_map(|group| overlap(group)).collect()
}

/// The overlap of a group, which has changes of both sides.
fn overlap(group: &[&Change]) -> Option<Overlap> {
    let of_side = |is_theirs: bool| {
        let of_side = || group.iter().filter(|change| change.is_theirs == is_theirs);
        let has_text = of_side().any(|change| !change.range.is_empty());
        let mut shown = of_side().filter(|change| !(has_text && change.range.is_empty()));
        let first = shown.next()?;
        Some(first.range.start..shown.next_back().unwrap_or(first).range.end)
    };
    let range = group.first()?.range.start..group.last()?.range.end;
    Some(Overlap { range, ours: of_side(false)?, theirs: of_side(true)? })
}
