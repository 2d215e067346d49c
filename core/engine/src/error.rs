//! The one error that consumers of the engine see.

use thiserror::Error;
use writemagic_ai::foreign::ForeignError;
use writemagic_ai::ledger::LedgerError;
use writemagic_ai::model::ProviderError;
use writemagic_ai::{proposal, run, task};
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
    /// A provider that cannot be as described.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// No provider of this library has this name.
    #[error("no such provider")]
    ProviderNotFound,
    /// Runs of models.
    #[error(transparent)]
    Run(#[from] run::RunError),
    /// What calls cost, and the caps.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A task that cannot become a prompt.
    #[error(transparent)]
    Task(#[from] task::Error),
    /// Proposals.
    #[error(transparent)]
    Proposal(#[from] proposal::Error),
    /// What a prompt is made of.
    #[error(transparent)]
    Context(#[from] ForeignError),
    /// The operation's thread could not be started, or it panicked.
    #[error("the operation ended without a result")]
    OperationLost,
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Error::Storage(error) => error.code(),
            Error::Pattern(error) => error.code(),
            Error::Provider(error) => error.code(),
            Error::Run(error) => error.code(),
            Error::Ledger(error) => error.code(),
            Error::Task(error) => error.code(),
            Error::Proposal(error) => error.code(),
            Error::Context(error) => error.code(),
            Error::ProviderNotFound => Code::ProviderNotFound,
            Error::OperationLost => Code::Internal,
        }
    }

    fn details(&self) -> Details {
        match self {
            Error::Storage(error) => error.details(),
            Error::Pattern(error) => error.details(),
            Error::Provider(error) => error.details(),
            Error::Run(error) => error.details(),
            Error::Ledger(error) => error.details(),
            Error::Task(error) => error.details(),
            Error::Proposal(error) => error.details(),
            Error::Context(error) => error.details(),
            Error::ProviderNotFound | Error::OperationLost => Details::none(),
        }
    }
}
