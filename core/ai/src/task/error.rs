//! The one error of this room.

use thiserror::Error as ThisError;
use writemagic_shared::error::{Code, Coded, Details};

/// Why a prompt or a set of templates was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// A value is over its documented limit.
    #[error("{what} is {value}, and the limit is {limit}")]
    LimitExceeded {
        /// What is too large: a word of [`writemagic_shared::limits`].
        what: &'static str,
        /// The value.
        value: u64,
        /// The largest value that is taken.
        limit: u64,
    },
    /// The text leaves no room for the answer, or is too long by itself.
    #[error("the prompt is about {tokens} tokens, and the model takes {limit} beside the answer")]
    PromptTooLong {
        /// About how many tokens it has.
        tokens: u64,
        /// How many it may have.
        limit: u64,
    },
    /// The templates are not valid.
    #[error("the templates are not valid: {reason}")]
    TemplatesInvalid {
        /// What is wrong with them.
        reason: &'static str,
    },
    /// A language tag is not of BCP 47 form.
    #[error("not a BCP 47 language tag")]
    InvalidLanguageTag,
    /// An argument that no task could take.
    #[error("{what} is not valid: {reason}")]
    InvalidArgument {
        /// The argument.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::LimitExceeded { .. } => Code::LimitExceeded,
            Self::PromptTooLong { .. } => Code::PromptTooLong,
            Self::TemplatesInvalid { .. } => Code::TemplatesInvalid,
            Self::InvalidLanguageTag => Code::InvalidLanguageTag,
            Self::InvalidArgument { .. } => Code::InvalidArgument,
        }
    }

    fn details(&self) -> Details {
        match *self {
            Self::LimitExceeded { what, value, limit } => {
                Details::none().with("what", what).with("value", value).with("limit", limit)
            }
            Self::PromptTooLong { tokens, limit } => {
                Details::none().with("tokens", tokens).with("limit", limit)
            }
            Self::TemplatesInvalid { reason } => Details::none().with("reason", reason),
            Self::InvalidLanguageTag => Details::none(),
            Self::InvalidArgument { what, reason } => {
                Details::none().with("what", what).with("reason", reason)
            }
        }
    }
}
