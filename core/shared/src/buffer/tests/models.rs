//! The depot, the limit and the way back under the model checker, which also reports whatever is never freed.

use std::collections::BTreeSet;

use loom::thread;

use super::block::Block;
use super::budget::Budget;
use super::cache::Cache;
use super::class::Class;
use super::depot::Depot;
use super::store::Store;
use super::{AtLimit, PoolOptions};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Everything that is in the depot.
fn rest(depot: &Depot<u32>) -> Vec<u32> {
    let mut values = Vec::new();
    while depot.take(&mut values) {}
    assert_eq!(depot.len(), 0);
    values
}

fn assert_once(mut values: Vec<u32>, expected: &[u32]) {
    values.sort_unstable();
    assert_eq!(values, expected);
}

#[test]
fn what_two_threads_put_is_taken_once() {
    loom::model(|| {
        let depot = Arc::new(Depot::new(2));
        let put = |value: u32| {
            let depot = Arc::clone(&depot);
            thread::spawn(move || {
                let mut values = vec![value, value + 1];
                assert!(depot.put(&mut values, 2));
                assert!(values.is_empty());
            })
        };
        let putters = [put(10), put(20)];
        let mut taken = Vec::new();
        depot.take(&mut taken);
        putters.into_iter().for_each(|putter| putter.join().unwrap());
        taken.extend(rest(&depot));
        assert_once(taken, &[10, 11, 20, 21]);
    });
}

#[test]
fn two_takers_never_get_the_same_batch() {
    loom::model(|| {
        let depot = Arc::new(Depot::new(2));
        assert!(depot.put(&mut vec![1, 2], 2));
        let taker = {
            let depot = Arc::clone(&depot);
            thread::spawn(move || {
                let mut taken = Vec::new();
                depot.take(&mut taken);
                // The slot that is free now takes another batch.
                depot.put(&mut vec![3], 1);
                taken
            })
        };
        let mut taken = Vec::new();
        depot.take(&mut taken);
        taken.extend(taker.join().unwrap());
        taken.extend(rest(&depot));
        assert_once(taken, &[1, 2, 3]);
    });
}

#[test]
fn a_full_depot_takes_nothing_and_loses_nothing() {
    loom::model(|| {
        let depot = Arc::new(Depot::new(1));
        let put = |value: u32| {
            let depot = Arc::clone(&depot);
            thread::spawn(move || {
                let mut values = vec![value];
                assert_eq!(depot.put(&mut values, 1), values.is_empty());
                values
            })
        };
        let putters = [put(1), put(2)];
        let mut left: Vec<u32> = putters.into_iter().flat_map(|putter| putter.join().unwrap()).collect();
        assert_eq!(left.len(), 1);
        left.extend(rest(&depot));
        assert_once(left, &[1, 2]);
    });
}

/// Counts how often it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn draining_beside_put_and_take_drops_each_value_once() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let depot = Arc::new(Depot::new(2));
        assert!(depot.put(&mut vec![Counted(Arc::clone(&drops))], 1));
        let putter = {
            let (depot, drops) = (Arc::clone(&depot), Arc::clone(&drops));
            thread::spawn(move || assert!(depot.put(&mut vec![Counted(drops)], 1)))
        };
        let taker = {
            let depot = Arc::clone(&depot);
            thread::spawn(move || {
                let mut taken = Vec::new();
                depot.take(&mut taken);
                taken.len()
            })
        };
        depot.drain();
        putter.join().unwrap();
        taker.join().unwrap();
        depot.drain();
        assert_eq!((drops.load(Relaxed), depot.len()), (2, 0));
    });
}

#[test]
fn two_threads_never_get_over_the_limit_together() {
    loom::model(|| {
        let budget = Arc::new(Budget::new(100));
        let reserve = || {
            let budget = Arc::clone(&budget);
            thread::spawn(move || {
                let fits = budget.reserve(60);
                assert!(budget.used() <= 100);
                if fits {
                    budget.release(60);
                }
                fits
            })
        };
        let threads = [reserve(), reserve()];
        assert!(threads.map(|thread| thread.join().unwrap()).contains(&true));
        assert_eq!((budget.used(), budget.high_water()), (0, 60));
    });
}

fn class() -> Class {
    Class::holding(64).unwrap()
}

fn store(blocks: usize) -> Arc<Store> {
    Arc::new(Store::new(PoolOptions::new(blocks * class().size(), AtLimit::Refuse)))
}

/// As a pool does, with a cache that this thread owns by other means than thread-local storage.
fn get(store: &Arc<Store>, cache: &mut Cache) -> Option<Block> {
    cache.take(class()).or_else(|| Store::allocate(store, class().size()).ok())
}

#[test]
fn a_block_has_one_owner_whatever_threads_get_and_return() {
    loom::model(|| {
        let store = store(2);
        let user = || {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut cache = Cache::new(&store);
                let first = get(&store, &mut cache).unwrap();
                let place = first.bytes().as_ptr() as usize;
                cache.give(class(), first);
                // Ends by putting the block into the depot.
                drop(cache);
                place
            })
        };
        let users = [user(), user()];
        for user in users {
            user.join().unwrap();
        }
        let mut cache = Cache::new(&store);
        let blocks: Vec<Block> = std::iter::from_fn(|| get(&store, &mut cache)).collect();
        // The limit, no more and no less, and no block twice.
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks.iter().map(|block| block.bytes().as_ptr()).collect::<BTreeSet<_>>().len(), 2);
        drop((blocks, cache));
        Store::close(&store);
        assert_eq!(store.budget.used(), 0);
    });
}

#[test]
fn what_one_cache_spills_another_takes_once() {
    loom::model(|| {
        let store = store(3);
        let mut cache = Cache::new(&store);
        let user = {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut cache = Cache::new(&store);
                let blocks: Vec<Block> = (0..3).map(|_| get(&store, &mut cache).unwrap()).collect();
                // One more than it keeps, so the first goes to the depot.
                blocks.into_iter().for_each(|block| cache.give(class(), block));
                assert_eq!(store.tallies.sum().1, 2 * class().size());
                assert_eq!([(); 2].map(|()| cache.take(class()).is_some()), [true; 2]);
            })
        };
        let taken = cache.take(class());
        user.join().unwrap();
        let rest = cache.take(class());
        assert_ne!(taken.is_some(), rest.is_some());
        drop((taken, rest, cache));
        Store::close(&store);
        assert_eq!(store.budget.used(), 0);
    });
}

#[test]
fn shrinking_beside_a_return_keeps_the_count_of_bytes_right() {
    loom::model(|| {
        let store = store(2);
        let user = {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut cache = Cache::new(&store);
                let block = get(&store, &mut cache).unwrap();
                cache.give(class(), block);
            })
        };
        Store::shrink(&store);
        user.join().unwrap();
        // A block that came after the shrinking may stay.
        let statistics = store.statistics();
        assert_eq!(statistics.out_bytes, 0);
        assert!(statistics.held_bytes <= 64);
        Store::close(&store);
        assert_eq!(store.budget.used(), 0);
    });
}

#[test]
fn nothing_stays_behind_when_the_pool_is_dropped_beside_a_return() {
    loom::model(|| {
        let store = store(2);
        let user = {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut cache = Cache::new(&store);
                let block = get(&store, &mut cache).unwrap();
                cache.give(class(), block);
            })
        };
        Store::close(&store);
        user.join().unwrap();
        assert_eq!(store.budget.used(), 0);
    });
}
