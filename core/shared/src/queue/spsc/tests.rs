#![allow(clippy::expect_used, reason = "tests")]

use std::{collections::VecDeque, sync::atomic::AtomicUsize, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::{limits, queue::signal};

fn open<T: Send>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (notifier, _) = signal();
    ring(capacity, &notifier).expect("allowed capacity")
}

/// Counts its drops.
struct Dropped<'a>(&'a AtomicUsize);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn capacities_are_rounded_up_and_limited() {
    let (notifier, _) = signal();
    assert_eq!(open::<u8>(3).1.capacity(), 4);
    let most = limits::RING_VALUES as usize;
    assert_eq!(open::<u8>(most).0.capacity(), most);
    for asked in [0, most + 1] {
        assert_eq!(ring::<u8>(asked, &notifier).err(), Some(CapacityError { asked }));
    }
}

#[test]
fn the_ring_closes_with_its_sender_and_delivers_what_it_accepted() {
    let (mut sender, mut receiver) = open(2);
    sender.push('a').expect("room");
    drop(sender);
    assert_eq!(receiver.ready(), Some(Ready::Values));
    assert_eq!(receiver.drain(9).collect::<String>(), "a");
    assert_eq!(receiver.ready(), Some(Ready::Closed));
    assert_eq!(receiver.close(), 1);
}

#[test]
fn dropping_the_receiver_closes_the_ring_and_drops_what_is_left() {
    let count = AtomicUsize::new(0);
    let (mut sender, mut receiver) = open(4);
    (0..3).for_each(|_| assert!(sender.push(Dropped(&count)).is_ok()));
    drop(receiver.drain(1).next());
    drop(receiver);
    assert_eq!(count.load(Relaxed), 3);
    assert!(matches!(sender.push(Dropped(&count)), Err(PushError::Closed(_))));
    assert_eq!((count.load(Relaxed), sender.close()), (4, 3));
}

#[test]
fn a_closed_ring_says_so_even_when_it_is_full() {
    let (mut sender, mut receiver) = open(1);
    sender.push(1).expect("room");
    assert_eq!(sender.push(2), Err(PushError::Full(2)));
    receiver.close();
    assert_eq!(sender.push(2), Err(PushError::Closed(2)));
}

#[test]
fn a_panic_amid_a_batch_neither_loses_nor_repeats_values() {
    let count = AtomicUsize::new(0);
    let (mut sender, mut receiver) = open(4);
    (0..4).for_each(|number| assert!(sender.push((number, Dropped(&count))).is_ok()));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        receiver.drain(4).for_each(|(number, _value)| assert!(number != 1));
    }));
    assert!(panicked.is_err());
    assert_eq!(count.load(Relaxed), 2);
    assert!(sender.push((4, Dropped(&count))).is_ok(), "the room of the taken values is free");
    assert_eq!(receiver.drain(4).map(|(number, _)| number).collect::<Vec<_>>(), [2, 3, 4]);
}

#[test]
fn a_forgotten_batch_does_not_repeat_values() {
    let (mut sender, mut receiver) = open(2);
    (0..2).for_each(|value| assert!(sender.push(value).is_ok()));
    let mut batch = receiver.drain(2);
    assert_eq!(batch.next(), Some(0));
    std::mem::forget(batch);
    assert_eq!(receiver.drain(2).collect::<Vec<_>>(), [1]);
    assert!(sender.push(2).is_ok() && sender.push(3).is_ok());
}

#[test]
fn a_value_whose_drop_panics_does_not_stop_the_others_from_being_dropped() {
    struct Explosive<'a>(bool, #[expect(dead_code, reason = "it is dropped")] Dropped<'a>);
    impl Drop for Explosive<'_> {
        fn drop(&mut self) {
            assert!(!self.0, "as told");
        }
    }
    let count = AtomicUsize::new(0);
    let (mut sender, receiver) = open(4);
    (0..4).for_each(|number| assert!(sender.push(Explosive(number == 1, Dropped(&count))).is_ok()));
    drop(sender);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(count.load(Relaxed), 4);
}

#[derive(Clone, Debug)]
enum Step {
    Push,
    Drain(usize),
    Close(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        60 => Just(Step::Push),
        30 => (0..9_usize).prop_map(Step::Drain),
        1 => any::<bool>().prop_map(Step::Close),
    ]
}

proptest! {
    #[test]
    fn every_sequence_of_calls_behaves_like_a_deque(asked in 1..9_usize, steps in prop::collection::vec(step(), 0..200)) {
        let (mut sender, mut receiver) = open(asked);
        let capacity = asked.next_power_of_two();
        let (mut model, mut next, mut closed) = (VecDeque::new(), 0_u64, false);
        let shared = std::sync::Arc::new(());
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Push => {
                    let expected = if closed {
                        Err("Closed(..)")
                    } else if model.len() == capacity {
                        Err("Full(..)")
                    } else {
                        model.push_back(number);
                        next += 1;
                        Ok(next - 1)
                    };
                    let found = sender.push((number, std::sync::Arc::clone(&shared)));
                    let found = found.map(|pushed| pushed.position).map_err(|error| format!("{error:?}"));
                    prop_assert_eq!(found, expected.map_err(str::to_owned));
                }
                Step::Drain(limit) => {
                    let found: Vec<_> = receiver.drain(limit).map(|(number, _)| number).collect();
                    let expected: Vec<_> = model.drain(..limit.min(model.len())).collect();
                    prop_assert_eq!(found, expected);
                }
                Step::Close(by_receiver) => {
                    closed = true;
                    prop_assert_eq!(if by_receiver { receiver.close() } else { sender.close() }, next);
                }
            }
            let ready = match (model.is_empty(), closed) {
                (false, _) => Some(Ready::Values),
                (true, true) => Some(Ready::Closed),
                (true, false) => None,
            };
            prop_assert_eq!(receiver.ready(), ready);
            prop_assert_eq!((sender.len(), receiver.len(), sender.is_closed()), (model.len(), model.len(), closed));
            prop_assert_eq!(std::sync::Arc::strong_count(&shared), 1 + model.len());
        }
    }
}

#[test]
fn a_waiting_thread_sees_values_then_the_end() {
    let (notifier, mut listener) = signal();
    let (mut sender, mut receiver) = ring(4, &notifier).expect("allowed capacity");
    let producer = std::thread::spawn(move || {
        for value in 0..10_000 {
            while sender.push(value).is_err() {
                std::thread::yield_now();
            }
        }
    });
    let mut expected = 0..10_000;
    while listener.wait(Duration::MAX, || receiver.ready()) == Some(Ready::Values) {
        for value in receiver.drain(3) {
            assert_eq!(Some(value), expected.next());
        }
    }
    assert_eq!(expected.next(), None);
    producer.join().expect("no panic");
}
