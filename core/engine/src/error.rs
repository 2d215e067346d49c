//! The one error that consumers of the engine see.

use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::text::find::PatternError;

/// `Result` with the engine's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed: an error of one of the engine's parts. [`Coded::code`] is the same word whichever part it
/// came from.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The library, its documents or its search.
    #[error(transparent)]
    Storage(#[from] writemagic_storage::Error),
    /// A pattern that cannot be searched for.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The operation's thread could not be started, or it panicked.
    #[error("the operation ended without a result")]
    OperationLost,
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Error::Storage(error) => error.code(),
            Error::Pattern(error) => error.code(),
            Error::OperationLost => Code::Internal,
        }
    }

    fn details(&self) -> Details {
        match self {
            Error::Storage(error) => error.details(),
            Error::Pattern(error) => error.details(),
            Error::OperationLost => Details::none(),
        }
    }
}
