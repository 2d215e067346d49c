//! What happens when time passes.

use crate::resilience::Moment;
use crate::stream::{Failure, FailureClass};

use super::cause::Cause;
use super::machine::{Open, Phase, Run};
use super::outcome::RunEnd;

impl Run {
    /// When [`expire`](Self::expire) is to be called, if nothing happens before; [`None`] before the beginning and after the
    /// end.
    pub fn wake_at(&self) -> Option<Moment> {
        let whole = self.began.after(self.timers.whole);
        let phase = match self.phase {
            Phase::Ready | Phase::Ended => return None,
            Phase::Waiting { until, .. } => until,
            Phase::Starting => self.began.after(self.timers.start),
            Phase::Open(_) if self.held_since.is_some() => whole,
            Phase::Open(open) => self.expected(&open).0,
        };
        let first = [self.delivery.wake_at(), self.partial.wake_at()].into_iter().flatten().min();
        Some(first.map_or(phase, |first| first.min(phase)).min(whole))
    }

    /// Time has passed. Before [`wake_at`](Self::wake_at) this does nothing.
    pub fn expire(&mut self, now: Moment) {
        if matches!(self.phase, Phase::Ready | Phase::Ended) {
            return;
        }
        if now >= self.began.after(self.timers.whole) {
            return self.end_of_time(now);
        }
        match self.phase {
            Phase::Waiting { until, on_new_connection } if until <= now => {
                if now > self.began.after(self.timers.start) {
                    // The device slept through the wait.
                    let cause = self.last_cause.unwrap_or(Cause::Late);
                    return self.fail(cause, None, now);
                }
                self.start_again(on_new_connection, now);
            }
            Phase::Starting if self.began.after(self.timers.start) <= now => {
                self.stop_attempt();
                return self.fail(Cause::Late, None, now);
            }
            Phase::Open(open) if self.held_since.is_none() => {
                let (at, word) = self.expected(&open);
                if at <= now {
                    self.stop_attempt();
                    let class = match self.content_shown {
                        true => FailureClass::Interrupted,
                        false => FailureClass::Connection,
                    };
                    return self.attempt_failed(Failure::new(class).with_provider_word(word), true, now);
                }
            }
            _ => {}
        }
        self.flush(now);
    }

    /// By when an attempt has to say something, and what it is that did not come.
    fn expected(&self, open: &Open) -> (Moment, &'static str) {
        let reasoning = self
            .asked
            .as_ref()
            .and_then(|asked| self.candidates.get(asked.number))
            .is_some_and(|candidate| candidate.reasoning);
        let content = match open.content {
            Some(last) => (last.after(self.timers.gap), "content_stalled"),
            None if reasoning => (open.sent.after(self.timers.first_content_reasoning), "no_content"),
            None => (open.sent.after(self.timers.first_content), "no_content"),
        };
        let silence = (open.heard.after(self.timers.silence), "transport_silent");
        let connect = (open.sent.after(self.timers.connect), "not_connected");
        let first = if silence.0 < content.0 { silence } else { content };
        if !open.connected && connect.0 < first.0 { connect } else { first }
    }

    /// The run took too long as a whole. That says nothing of the endpoint.
    fn end_of_time(&mut self, now: Moment) {
        self.stop_attempt();
        let class = if self.content_shown { FailureClass::Interrupted } else { FailureClass::Connection };
        let cause = Cause::Call(Failure::new(class).with_provider_word("run_too_long"));
        if self.content_shown {
            let resumable = self.is_resumable();
            self.end(RunEnd::Interrupted { cause, resumable }, now);
        } else {
            self.fail(cause, None, now);
        }
    }
}
