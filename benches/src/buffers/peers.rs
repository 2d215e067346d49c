//! Who hands out buffers: the engine's pool, the allocator, and the pools that others use.

use std::sync::Arc;

use anyhow::Result;
use bytes::BytesMut;
use crossbeam_queue::ArrayQueue;
use lockfree_object_pool::{LinearObjectPool, LinearOwnedReusable};
use opool::{Pool, PoolAllocator, RcGuard};
use writemagic_shared::buffer::{AtLimit, BufferPool, PoolOptions, PooledBuf};

/// What is written into every buffer, by everyone.
const TEXT: &[u8; 16] = b"It rained again.";
/// Buffers that pools with a fixed size have room for: more than are ever in use.
const ROOM: usize = 4_096;
/// Memory that the engine's pool may take.
const LIMIT: usize = 1 << 30;

/// Something that hands out buffers of one capacity. A buffer goes back when it is dropped, on any thread.
pub(super) trait Source: Sync {
    type Buffer: Send;

    /// A buffer of the capacity that holds [`TEXT`].
    fn get(&self) -> Self::Buffer;
}

/// The engine's pool.
pub(super) struct Ours(BufferPool, usize);

impl Ours {
    pub(super) fn new(capacity: usize) -> Self {
        Self(BufferPool::new(PoolOptions::new(LIMIT, AtLimit::Allocate)), capacity)
    }
}

impl Source for Ours {
    type Buffer = PooledBuf;

    #[expect(clippy::expect_used, reason = "a failed contender has no time")]
    fn get(&self) -> PooledBuf {
        let mut buffer = self.0.get(self.1).expect("far below the limit");
        buffer.extend_from_slice(TEXT).expect("there is room");
        buffer
    }
}

/// A new vector each time.
pub(super) struct Allocator(pub(super) usize);

impl Source for Allocator {
    type Buffer = Vec<u8>;

    fn get(&self) -> Vec<u8> {
        let mut buffer = Vec::with_capacity(self.0);
        buffer.extend_from_slice(TEXT);
        buffer
    }
}

/// A new `BytesMut` each time.
pub(super) struct NewBytes(pub(super) usize);

impl Source for NewBytes {
    type Buffer = BytesMut;

    fn get(&self) -> BytesMut {
        let mut buffer = BytesMut::with_capacity(self.0);
        buffer.extend_from_slice(TEXT);
        buffer
    }
}

/// `opool`, which is an `ArrayQueue` with guards.
pub(super) struct Opool(Arc<Pool<Vectors, Vec<u8>>>);

pub(super) struct Vectors(usize);

impl PoolAllocator<Vec<u8>> for Vectors {
    fn allocate(&self) -> Vec<u8> {
        Vec::with_capacity(self.0)
    }

    fn reset(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
    }
}

impl Opool {
    pub(super) fn new(capacity: usize) -> Self {
        Self(Pool::new(ROOM, Vectors(capacity)).to_rc())
    }
}

impl Source for Opool {
    type Buffer = RcGuard<Vectors, Vec<u8>>;

    fn get(&self) -> Self::Buffer {
        let mut buffer = Arc::clone(&self.0).get_rc();
        buffer.extend_from_slice(TEXT);
        buffer
    }
}

/// `lockfree-object-pool`, the variant that it recommends.
pub(super) struct Linear(Arc<LinearObjectPool<Vec<u8>>>);

impl Linear {
    pub(super) fn new(capacity: usize) -> Self {
        Self(Arc::new(LinearObjectPool::new(move || Vec::with_capacity(capacity), Vec::clear)))
    }
}

impl Source for Linear {
    type Buffer = LinearOwnedReusable<Vec<u8>>;

    fn get(&self) -> Self::Buffer {
        let mut buffer = self.0.pull_owned();
        buffer.extend_from_slice(TEXT);
        buffer
    }
}

/// The pool that one writes in twenty lines on crossbeam's queue.
pub(super) struct Queue(Arc<ArrayQueue<Vec<u8>>>, usize);

pub(super) struct Queued(Arc<ArrayQueue<Vec<u8>>>, Vec<u8>);

impl Drop for Queued {
    fn drop(&mut self) {
        self.1.clear();
        // A full queue leaves the buffer to the allocator.
        let _ = self.0.push(std::mem::take(&mut self.1));
    }
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self(Arc::new(ArrayQueue::new(ROOM)), capacity)
    }
}

impl Source for Queue {
    type Buffer = Queued;

    fn get(&self) -> Queued {
        let mut buffer = self.0.pop().unwrap_or_else(|| Vec::with_capacity(self.1));
        buffer.extend_from_slice(TEXT);
        Queued(Arc::clone(&self.0), buffer)
    }
}

/// Nothing but the 16 bytes: what the loop and the channel cost by themselves.
pub(super) struct Nothing;

impl Source for Nothing {
    type Buffer = [u8; 16];

    fn get(&self) -> Self::Buffer {
        *TEXT
    }
}

/// Does the same work with every contender's source in turn.
pub(super) trait Trial {
    fn run(&mut self, name: &'static str, source: &impl Source) -> Result<()>;
}

/// The engine first, then everyone else.
pub(super) fn every(capacity: usize, trial: &mut impl Trial) -> Result<()> {
    trial.run("WriteMagic", &Ours::new(capacity))?;
    trial.run("`Vec::with_capacity`", &Allocator(capacity))?;
    trial.run("`BytesMut::with_capacity`", &NewBytes(capacity))?;
    trial.run("opool", &Opool::new(capacity))?;
    trial.run("lockfree-object-pool", &Linear::new(capacity))?;
    trial.run("crossbeam `ArrayQueue`", &Queue::new(capacity))?;
    trial.run("no buffer, for comparison", &Nothing)
}
