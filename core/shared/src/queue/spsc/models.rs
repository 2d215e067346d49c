//! The ring in every order that the memory model allows. In `#[cfg(test)]` builds with `--cfg loom`.

use std::time::Duration;

use super::*;
use crate::{
    queue::signal,
    sync::{Arc, thread},
};

fn open<T: Send>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (notifier, _) = signal();
    ring(capacity, &notifier).expect("allowed capacity")
}

/// Pushes `1..=count`; returns those that were accepted.
fn push_all(mut sender: Sender<u64>, count: u64) -> Vec<u64> {
    (1..=count).filter(|&value| sender.push(value).is_ok()).collect()
}

#[test]
fn values_arrive_in_order_and_slots_are_used_again_only_when_empty() {
    loom::model(|| {
        let (sender, mut receiver) = open(2);
        let producer = thread::spawn(move || push_all(sender, 4));
        let mut taken: Vec<u64> = receiver.drain(1).collect();
        taken.extend(receiver.drain(8));
        taken.extend(receiver.drain(8));
        let accepted = producer.join().expect("no panic");
        taken.extend(receiver.drain(8));
        assert_eq!(taken, accepted);
        assert_eq!(receiver.ready(), Some(Ready::Closed));
    });
}

#[test]
fn closing_counts_exactly_what_is_delivered() {
    loom::model(|| {
        let (sender, mut receiver) = open(2);
        let producer = thread::spawn(move || push_all(sender, 3).len());
        let mut taken = receiver.drain(1).count();
        let counted = receiver.close();
        taken += receiver.drain(8).count();
        assert_eq!(receiver.ready(), Some(Ready::Closed));
        let accepted = producer.join().expect("no panic");
        assert_eq!((counted, accepted), (taken as u64, taken));
        assert_eq!(receiver.drain(8).count(), 0);
    });
}

#[test]
fn a_sleeping_thread_is_woken_by_every_push_and_by_the_end() {
    loom::model(|| {
        let (notifier, mut listener) = signal();
        let (sender, mut receiver) = ring(1, &notifier).expect("allowed capacity");
        // loom's `unpark` wakes a thread from joining, too, so the one that sleeps joins none.
        let consumer = thread::spawn(move || {
            let mut taken = 0;
            while listener.wait(Duration::MAX, || receiver.ready()) == Some(Ready::Values) {
                taken += receiver.drain(8).count();
            }
            taken
        });
        let accepted = push_all(sender, 3).len();
        assert_eq!(consumer.join().expect("no panic"), accepted);
    });
}

#[test]
fn every_value_is_dropped_once_whichever_end_goes_first() {
    loom::model(|| {
        // loom reports a value that leaks or is dropped twice.
        let value = Arc::new(());
        let (mut sender, mut receiver) = open(2);
        let values = [Arc::clone(&value), Arc::clone(&value), Arc::clone(&value)];
        let producer = thread::spawn(move || {
            for value in values {
                drop(sender.push(value));
            }
        });
        receiver.drain(1).for_each(drop);
        drop(receiver);
        producer.join().expect("no panic");
        assert_eq!(Arc::strong_count(&value), 1);
    });
}
