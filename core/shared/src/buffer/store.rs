//! What all handles, caches and buffers of a pool share. It lives as long as the last block.

use crossbeam_utils::CachePadded;
use zeroize::Zeroize;

use super::block::{Block, zeroed};
use super::budget::Budget;
use super::cache;
use super::class::Class;
use super::depot::{BATCHES, Depot};
use super::error::PoolError;
use super::tally::Tallies;
use super::{AtLimit, PoolOptions, PoolStatistics};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU32, Ordering::Relaxed}; // deliberate: reasons stand at the uses

/// Set in a [`State`] when the last handle of the pool is gone.
const CLOSED: u32 = 1;
/// What a shrinking adds to a [`State`].
const GENERATION: u32 = 2;

/// How often a pool was shrunk, and whether it is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct State(u32);

impl State {
    pub(super) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }
}

pub(super) struct Store {
    options: PoolOptions,
    state: AtomicU32,
    /// On lines of their own: misses write them, and every get and return reads what stands beside them.
    pub(super) budget: CachePadded<Budget>,
    pub(super) tallies: Tallies,
    depots: [CachePadded<Depot<Block>>; Class::COUNT],
}

impl Store {
    pub(super) fn new(options: PoolOptions) -> Self {
        Self {
            options,
            state: AtomicU32::new(0),
            budget: CachePadded::new(Budget::new(options.limit)),
            tallies: Tallies::default(),
            depots: std::array::from_fn(|_| CachePadded::new(Depot::new(BATCHES))),
        }
    }

    #[inline]
    pub(super) fn state(&self) -> State {
        // Relaxed: a cache that learns late that it is stale is emptied late, and `deposit` does not rely on luck.
        State(self.state.load(Relaxed))
    }

    #[inline]
    pub(super) fn depot(&self, class: Class) -> &Depot<Block> {
        &self.depots[class.index()]
    }

    /// A block of at least `capacity` bytes: from the cache, the depot or the allocator, in this order.
    #[inline]
    pub(super) fn acquire(store: &Arc<Self>, capacity: usize) -> Result<Block, PoolError> {
        match Class::holding(capacity) {
            Some(class) => match cache::take(store, class) {
                Some(block) => Ok(block),
                None => Self::allocate(store, class.size()),
            },
            None => Self::allocate(store, capacity),
        }
    }

    #[cold]
    pub(super) fn allocate(store: &Arc<Self>, size: usize) -> Result<Block, PoolError> {
        let PoolOptions { limit, at_limit, .. } = store.options;
        let budget = &store.budget;
        let mut fits = budget.reserve(size);
        if !fits && (size <= limit || at_limit == AtLimit::Allocate) {
            // What nobody uses may make room; what other threads keep for themselves cannot be had.
            cache::free(store);
            store.drain();
            fits = budget.reserve(size);
        }
        if !fits && at_limit == AtLimit::Refuse {
            budget.refused.fetch_add(1, Relaxed);
            return Err(PoolError::LimitReached { requested: size, limit });
        }
        let Some(bytes) = zeroed(size) else {
            if fits {
                budget.release(size);
            }
            budget.refused.fetch_add(1, Relaxed);
            return Err(PoolError::OutOfMemory { requested: size });
        };
        if !fits {
            budget.exceed(size);
        }
        budget.misses.fetch_add(1, Relaxed);
        if !fits || Class::of_size(size).is_none() {
            budget.plain.fetch_add(1, Relaxed);
        }
        Ok(Block::new(bytes, store))
    }

    /// Takes back a block that was handed out.
    #[inline]
    pub(super) fn give(mut block: Block) {
        if block.store().options.secret {
            wipe(&mut block);
        }
        if let Some(class) = block.class() {
            cache::give(class, block);
        }
    }

    /// Puts the first `count` blocks of `blocks` into the depot, or frees them if it is full or the pool is gone.
    pub(super) fn deposit(&self, class: Class, blocks: &mut Vec<Block>, count: usize) {
        if !self.depot(class).put(blocks, count) {
            blocks.drain(..count);
        } else if self.state().is_closed() {
            // `close` may have drained before these came. If so, its drain happened before our `put` returned, and the
            // state that it had set before is seen here: nothing stays behind in a depot that nobody drains again.
            self.depot(class).drain();
        }
    }

    /// Frees what the depot holds.
    fn drain(&self) {
        for depot in &self.depots {
            depot.drain();
        }
    }

    /// Frees what the depot and this thread's cache hold, and makes every other cache stale.
    pub(super) fn shrink(store: &Arc<Self>) {
        // Relaxed: as in `state`.
        store.state.fetch_add(GENERATION, Relaxed);
        cache::free(store);
        store.drain();
    }

    /// What [`shrink`](Self::shrink) does, for good.
    pub(super) fn close(store: &Arc<Self>) {
        // Before the drain, whose Release hands it on: see `deposit`.
        store.state.fetch_or(CLOSED, Relaxed);
        cache::free(store);
        store.drain();
    }

    pub(super) fn statistics(&self) -> PoolStatistics {
        let (hits, cached) = self.tallies.sum();
        let in_depot = Class::all().map(|class| self.depot(class).len() * class.size());
        let used = self.budget.used();
        let held = (cached + in_depot.sum::<usize>()).min(used);
        PoolStatistics {
            hits,
            misses: self.budget.misses.load(Relaxed),
            plain_allocations: self.budget.plain.load(Relaxed),
            refused: self.budget.refused.load(Relaxed),
            held_bytes: held as u64,
            out_bytes: (used - held) as u64,
            high_water_bytes: self.budget.high_water() as u64,
            limit_bytes: self.options.limit as u64,
        }
    }
}

#[cold]
fn wipe(block: &mut Block) {
    block.bytes_mut().zeroize();
}
