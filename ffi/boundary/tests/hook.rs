//! What is logged of panics, and which hook hears of which. A process of its own: hooks and sinks are the process's.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "tests say with a panic what is wrong")]

use std::panic::{self, catch_unwind, panic_any, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use writemagic_boundary::{Failure, Table, call, close, contain, guard};
use writemagic_shared::error::Code;
use writemagic_shared::telemetry::{Level, Telemetry};

/// Panics that the application's hook heard of.
static HEARD: AtomicUsize = AtomicUsize::new(0);

/// One test at a time, behind a hook that was there before ours.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<bool> = Mutex::new(false);
    static TURNS: Mutex<()> = Mutex::new(());
    let turn = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut is_set = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if !*is_set {
        panic::set_hook(Box::new(|_| {
            HEARD.fetch_add(1, Relaxed);
        }));
        *is_set = true;
    }
    turn
}

/// How many panics the application's hook hears of while `work` runs.
fn heard(work: impl FnOnce()) -> usize {
    let before = HEARD.load(Relaxed);
    work();
    HEARD.load(Relaxed) - before
}

fn logged(work: impl FnOnce()) -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let telemetry = Telemetry::builder()
        .callback(Level::Error, move |record| sink.lock().unwrap().push(record.to_string()))
        .install()
        .unwrap();
    work();
    drop(telemetry);
    let logged = lines.lock().unwrap();
    logged.clone()
}

#[test]
fn panics_outside_of_guards_are_the_business_of_the_hook_before() {
    let _turn = turn();
    contain("test", || ()).unwrap();
    assert_eq!(heard(|| drop(catch_unwind(|| panic!("outside")))), 1);
    assert_eq!(heard(|| drop(contain("test", || panic!("inside")))), 0);
    assert_eq!(heard(|| drop(catch_unwind(|| panic!("outside again")))), 1);
    // A thread that a guarded one has started is outside.
    let other = || drop(contain("test", || drop(thread::spawn(|| panic!("outside")).join())));
    assert_eq!(heard(other), 1);
    // A second panic on the way to one guard may be the end of the process, and is not kept from anybody.
    let twice = || {
        let caught = contain("test", || {
            let _ = catch_unwind(|| panic!("caught by others"));
            panic!("caught by the guard");
        });
        assert_eq!(caught.unwrap_err().message.as_deref(), Some("caught by the guard"));
    };
    assert_eq!(heard(twice), 1);
    assert_eq!(heard(|| drop(contain("test", || panic!("inside")))), 0);
}

#[test]
fn a_panic_is_logged_with_entry_place_and_calls_and_without_its_words() {
    let _turn = turn();
    let mut line = 0;
    let lines = logged(|| {
        line = line!() + 1;
        let failure = guard("document_text", || -> Result<(), Failure> { panic!("words of {}", "a user") });
        assert_eq!(failure.unwrap_err().code(), Code::Panic);
    });
    let [record] = lines.as_slice() else { panic!("one event: {lines:?}") };
    let (head, calls) = record.split_once('\n').unwrap();
    assert!(head.ends_with(&format!("panic contained entry=document_text at {}:{line}", file!())), "{head}");
    // Which of this file's functions are among the calls depends on what was inlined.
    assert!(calls.contains("hook::"), "{calls}");
    assert!(!record.contains("words of"), "{record}");
}

#[test]
fn a_panic_without_a_place_is_logged_too() {
    let _turn = turn();
    let lines = logged(|| drop(contain("carried", || resume_unwind(Box::new(1_u8)))));
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("panic contained, place unknown entry=carried"), "{lines:?}");
}

#[test]
fn a_destructor_that_panics_in_the_last_call_is_logged() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic_any(5_u8);
        }
    }
    static TABLE: Table<Bomb> = Table::new("bomb");
    let _turn = turn();
    let lines = logged(|| {
        let handle = TABLE.insert(Bomb).unwrap();
        assert_eq!(call(&TABLE, handle, "use", |_| close(&TABLE, handle, "close")), Ok(true));
    });
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("panic contained entry=drop"), "{lines:?}");
}

#[test]
fn a_sink_that_panics_about_a_panic_costs_its_record_alone() {
    let _turn = turn();
    let telemetry = Telemetry::builder().callback(Level::Error, |_| panic!("in the sink")).install().unwrap();
    let panic = contain("test", || panic!("the first")).unwrap_err();
    assert_eq!(panic.message.as_deref(), Some("the first"));
    assert_eq!(telemetry.lost(), 1);
}
