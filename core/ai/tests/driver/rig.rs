//! Runs over stores in memory, on the clock of the test's runtime.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;
use writemagic_ai::driver::{RunHandle, Runs, Setup, Terms, Told};
use writemagic_ai::foreign::ForeignError;
use writemagic_ai::key::{Key, KeyError};
use writemagic_ai::ledger::{Caps, Entry, EntryId, EntryState, Ledger, LedgerStore, Sums, Zone};
use writemagic_ai::model::{Message, Prices, Provider, Request, Role};
use writemagic_ai::privacy::{SendLog, SendRecord};
use writemagic_ai::resilience::{Moment, MonotonicClock, SeededRandom};
use writemagic_ai::run::{KeptRun, Outcome, RunEvent, RunStore};
use writemagic_ai::transport::Transport;
use writemagic_ai::wire::Wire;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::id::RunId;
use writemagic_shared::runtime::{Clock, Timestamp};

/// Stands for a key; nothing may show it.
pub(crate) const KEY: &str = "sk-canary-b7e1f0-93fa17";

/// The time of the test's runtime, which may be paused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuntimeClock(pub(crate) Instant);

impl MonotonicClock for RuntimeClock {
    fn now(&self) -> Moment {
        Moment::from_nanos(0).after(self.0.elapsed())
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
struct FullDisk;

impl Coded for FullDisk {
    fn code(&self) -> Code {
        Code::DiskFull
    }

    fn details(&self) -> Details {
        Details::none()
    }
}

/// All stores, in memory. Each can be made to fail.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) entries: Mutex<Vec<Entry>>,
    pub(crate) runs: Mutex<BTreeMap<RunId, KeptRun>>,
    pub(crate) sends: Mutex<Vec<SendRecord>>,
    pub(crate) heads_fail: AtomicBool,
    pub(crate) appends_fail: AtomicBool,
    pub(crate) sends_fail: AtomicBool,
    pub(crate) sends_panic: AtomicBool,
}

fn check(fails: &AtomicBool) -> Result<(), ForeignError> {
    if fails.load(Ordering::SeqCst) { Err(ForeignError::of(FullDisk)) } else { Ok(()) }
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
        check(&self.heads_fail)?;
        let mut runs = self.runs.lock().unwrap();
        let kept = runs.entry(run).or_insert(KeptRun { head: Vec::new(), text: String::new(), tail: None });
        kept.head = head.to_vec();
        Ok(())
    }

    fn append(&self, run: RunId, offset: u64, text: &str) -> Result<(), ForeignError> {
        check(&self.appends_fail)?;
        let mut runs = self.runs.lock().unwrap();
        let kept = runs.get_mut(&run).ok_or_else(|| ForeignError::of(FullDisk))?;
        assert!(offset as usize <= kept.text.len());
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

impl SendLog for Memory {
    fn record(&self, record: &SendRecord) -> Result<(), ForeignError> {
        assert!(!self.sends_panic.load(Ordering::SeqCst), "a store that panics");
        check(&self.sends_fail)?;
        self.sends.lock().unwrap().push(record.clone());
        Ok(())
    }
}

impl Memory {
    pub(crate) fn states(&self) -> Vec<EntryState> {
        self.entries.lock().unwrap().iter().map(|entry| entry.state).collect()
    }

    pub(crate) fn sent(&self) -> Vec<SendRecord> {
        self.sends.lock().unwrap().clone()
    }

    /// What a process that was killed now would have left.
    pub(crate) fn as_left_by_a_kill(&self) -> Arc<Self> {
        let runs = Mutex::new(self.runs.lock().unwrap().clone());
        Arc::new(Self { runs, ..Self::default() })
    }
}

pub(crate) const PRICES: Prices =
    Prices { input: 1_000_000, output: 10_000_000, cache_read: None, cache_write: None };

pub(crate) struct Options {
    pub(crate) caps: Caps,
    pub(crate) seed: u64,
    pub(crate) memory: Arc<Memory>,
    pub(crate) runtime: Handle,
}

impl Default for Options {
    fn default() -> Self {
        let (caps, memory) = (Caps::default(), Arc::default());
        Self { caps, seed: 7, memory, runtime: Handle::current() }
    }
}

/// Runs over this transport.
pub(crate) fn runs(transport: Option<Arc<dyn Transport>>, options: Options) -> Runs {
    let clock = Arc::new(RuntimeClock(Instant::now()));
    let Options { caps, seed, memory, runtime } = options;
    let ledger = Ledger::new(memory.clone(), clock.clone(), Zone::named("UTC").unwrap(), caps).unwrap();
    let keys = |provider: &str| {
        if provider.starts_with("keyless") { Err(KeyError::Missing) } else { Key::new(KEY.to_owned()) }
    };
    let mut setup = Setup::new(runtime, memory.clone(), memory, Arc::new(keys), ledger);
    setup.transport = transport;
    setup.clock = clock.clone();
    setup.monotonic = clock;
    setup.random = SeededRandom::from_seed(seed);
    Runs::new(setup)
}

pub(crate) fn request(text: &str) -> Request {
    Request {
        system: None,
        messages: vec![Message { role: Role::User, text: text.to_owned() }],
        max_output_tokens: 1_000,
        temperature: None,
        stop: Vec::new(),
    }
}

pub(crate) fn provider(name: &str) -> Provider {
    Provider::new(name, Wire::OpenAi, &format!("https://{name}.example/v1"), "model-1")
        .unwrap()
        .with_prices(PRICES)
}

pub(crate) fn terms(names: &[&str]) -> Terms {
    Terms::new(names.iter().map(|name| provider(name)))
}

/// All that a run told, and how long that took.
pub(crate) struct Heard {
    pub(crate) events: Vec<RunEvent>,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

/// Listens to the end, behind which nothing comes.
pub(crate) async fn listen(handle: &mut RunHandle) -> Heard {
    let (mut events, began) = (Vec::new(), Instant::now());
    loop {
        match handle.next().await {
            Some(Told::Event(event)) => events.push(event),
            Some(Told::End(outcome)) => {
                assert_eq!(handle.next().await, None);
                return Heard { events, outcome: *outcome, took: began.elapsed() };
            }
            None => panic!("a run without an end"),
        }
    }
}

/// Listens until so many characters of text came.
pub(crate) async fn listen_for(handle: &mut RunHandle, characters: usize) -> String {
    let mut text = String::new();
    while text.chars().count() < characters {
        match handle.next().await {
            Some(Told::Event(RunEvent::Text(piece))) => text.push_str(&piece),
            Some(Told::Event(_)) => {}
            told => panic!("the run ended too early: {told:?}"),
        }
    }
    text
}

impl Heard {
    pub(crate) fn text(&self) -> String {
        let text = |event: &RunEvent| match event {
            RunEvent::Text(text) => Some(text.clone()),
            _ => None,
        };
        self.events.iter().filter_map(text).collect()
    }

    pub(crate) fn count(&self, is: impl Fn(&RunEvent) -> bool) -> usize {
        self.events.iter().filter(|event| is(event)).count()
    }
}
