//! Why there is no table, and why there are no vectors.

use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::mapped::MapError;

/// A table that cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file is not there, cannot be read, or is not as it was written.
    #[error("the file of an embedding table cannot be used: {0}")]
    File(#[from] MapError),
    /// The image is not one, or contradicts itself.
    #[error("not a sound embedding table: {reason}, at byte {offset}")]
    Invalid {
        /// What is wrong.
        reason: &'static str,
        /// Where, in bytes from its start.
        offset: u64,
    },
    /// The image has a layout that this engine does not know.
    #[error("the embedding table has layout {found}; this engine knows layout {supported}")]
    WrongVersion {
        /// The layout's version.
        found: u32,
        /// The one that is read.
        supported: u32,
    },
}

impl Coded for TableError {
    fn code(&self) -> Code {
        match self {
            TableError::File(error) => match error {
                MapError::NotAFile
                | MapError::TooShort { .. }
                | MapError::WrongMagic
                | MapError::WrongVersion { .. }
                | MapError::HeaderDamaged
                | MapError::WrongKind
                | MapError::LengthDiffers { .. }
                | MapError::ChecksumDiffers => Code::EmbeddingTableInvalid,
                error => error.code(),
            },
            TableError::Invalid { .. } | TableError::WrongVersion { .. } => Code::EmbeddingTableInvalid,
        }
    }

    fn details(&self) -> Details {
        match self {
            TableError::File(error) => error.details(),
            TableError::Invalid { reason, offset } => {
                Details::none().with("reason", *reason).with("offset", *offset)
            }
            TableError::WrongVersion { found, supported } => {
                Details::none().with("found", u64::from(*found)).with("supported", u64::from(*supported))
            }
        }
    }
}

/// Texts that did not become vectors.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// More texts, longer ones, a longer name, or more dimensions than are taken. Nothing was done.
    #[error("{what} is {value}, and the limit is {limit}")]
    LimitExceeded {
        /// What is too large: a snake_case word of [`writemagic_shared::limits`].
        what: &'static str,
        /// The value that was given.
        value: u64,
        /// The largest value that is taken.
        limit: u64,
    },
    /// A name, a version or a number of dimensions that no model can have.
    #[error("{what} of a model is not valid: {reason}")]
    InvalidModel {
        /// Which.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The model says that it cannot: its words, known at compile time.
    #[error("the embedding model failed: {reason}")]
    Failed {
        /// Why.
        reason: &'static str,
    },
    /// The model panicked.
    #[error("the embedding model panicked")]
    Panicked,
    /// The model answered with more or fewer vectors than there were texts.
    #[error("the embedding model gave {found} vectors for {expected} texts")]
    WrongCount {
        /// Texts.
        expected: u64,
        /// Vectors.
        found: u64,
    },
    /// A vector is longer or shorter than the model says its vectors are.
    #[error("vector {index} has {found} dimensions instead of {expected}")]
    WrongLength {
        /// Which text, counted from 0.
        index: u64,
        /// The model's dimensions.
        expected: u64,
        /// The vector's.
        found: u64,
    },
    /// A vector has an infinity, or no number.
    #[error("vector {index} has a dimension that is not a finite number")]
    NotFinite {
        /// Which text, counted from 0.
        index: u64,
    },
    /// A vector of zeros, which has no direction.
    #[error("vector {index} is all zeros")]
    Zero {
        /// Which text, counted from 0.
        index: u64,
    },
}

impl Coded for EmbedError {
    fn code(&self) -> Code {
        match self {
            EmbedError::LimitExceeded { .. } => Code::LimitExceeded,
            EmbedError::InvalidModel { .. } => Code::InvalidArgument,
            _ => Code::EmbeddingFailed,
        }
    }

    fn details(&self) -> Details {
        let reason = |reason: &'static str| Details::none().with("reason", reason);
        match *self {
            EmbedError::LimitExceeded { what, value, limit } => {
                Details::none().with("what", what).with("value", value).with("limit", limit)
            }
            EmbedError::InvalidModel { what, reason } => {
                Details::none().with("what", what).with("reason", reason)
            }
            EmbedError::Failed { reason: why } => reason(why),
            EmbedError::Panicked => reason("panic"),
            EmbedError::WrongCount { expected, found } => {
                reason("count").with("expected", expected).with("found", found)
            }
            EmbedError::WrongLength { index, expected, found } => {
                reason("dimensions").with("index", index).with("expected", expected).with("found", found)
            }
            EmbedError::NotFinite { index } => reason("not finite").with("index", index),
            EmbedError::Zero { index } => reason("zero").with("index", index),
        }
    }
}
