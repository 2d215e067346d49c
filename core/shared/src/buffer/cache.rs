//! What a thread keeps for itself, so that getting and returning a buffer is a matter of a few instructions.
//!
//! A cache is bounded for each class (two batches) and in bytes ([`CACHE_BYTES`]); what is over goes to the depot, a
//! batch at a time, from the class that is full or, where all of it is too much, from the one with the most bytes. Only its own thread touches it, so another thread that shrinks or drops the pool cannot empty it:
//! it makes the cache stale instead, and the thread frees it when it next uses that pool or a new one, or ends.

use std::cell::RefCell;

use super::block::Block;
use super::class::Class;
use super::store::{State, Store};
use super::tally::Tally;
use crate::sync::Arc;

/// Bytes of unused blocks that one thread keeps of one pool: 1 MiB.
const CACHE_BYTES: usize = 1 << 20;
/// Pools of which one thread keeps caches; using one more drops the oldest cache.
const CACHES: usize = 8;

thread_local! {
    static LOCAL: RefCell<Local> = const { RefCell::new(Local(Vec::new())) };
}

/// Takes a block of this class from the thread's cache, or from the depot by way of it; `None` if both are empty.
#[inline]
pub(super) fn take(store: &Arc<Store>, class: Class) -> Option<Block> {
    // A thread that ends has no caches any more.
    LOCAL.try_with(|local| local.try_borrow_mut().ok()?.of(store)?.take(class)).ok().flatten()
}

/// Puts a block of this class into the thread's cache. Where there can be none, the block is freed.
#[inline]
pub(super) fn give(class: Class, block: Block) {
    let _ = LOCAL.try_with(|local| {
        if let Ok(mut local) = local.try_borrow_mut()
            && let Some(cache) = local.of(block.store())
        {
            cache.give(class, block);
        }
    });
}

/// Frees what this thread's cache of `store` holds, and its caches that are stale.
pub(super) fn free(store: &Arc<Store>) {
    let _ = LOCAL.try_with(|local| {
        if let Ok(mut local) = local.try_borrow_mut() {
            local.drop_stale();
            local.0.iter_mut().filter(|cache| Arc::ptr_eq(&cache.store, store)).for_each(Cache::clear);
        }
    });
}

/// The caches of one thread, the oldest first.
struct Local(Vec<Cache>);

impl Local {
    /// The cache of this pool; `None` if the pool is gone.
    #[inline]
    fn of(&mut self, store: &Arc<Store>) -> Option<&mut Cache> {
        match self.0.iter().position(|cache| Arc::ptr_eq(&cache.store, store)) {
            Some(place) if !self.0[place].is_stale() => Some(&mut self.0[place]),
            _ => self.renew(store),
        }
    }

    #[cold]
    fn renew(&mut self, store: &Arc<Store>) -> Option<&mut Cache> {
        self.drop_stale();
        if store.state().is_closed() {
            return None;
        }
        if self.0.len() == CACHES {
            self.0.remove(0);
        }
        self.0.push(Cache::new(store));
        self.0.last_mut()
    }

    fn drop_stale(&mut self) {
        self.0.retain(|cache| !cache.is_stale());
    }
}

/// One thread's unused blocks of one pool.
pub(super) struct Cache {
    store: Arc<Store>,
    /// The store's state when the cache was made.
    state: State,
    tally: Arc<Tally>,
    blocks: [Vec<Block>; Class::COUNT],
}

impl Cache {
    pub(super) fn new(store: &Arc<Store>) -> Self {
        let blocks = std::array::from_fn(|_| Vec::new());
        Self { store: Arc::clone(store), state: store.state(), tally: store.tallies.open(), blocks }
    }

    /// Whether the pool was shrunk or dropped since the cache was made.
    #[inline]
    pub(super) fn is_stale(&self) -> bool {
        self.state != self.store.state()
    }

    #[inline]
    pub(super) fn take(&mut self, class: Class) -> Option<Block> {
        let block = match self.blocks[class.index()].pop() {
            Some(block) => {
                self.tally.left(class.size());
                block
            }
            None => self.refill(class)?,
        };
        self.tally.hit();
        Some(block)
    }

    /// Takes a batch from the depot, and one block of it for the caller.
    #[cold]
    fn refill(&mut self, class: Class) -> Option<Block> {
        let blocks = &mut self.blocks[class.index()];
        blocks.reserve_exact(2 * class.batch());
        if !self.store.depot(class).take(blocks) {
            return None;
        }
        let block = blocks.pop();
        self.tally.came(blocks.len() * class.size());
        self.trim();
        block
    }

    #[inline]
    pub(super) fn give(&mut self, class: Class, block: Block) {
        // Beyond the limit nothing is kept that can be freed.
        if self.store.budget.is_exceeded() {
            return;
        }
        let blocks = &mut self.blocks[class.index()];
        // Full with two batches, and at the start with none.
        if blocks.len() == blocks.capacity() {
            return self.give_full(class, block);
        }
        blocks.push(block);
        if self.tally.came(class.size()) > CACHE_BYTES {
            self.trim();
        }
    }

    /// Takes a block of a class for which there is no room.
    #[cold]
    fn give_full(&mut self, class: Class, block: Block) {
        if self.blocks[class.index()].len() >= class.batch() {
            self.spill(class);
        }
        let blocks = &mut self.blocks[class.index()];
        blocks.reserve_exact((2 * class.batch()).saturating_sub(blocks.len()));
        blocks.push(block);
        self.tally.came(class.size());
        self.trim();
    }

    /// Moves to the depot what is more than [`CACHE_BYTES`], from the classes that take the most.
    #[cold]
    fn trim(&mut self) {
        while self.tally.held() > CACHE_BYTES {
            let bytes = |class: &Class| self.blocks[class.index()].len() * class.size();
            let Some(class) = Class::all().max_by_key(bytes) else { return };
            self.spill(class);
        }
    }

    /// Moves to the depot what was unused longest, up to a batch.
    fn spill(&mut self, class: Class) {
        let blocks = &mut self.blocks[class.index()];
        let count = class.batch().min(blocks.len());
        self.tally.left(count * class.size());
        self.store.deposit(class, blocks, count);
    }

    /// Frees all blocks.
    fn clear(&mut self) {
        for (class, blocks) in Class::all().zip(&mut self.blocks) {
            self.tally.left(blocks.len() * class.size());
            blocks.clear();
        }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if self.is_stale() {
            self.clear();
        }
        for class in Class::all() {
            while !self.blocks[class.index()].is_empty() {
                self.spill(class);
            }
        }
        self.store.tallies.close(&self.tally);
    }
}
