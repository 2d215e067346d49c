//! What stands still for a while: nobody reads, text is held back, the app is paused.

use crate::resilience::Moment;
use crate::stream::{Failure, FailureClass};

use super::cause::Cause;
use super::machine::{Phase, Run};
use super::outcome::RunEnd;

impl Run {
    /// Nobody takes what came, so the driver reads no further. Until [`resume_reading`](Self::resume_reading) silence says
    /// nothing of the provider; the run as a whole still has its end.
    pub fn hold_reading(&mut self, now: Moment) {
        self.held_since.get_or_insert(now);
    }

    /// The driver reads on: the time since [`hold_reading`](Self::hold_reading) does not count as silence.
    pub fn resume_reading(&mut self, now: Moment) {
        let Some(since) = self.held_since.take() else { return };
        let held = now.since(since);
        if let Phase::Open(open) = &mut self.phase {
            for moment in [&mut open.sent, &mut open.heard].into_iter().chain(&mut open.content) {
                // What began while it was held waited for less.
                *moment = moment.after(held).min(now);
            }
        }
    }

    /// Content came that the driver cannot show yet: no attempt may start over any more.
    pub fn content_held_back(&mut self, attempt: u32, now: Moment) {
        if let Some(open) = self.open(attempt) {
            open.connected = true;
            open.heard = now;
            open.accepted = true;
            self.content(now);
            self.flush(now);
        }
    }

    /// The app goes to the background, where its connections die: stops the run so that it can be gone on with, whatever it
    /// is doing. Nothing counts against anybody. Before the first content it is as if it were cancelled.
    pub fn pause(&mut self, now: Moment) {
        if self.phase == Phase::Ended {
            return;
        }
        self.stop_attempt();
        let end = if self.content_shown {
            let paused = Failure::new(FailureClass::Cancelled).with_provider_word("paused");
            RunEnd::Interrupted { cause: Cause::Call(paused), resumable: self.is_resumable() }
        } else {
            RunEnd::Cancelled
        };
        self.end(end, now);
    }
}
