//! What a library keeps of models, in one place.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use writemagic_ai::ledger::{Caps, Entry, EntryId, Ledger, Zone};
use writemagic_ai::model::Provider;
use writemagic_ai::privacy::{SendLog, SendRecord};
use writemagic_ai::proposal::{Proposals, TextTarget};
use writemagic_ai::run::{RunJournal, RunRecord, RunStore};
use writemagic_shared::event;
use writemagic_shared::id::RunId;
use writemagic_shared::runtime::Clock;
use writemagic_storage::{Error as StorageError, Library};

use super::Kept;
use super::driving::Driving;
use super::ledger_store::entry;
use super::send_log::record;
use crate::error::{Error, Result};

/// The part of a library's settings that describes providers, each by its name.
const PROVIDERS: &str = "provider";
/// The part of a library's settings that is about all of them, and the caps in it.
const GENERAL: &str = "assistant";
const CAPS: &str = "caps";

/// What a library keeps of models. Clones are the same; each keeps the library open.
///
/// Every method touches the disk but those that say so; what it has written survives the death of the process. All fail
/// as reading and writing the library does: `library_read_only`, `library_suspended`, `disk_full` and so on.
#[derive(Clone)]
pub struct Assistant {
    kept: Kept,
    shared: Arc<Shared>,
}

struct Shared {
    /// Made when it is first asked for, then the same one for all: it alone settles what a crash left reserved.
    ledger: Mutex<Option<Ledger>>,
    proposals: Proposals,
    driving: Mutex<Option<Driving>>,
}

impl Assistant {
    pub(crate) fn new(library: Library) -> Self {
        let kept = Kept(library);
        let proposals = Proposals::new(Arc::new(kept.clone()), Arc::new(kept.clone()));
        let shared = Shared { ledger: Mutex::default(), proposals, driving: Mutex::default() };
        Self { kept, shared: Arc::new(shared) }
    }

    pub(super) fn context_source(&self) -> &Kept {
        &self.kept
    }

    pub(super) fn library(&self) -> &Library {
        &self.kept.0
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        self.kept.0.clock()
    }

    pub(super) fn lock_driving(&self) -> MutexGuard<'_, Option<Driving>> {
        // It is set whole.
        self.shared.driving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The providers that were set up, by name. Descriptions that this version of the engine cannot read are left out.
    ///
    /// # Errors
    /// Those of reading.
    pub fn providers(&self) -> Result<Vec<Provider>> {
        let described = self.kept.0.settings(PROVIDERS)?;
        let count = described.len();
        let providers: Vec<Provider> =
            described.iter().filter_map(|(_, json)| serde_json::from_slice(json).ok()).collect();
        if providers.len() < count {
            event!(Warn, "providers cannot be read", count = count - providers.len());
        }
        Ok(providers)
    }

    /// The provider of a name.
    ///
    /// # Errors
    /// `provider_not_found`, also for one that this version of the engine cannot read.
    pub fn provider(&self, name: &str) -> Result<Provider> {
        let json = self.kept.0.setting(PROVIDERS, name)?.ok_or(Error::ProviderNotFound)?;
        serde_json::from_slice(&json).map_err(|_| Error::ProviderNotFound)
    }

    /// Sets a provider up under its name, whatever had that before. Whether something had. Its key is no part of it.
    ///
    /// # Errors
    /// `limit_exceeded` for more than [`SETTINGS`](writemagic_shared::limits::SETTINGS) settings.
    pub fn set_provider(&self, provider: &Provider) -> Result<bool> {
        let json = serde_json::to_vec(provider).map_err(|_| UNWRITABLE)?;
        Ok(self.kept.0.set_setting(PROVIDERS, provider.name(), &json)?)
    }

    /// Forgets a provider. What it was sent and what it cost stays in the logs.
    ///
    /// # Errors
    /// `provider_not_found`.
    pub fn remove_provider(&self, name: &str) -> Result<()> {
        let removed = self.kept.0.remove_setting(PROVIDERS, name)?;
        if removed { Ok(()) } else { Err(Error::ProviderNotFound) }
    }

    /// The caps on what calls may cost; none where none were set.
    ///
    /// # Errors
    /// `library_corrupt` for caps that cannot be read: better no call than one without its cap.
    pub fn caps(&self) -> Result<Caps> {
        match self.kept.0.setting(GENERAL, CAPS)? {
            None => Ok(Caps::default()),
            Some(json) => Ok(serde_json::from_slice(&json)
                .map_err(|_| StorageError::LibraryCorrupt { found: "caps that cannot be read" })?),
        }
    }

    /// Sets the caps, for the calls that come.
    ///
    /// # Errors
    /// Those of a write.
    pub fn set_caps(&self, caps: Caps) -> Result<()> {
        let json = serde_json::to_vec(&caps).map_err(|_| UNWRITABLE)?;
        // Held, so that a ledger that is made just now has them too.
        let ledger = self.lock_ledger();
        self.kept.0.set_setting(GENERAL, CAPS, &json)?;
        if let Some(ledger) = ledger.as_ref() {
            ledger.set_caps(caps);
        }
        Ok(())
    }

    /// The ledger of this library, with its caps, in the time zone of the device until [`Ledger::set_zone`] says another. The first
    /// call settles what a crash left reserved, as estimated; of a library that is open for reading it is for looking only.
    ///
    /// # Errors
    /// As [`Assistant::caps`], and those of a write.
    pub fn ledger(&self) -> Result<Ledger> {
        let mut ledger = self.lock_ledger();
        if let Some(ledger) = ledger.as_ref() {
            return Ok(ledger.clone());
        }
        let store = Arc::new(self.kept.clone());
        let made = Ledger::new(store, self.kept.0.clock(), Zone::of_system(), self.caps()?)?;
        *ledger = Some(made.clone());
        Ok(made)
    }

    fn lock_ledger(&self) -> MutexGuard<'_, Option<Ledger>> {
        // It is set whole.
        self.shared.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// At most `limit` calls of the ledger ([`LOG_PAGE`](writemagic_shared::limits::LOG_PAGE) at most), the newest first; only
    /// those before one where it is named.
    ///
    /// # Errors
    /// Those of reading.
    pub fn calls(&self, before: Option<EntryId>, limit: u64) -> Result<Vec<(EntryId, Entry)>> {
        let calls = self.kept.0.expenses(before.map(|id| id.0), limit)?;
        Ok(calls.into_iter().map(entry).collect())
    }

    /// Where every request is recorded before it leaves.
    pub fn send_log(&self) -> Arc<dyn SendLog> {
        Arc::new(self.kept.clone())
    }

    /// At most `limit` of the requests that left, or were about to ([`LOG_PAGE`](writemagic_shared::limits::LOG_PAGE) at most),
    /// and their numbers, the newest first; only those before a number where one is named.
    ///
    /// # Errors
    /// `library_corrupt` for a record that cannot be read.
    pub fn sends(&self, before: Option<u64>, limit: u64) -> Result<Vec<(u64, SendRecord)>> {
        let mut sends = Vec::new();
        for sent in self.kept.0.sends(before, limit)? {
            let unreadable = StorageError::LibraryCorrupt { found: "a record of the send log" };
            sends.push((sent.number, record(&sent).ok_or(unreadable)?));
        }
        Ok(sends)
    }

    /// Where runs are kept.
    pub fn run_store(&self) -> Arc<dyn RunStore> {
        Arc::new(self.kept.clone())
    }

    /// A run as it was kept: one that is under way, here or in another process, has no end yet and reads as interrupted.
    ///
    /// # Errors
    /// `run_not_found`, `run_damaged`.
    pub fn run(&self, run: RunId) -> Result<RunRecord> {
        Ok(RunJournal::read(&self.kept, run)?)
    }

    /// The ids of at most `limit` runs ([`RUN_PAGE`](writemagic_shared::limits::RUN_PAGE) at most), newest first; only those
    /// before one where it is named.
    ///
    /// # Errors
    /// Those of reading.
    pub fn runs(&self, before: Option<RunId>, limit: u64) -> Result<Vec<RunId>> {
        Ok(self.kept.0.stored_runs(before, limit)?)
    }

    /// Forgets a run: what was asked, what was answered. What it cost and what was sent stays in the logs, where no word is.
    ///
    /// # Errors
    /// `run_not_found`.
    pub fn forget_run(&self, run: RunId) -> Result<()> {
        let removed = self.kept.0.remove_run(run)?;
        if removed { Ok(()) } else { Err(StorageError::RunNotFound { run }.into()) }
    }

    /// The proposals of this library, over its documents: the one set of them, whose calls take turns. Takes no time.
    pub fn proposals(&self) -> &Proposals {
        &self.shared.proposals
    }

    /// The texts of this library as proposals see them: versions, places, changes. Takes no time.
    pub fn text_target(&self) -> Arc<dyn TextTarget> {
        Arc::new(self.kept.clone())
    }
}

/// Values of plain types always have a JSON form.
const UNWRITABLE: StorageError =
    StorageError::InvalidArgument { what: "setting", reason: "it has no JSON form" };

impl fmt::Debug for Assistant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assistant").field("library", &self.kept.0.id()).finish_non_exhaustive()
    }
}
