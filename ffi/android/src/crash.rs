//! Failures on purpose: for the tests of this layer, and for app teams who want to see what theirs does with them.

use std::thread;
use std::time::Duration;

use jni_sys::{jint, jlong};
use writemagic_boundary::{Failure, Handle, Table, call, close};
use writemagic_operations::wake;

use crate::arguments::{ArgumentError, unsigned};
use crate::entry::{Crosses as _, natives};
use crate::host;
use crate::java::{ByteArray, Thrown};

/// The longest slow call, in milliseconds.
const SLOWEST: u64 = 60_000;

/// Something to break.
struct Dummy {
    panics_at_its_end: bool,
}

impl Drop for Dummy {
    #[allow(clippy::panic, reason = "that is what it is for")]
    fn drop(&mut self) {
        if self.panics_at_its_end {
            panic!("a deliberate panic of a destructor");
        }
    }
}

static DUMMIES: Table<Dummy> = Table::new("crash test");

natives! {
    /// Something to break, which may panic when it is dropped.
    fn crash_open(java, panics_at_its_end: bool) -> jlong {
        let _ = java;
        Ok(DUMMIES.insert(Dummy { panics_at_its_end }).map_err(Failure::from)?.raw())
    }

    /// Nothing, with a handle that is checked.
    fn crash_not(java, dummy: jlong) -> () {
        let _ = java;
        Ok(call(&DUMMIES, Handle::from_raw(dummy), "crash_not", |_| Ok::<_, Failure>(()))?)
    }

    /// Fails: 0 panics with a literal, 1 with a formatted message, 2 is a typed error.
    fn crash(java, dummy: jlong, way: jint) -> () {
        let _ = java;
        Ok(call(&DUMMIES, Handle::from_raw(dummy), "crash", |_| fail(way))?)
    }

    /// Takes as many milliseconds.
    fn crash_slowly(java, dummy: jlong, milliseconds: jlong) -> () {
        let _ = java;
        let milliseconds = unsigned(milliseconds, "milliseconds")?;
        Ok(call(&DUMMIES, Handle::from_raw(dummy), "crash_slowly", |_| {
            thread::sleep(Duration::from_millis(milliseconds.min(SLOWEST)));
            Ok::<_, Failure>(())
        })?)
    }

    /// Panics while an argument is read.
    fn crash_argument(java, argument: ByteArray) -> () {
        java.with_bytes(argument, "argument", |bytes| {
            fail(i32::from(bytes.is_empty()))?;
            Ok(())
        })
    }

    /// Panics while a result is made.
    fn crash_result(java, dummy: jlong) -> ByteArray {
        let result = call(&DUMMIES, Handle::from_raw(dummy), "crash_result", |_| Ok::<_, Failure>([0; 3]))?;
        let made: Result<ByteArray, Thrown> = java.new_bytes(&result);
        fail(1)?;
        made
    }

    /// Has a thread of the engine's ask an object of the app, and gives its answer; null where it threw.
    fn crash_ask(java, target: jlong, question: jint, request: ByteArray) -> ByteArray {
        let answer = java.with_bytes(request, "request", |request| {
            let ask = || host::ask(target.cast_unsigned(), question.cast_unsigned(), request);
            let asked = thread::scope(|scope| {
                let asking = thread::Builder::new().name("writemagic-asking".into()).spawn_scoped(scope, ask);
                asking.ok().and_then(|thread| thread.join().ok())
            });
            Ok(asked.and_then(Result::ok))
        })?;
        match answer {
            Some(answer) => java.new_bytes(&answer),
            None => Ok(ByteArray::nothing()),
        }
    }

    /// Wakes a token.
    fn crash_wake(java, token: jlong) -> () {
        let _ = java;
        wake(token.cast_unsigned());
        Ok(())
    }

    /// Has the engine let go of an object of the app.
    fn crash_release(java, target: jlong) -> () {
        let _ = java;
        host::release(target.cast_unsigned());
        Ok(())
    }

    /// Lets go of it.
    fn crash_close(java, dummy: jlong) -> bool {
        let _ = java;
        Ok(close(&DUMMIES, Handle::from_raw(dummy), "crash_close")?)
    }
}

#[allow(clippy::panic, reason = "that is what it is for")]
fn fail(way: jint) -> Result<(), Failure> {
    match way {
        0 => panic!("a deliberate panic"),
        1 => panic!("a deliberate panic, number {}", way + 41),
        _ => Err(ArgumentError::Unknown { what: "way", value: way.into() }.into()),
    }
}
