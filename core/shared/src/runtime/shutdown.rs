//! Ending in order, each step within its time, and saying how far it came.
//!
//! A process may be killed at any instant without losing what was acknowledged; a shutdown is for what is better done
//! before: cancel long work, save what was typed, write heads, close files. The system grants a few seconds for it, so
//! a step that hangs (a dead network share) must not keep the later ones from their turn.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Steps that run one after the other, each with a deadline.
///
/// ```
/// use std::time::Duration;
/// use writemagic_shared::runtime::{Shutdown, StepOutcome};
///
/// let report = Shutdown::new()
///     .step("stop taking work", Duration::from_secs(1), || Ok(()))
///     .step("save", Duration::from_secs(5), || Err("disk full".into()))
///     .run();
/// assert_eq!(report.steps[0].outcome, StepOutcome::Completed);
/// assert_eq!(report.steps[1].outcome, StepOutcome::Failed);
/// assert!(!report.is_complete());
/// ```
#[derive(Default)]
#[must_use = "a shutdown does nothing until `run`"]
pub struct Shutdown {
    steps: Vec<Step>,
}

struct Step {
    name: &'static str,
    within: Duration,
    work: Work,
}

type Work = Box<dyn FnOnce() -> Result<(), Box<dyn std::error::Error + Send + Sync>> + Send>;

/// What became of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepOutcome {
    /// It did its work.
    Completed,
    /// It returned an error.
    Failed,
    /// Its time was over; it goes on alone, beside the later steps.
    TimedOut,
    /// It panicked, or no thread could be started for it.
    Lost,
}

/// One step of a [`ShutdownReport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepReport {
    /// The step's name.
    pub name: &'static str,
    /// What became of it.
    pub outcome: StepOutcome,
    /// How long it was waited for.
    pub took: Duration,
}

/// How far a shutdown came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Every step, in order.
    pub steps: Vec<StepReport>,
}

impl ShutdownReport {
    /// Whether every step did its work.
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| step.outcome == StepOutcome::Completed)
    }
}

impl Shutdown {
    /// A shutdown without steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step behind the others. `within` is waited for it at most; its errors are reported as
    /// [`StepOutcome::Failed`], so a step that knows more tells it elsewhere.
    pub fn step(
        mut self,
        name: &'static str,
        within: Duration,
        work: impl FnOnce() -> Result<(), Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
    ) -> Self {
        self.steps.push(Step { name, within, work: Box::new(work) });
        self
    }

    /// Runs the steps in order, each on a thread of its own. Returns after the sum of their deadlines at the latest.
    pub fn run(self) -> ShutdownReport {
        ShutdownReport { steps: self.steps.into_iter().map(Step::run).collect() }
    }
}

impl Step {
    fn run(self) -> StepReport {
        let Self { name, within, work } = self;
        let start = Instant::now();
        let (done, ended) = sync_channel(1);
        let spawned = thread::Builder::new().name("writemagic-shutdown".into()).spawn(move || {
            let result = work();
            // Nobody waits any more when the deadline has passed.
            let _ = done.send(result.is_ok());
        });
        let outcome = match spawned.map(|_| ended.recv_timeout(within)) {
            Ok(Ok(true)) => StepOutcome::Completed,
            Ok(Ok(false)) => StepOutcome::Failed,
            Ok(Err(RecvTimeoutError::Timeout)) => StepOutcome::TimedOut,
            Ok(Err(RecvTimeoutError::Disconnected)) | Err(_) => StepOutcome::Lost,
        };
        StepReport { name, outcome, took: start.elapsed() }
    }
}

impl std::fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.steps.iter().map(|step| (step.name, step.within))).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::sync::{Arc, Mutex};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn steps_run_in_order_and_a_failure_does_not_keep_the_later_ones() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let note = |name: &'static str, result: Result<(), &'static str>| {
            let order = Arc::clone(&order);
            move || {
                order.lock().unwrap().push(name);
                result.map_err(Into::into)
            }
        };
        let report = Shutdown::new()
            .step("first", LONG, note("first", Ok(())))
            .step("second", LONG, note("second", Err("no")))
            .step("third", LONG, note("third", Ok(())))
            .run();
        assert_eq!(*order.lock().unwrap(), ["first", "second", "third"]);
        let outcomes: Vec<_> = report.steps.iter().map(|step| step.outcome).collect();
        assert_eq!(outcomes, [StepOutcome::Completed, StepOutcome::Failed, StepOutcome::Completed]);
        assert!(!report.is_complete());
        assert!(Shutdown::new().run().is_complete());
    }

    #[test]
    fn a_step_that_hangs_is_left_behind_and_the_next_has_its_turn() {
        let (release, held) = channel::<()>();
        let report = Shutdown::new()
            .step("hangs", Duration::from_millis(1), move || Ok(held.recv()?))
            .step("next", LONG, || Ok(()))
            .run();
        drop(release);
        assert_eq!(report.steps[0].outcome, StepOutcome::TimedOut);
        assert_eq!(report.steps[1].outcome, StepOutcome::Completed);
    }

    #[test]
    fn a_panic_is_a_lost_step() {
        // Resumed, not raised: no message of a panic that is meant stands in the test's output.
        let report = Shutdown::new().step("panics", LONG, || std::panic::resume_unwind(Box::new(()))).run();
        assert_eq!(report.steps[0].outcome, StepOutcome::Lost);
    }
}
