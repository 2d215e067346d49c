//! The pieces of an answer.

use std::fmt;

use crate::model::Usage;

use super::Failure;

/// One piece of an answer, in the order in which it came. Debug output tells lengths, never texts.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The provider has begun to answer; comes once, before everything but [`Event::Heartbeat`].
    Started {
        /// The model as the provider names it, where it does.
        model: Option<&'a str>,
    },
    /// More of the answer; never empty.
    Text(&'a str),
    /// More of the reasoning that is not part of the answer; never empty.
    Reasoning(&'a str),
    /// A part of a call that the model wants made.
    ToolCall(ToolCallPiece<'a>),
    /// What the call has used so far: each figure is the whole since the start and never sinks.
    Usage(Usage),
    /// The connection lives, but brought nothing of the answer.
    Heartbeat,
    /// The last event; comes exactly once.
    End(End),
}

impl Event<'_> {
    /// Whether this is something that a user would see or pay for again: after it no attempt may start over.
    pub fn is_content(&self) -> bool {
        matches!(self, Event::Text(_) | Event::Reasoning(_) | Event::ToolCall(_))
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Started { model } => {
                f.debug_struct("Started").field("names_model", &model.is_some()).finish()
            }
            Event::Text(text) => f.debug_struct("Text").field("bytes", &text.len()).finish(),
            Event::Reasoning(text) => f.debug_struct("Reasoning").field("bytes", &text.len()).finish(),
            Event::ToolCall(piece) => f.debug_tuple("ToolCall").field(piece).finish(),
            Event::Usage(usage) => f.debug_tuple("Usage").field(usage).finish(),
            Event::Heartbeat => f.write_str("Heartbeat"),
            Event::End(end) => f.debug_tuple("End").field(end).finish(),
        }
    }
}

/// A part of one tool call. The first piece of an index names the tool; the arguments of all pieces of an index, joined,
/// are one JSON text. Debug output tells lengths, never texts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ToolCallPiece<'a> {
    /// Which call of this answer, from 0.
    pub index: u32,
    /// The provider's id of the call, in the piece that begins it.
    pub id: Option<&'a str>,
    /// The tool, in the piece that begins the call.
    pub name: Option<&'a str>,
    /// More of the arguments; may be empty.
    pub arguments: &'a str,
}

impl fmt::Debug for ToolCallPiece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolCallPiece")
            .field("index", &self.index)
            .field("begins", &self.name.is_some())
            .field("bytes", &self.arguments.len())
            .finish()
    }
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The provider said that the answer is whole as far as it goes, and why it stopped there.
    Finished(StopReason),
    /// It failed, was refused, or broke off without such a word.
    Failed(Failure),
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// It had said everything.
    Answered,
    /// It wrote one of the stop sequences.
    StopSequence,
    /// It reached the longest answer that was asked for, or that it can give.
    OutputLimit,
    /// Prompt and answer together filled the model's context.
    ContextFull,
    /// It waits for the result of a tool call.
    ToolCall,
    /// The provider paused a long answer, which can be continued.
    Paused,
    /// A reason that this version of the engine does not know.
    Other,
}

impl StopReason {
    /// A stable snake_case word.
    pub const fn name(self) -> &'static str {
        match self {
            StopReason::Answered => "answered",
            StopReason::StopSequence => "stop_sequence",
            StopReason::OutputLimit => "output_limit",
            StopReason::ContextFull => "context_full",
            StopReason::ToolCall => "tool_call",
            StopReason::Paused => "paused",
            StopReason::Other => "other",
        }
    }
}

/// Takes the events of one answer. Implemented for closures.
pub trait Sink {
    /// Takes one event; texts are gone when it returns.
    fn event(&mut self, event: Event<'_>);
}

impl<F: FnMut(Event<'_>)> Sink for F {
    fn event(&mut self, event: Event<'_>) {
        self(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::FailureClass;

    #[test]
    fn debug_output_tells_no_text() {
        let piece = ToolCallPiece { index: 1, id: Some("a"), name: Some("secret"), arguments: "secret" };
        let events = [
            Event::Started { model: Some("secret") },
            Event::Text("secret"),
            Event::Reasoning("secret"),
            Event::ToolCall(piece),
            Event::Usage(Usage::default()),
            Event::End(End::Failed(Failure::new(FailureClass::Offline))),
        ];
        let shown = format!("{events:?}");
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("Text { bytes: 6 }"), "{shown}");
    }

    #[test]
    fn content_is_what_cannot_be_taken_back() {
        assert!(Event::Text("a").is_content() && Event::Reasoning("a").is_content());
        assert!(!Event::Heartbeat.is_content() && !Event::Started { model: None }.is_content());
    }
}
