//! What the engine tells the app: that something is there to be fetched, from one thread, one thing at a time.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use writemagic_boundary::contain;
use writemagic_shared::event;
use zeroize::Zeroizing;

use crate::wire::{Decode, Input};

/// The other side of the boundary.
pub trait Host: Send + Sync + 'static {
    /// The object or the work of this token has something new. Called by one thread, one token at a time, with no lock held; what is new
    /// while a token waits for its turn is told with it. What it throws is its own affair.
    fn wake(&self, token: u64);

    /// Asks an object of the app (its keys, its network, its models) something, and waits for what it says. Called by any thread of the
    /// engine, with no lock held that a call of the app could need. `Err` where it threw.
    fn ask(&self, object: u64, question: u32, request: &[u8]) -> Result<Vec<u8>, AppThrew>;

    /// The engine needs an object of the app no more.
    fn release(&self, object: u64);
}

/// An object of the app threw where it was asked something. What it threw stays on its side, in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an object of the app threw")]
pub struct AppThrew;

/// An object of the app, which is told when it is needed no more.
#[derive(Debug)]
pub(crate) struct AppObject {
    token: u64,
}

impl AppObject {
    pub(crate) fn new(token: u64) -> Self {
        Self { token }
    }

    /// Asks a question and reads the answer, whose bytes are wiped. An answer that cannot be read is none.
    pub(crate) fn ask<T: Decode>(&self, question: u32, request: &[u8]) -> Result<T, AppThrew> {
        let answer = Zeroizing::new(ask(self.token, question, request)?);
        let mut input = Input::new(&answer);
        let read = T::decode(&mut input).and_then(|value| input.end().map(|()| value));
        read.map_err(|_| AppThrew)
    }
}

impl Drop for AppObject {
    fn drop(&mut self) {
        release(self.token);
    }
}

/// Asks an object of the app.
pub(crate) fn ask(object: u64, question: u32, request: &[u8]) -> Result<Vec<u8>, AppThrew> {
    let Some(dispatcher) = DISPATCHER.get() else { return Err(AppThrew) };
    // A panic of the host's side of the code is in the log.
    let answer = contain("ask", || dispatcher.host.ask(object, question, request));
    answer.unwrap_or(Err(AppThrew))
}

/// Lets go of an object of the app.
pub(crate) fn release(object: u64) {
    let Some(dispatcher) = DISPATCHER.get() else { return };
    let _ = contain("release", || dispatcher.host.release(object));
}

static THROWN: AtomicU64 = AtomicU64::new(0);

/// An object of the app threw where the engine called it: for the [`Host`] to say.
pub fn count_throw() {
    // Relaxed: a number for display.
    let times = THROWN.fetch_add(1, Ordering::Relaxed) + 1;
    event!(Warn, "the app threw where it was called", times = times);
}

/// How often that was.
pub fn throws() -> u64 {
    THROWN.load(Ordering::Relaxed) // Relaxed: see above
}

/// Tokens that wait for their turn: each once, so that there are never more than objects that are listened to.
struct Dispatcher {
    waiting: Mutex<Waiting>,
    came: Condvar,
    host: Arc<dyn Host>,
}

#[derive(Default)]
struct Waiting {
    queue: VecDeque<u64>,
    queued: HashSet<u64>,
}

static DISPATCHER: OnceLock<Arc<Dispatcher>> = OnceLock::new();

/// Says who is told. The first one counts; `false` for a later one.
pub fn set_host(host: Arc<dyn Host>) -> bool {
    let mut is_first = false;
    DISPATCHER.get_or_init(|| {
        is_first = true;
        let dispatcher = Arc::new(Dispatcher { waiting: Mutex::default(), came: Condvar::new(), host });
        let ours = Arc::clone(&dispatcher);
        // Without a thread nothing is told; what waits for it can still be asked for.
        let _ = thread::Builder::new().name("writemagic-callbacks".into()).spawn(move || ours.run());
        dispatcher
    });
    is_first
}

/// Tells the app, soon, that a token has something new.
pub fn wake(token: u64) {
    let Some(dispatcher) = DISPATCHER.get() else { return };
    let mut waiting = dispatcher.lock();
    if waiting.queued.insert(token) {
        waiting.queue.push_back(token);
        drop(waiting);
        dispatcher.came.notify_one();
    }
}

impl Dispatcher {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A token is put in, or taken out, of both in one go.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            let mut waiting = self.lock();
            let token = loop {
                match waiting.queue.pop_front() {
                    Some(token) => break token,
                    None => waiting = self.came.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                }
            };
            waiting.queued.remove(&token);
            drop(waiting);
            // A panic of the host's side of the code is in the log.
            let _ = contain("wake", || self.host.wake(token));
        }
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher").finish_non_exhaustive()
    }
}
