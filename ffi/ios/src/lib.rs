//! The engine for Swift: what the bindings that UniFFI generates call.
//!
//! What can be called stands in [`writemagic_operations`]; here is how Swift calls it, and is called back. No panic, no
//! handle and no text that the app passes takes the process down: each call goes through one guard, and every function
//! here can fail, as Swift ends the process where one fails that cannot. Nothing waits here but what the caller waits for:
//! functions are synchronous, and long work is begun, watched and cancelled by a handle.
//!
//! | File | What it does |
//! | --- | --- |
//! | `entry` | a function's guard, and its error as it crosses |
//! | `bytes` | bytes that cross without being looked at one by one |
//! | `calls`, `sessions`, `crash` | the functions |
//! | `host` | threads of the engine that call the app, and where its events are shown |
//!
//! `cargo xtask bindings` makes the Swift sources of these functions, which no app sees: the API that it sees is beside
//! them in `ffi/ios/swift`.
#![allow(
    unsafe_code,
    unreachable_pub,
    missing_docs,
    reason = "the functions that UniFFI's macros make of those here; besides them only `bytes` has such code"
)]

mod bytes;
mod calls;
mod crash;
mod entry;
mod host;
mod sessions;

uniffi::setup_scaffolding!();
