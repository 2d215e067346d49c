//! A run, its guards and its stores, in memory and on a clock that stands still.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use writemagic_shared::id::RunId;
use writemagic_shared::runtime::{ManualClock, Timestamp};

use crate::foreign::{ForeignError, FullDisk};
use crate::ledger::{Caps, Entry, EntryId, EntryState, Ledger, LedgerStore, Sums, Zone};
use crate::model::{Locality, Prices};
use crate::privacy::Ceiling;
use crate::resilience::{
    Breaker, BreakerSettings, Consents, Cooldowns, ManualMonotonicClock, Moment, MonotonicClock as _,
    RetryBudget, RetryBudgetSettings, RetryPolicy,
};
use crate::run::{Action, Candidate, KeptRun, Outcome, Plan, Run, RunEvent, RunStore, Services, Timers};
use crate::stream::{End, Event, Failure, FailureClass, StopReason};

/// Runs and entries of a ledger in memory.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) entries: Mutex<Vec<Entry>>,
    pub(super) runs: Mutex<BTreeMap<RunId, KeptRun>>,
}

impl LedgerStore for Memory {
    fn append(&self, entry: &Entry) -> Result<EntryId, ForeignError> {
        let mut entries = self.entries.lock().unwrap();
        entries.push(entry.clone());
        Ok(EntryId(entries.len() as u64 - 1))
    }

    fn replace(&self, id: EntryId, entry: &Entry) -> Result<(), ForeignError> {
        self.entries.lock().unwrap()[id.0 as usize] = entry.clone();
        Ok(())
    }

    fn sums_since(&self, from: Timestamp) -> Result<Sums, ForeignError> {
        let entries = self.entries.lock().unwrap();
        Ok(entries.iter().filter(|entry| entry.at >= from).fold(Sums::default(), Sums::with))
    }

    fn reserved(&self) -> Result<Vec<(EntryId, Entry)>, ForeignError> {
        Ok(Vec::new())
    }
}

impl RunStore for Memory {
    fn put_head(&self, run: RunId, head: &[u8]) -> Result<(), ForeignError> {
        let mut runs = self.runs.lock().unwrap();
        let kept = runs.entry(run).or_insert(KeptRun { head: Vec::new(), text: String::new(), tail: None });
        kept.head = head.to_vec();
        Ok(())
    }

    fn append(&self, run: RunId, offset: u64, text: &str) -> Result<(), ForeignError> {
        let mut runs = self.runs.lock().unwrap();
        let kept = runs.get_mut(&run).ok_or_else(|| ForeignError::of(FullDisk))?;
        if offset as usize > kept.text.len() {
            return Err(ForeignError::of(FullDisk));
        }
        kept.text.truncate(offset as usize);
        kept.text.push_str(text);
        Ok(())
    }

    fn put_tail(&self, run: RunId, tail: &[u8]) -> Result<(), ForeignError> {
        self.runs.lock().unwrap().get_mut(&run).unwrap().tail = Some(tail.to_vec());
        Ok(())
    }

    fn run(&self, run: RunId) -> Result<Option<KeptRun>, ForeignError> {
        Ok(self.runs.lock().unwrap().get(&run).cloned())
    }

    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunId>, ForeignError> {
        let runs = self.runs.lock().unwrap();
        let older = runs.keys().rev().filter(|run| before.is_none_or(|before| **run < before));
        Ok(older.take(limit).copied().collect())
    }
}

fn utc() -> Zone {
    static UTC: std::sync::OnceLock<Zone> = std::sync::OnceLock::new();
    UTC.get_or_init(|| Zone::named("UTC").unwrap()).clone()
}

pub(super) struct Rig {
    pub(super) clock: Arc<ManualMonotonicClock>,
    pub(super) memory: Arc<Memory>,
    pub(super) services: Services,
    pub(super) plan: Plan,
}

pub(super) const PRICES: Prices =
    Prices { input: 1_000_000, output: 10_000_000, cache_read: None, cache_write: None };

impl Rig {
    /// A rig with this many candidates in the cloud.
    pub(super) fn new(candidates: usize) -> Self {
        Self::capped(candidates, Caps::default())
    }

    pub(super) fn capped(candidates: usize, caps: Caps) -> Self {
        let clock = Arc::new(ManualMonotonicClock::new());
        let memory = Arc::new(Memory::default());
        let wall = Arc::new(ManualClock::new(Timestamp::from_millis(1_000)));
        let ledger = Ledger::new(memory.clone(), wall, utc(), caps).unwrap();
        let services = Services { ledger, cooldowns: Arc::new(Cooldowns::new(clock.clone())) };
        let candidate = |number: usize| Candidate {
            provider: format!("p{number}"),
            model: format!("m{number}"),
            locality: Locality::Cloud,
            context_tokens: Some(10_000),
            reasoning: false,
            prices: Some(PRICES),
            input_tokens: 100,
            max_output_tokens: 1_000,
            breaker: Breaker::new(BreakerSettings::default(), clock.clone()),
            budget: Arc::new(RetryBudget::new(RetryBudgetSettings::default(), clock.clone())),
        };
        let plan = Plan {
            candidates: (0..candidates).map(candidate).collect(),
            consents: Consents::default(),
            ceiling: Ceiling::nearest([]),
            policy: RetryPolicy::default(),
            timers: Timers::default(),
            seed: 7,
        };
        Self { clock, memory, services, plan }
    }

    pub(super) fn begun(&self) -> Driven {
        let run = Run::new(self.plan.clone(), self.services.clone());
        let mut driven = Driven { run, clock: self.clock.clone(), seen: Vec::new(), started: Vec::new() };
        driven.run.begin(driven.now());
        driven.take();
        driven
    }

    pub(super) fn states(&self) -> Vec<EntryState> {
        self.memory.entries.lock().unwrap().iter().map(|entry| entry.state).collect()
    }
}

/// A run with all that it wanted done.
pub(super) struct Driven {
    pub(super) run: Run,
    clock: Arc<ManualMonotonicClock>,
    pub(super) seen: Vec<Action>,
    /// Attempts that were started: number and candidate.
    pub(super) started: Vec<(u32, usize)>,
}

impl Driven {
    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(super) fn take(&mut self) {
        while let Some(action) = self.run.next_action() {
            if let Action::Start { attempt, candidate, .. } = action {
                self.started.push((attempt, candidate));
            }
            self.seen.push(action);
        }
    }

    pub(super) fn attempt(&self) -> u32 {
        self.started.last().map_or(0, |(attempt, _)| *attempt)
    }

    /// Lets the last attempt be sent and connected.
    pub(super) fn send(&mut self) {
        let (attempt, now) = (self.attempt(), self.now());
        self.run.sent(attempt, now);
        self.run.connected(attempt, now);
        self.take();
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        let (attempt, now) = (self.attempt(), self.now());
        self.run.event(attempt, event, now);
        self.take();
    }

    pub(super) fn fails(&mut self, class: FailureClass) {
        self.event(Event::End(End::Failed(Failure::new(class))));
    }

    pub(super) fn finishes(&mut self) {
        self.event(Event::End(End::Finished(StopReason::Answered)));
    }

    pub(super) fn cancel(&mut self) {
        let now = self.now();
        self.run.cancel(now);
        self.take();
    }

    pub(super) fn expire(&mut self) {
        let now = self.now();
        self.run.expire(now);
        self.take();
    }

    /// Moves the time on, waking the run at every moment at which it wants that.
    pub(super) fn wait(&mut self, span: Duration) {
        let until = self.now().after(span);
        let mut wakes = 0;
        while let Some(at) = self.run.wake_at()
            && at <= until
        {
            self.clock.advance(at.since(self.now()));
            self.expire();
            wakes += 1;
            assert!(wakes < 10_000, "the run wakes without end");
        }
        self.clock.advance(until.since(self.now()));
    }

    pub(super) fn wait_seconds(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    /// The end, of which there is at most one, behind everything else.
    pub(super) fn end(&self) -> Option<&Outcome> {
        let ends = self.seen.iter().filter(|action| matches!(action, Action::End(_))).count();
        assert!(ends <= 1, "{ends} ends");
        match self.seen.last() {
            Some(Action::End(outcome)) => Some(outcome),
            _ => {
                assert_eq!(ends, 0, "something follows the end");
                None
            }
        }
    }

    pub(super) fn shown_text(&self) -> String {
        let text = |action: &Action| match action {
            Action::Emit(RunEvent::Text(text)) => Some(text.clone()),
            _ => None,
        };
        self.seen.iter().filter_map(text).collect()
    }

    pub(super) fn events(&self) -> Vec<&RunEvent> {
        let mut events = Vec::new();
        for action in &self.seen {
            if let Action::Emit(event) = action {
                events.push(event);
            }
        }
        events
    }

    /// What a store has that was given every piece.
    pub(super) fn kept_text(&self) -> String {
        let mut kept = String::new();
        for action in &self.seen {
            if let Action::Append { offset, text } = action {
                assert_eq!(*offset as usize, kept.len());
                kept.push_str(text.as_str());
            }
        }
        kept
    }
}
