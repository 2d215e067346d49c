//! Where runs are kept.

use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::id::RunId;

use crate::foreign::ForeignError;

/// Why a call on kept runs failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// A value is over its documented limit. Nothing was changed.
    #[error("{what} is {value}, and the limit is {limit}")]
    LimitExceeded {
        /// What is too large: a word of [`writemagic_shared::limits`].
        what: &'static str,
        /// The value.
        value: u64,
        /// The largest value that is taken.
        limit: u64,
    },
    /// No run has this id.
    #[error("no run {run}")]
    NotFound {
        /// The id.
        run: RunId,
    },
    /// The run cannot be gone on with.
    #[error("run {run} cannot be gone on with: {reason}")]
    NotResumable {
        /// The id.
        run: RunId,
        /// `under_way`, `no_text`, `ended`, or `mask_missing` where it was masked and its continuation would not be.
        reason: &'static str,
    },
    /// What was kept cannot be read.
    #[error("a kept run cannot be read: {reason}")]
    Damaged {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Foreign(#[from] ForeignError),
}

impl RunError {
    pub(super) fn check_limit(what: &'static str, value: u64, limit: u64) -> Result<(), Self> {
        if value > limit { Err(Self::LimitExceeded { what, value, limit }) } else { Ok(()) }
    }
}

impl Coded for RunError {
    fn code(&self) -> Code {
        match self {
            Self::LimitExceeded { .. } => Code::LimitExceeded,
            Self::NotFound { .. } => Code::RunNotFound,
            Self::NotResumable { .. } => Code::RunNotResumable,
            Self::Damaged { .. } => Code::RunDamaged,
            Self::Foreign(error) => error.code(),
        }
    }

    fn details(&self) -> Details {
        match self {
            Self::LimitExceeded { what, value, limit } => {
                Details::none().with("what", *what).with("value", *value).with("limit", *limit)
            }
            Self::NotFound { run } => Details::none().with("run", run.uuid()),
            Self::NotResumable { run, reason } => {
                Details::none().with("run", run.uuid()).with("reason", *reason)
            }
            Self::Damaged { reason } => Details::none().with("reason", *reason),
            Self::Foreign(error) => error.details(),
        }
    }
}

/// The three parts of a run as a store has them. A run without a tail did not come to its end: it is under way, or was
/// killed.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptRun {
    /// What was written with [`RunStore::put_head`] last.
    pub head: Vec<u8>,
    /// All that was appended, in order.
    pub text: String,
    /// What was written with [`RunStore::put_tail`], if it was.
    pub tail: Option<Vec<u8>>,
}

impl std::fmt::Debug for KeptRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptRun")
            .field("head_bytes", &self.head.len())
            .field("text_bytes", &self.text.len())
            .field("tail_bytes", &self.tail.as_ref().map(Vec::len))
            .finish()
    }
}

/// Keeps runs. What a call has written must survive the death of the process. Each run has one writer.
pub trait RunStore: Send + Sync {
    /// Begins the run, or replaces its head. Heads have at most
    /// [`RUN_HEAD_BYTES`](writemagic_shared::limits::RUN_HEAD_BYTES).
    ///
    /// # Errors
    /// [`ForeignError`]: nothing was changed, and the run must not be sent.
    fn put_head(&self, run: RunId, head: &[u8]) -> Result<(), ForeignError>;

    /// Adds to the run's text, which has `offset` bytes so far; where it has more, what stands behind `offset` is replaced.
    /// Called at most every 250 ms, or for every KiB.
    ///
    /// # Errors
    /// [`ForeignError`], also where the text has fewer bytes: nothing was changed.
    fn append(&self, run: RunId, offset: u64, text: &str) -> Result<(), ForeignError>;

    /// Ends the run. Tails have at most [`RUN_TAIL_BYTES`](writemagic_shared::limits::RUN_TAIL_BYTES).
    ///
    /// # Errors
    /// [`ForeignError`]: nothing was changed; the run will read back as interrupted.
    fn put_tail(&self, run: RunId, tail: &[u8]) -> Result<(), ForeignError>;

    /// The run, if there is one of this id.
    ///
    /// # Errors
    /// [`ForeignError`].
    fn run(&self, run: RunId) -> Result<Option<KeptRun>, ForeignError>;

    /// The ids of at most `limit` runs, newest first: in descending order of their ids, only those below `before` where
    /// there is one. Ids alone, so that a page of long answers costs no memory; `limit` is at most
    /// [`RUN_PAGE`](writemagic_shared::limits::RUN_PAGE).
    ///
    /// # Errors
    /// [`ForeignError`].
    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunId>, ForeignError>;
}
