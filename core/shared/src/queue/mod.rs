//! Bounded lock-free rings between threads, and the signal that wakes whoever empties them.
//!
//! - [`mpsc`]: many producers, one consumer that takes whole batches. A producer never waits and never allocates.
//! - [`spsc`]: one producer, one consumer: event delivery.
//! - [`signal`]: how a producer wakes the consumer, a thread or a task. One signal may stand behind any number of rings.
//!
//! Both rings number what they accept, count exactly what was accepted before they closed, and deliver all of it. For
//! maps, sets and unbounded needs there is crossbeam; nothing here grows.
//!
//! ```
//! use std::time::Duration;
//! use writemagic_shared::queue::{Ready, mpsc, signal};
//!
//! let (notifier, mut listener) = signal();
//! let (sender, mut receiver) = mpsc::ring(64, &notifier)?;
//! std::thread::spawn(move || {
//!     for word in ["it", "rained"] {
//!         sender.push(word).expect("there is room for two");
//!     }
//! });
//! let mut words = Vec::new();
//! while listener.wait(Duration::from_secs(60), || receiver.ready()) == Some(Ready::Values) {
//!     words.extend(receiver.drain(16));
//! }
//! assert_eq!(words, ["it", "rained"]);
//! # Ok::<(), writemagic_shared::queue::CapacityError>(())
//! ```

pub mod mpsc;
mod signal;
mod slots;
pub mod spsc;
#[cfg(all(test, not(loom)))]
mod stress;

pub use signal::{Listener, Notifier, signal};

use crate::limits;

/// The bit of a ring's end that says "closed"; the other bits are the next position.
const CLOSED: u64 = 1 << 63;

/// A consumer gives room back after at most this many values, so that a long batch does not starve producers.
const ROOM_BACK_AFTER: u64 = 32;

/// Where an accepted value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Values that came before this one since the ring began: its serial number. Values are delivered in this order.
    pub position: u64,
}

/// Why a value was not accepted. It comes back unchanged.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError<T> {
    /// The ring is full.
    #[error("the ring is full")]
    Full(T),
    /// The ring is closed.
    #[error("the ring is closed")]
    Closed(T),
}

impl<T> PushError<T> {
    /// The value that was not accepted.
    pub fn into_value(self) -> T {
        match self {
            Self::Full(value) | Self::Closed(value) => value,
        }
    }
}

/// Tells the kind of refusal without the value, which may be user text.
impl<T> std::fmt::Debug for PushError<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

/// What a consumer finds when it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// There is a value to take.
    Values,
    /// The ring is closed and everything accepted has been taken.
    Closed,
}

/// A ring cannot have the capacity that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ring holds 1 to {} values, not {asked}", limits::RING_VALUES)]
pub struct CapacityError {
    /// The capacity that was asked for.
    pub asked: usize,
}
