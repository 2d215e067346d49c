//! How long each part of a run may take.

use std::time::Duration;

/// How long each part of a run may take. Only content ends the waits for content: pings do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// From sending to a connection: 10 s.
    pub connect: Duration,
    /// From sending to the first content: 30 s.
    pub first_content: Duration,
    /// The same for models that think before they answer: 120 s.
    pub first_content_reasoning: Duration,
    /// Between two pieces of content, and from the last one to the end: 20 s.
    pub gap: Duration,
    /// Without a sign of life of any kind, pings included: 60 s.
    pub silence: Duration,
    /// The whole run, over all attempts: 10 min.
    pub whole: Duration,
    /// From the run's start to the start of its last attempt: 90 s
    /// ([`START_DEADLINE`](crate::resilience::START_DEADLINE)).
    pub start: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_content: Duration::from_secs(30),
            first_content_reasoning: Duration::from_secs(120),
            gap: Duration::from_secs(20),
            silence: Duration::from_secs(60),
            whole: Duration::from_secs(600),
            start: crate::resilience::START_DEADLINE,
        }
    }
}
