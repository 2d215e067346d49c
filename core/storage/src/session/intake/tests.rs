use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use writemagic_shared::buffer::{AtLimit, PoolOptions};
use writemagic_shared::queue::signal;

use super::*;

fn pool() -> BufferPool {
    BufferPool::new(PoolOptions::new(1 << 20, AtLimit::Allocate))
}

fn intake() -> (Intake, mpsc::Receiver<Splice>) {
    let (notifier, _listener) = signal();
    Intake::new(Growth { bytes: 0, events: 0 }, &notifier).unwrap()
}

/// A splice that can be told from others.
fn splice(at: u64, pool: &BufferPool) -> Splice {
    Splice::new(at, 0, Inserted::new("a", pool).unwrap())
}

fn taken(intake: &Intake, ring: &mut mpsc::Receiver<Splice>) -> Vec<u64> {
    let mut all = Vec::new();
    while intake.drain(ring, 64, |splice| all.push(splice.at())) > 0 {}
    all
}

#[test]
fn more_splices_than_the_ring_holds_are_taken_in_order() {
    let (intake, mut ring) = intake();
    let pool = pool();
    let count = 3 * RING as u64 + 7;
    for at in 0..count {
        assert_eq!(intake.push(splice(at, &pool)).ok(), Some(Ticket(at + 1)));
    }
    assert_eq!(intake.last(), Ticket(count));
    assert!(intake.has_waiting());
    assert_eq!(taken(&intake, &mut ring), (0..count).collect::<Vec<_>>());
    assert!(!intake.has_waiting());
    // The ring is open again, and numbers go on.
    assert_eq!(intake.push(splice(0, &pool)).ok(), Some(Ticket(count + 1)));
    assert_eq!(lock(&intake.overflow).state, OverflowState::Unused);
    assert_eq!(taken(&intake, &mut ring), [0]);
}

#[test]
fn a_closed_intake_refuses_and_gives_out_what_it_took() {
    for before in [3, RING as u64 + 3] {
        let (intake, mut ring) = intake();
        let pool = pool();
        for at in 0..before {
            assert!(intake.push(splice(at, &pool)).is_ok());
        }
        let bytes = intake.bytes();
        intake.close();
        intake.close();
        assert!(intake.is_closed());
        assert!(matches!(intake.push(splice(0, &pool)), Err(Refused::Closed)));
        assert_eq!((intake.last(), intake.bytes()), (Ticket(before), bytes));
        assert_eq!(taken(&intake, &mut ring), (0..before).collect::<Vec<_>>());
        assert!(intake.is_closed());
    }
}

#[test]
fn the_bound_refuses_what_may_be_too_much_and_follows_what_was_applied() {
    let (intake, _ring) = intake();
    let pool = pool();
    let splice = Splice::new(0, u64::MAX, Inserted::new("four", &pool).unwrap());
    assert_eq!(splice.reserved, Growth { bytes: 4, events: DOCUMENT_BYTES + 4 });
    let reserved = splice.reserved;
    assert!(intake.push(splice).is_ok());
    assert_eq!(intake.bytes(), 4);
    // Ten bytes went, eight events were recorded: the halves do not disturb each other.
    intake.correct(Correction::default().add(0, 10, 10));
    intake.correct(Correction::default().release(reserved).add(10, 4, 8));
    assert_eq!(intake.bound.load(Ordering::Relaxed), Growth { bytes: 4, events: 18 }.packed());
    let mut large = Splice::new(0, 0, Inserted::new("x", &pool).unwrap());
    large.reserved = Growth { bytes: DOCUMENT_BYTES - 3, events: 1 };
    assert!(matches!(intake.push(large), Err(Refused::AtLimit(_))));
    let mut fits = Splice::new(0, 0, Inserted::new("x", &pool).unwrap());
    fits.reserved = Growth { bytes: DOCUMENT_BYTES - 4, events: DOCUMENT_EVENTS - 18 };
    assert!(intake.push(fits).is_ok());
}

#[test]
fn text_comes_out_as_it_went_in_whatever_its_length_and_encoding() {
    let pool = pool();
    for length in [0, 1, INLINE - 1, INLINE, INLINE + 1, 5_000] {
        let text: String = "aé二😀".chars().cycle().take(length).collect();
        assert_eq!(Inserted::new(&text, &pool).unwrap().as_str(), text);
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(Inserted::from_utf16(&units, &pool).unwrap().as_str(), text);
    }
    for length in [2, 100] {
        let mut units = vec![0x61; length];
        units[length - 1] = 0xD800;
        let refused = Inserted::from_utf16(&units, &pool);
        assert!(matches!(refused, Err(Error::LoneSurrogate { index }) if index == length as u64 - 1));
    }
    assert_eq!(pool.statistics().out_bytes, 0);
}

#[test]
fn threads_get_tickets_in_the_order_in_which_their_splices_come_out() {
    const THREADS: u64 = 3;
    const EACH: u64 = 20_000;
    let (intake, mut ring) = intake();
    let (intake, pool) = (Arc::new(intake), pool());
    let typing = Arc::new(AtomicBool::new(true));
    let mut order = Vec::new();
    let tickets: Vec<Vec<Ticket>> = thread::scope(|scope| {
        let writers: Vec<_> = (0..THREADS)
            .map(|writer| {
                let (intake, pool) = (&intake, &pool);
                scope.spawn(move || {
                    (0..EACH).map(|at| intake.push(splice(writer * EACH + at, pool)).ok().unwrap()).collect()
                })
            })
            .collect();
        let consumer = scope.spawn(|| {
            // Often slower than the writers, so that the list is used.
            while typing.load(Ordering::Acquire) || intake.has_waiting() {
                if intake.drain(&mut ring, 100, |splice| order.push(splice.at())) == 0 {
                    thread::yield_now();
                }
            }
        });
        let tickets = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        typing.store(false, Ordering::Release);
        consumer.join().unwrap();
        tickets
    });
    assert_eq!(order.len() as u64, THREADS * EACH);
    for (writer, tickets) in tickets.iter().enumerate() {
        for (at, ticket) in tickets.iter().enumerate() {
            assert_eq!(order[ticket.0 as usize - 1], writer as u64 * EACH + at as u64);
        }
    }
}
