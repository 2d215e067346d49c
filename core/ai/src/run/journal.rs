//! One run on its way into a store.

use std::sync::Arc;

use writemagic_shared::error::Coded as _;
use writemagic_shared::id::RunId;
use writemagic_shared::limits::RUN_PAGE;
use writemagic_shared::runtime::Timestamp;

use super::action::Kept;
use super::outcome::{Outcome, RunEnd};
use super::record::{RunHead, RunRecord, RunState, RunTail};
use super::store::{RunError, RunStore};

/// Writes one run, piece by piece, as its [`Action`](super::Action)s say.
pub struct RunJournal {
    store: Arc<dyn RunStore>,
    run: RunId,
    head: RunHead,
}

impl RunJournal {
    /// Writes the head, before anything is sent.
    ///
    /// # Errors
    /// [`RunError::LimitExceeded`], [`RunError::Foreign`]: the run must not begin.
    pub fn begin(store: Arc<dyn RunStore>, run: RunId, head: RunHead) -> Result<Self, RunError> {
        store.put_head(run, &head.encode()?)?;
        Ok(Self { store, run, head })
    }

    /// The head as it was written last.
    pub fn head(&self) -> &RunHead {
        &self.head
    }

    /// This model is asked; writes only if that is news.
    ///
    /// # Errors
    /// [`RunError::Foreign`]: the attempt must not be sent.
    pub fn asks(&mut self, provider: &str, model: &str) -> Result<(), RunError> {
        if self.head.provider == provider && self.head.model == model {
            return Ok(());
        }
        let head = RunHead { provider: provider.to_owned(), model: model.to_owned(), ..self.head.clone() };
        self.store.put_head(self.run, &head.encode()?)?;
        self.head = head;
        Ok(())
    }

    /// Keeps more text. Tell the run of a failure ([`Run::append_failed`](super::Run::append_failed)).
    ///
    /// # Errors
    /// [`RunError::Foreign`].
    pub fn append(&self, offset: u64, text: &Kept) -> Result<(), RunError> {
        Ok(self.store.append(self.run, offset, text.as_str())?)
    }

    /// Keeps the end, and the whole text once more if its last piece could not be kept.
    ///
    /// # Errors
    /// [`RunError::Foreign`]: the run reads back as interrupted.
    pub fn end(&self, outcome: &Outcome, at: Timestamp, text_is_kept: bool) -> Result<(), RunError> {
        if !text_is_kept {
            self.store.append(self.run, 0, &outcome.text)?;
        }
        self.store.put_tail(self.run, &RunTail::of(outcome, at).encode()?)?;
        Ok(())
    }

    /// Reads a run back.
    ///
    /// # Errors
    /// [`RunError::NotFound`], [`RunError::Damaged`], [`RunError::Foreign`].
    pub fn read(store: &dyn RunStore, run: RunId) -> Result<RunRecord, RunError> {
        RunRecord::read(store.run(run)?.ok_or(RunError::NotFound { run })?)
    }

    /// The ids of kept runs, newest first: at most `limit`, and at most
    /// [`RUN_PAGE`](writemagic_shared::limits::RUN_PAGE); behind the run `before`, where one is named.
    ///
    /// # Errors
    /// [`RunError::Foreign`].
    pub fn list(store: &dyn RunStore, before: Option<RunId>, limit: usize) -> Result<Vec<RunId>, RunError> {
        let most = usize::try_from(RUN_PAGE).unwrap_or(usize::MAX);
        Ok(store.runs(before, limit.min(most))?)
    }
}

impl std::fmt::Debug for RunJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunJournal").field("run", &self.run).field("head", &self.head).finish_non_exhaustive()
    }
}

impl RunTail {
    /// The tail of a run that ended so.
    pub fn of(outcome: &Outcome, ended: Timestamp) -> Self {
        let (state, reason, error, resumable) = match outcome.end {
            RunEnd::Completed { reason } => (RunState::Completed, Some(reason), None, false),
            RunEnd::Interrupted { cause, resumable } => {
                (RunState::Interrupted, None, Some(cause.code()), resumable)
            }
            RunEnd::Cancelled => (RunState::Cancelled, None, None, false),
            RunEnd::Failed { cause, .. } => (RunState::Failed, None, Some(cause.code()), false),
        };
        Self { ended, state, reason, error, resumable, usage: outcome.usage, cost: outcome.cost }
    }
}
