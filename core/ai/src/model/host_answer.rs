//! The way of a host model's answer into the engine: a sink that never blocks the host's thread, and its other end.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use writemagic_shared::limits::ANSWER_BYTES;

use crate::stream::{End, Event, Failure, FailureClass, Sink, StopReason};

use super::{HostError, Snapshots, Usage};

/// Takes the answer of a [`HostModel`](super::HostModel). Calls return at once, from any thread; what the engine has not
/// taken yet is merged. After an end, or when the engine wants no more, everything is ignored.
///
/// Dropped without an end it counts as interrupted.
pub struct HostSink {
    shared: Arc<Shared>,
    snapshots: Snapshots,
}

/// The engine's end of a [`HostSink`]. Dropping it makes the sink ignore the rest.
pub struct HostAnswer {
    shared: Arc<Shared>,
    spare: Vec<Piece>,
}

struct Shared {
    state: Mutex<State>,
    news: Notify,
}

#[derive(Default)]
struct State {
    pieces: Vec<Piece>,
    bytes: u64,
    ended: bool,
    unwanted: bool,
}

enum Piece {
    Text(String),
    Reasoning(String),
    Usage(Usage),
    End(End),
}

impl HostAnswer {
    /// Both ends of a new answer.
    pub fn channel() -> (HostSink, HostAnswer) {
        let shared = Arc::new(Shared { state: Mutex::default(), news: Notify::new() });
        let sink = HostSink { shared: Arc::clone(&shared), snapshots: Snapshots::default() };
        (sink, HostAnswer { shared, spare: Vec::new() })
    }

    /// Waits until there is something to take. May be dropped at any time.
    pub async fn wait(&self) {
        while self.shared.lock().pieces.is_empty() {
            self.shared.news.notified().await;
        }
    }

    /// Gives everything that has come to `sink`; returns whether the end was among it.
    pub fn drain(&mut self, sink: &mut dyn Sink) -> bool {
        std::mem::swap(&mut self.spare, &mut self.shared.lock().pieces);
        let mut ended = false;
        for piece in self.spare.drain(..) {
            match &piece {
                Piece::Text(text) => sink.event(Event::Text(text)),
                Piece::Reasoning(text) => sink.event(Event::Reasoning(text)),
                Piece::Usage(usage) => sink.event(Event::Usage(*usage)),
                Piece::End(end) => {
                    ended = true;
                    sink.event(Event::End(*end));
                }
            }
        }
        ended
    }
}

impl Drop for HostAnswer {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.unwanted = true;
        state.pieces = Vec::new();
    }
}

impl HostSink {
    /// More of the answer.
    pub fn text(&mut self, piece: &str) {
        self.append(piece, |pieces| match pieces.last_mut() {
            Some(Piece::Text(text)) => text.push_str(piece),
            _ => pieces.push(Piece::Text(piece.to_owned())),
        });
    }

    /// More of the reasoning.
    pub fn reasoning(&mut self, piece: &str) {
        self.append(piece, |pieces| match pieces.last_mut() {
            Some(Piece::Reasoning(text)) => text.push_str(piece),
            _ => pieces.push(Piece::Reasoning(piece.to_owned())),
        });
    }

    /// The whole answer so far, instead of [`text`](Self::text). One that does not go on from the last one ends the answer
    /// as [`HostError::AnswerChanged`].
    pub fn snapshot(&mut self, answer: &str) {
        let mut snapshots = std::mem::take(&mut self.snapshots);
        match snapshots.piece(answer) {
            Ok(piece) => self.text(piece),
            Err(_) => self.failed(HostError::AnswerChanged),
        }
        self.snapshots = snapshots;
    }

    /// What the answer has used so far.
    pub fn usage(&mut self, usage: Usage) {
        self.shared.change(|state| match state.pieces.last_mut() {
            Some(Piece::Usage(last)) => *last = usage,
            _ => state.pieces.push(Piece::Usage(usage)),
        });
    }

    /// The answer is whole.
    pub fn finished(&mut self, reason: StopReason) {
        self.end(End::Finished(reason));
    }

    /// The answer failed.
    pub fn failed(&mut self, error: HostError) {
        self.end(End::Failed(error.failure()));
    }

    /// Whether the engine wants no more; a host may stop then.
    pub fn is_unwanted(&self) -> bool {
        let state = self.shared.lock();
        state.unwanted || state.ended
    }

    fn append(&mut self, piece: &str, add: impl FnOnce(&mut Vec<Piece>)) {
        if piece.is_empty() {
            return;
        }
        let mut too_long = false;
        self.shared.change(|state| {
            state.bytes += piece.len() as u64;
            too_long = state.bytes > ANSWER_BYTES;
            if !too_long {
                add(&mut state.pieces);
            }
        });
        if too_long {
            self.end(End::Failed(
                Failure::new(FailureClass::Interrupted).with_provider_word("answer_too_long"),
            ));
        }
    }

    fn end(&mut self, end: End) {
        self.shared.change(|state| {
            state.ended = true;
            state.pieces.push(Piece::End(end));
        });
    }
}

impl Drop for HostSink {
    fn drop(&mut self) {
        self.end(End::Failed(Failure::new(FailureClass::Interrupted)));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state of an answer that goes on, and wakes the engine.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        if !state.ended && !state.unwanted {
            change(&mut state);
            drop(state);
            self.news.notify_one();
        }
    }
}

impl fmt::Debug for HostSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostSink").finish_non_exhaustive()
    }
}

impl fmt::Debug for HostAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostAnswer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn drained(answer: &mut HostAnswer) -> Vec<String> {
        let mut events = Vec::new();
        answer.drain(&mut |event: Event<'_>| {
            events.push(match event {
                Event::Text(text) => format!("text {text}"),
                Event::Reasoning(text) => format!("reasoning {text}"),
                other => format!("{other:?}"),
            });
        });
        events
    }

    #[test]
    fn pieces_that_were_not_taken_yet_are_merged_and_nothing_follows_an_end() {
        let (mut sink, mut answer) = HostAnswer::channel();
        sink.reasoning("Hm");
        sink.text("It ");
        sink.text("rained.");
        sink.text("");
        assert_eq!(drained(&mut answer), ["reasoning Hm", "text It rained."]);
        sink.text(" Then");
        sink.finished(StopReason::Answered);
        sink.text("more");
        sink.failed(HostError::Other);
        assert!(sink.is_unwanted());
        drop(sink);
        assert_eq!(drained(&mut answer), ["text  Then", "End(Finished(Answered))"]);
        assert!(drained(&mut answer).is_empty());
    }

    #[test]
    fn snapshots_become_pieces() {
        let (mut sink, mut answer) = HostAnswer::channel();
        sink.snapshot("It");
        assert_eq!(drained(&mut answer), ["text It"]);
        sink.snapshot("It rained.");
        sink.snapshot("It snowed.");
        let events = drained(&mut answer);
        assert_eq!(events[0], "text  rained.");
        assert!(events[1].contains("Interrupted") && events[1].contains("answer_changed"), "{events:?}");
    }

    #[test]
    fn a_host_that_goes_away_interrupts_its_answer() {
        let (mut sink, mut answer) = HostAnswer::channel();
        sink.text("It");
        drop(sink);
        assert!(drained(&mut answer)[1].contains("Interrupted"));
    }

    #[test]
    fn an_answer_may_be_as_long_as_the_limit() {
        let limit = usize::try_from(ANSWER_BYTES).unwrap();
        let (mut sink, mut answer) = HostAnswer::channel();
        sink.text(&"a".repeat(limit));
        assert!(!sink.is_unwanted());
        sink.text("a");
        assert!(sink.is_unwanted());
        let events = drained(&mut answer);
        assert_eq!(events[0].len(), "text ".len() + limit);
        assert!(events[1].contains("answer_too_long"));
    }

    #[tokio::test]
    async fn waiting_ends_when_something_comes_even_from_another_thread() {
        let (mut sink, mut answer) = HostAnswer::channel();
        let host = std::thread::spawn(move || {
            sink.text("It");
            sink.finished(StopReason::Answered);
        });
        let mut events = Vec::new();
        while !events.iter().any(|event: &String| event.starts_with("End")) {
            answer.wait().await;
            events.extend(drained(&mut answer));
        }
        host.join().unwrap();
        assert_eq!(events.last().unwrap(), "End(Finished(Answered))");
    }

    #[test]
    fn what_is_unwanted_is_not_kept() {
        let (mut sink, answer) = HostAnswer::channel();
        drop(answer);
        sink.text("It");
        assert!(sink.is_unwanted());
        assert!(sink.shared.lock().pieces.is_empty());
    }
}
