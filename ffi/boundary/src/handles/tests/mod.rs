//! What tables promise: one by one, in any sequence, on threads, and in every order that the memory model allows.
#![cfg_attr(not(loom), allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests"))]

#[cfg(loom)]
mod models;
#[cfg(not(loom))]
mod sequences;
#[cfg(not(loom))]
mod tables;
#[cfg(not(loom))]
mod threads;
#[cfg(not(loom))]
mod witness;
