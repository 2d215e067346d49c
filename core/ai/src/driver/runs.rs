//! All runs of a library: begun, gone on with, and reached by their ids.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use writemagic_shared::id::RunId;
use writemagic_shared::limits::RUN_MODELS;
use writemagic_shared::runtime::{Clock, SystemClock, Timestamp};

use crate::estimate::TokenRatios;
use crate::key::KeySource;
use crate::ledger::Ledger;
use crate::model::{Message, Records, Request, Role};
use crate::privacy::{Ceiling, Fenced, SendLog};
use crate::resilience::{BootClock, Cooldowns, Mark, Moment, MonotonicClock, SeededRandom};
use crate::run::{RunError, RunJournal, RunRecord, RunState, RunStore, Services};
use crate::transport::Transport;

use super::guards::Guards;
use super::handle::{RunHandle, open};
use super::pump::{Job, drive};
use super::registry::Registry;
use super::terms::Terms;

/// What [`Runs`] are made of.
#[non_exhaustive]
pub struct Setup {
    /// Where runs are driven: a runtime that somebody runs, with time, and with I/O where the transport needs that. Stores
    /// and models of the app are called on its threads and may block them for the length of a write, so it should be one of the engine's own, not the one that
    /// draws the app.
    pub runtime: Handle,
    /// The way to the network; without one only models of the app can be asked.
    pub transport: Option<Arc<dyn Transport>>,
    /// Where runs are kept.
    pub store: Arc<dyn RunStore>,
    /// Where it is written down what leaves.
    pub send_log: Arc<dyn SendLog>,
    /// Who has the keys.
    pub keys: Arc<dyn KeySource>,
    /// What calls may cost.
    pub ledger: Ledger,
    /// What is known of models; the bundled records by default.
    pub records: Records,
    /// What was learned of tokens; nothing by default.
    pub ratios: TokenRatios,
    /// The time of day; the system's by default.
    pub clock: Arc<dyn Clock>,
    /// The time that waits are measured in; the system's since its start by default.
    pub monotonic: Arc<dyn MonotonicClock>,
    /// Chance, for waits; the system's by default.
    pub random: SeededRandom,
}

impl Setup {
    /// These stores, keys and caps, no network, and the system's clocks and chance.
    pub fn new(
        runtime: Handle,
        store: Arc<dyn RunStore>,
        send_log: Arc<dyn SendLog>,
        keys: Arc<dyn KeySource>,
        ledger: Ledger,
    ) -> Self {
        Self {
            runtime,
            transport: None,
            store,
            send_log,
            keys,
            ledger,
            records: Records::bundled(),
            ratios: TokenRatios::default(),
            clock: Arc::new(SystemClock),
            monotonic: Arc::new(BootClock),
            random: SeededRandom::from_system(),
        }
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("has_transport", &self.transport.is_some()).finish_non_exhaustive()
    }
}

/// The runs of a library: what is kept of providers between them, and the way to those that are open. Clones are the same
/// runs. Everything here may be called from any thread, and returns at once unless it says otherwise.
///
/// Breakers, retry budgets, gates and cooldowns live here and are not kept over restarts; at most 256 providers are
/// remembered, and 8 endpoints of each.
#[derive(Clone)]
pub struct Runs(Arc<Shared>);

pub(super) struct Shared {
    /// Where runs are driven.
    pub(super) runtime: Handle,
    pub(super) transport: Fenced<Option<Arc<dyn Transport>>>,
    /// The same, to be told that the network changed; nothing is sent through it.
    connections: Option<Arc<dyn Transport>>,
    pub(super) store: Arc<dyn RunStore>,
    pub(super) send_log: Arc<dyn SendLog>,
    pub(super) keys: Arc<dyn KeySource>,
    pub(super) services: Services,
    pub(super) guards: Guards,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) monotonic: Arc<dyn MonotonicClock>,
    registry: Arc<Registry>,
    records: Mutex<Arc<Records>>,
    ratios: Mutex<TokenRatios>,
    random: Mutex<SeededRandom>,
}

impl Runs {
    /// No run is open.
    pub fn new(setup: Setup) -> Self {
        let cooldowns = Arc::new(Cooldowns::new(Arc::clone(&setup.monotonic)));
        Self(Arc::new(Shared {
            runtime: setup.runtime,
            connections: setup.transport.clone(),
            transport: Fenced::new(setup.transport),
            store: setup.store,
            send_log: setup.send_log,
            keys: setup.keys,
            services: Services { ledger: setup.ledger, cooldowns },
            guards: Guards::new(Arc::clone(&setup.monotonic)),
            clock: setup.clock,
            monotonic: setup.monotonic,
            registry: Arc::default(),
            records: Mutex::new(Arc::new(setup.records)),
            ratios: Mutex::new(setup.ratios),
            random: Mutex::new(setup.random),
        }))
    }

    /// Begins a run. Whatever becomes of it, a refusal by cap, ceiling or key included, is told by its handle.
    ///
    /// # Errors
    /// [`RunError::LimitExceeded`] where 64 runs are open ([`OPEN_RUNS`](writemagic_shared::limits::OPEN_RUNS)), or more
    /// than 16 models are named ([`RUN_MODELS`]). Nothing has begun then.
    pub fn start(&self, request: Request, terms: Terms) -> Result<RunHandle, RunError> {
        self.begin(request, None, terms)
    }

    /// Goes on from the answer of a kept run that broke off, was killed, was cancelled, or reached its longest answer: a new
    /// run, whose text is the continuation alone, without what it repeats. [`RunRecord::whole_text`] has both. The text
    /// travels no farther than it was allowed to before, and what was masked must be masked again. Reads the store.
    ///
    /// # Errors
    /// [`RunError::NotFound`], [`RunError::NotResumable`], [`RunError::Damaged`], [`RunError::Foreign`]; and as
    /// [`start`](Self::start).
    pub fn go_on(&self, run: RunId, mut terms: Terms) -> Result<RunHandle, RunError> {
        let not = |reason| Err(RunError::NotResumable { run, reason });
        if self.is_open(run) {
            return not("under_way");
        }
        let record = self.record(run)?;
        let text = record.whole_text();
        if record.text.is_empty() {
            return not("no_text");
        }
        if !record.is_resumable() && record.state() != RunState::Cancelled {
            return not("ended");
        }
        if record.head.masked && terms.mask.is_none() {
            return not("mask_missing");
        }
        terms.ceiling = Ceiling::nearest([terms.ceiling.locality(), record.head.ceiling]);
        let mut request = record.head.request;
        request.messages.pop_if(|last| last.role == Role::Assistant);
        request.messages.push(Message { role: Role::Assistant, text });
        self.begin(request, Some(run), terms)
    }

    fn begin(&self, request: Request, continues: Option<RunId>, terms: Terms) -> Result<RunHandle, RunError> {
        let models = terms.models.len() as u64;
        if models > RUN_MODELS {
            return Err(RunError::LimitExceeded { what: "run_models", value: models, limit: RUN_MODELS });
        }
        let run = RunId::new(self.0.clock.now());
        let (teller, handle) = open(run, Arc::clone(&self.0.registry))?;
        let job = Job { run, request, continues, terms };
        self.0.runtime.spawn(drive(Arc::clone(&self.0), job, teller));
        Ok(handle)
    }

    /// Cancels a run: its handle tells the end within 100 ms, its text is kept, and nothing counts against anybody. Answers
    /// whether it was open.
    pub fn cancel(&self, run: RunId) -> bool {
        self.0.registry.control(run).inspect(|control| control.cancel()).is_some()
    }

    /// Cancels all runs that are open.
    pub fn cancel_all(&self) {
        self.0.registry.each(|control| control.cancel());
    }

    /// Stops all runs that are open so that they can be [gone on with](Self::go_on): for an app that goes to the background,
    /// where its connections die. Those that have said something end as interrupted, others as cancelled.
    pub fn pause_all(&self) {
        self.0.registry.each(|control| control.pause());
    }

    /// Keeps the text of all open runs as far as it came, and waits for that at most `timeout`: for an app that may be killed
    /// without another word. Runs go on. Answers whether all was kept in time. Not for threads of the runtime.
    pub fn keep_all(&self, timeout: Duration) -> bool {
        self.0.registry.keep_all(timeout)
    }

    /// The app is back from the background, or the network is another one: connections that are kept open are forgotten, and
    /// open runs look at the clock, which may have gone on while they slept.
    pub fn resumed(&self) {
        if let Some(connections) = &self.0.connections {
            connections.forget_connections();
        }
        self.0.registry.each(|control| control.look());
    }

    /// The user has acted, or the provider's key, address or account is another one: it may be asked again at once.
    pub fn provider_changed(&self, provider: &str) {
        self.0.services.cooldowns.clear(provider);
        self.0.guards.reset(provider);
    }

    /// Why `provider` is left alone now, if it is.
    pub fn mark(&self, provider: &str) -> Option<Mark> {
        self.0.services.cooldowns.mark(provider)
    }

    /// The runs that are open, in no order.
    pub fn open(&self) -> Vec<RunId> {
        self.0.registry.ids()
    }

    /// Whether the run is under way in this process. Its record has no end yet, and reads as interrupted.
    pub fn is_open(&self, run: RunId) -> bool {
        self.0.registry.control(run).is_some()
    }

    /// Waits until no run is open.
    pub async fn idle(&self) {
        self.0.registry.idle().await;
    }

    /// The same, blocking the thread for at most `timeout`; answers whether that came. Not for threads of the runtime.
    pub fn wait_idle(&self, timeout: Duration) -> bool {
        self.0.registry.wait_idle(timeout)
    }

    /// A kept run. Reads the store.
    ///
    /// # Errors
    /// [`RunError::NotFound`], [`RunError::Damaged`], [`RunError::Foreign`].
    pub fn record(&self, run: RunId) -> Result<RunRecord, RunError> {
        RunJournal::read(&*self.0.store, run)
    }

    /// The ids of kept runs, newest first: at most `limit`, and at most 1,000
    /// ([`RUN_PAGE`](writemagic_shared::limits::RUN_PAGE)); behind the run `before`, where one is named. Reads the store.
    ///
    /// # Errors
    /// [`RunError::Foreign`].
    pub fn list(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunId>, RunError> {
        RunJournal::list(&*self.0.store, before, limit)
    }

    /// The time of day at which `moment` of the monotonic clock comes, for showing it: a
    /// [`RunEnd::Failed`](crate::run::RunEnd::Failed)'s `retry_at`.
    pub fn time_of(&self, moment: Moment) -> Timestamp {
        let ahead = moment.since(self.0.monotonic.now()).as_millis();
        let ahead = i64::try_from(ahead).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.0.clock.now().as_millis().saturating_add(ahead))
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.0.services.ledger
    }

    /// What is known of models.
    pub fn records(&self) -> Arc<Records> {
        self.0.records()
    }

    /// Puts other records in their place, for the runs that come.
    pub fn set_records(&self, records: Records) {
        *lock(&self.0.records) = Arc::new(records);
    }

    /// What was learned of tokens so far, to be kept.
    pub fn token_ratios(&self) -> TokenRatios {
        self.0.ratios().clone()
    }
}

impl Shared {
    pub(super) fn records(&self) -> Arc<Records> {
        Arc::clone(&lock(&self.records))
    }

    pub(super) fn ratios(&self) -> MutexGuard<'_, TokenRatios> {
        lock(&self.ratios)
    }

    pub(super) fn random(&self) -> MutexGuard<'_, SeededRandom> {
        lock(&self.random)
    }
}

/// Locks what is whole at every point where a panic could leave it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runs").field("open", &self.0.registry).finish_non_exhaustive()
    }
}
