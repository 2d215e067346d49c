//! Threads that get, pass on, freeze and return buffers at random while others shrink and drop pools.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::filled;
use crate::buffer::{AtLimit, BufferPool, PoolError, PoolOptions, PooledBuf};

const THREADS: usize = 4;
const LIMIT: usize = 4 << 20;

/// A small generator of random numbers (xorshift), the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Every byte is the same, so that memory with two owners shows.
fn assert_uniform(bytes: &[u8], mark: u8) {
    assert!(bytes.iter().all(|byte| *byte == mark), "somebody else wrote into a buffer");
}

type Passed = (Result<PooledBuf, Bytes>, u8);

fn check(passed: Passed) {
    let (bytes, mark) = passed;
    match bytes {
        Ok(buffer) => assert_uniform(&buffer, mark),
        Err(frozen) => assert_uniform(&frozen, mark),
    }
}

/// One thread's share: `steps` random steps, each checked.
fn work(
    pool: BufferPool,
    mark: u8,
    steps: usize,
    others: &[mpsc::SyncSender<Passed>],
    mine: &mpsc::Receiver<Passed>,
) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ u64::from(mark));
    let mut own: Vec<PooledBuf> = Vec::new();
    for _ in 0..steps {
        match random.below(100) {
            0..60 => {
                let size = 1 << random.below(if cfg!(miri) { 9 } else { 17 });
                match pool.get(size) {
                    Ok(mut buffer) => {
                        buffer
                            .append_with(size, |room| {
                                room.fill(mark);
                                Ok::<_, ()>(room.len())
                            })
                            .unwrap()
                            .unwrap();
                        own.push(buffer);
                    }
                    Err(error) => {
                        assert!(matches!(error, PoolError::LimitReached { limit: LIMIT, .. }));
                        own.clear();
                    }
                }
            }
            60..85 if !own.is_empty() => {
                let buffer = own.swap_remove(random.below(own.len()));
                let passed = if random.below(4) == 0 { Err(buffer.freeze()) } else { Ok(buffer) };
                // A full channel hands it back to be dropped here.
                let _ = others[random.below(others.len())].try_send((passed, mark));
            }
            85..90 if !own.is_empty() => {
                let at = random.below(own.len());
                assert_uniform(&own[at], mark);
                let _ = own[at].extend_from_slice(&[mark; 300]);
            }
            90 => {
                if random.below(20) == 0 {
                    pool.shrink();
                }
                let statistics = pool.statistics();
                assert!(statistics.high_water_bytes <= LIMIT as u64);
            }
            _ => mine.try_iter().for_each(check),
        }
        if own.len() > 40 {
            own.drain(..20).for_each(|buffer| assert_uniform(&buffer, mark));
        }
    }
}

/// A pool that several threads use in `steps` steps each, and that is dropped before the last of them ends.
fn run(steps: usize) {
    let pool = BufferPool::new(PoolOptions::new(LIMIT, AtLimit::Refuse));
    let store = std::sync::Arc::downgrade(&pool.store);
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| mpsc::sync_channel(64)).unzip();
    let threads: Vec<_> = receivers
        .into_iter()
        .enumerate()
        .map(|(number, mine)| {
            let (pool, senders) = (pool.clone(), senders.clone());
            thread::spawn(move || work(pool, number as u8 + 1, steps, &senders, &mine))
        })
        .collect();
    drop(senders);
    // The last handle is that of the slowest thread.
    drop(pool);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(store.upgrade().is_none(), "everything was returned and freed");
}

#[test]
fn buffers_that_are_passed_around_have_one_owner_and_all_come_back() {
    run(if cfg!(miri) { 200 } else { 20_000 });
}

#[test]
fn statistics_add_up_when_the_threads_are_gone() {
    let pool = BufferPool::new(PoolOptions::new(LIMIT, AtLimit::Allocate));
    let gets: u64 = if cfg!(miri) { 50 } else { 5_000 };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..gets {
                    drop(filled(&pool, b"x"));
                }
            });
        }
    });
    // A scope ends before the threads' caches are taken apart, which moves blocks and changes no count of gets.
    let statistics = pool.statistics();
    assert_eq!(statistics.hits + statistics.misses, THREADS as u64 * gets);
    assert_eq!(statistics.plain_allocations, 0);
    assert!(statistics.high_water_bytes <= (THREADS * 64) as u64);
}

#[test]
#[ignore = "long: `cargo xtask stress`"] // deliberate: that runs it
fn buffers_are_passed_around_for_a_long_time() {
    let seconds = std::env::var("WRITEMAGIC_STRESS_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(10));
    while Instant::now() < end {
        run(20_000);
    }
}
