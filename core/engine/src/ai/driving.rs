//! Starting runs on a thread of the engine's own.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use writemagic_ai::driver::{Runs, Setup};
use writemagic_ai::key::KeySource;
use writemagic_ai::transport::Transport;

use super::Assistant;
use crate::error::Result;

/// The runs of a library, and the runtime that drives them.
pub(super) struct Driving {
    runs: Runs,
    /// Taken when it ends.
    runtime: Option<Runtime>,
}

impl Driving {
    fn new(setup: impl FnOnce(&Runtime) -> Result<Setup>) -> Result<Self> {
        let mut builder = Builder::new_multi_thread();
        // Runs wait for networks; one thread drives dozens of them.
        builder.worker_threads(1).thread_name("writemagic-runs").enable_time();
        #[cfg(feature = "net")]
        builder.enable_io();
        let runtime = builder.build().map_err(writemagic_storage::Error::from)?;
        Ok(Self { runs: Runs::new(setup(&runtime)?), runtime: Some(runtime) })
    }

    pub(super) fn runs(&self) -> &Runs {
        &self.runs
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waits for nothing: this may be the last thing that some other runtime does.
            runtime.shutdown_background();
        }
    }
}

impl Assistant {
    /// The runs of this library: the first call makes them, with these keys and this way to the network (none: only models of
    /// the app can be asked), and later ones give the same. Open runs end when the library's last clone is dropped, and
    /// read as interrupted. Touches the disk.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use writemagic::ai::driver::Told;
    /// use writemagic::ai::key::{Key, KeyError};
    /// use writemagic::ai::run::{Cause, RunEnd};
    /// use writemagic::ai::task::{Room, Task, TaskKind};
    /// use writemagic::{Library, NewDocument, OpenOptions};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// let library = Library::open(folder.path(), OpenOptions::new().create(true))?;
    /// let document = library.create_document(NewDocument::titled("Rain").text("It was a dark night."))?.id;
    /// let keys = Arc::new(|_: &str| Err::<Key, _>(KeyError::Missing));
    /// let runs = library.assistant().runs_with(keys, None)?;
    /// let room = Room { context: 8_192, output: 1_024, passages: 1_024, per_mille: 1_000 };
    /// let writing = library.assistant().prepare(document, None, None, &Task::new(TaskKind::Rewrite), &room)?;
    /// let models: [writemagic::ai::driver::Model; 0] = [];
    /// let mut run = runs.start(writing.request().clone(), writemagic::ai::driver::Terms::new(models))?;
    /// let Some(Told::End(outcome)) = run.next_timeout(std::time::Duration::from_secs(60)) else { unreachable!() };
    /// assert!(matches!(outcome.end, RunEnd::Failed { cause: Cause::NoModel, .. }));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Assistant::caps`], and those of a write; `io` where no thread can be started.
    pub fn runs_with(&self, keys: Arc<dyn KeySource>, transport: Option<Arc<dyn Transport>>) -> Result<Runs> {
        let mut driving = self.lock_driving();
        if let Some(driving) = driving.as_ref() {
            return Ok(driving.runs().clone());
        }
        let made = Driving::new(|runtime| {
            let handle = runtime.handle().clone();
            let mut setup = Setup::new(handle, self.run_store(), self.send_log(), keys, self.ledger()?);
            setup.transport = transport;
            setup.clock = self.clock();
            Ok(setup)
        })?;
        Ok(driving.insert(made).runs().clone())
    }

    /// Stops all runs so that they can be gone on with, and waits at most so long for it.
    pub(crate) fn pause_runs(&self, within: Duration) {
        let runs = self.lock_driving().as_ref().map(|driving| driving.runs().clone());
        if let Some(runs) = runs {
            runs.pause_all();
            runs.wait_idle(within);
        }
    }
}
