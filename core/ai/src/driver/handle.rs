//! The app's end of a run, and the run's end of it.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use writemagic_shared::id::RunId;
use writemagic_shared::limits::RUN_EVENTS;
use writemagic_shared::queue::{Listener, PushError, Ready, signal, spsc};

use crate::run::{Cause, Outcome, RunEnd, RunError, RunEvent};

use super::registry::{Control, Registry};

/// What an app hears of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Something on the way.
    Event(RunEvent),
    /// The end; nothing follows.
    End(Box<Outcome>),
}

/// An open run, as the app has it: what it says, in order, with exactly one [`Told::End`] as the last.
///
/// At most [`RUN_EVENTS`] events wait here. Behind them nothing is read from the network: who stops listening slows the
/// server down, and no memory grows. Dropping the handle cancels the run; its text is kept.
pub struct RunHandle {
    run: RunId,
    control: Arc<Control>,
    receiver: spsc::Receiver<RunEvent>,
    listener: Listener,
    last: Arc<Mutex<Option<Last>>>,
    ended: bool,
}

/// What comes behind the ring's last event.
struct Last {
    /// Events that had no room any more: those of one chunk at most.
    rest: VecDeque<RunEvent>,
    outcome: Box<Outcome>,
}

/// The run's end of a [`RunHandle`]. Dropped without an end it tells that the engine failed, or that the runtime is gone.
pub(super) struct Teller {
    run: RunId,
    registry: Arc<Registry>,
    pub(super) control: Arc<Control>,
    sender: spsc::Sender<RunEvent>,
    /// Events for which there is no room yet.
    waiting: VecDeque<RunEvent>,
    last: Arc<Mutex<Option<Last>>>,
    ended: bool,
}

/// Both ends of a new open run.
///
/// # Errors
/// [`RunError::LimitExceeded`] where too many are open.
pub(super) fn open(run: RunId, registry: Arc<Registry>) -> Result<(Teller, RunHandle), RunError> {
    let (notifier, listener) = signal();
    let capacity = usize::try_from(RUN_EVENTS).unwrap_or(usize::MAX);
    let ring = spsc::ring(capacity, &notifier);
    let (sender, receiver) = ring.map_err(|_| RunError::LimitExceeded {
        what: "run_events",
        value: RUN_EVENTS,
        limit: writemagic_shared::limits::RING_VALUES,
    })?;
    let control = registry.enter(run)?;
    let last = Arc::default();
    let teller = Teller {
        run,
        registry,
        control: Arc::clone(&control),
        sender,
        waiting: VecDeque::new(),
        last: Arc::clone(&last),
        ended: false,
    };
    Ok((teller, RunHandle { run, control, receiver, listener, last, ended: false }))
}

impl RunHandle {
    /// The run's id: what it is kept, listed and cancelled by.
    pub fn run(&self) -> RunId {
        self.run
    }

    /// The next that is said; [`None`] behind the end. May be dropped and asked again without loss. Works in any runtime.
    pub async fn next(&mut self) -> Option<Told> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The same as a poll, as streams have it. One task at a time is woken: the one that polled last.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Told>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let found = ready!(self.listener.poll(context, || self.receiver.ready()));
        Poll::Ready(Some(self.take(found)))
    }

    /// The same, blocking the thread for at most `timeout`; [`None`] when that passes first, and behind the end
    /// ([`is_ended`](Self::is_ended)). Not for the threads of the runtime that drives the runs: they would wait for
    /// themselves.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Told> {
        if self.ended {
            return None;
        }
        let found = self.listener.wait(timeout, || self.receiver.ready())?;
        Some(self.take(found))
    }

    /// Whether the end was told.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Cancels the run: returns at once, and the end comes as [`Told::End`]. Once is enough; after the end it does nothing.
    pub fn cancel(&self) {
        self.control.cancel();
    }

    fn take(&mut self, found: Ready) -> Told {
        if found == Ready::Values
            && let Some(event) = self.receiver.drain(1).next()
        {
            self.control.room();
            return Told::Event(event);
        }
        let mut last = lock(&self.last);
        if let Some(event) = last.as_mut().and_then(|last| last.rest.pop_front()) {
            return Told::Event(event);
        }
        self.ended = true;
        // The ring is closed behind it alone.
        Told::End(last.take().map_or_else(|| Box::new(fault(RunEnd::Cancelled)), |last| last.outcome))
    }
}

impl Drop for RunHandle {
    fn drop(&mut self) {
        if !self.ended {
            self.control.cancel();
        }
    }
}

impl Teller {
    pub(super) fn tell(&mut self, event: RunEvent) {
        self.waiting.push_back(event);
    }

    /// Delivers what there is room for; answers whether that was all. If not, the run is woken when there is room.
    pub(super) fn deliver(&mut self) -> bool {
        self.push() || {
            self.control.want_room();
            self.push()
        }
    }

    fn push(&mut self) -> bool {
        while let Some(event) = self.waiting.pop_front() {
            match self.sender.push(event) {
                Ok(_) => {}
                Err(PushError::Full(event)) => {
                    self.waiting.push_front(event);
                    return false;
                }
                // Nobody listens any more.
                Err(PushError::Closed(_)) => self.waiting.clear(),
            }
        }
        true
    }

    /// Tells the end, and closes the run.
    pub(super) fn end(&mut self, outcome: Box<Outcome>) {
        if self.ended {
            return;
        }
        self.ended = true;
        self.push();
        *lock(&self.last) = Some(Last { rest: std::mem::take(&mut self.waiting), outcome });
        self.registry.leave(self.run);
        self.sender.close();
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Tells that the text was kept as far as wish number `wish`.
    pub(super) fn kept(&self, wish: u64) {
        self.registry.kept(self.run, wish);
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        let end = match std::thread::panicking() {
            true => RunEnd::Failed { cause: Cause::Fault, retry_at: None },
            false => RunEnd::Cancelled,
        };
        self.end(Box::new(fault(end)));
    }
}

fn fault(end: RunEnd) -> Outcome {
    Outcome { end, text: String::new(), usage: None, cost: None, candidate: None }
}

fn lock(last: &Mutex<Option<Last>>) -> MutexGuard<'_, Option<Last>> {
    // It is put in and taken out whole.
    last.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for RunHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunHandle")
            .field("run", &self.run)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn sent<T: Send>() {}
    sent::<RunHandle>();
};
