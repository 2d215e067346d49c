//! Threads that share a pool, end before it, or outlive it.

use std::cell::RefCell;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use super::{MIB, filled, generous, pool};
use crate::buffer::PooledBuf;

/// Runs `work` on a thread of its own and waits for its end.
fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    thread::spawn(work).join().unwrap()
}

#[test]
fn a_thread_that_ends_leaves_its_cache_to_the_others() {
    let pool = pool(MIB);
    let here = pool.clone();
    let place = apart(move || here.get(64).unwrap().as_ptr() as usize);
    assert_eq!(pool.statistics().held_bytes, 64);
    assert_eq!(pool.get(64).unwrap().as_ptr() as usize, place);
    // Its hits are still counted.
    let here = pool.clone();
    apart(move || drop((here.get(64).unwrap(), here.get(64).unwrap())));
    assert_eq!(pool.statistics().out_bytes, 0);
    assert_eq!(pool.statistics().hits + pool.statistics().misses, 4);
}

#[test]
fn what_one_thread_gets_and_another_returns_goes_round() {
    const BUFFERS: usize = 100;
    let pool = pool(MIB);
    let (sender, receiver) = mpsc::sync_channel::<PooledBuf>(BUFFERS);
    let (done, round) = mpsc::sync_channel(1);
    let writer = thread::spawn(move || {
        for (number, buffer) in receiver.iter().enumerate() {
            assert_eq!(&*buffer, b"typed");
            drop(buffer);
            if (number + 1) % BUFFERS == 0 {
                done.send(()).unwrap();
            }
        }
    });
    for _ in 0..if cfg!(miri) { 5 } else { 200 } {
        for _ in 0..BUFFERS {
            sender.send(filled(&pool, b"typed")).unwrap();
        }
        round.recv().unwrap();
    }
    drop(sender);
    writer.join().unwrap();
    // Those in flight, what the writer's cache keeps, and a batch on either way: however long it goes on.
    let misses = pool.statistics().misses;
    assert!(misses <= (BUFFERS + 4 * 32) as u64, "{misses}");
}

#[test]
fn shrinking_reaches_the_caches_of_other_threads_when_they_next_use_the_pool() {
    let pool = pool(MIB);
    let (start, barrier) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let other = {
        let (pool, start, barrier) = (pool.clone(), Arc::clone(&start), Arc::clone(&barrier));
        thread::spawn(move || {
            drop(pool.get(4_096).unwrap());
            start.wait();
            barrier.wait();
            drop(pool.get(64).unwrap());
            pool.statistics().held_bytes
        })
    };
    start.wait();
    pool.shrink();
    // Out of reach until that thread comes along.
    assert_eq!(pool.statistics().held_bytes, 4_096);
    barrier.wait();
    assert_eq!(other.join().unwrap(), 64);
}

#[test]
fn a_pool_may_be_dropped_before_the_threads_that_have_caches_of_it() {
    let pool = pool(MIB);
    let store = Arc::downgrade(&pool.store);
    let (start, end) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let other = {
        let (pool, start, end) = (pool.clone(), Arc::clone(&start), Arc::clone(&end));
        thread::spawn(move || {
            let buffer = filled(&pool, b"kept");
            drop(pool.get(256).unwrap());
            drop(pool);
            start.wait();
            end.wait();
            assert_eq!(&*buffer, b"kept");
        })
    };
    start.wait();
    drop(pool);
    assert!(store.upgrade().is_some(), "the other thread still has blocks");
    end.wait();
    other.join().unwrap();
    assert!(store.upgrade().is_none());
}

#[test]
fn a_pool_that_is_gone_leaves_the_caches_when_the_thread_uses_another() {
    let (first, second) = (pool(MIB), pool(MIB));
    let store = Arc::downgrade(&first.store);
    let elsewhere = first.clone();
    drop(first.get(64).unwrap());
    drop(first);
    // The last handle goes on another thread, which cannot reach the cache of this one.
    apart(move || drop(elsewhere));
    assert!(store.upgrade().is_some());
    drop(second.get(64).unwrap());
    assert!(store.upgrade().is_none());
}

#[test]
fn buffers_in_thread_locals_survive_whatever_order_they_are_destroyed_in() {
    thread_local! {
        static BEFORE: RefCell<Option<PooledBuf>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<PooledBuf>> = const { RefCell::new(None) };
    }
    let pool = generous();
    let here = pool.clone();
    apart(move || {
        // One is registered before the thread has a cache and one after it, so one outlives the cache.
        BEFORE.with_borrow_mut(|slot| *slot = None);
        let buffer = filled(&here, b"first");
        BEFORE.with_borrow_mut(|slot| *slot = Some(buffer));
        AFTER.with_borrow_mut(|slot| *slot = Some(filled(&here, b"second")));
    });
    assert_eq!(pool.statistics().out_bytes, 0);
}

/// Gets and drops a buffer of the pool when it is dropped itself.
struct AtTheEnd(crate::buffer::BufferPool);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        assert_eq!(&*filled(&self.0, b"late"), b"late");
    }
}

#[test]
fn a_destructor_may_still_get_buffers_when_the_threads_cache_is_gone() {
    thread_local! {
        static LATE: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }
    let pool = pool(MIB);
    let here = pool.clone();
    apart(move || {
        LATE.with_borrow_mut(|slot| *slot = Some(AtTheEnd(here.clone())));
        drop(here.get(64).unwrap());
    });
    let statistics = pool.statistics();
    assert_eq!((statistics.out_bytes, statistics.hits + statistics.misses), (0, 2));
}
