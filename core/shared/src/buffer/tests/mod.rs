//! Pools and buffers as their users see them.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::mpsc;
use std::thread;

use bytes::{BufMut, Bytes};

use super::{AtLimit, BufferPool, PoolError, PoolOptions, PooledBuf};
use crate::error::{Code, Coded, DetailValue};

mod caches;
mod properties;
mod secrets;
mod stress;
mod threads;

const MIB: usize = 1 << 20;

fn pool(limit: usize) -> BufferPool {
    BufferPool::new(PoolOptions::new(limit, AtLimit::Refuse))
}

fn generous() -> BufferPool {
    BufferPool::new(PoolOptions::new(MIB, AtLimit::Allocate))
}

/// A buffer that holds `bytes`.
fn filled(pool: &BufferPool, bytes: &[u8]) -> PooledBuf {
    let mut buffer = pool.get(bytes.len()).unwrap();
    buffer.extend_from_slice(bytes).unwrap();
    buffer
}

#[test]
fn a_buffer_has_the_capacity_of_the_smallest_class_that_holds_the_request() {
    let pool = pool(8 * MIB);
    for (asked, given) in [(0, 64), (64, 64), (65, 128), (4_096, 4_096), (MIB, MIB)] {
        let buffer = pool.get(asked).unwrap();
        assert_eq!((buffer.capacity(), buffer.len()), (given, 0));
    }
    assert_eq!(pool.get(MIB + 1).unwrap().capacity(), MIB + 1);
}

#[test]
fn memory_that_came_back_is_used_again() {
    let pool = pool(MIB);
    let place = pool.get(100).unwrap().as_ptr();
    assert_eq!(pool.get(128).unwrap().as_ptr(), place);
    let statistics = pool.statistics();
    assert_eq!((statistics.hits, statistics.misses), (1, 1));
    assert_eq!((statistics.held_bytes, statistics.out_bytes, statistics.high_water_bytes), (128, 0, 128));
}

#[test]
fn growing_keeps_the_bytes_and_returns_the_smaller_block() {
    let pool = pool(MIB);
    let mut buffer = pool.get(64).unwrap();
    for n in 0..1_000_u32 {
        buffer.put_u32(n);
    }
    let expected: Vec<u8> = (0..1_000_u32).flat_map(u32::to_be_bytes).collect();
    assert_eq!(&*buffer, expected);
    let statistics = pool.statistics();
    assert_eq!((buffer.capacity(), statistics.out_bytes), (4_096, 4_096));
    assert_eq!(statistics.held_bytes, 64 + 128 + 256 + 512 + 1_024 + 2_048);
}

#[test]
fn growing_past_the_largest_class_doubles() {
    let pool = pool(16 * MIB);
    let mut buffer = filled(&pool, &vec![7; MIB]);
    buffer.put_u8(8);
    assert_eq!((buffer.capacity(), buffer.len(), buffer[MIB]), (2 * MIB, MIB + 1, 8));
    assert_eq!(pool.statistics().plain_allocations, 1);
    drop(buffer);
    // What is larger than every class is not kept.
    assert_eq!((pool.statistics().out_bytes, pool.statistics().held_bytes), (0, MIB as u64));
}

#[test]
fn clearing_and_truncating_keep_the_capacity() {
    let pool = pool(MIB);
    let mut buffer = filled(&pool, b"It rained.");
    buffer.truncate(100);
    assert_eq!(&*buffer, b"It rained.");
    buffer.truncate(2);
    assert_eq!(&*buffer, b"It");
    buffer.clear();
    assert_eq!((buffer.len(), buffer.capacity()), (0, 64));
}

#[test]
fn every_way_of_writing_appends() {
    let pool = pool(MIB);
    let mut buffer = pool.get(0).unwrap();
    buffer.put_slice(b"one ");
    buffer.put(&b"two "[..]);
    buffer.extend_from_slice(b"three ").unwrap();
    let written = buffer.append_with(1_000, |room| {
        assert_eq!(room.len(), 1_000);
        room[..4].copy_from_slice(b"four");
        Ok::<_, ()>(4)
    });
    assert_eq!(written, Ok(Ok(4)));
    buffer.put_bytes(b'!', 3);
    buffer[0] = b'O';
    assert_eq!(&*buffer, b"One two three four!!!");
}

#[test]
fn a_writer_that_fails_leaves_the_buffer_as_it_was() {
    let pool = pool(MIB);
    let mut buffer = filled(&pool, b"kept");
    assert_eq!(buffer.append_with(10, |_| Err("lone surrogate")), Ok(Err("lone surrogate")));
    assert_eq!(&*buffer, b"kept");
}

#[test]
#[should_panic(expected = "more was written than there is room")]
fn a_writer_cannot_claim_more_than_its_room() {
    let _ = pool(MIB).get(64).unwrap().append_with(8, |_| Ok::<_, ()>(9));
}

#[test]
fn frozen_bytes_return_their_memory_with_the_last_clone_or_slice() {
    let pool = pool(MIB);
    let bytes = filled(&pool, b"It rained.").freeze();
    let (clone, slice) = (bytes.clone(), bytes.slice(3..));
    drop((bytes, clone));
    assert_eq!((&slice[..], pool.statistics().out_bytes), (&b"rained."[..], 64));
    drop(slice);
    assert_eq!((pool.statistics().out_bytes, pool.statistics().held_bytes), (0, 64));
    assert_eq!(pool.get(0).unwrap().freeze(), Bytes::new());
}

#[test]
fn a_pool_that_refuses_never_goes_over_its_limit() {
    let pool = pool(256);
    let first = pool.get(128).unwrap();
    let second = pool.get(128).unwrap();
    let error = pool.get(1).unwrap_err();
    assert_eq!(error, PoolError::LimitReached { requested: 64, limit: 256 });
    assert_eq!(error.code(), Code::OutOfMemory);
    drop(first);
    // Unused memory of another class makes room.
    let third = pool.get(64).unwrap();
    let statistics = pool.statistics();
    assert_eq!((statistics.out_bytes, statistics.refused, statistics.high_water_bytes), (192, 1, 256));
    drop((second, third));
}

#[test]
fn a_request_over_the_whole_limit_is_a_limit_exceeded() {
    let error = pool(256).get(257).unwrap_err();
    assert_eq!(
        (error.code(), error.details().get("limit")),
        (Code::LimitExceeded, Some(DetailValue::Number(256)))
    );
}

#[test]
fn a_refused_growth_leaves_the_buffer_as_it_was() {
    let pool = pool(128);
    let mut buffer = filled(&pool, &[1; 64]);
    assert_eq!(buffer.extend_from_slice(&[2]), Err(PoolError::LimitReached { requested: 128, limit: 128 }));
    assert_eq!((&*buffer, buffer.capacity()), (&[1; 64][..], 64));
}

#[test]
#[should_panic(expected = "does not fit under the pool's limit of 64 bytes")]
fn a_write_that_takes_no_errors_panics_when_growth_is_refused() {
    filled(&pool(64), &[1; 64]).put_u8(2);
}

#[test]
fn a_pool_that_allocates_goes_over_its_limit_and_comes_back() {
    let pool = BufferPool::new(PoolOptions::new(128, AtLimit::Allocate));
    let buffers: Vec<PooledBuf> = (0..4).map(|_| pool.get(64).unwrap()).collect();
    let statistics = pool.statistics();
    assert_eq!((statistics.out_bytes, statistics.plain_allocations, statistics.refused), (256, 2, 0));
    drop(buffers);
    let statistics = pool.statistics();
    assert_eq!((statistics.held_bytes, statistics.out_bytes, statistics.high_water_bytes), (128, 0, 256));
}

#[test]
#[cfg_attr(miri, ignore = "ends the interpreter instead of the allocation")]
fn impossible_sizes_are_errors_in_every_pool() {
    for asked in [usize::MAX, isize::MAX as usize, usize::MAX / 2 + 2] {
        let error = generous().get(asked).unwrap_err();
        assert_eq!((error, error.code()), (PoolError::OutOfMemory { requested: asked }, Code::OutOfMemory));
        assert_eq!(pool(MIB).get(asked).unwrap_err().code(), Code::LimitExceeded);
    }
    let pool = generous();
    let mut buffer = filled(&pool, b"kept");
    assert_eq!(buffer.reserve(usize::MAX).unwrap_err(), PoolError::OutOfMemory { requested: usize::MAX });
    assert_eq!((&*buffer, pool.statistics().out_bytes), (&b"kept"[..], 64));
    drop(buffer);
    assert_eq!(pool.statistics().out_bytes, 0);
}

#[test]
fn shrinking_frees_what_is_unused_and_nothing_else() {
    let pool = pool(8 * MIB);
    let kept = filled(&pool, b"kept");
    drop((0..200).map(|_| pool.get(256).unwrap()).collect::<Vec<_>>());
    assert_eq!(pool.statistics().held_bytes, 200 * 256);
    pool.shrink();
    let statistics = pool.statistics();
    assert_eq!((statistics.held_bytes, statistics.out_bytes), (0, 64));
    assert_eq!(&*kept, b"kept");
    drop(kept);
    assert_eq!(pool.get(64).unwrap().capacity(), 64);
    assert_eq!(pool.statistics().hits, 1);
}

#[test]
fn buffers_live_on_after_their_pool() {
    let pool = pool(MIB);
    let store = std::sync::Arc::downgrade(&pool.store);
    let mut buffer = filled(&pool, b"It ");
    let bytes = filled(&pool, b"snowed").freeze();
    drop(pool);
    buffer.extend_from_slice(&[b'-'; 100]).unwrap();
    assert_eq!((buffer.len(), &bytes[..]), (103, &b"snowed"[..]));
    drop(buffer);
    drop(bytes);
    assert!(store.upgrade().is_none(), "the last buffer frees the pool's store");
}

#[test]
fn a_pool_lives_as_long_as_one_of_its_clones() {
    let pool = pool(MIB);
    drop(pool.clone());
    drop(pool.get(64).unwrap());
    assert_eq!(pool.statistics().held_bytes, 64);
}

#[test]
fn a_thread_may_use_more_pools_than_it_has_caches_for() {
    let pools: Vec<BufferPool> = (0..20).map(|_| pool(MIB)).collect();
    for _ in 0..3 {
        for pool in &pools {
            assert_eq!(&*filled(pool, b"x"), b"x");
        }
    }
    for pool in &pools {
        // Dropped caches leave their blocks to the depot.
        assert_eq!((pool.statistics().misses, pool.statistics().held_bytes), (1, 64));
    }
}

#[test]
fn debug_output_shows_no_text() {
    let buffer = filled(&pool(MIB), b"secret");
    assert_eq!(format!("{buffer:?}"), "PooledBuf { len: 6, capacity: 64 }");
}

#[test]
fn a_buffer_can_cross_threads_and_be_shared() {
    fn assert_send_and_sync<T: Send + Sync + 'static>() {}
    assert_send_and_sync::<PooledBuf>();
    assert_send_and_sync::<BufferPool>();
    let (sender, receiver) = mpsc::channel::<PooledBuf>();
    let reader = thread::spawn(move || receiver.iter().map(|buffer| buffer.len()).sum::<usize>());
    let pool = pool(MIB);
    for _ in 0..10 {
        sender.send(filled(&pool, b"four")).unwrap();
    }
    drop(sender);
    assert_eq!(reader.join().unwrap(), 40);
    assert_eq!(pool.statistics().out_bytes, 0);
}
