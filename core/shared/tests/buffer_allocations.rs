//! What the pool asks of the allocator, counted by the allocator itself.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use writemagic_shared::alloc::{Allocations, Counting};
use writemagic_shared::buffer::{AtLimit, BufferPool, PoolOptions, PooledBuf};

#[global_allocator]
static ALLOCATOR: Counting = Counting::system();

fn pool() -> BufferPool {
    BufferPool::new(PoolOptions::new(64 << 20, AtLimit::Refuse))
}

#[test]
fn the_allocator_counts_what_this_thread_asks_for() {
    let (text, made) = Allocations::of(|| vec![1_u8; 1_000]);
    assert_eq!(made, Allocations { count: 1, bytes: 1_000 });
    let (mut text, made) = Allocations::of(|| text);
    assert_eq!(made, Allocations::default());
    let ((), made) = Allocations::of(|| text.reserve_exact(2_000));
    assert_eq!(made, Allocations { count: 1, bytes: 2_000 });
    let (other, made) = Allocations::of(|| thread::spawn(|| Allocations::of(|| Box::new(1_u64)).1).join());
    assert_eq!(other.unwrap(), Allocations { count: 1, bytes: 8 });
    assert!(made.count > 0, "starting a thread allocates");
}

#[test]
fn getting_and_returning_cached_buffers_allocates_nothing() {
    let pool = pool();
    for size in [1, 256, 4_096, 64 << 10, 1 << 20] {
        let round = || {
            for _ in 0..1_000 {
                let mut buffer = pool.get(size).unwrap();
                buffer.extend_from_slice(b"It rained.").unwrap();
            }
        };
        round();
        assert_eq!(Allocations::of(round).1, Allocations::default(), "{size}");
    }
}

#[test]
fn growing_into_memory_that_the_pool_holds_allocates_nothing() {
    let pool = pool();
    let round = || {
        let mut buffer = pool.get(0).unwrap();
        for _ in 0..10_000 {
            buffer.extend_from_slice(b"It rained. ").unwrap();
        }
    };
    round();
    assert_eq!(Allocations::of(round).1, Allocations::default());
}

#[test]
fn freezing_allocates_the_counter_of_the_clones_alone() {
    let pool = pool();
    let text = vec![b'x'; 64 << 10];
    let round = || {
        let mut buffer = pool.get(text.len()).unwrap();
        buffer.extend_from_slice(&text).unwrap();
        let bytes = buffer.freeze();
        assert_eq!(bytes.clone().slice(5..).len(), text.len() - 5);
    };
    round();
    let made = Allocations::of(round).1;
    assert_eq!(made.count, 1);
    assert!(made.bytes <= 64, "{made:?}");
}

/// Hands over buffers without allocating: `std`'s channels may allocate when they block.
struct Shelf {
    places: Vec<Mutex<Option<PooledBuf>>>,
    put: AtomicUsize,
    dropped: AtomicUsize,
}

#[test]
fn getting_on_one_thread_and_returning_on_another_allocates_nothing_on_either() {
    const BUFFERS: usize = 100;
    const WARM_UP: usize = 20;
    const ROUNDS: usize = 50;
    for size in [100, 5_000, 64 << 10] {
        let pool = pool();
        let shelf = Shelf {
            places: (0..BUFFERS).map(|_| Mutex::new(None)).collect(),
            put: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
        };
        let reach = |count: &AtomicUsize, value: usize| {
            while count.load(Ordering::Acquire) < value {
                thread::yield_now();
            }
        };
        let writer_round = |round: usize| {
            reach(&shelf.put, round + 1);
            for place in &shelf.places {
                drop(place.lock().unwrap().take().unwrap());
            }
            shelf.dropped.fetch_add(1, Ordering::Release);
        };
        let typing_round = |round: usize| {
            for place in &shelf.places {
                let mut buffer = pool.get(size).unwrap();
                buffer.extend_from_slice(b"typed").unwrap();
                *place.lock().unwrap() = Some(buffer);
            }
            shelf.put.fetch_add(1, Ordering::Release);
            reach(&shelf.dropped, round + 1);
        };
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                (0..WARM_UP).for_each(writer_round);
                Allocations::of(|| (WARM_UP..WARM_UP + ROUNDS).for_each(writer_round)).1
            });
            (0..WARM_UP).for_each(typing_round);
            let typing = Allocations::of(|| (WARM_UP..WARM_UP + ROUNDS).for_each(typing_round)).1;
            let nothing = Allocations::default();
            assert_eq!((typing, writer.join().unwrap()), (nothing, nothing), "{size}");
        });
    }
}

#[test]
fn a_huge_request_that_the_limit_refuses_never_reaches_the_allocator() {
    let pool = pool();
    let (result, made) = Allocations::of(|| pool.get(usize::MAX / 4).map(drop));
    assert!(result.is_err());
    assert_eq!(made, Allocations::default());
}
