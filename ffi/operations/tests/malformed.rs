//! Requests that no generated source would write, and odd ones that one could: every operation refuses or does them, and never
//! panics.
#![allow(clippy::unwrap_used, reason = "tests")]

mod client;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::mpsc;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use writemagic::Code;
use writemagic_boundary::{Failure, Handle};
use writemagic_operations::{
    Field, Operation, Shape, Type, Way, close_work, invoke, operations, splice, start, take_result, types,
};

use client::{Object, Value, app, document, fields, free, library, name, splice_text, variant};

/// Requests of each kind for each operation.
const CASES: u32 = 16;

/// What a request that is understood would end for the others, or wait for what never comes.
const LEFT_OUT: &[&str] = &[
    "EditSession.close",
    "HostExchange.data_blocking",
    "Library.purge",
    "Library.remove_bible_entry",
    "Library.remove_bible_fact",
    "Library.shut_down",
    "Runs.wait_idle",
];

/// An object of each type that has a handle, all of one library, and what there is in it.
struct Objects {
    handles: BTreeMap<&'static str, Handle>,
    ids: BTreeMap<&'static str, Vec<u8>>,
    version: String,
}

impl Objects {
    fn new(folder: &std::path::Path) -> Self {
        let library = library(folder);
        let assistant = library.view("Assistant");
        let rain = document(library, "Rain", "It rained. Ana slept in the mill.");
        let of = || ("document", rain.clone());
        let room = || ("room", fields(&[]));
        let task = ("task", fields(&[("kind", variant("Rewrite", &[]))]));
        let session = library.does("edit", &[of()]);
        let writing = assistant.does("prepare", &[of(), task, room()]);
        let answer = [
            ("writing", writing.clone()),
            ("run", Value::Bytes(vec![7; 16])),
            ("model", Value::text("m")),
            ("answer", Value::text("It snowed. Ana slept in the mill.")),
        ];
        let proposal = assistant.does("propose", &answer);
        let ana = fields(&[("kind", variant("Person", &[])), ("name", Value::text("Ana"))]);
        let ana = library.does("add_bible_entry", &[("new", ana)]);
        let entry = || ("entry", ana.get("id").clone());
        let fact = [entry(), ("new", fields(&[("text", Value::text("She is ill."))]))];
        let fact = library.does("add_bible_fact", &fact);
        let renamed = [entry(), ("name", Value::text("Ida")), ("leave", Value::list(&[]))];
        let renamed = library.does("rename_bible_entry", &renamed);
        let place = [of(), ("branch", Value::text("main")), ("at", Value::Number(3))];
        let kind = [("side", variant("Before", &[])), ("kind", Value::text("note"))];
        let anchor = library.does("add_anchor", &[place.as_slice(), &kind].concat());
        let version = library.does("version", &[of()]);

        let (sink, exchange, runs, run) = answering(assistant);
        let group = [("session", Value::text("")), ("keys", Value::list(&[])), ("bytes", Value::Number(0))];
        let summary = assistant.does("prepare_summary", &[("group", fields(&group)), room()]);
        let question = [("question", Value::text("Who?")), room()];
        let proof = free("Proof", "new", &[("language", variant("English", &[]))]).unwrap();
        let profile = Object::new("Proof", &proof).does("profile", &[("text", Value::text("It rained."))]);
        let token = ("token", Value::Number(0));
        let handles = [
            ("Library", library.value()),
            // These are more of a library's operations.
            ("Assistant", library.value()),
            ("Ledger", library.value()),
            ("Proposals", library.value()),
            ("Subscription", Object::new("EditSession", &session).does("subscribe", &[token])),
            ("EditSession", session),
            ("RecordedHistory", free("RecordedHistory", "new", &[]).unwrap()),
            ("Writing", writing),
            ("Question", assistant.does("prepare_question", &question)),
            ("SessionSummary", summary),
            ("Proof", proof),
            ("ProofProfile", profile),
            ("HostSink", sink),
            ("HostExchange", exchange),
            ("Runs", runs),
            ("RunHandle", run.clone()),
        ];
        let ids = [
            ("DocumentId", rain.clone()),
            ("ProposalId", proposal.get("id").clone()),
            ("BibleEntryId", ana.get("id").clone()),
            ("BibleFactId", fact.get("id").clone()),
            ("BibleRenameId", renamed.get("id").clone()),
            ("AnchorId", anchor),
            ("RunId", Object::new("RunHandle", &run).does("run", &[])),
        ];
        let bytes = |id: Value| if let Value::Bytes(bytes) = id { bytes } else { unreachable!() };
        Self {
            handles: handles
                .into_iter()
                .map(|(name, handle)| (name, Handle::from_raw(handle.number())))
                .collect(),
            ids: ids.into_iter().map(|(name, id)| (name, bytes(id))).collect(),
            version: version.str().to_owned(),
        }
    }

    fn handle(&self, of: &str) -> Handle {
        self.handles.get(of).copied().unwrap_or(Handle::from_raw(0))
    }

    /// Calls an operation with these bytes, and takes back what it may have ended.
    fn call(&self, number: u32, operation: &Operation, request: &[u8]) -> Result<(), Failure> {
        let object = self.handle(operation.object);
        let result = if operation.way == Way::Work {
            start(number, object, request, app().token()).and_then(|work| {
                let result = loop {
                    match take_result(work).transpose() {
                        Some(result) => break result,
                        None => std::thread::yield_now(),
                    }
                };
                close_work(work)?;
                result
            })
        } else {
            invoke(number, object, request)
        };
        let resume = operations().position(|known| name(known) == "Library.resume").unwrap();
        invoke(u32::try_from(resume).unwrap(), self.handle("Library"), &[])?;
        result.map(|_| ())
    }

    /// Any value of this shape, as bytes; large numbers and odd texts more often than by chance.
    fn value(&self, shape: Shape) -> BoxedStrategy<Vec<u8>> {
        let number = || {
            let large = [255, 4_096, 65_536, i64::from(u32::MAX), i64::MAX - 1, i64::MAX];
            prop_oneof![0..20_i64, select(large.to_vec())]
        };
        let signed = || prop_oneof![number(), Just(-1), Just(i64::MIN), Just(1_780_000_000_000)];
        let bytes = |number: i64| number.to_le_bytes().to_vec();
        let counted = |bytes: &[u8]| {
            let mut out = u32::try_from(bytes.len()).unwrap().to_le_bytes().to_vec();
            out.extend(bytes);
            out
        };
        let texts = || {
            let odd = [
                "",
                "a",
                "main",
                "head",
                "Ana",
                "ana rain*",
                "\"rain",
                "😀",
                "\0",
                "en",
                "a/b",
                " ",
                "https://a.example",
            ];
            let odd = select(odd.to_vec()).prop_map(str::to_owned);
            prop_oneof![4 => odd, 1 => "[^/.]{0,12}".prop_map(|text: String| text)]
        };
        match shape {
            Shape::Unit => Just(Vec::new()).boxed(),
            Shape::Bool => (0..2_u8).prop_map(|byte| vec![byte]).boxed(),
            Shape::U32 | Shape::Code => {
                prop_oneof![0..20_u32, Just(u32::MAX)].prop_map(|n| n.to_le_bytes().to_vec()).boxed()
            }
            Shape::U64 | Shape::Ticket(_) | Shape::Duration => number().prop_map(bytes).boxed(),
            Shape::I64 | Shape::Timestamp => signed().prop_map(bytes).boxed(),
            Shape::F64 => {
                let odd = [0.0, 0.5, -1.0, f64::NAN, f64::INFINITY, f64::MAX];
                select(odd.to_vec()).prop_map(|number| number.to_le_bytes().to_vec()).boxed()
            }
            Shape::Token("VersionId") => {
                let version = Just(self.version.clone());
                prop_oneof![3 => version, 1 => texts()].prop_map(move |text| counted(text.as_bytes())).boxed()
            }
            Shape::Text | Shape::Path | Shape::Token(_) => {
                texts().prop_map(move |text| counted(text.as_bytes())).boxed()
            }
            Shape::Bytes => any::<Vec<u8>>().prop_map(move |bytes| counted(&bytes)).boxed(),
            Shape::Floats => Just(counted(&[])).boxed(),
            Shape::Id(of) => {
                let known = self.ids.get(of).cloned().unwrap_or(vec![7; 16]);
                prop_oneof![3 => Just(known), 1 => any::<[u8; 16]>().prop_map(Vec::from)].boxed()
            }
            Shape::Range => {
                let range = |(a, b): (i64, i64)| [a.min(b).to_le_bytes(), a.max(b).to_le_bytes()].concat();
                (number(), number()).prop_map(range).boxed()
            }
            Shape::Option(inner) => {
                let some = self.value(*inner).prop_map(|value| [vec![1], value].concat());
                prop_oneof![Just(vec![0]), some].boxed()
            }
            Shape::List(inner) => {
                let values = prop::collection::vec(self.value(*inner), 0..3);
                let list = |values: Vec<Vec<u8>>| {
                    let count = u32::try_from(values.len()).unwrap().to_le_bytes().to_vec();
                    std::iter::once(count).chain(values).collect::<Vec<_>>().concat()
                };
                values.prop_map(list).boxed()
            }
            Shape::Named(name) => match types().find(|known| known.name() == name).unwrap() {
                Type::Record(record) => self.fields(record.fields),
                Type::Choice(choice) => {
                    let variants = choice.variants.iter().map(|variant| {
                        let tag = variant.tag;
                        self.fields(variant.fields).prop_map(move |of| [vec![tag], of].concat()).boxed()
                    });
                    proptest::strategy::Union::new(variants).boxed()
                }
            },
            Shape::Object(of) => Just(bytes(self.handle(of).raw())).boxed(),
            // The number of an object is given once.
            Shape::App(_) => any::<()>().prop_map(move |()| bytes(app().token().cast_signed())).boxed(),
        }
    }

    fn fields(&self, fields: &[Field]) -> BoxedStrategy<Vec<u8>> {
        let none = Just(Vec::new()).boxed();
        fields.iter().fold(none, |before, field| {
            (before, self.value(field.shape)).prop_map(|(a, b)| [a, b].concat()).boxed()
        })
    }
}

/// What two runs wait for that never end: a model of the app, and a provider behind its network; with them the runs, and one run.
fn answering(assistant: Object) -> (Value, Value, Value, Value) {
    let provider = fields(&[
        ("name", Value::text("a")),
        ("wire", variant("OpenAi", &[])),
        ("base_url", Value::text("https://models.example.org/v1")),
        ("model", Value::text("m")),
    ]);
    assistant.does("set_provider", &[("provider", provider)]);
    let (sent, sends) = mpsc::channel();
    let asked = sent.clone();
    let model = app().object(move |question, arguments| match question {
        "describe" => Some(fields(&[
            ("name", Value::text("device")),
            ("locality", variant("Device", &[])),
            ("context_tokens", Value::Number(4_096)),
            ("max_output_tokens", Value::Number(1_024)),
        ])),
        "availability" => Some(variant("Available", &[])),
        "generate" => {
            asked.send(arguments.get("sink").clone()).unwrap();
            Some(variant("Call", &[("number", Value::Number(5))]))
        }
        _ => Some(Value::Nothing),
    });
    let transport = app().object(move |question, arguments| {
        if question == "start" {
            sent.send(arguments.get("exchange").clone()).unwrap();
        }
        Some(Value::Nothing)
    });
    let keys = app().object(|_, _| Some(Value::text("sk-test-1")));
    let runs = assistant.does("runs_with", &[("keys", keys), ("transport", transport)]);
    let asks = |model: Value| {
        let message = fields(&[("role", variant("User", &[])), ("text", Value::text("Go on."))]);
        let request = [("messages", Value::list(&[message])), ("max_output_tokens", Value::Number(100))];
        let terms = fields(&[("models", Value::list(&[model]))]);
        Object::new("Runs", &runs).does("start", &[("request", fields(&request)), ("terms", terms)])
    };
    let run = asks(variant("Host", &[("model", model)]));
    let sink = sends.recv().unwrap();
    asks(variant("Provider", &[("name", Value::text("a"))]));
    (sink, sends.recv().unwrap(), runs, run)
}

/// A request that was altered on its way: cut, lengthened, or with another byte somewhere.
fn altered_by(request: Vec<u8>, at: Index, byte: u8, how: u8) -> Vec<u8> {
    let mut request = request;
    match how % 3 {
        0 => request.truncate(at.index(request.len() + 1)),
        1 => request.push(byte),
        _ if request.is_empty() => request.push(byte),
        _ => {
            let at = at.index(request.len());
            request[at] = byte;
        }
    }
    request
}

fn check(operation: &Operation, result: Result<(), Failure>) -> Result<(), TestCaseError> {
    if let Err(failure) = result {
        let code = failure.code();
        let is_fault = matches!(code, Code::Panic | Code::ObjectPoisoned | Code::Internal);
        prop_assert!(!is_fault, "{}: {failure} {:?}", name(operation), failure.panic());
    }
    Ok(())
}

#[test]
fn no_request_makes_an_operation_panic() {
    let folder = tempfile::tempdir().unwrap();
    // Paths in odd requests are short ones, below the working folder.
    std::env::set_current_dir(folder.path()).unwrap();
    let objects = Objects::new(&folder.path().join("library"));
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let (mut all, mut done) = (0, 0);
    for (number, operation) in operations().enumerate() {
        let number = u32::try_from(number).unwrap();
        let worked = Cell::new(false);
        // A runner counts its cases over all that it runs.
        let runs = |requests: BoxedStrategy<Vec<u8>>| {
            let tried = TestRunner::new(config.clone()).run(&requests, |request| {
                let result = objects.call(number, operation, &request);
                worked.set(worked.get() || result.is_ok());
                check(operation, result)
            });
            tried.unwrap();
        };
        if LEFT_OUT.contains(&name(operation).as_str()) {
            runs(Just(vec![u8::MAX; 3]).boxed());
            continue;
        }
        runs(prop::collection::vec(any::<u8>(), 1..64).boxed());
        let odd = || objects.fields(operation.arguments);
        runs(odd());
        let altered = (odd(), any::<Index>(), any::<u8>(), any::<u8>());
        runs(altered.prop_map(|(request, at, byte, how)| altered_by(request, at, byte, how)).boxed());
        all += 1;
        done += usize::from(worked.get());
    }
    // Odd as they are, most of them can be done: else little would have been tried.
    assert!(done * 10 > all * 8, "{done} of {all}");
}

proptest! {
    #[test]
    fn no_splice_panics(at: u64, delete: u64, insert: Vec<u16>, text: String, handle: i64) {
        let handle = Handle::from_raw(handle);
        for result in [splice(handle, at, delete, &insert), splice_text(handle, at, delete, &text)] {
            let code = result.unwrap_err().code();
            prop_assert!(!matches!(code, Code::Panic | Code::Internal), "{}", code);
        }
    }
}

#[test]
fn an_operation_that_is_not_there_is_refused() {
    let count = u32::try_from(operations().count()).unwrap();
    for number in [count, u32::MAX] {
        let failure = invoke(number, Handle::from_raw(0), &[]).unwrap_err();
        assert_eq!(failure.code(), Code::InvalidArgument);
        assert_eq!(start(number, Handle::from_raw(0), &[], 0).unwrap_err().code(), Code::InvalidArgument);
    }
    let work = operations().position(|operation| operation.way == Way::Work).unwrap();
    let work = u32::try_from(work).unwrap();
    assert_eq!(invoke(work, Handle::from_raw(0), &[]).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(start(0, Handle::from_raw(0), &[], 0).unwrap_err().code(), Code::InvalidArgument);
}
