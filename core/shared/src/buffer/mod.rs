//! Buffers that are used again: [`BufferPool`] and the [`PooledBuf`]s that it hands out.
//!
//! Memory is in size classes, powers of two from 64 bytes to 1 MiB. Each thread has a cache of its own, which costs a few
//! nanoseconds and no atomic operation on anything shared; behind the caches stands a lock-free depot for each class,
//! to and from which blocks move in batches, so that buffers filled on one thread and dropped on another cost two
//! atomic operations in 32. Only when both are empty is the allocator asked, under a hard limit of bytes.
//!
//! ```text
//! BufferPool ── Store ── Budget            the limit, and what was counted
//!    │            ├───── Depot × class     batches that all threads share
//!    │            └───── Tallies           the sum of what caches count
//! PooledBuf ── Block ──► Store             the way back, also after the pool is gone
//! Cache (one for each thread and pool)     blocks that this thread used last
//! ```
//!
//! Every block holds its store alive and carries that reference wherever it goes, so a buffer may outlive its pool.

mod block;
mod budget;
mod buf;
mod cache;
mod class;
mod depot;
mod error;
#[cfg(all(test, loom))]
#[path = "tests/models.rs"]
mod models;
mod store;
mod tally;
#[cfg(all(test, not(loom)))]
mod tests;

use std::fmt;

use serde::Serialize;

pub use buf::PooledBuf;
pub use error::PoolError;
use store::Store;

use crate::sync::Arc;

/// What a pool does when a buffer would take it over its limit and nothing unused is left to free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtLimit {
    /// [`PoolError::LimitReached`].
    Refuse,
    /// A plain allocation, which is counted. Memory that returns is freed until the pool is under its limit again.
    Allocate,
}

/// How a pool behaves.
#[derive(Clone, Copy, Debug)]
pub struct PoolOptions {
    limit: usize,
    at_limit: AtLimit,
    secret: bool,
}

impl PoolOptions {
    /// A pool of at most `limit` bytes, held and handed out together. What the pool needs to keep count of a buffer,
    /// less than 100 bytes, comes on top.
    pub fn new(limit: usize, at_limit: AtLimit) -> Self {
        Self { limit, at_limit, secret: false }
    }

    /// Overwrites every buffer with zeros when it is dropped or grows, before anyone else can get its memory. Costs a
    /// pass over the buffer's whole capacity.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}

/// Memory for buffers, to be used again. Clones are the same pool.
///
/// A thread keeps at most 1 MiB of one pool for itself, and the depot at most 64 batches of each class: batches of 32
/// blocks, or of the fewer, but at least one, that make 512 KiB. The pool's limit bounds all of that together with
/// everything handed out. Dropping the last clone frees what is unused, except in the caches of other threads, which
/// free theirs when they next use a pool that is new to them, or end.
///
/// ```
/// use bytes::BufMut;
/// use writemagic_shared::buffer::{AtLimit, BufferPool, PoolError, PoolOptions};
///
/// let pool = BufferPool::new(PoolOptions::new(16 << 20, AtLimit::Refuse));
/// let mut buffer = pool.get(5)?;
/// buffer.put_slice(b"It rained.");
/// let line = buffer.freeze();
/// drop(pool);
/// assert_eq!(&line[3..], b"rained.");
/// # Ok::<(), PoolError>(())
/// ```
#[derive(Clone)]
pub struct BufferPool {
    store: Arc<Store>,
    /// Closes the store when the last handle drops it.
    _open: Arc<Open>,
}

struct Open(Arc<Store>);

impl Drop for Open {
    fn drop(&mut self) {
        Store::close(&self.0);
    }
}

impl BufferPool {
    /// An empty pool.
    pub fn new(options: PoolOptions) -> Self {
        let store = Arc::new(Store::new(options));
        Self { _open: Arc::new(Open(Arc::clone(&store))), store }
    }

    /// An empty buffer with room for at least `capacity` bytes. Constant time, and no allocation when the pool holds one
    /// of the class. More than 1 MiB, and whatever is beyond the limit of a pool that allows it, is allocated.
    ///
    /// # Errors
    /// [`PoolError::LimitReached`] where the pool refuses to go over its limit; [`PoolError::OutOfMemory`].
    #[inline]
    pub fn get(&self, capacity: usize) -> Result<PooledBuf, PoolError> {
        PooledBuf::get(&self.store, capacity)
    }

    /// Frees what is unused: the depot and this thread's cache at once, another thread's cache when that thread next uses
    /// the pool, or ends. To be called on a memory warning.
    pub fn shrink(&self) {
        Store::shrink(&self.store);
    }

    /// What the pool did and holds. Exact while no other thread uses it; else each figure was right at some moment of the
    /// call.
    pub fn statistics(&self) -> PoolStatistics {
        self.store.statistics()
    }
}

impl fmt::Debug for BufferPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BufferPool").field(&self.statistics()).finish()
    }
}

/// What a pool did since it was made, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PoolStatistics {
    /// Buffers, and growths of buffers, that were served from memory that the pool held.
    pub hits: u64,
    /// Those that had to be allocated.
    pub misses: u64,
    /// Those misses that were larger than every class, or beyond the limit.
    pub plain_allocations: u64,
    /// Those that failed.
    pub refused: u64,
    /// Unused bytes, in the depot and in threads' caches.
    pub held_bytes: u64,
    /// Bytes of buffers that are in use, capacity included.
    pub out_bytes: u64,
    /// The most bytes, held and out, that there ever were.
    pub high_water_bytes: u64,
    /// The limit of both together.
    pub limit_bytes: u64,
}
