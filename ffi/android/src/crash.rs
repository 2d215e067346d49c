//! Failures on purpose: for the tests of this layer, and for app teams who want to see what theirs does with them.

use jni_sys::{jint, jlong};
use writemagic_boundary::Handle;
use writemagic_operations::{crash, not_run, wake};

use crate::arguments::unsigned;
use crate::entry::{Crosses as _, natives};
use crate::java::{ByteArray, Thrown};

natives! {
    /// Something to break, which may panic when it is dropped.
    fn crash_open(java, panics_at_its_end: bool) -> jlong {
        let _ = java;
        Ok(crash::open(panics_at_its_end.then_some(0))?.raw())
    }

    /// Nothing, with a handle that is checked.
    fn crash_not(java, dummy: jlong) -> () {
        let _ = java;
        Ok(crash::succeed(Handle::from_raw(dummy))?)
    }

    /// Fails: 0 panics with a literal, 1 with a formatted message, 2 is a typed error.
    fn crash(java, dummy: jlong, way: jint) -> () {
        let _ = java;
        Ok(crash::crash(Handle::from_raw(dummy), way.cast_unsigned())?)
    }

    /// Takes as many milliseconds.
    fn crash_slowly(java, dummy: jlong, milliseconds: jlong) -> () {
        let _ = java;
        Ok(crash::slow(Handle::from_raw(dummy), unsigned(milliseconds, "milliseconds")?)?)
    }

    /// Panics while an argument is read.
    fn crash_argument(java, argument: ByteArray) -> () {
        java.with_bytes(argument, "argument", |bytes| Ok(crash::fail(bytes.is_empty().into())?))
    }

    /// Panics while a result is made: 0 with a literal, 1 with a formatted message.
    fn crash_result(java, dummy: jlong, way: jint) -> ByteArray {
        crash::succeed(Handle::from_raw(dummy))?;
        let made: Result<ByteArray, Thrown> = java.new_bytes(&[0; 3]);
        crash::fail(way.cast_unsigned())?;
        made
    }

    /// Panics while something is dropped, in the same ways.
    fn crash_drop(java, way: jint) -> () {
        let _ = java;
        crash::close(crash::open(Some(way.cast_unsigned()))?)?;
        Ok(())
    }

    /// Panics on a thread of the engine's that asks an object of the app, in the same ways.
    fn crash_callback(java, target: jlong, way: jint) -> () {
        let _ = java;
        Ok(crash::fail_in_callback(target.cast_unsigned(), way.cast_unsigned())?)
    }

    /// Has a thread of the engine's ask an object of the app, and gives its answer; null where it threw.
    fn crash_ask(java, target: jlong, question: jint, request: ByteArray) -> ByteArray {
        let (target, question) = (target.cast_unsigned(), question.cast_unsigned());
        match java.with_bytes(request, "request", |request| Ok(crash::ask(target, question, request)))? {
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
        crash::release(target.cast_unsigned());
        Ok(())
    }

    /// The operations that no call has run yet, each with the name of its object, line by line; all of them in a release build.
    fn crash_not_run(java) -> ByteArray {
        java.new_bytes(not_run().join("\n").as_bytes())
    }

    /// Lets go of it.
    fn crash_close(java, dummy: jlong) -> bool {
        let _ = java;
        Ok(crash::close(Handle::from_raw(dummy))?)
    }
}
