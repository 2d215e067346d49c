//! What threads keep for themselves, and what they leave to others.

use std::thread;

use super::{MIB, pool};
use crate::buffer::class::Class;
use crate::buffer::{BufferPool, PooledBuf};

/// Bytes that all threads' caches hold, without the depot.
fn cached(pool: &BufferPool) -> usize {
    pool.store.tallies.sum().1
}

/// Blocks of the class for `capacity` that the depot holds.
fn in_depot(pool: &BufferPool, capacity: usize) -> usize {
    pool.store.depot(Class::holding(capacity).unwrap()).len()
}

fn several(pool: &BufferPool, count: usize, capacity: usize) -> Vec<PooledBuf> {
    (0..count).map(|_| pool.get(capacity).unwrap()).collect()
}

#[test]
fn a_thread_keeps_two_batches_of_a_class_and_leaves_the_rest_to_others() {
    let pool = pool(MIB);
    for buffer in several(&pool, 200, 256) {
        drop(buffer);
        assert!(cached(&pool) <= 64 * 256);
    }
    assert_eq!(cached(&pool) / 256 + in_depot(&pool, 256), 200);
    let elsewhere = pool.clone();
    let hits = thread::spawn(move || {
        let buffers = several(&elsewhere, 100, 256);
        (buffers.len(), elsewhere.statistics().hits)
    });
    assert_eq!(hits.join().unwrap(), (100, 100));
}

#[test]
fn a_thread_keeps_a_mebibyte_whatever_the_sizes() {
    let pool = pool(64 * MIB);
    let mut kept = Vec::new();
    for round in 0..4 {
        for class in Class::all().chain(Class::all()) {
            kept.extend(several(&pool, 5, class.size()));
            assert!(cached(&pool) <= MIB);
        }
        for (number, buffer) in kept.drain(..).enumerate() {
            drop(buffer);
            assert!(cached(&pool) <= MIB, "round {round}, buffer {number}");
        }
    }
    let statistics = pool.statistics();
    // Nothing was freed on the way, and after the first round nothing was allocated.
    assert_eq!((statistics.held_bytes, statistics.out_bytes), (statistics.high_water_bytes, 0));
    assert_eq!(statistics.misses, (2 * 5 * Class::COUNT) as u64);
}

#[test]
fn a_cache_full_of_large_blocks_makes_room_for_small_ones() {
    let pool = pool(8 * MIB);
    drop(several(&pool, 16, 64 << 10));
    assert_eq!((cached(&pool), in_depot(&pool, 64 << 10)), (MIB, 0));
    for _ in 0..3 {
        drop(pool.get(64).unwrap());
        assert_eq!((cached(&pool), in_depot(&pool, 64)), (MIB / 2 + 64, 0));
    }
    assert_eq!(in_depot(&pool, 64 << 10), 8);
}

#[test]
fn the_largest_blocks_go_round_too() {
    let pool = pool(8 * MIB);
    for _ in 0..3 {
        drop(several(&pool, 4, MIB));
        assert_eq!((cached(&pool), in_depot(&pool, MIB)), (MIB, 3));
    }
    assert_eq!(pool.statistics().misses, 4);
}
