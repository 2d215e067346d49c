//! Real threads in random scenarios: in `#[cfg(test)]` builds a few rounds with the other tests, and for
//! `WRITEMAGIC_STRESS_SECONDS` seconds each (60 unless told) where ignored tests are asked for.
#![allow(clippy::expect_used, reason = "tests")]

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use super::{PushError, Ready, mpsc, signal, spsc};

/// Rounds of the ordinary tests.
const FEW: u64 = 20;

/// SplitMix64: the same seed makes the same scenario, if not the same interleaving.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Lets other threads run, often or rarely.
    fn pause(&mut self, one_in: u64) {
        if self.below(one_in) == 0 {
            thread::yield_now();
        }
    }
}

fn for_a_while(round: impl Fn(u64)) {
    let seconds =
        std::env::var("WRITEMAGIC_STRESS_SECONDS").map_or(60, |text| text.parse().expect("whole seconds"));
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut seed = 0;
    while Instant::now() < end {
        round(seed);
        seed += 1;
    }
}

/// A value of one producer, and what counts its drops.
struct Value {
    producer: usize,
    number: u64,
    _alive: Arc<()>,
}

/// Checks that each producer's values arrive in the order in which they were accepted.
struct Order(Vec<u64>);

impl Order {
    fn check(&mut self, value: &Value) {
        let expected = &mut self.0[value.producer];
        assert_eq!(value.number, *expected, "of producer {}", value.producer);
        *expected += 1;
    }
}

/// Producers push what they can until one end closes the ring at a random moment.
fn closing(seed: u64) {
    let mut random = Random(seed);
    let producers = 1 + random.below(4) as usize;
    let batch = 1 + random.below(40) as usize;
    let (pauses, consumer_pauses) = (1 + random.below(50), 1 + random.below(20));
    let closes_after = random.below(20_000);
    let closed_by_receiver = random.below(2) == 0;
    let alive = Arc::new(());
    let (notifier, mut listener) = signal();
    let (sender, mut receiver) = mpsc::ring(1 << random.below(8), &notifier).expect("allowed capacity");
    let threads: Vec<_> = (0..producers)
        .map(|producer| {
            let (sender, alive) = (sender.clone(), Arc::clone(&alive));
            let mut random = Random(seed ^ (producer as u64 + 1) << 32);
            thread::spawn(move || {
                let (mut accepted, mut counted) = (0, None);
                loop {
                    let value = Value { producer, number: accepted, _alive: Arc::clone(&alive) };
                    match sender.push(value) {
                        Ok(pushed) => {
                            accepted += 1;
                            if !closed_by_receiver && pushed.position >= closes_after {
                                counted = Some(sender.close());
                            }
                        }
                        Err(PushError::Full(_)) => thread::yield_now(),
                        Err(PushError::Closed(_)) => return (accepted, counted),
                    }
                    random.pause(pauses);
                }
            })
        })
        .collect();
    let mut order = Order(vec![0; producers]);
    let (mut taken, mut counted) = (0, None);
    while listener.wait(Duration::MAX, || receiver.ready()) == Some(Ready::Values) {
        for value in receiver.drain(batch) {
            order.check(&value);
            taken += 1;
        }
        random.pause(consumer_pauses);
        if closed_by_receiver && taken >= closes_after {
            counted = Some(receiver.close());
        }
    }
    let mut accepted = 0;
    for (producer, thread) in threads.into_iter().enumerate() {
        let (own, by_sender) = thread.join().expect("no panic");
        assert_eq!(order.0[producer], own);
        accepted += own;
        assert!(by_sender.is_none_or(|count| *counted.get_or_insert(count) == count));
    }
    assert_eq!((counted, taken), (Some(accepted), accepted));
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// What producers put beside a ring that was full, in order, numbered on from where the ring closed.
#[derive(Default)]
struct Overflow {
    first: Option<u64>,
    values: Vec<Value>,
}

/// A full ring is closed and values go to a list until the consumer has emptied both and reopens the ring: positions
/// number all of them without a gap.
fn overflowing(seed: u64) {
    let mut random = Random(seed);
    let producers = 1 + random.below(4) as usize;
    let batch = 1 + random.below(40) as usize;
    let (pauses, consumer_pauses) = (1 + random.below(50), 1 + random.below(20));
    let each = random.below(5_000);
    let alive = Arc::new(());
    let overflow = Arc::new(Mutex::new(Overflow::default()));
    let (notifier, mut listener) = signal();
    let (sender, mut receiver) = mpsc::ring(1 << random.below(7), &notifier).expect("allowed capacity");
    let threads: Vec<_> = (0..producers)
        .map(|producer| {
            let (sender, alive, overflow) = (sender.clone(), Arc::clone(&alive), Arc::clone(&overflow));
            let mut random = Random(seed ^ (producer as u64 + 1) << 32);
            thread::spawn(move || {
                let mut last = None;
                for number in 0..each {
                    let mut value = Value { producer, number, _alive: Arc::clone(&alive) };
                    let position = loop {
                        let (refused, full) = match sender.push(value) {
                            Ok(pushed) => break pushed.position,
                            Err(PushError::Full(value)) => (value, true),
                            Err(PushError::Closed(value)) => (value, false),
                        };
                        let mut overflow = overflow.lock().expect("no panic");
                        if full && overflow.first.is_none() {
                            overflow.first = Some(sender.close());
                        }
                        if let Some(first) = overflow.first {
                            overflow.values.push(refused);
                            break first + overflow.values.len() as u64 - 1;
                        }
                        // Closed, and reopened before the lock was taken.
                        value = refused;
                    };
                    assert!(last.is_none_or(|last| last < position));
                    last = Some(position);
                    random.pause(pauses);
                }
            })
        })
        .collect();
    let mut order = Order(vec![0; producers]);
    let total = each * producers as u64;
    let mut taken = 0;
    while taken < total {
        let ready = listener.wait(Duration::MAX, || receiver.ready()).expect("waited for ever");
        for value in receiver.drain(batch) {
            order.check(&value);
            taken += 1;
        }
        if ready == Ready::Closed {
            let mut overflow = overflow.lock().expect("no panic");
            let values = std::mem::take(&mut overflow.values);
            assert_eq!(overflow.first.take(), Some(taken));
            receiver
                .reopen(values.len() as u64)
                .expect("closed and drained, the senders wait in this function");
            drop(overflow);
            for value in values {
                order.check(&value);
                taken += 1;
            }
        }
        random.pause(consumer_pauses);
    }
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    assert_eq!(order.0, vec![each; producers]);
    assert_eq!(sender.close(), total);
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// Either end of a ring goes away at a random moment: no value leaks and none is dropped twice.
fn dropping(seed: u64) {
    let mut random = Random(seed);
    let producers = 1 + random.below(4);
    let alive = Arc::new(());
    let (notifier, _listener) = signal();
    let (sender, mut receiver) = mpsc::ring(1 << random.below(6), &notifier).expect("allowed capacity");
    let threads: Vec<_> = (0..producers)
        .map(|_| {
            let (sender, alive, count) = (sender.clone(), Arc::clone(&alive), random.below(500));
            thread::spawn(move || (0..count).for_each(|_| drop(sender.push(Arc::clone(&alive)))))
        })
        .collect();
    drop(sender);
    for _ in 0..random.below(200) {
        receiver.drain(random.below(9) as usize).for_each(drop);
        random.pause(4);
    }
    drop(receiver);
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// One producer, one consumer, either closes at a random moment.
fn single(seed: u64) {
    let mut random = Random(seed);
    let batch = 1 + random.below(40) as usize;
    let (pauses, consumer_pauses) = (1 + random.below(50), 1 + random.below(20));
    let (pushes, takes) = (random.below(20_000), random.below(20_000));
    let alive = Arc::new(());
    let (notifier, mut listener) = signal();
    let (mut sender, mut receiver) = spsc::ring(1 << random.below(8), &notifier).expect("allowed capacity");
    let shared = Arc::clone(&alive);
    let producer = thread::spawn(move || {
        let mut random = Random(!seed);
        let mut accepted = 0;
        while accepted < pushes {
            match sender.push((accepted, Arc::clone(&shared))) {
                Ok(pushed) => {
                    assert_eq!(pushed.position, accepted);
                    accepted += 1;
                }
                Err(PushError::Full(_)) => thread::yield_now(),
                Err(PushError::Closed(_)) => break,
            }
            random.pause(pauses);
        }
        assert_eq!(sender.close(), accepted);
        accepted
    });
    let mut taken = 0;
    while listener.wait(Duration::MAX, || receiver.ready()) == Some(Ready::Values) {
        for (number, _) in receiver.drain(batch) {
            assert_eq!(number, taken);
            taken += 1;
        }
        random.pause(consumer_pauses);
        if taken >= takes {
            receiver.close();
        }
    }
    assert_eq!((producer.join().expect("no panic"), receiver.close()), (taken, taken));
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn what_was_accepted_before_closing_arrives_in_order_and_once() {
    (0..FEW).for_each(closing);
}

#[test]
fn positions_number_the_values_of_the_ring_and_of_an_overflow_list() {
    (0..FEW).for_each(overflowing);
}

#[test]
fn dropped_ends_leak_nothing() {
    (0..FEW).for_each(dropping);
}

#[test]
fn a_single_producer_is_heard_in_order_until_either_end_closes() {
    (0..FEW).for_each(single);
}

#[test]
#[ignore = "runs as long as WRITEMAGIC_STRESS_SECONDS says"] // deliberate: `cargo xtask stress` runs it
fn closing_for_long() {
    for_a_while(closing);
}

#[test]
#[ignore = "runs as long as WRITEMAGIC_STRESS_SECONDS says"] // deliberate: `cargo xtask stress` runs it
fn overflowing_for_long() {
    for_a_while(overflowing);
}

#[test]
#[ignore = "runs as long as WRITEMAGIC_STRESS_SECONDS says"] // deliberate: `cargo xtask stress` runs it
fn dropping_for_long() {
    for_a_while(dropping);
}

#[test]
#[ignore = "runs as long as WRITEMAGIC_STRESS_SECONDS says"] // deliberate: `cargo xtask stress` runs it
fn a_single_producer_for_long() {
    for_a_while(single);
}
