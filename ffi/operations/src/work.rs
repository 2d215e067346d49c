//! Long work: begun, watched, cancelled, and its result taken when it is there.

use std::sync::{Arc, Mutex, PoisonError};

use writemagic::{Operation, Progress, ProgressSnapshot};
use writemagic_boundary::{Failure, Handle, Table, call};

use crate::host;
use crate::wire::Encode;

/// Work in progress. Closing it cancels it.
pub(crate) static WORK: Table<Work> = Table::new("work");

/// Who is told that there is something new: a number that the app chose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waker(pub(crate) u64);

impl Waker {
    pub(crate) fn wake(self) {
        host::wake(self.0);
    }
}

pub(crate) struct Work {
    progress: Progress,
    result: Arc<Mutex<Option<Ended>>>,
}

type Ended = Result<Vec<u8>, Failure>;

impl Drop for Work {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}

pub(crate) fn begin<T: Encode + Send + 'static>(
    operation: Operation<T>,
    waker: Waker,
) -> Result<Handle, Failure> {
    let result = Arc::new(Mutex::new(None));
    let work = Work { progress: operation.handle(), result: Arc::clone(&result) };
    let handle = WORK.insert(work)?;
    operation.on_complete(move |ended| {
        let ended = ended.map_err(Failure::from).map(|value| value.encoded());
        *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        waker.wake();
    });
    Ok(handle)
}

/// What came of some work; `None` while it goes on, and once it was taken. The app is told when there is something.
///
/// # Errors
/// Those of the operation; a handle that is no work's.
pub fn take_result(work: Handle) -> Result<Option<Vec<u8>>, Failure> {
    call(&WORK, work, "take_result", |work| {
        work.result.lock().unwrap_or_else(PoisonError::into_inner).take().transpose()
    })
}

/// How far some work is, in units that its operation names.
///
/// # Errors
/// A handle that is no work's.
pub fn progress(work: Handle) -> Result<ProgressSnapshot, Failure> {
    call(&WORK, work, "progress", |work| Ok::<_, Failure>(work.progress.snapshot()))
}

/// Asks some work to stop at its next safe point; it then ends with `cancelled`.
///
/// # Errors
/// A handle that is no work's.
pub fn cancel(work: Handle) -> Result<(), Failure> {
    call(&WORK, work, "cancel", |work| {
        work.progress.cancel();
        Ok::<_, Failure>(())
    })
}

/// Gives some work up: it is cancelled if it still goes on. `false` where it was given up before.
///
/// # Errors
/// A handle that is no work's.
pub fn close_work(work: Handle) -> Result<bool, Failure> {
    writemagic_boundary::close(&WORK, work, "close_work")
}
