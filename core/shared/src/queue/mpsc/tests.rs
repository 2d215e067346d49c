#![allow(clippy::expect_used, reason = "tests")]

use std::{collections::VecDeque, sync::atomic::AtomicUsize, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::{limits, queue::signal};

fn open<T: Send>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (notifier, _) = signal();
    ring(capacity, &notifier).expect("allowed capacity")
}

fn pushed<T>(position: u64) -> Result<Pushed, PushError<T>> {
    Ok(Pushed { position })
}

/// Counts the drops of its clones.
#[derive(Clone)]
struct Dropped<'a>(&'a AtomicUsize);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn capacities_are_rounded_up_and_limited() {
    let (notifier, _) = signal();
    for (asked, given) in [(1, 1), (2, 2), (3, 4), (1000, 1024)] {
        let (sender, receiver) = open::<u8>(asked);
        assert_eq!((sender.capacity(), receiver.capacity()), (given, given));
    }
    let most = limits::RING_VALUES as usize;
    assert_eq!(open::<u8>(most).0.capacity(), most);
    for asked in [0, most + 1, usize::MAX] {
        assert_eq!(ring::<u8>(asked, &notifier).err(), Some(CapacityError { asked }));
    }
}

#[test]
fn a_full_ring_hands_the_value_back_and_takes_it_once_there_is_room() {
    let (sender, mut receiver) = open(2);
    assert_eq!(sender.push('a'), pushed(0));
    assert_eq!(sender.push('b'), pushed(1));
    assert_eq!(sender.push('c'), Err(PushError::Full('c')));
    assert_eq!(receiver.drain(1).collect::<String>(), "a");
    assert_eq!(sender.push('c'), pushed(2));
    assert_eq!(receiver.drain(9).collect::<String>(), "bc");
    assert!(sender.is_empty() && receiver.is_empty());
}

#[test]
fn a_closed_ring_delivers_what_it_accepted_and_then_ends() {
    let (sender, mut receiver) = open(4);
    assert_eq!(receiver.ready(), None);
    sender.push(1).expect("room");
    sender.push(2).expect("room");
    assert_eq!(sender.close(), 2);
    assert_eq!(sender.push(3), Err(PushError::Closed(3)));
    assert!(sender.is_closed());
    assert_eq!(receiver.close(), 2);
    assert_eq!(receiver.ready(), Some(Ready::Values));
    assert_eq!(receiver.drain(9).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(receiver.ready(), Some(Ready::Closed));
}

#[test]
fn the_ring_closes_with_its_last_sender() {
    let (sender, receiver) = open::<u8>(1);
    let other = sender.clone();
    drop(sender);
    assert_eq!(receiver.ready(), None);
    drop(other);
    assert_eq!(receiver.ready(), Some(Ready::Closed));
}

#[test]
fn dropping_the_receiver_closes_the_ring_and_drops_what_is_left() {
    let count = AtomicUsize::new(0);
    let (sender, mut receiver) = open(4);
    for _ in 0..3 {
        sender.push(Dropped(&count)).expect("room");
    }
    drop(receiver.drain(1).next());
    drop(receiver);
    assert_eq!(count.load(Relaxed), 3);
    assert!(matches!(sender.push(Dropped(&count)), Err(PushError::Closed(_))));
    assert_eq!(sender.close(), 3);
}

#[test]
fn values_that_a_batch_did_not_reach_stay() {
    let (sender, mut receiver) = open(8);
    (0..6).for_each(|value| assert!(sender.push(value).is_ok()));
    assert_eq!(receiver.drain(4).take(2).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(receiver.drain(0).next(), None);
    assert_eq!(receiver.len(), 4);
    assert_eq!(receiver.drain(3).collect::<Vec<_>>(), [2, 3, 4]);
}

#[test]
fn a_batch_ends_for_good_where_the_ring_was_empty() {
    let (sender, mut receiver) = open(2);
    sender.push(1).expect("room");
    let mut batch = receiver.drain(2);
    assert_eq!((batch.next(), batch.next()), (Some(1), None));
    sender.push(2).expect("room");
    assert_eq!(batch.next(), None);
}

#[test]
fn a_long_batch_gives_room_back_on_its_way() {
    let room = ROOM_BACK_AFTER as usize;
    let (sender, mut receiver) = open(2 * room);
    (0..2 * room).for_each(|value| assert!(sender.push(value).is_ok()));
    let mut batch = receiver.drain(usize::MAX);
    assert!(batch.by_ref().take(room - 1).count() == room - 1 && sender.push(0).is_err());
    assert_eq!(batch.next(), Some(room - 1));
    assert!(sender.push(0).is_ok());
}

#[test]
fn a_panic_amid_a_batch_neither_loses_nor_repeats_values() {
    let count = AtomicUsize::new(0);
    let (sender, mut receiver) = open(4);
    (0..4).for_each(|number| assert!(sender.push((number, Dropped(&count))).is_ok()));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        receiver.drain(4).for_each(|(number, _value)| assert!(number != 1));
    }));
    assert!(panicked.is_err());
    assert_eq!(count.load(Relaxed), 2);
    assert!(sender.push((4, Dropped(&count))).is_ok(), "the room of the taken values is free");
    assert_eq!(receiver.drain(4).map(|(number, _)| number).collect::<Vec<_>>(), [2, 3, 4]);
    drop((sender, receiver));
    assert_eq!(count.load(Relaxed), 5);
}

#[test]
fn a_forgotten_batch_does_not_repeat_values() {
    let (sender, mut receiver) = open(2);
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
    let (sender, receiver) = open(4);
    (0..4).for_each(|number| assert!(sender.push(Explosive(number == 1, Dropped(&count))).is_ok()));
    drop(sender);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(count.load(Relaxed), 4);
}

#[test]
fn reopening_skips_positions_and_delivers_on() {
    let (sender, mut receiver) = open(2);
    sender.push('a').expect("room");
    assert_eq!(receiver.reopen(0), Err(ReopenError::Open));
    assert_eq!(sender.close(), 1);
    assert_eq!(receiver.reopen(3), Err(ReopenError::NotDrained));
    assert_eq!(receiver.drain(1).count(), 1);
    assert_eq!(receiver.reopen(3), Ok(()));
    assert_eq!((receiver.ready(), receiver.len(), sender.len()), (None, 0, 0));
    assert_eq!(sender.push('b'), pushed(4));
    assert_eq!(sender.push('c'), pushed(5));
    assert_eq!(sender.push('d'), Err(PushError::Full('d')));
    assert_eq!(receiver.drain(9).collect::<String>(), "bc");
    assert_eq!(sender.close(), 6);
}

#[test]
fn a_ring_is_not_reopened_without_senders_or_past_the_last_position() {
    let (sender, mut receiver) = open::<u8>(2);
    sender.close();
    assert_eq!(receiver.reopen(u64::MAX), Err(ReopenError::TooFar));
    assert_eq!(receiver.reopen(LAST_SKIP + 1), Err(ReopenError::TooFar));
    assert_eq!(receiver.reopen(LAST_SKIP), Ok(()));
    assert_eq!(sender.push(1), pushed(LAST_SKIP));
    sender.close();
    assert_eq!(receiver.drain(2).collect::<Vec<_>>(), [1]);
    drop(sender);
    assert_eq!(receiver.reopen(0), Err(ReopenError::NoSender));
    assert_eq!(receiver.ready(), Some(Ready::Closed));
}

#[test]
fn values_need_not_be_shareable_to_travel() {
    fn assert_send<T: Send>(_: &T) {}
    fn assert_sync<T: Sync>(_: &T) {}
    let (sender, receiver) = open::<std::cell::Cell<u8>>(1);
    assert_send(&sender);
    assert_sync(&sender);
    assert_send(&receiver);
}

#[test]
fn refusals_print_no_value() {
    assert_eq!(
        format!("{:?} {:?}", PushError::Full("secret"), PushError::Closed("secret")),
        "Full(..) Closed(..)"
    );
    assert_eq!(PushError::Full("secret").to_string(), "the ring is full");
    assert_eq!(PushError::Closed(7).into_value(), 7);
}

#[derive(Clone, Debug)]
enum Step {
    Push,
    Drain(usize),
    Close,
    CloseByReceiver,
    Reopen(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Push),
        3 => (0..9_usize).prop_map(Step::Drain),
        1 => Just(Step::Close),
        1 => Just(Step::CloseByReceiver),
        2 => (0..9_u64).prop_map(Step::Reopen),
    ]
}

proptest! {
    #[test]
    fn every_sequence_of_calls_behaves_like_a_deque(asked in 1..9_usize, steps in prop::collection::vec(step(), 0..200)) {
        let (sender, mut receiver) = open(asked);
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
                        Ok(Pushed { position: next - 1 })
                    };
                    let found = sender.push((number, std::sync::Arc::clone(&shared))).map_err(|error| format!("{error:?}"));
                    prop_assert_eq!(found, expected.map_err(str::to_owned));
                }
                Step::Drain(limit) => {
                    let found: Vec<_> = receiver.drain(limit).map(|(number, _)| number).collect();
                    let expected: Vec<_> = model.drain(..limit.min(model.len())).collect();
                    prop_assert_eq!(found, expected);
                }
                Step::Close | Step::CloseByReceiver => {
                    let counted = if matches!(step, Step::Close) { sender.close() } else { receiver.close() };
                    closed = true;
                    prop_assert_eq!(counted, next);
                }
                Step::Reopen(skip) => {
                    let expected = match (closed, model.is_empty()) {
                        (false, _) => Err(ReopenError::Open),
                        (true, false) => Err(ReopenError::NotDrained),
                        (true, true) => Ok(()),
                    };
                    prop_assert_eq!(receiver.reopen(skip), expected);
                    if expected.is_ok() {
                        closed = false;
                        next += skip;
                    }
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
    let (sender, mut receiver) = ring(4, &notifier).expect("allowed capacity");
    let producer = std::thread::spawn(move || {
        let mut full = 0;
        for value in 0..10_000 {
            while sender.push(value).is_err() {
                full += 1;
                std::thread::yield_now();
            }
        }
        full
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
