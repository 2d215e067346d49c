//! Long work on a thread of its own: wait for it, watch it, cancel it, or be called when it ends.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use writemagic_shared::runtime::{Progress, ProgressSnapshot};

use crate::error::{Error, Result};

/// Work that goes on while the caller does something else. Dropping it does not stop the work; [`cancel`](Self::cancel) does.
#[must_use = "an operation's result is only seen by `wait` or `on_complete`"]
pub struct Operation<T> {
    shared: Arc<Shared<T>>,
    progress: Progress,
}

/// Whether an operation is still at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OperationStatus {
    /// At work.
    Running,
    /// Ended: `wait` returns at once.
    Finished,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    finished: Condvar,
}

enum State<T> {
    Running(Option<Callback<T>>),
    Finished(Result<T>),
    Taken,
}

type Callback<T> = Box<dyn FnOnce(Result<T>) + Send>;

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // A panic while the lock is held cannot leave the state half written: it is replaced in one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, result: Result<T>) {
        let mut state = self.lock();
        match &mut *state {
            State::Running(callback @ Some(_)) => {
                let callback = callback.take();
                *state = State::Taken;
                drop(state);
                self.finished.notify_all();
                if let Some(callback) = callback {
                    callback(result);
                }
            }
            State::Running(None) => {
                *state = State::Finished(result);
                drop(state);
                self.finished.notify_all();
            }
            State::Finished(_) | State::Taken => {}
        }
    }
}

/// Reports a lost operation when the work unwinds before it has finished.
struct Ending<T>(Arc<Shared<T>>);

impl<T> Drop for Ending<T> {
    fn drop(&mut self) {
        self.0.finish(Err(Error::OperationLost));
    }
}

impl<T: Send + 'static> Operation<T> {
    /// Starts `work` on a new thread; it counts and looks for cancellation in the [`Progress`] that it is given.
    pub fn start<E: Into<Error> + 'static>(
        work: impl FnOnce(&Progress) -> Result<T, E> + Send + 'static,
    ) -> Operation<T> {
        let shared = Arc::new(Shared { state: Mutex::new(State::Running(None)), finished: Condvar::new() });
        let progress = Progress::new();
        let ending = Ending(Arc::clone(&shared));
        let inside = progress.clone();
        let spawned = thread::Builder::new().name("writemagic-operation".into()).spawn(move || {
            let result = work(&inside).map_err(Into::into);
            ending.0.finish(result);
        });
        // When no thread could be started the closure is dropped, and `Ending` with it: the operation is lost.
        drop(spawned);
        Operation { shared, progress }
    }

    /// Waits for the end and returns the result.
    pub fn wait(self) -> Result<T> {
        let mut state = self.shared.lock();
        loop {
            match std::mem::replace(&mut *state, State::Taken) {
                State::Finished(result) => return result,
                State::Taken => return Err(Error::OperationLost),
                running @ State::Running(_) => {
                    *state = running;
                    state = self.shared.finished.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// Waits at most `timeout` for the end, without taking the result.
    pub fn wait_timeout(&self, timeout: Duration) -> OperationStatus {
        let deadline = Instant::now() + timeout;
        let mut state = self.shared.lock();
        while matches!(&*state, State::Running(_)) {
            let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
            else {
                return OperationStatus::Running;
            };
            state = self.shared.finished.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        OperationStatus::Finished
    }

    /// Has `callback` called with the result: on the operation's thread, or here and now if it has ended.
    pub fn on_complete(self, callback: impl FnOnce(Result<T>) + Send + 'static) {
        let mut state = self.shared.lock();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Running(_) => *state = State::Running(Some(Box::new(callback))),
            State::Finished(result) => {
                drop(state);
                callback(result);
            }
            State::Taken => {
                drop(state);
                callback(Err(Error::OperationLost));
            }
        }
    }

    /// How far the work is; the operation's documentation names the unit.
    pub fn progress(&self) -> ProgressSnapshot {
        self.progress.snapshot()
    }

    /// Asks the work to stop at its next safe point; it then ends with `cancelled`. What it has finished stays.
    pub fn cancel(&self) {
        self.progress.cancel();
    }

    /// A handle that counts and cancels the same work and may outlive this one, for a signal handler.
    pub fn handle(&self) -> Progress {
        self.progress.clone()
    }
}

impl<T> fmt::Debug for Operation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("progress", &self.progress.snapshot()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn waiting_returns_the_result() {
        let operation = Operation::start(|progress| {
            progress.expect_more(2);
            progress.advance(2);
            Ok::<_, Error>(7)
        });
        assert_eq!(operation.wait_timeout(Duration::from_secs(60)), OperationStatus::Finished);
        assert_eq!(operation.progress().done, 2);
        assert_eq!(operation.wait().unwrap(), 7);
    }

    #[test]
    fn cancelling_reaches_the_work() {
        let operation = Operation::start(|progress| {
            while progress.check().is_ok() {
                thread::yield_now();
            }
            Err::<(), _>(writemagic_storage::Error::Cancelled(writemagic_shared::runtime::Cancelled))
        });
        assert_eq!(operation.wait_timeout(Duration::ZERO), OperationStatus::Running);
        operation.cancel();
        assert_eq!(writemagic_shared::error::Coded::code(&operation.wait().unwrap_err()).name(), "cancelled");
    }

    #[test]
    fn a_panic_in_the_work_is_an_error_and_not_a_hang() {
        let operation = Operation::start(|_| -> Result<()> { panic!("deliberate") });
        assert!(matches!(operation.wait(), Err(Error::OperationLost)));
    }

    #[test]
    fn the_callback_is_called_before_and_after_the_end() {
        let (send, receive) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        let running = Operation::start(move |_| {
            let _ = wait.recv();
            Ok::<_, Error>(1)
        });
        let early = send.clone();
        running.on_complete(move |result| early.send(result.unwrap()).unwrap());
        go.send(()).unwrap();
        assert_eq!(receive.recv().unwrap(), 1);

        let ended = Operation::start(|_| Ok::<_, Error>(2));
        assert_eq!(ended.wait_timeout(Duration::from_secs(60)), OperationStatus::Finished);
        ended.on_complete(move |result| send.send(result.unwrap()).unwrap());
        assert_eq!(receive.recv().unwrap(), 2);
    }
}
