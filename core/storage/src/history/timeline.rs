//! The timeline: the versions of a branch that a person would recognise.
//!
//! Events stand in the order in which this library came to know them. Those of one author without a long pause are one
//! version; an import, a restored version, a merge and a label are versions of their own. It is a view: nothing is lost
//! by what it leaves out.

use std::collections::BTreeSet;
use std::ops::Range;

use ropey::Rope;
use rusqlite::{Connection, params};
use smallvec::SmallVec;
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::{Progress, Timestamp};
use writemagic_shared::text::TextStats;
use writemagic_shared::text::diff::{By, diff};

use super::branch::branch_number;
use super::label::labels;
use super::load::Loaded;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::{Budget, Coalesce, Frontier, Log, Lv, Origin, OriginKind, Version, merge};
use crate::journal;
use crate::session::{GroupKind, parse_ranges};

/// How long nobody wrote between two writing sessions, in milliseconds: half an hour.
const SESSION_PAUSE: i64 = 30 * 60 * 1000;
/// How long nobody wrote between two changes that undo takes apart, in milliseconds.
pub(super) const TYPING_PAUSE: i64 = 2000;

/// What made a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VersionKind {
    /// Somebody wrote.
    Writing,
    /// A model wrote.
    Ai,
    /// An import.
    Import,
    /// An older version was restored.
    Restore,
    /// What was written elsewhere, on another branch or in another library, came in.
    Merge,
    /// Nothing: it was given a name.
    Label,
}

/// A version of a branch, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimelineVersion {
    /// The version.
    pub version: Version,
    /// When the last of it was written.
    pub time: Timestamp,
    /// What made it.
    pub kind: VersionKind,
    /// Who wrote it: the origin's name, or its kind where it has none.
    pub author: String,
    /// Its label, the first one where it has several.
    pub label: Option<String>,
    /// Words that came since the version before.
    pub words_added: u64,
    /// Words that went since the version before.
    pub words_removed: u64,
    /// Characters that were inserted or deleted since the version before.
    pub edits: u64,
}

/// The name of an origin for people.
pub(super) fn author(origin: &Origin) -> String {
    if !origin.name.is_empty() {
        return origin.name.clone();
    }
    match origin.kind {
        OriginKind::Device => "device",
        OriginKind::Ai => "ai",
        OriginKind::Import => "import",
        OriginKind::Person | OriginKind::Restore => "person",
    }
    .to_owned()
}

/// A version on its way: the events since the one before.
struct Draft {
    frontier: Frontier,
    time: i64,
    kind: VersionKind,
    author: String,
    edits: u64,
}

/// The versions of a branch, oldest first, with words not counted yet. With `all` every change that undo takes apart.
pub(super) fn timeline(
    sql: &Connection,
    loaded: &Loaded,
    document: i64,
    branch: i64,
    all: bool,
) -> Result<Vec<TimelineVersion>> {
    let heads = journal::current(sql, document, branch)?.tail.heads;
    let head = loaded.frontier(sql, &heads)?.ok_or(Error::LibraryCorrupt { found: "a damaged history" })?;
    let mut drafts = drafts(loaded, &head, &boundaries(sql, document, branch)?, all)?;
    let log = loaded.log();
    if drafts.last().is_some_and(|last| last.frontier != head) || (drafts.is_empty() && !head.is_empty()) {
        let time = drafts.last().map_or(0, |last| last.time);
        let author = drafts.last().map_or_else(String::new, |last| last.author.clone());
        drafts.push(Draft { frontier: head, time, kind: VersionKind::Merge, author, edits: 0 });
    }
    let mut versions: Vec<TimelineVersion> = Vec::with_capacity(drafts.len());
    for Draft { frontier, time, kind, author, edits } in drafts {
        let version = log.version(&frontier).map_err(|_| Error::internal("a head without an id"))?;
        versions.push(TimelineVersion {
            version,
            time: Timestamp::from_millis(time),
            kind,
            author,
            label: None,
            words_added: 0,
            words_removed: 0,
            edits,
        });
    }
    for label in labels(sql, document)? {
        place_label(log, &mut versions, label);
    }
    Ok(versions)
}

/// Puts a label on its version, or, where that is none of the list but in the past of one, before the first such.
fn place_label(log: &Log, versions: &mut Vec<TimelineVersion>, label: super::label::Label) {
    if let Some(same) = versions.iter_mut().find(|entry| entry.version == label.version) {
        same.label.get_or_insert(label.name);
        return;
    }
    let Ok(heads) = log.find_heads(&label.version) else { return };
    let follows = |entry: &TimelineVersion| {
        log.find_heads(&entry.version).is_ok_and(|later| log.dominates(&later, &heads).unwrap_or(false))
    };
    // A later version has all that an earlier one has.
    let at = versions.partition_point(|entry| !follows(entry));
    if at < versions.len() {
        let author = versions[at].author.clone();
        versions.insert(
            at,
            TimelineVersion {
                version: label.version,
                time: label.at,
                kind: VersionKind::Label,
                author,
                label: Some(label.name),
                words_added: 0,
                words_removed: 0,
                edits: 0,
            },
        );
    }
}

/// Events before which a version ends, whatever the pauses: groups of this library.
fn boundaries(sql: &Connection, document: i64, branch: i64) -> Result<Vec<(GroupKind, Vec<Range<Lv>>)>> {
    let mut statement = sql.prepare_cached(
        "SELECT kind, events FROM groups WHERE document = ?1 AND branch = ?2 AND kind <> 0 ORDER BY lv",
    )?;
    let mut rows = statement.query(params![document, branch])?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        let events: Vec<u8> = row.get(1)?;
        groups.push((GroupKind::of_number(row.get(0)?), parse_ranges(&events).unwrap_or_default()));
    }
    Ok(groups)
}

fn drafts(
    loaded: &Loaded,
    head: &Frontier,
    groups: &[(GroupKind, Vec<Range<Lv>>)],
    all: bool,
) -> Result<Vec<Draft>> {
    let log = loaded.log();
    let lacks = |_| Error::LibraryCorrupt { found: "a damaged history" };
    let past = log.diff(&[], head).map_err(lacks)?.only_b;
    // Where groups begin and end.
    let mut cuts: BTreeSet<Lv> = BTreeSet::new();
    for (kind, events) in groups {
        if all
            || matches!(kind, GroupKind::Restore | GroupKind::Merge | GroupKind::Proposal | GroupKind::Rename)
        {
            cuts.extend(events.iter().flat_map(|range| [range.start, range.end]));
        }
    }
    let pause = if all { TYPING_PAUSE } else { SESSION_PAUSE };
    let mut drafts: Vec<Draft> = Vec::new();
    let mut open: Option<(Draft, Option<&Origin>)> = None;
    // The heads of what was looked at so far.
    let mut heads: BTreeSet<Lv> = BTreeSet::new();
    for range in past {
        for node in log.nodes_in(&range) {
            let (start, end) = (node.start.max(range.start), node.end.min(range.end));
            let parents: SmallVec<[Lv; 2]> =
                if start == node.start { node.parents.clone() } else { SmallVec::from_slice(&[start - 1]) };
            // Events that had not seen all that came before them are from elsewhere.
            let forks = !heads.iter().eq(parents.iter());
            for parent in &parents {
                heads.remove(parent);
            }
            if all {
                // What another session wrote is another change.
                cuts.extend(log.ids_in(start..end).map(|(run, _)| run.start).filter(|run| {
                    let before = run.checked_sub(1).and_then(|before| log.id(before).ok());
                    before.map(|id| id.agent) != log.id(*run).ok().map(|id| id.agent)
                }));
            }
            for (authored, origin, at) in loaded.history.authorship(start..end) {
                let mut from = authored.start;
                while from < authored.end {
                    let to = cuts.range(from + 1..authored.end).next().copied().unwrap_or(authored.end);
                    let begins = open.as_ref().is_none_or(|(draft, last)| {
                        *last != Some(origin)
                            || at.saturating_sub(draft.time) >= pause
                            || cuts.contains(&from)
                            || (forks && from == start)
                    });
                    if begins {
                        drafts.extend(open.take().map(|(draft, _)| draft));
                        let kind = kind_of(origin, forks && from == start);
                        let frontier = Frontier::root();
                        let draft = Draft { frontier, time: at, kind, author: author(origin), edits: 0 };
                        open = Some((draft, Some(origin)));
                    }
                    if let Some((draft, _)) = &mut open {
                        draft.time = draft.time.max(at);
                        draft.edits += u64::from(to - from);
                        let before = heads.iter().copied().chain([to - 1]);
                        draft.frontier = log
                            .reduce(&before.collect::<SmallVec<[Lv; 4]>>())
                            .map_err(|_| Error::MergeRefused { reason: "too many versions at once" })?;
                    }
                    from = to;
                }
            }
            heads.insert(end - 1);
        }
    }
    drafts.extend(open.map(|(draft, _)| draft));
    Ok(drafts)
}

fn kind_of(origin: &Origin, from_elsewhere: bool) -> VersionKind {
    match origin.kind {
        OriginKind::Ai => VersionKind::Ai,
        OriginKind::Import => VersionKind::Import,
        OriginKind::Restore => VersionKind::Restore,
        OriginKind::Person | OriginKind::Device if from_elsewhere => VersionKind::Merge,
        OriginKind::Person | OriginKind::Device => VersionKind::Writing,
    }
}

/// Shows each version its text, in order. Versions that lack forgotten characters are taken out of the list.
pub(super) fn spelled(
    log: &Log,
    versions: &mut Vec<TimelineVersion>,
    mut show: impl FnMut(&mut TimelineVersion, String) -> Result<()>,
) -> Result<()> {
    let (mut rope, mut at) = (Rope::new(), Frontier::root());
    let mut readable = Vec::with_capacity(versions.len());
    for mut entry in versions.drain(..) {
        let to = log.find_heads(&entry.version).map_err(|_| Error::VersionNotFound)?;
        let chars = rope.len_chars() as u32;
        let mut sink = Coalesce::new(&mut rope);
        let merged = merge(log, &at, &to, chars, &mut sink, &mut Budget::default())?;
        sink.finish()?;
        at = merged.version;
        let text = rope.to_string();
        if !log.has_forgotten(&text) {
            show(&mut entry, text)?;
            readable.push(entry);
        }
    }
    *versions = readable;
    Ok(())
}

/// Words that came and went from one text to another.
fn words_between(old: &str, new: &str) -> (u64, u64) {
    let hunks = diff(old, new, By::Words);
    let words = |text: &str| TextStats::of(text).words;
    let added = hunks.iter().map(|hunk| words(&new[hunk.new.clone()])).sum();
    let removed = hunks.iter().map(|hunk| words(&old[hunk.old.clone()])).sum();
    (added, removed)
}

impl Library {
    /// The versions of a branch that a person would recognise, oldest first; with `all` also those within a writing
    /// session, wherever the writer paused for two seconds. Progress is in versions. Touches the disk; replays the
    /// document's history, and compares the text of each version with the one before. Versions that lack characters which
    /// [`Library::compact`] forgot are left out.
    ///
    /// # Errors
    /// `document_not_found`, `branch_not_found`, `library_corrupt`, `cancelled`.
    pub fn history(
        &self,
        document: DocumentId,
        branch: &str,
        all: bool,
        progress: &Progress,
    ) -> Result<Vec<TimelineVersion>> {
        self.settle(document)?;
        let (loaded, mut versions) = self.read(|sql| {
            let n = document_number(sql, document)?;
            let branch = branch_number(sql, n, branch)?;
            let loaded = self.inner.kept_history.all(sql, n)?;
            let versions = timeline(sql, &loaded, n, branch, all)?;
            Ok((loaded, versions))
        })?;
        progress.expect_more(versions.len() as u64);
        let mut before = String::new();
        spelled(loaded.log(), &mut versions, |entry, text| {
            progress.check()?;
            (entry.words_added, entry.words_removed) = words_between(&before, &text);
            before = text;
            progress.advance(1);
            Ok(())
        })?;
        Ok(versions)
    }
}
