//! Where `writemagic-ai` meets the library: runs, calls, requests, providers and caps that are kept.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::mem;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use writemagic::ai::ledger::{Cap, Caps, EntryState, LedgerError, Quote};
use writemagic::ai::model::{Locality, Message, Microdollars, Prices, Provider, Request, Role, Usage};
use writemagic::ai::privacy::{Destination, MaskCounts, SendRecord};
use writemagic::ai::run::{RunHead, RunState};
use writemagic::ai::wire::Wire;
use writemagic::{Code, Coded, Library, ManualClock, OpenOptions, RunId, Timestamp};

fn open(folder: &Path) -> Library {
    Library::open(folder, OpenOptions::new().create(true)).unwrap()
}

/// What a library would be if its process died now.
fn died(library: &Library) -> (TempDir, Library) {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(library.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "writemagic.lock" {
            fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    let library = open(copy.path());
    (copy, library)
}

fn head(started: i64) -> RunHead {
    RunHead {
        started: Timestamp::from_millis(started),
        provider: "near".into(),
        model: "model-1".into(),
        ceiling: Locality::Cloud,
        continues: None,
        masked: false,
        request: Request {
            system: None,
            messages: vec![Message { role: Role::User, text: "Tell of the sea.".into() }],
            max_output_tokens: 100,
            temperature: None,
            stop: Vec::new(),
        },
    }
}

#[test]
fn a_run_that_was_killed_reads_back_as_interrupted_with_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let (run, store) = (RunId::new(Timestamp::from_millis(5)), library.assistant().run_store());
    store.put_head(run, &head(5).encode().unwrap()).unwrap();
    store.append(run, 0, "It was wide ").unwrap();
    store.append(run, 12, "and grëy").unwrap();
    let (_folder, library) = died(&library);
    let record = library.assistant().run(run).unwrap();
    assert_eq!((record.state(), record.text.as_str()), (RunState::Interrupted, "It was wide and grëy"));
    assert!(record.is_resumable());
    assert_eq!(record.head, head(5));
    assert_eq!(library.assistant().runs(None, 10).unwrap(), [run]);
    library.assistant().forget_run(run).unwrap();
    assert_eq!(library.assistant().run(run).unwrap_err().code(), Code::RunNotFound);
    assert_eq!(library.assistant().forget_run(run).unwrap_err().code(), Code::RunNotFound);
}

#[test]
fn what_a_store_refuses_keeps_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let (run, store) = (RunId::new(Timestamp::from_millis(5)), library.assistant().run_store());
    assert_eq!(store.append(run, 0, "a").unwrap_err().code(), Code::RunNotFound);
    store.put_head(run, b"not a head").unwrap();
    assert_eq!(store.append(run, 1, "a").unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(library.assistant().run(run).unwrap_err().code(), Code::RunDamaged);
    library.suspend().unwrap();
    assert_eq!(store.append(run, 0, "a").unwrap_err().code(), Code::LibrarySuspended);
    library.resume().unwrap();
    store.append(run, 0, "a").unwrap();
}

const PRICES: Prices = Prices { input: 3_000_000, output: 15_000_000, cache_read: None, cache_write: None };

fn quote() -> Quote {
    // 3,000 + 15,000 millionths of a dollar.
    Quote::new(Some(PRICES), 1_000, 1_000)
}

#[test]
fn what_a_crash_left_reserved_is_settled_as_estimated_when_the_ledger_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let ledger = library.assistant().ledger().unwrap();
    let used = Usage { input_tokens: 1_000, output_tokens: 100, ..Usage::default() };
    ledger.reserve("near", "m", &quote()).unwrap().settle(&used).unwrap();
    ledger.reserve("near", "m", &quote()).unwrap().release().unwrap();
    mem::forget(ledger.reserve("near", "m", &quote()).unwrap());
    // Asking again does not settle what is under way.
    assert_eq!(library.assistant().ledger().unwrap().spent().unwrap(), ledger.spent().unwrap());
    let states = |library: &Library| -> Vec<EntryState> {
        library.assistant().calls(None, 10).unwrap().into_iter().map(|(_, entry)| entry.state).collect()
    };
    let (reserved, settled, released) = (EntryState::Reserved, EntryState::Settled, EntryState::Released);
    assert_eq!(states(&library), [reserved, released, settled]);

    let (folder, library) = died(&library);
    let reader = Library::open(folder.path(), OpenOptions::new().read_only(true)).unwrap();
    assert_eq!(
        reader.assistant().ledger().unwrap().spent().unwrap().today.money,
        Microdollars(4_500 + 18_000)
    );
    assert_eq!(states(&reader), [reserved, released, settled]);
    let spent = library.assistant().ledger().unwrap().spent().unwrap();
    assert_eq!(states(&library), [settled, released, settled]);
    assert_eq!((spent.today.money, spent.this_month.money), (Microdollars(22_500), Microdollars(22_500)));
    let (_, last) = library.assistant().calls(None, 1).unwrap().remove(0);
    assert_eq!((last.cost, last.usage.estimated), (Some(Microdollars(18_000)), true));
}

#[test]
fn caps_are_kept_and_hold_for_the_ledger_that_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_700_000_000_000)));
    let options = || OpenOptions::new().create(true).clock(clock.clone());
    let library = Library::open(folder.path(), options()).unwrap();
    let assistant = library.assistant();
    assert_eq!(assistant.caps().unwrap(), Caps::default());
    let ledger = assistant.ledger().unwrap();
    let cap = |micro| Cap { money: Some(Microdollars(micro)), tokens: None };
    let caps = Caps { day: cap(20_000), month: cap(1_000_000), ..Caps::default() };
    assistant.set_caps(caps).unwrap();
    let first = ledger.reserve("near", "m", &quote()).unwrap();
    assert!(matches!(ledger.reserve("near", "m", &quote()), Err(LedgerError::Exceeded(_))));
    first.release().unwrap();
    library.close().unwrap();
    let library = Library::open(folder.path(), options()).unwrap();
    assert_eq!(library.assistant().caps().unwrap(), caps);
    assert_eq!(library.assistant().ledger().unwrap().caps(), caps);
    library.set_setting("assistant", "caps", b"?").unwrap();
    assert_eq!(library.assistant().caps().unwrap_err().code(), Code::LibraryCorrupt);
    library.close().unwrap();
    // Without its caps there is no ledger, and so no call.
    let library = Library::open(folder.path(), options()).unwrap();
    assert_eq!(library.assistant().ledger().unwrap_err().code(), Code::LibraryCorrupt);
}

#[test]
fn providers_are_kept_by_name_without_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let assistant = library.assistant();
    let near = Provider::new("near", Wire::OpenAi, "http://127.0.0.1:1/v1", "m").unwrap();
    let far = Provider::new("far", Wire::Anthropic, "https://api.example.com", "m").unwrap();
    let far = far.with_prices(PRICES).with_key_variable("FAR_KEY").unwrap();
    assert!(!assistant.set_provider(&near).unwrap());
    assert!(!assistant.set_provider(&far).unwrap());
    assert_eq!(assistant.providers().unwrap(), [far.clone(), near.clone()]);
    let again = Provider::new("near", Wire::Gemini, "http://127.0.0.1:2/v1beta", "n").unwrap();
    assert!(assistant.set_provider(&again).unwrap());
    library.close().unwrap();
    let library = open(folder.path());
    let assistant = library.assistant();
    assert_eq!(assistant.provider("near").unwrap(), again);
    assistant.remove_provider("near").unwrap();
    assert_eq!(assistant.remove_provider("near").unwrap_err().code(), Code::ProviderNotFound);
    assert_eq!(assistant.provider("near").unwrap_err().code(), Code::ProviderNotFound);
    library.set_setting("provider", "odd", b"{}").unwrap();
    assert_eq!(assistant.providers().unwrap(), [far]);
    assistant.remove_provider("odd").unwrap();
}

#[test]
fn every_request_is_on_record_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let log = library.assistant().send_log();
    let masked = MaskCounts { phrases: 3, ..MaskCounts::default() };
    let record = |at, bytes| {
        let to =
            Destination { provider: "far", model: "m", host: "api.example.com", locality: Locality::Cloud };
        SendRecord::new(Timestamp::from_millis(at), &to, bytes, masked)
    };
    for at in 0..3 {
        log.record(&record(at, 10)).unwrap();
    }
    let sends = library.assistant().sends(None, 2).unwrap();
    let records: Vec<_> = sends.iter().map(|(_, record)| record.clone()).collect();
    assert_eq!(records, [record(2, 10), record(1, 10)]);
    let rest = library.assistant().sends(Some(sends[1].0), 10).unwrap();
    assert_eq!(rest.into_iter().map(|(_, record)| record).collect::<Vec<_>>(), [record(0, 10)]);
}
