//! Scenario 24 as far as this crate goes: a key and a marked sentence are looked for wherever they could have gone.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use writemagic_ai::ledger::{Cap, Caps};
use writemagic_ai::model::Locality;
use writemagic_ai::privacy::{Ceiling, Mask};
use writemagic_ai::run::{RunEnd, RunJournal, RunStore as _};
use writemagic_ai::stream::FailureClass;
use writemagic_shared::error::Coded as _;

use crate::rig::{KEY, Memory, Options, listen, request, runs, terms};
use crate::script::{Script, Scripted, Step, answer, finish, head, refusal, text};

/// Stands for what the writer wrote; nothing but the run's own record may have it.
const SENTENCE: &str = "the-canary-b7e1f0-sang-at-dawn";

/// Writes down all that is logged, at every level.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Visitor(&self.0));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Visitor(&self.0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Visitor(&self.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Visitor<'a>(&'a Mutex<String>);

impl Visit for Visitor<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field} {value:?}").unwrap();
    }
}

/// Servers that say back what they were told, in every way in which one can fail.
fn servers() -> Vec<Script> {
    let page = |status, kind: &str, body: String| {
        vec![Step::Head(status, vec![("content-type", kind.to_owned())]), Step::Bytes(body.into_bytes())]
    };
    let error = format!(r#"{{"error":{{"message":"{SENTENCE} {KEY}","type":"{SENTENCE}","code":"{KEY}"}}}}"#);
    let inside = format!("data: {error}\n\n");
    let said = || text(SENTENCE);
    let mut servers: Vec<Script> = [400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 503, 529]
        .map(|status| page(status, "application/json", error.clone()))
        .into();
    servers.push(page(200, "text/html", format!("<html>{SENTENCE}")));
    servers.push(vec![head(), said(), Step::Bytes(inside.clone().into_bytes())]);
    servers.push(vec![head(), Step::Bytes(inside.into_bytes())]);
    servers.push(vec![head(), said()]);
    servers.push(vec![head(), Step::Bytes(format!("data: {SENTENCE}\n\n").into_bytes())]);
    servers.push(vec![head(), said(), Step::Hang]);
    servers.push(vec![head(), said(), finish()]);
    servers.push(vec![Step::Fail(FailureClass::Certificate)]);
    servers.push(refusal(429, &[("retry-after", SENTENCE), ("x-should-retry", KEY)]));
    servers
}

#[test]
fn neither_the_key_nor_the_text_is_shown_or_kept_where_it_does_not_belong() {
    let recorder = Recorder::default();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let memory: Arc<Memory> = Arc::default();
    let shown = tracing::subscriber::with_default(recorder.clone(), || {
        runtime.block_on(async {
            let mut shown = String::new();
            let ask = |transport: Arc<Scripted>, options: Options, terms| {
                let runs = runs(Some(transport), options);
                let handle = runs.start(request(SENTENCE), terms).unwrap();
                (runs, handle)
            };
            let options = || Options { memory: memory.clone(), ..Options::default() };
            let mut masked = terms(&["a", "b"]);
            masked.mask = Some(Mask::new([SENTENCE]).unwrap());
            let mut near = terms(&["a"]);
            near.ceiling = Ceiling::nearest([Locality::Device]);
            let mut cases: Vec<_> = servers()
                .into_iter()
                .flat_map(|server| {
                    [terms(&["a", "b"]), masked.clone()].map(|terms| (server.clone(), options(), terms))
                })
                .collect();
            cases.push((answer([SENTENCE]), options(), near));
            let none = Cap { money: Some(Default::default()), tokens: None };
            let caps = Caps { request: none, ..Caps::default() };
            cases.push((answer([SENTENCE]), Options { caps, ..options() }, terms(&["a"])));
            cases.push((answer([SENTENCE]), options(), terms(&["keyless"])));
            for (server, options, terms) in cases {
                let (runs, mut handle) = ask(Scripted::new([server]), options, terms.clone());
                let heard = listen(&mut handle).await;
                write!(shown, "{runs:?} {handle:?} {terms:?} {:?} {:?}", heard.events, heard.outcome)
                    .unwrap();
                if let RunEnd::Failed { cause, .. } | RunEnd::Interrupted { cause, .. } = heard.outcome.end {
                    let details = serde_json::to_string(&cause.details()).unwrap();
                    write!(shown, "{cause} {cause:?} {details}").unwrap();
                }
                let record = RunJournal::read(&*memory, handle.run()).unwrap();
                write!(shown, "{record:?} {:?}", memory.run(handle.run())).unwrap();
                if let Err(error) = runs.go_on(handle.run(), terms) {
                    write!(shown, "{error} {error:?}").unwrap();
                }
                runs.idle().await;
            }
            shown
        })
    });
    let logged = recorder.0.lock().unwrap().clone();
    let sent = format!("{:?}{}", memory.sent(), serde_json::to_string(&memory.sent()).unwrap());
    assert!(memory.sent().len() > 40);
    let entries = format!("{:?}", memory.entries.lock().unwrap());
    let kept = memory.runs.lock().unwrap();
    for secret in [KEY, SENTENCE] {
        for (place, text) in
            [("log", &logged), ("debug output", &shown), ("send log", &sent), ("ledger", &entries)]
        {
            assert!(!text.contains(secret), "{place} has {secret}");
        }
        for run in kept.values() {
            let tail = run.tail.as_deref().unwrap_or_default();
            assert!(!tail.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
        }
    }
    // The head has what was asked, to be gone on with, and never a key.
    for run in kept.values() {
        assert!(!run.head.windows(KEY.len()).any(|bytes| bytes == KEY.as_bytes()));
    }
}
