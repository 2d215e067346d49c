//! The runs that are open, and the way to them from any thread.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use writemagic_shared::id::RunId;
use writemagic_shared::limits::OPEN_RUNS;

use crate::run::RunError;

/// What a run is told from outside. What is asked is asked for good; a run that looks late sees it all the same.
#[derive(Default)]
pub(super) struct Control {
    /// Wakes the run to look here, at the time, and at the room for its events.
    wake: Notify,
    cancelled: AtomicBool,
    paused: AtomicBool,
    /// How often keeping was asked for.
    keep: AtomicU64,
    /// Whether the run waits until somebody takes an event.
    wants_room: AtomicBool,
}

impl Control {
    pub(super) fn cancel(&self) {
        // Release: whoever sees the request sees what was done before it.
        self.cancelled.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    pub(super) fn pause(&self) {
        // Release: as in `cancel`.
        self.paused.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    pub(super) fn look(&self) {
        self.wake.notify_one();
    }

    /// Waits until the run should look.
    pub(super) async fn told(&self) {
        self.wake.notified().await;
    }

    pub(super) fn is_cancelled(&self) -> bool {
        // Acquire: as in `cancel`.
        self.cancelled.load(Ordering::Acquire)
    }

    pub(super) fn is_paused(&self) -> bool {
        // Acquire: as in `cancel`.
        self.paused.load(Ordering::Acquire)
    }

    /// How often keeping was asked for so far.
    pub(super) fn keep_asked(&self) -> u64 {
        // Acquire: as in `cancel`.
        self.keep.load(Ordering::Acquire)
    }

    /// The run is going to look for room once more, and then to sleep.
    pub(super) fn want_room(&self) {
        // AcqRel: both sides swap. If the consumer's swap came first, this one reads it, so the run's look that follows sees
        // the room; else the consumer's swap finds the wish.
        self.wants_room.swap(true, Ordering::AcqRel);
    }

    /// There is room now.
    pub(super) fn room(&self) {
        // AcqRel: as in `want_room`.
        if self.wants_room.swap(false, Ordering::AcqRel) {
            self.wake.notify_one();
        }
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("cancelled", &self.is_cancelled())
            .field("paused", &self.is_paused())
            .finish_non_exhaustive()
    }
}

struct Open {
    control: Arc<Control>,
    /// The last wish for keeping that was met.
    kept: u64,
}

/// The open runs by their ids.
#[derive(Default)]
pub(super) struct Registry {
    open: Mutex<HashMap<RunId, Open>>,
    /// Told when a run has ended or kept its text.
    changed: Condvar,
    /// The same for tasks.
    news: Notify,
}

impl Registry {
    /// Takes a run in.
    ///
    /// # Errors
    /// [`RunError::LimitExceeded`] where [`OPEN_RUNS`] are open.
    pub(super) fn enter(&self, run: RunId) -> Result<Arc<Control>, RunError> {
        let mut open = self.lock();
        let value = open.len() as u64 + 1;
        if value > OPEN_RUNS {
            return Err(RunError::LimitExceeded { what: "open_runs", value, limit: OPEN_RUNS });
        }
        let control = Arc::new(Control::default());
        open.insert(run, Open { control: Arc::clone(&control), kept: 0 });
        Ok(control)
    }

    pub(super) fn leave(&self, run: RunId) {
        self.lock().remove(&run);
        self.changed.notify_all();
        self.news.notify_waiters();
    }

    pub(super) fn control(&self, run: RunId) -> Option<Arc<Control>> {
        self.lock().get(&run).map(|open| Arc::clone(&open.control))
    }

    pub(super) fn ids(&self) -> Vec<RunId> {
        self.lock().keys().copied().collect()
    }

    /// Does something with all that are open.
    pub(super) fn each(&self, mut act: impl FnMut(&Control)) {
        self.lock().values().for_each(|open| act(&open.control));
    }

    /// The run met the wish for keeping with this number.
    pub(super) fn kept(&self, run: RunId, wish: u64) {
        if let Some(open) = self.lock().get_mut(&run) {
            open.kept = open.kept.max(wish);
        }
        self.changed.notify_all();
    }

    /// Wishes that all open runs keep their text, and waits until they have; answers whether they did in time.
    pub(super) fn keep_all(&self, timeout: Duration) -> bool {
        let mut open = self.lock();
        let mut wished = HashMap::new();
        for (run, one) in open.iter_mut() {
            // AcqRel: as in `Control::cancel`.
            let before = one.control.keep.fetch_add(1, Ordering::AcqRel);
            one.control.look();
            wished.insert(*run, before + 1);
        }
        self.wait(open, timeout, |open| {
            wished.iter().all(|(run, wish)| open.get(run).is_none_or(|open| open.kept >= *wish))
        })
    }

    /// Waits until no run is open; answers whether that came in time.
    pub(super) fn wait_idle(&self, timeout: Duration) -> bool {
        self.wait(self.lock(), timeout, HashMap::is_empty)
    }

    /// Waits until no run is open.
    pub(super) async fn idle(&self) {
        loop {
            let news = self.news.notified();
            if self.lock().is_empty() {
                return;
            }
            news.await;
        }
    }

    /// Waits at most `timeout` until `done`.
    fn wait(
        &self,
        open: MutexGuard<'_, HashMap<RunId, Open>>,
        timeout: Duration,
        done: impl Fn(&HashMap<RunId, Open>) -> bool,
    ) -> bool {
        let waited = self.changed.wait_timeout_while(open, timeout, |open| !done(open));
        let (open, _) = waited.unwrap_or_else(PoisonError::into_inner);
        done(&open)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Open>> {
        // Entries are put in and taken out whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("open", &self.lock().len()).finish_non_exhaustive()
    }
}
