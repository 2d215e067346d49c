//! The thread that saves what sessions take: soon after the first splice, heads when typing pauses.

use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use writemagic_shared::error::Coded;
use writemagic_shared::event;

use super::sessions::Sessions;
use crate::error::{Error, Result};
use crate::library::{Inner, lock};

/// How long the writer waits after the first splice for others to join its commit.
const GROUP: Duration = Duration::from_millis(1);
/// How long nothing may be typed before heads and search rows are refreshed.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the writer waits before it tries again to save everything after a failure, such as a full disk.
const RETRY: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct WriterThread {
    signal: Arc<Signal>,
}

#[derive(Debug, Default)]
struct Signal {
    state: Mutex<SignalState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct SignalState {
    running: bool,
    work: bool,
    stop: bool,
}

impl WriterThread {
    /// Starts the thread if it does not run.
    pub(super) fn start(&self, library: &Arc<Inner>) -> Result<()> {
        let mut state = lock(&self.signal.state);
        if state.running {
            return Ok(());
        }
        let signal = Arc::clone(&self.signal);
        let library = Arc::downgrade(library);
        thread::Builder::new()
            .name("writemagic-writer".into())
            .spawn(move || run(&signal, &library))
            .map_err(Error::from)?;
        state.running = true;
        Ok(())
    }

    /// Tells the thread that there is something to save.
    pub(super) fn wake(&self) {
        let mut state = lock(&self.signal.state);
        if !state.work {
            state.work = true;
            self.signal.changed.notify_one();
        }
    }

    pub(super) fn stop(&self) {
        lock(&self.signal.state).stop = true;
        self.signal.changed.notify_one();
    }
}

fn run(signal: &Signal, library: &Weak<Inner>) {
    let mut due: Option<Instant> = None;
    loop {
        let mut state = lock(&signal.state);
        while !state.work && !state.stop {
            match due.map(|due| due.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => break,
                Some(left) => {
                    state =
                        signal.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                None => state = signal.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
        if state.work && !state.stop {
            state = signal.changed.wait_timeout(state, GROUP).unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.stop {
            return;
        }
        let typed = std::mem::take(&mut state.work);
        drop(state);
        let Some(library) = library.upgrade() else { return };
        let sessions: &Sessions = &library.sessions;
        let result = if typed {
            sessions.save(&library, &sessions.unsaved(), false)
        } else {
            sessions.save_all(&library)
        };
        due = match result {
            // Resuming wakes this thread; closing ends it.
            Err(Error::LibrarySuspended | Error::LibraryClosed) => None,
            Err(error) => {
                event!(
                    Warn,
                    "edits could not be saved yet",
                    code = error.code(),
                    waiting_bytes = sessions.backlog()
                );
                Some(Instant::now() + RETRY)
            }
            Ok(()) if typed => Some(Instant::now() + PAUSE),
            Ok(()) => None,
        };
    }
}
