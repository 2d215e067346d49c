//! The one error of this room.

use thiserror::Error as ThisError;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::id::ProposalId;

use crate::foreign::ForeignError;

/// Why a call on proposals failed.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
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
    /// No proposal has this id.
    #[error("no proposal {proposal}")]
    NotFound {
        /// The id.
        proposal: ProposalId,
    },
    /// What was kept cannot be read.
    #[error("a kept proposal cannot be read: {reason}")]
    Damaged {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The proposal has fewer hunks.
    #[error("hunk {hunk} of {count}")]
    HunkNotFound {
        /// The number that was asked for, from 0.
        hunk: u64,
        /// How many there are.
        count: u64,
    },
    /// The version that the answer was made for is not in the document's history.
    #[error("the version is not in the history any more")]
    BaseLost,
    /// Somebody wrote each time just before the change.
    #[error("the text changes all the time")]
    TextMoving,
    /// The text or the store failed.
    #[error(transparent)]
    Foreign(#[from] ForeignError),
}

impl Error {
    pub(super) fn check_limit(what: &'static str, value: u64, limit: u64) -> Result<(), Self> {
        if value > limit { Err(Self::LimitExceeded { what, value, limit }) } else { Ok(()) }
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::LimitExceeded { .. } => Code::LimitExceeded,
            Self::NotFound { .. } => Code::ProposalNotFound,
            Self::Damaged { .. } => Code::ProposalDamaged,
            Self::HunkNotFound { .. } => Code::HunkNotFound,
            Self::BaseLost => Code::ProposalBaseLost,
            Self::TextMoving => Code::TextMoving,
            Self::Foreign(error) => error.code(),
        }
    }

    fn details(&self) -> Details {
        match self {
            Self::LimitExceeded { what, value, limit } => {
                Details::none().with("what", *what).with("value", *value).with("limit", *limit)
            }
            Self::NotFound { proposal } => Details::none().with("proposal", proposal.uuid()),
            Self::Damaged { reason } => Details::none().with("reason", *reason),
            Self::HunkNotFound { hunk, count } => Details::none().with("hunk", *hunk).with("count", *count),
            Self::BaseLost | Self::TextMoving => Details::none(),
            Self::Foreign(error) => error.details(),
        }
    }
}
