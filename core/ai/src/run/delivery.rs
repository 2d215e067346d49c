//! Deltas merged to what an app can show.

use std::time::Duration;

use crate::estimate;
use crate::model::Usage;
use crate::resilience::Moment;
use crate::stream::ToolCallPiece;

use super::RunEvent;

/// The shortest time between two pieces: 30 a second.
const EVERY: Duration = Duration::from_nanos(1_000_000_000 / 30);
/// Characters that are delivered without waiting.
const AT_ONCE: usize = 256;
/// The shortest time between two heartbeats.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);

/// What waits for its delivery: pieces of one kind, merged, and the latest usage.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    pending: Option<RunEvent>,
    chars: usize,
    usage: Option<Usage>,
    last: Option<Moment>,
    last_heartbeat: Option<Moment>,
    ready: Vec<RunEvent>,
    tokens: u64,
}

impl Delivery {
    pub(super) fn text(&mut self, piece: &str) {
        if let Some(RunEvent::Text(text)) = &mut self.pending {
            text.push_str(piece);
        } else {
            self.begin(RunEvent::Text(piece.to_owned()));
        }
        self.count(piece);
    }

    pub(super) fn reasoning(&mut self, piece: &str) {
        if let Some(RunEvent::Reasoning(text)) = &mut self.pending {
            text.push_str(piece);
        } else {
            self.begin(RunEvent::Reasoning(piece.to_owned()));
        }
        self.count(piece);
    }

    pub(super) fn tool_call(&mut self, piece: ToolCallPiece<'_>) {
        match &mut self.pending {
            Some(RunEvent::ToolCall { index, arguments, .. })
                if *index == piece.index && piece.id.is_none() && piece.name.is_none() =>
            {
                arguments.push_str(piece.arguments);
            }
            _ => self.begin(RunEvent::ToolCall {
                index: piece.index,
                id: piece.id.map(str::to_owned),
                name: piece.name.map(str::to_owned),
                arguments: piece.arguments.to_owned(),
            }),
        }
        self.count(piece.arguments);
    }

    pub(super) fn usage(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    pub(super) fn heartbeat(&mut self, now: Moment) -> Option<RunEvent> {
        if self.last_heartbeat.is_some_and(|last| now.since(last) < HEARTBEAT_EVERY) {
            return None;
        }
        self.last_heartbeat = Some(now);
        Some(RunEvent::Heartbeat)
    }

    fn begin(&mut self, event: RunEvent) {
        self.complete();
        self.pending = Some(event);
    }

    fn count(&mut self, piece: &str) {
        self.chars += piece.chars().count();
        if self.chars >= AT_ONCE {
            self.complete();
        }
    }

    /// Nothing is added to the pending piece any more.
    fn complete(&mut self) {
        self.chars = 0;
        if let Some(event) = self.pending.take() {
            let text = match &event {
                RunEvent::Text(text) | RunEvent::Reasoning(text) => text.as_str(),
                RunEvent::ToolCall { arguments, .. } => arguments.as_str(),
                _ => "",
            };
            self.tokens = self.tokens.saturating_add(estimate::tokens(text));
            self.ready.push(event);
        }
    }

    /// When something is to be delivered next.
    pub(super) fn wake_at(&self) -> Option<Moment> {
        let waits = self.pending.is_some() || self.usage.is_some() || !self.ready.is_empty();
        let next = self.last.map_or(Moment::from_nanos(0), |last| last.after(EVERY));
        waits.then_some(if self.ready.is_empty() { next } else { Moment::from_nanos(0) })
    }

    /// What is due `now`, in order.
    pub(super) fn due(&mut self, now: Moment) -> Vec<RunEvent> {
        match self.wake_at() {
            Some(at) if at <= now => {
                // A piece that was filled does not take the next one along before its time.
                if self.last.is_none_or(|last| last.after(EVERY) <= now) {
                    return self.all(now);
                }
                self.last = Some(now);
                std::mem::take(&mut self.ready)
            }
            _ => Vec::new(),
        }
    }

    /// All of it.
    pub(super) fn all(&mut self, now: Moment) -> Vec<RunEvent> {
        self.complete();
        self.last = Some(now);
        let mut events = std::mem::take(&mut self.ready);
        events.extend(self.usage.take().map(RunEvent::Usage));
        events
    }

    /// About how many tokens were delivered.
    pub(super) fn tokens(&self) -> u64 {
        self.tokens
    }
}
