//! What the JVM calls by name.
#![allow(unsafe_code, reason = "the names are the JVM's")]

use std::ffi::c_void;

use jni_sys::{JNI_ERR, JNI_VERSION_1_6, JavaVM, jint};
use writemagic_boundary::contain;
use writemagic_operations::log::INITIAL;

use crate::{classes, entry, host, log};

/// Called by the JVM when the app's classes load the library: registers the native methods.
///
/// Where that fails the class that loads it gets an error, and nothing of the library can be called.
// SAFETY: the one symbol of this name in a library of its own.
#[unsafe(no_mangle)]
pub(crate) extern "system" fn JNI_OnLoad(vm: *mut JavaVM, _: *mut c_void) -> jint {
    let loaded = contain("load", || {
        let java = host::remember(vm)?;
        let registered = classes::find(java) && entry::register(java);
        if !registered {
            return None;
        }
        // Every number that is written here stands for a level.
        let _ = log::LOG.set_level(INITIAL);
        host::begin();
        Some(JNI_VERSION_1_6)
    });
    loaded.ok().flatten().unwrap_or(JNI_ERR)
}

/// Called by the JVM when the class loader of the app's classes is gone, which is never: they are held from here. Threads of the
/// engine go on in the library's code, so that it must stay where it is.
// SAFETY: the one symbol of this name in a library of its own.
#[unsafe(no_mangle)]
pub(crate) extern "system" fn JNI_OnUnload(_: *mut JavaVM, _: *mut c_void) {}
