use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::runtime::{ManualClock, Timestamp};

use super::*;
use crate::foreign::FullDisk;
use crate::model::Prices;

/// Entries in memory, which outlive a ledger.
#[derive(Default)]
struct Memory {
    entries: Mutex<Vec<Entry>>,
    is_full: AtomicBool,
}

impl Memory {
    fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap().clone()
    }

    fn states(&self) -> Vec<EntryState> {
        self.entries().iter().map(|entry| entry.state).collect()
    }

    fn check(&self) -> Result<(), ForeignError> {
        // Relaxed: one thread sets it.
        if self.is_full.load(Ordering::Relaxed) { Err(ForeignError::of(FullDisk)) } else { Ok(()) }
    }
}

impl LedgerStore for Memory {
    fn append(&self, entry: &Entry) -> Result<EntryId, ForeignError> {
        self.check()?;
        let mut entries = self.entries.lock().unwrap();
        entries.push(entry.clone());
        Ok(EntryId(entries.len() as u64 - 1))
    }

    fn replace(&self, id: EntryId, entry: &Entry) -> Result<(), ForeignError> {
        self.check()?;
        self.entries.lock().unwrap()[id.0 as usize] = entry.clone();
        Ok(())
    }

    fn sums_since(&self, from: Timestamp) -> Result<Sums, ForeignError> {
        self.check()?;
        Ok(self.entries().iter().filter(|entry| entry.at >= from).fold(Sums::default(), Sums::with))
    }

    fn reserved(&self) -> Result<Vec<(EntryId, Entry)>, ForeignError> {
        self.check()?;
        let numbered = self.entries().into_iter().enumerate().map(|(id, entry)| (EntryId(id as u64), entry));
        Ok(numbered.filter(|(_, entry)| entry.state == EntryState::Reserved).collect())
    }
}

struct Bench {
    store: Arc<Memory>,
    clock: Arc<ManualClock>,
    ledger: Ledger,
}

fn at(time: &str) -> Timestamp {
    Timestamp::from_millis(time.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn bench(caps: Caps) -> Bench {
    let store = Arc::new(Memory::default());
    let clock = Arc::new(ManualClock::new(at("2026-11-21T12:00:00Z")));
    let ledger = Ledger::new(store.clone(), clock.clone(), Zone::named("+02:00").unwrap(), caps).unwrap();
    Bench { store, clock, ledger }
}

/// One dollar a million tokens: a token costs a millionth of a dollar.
const PRICES: Prices = Prices { input: 1_000_000, output: 1_000_000, cache_read: None, cache_write: None };

fn quote(tokens: u64) -> Quote {
    Quote::new(Some(PRICES), tokens, 0)
}

fn money(most: u64) -> Cap {
    Cap { money: Some(Microdollars(most)), tokens: None }
}

fn used(tokens: u64) -> Usage {
    Usage { input_tokens: tokens, ..Usage::default() }
}

impl Bench {
    fn reserve(&self, tokens: u64) -> Result<Reservation, LedgerError> {
        self.ledger.reserve("mine", "model-1", &quote(tokens))
    }

    fn refused(&self, quote: &Quote) -> BudgetExceeded {
        match self.ledger.reserve("mine", "model-1", quote) {
            Err(LedgerError::Exceeded(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    fn today(&self) -> u64 {
        self.ledger.spent().unwrap().today.money.0
    }
}

#[test]
fn a_call_is_reserved_before_and_settled_after() {
    let bench = bench(Caps { day: money(500_000), ..Caps::default() });
    let reservation = bench.reserve(400_000).unwrap();
    assert_eq!(bench.today(), 400_000);
    let error = bench.refused(&quote(100_001));
    assert_eq!((error.span, error.limit, error.spent, error.asked), (Span::Day, 500_000, 400_000, 100_001));
    assert_eq!(error.until, Some(at("2026-11-21T22:00:00Z")));
    let usage = Usage { output_tokens: 1_000, ..used(99_000) };
    assert_eq!(reservation.settle(&usage).unwrap(), Some(Microdollars(100_000)));
    assert_eq!(bench.today(), 100_000);
    assert_eq!(bench.store.entries()[0].usage, usage);
    bench.reserve(400_000).unwrap().release().unwrap();
    assert_eq!(bench.today(), 100_000);
    drop(bench.reserve(400_000).unwrap());
    assert_eq!(bench.today(), 500_000, "it may have been made");
    assert_eq!(bench.store.states(), [EntryState::Settled, EntryState::Released, EntryState::Settled]);
}

#[test]
fn each_cap_allows_its_last_millionth_and_no_more() {
    let caps = [
        (Span::Request, Caps { request: money(100), ..Caps::default() }),
        (Span::Day, Caps { day: money(100), ..Caps::default() }),
        (Span::Month, Caps { month: money(100), ..Caps::default() }),
    ];
    for (span, caps) in caps {
        let bench = bench(caps);
        assert_eq!(bench.refused(&quote(101)).span, span);
        let _kept = bench.reserve(100).unwrap();
        assert!(bench.reserve(0).is_ok(), "what is free is allowed");
        assert_eq!(bench.reserve(1).is_ok(), span == Span::Request);
        assert_eq!(bench.store.entries().len(), if span == Span::Request { 3 } else { 2 });
    }
}

#[test]
fn the_first_cap_that_is_passed_is_the_one_that_is_named() {
    let bench = bench(Caps { request: money(9), day: money(8), month: money(7) });
    assert_eq!(bench.refused(&quote(10)).span, Span::Request);
    assert_eq!(bench.refused(&quote(9)).span, Span::Day);
    let error = bench.refused(&quote(8));
    assert_eq!(error.span, Span::Month);
    assert_eq!(error.code(), Code::BudgetExceeded);
    let details = serde_json::to_string(&error.details()).unwrap();
    assert_eq!(details, r#"{"cap":"month","unit":"microdollars","limit":7,"spent":0,"asked":8}"#);
    assert_eq!(error.to_string(), "the call could cost 8 microdollars where 0 of 7 a month are spent");
}

#[test]
fn without_a_price_tokens_are_counted() {
    let unpriced = |tokens| Quote::new(None, tokens, 0);
    let tokens = bench(Caps { day: Cap { money: None, tokens: Some(1_000) }, ..Caps::default() });
    let first = tokens.ledger.reserve("local", "model", &unpriced(600)).unwrap();
    let error = tokens.refused(&unpriced(401));
    assert_eq!((error.unit, error.limit, error.spent, error.asked), (Unit::Tokens, 1_000, 600, 401));
    assert_eq!(first.settle(&used(599)).unwrap(), None);
    assert_eq!(tokens.ledger.spent().unwrap().today, Sums { unpriced_tokens: 599, ..Sums::default() });
    assert!(tokens.reserve(u64::MAX).is_ok(), "no cap on money");
    // Half a dollar buys 50,000 tokens at 10 dollars a million.
    let assumed = bench(Caps { request: money(500_000), ..Caps::default() });
    assert!(assumed.ledger.reserve("local", "model", &unpriced(50_000)).is_ok());
    assert_eq!(assumed.refused(&unpriced(50_001)).limit, 50_000);
}

#[test]
fn a_new_day_and_a_new_month_begin_at_the_users_midnight() {
    let bench = bench(Caps { day: money(100), month: money(150), ..Caps::default() });
    bench.clock.set(at("2026-11-29T21:59:59.999Z"));
    let late = bench.reserve(100).unwrap();
    assert!(bench.reserve(1).is_err());
    bench.clock.set(at("2026-11-29T22:00:00Z"));
    late.settle(&used(100)).unwrap();
    assert_eq!(bench.today(), 0, "a call belongs to the day on which it was reserved");
    assert_eq!(bench.refused(&quote(51)).span, Span::Month);
    bench.reserve(50).unwrap().settle(&used(50)).unwrap();
    bench.clock.set(at("2026-11-30T22:00:00Z"));
    assert!(bench.reserve(100).is_ok());
}

#[test]
fn a_clock_that_steps_back_frees_nothing() {
    let bench = bench(Caps { day: money(100), ..Caps::default() });
    bench.reserve(100).unwrap().settle(&used(100)).unwrap();
    bench.clock.set(at("2026-11-01T00:00:00Z"));
    assert!(bench.reserve(1).is_err());
}

#[test]
fn what_a_crash_left_reserved_is_settled_as_estimated() {
    let bench = bench(Caps::default());
    std::mem::forget(bench.reserve(70).unwrap());
    bench.reserve(7).unwrap().release().unwrap();
    assert_eq!(bench.store.states(), [EntryState::Reserved, EntryState::Released]);
    let caps = Caps { day: money(100), ..Caps::default() };
    let ledger =
        Ledger::new(bench.store.clone(), bench.clock.clone(), Zone::named("Z").unwrap(), caps).unwrap();
    assert_eq!(bench.store.states(), [EntryState::Settled, EntryState::Released]);
    assert!(bench.store.entries()[0].usage.estimated);
    assert!(ledger.reserve("mine", "model", &quote(31)).is_err());
    assert!(ledger.reserve("mine", "model", &quote(30)).is_ok());
}

#[test]
fn what_cannot_be_written_is_not_spent_and_what_cannot_be_settled_stays_reserved() {
    let bench = bench(Caps { day: money(100), ..Caps::default() });
    let kept = bench.reserve(60).unwrap();
    let dropped = bench.reserve(40).unwrap();
    bench.store.is_full.store(true, Ordering::Relaxed); // Relaxed: one thread.
    assert_eq!(bench.reserve(1).unwrap_err().code(), Code::DiskFull);
    assert_eq!(kept.settle(&used(1)).unwrap_err().code(), Code::DiskFull);
    drop(dropped);
    bench.store.is_full.store(false, Ordering::Relaxed); // Relaxed: as above.
    assert_eq!((bench.today(), bench.store.states()), (100, vec![EntryState::Reserved; 2]));
}

#[test]
fn threads_cannot_pass_a_cap_together() {
    let bench = bench(Caps { day: money(1_000), ..Caps::default() });
    let granted: usize = std::thread::scope(|scope| {
        let reserve = || (0..100).filter(|_| bench.reserve(7).map(std::mem::forget).is_ok()).count();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(reserve)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((granted, bench.today()), (142, 994));
}

#[test]
fn caps_are_written_as_settings() {
    let caps = Caps { day: money(500_000), ..Caps::default() };
    let written = serde_json::to_string(&caps).unwrap();
    assert_eq!(serde_json::from_str::<Caps>(&written).unwrap(), caps);
}

proptest! {
    #[test]
    fn spent_and_reserved_never_pass_a_cap_when_nothing_costs_more_than_its_quote(
        calls in prop::collection::vec((1..60_u64, 0..60_u64, 0..4_u8, 0..30_i64), 1..60),
    ) {
        let bench = bench(Caps { day: money(100), month: money(300), ..Caps::default() });
        let mut open = Vec::new();
        for (quoted, actual, step, hours) in calls {
            bench.clock.advance(hours * 3_600_000);
            if let Ok(reservation) = bench.reserve(quoted) {
                open.push((reservation, actual.min(quoted)));
            }
            match step {
                0 if !open.is_empty() => { open.remove(0).0.release().unwrap(); }
                1 if !open.is_empty() => { let (oldest, usage) = open.remove(0); oldest.settle(&used(usage)).unwrap(); }
                2 => { open.pop(); }
                _ => {}
            }
            let spent = bench.ledger.spent().unwrap();
            prop_assert!(spent.today.money.0 <= 100 && spent.this_month.money.0 <= 300);
        }
    }
}
