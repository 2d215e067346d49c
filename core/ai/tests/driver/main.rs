//! Runs as an app drives them: over a scripted transport on a paused clock, and over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says with a panic what is wrong")]

mod canary;
mod continuing;
mod delivery;
mod host;
#[cfg(feature = "net")]
#[path = "../support/http.rs"]
mod http;
mod lifecycle;
mod limits;
mod money_and_privacy;
mod resilience;
mod rig;
mod script;
#[cfg(feature = "net")]
mod server;
#[cfg(feature = "net")]
mod sockets;
mod streams;
