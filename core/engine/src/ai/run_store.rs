//! Runs in the library.

use writemagic_ai::foreign::ForeignError;
use writemagic_ai::run::{KeptRun, RunStore};
use writemagic_shared::id::RunId;
use writemagic_storage::assistant::StoredRun;

use super::{Kept, foreign};

impl RunStore for Kept {
    fn put_head(&self, run: RunId, head: &[u8]) -> Result<(), ForeignError> {
        self.0.put_run_head(run, head).map_err(foreign)
    }

    fn append(&self, run: RunId, offset: u64, text: &str) -> Result<(), ForeignError> {
        self.0.append_run_text(run, offset, text).map_err(foreign)
    }

    fn put_tail(&self, run: RunId, tail: &[u8]) -> Result<(), ForeignError> {
        self.0.put_run_tail(run, tail).map_err(foreign)
    }

    fn run(&self, run: RunId) -> Result<Option<KeptRun>, ForeignError> {
        let kept = self.0.stored_run(run).map_err(foreign)?;
        Ok(kept.map(|StoredRun { head, text, tail, .. }| KeptRun { head, text, tail }))
    }

    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunId>, ForeignError> {
        self.0.stored_runs(before, limit as u64).map_err(foreign)
    }
}
