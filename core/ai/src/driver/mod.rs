//! Drives runs: on a tokio runtime, over a transport, with keys, masks and stores. What is decided is decided in
//! [`run`](crate::run); here it is done.
//!
//! | Part | What it does |
//! | --- | --- |
//! | [`Runs`] | begins runs, goes on with kept ones, reaches open ones by their ids |
//! | [`Setup`] | what runs are made of: stores, keys, caps, a transport, clocks, chance |
//! | [`Terms`], [`Model`] | whom a run asks, and under what rules |
//! | [`RunHandle`], [`Told`] | what the app hears: events, and exactly one end |
//! | `pump` | one task for each open run, which does what the run wants done |
//! | `sending` | an attempt leaves: cleared, masked, with its key, written down before its first byte |
//! | `reading` | an answer comes: unmasked, without what a continuation repeats |
//! | `guards` | what is kept of each provider between runs |
//! | `registry` | the open runs, and what they are told from outside |
//!
//! A run that nobody listens to reads no more of its connection, and silence does not count then. Stores are called on
//! the runtime's threads: a run's ledger is asked in the middle of its decisions, and its journal must be written before
//! what follows, so a thread of its own for each write would only add a way round. A write takes about as long as one
//! commit, four times a second.
//!
//! ```
//! # use std::sync::Arc;
//! # use std::collections::BTreeMap;
//! # use std::sync::Mutex;
//! # use writemagic_ai::foreign::ForeignError;
//! # use writemagic_ai::key::{Key, KeyError};
//! # use writemagic_ai::ledger::{Caps, Entry, EntryId, Ledger, LedgerStore, Sums, Zone};
//! # use writemagic_ai::privacy::{SendLog, SendRecord};
//! # use writemagic_ai::run::{KeptRun, RunStore};
//! # use writemagic_ai::stream::StopReason;
//! # use writemagic_shared::id::RunId;
//! # use writemagic_shared::runtime::{SystemClock, Timestamp};
//! use writemagic_ai::driver::{Model, Runs, Setup, Terms, Told};
//! use writemagic_ai::model::{
//!     Availability, HostCall, HostDescription, HostError, HostModel, HostSink, Locality, Message,
//!     PrepareProgress, Request, Role,
//! };
//! use writemagic_ai::run::{RunEnd, RunEvent};
//! # #[derive(Default)]
//! # struct Memory(Mutex<BTreeMap<RunId, KeptRun>>);
//! # impl RunStore for Memory {
//! #     fn put_head(&self, run: RunId, head: &[u8]) -> Result<(), ForeignError> {
//! #         let empty = KeptRun { head: head.to_vec(), text: String::new(), tail: None };
//! #         self.0.lock().unwrap().insert(run, empty);
//! #         Ok(())
//! #     }
//! #     fn append(&self, run: RunId, _: u64, text: &str) -> Result<(), ForeignError> {
//! #         self.0.lock().unwrap().get_mut(&run).unwrap().text.push_str(text);
//! #         Ok(())
//! #     }
//! #     fn put_tail(&self, run: RunId, tail: &[u8]) -> Result<(), ForeignError> {
//! #         self.0.lock().unwrap().get_mut(&run).unwrap().tail = Some(tail.to_vec());
//! #         Ok(())
//! #     }
//! #     fn run(&self, run: RunId) -> Result<Option<KeptRun>, ForeignError> {
//! #         Ok(self.0.lock().unwrap().get(&run).cloned())
//! #     }
//! #     fn runs(&self, _: Option<RunId>, limit: usize) -> Result<Vec<RunId>, ForeignError> {
//! #         Ok(self.0.lock().unwrap().keys().rev().take(limit).copied().collect())
//! #     }
//! # }
//! # impl SendLog for Memory {
//! #     fn record(&self, _: &SendRecord) -> Result<(), ForeignError> { Ok(()) }
//! # }
//! # impl LedgerStore for Memory {
//! #     fn append(&self, _: &Entry) -> Result<EntryId, ForeignError> { Ok(EntryId(1)) }
//! #     fn replace(&self, _: EntryId, _: &Entry) -> Result<(), ForeignError> { Ok(()) }
//! #     fn sums_since(&self, _: Timestamp) -> Result<Sums, ForeignError> { Ok(Sums::default()) }
//! #     fn reserved(&self) -> Result<Vec<(EntryId, Entry)>, ForeignError> { Ok(Vec::new()) }
//! # }
//!
//! /// A model of the app. What it says may come from any thread, and later.
//! struct Weather;
//!
//! impl HostModel for Weather {
//!     fn describe(&self) -> HostDescription {
//!         HostDescription {
//!             name: "weather".into(),
//!             locality: Locality::Device,
//!             context_tokens: 4_096,
//!             max_output_tokens: 512,
//!             languages: vec!["en".into()],
//!             system: true,
//!             tools: false,
//!             json: false,
//!             prefill: false,
//!             images: false,
//!         }
//!     }
//!     fn generate(&self, _: &Request, mut sink: HostSink) -> Result<HostCall, HostError> {
//!         sink.text("It rained.");
//!         sink.finished(StopReason::Answered);
//!         Ok(HostCall(1))
//!     }
//!     // …
//! #   fn availability(&self) -> Availability { Availability::Available }
//! #   fn prepare(&self, progress: Box<dyn Fn(PrepareProgress) + Send + Sync>) { progress(PrepareProgress::Ready) }
//! #   fn count(&self, _: &str) -> Option<u64> { None }
//! #   fn cancel(&self, _: HostCall) {}
//! }
//!
//! # let memory = Arc::new(Memory::default());
//! # let (store, send_log) = (memory.clone(), memory.clone());
//! # let zone = Zone::named("UTC").unwrap();
//! # let ledger = Ledger::new(memory, Arc::new(SystemClock), zone, Caps::default())?;
//! # let keys = Arc::new(|_: &str| Err::<Key, _>(KeyError::Missing));
//! let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build()?;
//! let runs = Runs::new(Setup::new(runtime.handle().clone(), store, send_log, keys, ledger));
//!
//! let question = Message { role: Role::User, text: "How was the weather?".into() };
//! let request = Request {
//!     system: None,
//!     messages: vec![question],
//!     max_output_tokens: 100,
//!     temperature: None,
//!     stop: Vec::new(),
//! };
//! let mut run = runs.start(request, Terms::new([Model::Host(Arc::new(Weather))]))?;
//! let mut shown = String::new();
//! while let Some(told) = run.next_timeout(std::time::Duration::from_secs(60)) {
//!     match told {
//!         Told::Event(RunEvent::Text(text)) => shown.push_str(&text),
//!         Told::Event(_) => {}
//!         Told::End(outcome) => assert!(matches!(outcome.end, RunEnd::Completed { .. })),
//!     }
//! }
//! assert_eq!(shown, "It rained.");
//! assert_eq!(runs.record(runs.list(None, 10)?[0])?.text, shown);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod asked;
mod exchange;
mod guards;
mod handle;
mod pump;
mod reading;
mod registry;
mod runs;
mod sending;
mod terms;

pub use handle::{RunHandle, Told};
pub use runs::{Runs, Setup};
pub use terms::{Model, Terms};
