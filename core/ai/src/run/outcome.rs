//! How a run ended.

use std::fmt;

use crate::model::{Microdollars, Usage};
use crate::resilience::Moment;
use crate::stream::StopReason;

use super::Cause;

/// In which of the four ways a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RunEnd {
    /// The model said that it was done.
    Completed {
        /// Why it stopped there.
        reason: StopReason,
    },
    /// The answer broke off after content had come.
    Interrupted {
        /// Why.
        cause: Cause,
        /// Whether it makes sense to go on from the text: there is some, and neither a refusal nor a tool call cut it.
        resumable: bool,
    },
    /// The user or the app stopped it.
    Cancelled,
    /// No content came.
    Failed {
        /// Why: of the last model that was asked, else of the first that could not be.
        cause: Cause,
        /// From when on it may make sense again, where that is known.
        retry_at: Option<Moment>,
    },
}

/// The end of a run. Debug output tells the length of the text, not the text.
#[derive(Clone, PartialEq)]
pub struct Outcome {
    /// The way in which it ended.
    pub end: RunEnd,
    /// The answer as far as it came: whole if it completed.
    pub text: String,
    /// What was used, at the candidate that was asked last; [`None`] if nothing was.
    pub usage: Option<Usage>,
    /// What that cost, where the price is known.
    pub cost: Option<Microdollars>,
    /// The number of the candidate that was asked last, if one was.
    pub candidate: Option<usize>,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("end", &self.end)
            .field("bytes", &self.text.len())
            .field("usage", &self.usage)
            .field("cost", &self.cost)
            .field("candidate", &self.candidate)
            .finish()
    }
}
