//! What the JVM itself takes for a call: a native method without any guard, found by its name.
#![allow(unsafe_code, reason = "the name is the JVM's")]

use std::ffi::c_void;

/// `Floor.empty`.
// SAFETY: the one symbol of this name.
#[unsafe(no_mangle)]
pub(crate) extern "system" fn Java_dev_writemagic_benches_Floor_empty(_: *mut c_void, _: *mut c_void) {}
