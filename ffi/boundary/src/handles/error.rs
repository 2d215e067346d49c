//! Why a handle was refused.

use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};

use crate::guard::Place;

/// Why a handle was refused. Types are named as their tables are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HandleError {
    /// The number is 0.
    #[error("a handle of a {expected} is null")]
    Null {
        /// The type that was asked for.
        expected: &'static str,
    },
    /// No copy of the library gives out this number, or this one has not yet.
    #[error("not a handle of a {expected}, nor of anything else")]
    Forged {
        /// The type that was asked for.
        expected: &'static str,
    },
    /// Another copy of the library gave the handle out, perhaps in an earlier life of the process.
    #[error("the handle of a {expected} is of another copy of the library")]
    Foreign {
        /// The type that was asked for.
        expected: &'static str,
    },
    /// The handle is of an object of another type.
    #[error("a handle of a {found} was passed for one of a {expected}")]
    WrongType {
        /// The type that was asked for.
        expected: &'static str,
        /// The type that the handle is of.
        found: &'static str,
    },
    /// The object was closed.
    #[error("the {kind} is closed")]
    Closed {
        /// The object's type.
        kind: &'static str,
    },
    /// The object was closed, and calls that began before are still running.
    #[error("the {kind} is being closed")]
    Closing {
        /// The object's type.
        kind: &'static str,
    },
    /// A call panicked while it worked with the object, which nobody knows the state of since. It can be closed.
    #[error("the {kind} cannot be used since a panic at {}", place_of(.place))]
    Poisoned {
        /// The object's type.
        kind: &'static str,
        /// Where the first panic was, if it is known.
        place: Option<Place>,
    },
    /// The table, or the list of types, is full.
    #[error("no more than {limit} of these at a time: {what}")]
    TooManyObjects {
        /// The type whose table is full.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
    /// More calls work with one object than anybody counts.
    #[error("no more than {limit} calls at a time with one {kind}")]
    TooManyCalls {
        /// The object's type.
        kind: &'static str,
        /// How many there may be.
        limit: u64,
    },
}

fn place_of(place: &Option<Place>) -> String {
    place.as_ref().map_or_else(|| "an unknown place".to_owned(), Place::to_string)
}

impl Coded for HandleError {
    fn code(&self) -> Code {
        match self {
            Self::Null { .. } => Code::HandleNull,
            Self::Forged { .. } => Code::HandleForged,
            Self::Foreign { .. } => Code::HandleForeign,
            Self::WrongType { .. } => Code::HandleWrongType,
            Self::Closed { .. } => Code::HandleClosed,
            Self::Closing { .. } => Code::HandleClosing,
            Self::Poisoned { .. } => Code::ObjectPoisoned,
            Self::TooManyObjects { .. } => Code::TooManyObjects,
            Self::TooManyCalls { .. } => Code::TooManyCalls,
        }
    }

    fn details(&self) -> Details {
        let details = Details::none();
        match *self {
            Self::Null { expected } | Self::Forged { expected } | Self::Foreign { expected } => {
                details.with("expected", expected)
            }
            Self::WrongType { expected, found } => details.with("expected", expected).with("found", found),
            Self::Closed { kind } | Self::Closing { kind } | Self::Poisoned { kind, .. } => {
                details.with("what", kind)
            }
            Self::TooManyObjects { what, limit } | Self::TooManyCalls { kind: what, limit } => {
                details.with("what", what).with("limit", limit)
            }
        }
    }
}
