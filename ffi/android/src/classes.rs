//! What is looked up once, when the library is loaded, under the class loader that loads it: the app's. Threads of the engine
//! would not find the app's classes.
#![allow(unsafe_code, reason = "methods are called by their ids, and take what their signatures say")]

use std::ffi::CStr;
use std::ptr;
use std::sync::OnceLock;

use jni_sys::{jlong, jobject, jvalue};
use writemagic_boundary::Failure;

use crate::java::{ByteArray, Class, Java, Method, Thrown};

/// Classes and methods that are called from here. The consumer rules for R8 keep their names.
struct Classes {
    native: Class,
    on_wake: Method,
    on_ask: Method,
    on_release: Method,
    failure: Method,
    illegal_state: Class,
}

// SAFETY: references to classes that are held for ever, for all threads.
unsafe impl Send for Classes {}
// SAFETY: as above.
unsafe impl Sync for Classes {}

static CLASSES: OnceLock<Classes> = OnceLock::new();

const NATIVE: &CStr = c"dev/writemagic/internal/Native";
const FAILURES: &CStr = c"dev/writemagic/internal/Failures";
const FAILURE: &CStr = c"(ILjava/lang/String;Ljava/lang/String;Ljava/lang/String;)Ljava/lang/Throwable;";

/// Finds them. Where one is missing an exception waits, and nothing more may be called.
pub(crate) fn find(java: Java<'_>) -> bool {
    let found = || {
        let native = java.class(NATIVE)?;
        let failures = java.class(FAILURES)?;
        Some(Classes {
            native,
            on_wake: java.method(native, c"onWake", c"(J)V")?,
            on_ask: java.method(native, c"onAsk", c"(JI[B)[B")?,
            on_release: java.method(native, c"onRelease", c"(J)V")?,
            failure: java.method(failures, c"of", FAILURE)?,
            illegal_state: java.class(c"java/lang/IllegalStateException")?,
        })
    };
    CLASSES.get().is_some() || found().is_some_and(|classes| CLASSES.set(classes).is_ok())
}

/// The class with the native methods.
pub(crate) fn native() -> Option<Class> {
    CLASSES.get().map(|classes| classes.native)
}

/// Has the native method end with the exception that stands for this failure.
pub(crate) fn throw(java: Java<'_>, failure: &Failure) {
    let Some(classes) = CLASSES.get() else { return };
    let text = |text: &str| java.new_text(text).map(|text| jvalue { l: text.0 });
    let arguments = || {
        let panic = match failure.panic().and_then(|panic| panic.message.as_deref()) {
            Some(message) => text(message)?,
            None => jvalue { l: ptr::null_mut() },
        };
        let number = jvalue { i: failure.code().number().into() };
        Ok::<_, Thrown>([number, text(failure.message())?, text(&failure.details_json())?, panic])
    };
    // Where there is no memory for the texts, that is what is thrown.
    let Ok(arguments) = arguments() else { return };
    // SAFETY: the method takes a number and three texts and gives a `Throwable`: its signature.
    let throwable = unsafe { java.call_for_object(classes.failure, &arguments) };
    if java.is_throwing() {
        return;
    }
    if throwable.is_null() {
        // SAFETY: a throwable of the platform.
        unsafe {
            java.throw_new(classes.illegal_state, c"the engine failed, and the app's classes cannot say how")
        };
    } else {
        // SAFETY: a throwable, which is not null.
        unsafe { java.throw(throwable) };
    }
}

/// `Native.onWake`. What it throws waits.
pub(crate) fn on_wake(java: Java<'_>, token: jlong) {
    if let Some(classes) = CLASSES.get() {
        // SAFETY: the method takes a number and gives nothing.
        unsafe { java.call(classes.on_wake, &[jvalue { j: token }]) };
    }
}

/// `Native.onRelease`. What it throws waits.
pub(crate) fn on_release(java: Java<'_>, object: jlong) {
    if let Some(classes) = CLASSES.get() {
        // SAFETY: the method takes a number and gives nothing.
        unsafe { java.call(classes.on_release, &[jvalue { j: object }]) };
    }
}

/// `Native.onAsk`: an answer, or null where the app's object threw. What the method itself throws waits.
pub(crate) fn on_ask(java: Java<'_>, object: jlong, question: i32, request: ByteArray) -> ByteArray {
    let Some(classes) = CLASSES.get() else { return ByteArray(ptr::null_mut()) };
    let arguments = [jvalue { j: object }, jvalue { i: question }, jvalue { l: request.0 }];
    // SAFETY: the method takes two numbers and a byte array, and gives a byte array.
    let answer: jobject = unsafe { java.call_for_object(classes.on_ask, &arguments) };
    ByteArray(answer)
}
