//! Providers, caps, and what is kept of models: runs, calls, requests, proposals; and proofing, which needs none.
//!
//! What a model would have left behind is put into the library through the facade.

use serde_json::{Value, json};
use writemagic::ai::ledger::Quote;
use writemagic::ai::model::{Locality, Message, Microdollars, Prices, Request, Role, Usage};
use writemagic::ai::privacy::{Destination, MaskCounts, SendRecord};
use writemagic::ai::proposal::{Author, Draft, Place, VersionName};
use writemagic::ai::run::{RunHead, RunState, RunTail};
use writemagic::{Code, DocumentId, Library, MAIN_BRANCH, OpenOptions, RunId, Timestamp};

use crate::common::{Desk, assert_keys, failure_of, one_line, with_input};

const PROVIDER_KEYS: [&str; 8] =
    ["name", "wire", "base_url", "model", "locality", "key_env", "price_in", "price_out"];
const RUN_KEYS: [&str; 9] =
    ["run", "state", "provider", "model", "started", "text", "error", "usage", "cost"];
const PROPOSAL_KEYS: [&str; 14] = [
    "proposal",
    "document",
    "branch",
    "task",
    "model",
    "run",
    "created",
    "open",
    "hunks",
    "pending",
    "accepted",
    "rejected",
    "unplaceable",
    "applying",
];

fn open(desk: &Desk) -> Library {
    Library::open(desk.library(), OpenOptions::new().create(true)).unwrap()
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

#[test]
fn providers_are_set_up_listed_and_forgotten() {
    let desk = Desk::new();
    let near = [
        "provider",
        "add",
        "near",
        "--wire",
        "openai",
        "--base-url",
        "http://127.0.0.1:1/v1/",
        "--model",
        "m",
    ];
    let added = desk.json(&near);
    assert_keys(&added, &["provider", "replaced"]);
    assert_keys(&added["provider"], &PROVIDER_KEYS);
    assert_eq!((&added["provider"]["locality"], &added["replaced"]), (&json!("lan"), &json!(false)));
    let far = [
        "provider",
        "add",
        "far",
        "--wire",
        "anthropic",
        "--base-url",
        "https://api.example.com",
        "--model",
        "c-5",
        "--key-env",
        "FAR_KEY",
        "--price-in",
        "3",
        "--price-out",
        "15.5",
    ];
    let added = &desk.json(&far)["provider"];
    assert_eq!(
        added,
        &json!({"name": "far", "wire": "anthropic", "base_url": "https://api.example.com", "model": "c-5",
                "locality": "cloud", "key_env": "FAR_KEY", "price_in": 3.0, "price_out": 15.5})
    );
    let mut device = near.to_vec();
    device.extend(["--locality", "device"]);
    assert_eq!(desk.json(&device)["replaced"], true);
    let listed = desk.json(&["provider", "list"]);
    let names: Vec<_> =
        array(&listed["providers"]).iter().map(|one| (&one["name"], &one["locality"])).collect();
    assert_eq!(names, [(&json!("far"), &json!("cloud")), (&json!("near"), &json!("device"))]);
    assert_eq!(desk.json(&["provider", "remove", "near"])["removed"], "near");
    assert_eq!(desk.error(&["provider", "remove", "near"]), "provider_not_found");
    assert_eq!(desk.json(&["provider", "list"])["providers"].as_array().unwrap().len(), 1);
    let plain = String::from_utf8(desk.run(&["provider", "list"]).stdout).unwrap();
    assert_eq!(plain, "far\tanthropic\tc-5\tcloud\thttps://api.example.com\tFAR_KEY\t$3.00\t$15.50\n");
}

#[test]
fn a_provider_that_can_never_work_makes_no_library() {
    let desk = Desk::new();
    let add = |name: &str, url: &str, more: &[&str]| {
        let mut line = vec!["provider", "add", name, "--wire", "gemini", "--base-url", url, "--model", "m"];
        line.extend(more);
        let failure = desk.failure(&line);
        (failure["code"].as_str().unwrap().to_owned(), failure["details"].clone())
    };
    let invalid = |details| ("invalid_argument".to_owned(), details);
    assert_eq!(
        add("a", "http://api.example.com/v1beta", &[]),
        invalid(json!({"what": "base_url", "reason": "plain_http"}))
    );
    assert_eq!(add("a,b", "https://a.example", &[]), invalid(json!({"what": "name"})));
    let claimed = ["--locality", "device"];
    assert_eq!(add("a", "https://a.example", &claimed), invalid(json!({"what": "locality"})));
    assert_eq!(
        add("a", "https://a.example", &["--key-env", "A-B"]),
        invalid(json!({"what": "key_variable"}))
    );
    for more in [["--price-in", "3"], ["--price-in", "-3"], ["--locality", "moon"]] {
        assert_eq!(add("a", "https://a.example", &more).0, "usage");
    }
    assert!(!desk.library().exists());
    assert_eq!(desk.error(&["provider", "list"]), "library_not_found");
    // A secret in a URL is refused, and shown by nothing.
    let failure = desk.failure(&[
        "provider",
        "add",
        "a",
        "--wire",
        "openai",
        "--base-url",
        "https://canary@a.example",
        "--model",
        "m",
    ]);
    assert!(!failure.to_string().contains("canary"));
}

#[test]
fn caps_are_set_one_by_one_and_shown_with_what_is_spent() {
    let desk = Desk::new();
    let set = desk.json(&["caps", "set", "--day", "0.50", "--month", "5"]);
    assert_eq!(set, json!({"caps": {"request": null, "day": 0.5, "month": 5.0}}));
    let set = desk.json(&["caps", "set", "--request", ".1", "--month", "none"]);
    assert_eq!(set, json!({"caps": {"request": 0.1, "day": 0.5, "month": null}}));
    let nothing = json!({"cost": 0.0, "unpriced_tokens": 0});
    let shown = desk.json(&["caps", "show"]);
    assert_eq!(shown["caps"], set["caps"]);
    assert_eq!(shown["spent"], json!({"today": nothing, "month": nothing}));
    for line in
        [&["caps", "set"][..], &["caps", "set", "--day", "much"], &["caps", "set", "--day", "-1"], &["caps"]]
    {
        assert_eq!(desk.error(line), "usage");
    }
}

#[test]
fn the_ledger_lists_calls_and_sums_and_settles_nothing_by_looking() {
    let desk = Desk::new();
    let library = open(&desk);
    let ledger = library.assistant().ledger().unwrap();
    let prices = Prices { input: 3_000_000, output: 15_000_000, cache_read: None, cache_write: None };
    let used = Usage { input_tokens: 1_000, output_tokens: 100, ..Usage::default() };
    let quote = Quote::new(Some(prices), 1_000, 1_000);
    ledger.reserve("far", "c-5", &quote).unwrap().settle(&used).unwrap();
    ledger.reserve("near", "m", &Quote::new(None, 10, 20)).unwrap().settle(&used).unwrap();
    std::mem::forget(ledger.reserve("far", "c-5", &quote).unwrap());
    library.close().unwrap();
    for _ in 0..2 {
        let shown = desk.json(&["ledger"]);
        assert_keys(&shown, &["entries", "today", "month"]);
        let entries = array(&shown["entries"]);
        entries
            .iter()
            .for_each(|entry| assert_keys(entry, &["time", "provider", "model", "state", "usage", "cost"]));
        let states: Vec<_> = entries.iter().map(|entry| (&entry["state"], &entry["cost"])).collect();
        let (reserved, settled) = (json!("reserved"), json!("settled"));
        assert_eq!(
            states,
            [(&reserved, &json!(0.018)), (&settled, &Value::Null), (&settled, &json!(0.0045))]
        );
        assert_eq!(shown["today"], json!({"cost": 0.0225, "unpriced_tokens": 1_100}));
        assert_eq!(shown["month"], shown["today"]);
    }
    assert_eq!(array(&desk.json(&["ledger", "--limit", "1"])["entries"]).len(), 1);
    let plain = String::from_utf8(desk.run(&["ledger", "--limit", "1"]).stdout).unwrap();
    assert!(plain.ends_with("\tfar\tc-5\treserved\t1,000\t1,000\t$0.018\n"), "{plain}");
}

#[test]
fn sends_say_where_and_how_much_and_never_what() {
    let desk = Desk::new();
    let library = open(&desk);
    let masked = MaskCounts { phrases: 2, emails: 1, ..MaskCounts::default() };
    let to =
        Destination { provider: "far", model: "c-5", host: "api.example.com", locality: Locality::Cloud };
    let log = library.assistant().send_log();
    log.record(&SendRecord::new(Timestamp::from_millis(5), &to, 2_048, masked)).unwrap();
    library.close().unwrap();
    let sends = desk.json(&["sends"]);
    let sent = &sends["sends"][0];
    assert_keys(sent, &["at", "provider", "model", "host", "locality", "bytes", "masked"]);
    assert_eq!((&sent["at"], &sent["masked"]["phrases"]), (&json!("1970-01-01T00:00:00.005Z"), &json!(2)));
    let plain = String::from_utf8(desk.run(&["sends"]).stdout).unwrap();
    let expected =
        "1970-01-01T00:00:00.005Z\tfar\tc-5\tapi.example.com\tcloud\t2.0 KiB\t2 phrases, 1 e-mails\n";
    assert_eq!(plain, expected);
}

fn keep_run(library: &Library, millis: i64, text: &str, tail: Option<RunTail>) -> RunId {
    let (run, store) = (RunId::new(Timestamp::from_millis(millis)), library.assistant().run_store());
    let head = RunHead {
        started: Timestamp::from_millis(millis),
        provider: "far".into(),
        model: "c-5".into(),
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
    };
    store.put_head(run, &head.encode().unwrap()).unwrap();
    store.append(run, 0, text).unwrap();
    if let Some(tail) = tail {
        store.put_tail(run, &tail.encode().unwrap()).unwrap();
    }
    run
}

#[test]
fn runs_are_listed_with_their_text_and_how_they_ended() {
    let desk = Desk::new();
    let library = open(&desk);
    let tail = RunTail {
        ended: Timestamp::from_millis(9),
        state: RunState::Failed,
        reason: None,
        error: Some(Code::RateLimited),
        resumable: false,
        usage: Some(Usage { input_tokens: 3, ..Usage::default() }),
        cost: Some(Microdollars(1_500)),
    };
    let failed = keep_run(&library, 5_000_000_000, "", Some(tail)).to_string();
    let killed = keep_run(&library, 9_000_000_000_000, "The sea was\nwide", None).to_string();
    let damaged = RunId::new(Timestamp::from_millis(1));
    library.assistant().run_store().put_head(damaged, b"?").unwrap();
    library.close().unwrap();
    let listed = desk.json(&["runs"]);
    assert_keys(&listed, &["runs"]);
    let runs = array(&listed["runs"]);
    runs.iter().for_each(|run| assert_keys(run, &RUN_KEYS));
    assert_eq!(
        runs[0],
        json!({"run": killed, "state": "interrupted", "provider": "far", "model": "c-5",
               "started": "2255-03-14T16:00:00.000Z", "text": "The sea was\nwide", "error": null, "usage": null,
               "cost": null})
    );
    assert_eq!((&runs[1]["state"], &runs[1]["error"]), (&json!("failed"), &json!({"code": "rate_limited"})));
    assert_eq!((&runs[1]["cost"], &runs[1]["usage"]["input_tokens"]), (&json!(0.0015), &json!(3)));
    assert_eq!((&runs[2]["state"], &runs[2]["error"]["code"]), (&json!("damaged"), &json!("run_damaged")));
    assert_eq!(desk.json(&["runs", &killed])["runs"], json!([runs[0]]));
    assert_eq!(desk.json(&["runs", &failed[..13]])["runs"], json!([runs[1]]));
    assert_eq!(array(&desk.json(&["runs", "--limit", "1"])["runs"]).len(), 1);
    assert_eq!(desk.run(&["runs", &killed]).stdout, b"The sea was\nwide");
    assert_eq!(desk.error(&["runs", "nothing"]), "run_not_found");
    assert_eq!(desk.error(&["runs", "01"]), "run_not_found");
    assert_eq!(desk.error(&["runs", &damaged.to_string()]), "run_damaged");
    assert_eq!(desk.error(&["runs", &RunId::new(Timestamp::from_millis(7)).to_string()]), "run_not_found");
}

/// A document and a proposal on it; gives their ids.
fn propose(desk: &Desk, text: &str, answer: &str) -> (String, String) {
    let id = desk.document("Night", text);
    let library = open(desk);
    let document: DocumentId = id.parse().unwrap();
    let base = library.version(document, MAIN_BRANCH).unwrap().to_string();
    let draft = Draft {
        place: Place { document, branch: None },
        base: VersionName::new(base).unwrap(),
        passage: 0..text.encode_utf16().count() as u64,
        answer: answer.to_owned(),
        author: Author { run: RunId::from_bytes([7; 16]), model: "c-5".to_owned() },
        task: "rewrite".to_owned(),
    };
    let proposals = library.assistant().proposals();
    let proposal = proposals.propose(draft, Timestamp::from_millis(5)).unwrap().unwrap().id;
    library.close().unwrap();
    (id, proposal.to_string())
}

#[test]
fn proposals_are_listed_shown_accepted_and_rejected() {
    let desk = Desk::new();
    let (id, proposal) = propose(&desk, "😀 dark night, cold rain.", "😀 bright night, warm rain.");
    let listed = desk.json(&["proposals", "list"]);
    assert_keys(&listed, &["proposals", "damaged"]);
    let view = &listed["proposals"][0];
    assert_keys(view, &PROPOSAL_KEYS);
    assert_eq!((&view["proposal"], &view["document"]), (&json!(proposal), &json!(id)));
    assert_eq!((&view["hunks"], &view["pending"], &view["open"]), (&json!(2), &json!(2), &json!(true)));

    let shown = desk.json(&["proposals", "show", &proposal[..10]]);
    assert_keys(&shown, &["proposal", "version", "hunks"]);
    assert_eq!(
        shown["hunks"],
        json!([{"hunk": 0, "state": "pending", "old": "dark", "new": "bright", "range": [3, 7]},
               {"hunk": 1, "state": "pending", "old": "cold", "new": "warm", "range": [15, 19]}])
    );
    desk.json(&["edit", &id, "--at", "0", "--insert", "> "]);
    let accepted = desk.json(&["proposals", "accept", &proposal, "--hunk", "1"]);
    assert_keys(&accepted, &["proposal", "decided", "unplaceable", "waiting", "version"]);
    assert_eq!((&accepted["decided"], &accepted["waiting"]), (&json!([1]), &json!(false)));
    assert_eq!(desk.text(&id), "> 😀 dark night, warm rain.");
    let blame = desk.json(&["blame", &id]);
    let by_run: Vec<&Value> =
        array(&blame["ranges"]).iter().filter(|range| array(range).len() == 5).collect();
    assert_eq!(by_run.len(), 1);
    assert_eq!((&by_run[0][0], &by_run[0][1], &by_run[0][2]), (&json!(17), &json!(21), &json!("c-5")));
    assert_eq!(by_run[0][4], "07070707-0707-0707-0707-070707070707");
    let history = desk.json(&["history", &id]);
    assert_eq!(array(&history["versions"]).last().unwrap()["kind"], "ai");

    assert_eq!(desk.json(&["proposals", "reject", &proposal])["decided"], json!([0]));
    assert_eq!(desk.json(&["proposals", "list"])["proposals"], json!([]));
    assert_eq!(array(&desk.json(&["proposals", "list", &id, "--all"])["proposals"]).len(), 1);
    desk.json(&["undo", &id]);
    assert_eq!(desk.text(&id), "> 😀 dark night, cold rain.");
    assert_eq!(desk.error(&["proposals", "accept", &proposal, "--hunk", "2"]), "hunk_not_found");
    assert_eq!(desk.error(&["proposals", "show", "nothing"]), "proposal_not_found");
    desk.json(&["purge", &id, "--yes"]);
    assert_eq!(desk.error(&["proposals", "show", &proposal]), "proposal_not_found");
}

#[test]
fn what_the_writer_changed_is_said_and_not_overwritten() {
    let desk = Desk::new();
    let (id, proposal) = propose(&desk, "A dark night.", "A bright night.");
    desk.json(&["edit", &id, "--at", "2", "--delete", "4", "--insert", "black"]);
    // While another process writes, what a look finds has nowhere to go: the proposal is shown as it was.
    let writer = open(&desk);
    let shown = desk.json(&["proposals", "show", &proposal]);
    assert_eq!((&shown["hunks"][0]["state"], &shown["version"]), (&json!("pending"), &Value::Null));
    writer.close().unwrap();
    let shown = desk.json(&["proposals", "show", &proposal]);
    assert_eq!((&shown["hunks"][0]["state"], shown["version"].is_string()), (&json!("unplaceable"), true));
    let accepted = desk.json(&["proposals", "accept", &proposal]);
    assert_eq!((&accepted["decided"], &accepted["unplaceable"]), (&json!([]), &json!([0])));
    assert_eq!(desk.text(&id), "A black night.");
    assert_eq!(desk.json(&["proposals", "show", &proposal])["hunks"][0]["state"], "unplaceable");
    let plain = String::from_utf8(desk.run(&["proposals", "show", &proposal]).stdout).unwrap();
    assert_eq!(plain, "0\tunplaceable\tdark\tbright\n");
}

#[test]
fn texts_are_proofed_without_a_model_or_a_library() {
    let desk = Desk::new();
    let text =
        "😀 She walked to the the window , and waited.\nIt was the colour of rain, the colour of the sea.\n";
    let file = desk.file("scene.md", text);
    let proof = desk.json(&["proof", file.to_str().unwrap()]);
    assert_keys(&proof, &["document", "language", "findings"]);
    assert_eq!((&proof["document"], &proof["language"]), (&Value::Null, &json!("en")));
    let findings = array(&proof["findings"]);
    findings.iter().for_each(|finding| assert_keys(finding, &["rule", "range", "text", "suggestion"]));
    assert_eq!((&findings[0]["rule"], &findings[0]["range"]), (&json!("doubled_word"), &json!([20, 24])));
    assert_eq!(
        (&findings[1]["rule"], &findings[1]["text"]),
        (&json!("space_before_punctuation"), &json!(" "))
    );
    assert!(!desk.library().exists());
    let input =
        with_input(desk.command().args(["--json", "proof", "-", "--language", "fr"]), text.as_bytes());
    assert_eq!(one_line(&input.stdout)["language"], "fr");
    let id = desk.document("Scene", "the the");
    let proof = desk.json(&["proof", "Scene"]);
    assert_eq!((&proof["document"], array(&proof["findings"]).len()), (&json!(id), 1));
    let plain = String::from_utf8(desk.run(&["proof", "Scene"]).stdout).unwrap();
    assert_eq!(plain, "3\t7\tdoubled_word\t the\t\n");
    let broken = desk.file("broken.md", [b'a', 0xFF]);
    let failed = desk.command().arg("--json").arg("proof").arg(broken).output().unwrap();
    assert_eq!(
        (&failure_of(&failed)["code"], &failure_of(&failed)["details"]["offset"]),
        (&json!("not_utf8"), &json!(1))
    );
    assert_eq!(desk.error(&["proof", "nowhere.md"]), "document_not_found");
}
