//! Failures on purpose: for the tests of both platforms' layers, and for app teams who want to see what theirs does with them.

use std::thread;
use std::time::Duration;

use writemagic::{Code, Coded, Details};
use writemagic_boundary::{Failure, Handle, Table, call, guard};

use crate::host;

/// The longest slow call.
const SLOWEST: Duration = Duration::from_mins(1);

/// Something to break.
struct Dummy {
    /// The way in which it panics when it is dropped.
    at_its_end: Option<u32>,
}

impl Drop for Dummy {
    #[allow(clippy::panic, reason = "that is what it is for")]
    fn drop(&mut self) {
        match self.at_its_end {
            None => {}
            Some(0) => panic!("a deliberate panic of a destructor"),
            Some(way) => panic!("a deliberate panic of a destructor, number {}", way + 41),
        }
    }
}

static DUMMIES: Table<Dummy> = Table::new("crash test");

/// A typed error that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a deliberate error: way {way}")]
struct Deliberate {
    way: u32,
}

impl Coded for Deliberate {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }

    fn details(&self) -> Details {
        Details::none().with("what", "way").with("value", u64::from(self.way))
    }
}

/// Something to break, which may panic when it is dropped: 0 with a fixed message, others with one that is put together.
///
/// # Errors
/// `too_many_objects`.
pub fn open(at_its_end: Option<u32>) -> Result<Handle, Failure> {
    Ok(DUMMIES.insert(Dummy { at_its_end })?)
}

/// Nothing, with a handle that is checked.
///
/// # Errors
/// A handle that is none of [`open`].
pub fn succeed(dummy: Handle) -> Result<(), Failure> {
    call(&DUMMIES, dummy, "crash_not", |_| Ok::<_, Failure>(()))
}

/// [`fail`] with an object, which is of no more use if it was a panic.
///
/// # Errors
/// In any case.
pub fn crash(dummy: Handle, way: u32) -> Result<(), Failure> {
    call(&DUMMIES, dummy, "crash", |_| fail(way))
}

/// Fails.
///
/// # Errors
/// `invalid_argument`, where it does not panic.
///
/// # Panics
/// `way` 0 with a fixed message, 1 with one that is put together.
#[allow(clippy::panic, reason = "that is what it is for")]
pub fn fail(way: u32) -> Result<(), Failure> {
    match way {
        0 => panic!("a deliberate panic"),
        1 => panic!("a deliberate panic, number {}", way + 41),
        _ => Err(Deliberate { way }.into()),
    }
}

/// Takes as many milliseconds, a minute at most.
///
/// # Errors
/// A handle that is none of [`open`].
pub fn slow(dummy: Handle, milliseconds: u64) -> Result<(), Failure> {
    call(&DUMMIES, dummy, "crash_slowly", |_| {
        thread::sleep(Duration::from_millis(milliseconds).min(SLOWEST));
        Ok::<_, Failure>(())
    })
}

/// Has a thread of the engine's ask an object of the app, and gives its answer; `None` where it threw.
pub fn ask(object: u64, question: u32, request: &[u8]) -> Option<Vec<u8>> {
    let ask = || host::ask(object, question, request);
    thread::scope(|scope| {
        let asking = thread::Builder::new().name("writemagic-asking".into()).spawn_scoped(scope, ask);
        asking.ok()?.join().ok()?.ok()
    })
}

/// Has a thread of the engine's ask an object of the app, and [`fail`] over its answer.
///
/// # Errors
/// As [`fail`], with what the panic of that thread said.
pub fn fail_in_callback(object: u64, way: u32) -> Result<(), Failure> {
    let answered = || {
        guard("crash_callback", || {
            let _ = host::ask(object, 0, &[]);
            fail(way)
        })
    };
    thread::scope(|scope| {
        let asking = thread::Builder::new().name("writemagic-asking".into()).spawn_scoped(scope, answered);
        // What panics is contained on that thread already.
        asking.ok().and_then(|asking| asking.join().ok()).unwrap_or(Ok(()))
    })
}

/// Has the engine let go of an object of the app.
pub fn release(object: u64) {
    host::release(object);
}

/// Lets go of what [`open`] gave; `false` where that was done before.
///
/// # Errors
/// A handle that is none of [`open`]; `panic` where it was to panic at its end. It is gone then, too.
pub fn close(dummy: Handle) -> Result<bool, Failure> {
    writemagic_boundary::close(&DUMMIES, dummy, "crash_close")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_fails_as_it_says() {
        let dummy = open(None).unwrap();
        succeed(dummy).unwrap();
        slow(dummy, 0).unwrap();
        let failure = crash(dummy, 2).unwrap_err();
        assert_eq!(
            (failure.code(), failure.details_json().as_str()),
            (Code::InvalidArgument, r#"{"what":"way","value":2}"#)
        );
        succeed(dummy).unwrap();
        for (way, message) in [(0, "a deliberate panic"), (1, "a deliberate panic, number 42")] {
            let dummy = open(None).unwrap();
            let failure = crash(dummy, way).unwrap_err();
            assert_eq!(failure.panic().and_then(|panic| panic.message.as_deref()), Some(message));
            assert_eq!(succeed(dummy).unwrap_err().code(), Code::ObjectPoisoned);
            assert_eq!(close(dummy), Ok(true));
        }
        assert_eq!(close(dummy), Ok(true));
        assert_eq!(close(dummy), Ok(false));
        for (way, end) in [(0, ""), (1, ", number 42")] {
            let failure = close(open(Some(way)).unwrap()).unwrap_err();
            let said = failure.panic().and_then(|panic| panic.message.clone());
            assert_eq!(said, Some(format!("a deliberate panic of a destructor{end}")));
            // There is no app here to be asked.
            let failure = fail_in_callback(7, way).unwrap_err();
            let said = failure.panic().and_then(|panic| panic.message.clone());
            assert_eq!(said, Some(format!("a deliberate panic{end}")));
        }
    }
}
