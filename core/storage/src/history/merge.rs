//! Taking in what was written elsewhere: on another branch, in another library.

use std::ops::Range;
use std::sync::Arc;

use ropey::Rope;
use rusqlite::params;
use writemagic_shared::event;
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::DOCUMENT_BYTES;

use super::branch::branch_number;
use super::load::{Loaded, loadable, stored_version, with_newest};
use super::version::present;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::{self, Budget, Coalesce, Counted, Frontier, Version, merge};
use crate::journal::{Heads, heads_bytes, parse_heads};
use crate::schema::head_key;
use crate::session::{Applied, Incoming, SessionCore, load_core};

/// How often taking in a version begins anew because somebody typed meanwhile.
const TRIES: usize = 64;

/// What a merge did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeReport {
    /// The merged version.
    pub version: Version,
    /// Whether it is in the text, or waits for an open session's `rebase`.
    pub applied: Applied,
    /// Ranges of the merged text that both sides touched near each other, for review: both are kept.
    pub overlaps: Vec<Overlap>,
}

/// A range of a merged text that both sides touched, in UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overlap {
    /// All of it.
    pub range: Range<u64>,
    /// What the branch that was merged into had changed; empty where it deleted.
    pub ours: Range<u64>,
    /// What came in.
    pub theirs: Range<u64>,
}

/// A version that a branch is to take in.
#[derive(Clone, Debug)]
pub(crate) struct Taking<'a> {
    pub(crate) document: DocumentId,
    pub(crate) branch: i64,
    pub(crate) target: &'a Version,
    /// Whether it is a change that is undone as one.
    pub(crate) as_group: bool,
    /// Whether to look for overlaps.
    pub(crate) reports: bool,
}

/// What taking in a version comes to.
struct Prepared {
    ours: Frontier,
    target: Frontier,
    merged: Frontier,
    overlaps: Vec<graph::Overlap>,
    /// The merged text, where there are overlaps to place in it.
    text: Option<Rope>,
    new: Vec<Range<graph::Lv>>,
}

impl Library {
    /// Merges one branch of a document into another, which then has all that both have; the first one stays as it is.
    /// Both sides' texts are kept, and what both touched is reported. In an open session it waits for the `rebase`.
    /// Touches the disk; takes time in proportion to what was written since the branches parted.
    ///
    /// # Errors
    /// `document_not_found`, `branch_not_found`; `merge_refused`; `limit_exceeded` if the merged text would be too long.
    pub fn merge(&self, document: DocumentId, from: &str, into: &str) -> Result<MergeReport> {
        self.settle(document)?;
        let (branch, target) = self.read(|sql| {
            let n = document_number(sql, document)?;
            Ok((branch_number(sql, n, into)?, present(sql, n, branch_number(sql, n, from)?)?))
        })?;
        self.take_in(&Taking { document, branch, target: &target, as_group: true, reports: true })
    }

    /// Takes a version into a branch: at once, or when its open session rebases.
    pub(crate) fn take_in(&self, taking: &Taking<'_>) -> Result<MergeReport> {
        let Taking { document, branch, .. } = *taking;
        let sessions = &self.inner.sessions;
        let open = sessions.lock_open();
        let in_session = sessions.core_of(&open, (document, branch));
        let core = match &in_session {
            Some(core) => Arc::clone(core),
            None => load_core(self, (document, branch), &open)?,
        };
        for _ in 0..TRIES {
            sessions.save(&self.inner, std::slice::from_ref(&core), false)?;
            let Some((heads, text)) = core.saved_text() else { continue };
            let (loaded, prepared) = self.read(|sql| {
                let n = document_number(sql, document)?;
                let kept = &self.inner.kept_history;
                with_newest(sql, n, kept, |loaded| loadable_parts(sql, loaded, (&heads, &text), taking))
            })?;
            let Some(prepared) = prepared else { continue };
            let snapshot = (heads, in_session.is_some());
            if let Some(report) = self.finish_taking(taking, &core, snapshot, loaded, prepared)? {
                return Ok(report);
            }
        }
        Err(Error::MergeRefused { reason: "the text changes all the time" })
    }

    fn finish_taking(
        &self,
        taking: &Taking<'_>,
        core: &Arc<SessionCore>,
        (heads, in_session): (Heads, bool),
        loaded: Arc<Loaded>,
        prepared: Prepared,
    ) -> Result<Option<MergeReport>> {
        let Taking { document, branch, .. } = *taking;
        let Prepared { ours, target, merged, overlaps, text, new } = prepared;
        let version = loaded.log().version(&merged).map_err(|_| Error::internal("a head without an id"))?;
        let overlaps = text.map(|text| utf16_overlaps(&text, &overlaps)).unwrap_or_default();
        if merged == ours {
            return Ok(Some(MergeReport { version, applied: Applied::Durable, overlaps }));
        }
        let wanted = loaded.log().version(&target).map_err(|_| Error::internal("a head without an id"))?;
        let group = taking.as_group.then_some(new);
        let incoming = Incoming::new(loaded, ours, target, group);
        let sessions = &self.inner.sessions;
        let applied = if in_session {
            self.write(|sql, context| {
                let n = document_number(sql, document)?;
                let heads = heads_bytes(&stored_version(sql, &wanted, context.now().as_millis())?);
                sql.prepare_cached("INSERT OR REPLACE INTO incoming (head, frontier) VALUES (?1, ?2)")?
                    .execute(params![head_key(n, branch), heads])?;
                Ok(())
            })?;
            if !core.announce(incoming, &heads) {
                return Ok(None);
            }
            core.publish();
            Applied::Pending
        } else {
            core.announce(incoming, &heads);
            let (_, backlog) = core.take_pending(self.inner.now());
            sessions.add_backlog(backlog);
            let saved = sessions.save(&self.inner, std::slice::from_ref(core), false);
            if saved.is_err() {
                sessions.drop_backlog(backlog);
            }
            saved?;
            self.inner.note_unindexed();
            Applied::Durable
        };
        event!(Info, "a version was taken in", document = document, in_session = in_session);
        Ok(Some(MergeReport { version, applied, overlaps }))
    }

    /// Forgets that a branch was to take something in.
    pub(crate) fn no_longer_waiting(&self, document: DocumentId, branch: i64) -> Result<()> {
        self.write(|sql, _| {
            let n = document_number(sql, document)?;
            sql.execute("DELETE FROM incoming WHERE head = ?1", [head_key(n, branch)])?;
            Ok(())
        })
    }

    /// Takes in what waited for sessions that are gone.
    pub(crate) fn take_in_waiting(&self) -> Result<()> {
        let waiting: Vec<(i64, Vec<u8>)> = self.read(|sql| {
            let mut statement = sql.prepare("SELECT head, frontier FROM incoming")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?;
        for (head, heads) in waiting {
            let (n, branch) = (crate::schema::head_document(head), crate::schema::head_branch(head));
            let found = self.read(|sql| {
                let id = crate::document::document_id(sql, n)?;
                let heads = parse_heads(&heads).ok_or(Error::LibraryCorrupt { found: "a version" })?;
                Ok((id, super::version_of(sql, &heads)?))
            });
            let taken = found.and_then(|(document, target)| {
                let taking = Taking { document, branch, target: &target, as_group: false, reports: false };
                self.take_in(&taking)
            });
            match taken {
                // Taken in before, or taken in now; or a document that can only be read: `check` tells.
                Ok(_) => self.write(|sql, _| {
                    sql.execute("DELETE FROM incoming WHERE head = ?1", [head])?;
                    Ok(())
                })?,
                Err(Error::Io { .. } | Error::DiskFull) => return Ok(()),
                Err(error) => event!(
                    Warn,
                    "a version that waited was not taken in",
                    code = writemagic_shared::error::Coded::code(&error)
                ),
            }
        }
        Ok(())
    }
}

fn loadable_parts(
    sql: &rusqlite::Connection,
    loaded: &Loaded,
    (heads, text): (&Heads, &Rope),
    taking: &Taking<'_>,
) -> Result<Result<Option<Prepared>, graph::NotLoaded>> {
    if loaded.damaged {
        return Err(Error::HistoryDamaged { document: taking.document, good_events: loaded.end.lv.into() });
    }
    let Some(ours) = loaded.frontier(sql, heads)? else { return Ok(Ok(None)) };
    let log = loaded.log();
    let wanted = log.find_heads(taking.target).map_err(|_| Error::VersionNotFound)?;
    let prepared = || -> Result<Prepared, graph::MergeError> {
        let target = log.reduce(&wanted)?;
        let mut counted = Counted::default();
        let most = graph::MAX_TEXT_CHARS;
        let merged = merge(log, &ours, &target, most, &mut counted, &mut Budget::default())?;
        let new = log.diff(&ours, &target)?.only_b;
        let overlaps = if taking.reports && merged.forked {
            graph::overlaps(log, &ours, &target, &mut Budget::default())?
        } else {
            Vec::new()
        };
        Ok(Prepared { ours: ours.clone(), target, merged: merged.version, overlaps, text: None, new })
    };
    let mut prepared = match loadable(prepared())? {
        Ok(prepared) => prepared,
        Err(lacks) => return Ok(Err(lacks)),
    };
    // The merged text: for its length, and for what lies where in it.
    let mut text = text.clone();
    let mut sink = Coalesce::new(&mut text);
    let done = merge(log, &ours, &prepared.target, graph::MAX_TEXT_CHARS, &mut sink, &mut Budget::default());
    done.and_then(|_| sink.finish())?;
    Error::check_limit("document_bytes", text.len_bytes() as u64, DOCUMENT_BYTES)?;
    prepared.text = Some(text);
    Ok(Ok(Some(prepared)))
}

fn utf16_overlaps(text: &Rope, overlaps: &[graph::Overlap]) -> Vec<Overlap> {
    let units = |chars: &Range<u32>| {
        let unit = |char: u32| text.char_to_utf16_cu((char as usize).min(text.len_chars())) as u64;
        unit(chars.start)..unit(chars.end)
    };
    let place = |overlap: &graph::Overlap| Overlap {
        range: units(&overlap.range),
        ours: units(&overlap.ours),
        theirs: units(&overlap.theirs),
    };
    overlaps.iter().map(place).collect()
}
