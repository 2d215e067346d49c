//! A Rust application's own `tracing` subscriber sees our events, with the types that `tracing` knows.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing::{Event, Metadata, Subscriber};

struct Host(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        write!(self.0, " {field}=u64:{value}").unwrap();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, " {field}=str:{value}").unwrap();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}=debug:{value:?}").unwrap();
    }
}

impl Subscriber for Host {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("writemagic")
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut seen = self.0.lock().unwrap();
        write!(seen, "{} {}", event.metadata().level(), event.metadata().target()).unwrap();
        event.record(&mut Line(&mut seen));
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[test]
fn a_subscriber_of_the_application_sees_events_with_their_types() {
    let seen = Arc::default();
    with_default(Host(Arc::clone(&seen)), || {
        crate::event!(
            Warn,
            "backlog grows",
            bytes = 7_u16,
            took = Duration::from_millis(2),
            code = crate::error::Code::DiskFull,
        );
    });
    assert_eq!(
        *seen.lock().unwrap(),
        format!(
            "WARN {} message=str:backlog grows bytes=u64:7 took=debug:2ms code=str:disk_full",
            module_path!()
        )
    );
}
