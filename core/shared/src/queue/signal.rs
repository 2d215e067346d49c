//! Waking a consumer: one [`Listener`] sleeps, any number of [`Notifier`]s wake it.
//!
//! A notifier that finds nobody asleep pays a fence and a load: no lock, no system call, no write to shared memory. One
//! that finds the sleeper takes its handle in a few instructions and wakes it, still without a lock.
//!
//! No wake-up is lost. The notifier publishes its news, fences, then looks at `state`; the listener sets `state`,
//! fences, then looks for news. Whichever fence comes second in the one order of all `SeqCst` fences sees what the other
//! side wrote before its own: either the listener finds the news and stays awake, or the notifier finds the listener.
//!
//! The rings save their fence: they publish with a `SeqCst` write W and look at `state` with a `SeqCst` load R, which
//! costs a processor less. W comes before R in the one order of all `SeqCst` operations and fences. If R missed the
//! listener, it comes before the listener's fence in that order; if the listener missed the news, its fence comes before
//! W. Both cannot be.
#![allow(unsafe_code, reason = "the sleeper's handle passes from thread to thread without a lock")]

use std::{
    fmt,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use crate::sync::{
    Arc, UnsafeCell,
    atomic::{
        AtomicU8,
        Ordering::{Acquire, Relaxed, Release, SeqCst},
        fence,
    },
    thread,
};

/// Nobody is asleep; `sleeper` is empty.
const AWAKE: u8 = 0;
/// The listener sleeps or is about to; `sleeper` is full, and belongs to whoever leaves this state.
const ASLEEP: u8 = 1;
/// One thread is reading or writing `sleeper`.
const BUSY: u8 = 2;

struct Shared {
    state: AtomicU8,
    sleeper: UnsafeCell<Option<Sleeper>>,
}

/// What wakes the listener.
enum Sleeper {
    Thread(thread::Thread),
    Task(Waker),
}

impl Sleeper {
    fn wake(self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

// SAFETY: `sleeper` is touched only by the thread that moved `state` to `BUSY`, and its content is `Send`.
unsafe impl Sync for Shared {}

impl Shared {
    /// Takes the sleeper out if there is one and nobody else is doing so.
    fn take(&self) -> Option<Sleeper> {
        // Acquire: reads the handle that the listener stored before its Release of `ASLEEP`. A failure needs no order:
        // another notifier has the handle and wakes the listener, which fences and looks again before it sleeps.
        self.state.compare_exchange(ASLEEP, BUSY, Acquire, Relaxed).ok()?;
        // SAFETY: this thread moved `state` to `BUSY`.
        let sleeper = self.sleeper.with_mut(|sleeper| unsafe { (*sleeper).take() });
        // Release: the next owner of the cell finds it as it was left.
        self.state.store(AWAKE, Release);
        sleeper
    }

    #[cold]
    fn wake(&self) {
        if let Some(sleeper) = self.take() {
            sleeper.wake();
        }
    }
}

/// A new signal: the end that wakes, which can be cloned, and the end that sleeps.
pub fn signal() -> (Notifier, Listener) {
    let shared = Arc::new(Shared { state: AtomicU8::new(AWAKE), sleeper: UnsafeCell::new(None) });
    (Notifier { shared: Arc::clone(&shared) }, Listener { shared })
}

/// The end of a signal that wakes the [`Listener`].
#[derive(Clone)]
pub struct Notifier {
    shared: Arc<Shared>,
}

impl Notifier {
    /// Wakes the listener if it sleeps; it then finds whatever this thread wrote before the call.
    ///
    /// Lock-free. Without a sleeper a fence and a load; with one, the first notifier pays for the wake-up.
    #[inline]
    pub fn notify(&self) {
        // Pairs with the fence in `Listener::fall_asleep`: see the module's head.
        fence(SeqCst);
        // Relaxed: the fence orders it, and what the handle needs is acquired when it is taken.
        if self.shared.state.load(Relaxed) == ASLEEP {
            self.shared.wake();
        }
    }

    /// As [`Notifier::notify`], for news that this thread's last `SeqCst` write published: no fence.
    #[inline]
    pub(super) fn notify_of_write(&self) {
        // The model checker takes `SeqCst` accesses for weaker ones and knows fences alone.
        #[cfg(loom)]
        fence(SeqCst);
        // SeqCst: behind the write that published the news, see the module's head.
        if self.shared.state.load(SeqCst) == ASLEEP {
            self.shared.wake();
        }
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").finish_non_exhaustive()
    }
}

/// The end of a signal that sleeps until there is news.
///
/// What counts as news is the caller's: a function that looks at one ring, at many, at a flag. Whoever makes it answer
/// `Some` must call [`Notifier::notify`] afterwards; the rings of this room do.
pub struct Listener {
    shared: Arc<Shared>,
}

impl Listener {
    /// Sleeps until `news` answers, at most `timeout`; `None` when that passes first.
    ///
    /// `news` is asked at once, and again after each wake-up, so it should be cheap. A zero `timeout` asks without
    /// sleeping; one too long to express has no end.
    pub fn wait<R>(&mut self, timeout: Duration, mut news: impl FnMut() -> Option<R>) -> Option<R> {
        if let Some(found) = news() {
            return Some(found);
        }
        let deadline = Instant::now().checked_add(timeout);
        loop {
            let asleep = self.fall_asleep(|| Sleeper::Thread(thread::current()));
            let found = news();
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if found.is_some() || left == Some(Duration::ZERO) {
                self.stay_awake();
                return found;
            }
            match left {
                _ if !asleep => thread::yield_now(),
                Some(left) => park_timeout(left),
                None => thread::park(),
            }
        }
    }

    /// Answers if `news` does; else the task is woken when there may be news.
    pub fn poll<R>(&mut self, cx: &mut Context<'_>, mut news: impl FnMut() -> Option<R>) -> Poll<R> {
        if let Some(found) = news() {
            return Poll::Ready(found);
        }
        let asleep = self.fall_asleep(|| Sleeper::Task(cx.waker().clone()));
        if let Some(found) = news() {
            self.stay_awake();
            return Poll::Ready(found);
        }
        if !asleep {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// Lets notifiers find the sleeper; the caller then looks for news before it really sleeps. False, and nothing
    /// changed, while a notifier is taking the handle of an earlier sleep.
    fn fall_asleep(&mut self, sleeper: impl FnOnce() -> Sleeper) -> bool {
        // An earlier handle may still be there: of a task that was polled twice, or a thread that woke for no reason.
        self.stay_awake();
        let sleeper = sleeper();
        // Acquire: the cell as the last notifier left it. It fails while a notifier is in it.
        if self.shared.state.compare_exchange(AWAKE, BUSY, Acquire, Relaxed).is_err() {
            return false;
        }
        // SAFETY: this thread moved `state` to `BUSY`.
        self.shared.sleeper.with_mut(|place| unsafe { *place = Some(sleeper) });
        // Release: whoever takes the handle sees it whole.
        self.shared.state.store(ASLEEP, Release);
        // Pairs with the fence in `Notifier::notify`: see the module's head.
        fence(SeqCst);
        true
    }

    /// Saves notifiers the wake-up.
    fn stay_awake(&mut self) {
        drop(self.shared.take());
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stay_awake();
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

#[cfg(not(loom))]
fn park_timeout(timeout: Duration) {
    thread::park_timeout(timeout);
}

/// Models have no clock: only a wake-up ends a sleep, so that a lost one is a deadlock.
#[cfg(loom)]
fn park_timeout(_: Duration) {
    thread::park();
}

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;
