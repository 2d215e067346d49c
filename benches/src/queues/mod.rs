//! Bounded queues between threads: how many values a second pass, and what a push costs whoever makes it.
//!
//! Producers push one value at a time, as keystrokes come, and try again when the queue is full; the consumer takes up
//! to a batch at a time with whatever its queue has for that. Everybody waits in the same way, by spinning a little and
//! then yielding, except where the section is about sleeping. That each value arrives once is checked.

mod contenders;
mod latency;
mod throughput;

use anyhow::Result;

use crate::plan::Plan;

/// The edit pipeline's ring has as many.
const CAPACITY: usize = 1024;

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    let mut body = HEAD.to_owned();
    body += "\n### Throughput\n\n";
    body += &throughput::measure(plan)?;
    body += "\n### One push\n\n";
    body += &latency::pushes(plan)?;
    body += "\n### There and back between two threads that sleep\n\n";
    body += &latency::round_trips(plan)?;
    Ok(body + NOTES)
}

const HEAD: &str = "Queues for 1,024 values of 48 bytes, medians of interleaved rounds.\n";

const NOTES: &str = "
- ArrayQueue and rtrb have nothing that wakes a sleeping consumer and nothing that closes; the others pay for both with \
each push. ArrayQueue and crossbeam-channel also serve many consumers.
- More threads than processors: a producer or consumer that loses its processor keeps the others of its queue waiting, \
which makes the wall time of single rounds jump.
";
