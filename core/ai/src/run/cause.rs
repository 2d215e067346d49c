//! Why a run ended before its answer did.

use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};

use crate::key::KeyError;
use crate::ledger::BudgetExceeded;
use crate::privacy::{CeilingRefusal, MaskError};
use crate::resilience::{Class, Mark, QueueFull, Refusal};
use crate::stream::{Failure, FailureClass};
use crate::wire::RequestError;

/// Why a run failed or was interrupted. Holds no text.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Cause {
    /// The call failed.
    #[error(transparent)]
    Call(Failure),
    /// The text may not travel that far. Nothing was sent.
    #[error(transparent)]
    Ceiling(CeilingRefusal),
    /// It could cost more than is allowed. Nothing was sent.
    #[error(transparent)]
    Exceeded(BudgetExceeded),
    /// Prompt and answer do not fit into the model's context. Nothing was sent.
    #[error("prompt and answer are {needed} tokens, and the model's context is {context}")]
    NoRoom {
        /// Tokens of the prompt, estimated, and of the longest answer.
        needed: u64,
        /// Tokens of the model's context.
        context: u64,
    },
    /// The endpoint failed too often. Nothing was sent.
    #[error(transparent)]
    Breaker(Refusal),
    /// The provider is left alone after what it said earlier. Nothing was sent.
    #[error("the provider asked to be left alone, or waits for the user")]
    Marked(Mark),
    /// Too many calls wait for the provider.
    #[error(transparent)]
    Queue(QueueFull),
    /// There is no usable key.
    #[error(transparent)]
    Key(KeyError),
    /// No attempt could begin before the start deadline.
    #[error("the call waited too long for its turn")]
    Late,
    /// What must be written down before anything is sent could not be: ledger, journal, send log.
    #[error("the call could not be written down: {0}")]
    Store(Code),
    /// There is no model to ask.
    #[error("there is no model to ask")]
    NoModel,
    /// No model would take the request as it is. Nothing was sent.
    #[error(transparent)]
    Request(RequestError),
    /// What was to be masked could not be. Nothing was sent.
    #[error(transparent)]
    Mask(MaskError),
    /// The model is behind a network, and there is no transport. Nothing was sent.
    #[error("there is no transport to a network")]
    NoTransport,
    /// The engine itself failed.
    #[error("the engine failed")]
    Fault,
}

impl Coded for Cause {
    fn code(&self) -> Code {
        match self {
            Cause::Call(failure) => failure.code(),
            Cause::Ceiling(refusal) => refusal.code(),
            Cause::Exceeded(exceeded) => exceeded.code(),
            Cause::NoRoom { .. } => Code::ContextTooLong,
            Cause::Breaker(_) => Code::CircuitOpen,
            Cause::Marked(Mark::CoolingDown { .. }) => Code::RateLimited,
            Cause::Marked(Mark::OutOfQuota) => Code::QuotaExhausted,
            Cause::Marked(Mark::Disabled) => Code::CredentialRejected,
            Cause::Queue(_) | Cause::Late => Code::ProviderBusy,
            Cause::Key(error) => error.code(),
            Cause::Store(code) => *code,
            Cause::NoModel => Code::ModelUnavailable,
            Cause::Request(error) => error.code(),
            Cause::Mask(error) => error.code(),
            Cause::NoTransport => Code::TransportUnavailable,
            Cause::Fault => Code::Internal,
        }
    }

    fn details(&self) -> Details {
        match self {
            Cause::Call(failure) => failure.details(),
            Cause::Ceiling(refusal) => refusal.details(),
            Cause::Exceeded(exceeded) => exceeded.details(),
            Cause::NoRoom { needed, context } => {
                Details::none().with("needed_tokens", *needed).with("context_tokens", *context)
            }
            Cause::Queue(full) => Details::none().with("waiting", full.waiting),
            Cause::Key(error) => error.details(),
            Cause::Request(error) => error.details(),
            Cause::Mask(error) => error.details(),
            Cause::Breaker(_)
            | Cause::Marked(_)
            | Cause::Late
            | Cause::Store(_)
            | Cause::NoModel
            | Cause::NoTransport
            | Cause::Fault => Details::none(),
        }
    }
}

/// Why an attempt was not sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unsent {
    /// The provider's gate has no place: another candidate may be asked.
    Queue(QueueFull),
    /// There is no usable key: another candidate may be asked where the user allowed that.
    Key(KeyError),
    /// The send log or the journal could not be written: the run ends.
    Store(Code),
    /// The text may not travel that far: the run ends.
    Ceiling(CeilingRefusal),
    /// No model, or not this one, would take the request: the run ends.
    Request(RequestError),
    /// What was to be masked could not be: the run ends.
    Mask(MaskError),
    /// There is no transport: another candidate may be asked.
    NoTransport,
}

/// What resilience makes of a failure before the first content. A model that is not there is handled as an answer of
/// somebody else: nothing counts against the endpoint, and another may be asked.
pub(super) fn class_of(class: FailureClass) -> Class {
    match class {
        FailureClass::Offline => Class::Offline,
        FailureClass::StaleSocket => Class::StaleSocket,
        FailureClass::Connection => Class::Connection,
        FailureClass::Unavailable => Class::Server,
        FailureClass::RateLimited => Class::Throttled,
        FailureClass::Quota => Class::Quota,
        FailureClass::NotAStream | FailureClass::ModelUnavailable => Class::NotAStream,
        FailureClass::Credential | FailureClass::Certificate => Class::Credentials,
        FailureClass::Request => Class::Request,
        FailureClass::ContextTooLong => Class::ContextTooLong,
        FailureClass::Refused => Class::Refused,
        FailureClass::Interrupted => Class::BrokenStream,
        FailureClass::Cancelled => Class::Stopped,
    }
}
