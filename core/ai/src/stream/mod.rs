//! What an answer says while it comes in, in no provider's own words, and how it can fail.
//!
//! Decoders of the wires and host models make these [`Event`]s; the run reads them. A text is borrowed for
//! the length of one call, so that a long answer costs no allocation a piece. Numbers are cumulative, texts are pieces:
//! whoever makes an event has already turned the provider's habit into that.

mod event;
mod failure;

pub use event::{End, Event, Sink, StopReason, ToolCallPiece};
pub use failure::{Failure, FailureClass};
