//! What is wrong with an argument before the engine sees it.

use thiserror::Error;
use writemagic::{Code, Coded, Details};

/// An argument that no call of the Kotlin sources has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum ArgumentError {
    #[error("the argument {what} is null")]
    Null { what: &'static str },
    #[error("the argument {what} is {value}, which is below zero")]
    Negative { what: &'static str, value: i64 },
    #[error("the argument {what} names bytes outside of its buffer of {capacity}")]
    OutsideBuffer { what: &'static str, capacity: u64 },
    #[error("the argument {what} is not a direct buffer")]
    NotDirect { what: &'static str },
    #[error("the argument {what} has a lone surrogate at UTF-16 unit {index}")]
    LoneSurrogate { what: &'static str, index: u64 },
    #[error("{what} of {value} bytes does not fit into an array, which holds {limit}")]
    TooLong { what: &'static str, value: u64, limit: u64 },
    #[error("there is no memory for the {value} bytes of {what}")]
    NoMemory { what: &'static str, value: u64 },
}

impl Coded for ArgumentError {
    fn code(&self) -> Code {
        match self {
            Self::LoneSurrogate { .. } => Code::LoneSurrogate,
            Self::TooLong { .. } => Code::LimitExceeded,
            Self::NoMemory { .. } => Code::OutOfMemory,
            _ => Code::InvalidArgument,
        }
    }

    fn details(&self) -> Details {
        let details = Details::none();
        match *self {
            Self::Null { what } => details.with("what", what).with("reason", "null"),
            Self::NotDirect { what } => details.with("what", what).with("reason", "not_direct"),
            Self::Negative { what, value } => details.with("what", what).with("value", value),
            Self::OutsideBuffer { what, capacity } => details.with("what", what).with("limit", capacity),
            Self::LoneSurrogate { what, index } => details.with("what", what).with("index", index),
            Self::TooLong { what, value, limit } => {
                details.with("what", what).with("value", value).with("limit", limit)
            }
            Self::NoMemory { what, value } => details.with("what", what).with("value", value),
        }
    }
}

/// A number that must not be below zero.
pub(crate) fn unsigned(value: i64, what: &'static str) -> Result<u64, ArgumentError> {
    u64::try_from(value).map_err(|_| ArgumentError::Negative { what, value })
}
