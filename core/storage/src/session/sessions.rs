//! The open sessions of a library, and the commit that saves what they hold.
//!
//! Locks are taken in this order: the set of sessions, `commit`, the library's writer, a session's state, its
//! queue. The disk is written with `commit` and the writer held, never with a session's locks.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use writemagic_shared::event;
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::BACKLOG_BYTES;
use writemagic_shared::runtime::Timestamp;
use writemagic_shared::text::TextStats;

use super::core::{SPLICE_BYTES, SessionCore, Unsaved};
use super::edit::Handle;
use super::writer::WriterThread;
use super::{LiveText, Ticket};
use crate::error::{Error, Result};
use crate::graph;
use crate::journal::{self, Tail};
use crate::library::{Inner, lock, refresh_head};

#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<DocumentId, OpenSession>>,
    /// Held while sessions are saved: batches of a document reach the journal in the order of its text.
    pub(crate) commit: Mutex<()>,
    /// Bytes of splices that are not durable yet, over all sessions.
    backlog: AtomicU64,
    pub(super) thread: WriterThread,
}

#[derive(Debug)]
pub(super) struct OpenSession {
    pub(super) core: Arc<SessionCore>,
    pub(super) handle: Weak<Handle>,
}

/// One session's share of a commit.
struct Batch {
    core: Arc<SessionCore>,
    unsaved: Vec<Unsaved>,
    applied: Ticket,
    tail: Tail,
    last_at: Option<i64>,
    /// The text and its counts, when the head is written too.
    head: Option<(LiveText, TextStats)>,
}

impl Sessions {
    pub(super) fn lock_open(&self) -> MutexGuard<'_, HashMap<DocumentId, OpenSession>> {
        lock(&self.open)
    }

    fn cores(&self) -> Vec<Arc<SessionCore>> {
        self.lock_open().values().map(|open| Arc::clone(&open.core)).collect()
    }

    /// Sessions with splices that are not saved.
    pub(super) fn unsaved(&self) -> Vec<Arc<SessionCore>> {
        self.cores().into_iter().filter(|core| core.has_work()).collect()
    }

    /// Reserves backlog for a splice. Refused only when more than the limit waits already, so that one large paste is
    /// always taken.
    pub(super) fn reserve_backlog(&self, insert: usize) -> Result<()> {
        let cost = SPLICE_BYTES + insert as u64;
        // Relaxed: a counter for a bound; the edits themselves are handed over by a mutex.
        let waiting = self.backlog.fetch_add(cost, Ordering::Relaxed);
        if waiting > BACKLOG_BYTES {
            self.drop_backlog(cost);
            return Err(Error::BacklogFull { waiting: waiting + cost, limit: BACKLOG_BYTES });
        }
        Ok(())
    }

    pub(super) fn add_backlog(&self, bytes: u64) {
        self.backlog.fetch_add(bytes, Ordering::Relaxed); // Relaxed: as in `reserve_backlog`
    }

    pub(super) fn drop_backlog(&self, bytes: u64) {
        self.backlog.fetch_sub(bytes, Ordering::Relaxed); // Relaxed: as in `reserve_backlog`
    }

    /// Bytes of splices that are not durable yet.
    pub(crate) fn backlog(&self) -> u64 {
        self.backlog.load(Ordering::Relaxed) // Relaxed: as in `reserve_backlog`
    }

    pub(crate) fn wake_writer(&self) {
        self.thread.wake();
    }

    /// Saves every session, heads included. Edits from elsewhere that wait stay waiting.
    pub(crate) fn save_all(&self, library: &Inner) -> Result<()> {
        let cores = self.cores();
        self.save(library, &cores, true)
    }

    /// Ends every session: splices are refused, subscriptions end.
    pub(crate) fn close_all(&self) {
        self.thread.stop();
        for (_, open) in self.lock_open().drain() {
            open.core.mark_closed();
        }
    }

    /// Runs `work` with the session on a document, if one is open, kept from saving, and closed if `work` succeeds.
    pub(crate) fn closing<T>(&self, document: DocumentId, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let mut open = self.lock_open();
        let _commit = lock(&self.commit);
        let result = work()?;
        if let Some(open) = open.remove(&document) {
            open.core.mark_closed();
            let state = open.core.settled(Timestamp::from_millis(0));
            self.drop_backlog(state.unsaved.iter().map(|unsaved| unsaved.backlog).sum());
        }
        Ok(result)
    }

    /// Commits what these sessions hold, in one transaction; with `heads` brings their stored heads up to date in
    /// the same one. On error everything stays in memory for the next try. Subscribers hear of it either way.
    pub(super) fn save(&self, library: &Inner, cores: &[Arc<SessionCore>], heads: bool) -> Result<()> {
        let commit = lock(&self.commit);
        let mut batches = Vec::with_capacity(cores.len());
        for core in cores {
            let mut state = core.settled(library.now());
            let write_head = heads && (state.head_is_behind || !state.unsaved.is_empty());
            if state.unsaved.is_empty() && !write_head {
                if state.durable != state.applied {
                    // Splices that changed nothing.
                    state.durable = state.applied;
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
                tail: state.tail,
                last_at,
                head,
            });
        }
        let result = if batches.is_empty() { Ok(()) } else { write_batches(library, &mut batches) };
        for batch in batches {
            let mut state = batch.core.state();
            if result.is_ok() {
                self.drop_backlog(batch.unsaved.iter().map(|unsaved| unsaved.backlog).sum());
                state.tail = batch.tail;
                state.durable = batch.applied;
                state.head_is_behind = batch.head.is_none();
                state.last_at = batch.last_at;
            } else {
                state.unsaved.splice(0..0, batch.unsaved);
            }
            state.note_news();
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
        for batch in batches.iter_mut() {
            let document = batch.core.document;
            if batch.unsaved.iter().any(|unsaved| !unsaved.burst.is_empty()) {
                let agent = context.agent(sql)?;
                for Unsaved { burst, origin, at, .. } in &batch.unsaved {
                    if burst.is_empty() {
                        continue;
                    }
                    let origin = context.origin(sql, origin)?;
                    let row = graph::encode(burst);
                    batch.tail =
                        journal::append(sql, document, batch.tail, agent, origin, *at, burst.events(), &row)?;
                }
            }
            match &batch.head {
                Some((text, stats)) => {
                    let text = text.rope().to_string();
                    refresh_head(sql, document, &batch.tail, &text, stats, batch.last_at)?;
                }
                None => journal::mark_ahead(sql, document)?,
            }
        }
        Ok(())
    })
}
