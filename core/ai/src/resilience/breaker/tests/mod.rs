mod model;
mod sequences;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::resilience::ManualMonotonicClock;

const SECOND: Duration = Duration::from_secs(1);

struct Bench {
    clock: Arc<ManualMonotonicClock>,
    breaker: Breaker,
    changes: Arc<Mutex<Vec<Transition>>>,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualMonotonicClock::new());
        let changes = Arc::new(Mutex::new(Vec::new()));
        let seen = changes.clone();
        let observer = move |change: &Transition| lock(&seen).push(*change);
        let breaker = Breaker::with_observer(BreakerSettings::default(), clock.clone(), observer);
        Self { clock, breaker, changes }
    }

    fn fail(&self, times: usize) {
        for _ in 0..times {
            self.breaker.acquire().unwrap().failed(SECOND, None);
        }
    }

    fn succeed(&self, times: usize) {
        for _ in 0..times {
            let mut permit = self.breaker.acquire().unwrap();
            permit.first_content(SECOND);
            permit.succeeded();
        }
    }

    fn reasons(&self) -> Vec<Reason> {
        lock(&self.changes).iter().map(|change| change.reason).collect()
    }

    /// How long it stays open from now on; it must be open.
    fn wait(&self) -> Duration {
        match self.breaker.state() {
            BreakerState::Open { until } => until.since(self.clock.now()),
            state => panic!("{state:?}"),
        }
    }
}

#[test]
fn five_failures_open_it_and_two_good_probes_close_it_after_thirty_seconds() {
    let bench = Bench::new();
    bench.fail(4);
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
    bench.fail(1);
    assert_eq!(bench.wait(), SECOND * 30);
    bench.clock.advance(SECOND * 30 - Duration::from_nanos(1));
    let refusal = bench.breaker.acquire().unwrap_err();
    assert_eq!(refusal.retry_at, Some(bench.clock.now().after(Duration::from_nanos(1))));
    bench.clock.advance(Duration::from_nanos(1));
    let (first, second) = (bench.breaker.acquire().unwrap(), bench.breaker.acquire().unwrap());
    assert!(bench.breaker.acquire().is_err(), "two probes and no third");
    first.succeeded();
    assert!(matches!(bench.breaker.state(), BreakerState::HalfOpen { .. }), "one verdict decides nothing");
    second.succeeded();
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
    assert_eq!(bench.reasons(), [Reason::TooManyFailures, Reason::WaitOver, Reason::ProbesSucceeded]);
    assert_eq!(lock(&bench.changes)[0].rates, Rates { calls: 5, failed: 5, slow: 0 });
}

#[test]
fn a_thousand_good_calls_do_not_outweigh_the_last_twenty() {
    let bench = Bench::new();
    bench.succeed(1_000);
    bench.fail(9);
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
    bench.fail(1);
    assert_eq!(bench.wait(), SECOND * 30);
}

#[test]
fn slow_first_content_opens_it_at_four_of_five_and_long_streams_do_not() {
    let slow = |after: Duration| {
        let bench = Bench::new();
        bench.succeed(1);
        for _ in 0..4 {
            let mut permit = bench.breaker.acquire().unwrap();
            permit.first_content(after);
            bench.clock.advance(SECOND * 300);
            permit.succeeded();
        }
        bench.breaker.state()
    };
    assert_eq!(slow(SECOND * 30), BreakerState::Closed);
    assert!(matches!(slow(SECOND * 30 + Duration::from_nanos(1)), BreakerState::Open { .. }));
}

#[test]
fn waits_double_up_to_five_minutes_and_begin_again_once_it_closed() {
    let bench = Bench::new();
    bench.fail(5);
    let mut waits = Vec::new();
    for _ in 0..6 {
        waits.push(bench.wait().as_secs());
        bench.clock.advance(bench.wait());
        bench.fail(2);
    }
    assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
    bench.clock.advance(bench.wait());
    bench.succeed(2);
    bench.fail(5);
    assert_eq!(bench.wait(), SECOND * 30);
}

#[test]
fn a_server_that_asks_for_longer_is_left_alone_longer_but_not_for_ever() {
    for (asked, expected) in [(10, 30), (90, 90), (1_000_000, 3_600)] {
        let bench = Bench::new();
        bench.breaker.acquire().unwrap().failed(SECOND, Some(SECOND * asked));
        bench.fail(4);
        assert_eq!(bench.wait(), SECOND * expected);
    }
}

#[test]
fn a_cancelled_probe_gives_its_permit_back() {
    let bench = Bench::new();
    bench.fail(5);
    bench.clock.advance(SECOND * 30);
    for _ in 0..10 {
        drop(bench.breaker.acquire().unwrap());
    }
    bench.succeed(2);
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
}

#[test]
fn probes_that_never_come_back_do_not_hold_it_half_open() {
    let bench = Bench::new();
    bench.fail(5);
    bench.clock.advance(SECOND * 30);
    let probes = [bench.breaker.acquire().unwrap(), bench.breaker.acquire().unwrap()];
    bench.clock.advance(SECOND * 70);
    assert_eq!(bench.wait(), SECOND * 50, "open for 60 s since the probes were overdue, 10 s ago");
    bench.clock.advance(SECOND * 50);
    let [late, later] = probes;
    late.failed(SECOND, None);
    bench.succeed(1);
    drop(later);
    bench.succeed(1);
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
    assert_eq!(bench.reasons()[2..], [Reason::ProbesOverdue, Reason::WaitOver, Reason::ProbesSucceeded]);
}

#[test]
fn a_call_from_before_the_trouble_says_nothing_about_the_probes() {
    let bench = Bench::new();
    let old = bench.breaker.acquire().unwrap();
    let older = bench.breaker.acquire().unwrap();
    bench.fail(5);
    bench.clock.advance(SECOND * 30);
    let probe = bench.breaker.acquire().unwrap();
    old.failed(SECOND, None);
    older.succeeded();
    assert_eq!(bench.breaker.rates(), Rates::default());
    probe.succeeded();
    bench.succeed(1);
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
}

#[test]
fn the_first_content_of_a_probe_is_its_verdict_however_long_its_stream() {
    let bench = Bench::new();
    bench.fail(5);
    bench.clock.advance(SECOND * 30);
    let mut probes = [bench.breaker.acquire().unwrap(), bench.breaker.acquire().unwrap()];
    probes.iter_mut().for_each(|probe| probe.first_content(SECOND));
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
    bench.clock.advance(SECOND * 600);
    let [good, bad] = probes;
    good.succeeded();
    bad.failed(SECOND * 600, None);
    assert_eq!(bench.breaker.rates(), Rates::default(), "one permit, one verdict");
}

#[test]
fn by_hand_it_opens_closes_and_begins_again() {
    let bench = Bench::new();
    bench.breaker.force_open();
    bench.clock.advance(SECOND * 1_000_000);
    assert_eq!(bench.breaker.acquire().unwrap_err().retry_at, None);
    bench.breaker.force_closed();
    bench.fail(100);
    assert_eq!(bench.breaker.state(), BreakerState::ForcedClosed);
    bench.breaker.reset();
    bench.fail(5);
    assert_eq!(bench.wait(), SECOND * 30);
    bench.breaker.reset();
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
}

#[test]
fn settings_that_make_no_sense_are_clamped() {
    let settings = BreakerSettings {
        window: 0,
        minimum_calls: 9,
        half_open_permits: 0,
        failure_percent: 100,
        ..BreakerSettings::default()
    };
    let breaker = Breaker::new(settings, Arc::new(ManualMonotonicClock::new()));
    breaker.acquire().unwrap().failed(SECOND, None);
    assert!(breaker.acquire().is_err(), "a window of one call, and it failed");
}

#[test]
fn an_observer_may_use_the_breaker() {
    let clock = Arc::new(ManualMonotonicClock::new());
    let slot: Arc<Mutex<Option<Breaker>>> = Arc::default();
    let inside = slot.clone();
    let observer = move |_: &Transition| {
        let breaker = lock(&inside).clone();
        assert!(breaker.is_some_and(|breaker| breaker.acquire().is_err()));
    };
    let breaker = Breaker::with_observer(BreakerSettings::default(), clock, observer);
    *lock(&slot) = Some(breaker.clone());
    breaker.force_open();
    *lock(&slot) = None;
}

#[test]
fn threads_never_hold_more_probes_than_there_are_permits() {
    let bench = Bench::new();
    bench.fail(5);
    bench.clock.advance(SECOND * 30);
    let most = Arc::new(Mutex::new((0, 0)));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    let Ok(permit) = bench.breaker.acquire() else { continue };
                    let mut held = lock(&most);
                    held.0 += 1;
                    held.1 = held.1.max(held.0);
                    drop(held);
                    lock(&most).0 -= 1;
                    drop(permit);
                }
            });
        }
    });
    assert!((1..=2).contains(&lock(&most).1));
}
