//! Ctrl-C: the first one stops work cleanly where there is work that can be stopped, the next one ends the process.
//!
//! Work registers its [`Progress`] for as long as it runs. Without such work (a quick command, or one that
//! waits for input) the first Ctrl-C ends the process at once: whatever was acknowledged is on disk already.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use writemagic::{Code, Progress};

use crate::errors::{CliError, CliResult};

/// How long a pause lasts before it looks again whether it was interrupted.
const LOOK: Duration = Duration::from_millis(20);

static RUNNING: Mutex<Vec<Progress>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<Progress>> {
    // A panic cannot leave the list half changed: every change is one call.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes over Ctrl-C, and the signals that ask a process to end, for the rest of the process.
pub(crate) fn install(json: bool) {
    let handler = move || {
        let stopping: Vec<Progress> = running().drain(..).collect();
        if stopping.is_empty() {
            let _ = CliError::interrupted().report(json);
            std::process::exit(Code::Cancelled.exit_code().into());
        }
        stopping.iter().for_each(Progress::cancel);
    };
    // Where signals cannot be caught they end the process, which loses nothing that was acknowledged.
    let _ = ctrlc::set_handler(handler);
}

/// Work that Ctrl-C stops, until this is dropped.
#[derive(Debug)]
pub(crate) struct Interruptible(Progress);

impl Interruptible {
    /// Stops operations that count in `progress`.
    pub(crate) fn watch(progress: Progress) -> Self {
        running().push(progress.clone());
        Self(progress)
    }

    /// A loop of the command's own, which calls [`check`](Self::check).
    pub(crate) fn own() -> Self {
        Self::watch(Progress::new())
    }

    /// `Err` once Ctrl-C was pressed.
    pub(crate) fn check(&self) -> CliResult<()> {
        if self.0.is_cancelled() { Err(CliError::interrupted()) } else { Ok(()) }
    }

    /// Waits until `moment`, or until Ctrl-C.
    pub(crate) fn wait_until(&self, moment: Instant) -> CliResult<()> {
        loop {
            self.check()?;
            let left = moment.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(LOOK));
        }
    }
}

impl Drop for Interruptible {
    fn drop(&mut self) {
        // A new `Progress` is never equal to another; the newest entry is this one, because work nests.
        let mut running = running();
        if !self.0.is_cancelled() {
            running.pop();
        }
    }
}
