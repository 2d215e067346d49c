//! What a run wants done, and what the app sees of it.

use std::fmt;
use std::time::Duration;

use crate::model::Usage;

use super::{Cause, Outcome};

/// What the driver of a run has to do, in order.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Begin attempt number `attempt`: pass the candidate's gate, write the send log, send. Say
    /// [`sent`](super::Run::sent) or [`unsent`](super::Run::unsent).
    Start {
        /// Names the attempt in what is told to the run; from 1, over all candidates.
        attempt: u32,
        /// Whom to ask.
        candidate: usize,
        /// Whether on a new connection, even where a kept one is open.
        on_new_connection: bool,
    },
    /// Drop the attempt: its response, its place in a queue, its call at a host model.
    Stop {
        /// Which one.
        attempt: u32,
    },
    /// Show this.
    Emit(RunEvent),
    /// Keep this: it belongs at byte `offset` of the run's text.
    Append {
        /// Bytes of the text that were handed out before.
        offset: u64,
        /// More of it.
        text: Kept,
    },
    /// The run is over: keep how it ended, and show it. Nothing follows.
    End(Box<Outcome>),
}

/// A piece of text on its way to the store. Debug output tells its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept(pub(super) String);

impl Kept {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("bytes", &self.0.len()).finish()
    }
}

/// What the app sees of a run before its end. Texts are merged: at most 30 pieces a second, or one for every 256
/// characters. Debug output tells lengths, never texts.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum RunEvent {
    /// The answer begins; comes once, before all content.
    Started {
        /// Who answers.
        candidate: usize,
        /// The model as the provider names it, where it does.
        model: Option<String>,
    },
    /// More of the answer.
    Text(String),
    /// More of the reasoning, which is not part of the answer.
    Reasoning(String),
    /// A part of a call that the model wants made.
    ToolCall {
        /// Which call of this answer, from 0.
        index: u32,
        /// The provider's id of the call, in the piece that begins it.
        id: Option<String>,
        /// The tool, in the piece that begins the call.
        name: Option<String>,
        /// More of the arguments; may be empty.
        arguments: String,
    },
    /// What the call has used so far.
    Usage(Usage),
    /// The connection lives; at most one a second.
    Heartbeat,
    /// The same model will be asked again.
    Retry {
        /// Whom.
        candidate: usize,
        /// In what time.
        after: Duration,
        /// Why.
        cause: Cause,
    },
    /// Another model is asked.
    Fallback {
        /// Whom.
        candidate: usize,
        /// Why not the one before.
        cause: Cause,
    },
}

impl fmt::Debug for RunEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunEvent::Started { candidate, model } => f
                .debug_struct("Started")
                .field("candidate", candidate)
                .field("names_model", &model.is_some())
                .finish(),
            RunEvent::Text(text) => f.debug_struct("Text").field("bytes", &text.len()).finish(),
            RunEvent::Reasoning(text) => f.debug_struct("Reasoning").field("bytes", &text.len()).finish(),
            RunEvent::ToolCall { index, name, arguments, .. } => f
                .debug_struct("ToolCall")
                .field("index", index)
                .field("begins", &name.is_some())
                .field("bytes", &arguments.len())
                .finish(),
            RunEvent::Usage(usage) => f.debug_tuple("Usage").field(usage).finish(),
            RunEvent::Heartbeat => f.write_str("Heartbeat"),
            RunEvent::Retry { candidate, after, cause } => f
                .debug_struct("Retry")
                .field("candidate", candidate)
                .field("after", after)
                .field("cause", cause)
                .finish(),
            RunEvent::Fallback { candidate, cause } => {
                f.debug_struct("Fallback").field("candidate", candidate).field("cause", cause).finish()
            }
        }
    }
}
