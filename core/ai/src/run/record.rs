//! A run as it is kept and read back.

use std::fmt;

use writemagic_shared::error::Code;
use writemagic_shared::id::RunId;
use writemagic_shared::runtime::Timestamp;

use crate::model::{Locality, Microdollars, Request, Role, Usage};
use crate::stream::StopReason;

use super::store::{KeptRun, RunError};

/// How far a kept run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunState {
    /// The model said that it was done.
    Completed,
    /// The answer broke off, or the process died under it.
    Interrupted,
    /// It was stopped.
    Cancelled,
    /// No content came.
    Failed,
}

impl RunState {
    /// A stable snake_case word.
    pub const fn name(self) -> &'static str {
        match self {
            RunState::Completed => "completed",
            RunState::Interrupted => "interrupted",
            RunState::Cancelled => "cancelled",
            RunState::Failed => "failed",
        }
    }
}

/// What is kept of a run before anything is sent, and again when another model is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct RunHead {
    /// When it began.
    pub started: Timestamp,
    /// The provider that is asked, as the app calls it; at most 255 bytes
    /// ([`SERVICE_NAME_BYTES`](writemagic_shared::limits::SERVICE_NAME_BYTES)), longer ones are cut.
    pub provider: String,
    /// Its model; the same bound.
    pub model: String,
    /// The ceiling under which it was asked: a continuation must keep to it.
    pub ceiling: Locality,
    /// Whether it was asked under a mask: a continuation must be, too.
    pub masked: bool,
    /// The run that this one continues.
    pub continues: Option<RunId>,
    /// What was asked, as the writer meant it: nothing in it is masked. Of a run that continues another its last turn is the
    /// answer so far.
    pub request: Request,
}

/// What is kept of a run's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunTail {
    /// When it ended.
    pub ended: Timestamp,
    /// How.
    pub state: RunState,
    /// Why the model stopped, in a completed run.
    pub reason: Option<StopReason>,
    /// Why it failed or was interrupted; [`None`] too where a newer version wrote a code that this one does not know.
    pub error: Option<Code>,
    /// Whether it makes sense to go on from the text.
    pub resumable: bool,
    /// What was used.
    pub usage: Option<Usage>,
    /// What it cost.
    pub cost: Option<Microdollars>,
}

/// A run that was read back. Debug output tells the length of its text.
#[derive(Clone, PartialEq)]
pub struct RunRecord {
    /// Its beginning.
    pub head: RunHead,
    /// The answer as far as it was kept: at most 250 ms of it are lost when a process is killed.
    pub text: String,
    /// Its end; [`None`] where it did not come to one.
    pub tail: Option<RunTail>,
}

impl RunRecord {
    /// Reads a kept run.
    ///
    /// # Errors
    /// [`RunError::Damaged`], [`RunError::LimitExceeded`] for a text over
    /// [`ANSWER_BYTES`](writemagic_shared::limits::ANSWER_BYTES).
    pub fn read(kept: KeptRun) -> Result<Self, RunError> {
        RunError::check_limit(
            "answer_bytes",
            kept.text.len() as u64,
            writemagic_shared::limits::ANSWER_BYTES,
        )?;
        let head = RunHead::decode(&kept.head)?;
        let tail = kept.tail.map(|tail| RunTail::decode(&tail)).transpose()?;
        Ok(Self { head, text: kept.text, tail })
    }

    /// How it ended. A run without an end that is not under way in this process was killed: it is interrupted.
    pub fn state(&self) -> RunState {
        self.tail.map_or(RunState::Interrupted, |tail| tail.state)
    }

    /// The whole answer so far: the turn of the model's own with which the request ends, if it does, and this text.
    pub fn whole_text(&self) -> String {
        let last = self.head.request.messages.last().filter(|last| last.role == Role::Assistant);
        [last.map_or("", |last| last.text.as_str()), &self.text].concat()
    }

    /// Whether it makes sense to go on from the text: there is some, and the run broke off where it can be taken up, was
    /// killed, or reached the longest answer that was asked for.
    pub fn is_resumable(&self) -> bool {
        !self.text.is_empty()
            && self.tail.is_none_or(|tail| {
                tail.resumable || matches!(tail.reason, Some(StopReason::OutputLimit | StopReason::Paused))
            })
    }
}

impl fmt::Debug for RunRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunRecord")
            .field("head", &self.head)
            .field("text_bytes", &self.text.len())
            .field("tail", &self.tail)
            .finish()
    }
}
