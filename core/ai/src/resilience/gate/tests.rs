use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use proptest::prelude::*;

use super::Priority::{Background, Foreground};
use super::*;

/// Counts how often it was woken.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        // Relaxed: one thread.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll(entry: &mut Entry) -> Poll<Result<Slot, QueueFull>> {
    Pin::new(entry).poll(&mut Context::from_waker(Waker::noop()))
}

fn slot(gate: &Gate, priority: Priority) -> Slot {
    match poll(&mut gate.enter(priority)) {
        Poll::Ready(Ok(slot)) => slot,
        other => panic!("{other:?}"),
    }
}

fn waiting(gate: &Gate, priority: Priority) -> Entry {
    let mut entry = gate.enter(priority);
    assert!(poll(&mut entry).is_pending());
    entry
}

#[test]
fn two_foreground_calls_and_one_background_call_run_at_a_time() {
    let gate = Gate::new(GateSettings::default());
    let slots = [slot(&gate, Foreground), slot(&gate, Foreground), slot(&gate, Background)];
    let (mut third, mut second) = (waiting(&gate, Foreground), waiting(&gate, Background));
    assert_eq!(gate.load(), (3, 2));
    let [first, _other, background] = slots;
    drop(background);
    assert!(poll(&mut third).is_pending(), "a background slot is not for the foreground");
    assert!(matches!(poll(&mut second), Poll::Ready(Ok(_))));
    drop(first);
    assert!(matches!(poll(&mut third), Poll::Ready(Ok(_))));
}

#[test]
fn the_foreground_is_let_in_first_where_all_share_one_slot() {
    let gate = Gate::new(GateSettings { together: 1, ..GateSettings::default() });
    let running = slot(&gate, Background);
    let mut entries = [waiting(&gate, Background), waiting(&gate, Foreground), waiting(&gate, Foreground)];
    drop(running);
    assert!(poll(&mut entries[0]).is_pending() && poll(&mut entries[2]).is_pending());
    let Poll::Ready(Ok(first)) = poll(&mut entries[1]) else { panic!() };
    drop(first);
    let Poll::Ready(Ok(second)) = poll(&mut entries[2]) else { panic!() };
    assert!(poll(&mut entries[0]).is_pending());
    drop(second);
    assert!(matches!(poll(&mut entries[0]), Poll::Ready(Ok(_))));
}

#[test]
fn sixteen_wait_and_the_next_is_refused_unless_it_may_take_a_background_place() {
    let gate = Gate::new(GateSettings::default());
    let _slots = [slot(&gate, Foreground), slot(&gate, Foreground), slot(&gate, Background)];
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(counter.clone());
    let mut first = waiting(&gate, Background);
    let mut last = gate.enter(Background);
    assert!(Pin::new(&mut last).poll(&mut Context::from_waker(&waker)).is_pending());
    let _others: Vec<Entry> = (0..14).map(|_| waiting(&gate, Foreground)).collect();
    let full = QueueFull { waiting: 16 };
    assert!(matches!(poll(&mut gate.enter(Background)), Poll::Ready(Err(error)) if error == full));
    let urgent = waiting(&gate, Foreground);
    assert_eq!(counter.0.load(Ordering::Relaxed), 1); // Relaxed: one thread.
    assert!(matches!(poll(&mut last), Poll::Ready(Err(error)) if error == full));
    assert!(poll(&mut first).is_pending());
    let more = waiting(&gate, Foreground);
    assert!(matches!(poll(&mut first), Poll::Ready(Err(_))));
    assert!(matches!(poll(&mut gate.enter(Foreground)), Poll::Ready(Err(_))));
    drop((urgent, more));
    assert_eq!(gate.load(), (3, 14));
}

#[test]
fn who_was_let_in_and_does_not_come_gives_the_slot_to_the_next() {
    let gate = Gate::new(GateSettings { foreground: 1, ..GateSettings::default() });
    let running = slot(&gate, Foreground);
    let called = waiting(&gate, Foreground);
    let mut next = waiting(&gate, Foreground);
    drop(running);
    assert!(poll(&mut next).is_pending());
    drop(called);
    assert!(matches!(poll(&mut next), Poll::Ready(Ok(_))));
    assert_eq!(gate.load(), (0, 0));
    drop(gate.enter(Foreground));
    assert_eq!(gate.load(), (0, 0));
}

#[test]
fn whoever_is_let_in_is_woken() {
    let gate = Gate::new(GateSettings { foreground: 1, ..GateSettings::default() });
    let running = slot(&gate, Foreground);
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(counter.clone());
    let mut entry = gate.enter(Foreground);
    for _ in 0..2 {
        assert!(Pin::new(&mut entry).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(running);
    assert_eq!(counter.0.load(Ordering::Relaxed), 1); // Relaxed: one thread.
}

proptest! {
    #[test]
    fn nobody_is_lost_and_no_bound_is_passed(
        steps in prop::collection::vec((0..8_u8, any::<prop::sample::Index>()), 0..200),
        together in 1..4_usize,
    ) {
        let settings = GateSettings { together, queue: 4, ..GateSettings::default() };
        let gate = Gate::new(settings);
        let mut entries: Vec<(u32, Entry)> = Vec::new();
        let mut slots: Vec<Slot> = Vec::new();
        let mut arrivals = 0;
        for (step, which) in steps {
            match step {
                0 | 1 | 5 => {
                    arrivals += 1;
                    entries.push((arrivals, gate.enter(if step == 1 { Background } else { Foreground })));
                }
                2 | 6 if !slots.is_empty() => drop(slots.swap_remove(which.index(slots.len()))),
                3 | 7 if !entries.is_empty() => drop(entries.remove(which.index(entries.len()))),
                _ => {}
            }
            // Now and then nobody looks, and who was let in may leave without knowing.
            if step > 4 {
                continue;
            }
            let mut let_in = [0, 0];
            entries.retain_mut(|(number, entry)| match poll(entry) {
                Poll::Ready(Ok(slot)) => {
                    let last = &mut let_in[usize::from(slot.priority == Background)];
                    assert!(*last < *number, "in the order of arrival");
                    *last = *number;
                    slots.push(slot);
                    false
                }
                Poll::Ready(Err(_)) => false,
                Poll::Pending => true,
            });
            let of = |priority| slots.iter().filter(|slot| slot.priority == priority).count();
            prop_assert!(of(Foreground) <= 2 && of(Background) <= 1 && slots.len() <= together);
            prop_assert_eq!(gate.load(), (slots.len(), entries.len()));
            prop_assert!(entries.len() <= 4);
            for (_, entry) in &entries {
                prop_assert!(!lock(&gate.0).has_room(entry.priority), "nobody waits before a free slot");
            }
        }
        drop((entries, slots));
        prop_assert_eq!(gate.load(), (0, 0));
        prop_assert!(lock(&gate.0).called.is_empty());
    }
}
