//! Undo and redo of this library's own changes, from the graph: across merges, sessions and restarts.
//!
//! A change is what was typed by one author without a pause of two seconds, or one restored version, accepted proposal
//! or merge. Taking it back is new events; so is doing it again.

use std::collections::HashMap;
use std::ops::Range;

use rusqlite::{Connection, OptionalExtension};
use writemagic_shared::id::AgentId;

use super::load::Loaded;
use super::timeline::TYPING_PAUSE;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::{self, Budget, Frontier, Identity, Inverse, Lv, Origin, Undone};
use crate::journal::Heads;
use crate::session::{
    EditSession, GroupKind, NewGroup, Patch, Rewritten, insert_group, parse_copies, parse_ranges,
};

/// How often taking a change back begins anew because somebody typed meanwhile.
pub(super) const TRIES: usize = 64;

/// A row of `groups`.
#[derive(Debug)]
struct Group {
    n: i64,
    lv: Lv,
    kind: GroupKind,
    target: Option<i64>,
    undone: bool,
    events: Vec<Range<Lv>>,
    copies: Vec<(Range<Lv>, Lv)>,
    branch: i64,
}

/// Which change is meant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    Newest,
    /// The one that wrote the character at this position.
    At(u64),
    Undone,
    /// The one with this row.
    Row(i64),
}

/// A change, and the events that it comes to now.
#[derive(Debug)]
pub(super) struct Chosen {
    kind: GroupKind,
    /// Its row, if it has one.
    row: Option<i64>,
    /// All of its events, for its row.
    own: Vec<Range<Lv>>,
    /// What to take back.
    events: Vec<Range<Lv>>,
}

impl EditSession {
    /// Takes back the newest change of this library's own writers that is not taken back yet. Gives the patches for
    /// the view, in order, each with its offsets in the text after the patches before it; no splice may be made between
    /// this call and showing them. What others deleted meanwhile stays deleted. Touches the disk.
    ///
    /// # Errors
    /// `nothing_to_undo`; `version_forgotten` if [`Library::compact`](crate::Library::compact) forgot what was deleted; those of
    /// [`EditSession::flush`] and of reading the history.
    pub fn undo(&self) -> Result<Vec<Patch>> {
        self.take_back(Wanted::Newest)
    }

    /// [`EditSession::undo`] of the change that wrote the character `at` UTF-16 units from the start, whatever came after.
    ///
    /// # Errors
    /// `nothing_to_undo` if that was written by another library, or was there from the start; as [`EditSession::undo`].
    pub fn undo_at(&self, at: u64) -> Result<Vec<Patch>> {
        self.take_back(Wanted::At(at))
    }

    /// Does again what was taken back last, if nothing was written since.
    ///
    /// # Errors
    /// As [`EditSession::undo`].
    pub fn redo(&self) -> Result<Vec<Patch>> {
        self.take_back(Wanted::Undone)
    }

    fn take_back(&self, wanted: Wanted) -> Result<Vec<Patch>> {
        let (core, library) = self.parts();
        let inner = &library.inner;
        for _ in 0..TRIES {
            inner.sessions.save(inner, std::slice::from_ref(core), false)?;
            let heads = core.state_heads();
            let branch = core.row();
            let found = library.read(|sql| {
                document_number(sql, core.document_id())?;
                let loaded = library.inner.kept_history.all(sql, branch.0)?;
                find(sql, &loaded, branch, &heads, &core.state_text(), wanted)
            })?;
            let Some((chosen, inverses)) = found else { continue };
            let target = match chosen.row {
                Some(row) => row,
                None => library.write(|sql, context| {
                    let (lv, at) = (chosen.own.first().map_or(0, |range| range.start), context.now());
                    insert_group(sql, branch, lv, chosen.kind, None, at.as_millis(), &chosen.own, &[])
                })?,
            };
            let kind = match wanted {
                Wanted::Undone => GroupKind::Redo,
                Wanted::Newest | Wanted::At(_) | Wanted::Row(_) => GroupKind::Undo,
            };
            let (edits, rewritten) = edits(inverses);
            let group = NewGroup { target: Some(target), rewritten, ..NewGroup::of(kind) };
            if let Some((patches, backlog)) = core.apply_group(&heads, edits, group, inner.now()) {
                inner.sessions.add_backlog(backlog);
                inner.sessions.wake_writer();
                return Ok(patches);
            }
        }
        Err(Error::MergeRefused { reason: "the text changes all the time" })
    }
}

/// Replacements of characters, in order, and which of the inserted characters are old ones.
pub(super) fn edits(inverses: Vec<Inverse>) -> (Vec<(usize, usize, String)>, Vec<Rewritten>) {
    let (mut edits, mut rewritten, mut events) = (Vec::new(), Vec::new(), 0);
    for inverse in inverses {
        match inverse {
            Inverse::Delete { at, len } => {
                edits.push((at as usize, (at + len) as usize, String::new()));
                events += len;
            }
            Inverse::Insert { at, text, of } => {
                let chars = of.end - of.start;
                edits.push((at as usize, at as usize, text));
                rewritten.push(Rewritten { at: events, of });
                events += chars;
            }
        }
    }
    (edits, rewritten)
}

pub(super) type Found = Option<(Chosen, Vec<Inverse>)>;

pub(super) fn find(
    sql: &Connection,
    loaded: &Loaded,
    branch: (i64, i64),
    heads: &Heads,
    text: &ropey::Rope,
    wanted: Wanted,
) -> Result<Found> {
    let Some(version) = loaded.frontier(sql, heads)? else { return Ok(None) };
    let groups = groups(sql, branch.0)?;
    let changes = own_changes(sql, loaded, &version, &groups, branch.1)?;
    let chosen = match wanted {
        Wanted::Newest => newest(changes),
        Wanted::At(at) => {
            let log = loaded.log();
            let char =
                text.utf16_cu_to_char(usize::try_from(at).unwrap_or(usize::MAX).min(text.len_utf16_cu()));
            let identity = Identity::of(log, &version, &mut Budget::default())?;
            let event = event_at(&identity, char as u32).ok_or(Error::NothingToUndo)?;
            let event = original(&groups, event);
            let holds = |events: &[Range<Lv>]| events.iter().any(|range| range.contains(&event));
            changes
                .into_iter()
                .find(|change| !change.undone && holds(&change.own))
                .map(|change| change.chosen)
        }
        Wanted::Undone => undone(changes, &groups),
        Wanted::Row(row) => {
            let is_meant = |change: &Change| !change.undone && change.row == Some(row);
            changes.into_iter().find(is_meant).map(|change| change.chosen)
        }
    };
    let Some(chosen) = chosen else { return Err(Error::NothingToUndo) };
    let undone = undone_so_far(&groups);
    let inverses = graph::invert(loaded.log(), &version, &chosen.events, &undone, &mut Budget::default())?;
    let lacks_text = |inverse: &Inverse| matches!(inverse, Inverse::Insert { text, .. } if loaded.log().has_forgotten(text));
    if inverses.iter().any(lacks_text) {
        return Err(Error::VersionForgotten);
    }
    Ok(Some((chosen, inverses)))
}

/// The event that inserted the character at a position.
fn event_at(identity: &Identity, char: u32) -> Option<Lv> {
    let holds = |(at, events): &(u32, Range<Lv>)| char >= *at && char - at < events.end - events.start;
    identity.blame().find(holds).map(|(at, events)| events.start + (char - at))
}

/// The character that a rewritten one is.
fn original(groups: &[Group], mut event: Lv) -> Lv {
    for group in groups.iter().rev() {
        for (new, of) in &group.copies {
            if new.contains(&event) {
                event = of + (event - new.start);
            }
        }
    }
    event
}

/// What was done as one, undos and redos, on all branches of a document, oldest first.
fn groups(sql: &Connection, document: i64) -> Result<Vec<Group>> {
    let mut statement = sql.prepare_cached(
        "SELECT n, lv, kind, target, undone, events, copies, branch FROM groups WHERE document = ?1 ORDER BY n",
    )?;
    let mut rows = statement.query([document])?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        let damaged = Error::LibraryCorrupt { found: "a change that undo remembers" };
        let (events, copies): (Vec<u8>, Vec<u8>) = (row.get(5)?, row.get(6)?);
        let (Some(events), Some(copies)) = (parse_ranges(&events), parse_copies(&copies)) else {
            return Err(damaged);
        };
        groups.push(Group {
            n: row.get(0)?,
            lv: row.get(1)?,
            kind: GroupKind::of_number(row.get(2)?),
            target: row.get(3)?,
            undone: row.get(4)?,
            events,
            copies,
            branch: row.get(7)?,
        });
    }
    Ok(groups)
}

/// A change of this library's own writers.
#[derive(Debug)]
struct Change {
    chosen: Chosen,
    /// One above its last event: changes are ordered by that.
    end: Lv,
    undone: bool,
}

impl std::ops::Deref for Change {
    type Target = Chosen;

    fn deref(&self) -> &Chosen {
        &self.chosen
    }
}

/// The rows that undo or redo a change, oldest first.
fn chain(groups: &[Group], row: i64) -> impl DoubleEndedIterator<Item = &Group> {
    groups.iter().filter(move |group| group.target == Some(row))
}

/// What the undos and redos of all changes did, oldest first.
fn undone_so_far(groups: &[Group]) -> Undone {
    let mut undone = Undone::default();
    for step in groups {
        let Some(change) = step.target.and_then(|target| groups.iter().find(|group| group.n == target))
        else {
            continue;
        };
        let before = || chain(groups, change.n).filter(|earlier| earlier.n < step.n);
        let set = match step.kind {
            GroupKind::Redo => {
                before().rfind(|earlier| earlier.kind == GroupKind::Undo).map_or_else(Vec::new, events)
            }
            _ => together(
                std::iter::once(change).chain(before().filter(|earlier| earlier.kind == GroupKind::Redo)),
            ),
        };
        let own = match step.events.as_slice() {
            [first, .., last] => first.start..last.end,
            [only] => only.clone(),
            [] => step.lv..step.lv,
        };
        // One that changed nothing counts as long as nobody did it again.
        let is_last = chain(groups, change.n).next_back().is_some_and(|last| last.n == step.n);
        if !own.is_empty() || (is_last && step.kind == GroupKind::Undo) {
            undone.add(set, own, &step.copies);
        }
    }
    undone
}

fn events(group: &Group) -> Vec<Range<Lv>> {
    group.events.clone()
}

/// The events of groups as ascending ranges.
fn together<'a>(groups: impl Iterator<Item = &'a Group>) -> Vec<Range<Lv>> {
    let mut all: Vec<Range<Lv>> = groups.flat_map(|group| group.events.iter().cloned()).collect();
    all.sort_unstable_by_key(|range| range.start);
    all
}

/// What was typed here and what was done here as one, in the past of a version, newest first.
fn own_changes(
    sql: &Connection,
    loaded: &Loaded,
    version: &Frontier,
    groups: &[Group],
    branch: i64,
) -> Result<Vec<Change>> {
    let mut changes = typed(sql, loaded, version, groups)?;
    let here = |group: &&Group| group.branch == branch && group.target.is_none() && !group.events.is_empty();
    for group in groups.iter().filter(here) {
        let redos = chain(groups, group.n).filter(|step| step.kind == GroupKind::Redo);
        let chosen = Chosen {
            kind: group.kind,
            row: Some(group.n),
            own: group.events.clone(),
            events: together(std::iter::once(group).chain(redos)),
        };
        let last = group.events.last().map_or(group.lv, |range| range.end);
        changes.push(Change { chosen, end: last.max(group.lv), undone: group.undone });
    }
    // Of two that end together the one with a row took in the other.
    changes.sort_by_key(|change| std::cmp::Reverse((change.end, change.row)));
    Ok(changes)
}

/// Typing that no group holds, split where the writer paused.
fn typed(sql: &Connection, loaded: &Loaded, version: &Frontier, groups: &[Group]) -> Result<Vec<Change>> {
    let mut grouped: Vec<Range<Lv>> = groups.iter().flat_map(|group| group.events.iter().cloned()).collect();
    grouped.sort_unstable_by_key(|range| range.start);
    let mut own: HashMap<AgentId, bool> = HashMap::new();
    let mut changes: Vec<Change> = Vec::new();
    let mut last: Option<(AgentId, &Origin, i64)> = None;
    let log = loaded.log();
    let lacks = |_| Error::LibraryCorrupt { found: "a damaged history" };
    for range in log.diff(&[], version).map_err(lacks)?.only_b {
        for (events, id) in log.ids_in(range) {
            if !is_own(sql, &mut own, id.agent)? {
                continue;
            }
            for (authored, origin, at) in loaded.history.authorship(events) {
                for part in outside(&grouped, authored) {
                    let goes_on = last.is_some_and(|(agent, by, time)| {
                        agent == id.agent && by == origin && at.saturating_sub(time) < TYPING_PAUSE
                    });
                    last = Some((id.agent, origin, at));
                    match changes.last_mut() {
                        Some(change) if goes_on && change.end == part.start => {
                            change.end = part.end;
                            for list in [&mut change.chosen.own, &mut change.chosen.events] {
                                list.iter_mut().for_each(|range| range.end = part.end);
                            }
                        }
                        _ => {
                            let events = vec![part.clone()];
                            let chosen =
                                Chosen { kind: GroupKind::Typing, row: None, own: events.clone(), events };
                            changes.push(Change { chosen, end: part.end, undone: false });
                        }
                    }
                }
            }
        }
    }
    Ok(changes)
}

fn is_own(sql: &Connection, known: &mut HashMap<AgentId, bool>, agent: AgentId) -> Result<bool> {
    if let Some(own) = known.get(&agent) {
        return Ok(*own);
    }
    let own: Option<bool> = sql
        .prepare_cached("SELECT own FROM agents WHERE id = ?1")?
        .query_row([agent.as_bytes()], |row| row.get(0))
        .optional()?;
    known.insert(agent, own.unwrap_or(false));
    Ok(own.unwrap_or(false))
}

/// The parts of a range outside of others, which are ascending.
fn outside(others: &[Range<Lv>], range: Range<Lv>) -> Vec<Range<Lv>> {
    let mut parts = Vec::new();
    let mut from = range.start;
    for other in others.iter().filter(|other| other.start < range.end && other.end > range.start) {
        if other.start > from {
            parts.push(from..other.start);
        }
        from = from.max(other.end);
    }
    if from < range.end {
        parts.push(from..range.end);
    }
    parts
}

/// The newest change that is not taken back.
fn newest(changes: Vec<Change>) -> Option<Chosen> {
    changes.into_iter().find(|change| !change.undone).map(|change| change.chosen)
}

/// The change that was taken back last, if nothing was done since; what is to be taken back is its undo.
fn undone(changes: Vec<Change>, groups: &[Group]) -> Option<Chosen> {
    let newest = changes.iter().filter(|change| !change.undone).map(|change| change.end).max();
    let undo = groups.iter().rfind(|group| {
        let target = changes.iter().find(|change| change.row == group.target);
        group.kind == GroupKind::Undo && target.is_some_and(|target| target.undone)
    })?;
    let after = undo.events.last().map_or(undo.lv, |range| range.end);
    if newest.is_some_and(|newest| newest > after) {
        return None;
    }
    let change = changes.into_iter().find(|change| change.row == undo.target)?;
    Some(Chosen { events: undo.events.clone(), ..change.chosen })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init, reason = "lists of ranges")]

    use super::*;

    #[test]
    fn parts_outside_of_others() {
        assert_eq!(outside(&[], 3..7), [3..7]);
        assert_eq!(outside(&[0..3, 4..5, 7..9], 3..7), [3..4, 5..7]);
        assert_eq!(outside(&[0..10], 3..7), []);
    }
}
