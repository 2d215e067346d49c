//! What the sinks of a process take, and what they survive. The sinks belong to the process, so that the tests
//! here take turns.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use writemagic_shared::error::{Code, Coded, DetailValue};
use writemagic_shared::event;
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::{ManualClock, Timestamp};
use writemagic_shared::telemetry::{Builder, Level, Telemetry, TelemetryError, Value, install_panic_hook};

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn sink(&self, level: Level) -> Builder {
        let lines = Arc::clone(&self.0);
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(0)));
        Telemetry::builder()
            .clock(clock)
            .callback(level, move |record| lines.lock().unwrap().push(record.to_string()))
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[test]
fn a_sink_takes_its_level_and_graver_ones() {
    let _turn = turn();
    let lines = Lines::default();
    let telemetry = lines.sink(Level::Info).install().unwrap();
    event!(Debug, "not wanted");
    event!(Info, "wanted");
    event!(Warn, "wanted too", count = 2_u8, ratio = 0.5, fits = true);
    assert_eq!(
        lines.take(),
        [
            "1970-01-01T00:00:00.000Z info  telemetry: wanted",
            "1970-01-01T00:00:00.000Z warn  telemetry: wanted too count=2 ratio=0.5 fits=true",
        ]
    );
    drop(telemetry);
    event!(Error, "after the sinks have gone");
    assert!(lines.take().is_empty());
}

#[test]
fn a_callback_sees_typed_values() {
    let _turn = turn();
    let document = DocumentId::from_bytes([7; 16]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let _telemetry = Telemetry::builder()
        .callback(Level::Trace, move |record| {
            sink.lock().unwrap().push((record.level, record.message, record.fields.to_vec()));
        })
        .install()
        .unwrap();
    event!(
        Trace,
        "everything",
        document = document,
        took = Duration::from_millis(2),
        code = Code::DiskFull,
        delta = -1_i32,
        at = Timestamp::from_millis(9),
        branch = "main",
    );
    assert_eq!(
        *seen.lock().unwrap(),
        [(
            Level::Trace,
            "everything",
            vec![
                ("document", Value::Id(document.uuid())),
                ("took", Value::Duration(Duration::from_millis(2))),
                ("code", Value::Code(Code::DiskFull)),
                ("delta", Value::Signed(-1)),
                ("at", Value::Time(Timestamp::from_millis(9))),
                ("branch", Value::Word("main")),
            ]
        )]
    );
}

#[test]
fn braces_in_a_message_capture_nothing() {
    let _turn = turn();
    let lines = Lines::default();
    let _telemetry = lines.sink(Level::Info).install().unwrap();
    let title = "Chapter 1";
    event!(Info, "renamed to {title}");
    let reported = lines.take();
    assert!(reported[0].ends_with("renamed to {title}") && !reported[0].contains(title));
}

#[test]
fn values_are_evaluated_once_and_only_when_somebody_listens() {
    let _turn = turn();
    let mut calls = 0_u32;
    let mut count = || {
        calls += 1;
        calls
    };
    let lines = Lines::default();
    let telemetry = lines.sink(Level::Info).install().unwrap();
    event!(Info, "counted", calls = count());
    assert!(lines.take()[0].ends_with("calls=1"));
    drop(telemetry);
    // In a test run with a log of its own somebody always listens.
    if std::env::var_os("WRITEMAGIC_TEST_LOG").is_none() {
        event!(Info, "not counted", calls = count());
        assert_eq!(calls, 1);
    }
}

#[test]
fn installing_twice_is_a_typed_error_and_the_first_sinks_stay() {
    let _turn = turn();
    let lines = Lines::default();
    let _telemetry = lines.sink(Level::Info).install().unwrap();
    let refused = Telemetry::builder().console(Level::Error).install().unwrap_err();
    assert!(matches!(refused, TelemetryError::AlreadyInstalled));
    assert_eq!(refused.code(), Code::AlreadyExists);
    event!(Info, "still here");
    assert_eq!(lines.take().len(), 1);
}

#[test]
fn a_log_folder_that_cannot_be_made_is_a_typed_error_without_its_path() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("canary-b7e1f0");
    std::fs::write(&file, b"a file, not a folder").unwrap();
    let refused = Telemetry::builder().file(file.join("logs"), Level::Info).install().unwrap_err();
    assert!(matches!(refused, TelemetryError::File { .. }));
    assert_eq!(refused.code(), Code::Io);
    assert!(matches!(refused.details().get("os_error"), Some(DetailValue::Signed(_))));
    assert!(!format!("{refused} {refused:?}").contains("canary-b7e1f0"));
}

#[test]
fn events_are_kept_in_the_log_file() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let telemetry = Telemetry::builder().file(folder.path().join("logs"), Level::Debug).install().unwrap();
    event!(Debug, "one", bytes = 1_u64);
    event!(Trace, "not wanted");
    event!(Info, "two");
    assert_eq!(telemetry.lost(), 0);
    let log = std::fs::read_to_string(folder.path().join("logs/writemagic.log")).unwrap();
    let ends: Vec<_> = log.lines().map(|line| line.split_once("telemetry: ").unwrap().1).collect();
    assert_eq!(ends, ["one bytes=1", "two"]);
}

#[test]
fn a_callback_that_reports_is_not_called_by_its_own_report() {
    let _turn = turn();
    let lines = Lines::default();
    let sink = Arc::clone(&lines.0);
    let _telemetry = Telemetry::builder()
        .callback(Level::Info, move |record| {
            event!(Info, "from inside the callback");
            sink.lock().unwrap().push(record.message.to_owned());
        })
        .install()
        .unwrap();
    event!(Info, "from outside");
    event!(Info, "from outside again");
    assert_eq!(lines.take(), ["from outside", "from outside again"]);
}

#[test]
fn a_callback_that_panics_costs_its_record_only() {
    let _turn = turn();
    install_panic_hook();
    let telemetry = Telemetry::builder()
        .callback(Level::Info, |record| assert_ne!(record.message, "boom"))
        .install()
        .unwrap();
    event!(Info, "boom");
    event!(Info, "fine");
    assert_eq!(telemetry.lost(), 1);
}

#[test]
fn a_panic_is_reported_by_its_place_and_not_its_message() {
    let _turn = turn();
    install_panic_hook();
    install_panic_hook();
    let lines = Lines::default();
    let _telemetry = lines.sink(Level::Error).install().unwrap();
    let line = line!() + 1;
    panic::catch_unwind(|| panic!("what it said")).unwrap_err();
    let reported = lines.take();
    assert_eq!(reported.len(), 1, "the hook is installed once: {reported:?}");
    assert!(reported[0].ends_with(&format!("panic at {}:{line}", file!())), "{reported:?}");
}

#[test]
fn a_callback_that_panics_about_a_panic_does_not_end_the_process() {
    let _turn = turn();
    install_panic_hook();
    let telemetry =
        Telemetry::builder().callback(Level::Error, |_| panic!("in the callback")).install().unwrap();
    panic::catch_unwind(|| panic!("the first")).unwrap_err();
    assert_eq!(telemetry.lost(), 1);
}
