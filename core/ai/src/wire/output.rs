//! What every wire's decoder says, kept to the rules of the neutral stream.

use writemagic_shared::limits::ANSWER_BYTES;

use crate::model::Usage;
use crate::stream::{End, Event, Failure, FailureClass, Sink, StopReason, ToolCallPiece};

/// How far an answer is.
#[derive(Debug, Default)]
pub(super) struct Progress {
    started: bool,
    /// Whether content has come, after which no attempt may start over.
    content: bool,
    /// What the provider said about the end, which may come before the end of the stream.
    verdict: Option<End>,
    usage: Usage,
    bytes: u64,
    ended: bool,
}

/// Where a decoder puts its events.
pub(super) struct Output<'s> {
    pub(super) progress: &'s mut Progress,
    pub(super) sink: &'s mut dyn Sink,
}

impl Progress {
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }
}

impl Output<'_> {
    pub(super) fn is_ended(&self) -> bool {
        self.progress.ended
    }

    fn put(&mut self, event: Event<'_>) {
        if !self.progress.ended {
            self.sink.event(event);
        }
    }

    pub(super) fn heartbeat(&mut self) {
        self.put(Event::Heartbeat);
    }

    /// The provider has begun; only the first call counts.
    pub(super) fn started(&mut self, model: Option<&str>) {
        if !self.progress.started {
            self.progress.started = true;
            self.put(Event::Started { model });
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.content(text.len()) && !text.is_empty() {
            self.put(Event::Text(text));
        }
    }

    pub(super) fn reasoning(&mut self, text: &str) {
        if self.content(text.len()) && !text.is_empty() {
            self.put(Event::Reasoning(text));
        }
    }

    pub(super) fn tool_call(&mut self, piece: ToolCallPiece<'_>) {
        if self.content(piece.arguments.len().max(1)) {
            self.put(Event::ToolCall(piece));
        }
    }

    /// Counts content; whether there is room for it.
    fn content(&mut self, bytes: usize) -> bool {
        if bytes > 0 && !self.progress.ended {
            self.started(None);
            self.progress.content = true;
            self.progress.bytes += bytes as u64;
            if self.progress.bytes > ANSWER_BYTES {
                self.broken("answer_too_long");
            }
        }
        !self.progress.ended
    }

    /// Figures that the provider reports, in whatever order and however often: the largest of each stands.
    pub(super) fn usage(&mut self, reported: Usage) {
        let mut usage = self.progress.usage;
        usage.input_tokens = usage.input_tokens.max(reported.input_tokens);
        usage.cache_read_tokens = usage.cache_read_tokens.max(reported.cache_read_tokens);
        usage.cache_write_tokens = usage.cache_write_tokens.max(reported.cache_write_tokens);
        usage.output_tokens = usage.output_tokens.max(reported.output_tokens);
        usage.reasoning_tokens = usage.reasoning_tokens.max(reported.reasoning_tokens);
        if usage != self.progress.usage {
            self.progress.usage = usage;
            self.put(Event::Usage(usage));
        }
    }

    /// What the provider says about the end; a failure stands against a later success.
    pub(super) fn verdict(&mut self, end: End) {
        if !matches!(self.progress.verdict, Some(End::Failed(_))) {
            self.progress.verdict = Some(end);
        }
    }

    pub(super) fn stopped(&mut self, reason: StopReason) {
        self.verdict(End::Finished(reason));
    }

    pub(super) fn refused(&mut self) {
        self.verdict(End::Failed(Failure::new(FailureClass::Refused)));
    }

    /// The stream is over as the provider ends streams: the verdict, or what its absence means.
    pub(super) fn close(&mut self) {
        self.broke_off(Failure::new(FailureClass::Connection));
    }

    /// The stream is over for another reason: the connection broke, or the provider reports an error in it. A verdict stands
    /// all the same.
    pub(super) fn broke_off(&mut self, failure: Failure) {
        let end = self.progress.verdict.unwrap_or(End::Failed(failure));
        self.end(end);
    }

    /// The stream is not what its wire says.
    pub(super) fn broken(&mut self, word: &'static str) {
        self.broke_off(Failure::new(FailureClass::Unavailable).with_provider_word(word));
    }

    fn end(&mut self, end: End) {
        use FailureClass::{Cancelled, Interrupted, Refused};
        let end = match end {
            // What had come would be said and paid for twice: such a failure is an interruption, whatever else it is.
            End::Failed(failure)
                if self.progress.content && !matches!(failure.class, Cancelled | Refused) =>
            {
                End::Failed(Failure { class: Interrupted, ..failure })
            }
            end => end,
        };
        self.put(Event::End(end));
        self.progress.ended = true;
    }
}
