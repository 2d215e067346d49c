//! The open sessions of a library, and the commit that saves what they hold.
//!
//! Locks are taken in this order: the set of sessions, `commit`, the library's writer, a session's state, its
//! queue. The disk is written with `commit` and the writer held, never with a session's locks.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use rusqlite::Connection;
use smallvec::SmallVec;
use writemagic_shared::buffer::{AtLimit, BufferPool, PoolOptions};
use writemagic_shared::event;
use writemagic_shared::id::DocumentId;
use writemagic_shared::queue::{Listener, Notifier, signal};
use writemagic_shared::runtime::{Profile, Timestamp};
use writemagic_shared::text::TextStats;

use super::core::{SPLICE_BYTES, SessionCore, Unsaved};
use super::edit::Handle;
use super::group::{GroupKind, insert_group};
use super::incoming::Joined;
use super::statistics::Commits;
use super::writer::{Control, pause_before};
use super::{LiveText, Ticket};
use crate::error::{Error, Result};
use crate::graph;
use crate::history::{self, FOLD_EVENTS};
use crate::journal::{self, Author, End, NewRow, Tail};
use crate::library::{Indexing, Inner, WriteContext, lock, refresh_head};
use crate::schema::head_key;

/// Text of waiting edits, in bytes, above which a session is saved by itself, behind those that wait for less.
const LARGE: u64 = 256 << 10;

#[derive(Debug)]
pub(crate) struct Sessions {
    open: Mutex<OpenSessions>,
    /// Held while sessions are saved: batches of a document reach the journal in the order of its text.
    pub(crate) commit: Mutex<()>,
    /// Bytes of splices that are not durable yet, over all sessions.
    backlog: AtomicU64,
    backlog_limit: u64,
    /// Where inserted text waits.
    pub(super) pool: BufferPool,
    /// Wakes the writer's thread, which sleeps on the other end.
    notifier: Notifier,
    pub(super) listener: Arc<Mutex<Listener>>,
    pub(super) control: Control,
    pub(super) commits: Commits,
}

/// Sessions by document and branch.
pub(crate) type OpenSessions = HashMap<(DocumentId, i64), OpenSession>;

#[derive(Debug)]
pub(crate) struct OpenSession {
    pub(super) core: Arc<SessionCore>,
    pub(super) handle: Weak<Handle>,
}

/// One session's share of a commit.
struct Batch {
    core: Arc<SessionCore>,
    unsaved: Vec<Unsaved>,
    applied: Ticket,
    bytes: u64,
    tail: Tail,
    author: Author,
    last_at: Option<i64>,
    /// The text and its counts, when the head is written too.
    head: Option<(LiveText, TextStats)>,
    indexing: Indexing,
}

impl Sessions {
    pub(crate) fn new(profile: &Profile) -> Self {
        let (notifier, listener) = signal();
        Self {
            open: Mutex::default(),
            commit: Mutex::default(),
            backlog: AtomicU64::new(0),
            backlog_limit: profile.backlog_bytes,
            // Beyond its limit the pool allocates: the backlog's own limit is what refuses.
            pool: BufferPool::new(PoolOptions::new(profile.pool_bytes, AtLimit::Allocate)),
            notifier,
            listener: Arc::new(Mutex::new(listener)),
            control: Control::default(),
            commits: Commits::default(),
        }
    }

    pub(super) fn notifier(&self) -> &Notifier {
        &self.notifier
    }

    pub(crate) fn lock_open(&self) -> MutexGuard<'_, OpenSessions> {
        lock(&self.open)
    }

    pub(super) fn cores(&self) -> Vec<Arc<SessionCore>> {
        self.lock_open().values().map(|open| Arc::clone(&open.core)).collect()
    }

    /// Sessions with splices that are not saved.
    pub(super) fn unsaved(&self) -> Vec<Arc<SessionCore>> {
        self.cores().into_iter().filter(|core| core.has_work()).collect()
    }

    /// Reserves backlog for a splice; gives how much. Refused only when more than the limit waits already, so that one
    /// large paste is always taken.
    pub(super) fn reserve_backlog(&self, insert: usize) -> Result<u64> {
        let cost = SPLICE_BYTES + insert as u64;
        // Relaxed: a counter for a bound; the edits themselves are handed over by the ring.
        let waiting = self.backlog.fetch_add(cost, Ordering::Relaxed);
        if waiting > self.backlog_limit {
            self.drop_backlog(cost);
            self.commits.refuse();
            return Err(Error::BacklogFull { waiting: waiting + cost, limit: self.backlog_limit });
        }
        Ok(cost)
    }

    pub(crate) fn add_backlog(&self, bytes: u64) {
        self.backlog.fetch_add(bytes, Ordering::Relaxed); // Relaxed: as in `reserve_backlog`
    }

    pub(crate) fn drop_backlog(&self, bytes: u64) {
        self.backlog.fetch_sub(bytes, Ordering::Relaxed); // Relaxed: as in `reserve_backlog`
    }

    pub(super) fn backlog_limit(&self) -> u64 {
        self.backlog_limit
    }

    /// Bytes of splices that are not durable yet.
    pub(crate) fn backlog(&self) -> u64 {
        self.backlog.load(Ordering::Relaxed) // Relaxed: as in `reserve_backlog`
    }

    /// Wakes the writer's thread where there is something new to save.
    pub(crate) fn wake_writer(&self) {
        self.notifier.notify();
    }

    /// Lets the writer's thread try again what it could not do.
    pub(crate) fn resume_writer(&self) {
        self.control.nudge();
        self.notifier.notify();
    }

    /// Saves what was typed, in one transaction; sessions with much text after that, each in its own, so that a large
    /// paste into one document does not hold up typing in another.
    pub(super) fn save_typed(&self, library: &Inner) -> Result<()> {
        let (mut large, small): (Vec<_>, Vec<_>) =
            self.unsaved().into_iter().partition(|core| core.waiting_bytes() > LARGE);
        self.save(library, &small, false)?;
        large.sort_by_key(|core| core.waiting_bytes());
        for core in large {
            self.save(library, &[core], false)?;
            let typed: Vec<_> =
                self.unsaved().into_iter().filter(|core| core.waiting_bytes() <= LARGE).collect();
            self.save(library, &typed, false)?;
        }
        Ok(())
    }

    /// Brings heads up to their journals, a document at a time, until somebody types; nothing was typed for `idle`.
    /// Returns how long that must be for those that are left, which are large; none if none are.
    pub(super) fn refresh_heads(&self, library: &Inner, idle: Duration) -> Result<Option<Duration>> {
        let mut left = None;
        for core in self.cores() {
            let pause = {
                let state = core.state();
                if !state.head_is_behind && state.unsaved.is_empty() {
                    continue;
                }
                pause_before(state.text.bytes())
            };
            if self.has_work() || pause > idle {
                left = Some(left.map_or(pause, |left| pause.min(left)));
            } else {
                self.save(library, &[core], true)?;
            }
        }
        Ok(left)
    }

    /// The open session on a branch.
    pub(crate) fn core_of(&self, open: &OpenSessions, branch: (DocumentId, i64)) -> Option<Arc<SessionCore>> {
        open.get(&branch).map(|open| Arc::clone(&open.core))
    }

    /// Folds the journals of the open documents that are long enough, one at a time, until somebody types.
    pub(super) fn fold_journals(&self, library: &Inner) -> Result<()> {
        for core in self.cores() {
            if self.has_work() {
                return Ok(());
            }
            self.fold(library, &core)?;
        }
        Ok(())
    }

    /// Folds a document's journal if it is long enough.
    pub(super) fn fold(&self, library: &Inner, core: &SessionCore) -> Result<()> {
        let _commit = lock(&self.commit);
        let due = {
            let state = core.state();
            state.end.get().lv.saturating_sub(state.folded) >= FOLD_EVENTS
        };
        if !due {
            return Ok(());
        }
        let (folded, end) = library.write(|sql, _| {
            let folded = history::fold(sql, core.document, FOLD_EVENTS)?;
            Ok((folded, core.state().end.get().lv))
        })?;
        if folded {
            core.state().folded = end;
        }
        event!(Debug, "a journal was looked at for folding", document = core.id, folded = folded);
        Ok(())
    }

    /// Lets open sessions go on as other authors, as each open of a library does: nobody knows what the files have been
    /// through meanwhile. One that a version waits for stays, since its events were merged as this author's.
    pub(crate) fn renew_authors(&self) {
        for core in self.cores() {
            let mut state = core.state();
            if state.incoming.is_none() {
                state.author = Author::new();
            }
        }
    }

    /// The open sessions on a document.
    pub(crate) fn cores_of(&self, open: &OpenSessions, document: DocumentId) -> Vec<Arc<SessionCore>> {
        let of = open.iter().filter(|((of, _), _)| *of == document);
        of.map(|(_, open)| Arc::clone(&open.core)).collect()
    }

    /// Saves what the sessions on a document hold. Also where they hold nothing: it may be on its way to the disk just now.
    pub(crate) fn settle(&self, library: &Inner, document: DocumentId) -> Result<()> {
        let cores = self.cores_of(&self.lock_open(), document);
        self.save(library, &cores, false)
    }

    /// [`Sessions::settle`], stored heads included.
    pub(crate) fn save_document(&self, library: &Inner, document: DocumentId) -> Result<()> {
        let cores = self.cores_of(&self.lock_open(), document);
        self.save(library, &cores, true)
    }

    /// Whether any session has something to save.
    pub(super) fn has_work(&self) -> bool {
        self.lock_open().values().any(|open| open.core.has_work())
    }

    /// Saves every session, heads included, and finishes what merges left for later. Edits from elsewhere that wait
    /// stay waiting.
    pub(crate) fn save_all(&self, library: &Inner) -> Result<()> {
        let cores = self.cores();
        self.save(library, &cores, true)?;
        library.index_merged()
    }

    /// Ends every session: splices are refused, subscriptions end.
    pub(crate) fn close_all(&self) {
        self.control.stop();
        self.notifier.notify();
        for (_, open) in self.lock_open().drain() {
            open.core.mark_closed();
        }
    }

    /// Runs `work` with the sessions on a document (or on one of its branches) kept from saving, and closed if `work`
    /// succeeds.
    pub(crate) fn closing<T>(
        &self,
        document: DocumentId,
        branch: Option<i64>,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let mut open = self.lock_open();
        let _commit = lock(&self.commit);
        let result = work()?;
        open.retain(|(of, on), open| {
            let stays = *of != document || branch.is_some_and(|branch| branch != *on);
            if !stays {
                open.core.mark_closed();
                let state = open.core.settled(Timestamp::from_millis(0));
                self.drop_backlog(state.unsaved.iter().map(|unsaved| unsaved.backlog).sum());
            }
            stays
        });
        Ok(result)
    }

    /// Commits what these sessions hold, in one transaction; with `heads` brings their stored heads up to date in
    /// the same one. On error everything stays in memory for the next try. Subscribers hear of it either way.
    pub(crate) fn save(&self, library: &Inner, cores: &[Arc<SessionCore>], heads: bool) -> Result<()> {
        if cores.is_empty() {
            return Ok(());
        }
        let commit = lock(&self.commit);
        let mut batches = Vec::with_capacity(cores.len());
        for core in cores {
            let mut state = core.settled(library.now());
            // Rows continue a head's text: one that took in others is written with them.
            let joined = state.unsaved.iter().any(|unsaved| unsaved.joined.is_some());
            let write_head = joined || heads && (state.head_is_behind || !state.unsaved.is_empty());
            if state.unsaved.is_empty() && !write_head {
                if core.durable() != state.applied {
                    // Splices that changed nothing.
                    core.set_durable(state.applied, state.text.bytes());
                    state.note_news();
                }
                continue;
            }
            let unsaved = std::mem::take(&mut state.unsaved);
            // Splices that changed nothing are no change of the text.
            let last_change = unsaved.iter().rev().find(|unsaved| !unsaved.burst.is_empty());
            let last_at = last_change.map_or(state.last_at, |last| Some(last.at));
            let head = write_head.then(|| {
                let stats = state.stats();
                (state.text.clone(), stats)
            });
            batches.push(Batch {
                core: Arc::clone(core),
                unsaved,
                applied: state.applied,
                bytes: state.text.bytes(),
                tail: Tail { end: state.end.get(), ..state.tail.clone() },
                author: state.author.clone(),
                last_at,
                head,
                indexing: if heads { Indexing::Now } else { Indexing::Later },
            });
        }
        let result = match batches.as_mut_slice() {
            [] => Ok(()),
            batches => self.commits.count(|| write_batches(library, batches)),
        };
        for batch in batches {
            let mut state = batch.core.state();
            if result.is_ok() {
                self.drop_backlog(batch.unsaved.iter().map(|unsaved| unsaved.backlog).sum());
                state.end.set(batch.tail.end);
                state.tail = batch.tail;
                state.author = batch.author;
                state.note_saved(batch.unsaved);
                batch.core.set_durable(batch.applied, batch.bytes);
                state.head_is_behind = batch.head.is_none() || batch.indexing == Indexing::Later;
                state.last_at = batch.last_at;
            } else {
                state.unsaved.splice(0..0, batch.unsaved);
            }
            state.note_news();
        }
        if result.is_err() {
            // While it was on its way to the disk there was nothing to save, and the writer's thread may have gone to sleep.
            self.notifier.notify();
        }
        drop(commit);
        event!(Trace, "sessions saved", sessions = cores.len(), heads = heads, ok = result.is_ok());
        for core in cores {
            core.publish();
        }
        result
    }
}

fn write_batches(library: &Inner, batches: &mut [Batch]) -> Result<()> {
    library.write(|sql, context| {
        // Where the documents end that have sessions on several branches.
        let mut ends: SmallVec<[(i64, End); 4]> = SmallVec::new();
        for batch in batches.iter_mut() {
            let (document, branch) = (batch.core.document, batch.core.branch);
            if let Some((_, end)) = ends.iter().rev().find(|(of, _)| *of == document) {
                batch.tail.end = *end;
            }
            write_events(sql, context, batch)?;
            ends.push((document, batch.tail.end));
            match &batch.head {
                Some((text, stats)) => {
                    let text = text.rope().to_string();
                    let (tail, at) = (&batch.tail, batch.last_at);
                    refresh_head(sql, (document, branch), tail, &text, stats, at, batch.indexing)?;
                }
                None => journal::mark_ahead(sql, document, branch)?,
            }
        }
        Ok(())
    })
}

fn write_events(sql: &Connection, context: &mut WriteContext, batch: &mut Batch) -> Result<()> {
    let Batch { core, unsaved, tail, author, .. } = batch;
    let (document, branch) = (core.document, core.branch);
    let now = context.now().as_millis();
    for Unsaved { burst, origin, at, group, joined, .. } in unsaved {
        if let Some(Joined { version, group }) = joined {
            tail.heads = history::stored_version(sql, version, now)?;
            tail.tip = 0;
            if let Some(events) = group {
                let lv = tail.end.lv;
                insert_group(sql, (document, branch), lv, GroupKind::Merge, None, *at, events, &[])?;
            }
            sql.prepare_cached("DELETE FROM incoming WHERE head = ?1")?
                .execute([head_key(document, branch)])?;
        }
        let first = tail.end.lv;
        if !burst.is_empty() {
            let origin = context.origin(sql, origin)?;
            let bytes = graph::encode(burst);
            let row = NewRow { branch, events: burst.events(), origin, at: *at, bytes: &bytes };
            journal::append(sql, document, tail, author, &row, now)?;
        }
        if let Some(group) = group {
            group.write(sql, (document, branch), first..tail.end.lv, *at)?;
        }
    }
    Ok(())
}
