//! Providers, and runs whose models, network and keys are the app's.

use std::sync::mpsc;
use std::thread;

use crate::client::{Object, Value, app, document, fields, free, library, variant};

/// A model of the app, which answers each request on a thread of its own as `answer` does with the sink.
pub(crate) fn model(answer: impl Fn(Object) + Send + Clone + 'static + Sync) -> Value {
    app().object(move |question, arguments| match question {
        "describe" => Some(fields(&[
            ("name", Value::text("device")),
            ("locality", variant("Device", &[])),
            ("context_tokens", Value::Number(4_096)),
            ("max_output_tokens", Value::Number(1_024)),
            ("system", Value::Bool(true)),
        ])),
        "availability" => Some(variant("Available", &[])),
        "count" => Some(Value::Number(7)),
        "generate" => {
            assert!(!arguments.get("request").get("messages").items().is_empty());
            let sink = Object::new("HostSink", arguments.get("sink"));
            let answer = answer.clone();
            thread::spawn(move || answer(sink));
            Some(variant("Call", &[("number", Value::Number(5))]))
        }
        "cancel" => {
            assert_eq!(arguments.get("call").number(), 5);
            Some(Value::Nothing)
        }
        question => panic!("{question}"),
    })
}

/// Keys that the app does not have.
pub(crate) fn no_keys() -> Value {
    app().object(|_, _| Some(Value::Nothing))
}

pub(crate) fn runs_of(library: Object, keys: Value, transport: Value) -> Object {
    let given = [("keys", keys), ("transport", transport)];
    Object::new("Runs", &library.view("Assistant").does("runs_with", &given))
}

pub(crate) fn request(text: &str) -> Value {
    let message = fields(&[("role", variant("User", &[])), ("text", Value::text(text))]);
    fields(&[("messages", Value::list(&[message])), ("max_output_tokens", Value::Number(500))])
}

pub(crate) fn terms(models: &[Value]) -> Value {
    fields(&[("models", Value::list(models))])
}

/// All that a run says; its end last.
pub(crate) fn all(run: Object) -> Vec<Value> {
    let token = app().token();
    let mut said = Vec::new();
    loop {
        match run.does("next_event", &[("token", Value::Number(token.cast_signed()))]) {
            Value::Nothing => app().wait(token),
            news => {
                let is_end = news.is() == "End";
                said.push(news);
                if is_end {
                    return said;
                }
            }
        }
    }
}

/// How a run ends, and what else its last word has.
pub(crate) fn end(run: Object) -> Value {
    all(run).pop().unwrap().get("outcome").clone()
}

pub(crate) fn providers_and_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let assistant = library.view("Assistant");
    let near = fields(&[
        ("name", Value::text("near")),
        ("wire", variant("OpenAi", &[])),
        ("base_url", Value::text("http://127.0.0.1:11434/v1")),
        ("model", Value::text("llama3.2")),
        ("prices", fields(&[("input", Value::Number(1_000_000)), ("output", Value::Number(2_000_000))])),
    ]);
    assert_eq!(assistant.does("set_provider", &[("provider", near)]), Value::Bool(false));
    let kept = assistant.does("provider", &[("name", Value::text("near"))]);
    assert_eq!((kept.get("wire").is(), kept.get("locality").is()), ("OpenAi", "Lan"));
    assert_eq!(assistant.does("set_provider", &[("provider", kept.clone())]), Value::Bool(true));
    assert_eq!(assistant.does("providers", &[]), Value::list(&[kept]));
    let money = fields(&[("money", Value::Number(500_000))]);
    assistant.does("set_caps", &[("caps", fields(&[("day", money)]))]);
    assert_eq!(assistant.does("caps", &[]).get("day").get("money").number(), 500_000);
    let ledger = library.view("Ledger");
    assert_eq!(ledger.does("spent", &[]).get("today").get("money").number(), 0);
    ledger.does("set_zone", &[("zone", Value::Nothing)]);
    assert_eq!(ledger.fails("set_zone", &[("zone", Value::text("Nowhere/Land"))]), "invalid_argument");

    let runs = runs_of(library, no_keys(), Value::Nothing);
    let provider = || ("provider", Value::text("near"));
    assert!(matches!(runs.does("capabilities", &[provider()]).get("system"), Value::Bool(_)));
    assert_eq!(runs.does("prices", &[provider()]).get("input").number(), 1_000_000);
    assert_eq!(runs.does("mark", &[provider()]), Value::Nothing);
    runs.does("provider_changed", &[provider()]);
    let date = runs.does("records_as_of", &[]);
    let records = include_str!("../../../../core/ai/src/model/records.json");
    runs.does("set_records", &[("json", Value::text(records))]);
    assert_eq!(runs.does("records_as_of", &[]), date);
    assert_eq!(runs.fails("set_records", &[("json", Value::text("{"))]), "invalid_argument");
    assert_eq!(runs.does("tokens_per_mille", &[("model", Value::text("llama3.2"))]).number(), 1_000);
    assert_eq!(runs.fails("capabilities", &[("provider", Value::text("far"))]), "provider_not_found");
    // No network: the run says so.
    let ask = variant("Provider", &[("name", Value::text("near"))]);
    let run = runs.does("start", &[("request", request("Go on.")), ("terms", terms(&[ask]))]);
    let run = Object::new("RunHandle", &run);
    let failed = end(run);
    assert_eq!(failed.get("end").is(), "Failed");
    assert_eq!(run.close(), Ok(true));
    assert_eq!(runs.close(), Ok(true));
    assistant.does("remove_provider", &[("name", Value::text("near"))]);
    assert_eq!(library.close(), Ok(true));
}

pub(crate) fn a_model_of_the_app_answers() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let keys = no_keys();
    let runs = runs_of(library, keys.clone(), Value::Nothing);
    let policy = free("Runs", "default_policy", &[]).unwrap();
    let timers = free("Runs", "default_timers", &[]).unwrap();
    assert!(timers.get("whole").number() > timers.get("gap").number());
    let device = model(|sink| {
        assert_eq!(sink.does("is_unwanted", &[]), Value::Bool(false));
        sink.does("reasoning", &[("piece", Value::text("Hm."))]);
        sink.does("text", &[("piece", Value::text("It "))]);
        let usage = fields(&[("input_tokens", Value::Number(7)), ("output_tokens", Value::Number(3))]);
        sink.does("usage", &[("usage", usage)]);
        sink.does("finished", &[("reason", variant("OutputLimit", &[]))]);
        assert_eq!(sink.does("is_unwanted", &[]), Value::Bool(true));
        assert_eq!(sink.close(), Ok(true));
    });
    let terms_of = |model: &Value| {
        fields(&[
            ("models", Value::list(&[variant("Host", &[("model", model.clone())])])),
            ("ceiling", variant("Device", &[])),
            ("mask", Value::list(&[Value::text("Ana Kovač")])),
            ("policy", policy.clone()),
            ("timers", timers.clone()),
        ])
    };
    let arguments = [("request", request("Tell of Ana Kovač.")), ("terms", terms_of(&device))];
    let run = Object::new("RunHandle", &runs.does("start", &arguments));
    let id = run.does("run", &[]);
    assert_eq!(runs.does("is_open", &[("run", id.clone())]), Value::Bool(true));
    let said = all(run);
    let events: Vec<&str> =
        said.iter().filter(|news| news.is() == "Event").map(|news| news.get("event").is()).collect();
    assert_eq!(events[0], "Started");
    assert!(events.contains(&"Reasoning") && events.contains(&"Text") && events.contains(&"Usage"));
    let outcome = said.last().unwrap().get("outcome");
    assert_eq!((outcome.get("end").get("reason").is(), outcome.get("text").str()), ("OutputLimit", "It "));
    assert_eq!(run.does("is_ended", &[]), Value::Bool(true));
    assert_eq!(run.close(), Ok(true));
    app().wait_released(&device);

    let (begun, begins) = mpsc::channel();
    let device = model(move |sink| {
        sink.does("snapshot", &[("answer", Value::text("rained."))]);
        begun.send(sink).unwrap();
    });
    // Ended with its longest answer: what is missing can be asked for.
    let arguments = [("run", id.clone()), ("terms", terms_of(&device))];
    let run = Object::new("RunHandle", &runs.does("go_on", &arguments));
    let sink = begins.recv().unwrap();
    assert_eq!(runs.does("open", &[]).items().len(), 1);
    assert_eq!(runs.does("keep_all", &[("timeout", Value::Number(10_000))]), Value::Bool(true));
    runs.does("resumed", &[]);
    run.does("cancel", &[]);
    assert_eq!(end(run).get("end").is(), "Cancelled");
    assert_eq!(sink.does("is_unwanted", &[]), Value::Bool(true));
    sink.does("failed", &[("error", variant("Refused", &[]))]);
    assert_eq!(sink.close(), Ok(true));
    assert_eq!(runs.does("cancel", &[("run", run.does("run", &[]))]), Value::Bool(false));
    runs.does("cancel_all", &[]);
    runs.does("pause_all", &[]);
    assert_eq!(runs.does("wait_idle", &[("timeout", Value::Number(10_000))]), Value::Bool(true));
    assert_eq!(run.close(), Ok(true));

    let assistant = library.view("Assistant");
    let kept = assistant.does("run", &[("run", id.clone())]);
    assert_eq!((kept.get("state").is(), kept.get("whole_text")), ("Completed", &Value::text("It ")));
    assert_eq!(kept.get("is_resumable"), &Value::Bool(true));
    assert_eq!(assistant.does("runs", &[]).items().len(), 2);
    assistant.does("forget_run", &[("run", id.clone())]);
    assert_eq!(assistant.fails("run", &[("run", id)]), "run_not_found");
    assert_eq!(runs.close(), Ok(true));
    assert_eq!(library.close(), Ok(true));
    app().wait_released(&keys);
}

pub(crate) fn a_provider_answers_through_the_network_of_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let assistant = library.view("Assistant");
    document(library, "Rain", "It rained.");
    let provider = fields(&[
        ("name", Value::text("far")),
        ("wire", variant("OpenAi", &[])),
        ("base_url", Value::text("https://models.example.org/v1")),
        ("model", Value::text("model-1")),
    ]);
    assistant.does("set_provider", &[("provider", provider)]);
    let keys = app().object(|question, arguments| {
        assert_eq!((question, arguments.get("provider")), ("key", &Value::text("far")));
        Some(Value::text("sk-test-1"))
    });
    let (sent, sends) = mpsc::channel();
    let transport = app().object(move |question, arguments| {
        match question {
            "start" => sent.send(arguments.clone()).unwrap(),
            "cancel" => sent.send(arguments.get("exchange").clone()).unwrap(),
            "forget_connections" => sent.send(Value::Nothing).unwrap(),
            question => panic!("{question}"),
        }
        Some(Value::Nothing)
    });
    let runs = runs_of(library, keys, transport.clone());
    let ask = || {
        let model = variant("Provider", &[("name", Value::text("far"))]);
        let terms = fields(&[("models", Value::list(&[model])), ("mask", Value::list(&[]))]);
        let request = request("Write to ana@example.org.");
        let run = runs.does("start", &[("request", request), ("terms", terms)]);
        let started = sends.recv().unwrap();
        let exchange = Object::new("HostExchange", started.get("exchange"));
        (Object::new("RunHandle", &run), started.get("request").clone(), exchange)
    };
    let head = |exchange: Object| {
        let of_stream =
            fields(&[("name", Value::text("Content-Type")), ("value", Value::text("text/event-stream"))]);
        exchange.does("head", &[("status", Value::Number(200)), ("headers", Value::list(&[of_stream]))]);
    };

    let (run, request, exchange) = ask();
    assert_eq!(request.get("url"), &Value::text("https://models.example.org/v1/chat/completions"));
    let Value::Bytes(body) = request.get("body") else { panic!("{request:?}") };
    let body = String::from_utf8(body.clone()).unwrap();
    assert!(body.contains("[EMAIL1]") && !body.contains("ana@example.org"), "{body}");
    let headers = request.get("headers").items();
    let key = headers.iter().find(|header| header.get("name").str() == "authorization").unwrap();
    assert_eq!(key.get("value"), &Value::text("Bearer sk-test-1"));
    assert!(exchange.does("id", &[]).number() > 0);
    head(exchange);
    let said = |text: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n");
    let first = said("Dear [EMAIL1],").into_bytes();
    let length = first.len() as i64;
    assert_eq!(exchange.does("data", &[("bytes", Value::Bytes(first))]).number(), length);
    assert_eq!(exchange.does("has_room", &[]), Value::Bool(true));
    let rest = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let rest = Value::Bytes(rest.into());
    assert_eq!(exchange.does("data_blocking", &[("bytes", rest)]), Value::Bool(true));
    exchange.does("finish", &[]);
    exchange.does("finish", &[]);
    let outcome = end(run);
    assert_eq!(outcome.get("text"), &Value::text("Dear ana@example.org,"), "{outcome:?}");
    assert_eq!(exchange.does("is_cancelled", &[]), Value::Bool(true));
    assert_eq!((exchange.close(), run.close()), (Ok(true), Ok(true)));
    let calls = assistant.does("calls", &[]);
    assert_eq!(calls.items()[0].get("entry").get("state").is(), "Settled");
    let sends_kept = assistant.does("sends", &[]);
    assert_eq!(sends_kept.items()[0].get("record").get("masked").get("emails").number(), 1);

    // The certificate was not accepted: that is not tried again.
    let (run, _, exchange) = ask();
    exchange.does("fail", &[("error", variant("Certificate", &[]))]);
    let failed = end(run);
    assert_eq!(failed.get("end").is(), "Failed");
    assert!(!failed.get("end").get("cause").get("message").str().is_empty());
    assert_eq!((exchange.close(), run.close()), (Ok(true), Ok(true)));
    let mark = runs.does("mark", &[("provider", Value::text("far"))]);
    assert_eq!(mark.is(), "Disabled");
    runs.does("provider_changed", &[("provider", Value::text("far"))]);

    // A run that is given up cancels its exchange.
    let (run, _, exchange) = ask();
    let number = exchange.does("id", &[]);
    assert_eq!(run.close(), Ok(true));
    assert_eq!(sends.recv().unwrap(), number);
    assert_eq!(exchange.does("is_cancelled", &[]), Value::Bool(true));
    assert_eq!(exchange.close(), Ok(true));
    runs.does("resumed", &[]);
    assert_eq!(sends.recv().unwrap(), Value::Nothing);
    assert_eq!(runs.close(), Ok(true));
    assert_eq!(library.close(), Ok(true));
    app().wait_released(&transport);
}

/// Whatever the app's objects throw is the error that the engine has for it.
pub(crate) fn an_app_that_throws() {
    let folder = tempfile::tempdir().unwrap();
    let thrower = || app().object(|_, _| None);
    let options =
        fields(&[("create", Value::Bool(true)), ("embedding", variant("App", &[("model", thrower())]))]);
    let path = || ("path", Value::text(folder.path().to_str().unwrap()));
    let failure = free("Library", "open", &[path(), ("options", options)]).unwrap_err();
    assert_eq!(failure.code().name(), "embedding_failed");

    // A model that says what it is, and fails with texts.
    let (asked, asks) = mpsc::channel();
    let letters = app().object(move |question, arguments| match question {
        "describe" => Some(fields(&[
            ("name", Value::text("letters")),
            ("version", Value::text("1")),
            ("dimensions", Value::Number(16)),
            ("is_quick", Value::Bool(true)),
        ])),
        _ => {
            asked.send(()).unwrap();
            let texts = arguments.get("texts").items();
            let vector = |text: &Value| {
                let count = |letter: char| text.str().matches(letter).count() as f32;
                Value::Floats(('a'..='p').map(count).collect())
            };
            let fails = texts.iter().any(|text| text.str().contains("fail"));
            (!fails).then(|| Value::List(texts.iter().map(vector).collect()))
        }
    });
    let options = fields(&[
        ("create", Value::Bool(true)),
        ("embedding", variant("App", &[("model", letters.clone())])),
    ]);
    let library = Object::new("Library", &free("Library", "open", &[path(), ("options", options)]).unwrap());
    document(library, "One", "abc abc");
    library.does("index_meaning", &[]);
    asks.recv().unwrap();
    document(library, "Two", "to fail");
    assert_eq!(library.fails("index_meaning", &[]), "embedding_failed");

    let provider = fields(&[
        ("name", Value::text("far")),
        ("wire", variant("Anthropic", &[])),
        ("base_url", Value::text("https://models.example.org")),
        ("model", Value::text("model-1")),
    ]);
    library.view("Assistant").does("set_provider", &[("provider", provider)]);
    let runs = runs_of(library, thrower(), thrower());
    let code_of = |model: Value| {
        let arguments = [("request", request("Go on.")), ("terms", terms(&[model]))];
        let run = Object::new("RunHandle", &runs.does("start", &arguments));
        let end = end(run);
        assert_eq!(run.close(), Ok(true));
        u16::try_from(end.get("end").get("cause").get("code").number()).unwrap()
    };
    let of_keys = code_of(variant("Provider", &[("name", Value::text("far"))]));
    assert_eq!(of_keys, writemagic::Code::KeyInvalid.number());
    let unavailable = writemagic::Code::ModelUnavailable.number();
    let of_model = code_of(variant("Host", &[("model", thrower())]));
    // The side of the boundary that is written in Rust may fail, too.
    let broken = app().object(|_, _| panic!("deliberate"));
    let of_broken = code_of(variant("Host", &[("model", broken)]));
    assert_eq!((of_model, of_broken), (unavailable, unavailable));
    assert_eq!(runs.close(), Ok(true));
    assert_eq!(library.close(), Ok(true));
    app().wait_released(&letters);
}
