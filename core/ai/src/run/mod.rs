//! One run: from what is asked to exactly one end, over retries, other models, cancels and kills. What is decided is
//! decided here, without a network or a clock; [`driver`](crate::driver) does it.
//!
//! | Part | What it does |
//! | --- | --- |
//! | [`Run`] | decides: which model, which attempt, when to give up; it is told the time and touches no network |
//! | [`Action`], [`RunEvent`], [`Outcome`] | what it wants done, what the app sees, how it ended |
//! | [`Timers`] | how long each part may take |
//! | [`RunStore`], [`RunJournal`] | where a run is kept, so that a killed one reads back as interrupted with its text |
//! | [`RunRecord`] | a kept run, and its bytes |
//! | [`continuation`], [`OverlapTrim`] | how an interrupted answer goes on without saying anything twice |
//!
//! A run asks its candidates in order, each only where the text may travel to, where it fits and what it may cost is
//! reserved. It asks again only before the first content: what was shown is neither said nor paid for twice. Whatever
//! happens, one [`Action::End`] comes and nothing after it; until then [`Run::wake_at`] always names a moment.

mod action;
mod candidate;
mod cause;
mod continuing;
mod delivery;
mod encoding;
mod expiry;
mod holding;
mod journal;
mod machine;
mod outcome;
mod overlap;
mod partial;
mod record;
mod start;
mod store;
#[cfg(test)]
mod tests;
mod timers;

pub use action::{Action, Kept, RunEvent};
pub use candidate::{Candidate, Plan, Services};
pub use cause::{Cause, Unsent};
pub use continuing::continuation;
pub use journal::RunJournal;
pub use machine::Run;
pub use outcome::{Outcome, RunEnd};
pub use overlap::{OVERLAP_MOST, OverlapTrim};
pub use record::{RunHead, RunRecord, RunState, RunTail};
pub use store::{KeptRun, RunError, RunStore};
pub use timers::Timers;
