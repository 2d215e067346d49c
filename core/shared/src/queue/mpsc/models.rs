//! The ring in every order that the memory model allows. In `#[cfg(test)]` builds with `--cfg loom`.

use std::time::Duration;

use super::*;
use crate::{
    queue::signal,
    sync::{Arc, thread},
};

const FOR_EVER: Duration = Duration::MAX;

fn open<T: Send>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (notifier, _) = signal();
    ring(capacity, &notifier).expect("allowed capacity")
}

/// Pushes 1, 2, ... `count`; returns the positions of those that were accepted, in order.
fn push_all(sender: &Sender<u64>, first: u64, count: u64) -> Vec<(u64, u64)> {
    (first..first + count).filter_map(|value| Some((sender.push(value).ok()?.position, value))).collect()
}

#[test]
fn two_producers_and_a_consumer_agree_on_positions() {
    loom::model(|| {
        let (sender, mut receiver) = open(2);
        let other = sender.clone();
        let producer = thread::spawn(move || push_all(&other, 10, 1));
        let second = thread::spawn(move || push_all(&sender, 20, 2));
        let mut taken: Vec<u64> = receiver.drain(8).collect();
        let mut accepted = producer.join().expect("no panic");
        accepted.extend(second.join().expect("no panic"));
        taken.extend(receiver.drain(8));
        accepted.sort_unstable();
        assert!(accepted.iter().map(|&(position, _)| position).eq(0..accepted.len() as u64));
        assert!(accepted.iter().map(|&(_, value)| value).eq(taken));
        assert_eq!(receiver.ready(), Some(Ready::Closed));
    });
}

#[test]
fn slots_are_used_again_only_after_they_were_emptied() {
    loom::model(|| {
        let (sender, mut receiver) = open(1);
        let producer = thread::spawn(move || push_all(&sender, 1, 3));
        let mut taken: Vec<u64> = receiver.drain(1).collect();
        taken.extend(receiver.drain(2));
        let accepted = producer.join().expect("no panic");
        taken.extend(receiver.drain(1));
        assert!(accepted.iter().map(|&(_, value)| value).eq(taken));
    });
}

#[test]
fn room_that_one_producer_found_is_room_for_another() {
    loom::model(|| {
        let (sender, mut receiver) = open(1);
        sender.push(1).expect("empty");
        let other = sender.clone();
        let producer = thread::spawn(move || push_all(&other, 10, 1));
        let second = thread::spawn(move || push_all(&sender, 20, 1));
        assert_eq!(receiver.drain(1).next(), Some(1));
        let mut accepted = producer.join().expect("no panic");
        accepted.extend(second.join().expect("no panic"));
        assert!(accepted.len() <= 1);
        assert!(accepted.iter().map(|&(_, value)| value).eq(receiver.drain(8)));
    });
}

#[test]
fn a_ring_says_full_only_when_it_was() {
    loom::model(|| {
        let (sender, mut receiver) = open(1);
        sender.push(1).expect("empty");
        let producer = thread::spawn(move || sender.push(2).is_ok());
        let first: Vec<u64> = receiver.drain(1).collect();
        let accepted = producer.join().expect("no panic");
        assert_eq!(first, [1]);
        assert_eq!(receiver.drain(1).count(), usize::from(accepted));
    });
}

#[test]
fn closing_counts_exactly_what_is_delivered() {
    loom::model(|| {
        let (sender, mut receiver) = open(4);
        let other = sender.clone();
        let producer = thread::spawn(move || push_all(&other, 10, 1).len());
        let second = thread::spawn(move || push_all(&sender, 20, 2).len());
        let counted = receiver.close();
        let mut taken = receiver.drain(8).count();
        let accepted = producer.join().expect("no panic") + second.join().expect("no panic");
        taken += receiver.drain(8).count();
        assert_eq!((counted, accepted), (taken as u64, taken));
        assert_eq!(receiver.ready(), Some(Ready::Closed));
    });
}

#[test]
fn a_sender_that_closes_counts_the_other_senders_values() {
    loom::model(|| {
        let (sender, mut receiver) = open(2);
        let other = sender.clone();
        let producer = thread::spawn(move || push_all(&other, 10, 2).len());
        let counted = sender.close();
        let accepted = producer.join().expect("no panic");
        assert_eq!((accepted, receiver.drain(8).count()), (counted as usize, counted as usize));
    });
}

#[test]
fn a_push_beside_reopening_is_refused_or_has_the_new_number() {
    loom::model(|| {
        let (sender, mut receiver) = open(1);
        sender.push(1).expect("empty");
        sender.close();
        let other = sender.clone();
        let producer = thread::spawn(move || push_all(&other, 2, 2));
        assert_eq!(receiver.drain(8).count(), 1);
        receiver.reopen(5).expect("closed and drained");
        let accepted = producer.join().expect("no panic");
        assert!(accepted.len() <= 1 && accepted.iter().all(|&(position, _)| position == 6));
        assert_eq!(receiver.drain(8).count(), accepted.len());
        assert_eq!(sender.close(), 6 + accepted.len() as u64);
    });
}

#[test]
fn a_push_that_began_before_closing_gets_the_number_after_reopening() {
    loom::model(|| {
        let (sender, mut receiver) = open(1);
        let other = sender.clone();
        let producer = thread::spawn(move || push_all(&other, 1, 1));
        let counted = receiver.close();
        let mut taken = receiver.drain(1).count();
        let reopened = receiver.reopen(3);
        let accepted = producer.join().expect("no panic");
        taken += receiver.drain(1).count();
        assert_eq!(taken, accepted.len());
        assert_eq!(counted == 1, accepted.first().is_some_and(|&(position, _)| position == 0));
        if counted == 0 {
            assert_eq!(reopened, Ok(()));
            assert!(accepted.iter().all(|&(position, _)| position == 3));
        }
    });
}

#[test]
fn closing_beside_reopening_comes_before_or_after_it() {
    loom::model(|| {
        let (sender, mut receiver) = open::<u64>(1);
        sender.close();
        let other = sender.clone();
        let closer = thread::spawn(move || other.close());
        receiver.reopen(2).expect("closed and drained");
        let pushed = sender.push(7).map(|pushed| pushed.position);
        let counted = closer.join().expect("no panic");
        match pushed {
            Ok(position) => assert!(position == 2 && matches!(counted, 0 | 3)),
            Err(refused) => assert_eq!((refused, counted), (PushError::Closed(7), 2)),
        }
    });
}

#[test]
fn the_last_sender_leaves_the_ring_closed_even_beside_reopening() {
    loom::model(|| {
        let (sender, mut receiver) = open::<u64>(1);
        sender.close();
        let dropper = thread::spawn(move || drop(sender));
        let reopened = receiver.reopen(0);
        dropper.join().expect("no panic");
        assert!(matches!(reopened, Ok(()) | Err(ReopenError::NoSender)));
        assert_eq!(receiver.ready(), Some(Ready::Closed));
    });
}

// A thread that sleeps joins none: loom's `unpark` wakes a thread from joining, too.

/// Three threads that sleep and wake have too many orders: one change of thread fewer that nothing forces.
fn model_of_three(scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.map(|bound| bound.min(2));
    builder.check(scenario);
}

#[test]
fn a_sleeping_thread_is_woken_by_every_push_and_by_the_end() {
    loom::model(|| {
        let (notifier, mut listener) = signal();
        let (sender, mut receiver) = ring(1, &notifier).expect("allowed capacity");
        let consumer = thread::spawn(move || {
            let mut taken = 0;
            while listener.wait(FOR_EVER, || receiver.ready()) == Some(Ready::Values) {
                taken += receiver.drain(8).count();
            }
            taken
        });
        let accepted = push_all(&sender, 1, 2).len();
        drop(sender);
        assert_eq!(consumer.join().expect("no panic"), accepted);
    });
}

#[test]
fn a_stalled_push_wakes_the_consumer_when_it_goes_on() {
    model_of_three(|| {
        let (notifier, mut listener) = signal();
        let (sender, mut receiver) = ring(2, &notifier).expect("allowed capacity");
        let other = sender.clone();
        let consumer = thread::spawn(move || {
            let mut taken = 0;
            while taken < 2 {
                assert_eq!(listener.wait(FOR_EVER, || receiver.ready()), Some(Ready::Values));
                taken += receiver.drain(8).count();
            }
        });
        let producer = thread::spawn(move || other.push(1).is_ok());
        assert!(sender.push(2).is_ok());
        assert!(producer.join().expect("no panic"));
        consumer.join().expect("no panic");
    });
}

#[test]
fn one_listener_hears_of_two_rings() {
    model_of_three(|| {
        let (notifier, mut listener) = signal();
        let (sender, mut receiver) = ring(1, &notifier).expect("allowed capacity");
        let (other, mut second) = ring(1, &notifier).expect("allowed capacity");
        let consumer = thread::spawn(move || {
            let mut taken = 0;
            while taken < 2 {
                listener.wait(FOR_EVER, || {
                    let values = [receiver.ready(), second.ready()].contains(&Some(Ready::Values));
                    values.then_some(())
                });
                taken += receiver.drain(1).count() + second.drain(1).count();
            }
        });
        let producer = thread::spawn(move || other.push(1).is_ok());
        assert!(sender.push(2).is_ok());
        assert!(producer.join().expect("no panic"));
        consumer.join().expect("no panic");
    });
}

#[test]
fn every_value_is_dropped_once_whichever_end_goes_first() {
    loom::model(|| {
        // loom reports a value that leaks or is dropped twice.
        let value = Arc::new(());
        let (sender, mut receiver) = open(2);
        let other = sender.clone();
        let values = [Arc::clone(&value), Arc::clone(&value)];
        let producer = thread::spawn(move || {
            for value in values {
                drop(other.push(value));
            }
        });
        drop(sender);
        receiver.drain(1).for_each(drop);
        drop(receiver);
        producer.join().expect("no panic");
        assert_eq!(Arc::strong_count(&value), 1);
    });
}
