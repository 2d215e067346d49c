//! The native methods for all of the engine: operations by number, and what is asked of this layer itself.

use jni_sys::{jint, jlong};
use writemagic_boundary::{Handle, census as objects};
use writemagic_operations as operations;

use crate::entry::{Crosses as _, natives};
use crate::java::{ByteArray, LongArray, Text};
use crate::log;

natives! {
    /// Runs an operation and gives its result.
    fn invoke(java, number: jint, object: jlong, request: ByteArray) -> ByteArray {
        let object = Handle::from_raw(object);
        let answer = java.with_bytes(request, "request", |request| {
            Ok(operations::invoke(number.cast_unsigned(), object, request)?)
        })?;
        java.new_bytes(&answer)
    }

    /// Begins an operation that goes on by itself, and gives a handle of the work. `token` is woken at its end.
    fn start(java, number: jint, object: jlong, request: ByteArray, token: jlong) -> jlong {
        let object = Handle::from_raw(object);
        java.with_bytes(request, "request", |request| {
            Ok(operations::start(number.cast_unsigned(), object, request, token.cast_unsigned())?.raw())
        })
    }

    /// What came of some work; null while it goes on and once it was taken.
    fn take_result(java, work: jlong) -> ByteArray {
        match operations::take_result(Handle::from_raw(work))? {
            Some(result) => java.new_bytes(&result),
            None => Ok(ByteArray::nothing()),
        }
    }

    /// How many units of some work are done, how many are expected, and 1 if it was asked to stop.
    fn progress(java, work: jlong) -> LongArray {
        let progress = operations::progress(Handle::from_raw(work))?;
        let units = |units: u64| jlong::try_from(units).unwrap_or(jlong::MAX);
        java.new_longs(&[units(progress.done), units(progress.total), progress.cancelled.into()])
    }

    /// Asks some work to stop.
    fn cancel(java, work: jlong) -> () {
        let _ = java;
        Ok(operations::cancel(Handle::from_raw(work))?)
    }

    /// Gives some work up, and cancels it if it goes on.
    fn close_work(java, work: jlong) -> bool {
        let _ = java;
        Ok(operations::close_work(Handle::from_raw(work))?)
    }

    /// Closes an object, whose type has this number; false where it was closed before.
    fn close_object(java, number: jint, object: jlong) -> bool {
        let _ = java;
        Ok(operations::close_object(number.cast_unsigned(), Handle::from_raw(object))?)
    }

    /// Which operations and types this library has: the classes beside it must be of the same build.
    fn fingerprint(java) -> jlong {
        let _ = java;
        Ok(operations::fingerprint().cast_signed())
    }

    /// The types of objects and how many of each live: how many types, then a text and a number for each.
    fn census(java) -> ByteArray {
        let objects = objects();
        let mut out = Vec::new();
        out.extend_from_slice(&(objects.len() as u32).to_le_bytes());
        for (name, count) in objects {
            out.extend_from_slice(&(name.len() as u32).to_le_bytes());
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(&(count as u64).to_le_bytes());
        }
        java.new_bytes(&out)
    }

    /// How often the app threw where the engine called it.
    fn throws(java) -> jlong {
        let _ = java;
        Ok(operations::throws().cast_signed())
    }

    /// The app threw where the engine called it: an exception of the class `name`.
    fn threw(java, name: Text) -> () {
        let name = java.text(name, "name")?;
        operations::count_throw();
        log::warn(&format!("the app threw {name} where it was called"));
        Ok(())
    }

    /// Shows events of this level and graver ones: 0 none, 1 errors, to 5 all.
    fn set_log_level(java, level: jint) -> () {
        let _ = java;
        Ok(log::LOG.set_level(level.cast_unsigned())?)
    }
}
