//! The thread that saves what sessions take: soon after the first splice, heads when typing pauses.

use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use writemagic_shared::error::Coded;
use writemagic_shared::event;
use writemagic_shared::queue::Listener;

use super::sessions::Sessions;
use crate::error::{Error, Result};
use crate::library::{Inner, lock};

/// How long the writer waits after the first splice for others to join its commit.
const GROUP: Duration = Duration::from_millis(1);
/// How long nothing may be typed before heads and search rows are refreshed; and the longest, for large texts.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Bytes of text that take some five milliseconds to refresh, and lengthen the pause by another [`PAUSE`].
const SLICE: u64 = 128 << 10;
/// How long the writer waits before it tries again to save everything after a failure, such as a full disk.
const RETRY: Duration = Duration::from_secs(1);

/// What the library tells its writer's thread beside splices.
#[derive(Debug, Default)]
pub(super) struct Control {
    orders: Mutex<Orders>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Orders {
    running: bool,
    stop: bool,
    nudged: bool,
}

impl Control {
    pub(super) fn stop(&self) {
        lock(&self.orders).stop = true;
        self.changed.notify_one();
    }

    /// Ends a wait for better times.
    pub(super) fn nudge(&self) {
        lock(&self.orders).nudged = true;
        self.changed.notify_one();
    }

    fn is_stopped(&self) -> bool {
        lock(&self.orders).stop
    }

    /// Waits without an ear for splices, which so cost their callers no wake-up: for `timeout`, or for ever, until told
    /// to stop, or (if asked for) nudged.
    fn rest(&self, timeout: Option<Duration>, until_nudged: bool) -> ControlFlow<()> {
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let mut orders = lock(&self.orders);
        loop {
            if orders.stop {
                return ControlFlow::Break(());
            }
            if until_nudged && std::mem::take(&mut orders.nudged) {
                return ControlFlow::Continue(());
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            orders = match left {
                Some(left) if left.is_zero() => return ControlFlow::Continue(()),
                Some(left) => {
                    self.changed.wait_timeout(orders, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(orders).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl Sessions {
    /// Starts the writer's thread if it does not run.
    pub(super) fn start_writer(&self, library: &Arc<Inner>) -> Result<()> {
        let mut orders = lock(&self.control.orders);
        if orders.running {
            return Ok(());
        }
        let library = Arc::clone(library);
        let listener = Arc::clone(&self.listener);
        thread::Builder::new()
            .name("writemagic-writer".into())
            .stack_size(library.profile.stack_bytes)
            // The library's closing stops the thread, so holding it keeps nothing open.
            .spawn(move || run(&library, &mut lock(&listener)))
            .map_err(Error::from)?;
        orders.running = true;
        Ok(())
    }
}

/// How long nothing may be typed before a text of `bytes` is written and indexed whole, which nothing can interrupt:
/// some hundred times as long as that takes, so that who goes on typing seldom meets it.
pub(super) fn pause_before(bytes: u64) -> Duration {
    let slices = u32::try_from(bytes / SLICE).unwrap_or(u32::MAX);
    PAUSE.saturating_add(PAUSE.saturating_mul(slices)).min(LONGEST_PAUSE)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Stop,
    Typed,
}

fn run(library: &Arc<Inner>, listener: &mut Listener) {
    let sessions: &Sessions = &library.sessions;
    let news = || match () {
        () if sessions.control.is_stopped() => Some(News::Stop),
        () if sessions.has_work() => Some(News::Typed),
        () => None,
    };
    // When somebody typed, and when heads are due.
    let mut typed = Instant::now();
    let mut due: Option<Instant> = None;
    loop {
        let left = due.map_or(Duration::MAX, |due| due.saturating_duration_since(Instant::now()));
        let result = match listener.wait(left, news) {
            Some(News::Stop) => return,
            Some(News::Typed) => {
                if sessions.control.rest(Some(GROUP), false).is_break() {
                    return;
                }
                typed = Instant::now();
                due = Some(typed + PAUSE);
                sessions.save_typed(library)
            }
            None => sessions.refresh_heads(library, typed.elapsed()).and_then(|left| {
                due = left.map(|pause| typed + pause);
                if left.is_none() {
                    library.index_merged()?;
                    sessions.fold_journals(library)?;
                    library.checkpoint_beside();
                }
                Ok(())
            }),
        };
        let rested = match result {
            Ok(()) => continue,
            // Resuming nudges; closing stops.
            Err(Error::LibrarySuspended | Error::LibraryClosed) => sessions.control.rest(None, true),
            Err(error) => {
                event!(
                    Warn,
                    "edits could not be saved yet",
                    code = error.code(),
                    waiting_bytes = sessions.backlog()
                );
                // Heads too: a failed try may have been for them.
                due = Some(Instant::now() + RETRY);
                sessions.control.rest(Some(RETRY), true)
            }
        };
        if rested.is_break() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_before_a_refresh_grows_with_the_text_up_to_a_bound() {
        assert_eq!(pause_before(0), PAUSE);
        assert_eq!(pause_before(50_000), PAUSE);
        assert_eq!(pause_before(1 << 20), PAUSE * 9);
        assert_eq!(pause_before(u64::MAX), LONGEST_PAUSE);
    }
}
