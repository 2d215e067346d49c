//! `remember`, `recall`, `forget`, `memories`, `consolidate`.

use serde_json::{Value, json};

use crate::common::{Desk, assert_keys, failure_of};

const MEMORY_KEYS: [&str; 15] = [
    "key",
    "text",
    "kind",
    "speaker",
    "time",
    "session",
    "tags",
    "importance",
    "confidence",
    "valid",
    "created",
    "changed",
    "sources",
    "parts",
    "contradictions",
];

fn keys(answer: &Value) -> Vec<&str> {
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap()).collect()
}

#[test]
fn what_is_remembered_is_recalled_by_what_it_means() {
    let desk = Desk::new();
    let answer = desk.json(&[
        "remember",
        "She dropped her wedding ring into the well.",
        "--key",
        "ring",
        "--kind",
        "scene",
        "--speaker",
        "Tom",
        "--time",
        "2021-06-02",
        "--session",
        "chapter 3",
        "--tag",
        "mary",
        "--tag",
        "well",
        "--importance",
        "0.5",
    ]);
    let memory = &answer["memory"];
    assert_keys(memory, &MEMORY_KEYS);
    assert_eq!((&memory["key"], &memory["tags"]), (&json!("ring"), &json!(["mary", "well"])));
    assert_eq!((&memory["importance"], &memory["confidence"]), (&json!(0.5), &Value::Null));
    desk.json(&["remember", "Boil the carrots in salted water."]);
    let answer = desk.json(&["recall", "where did the jewellery fall?"]);
    assert_keys(&answer, &["hits", "by_meaning"]);
    let hit = &answer["hits"][0];
    assert_keys(hit, &["key", "text", "score", "why"]);
    assert_keys(&hit["why"], &["words", "nearby_words", "similarity"]);
    assert_eq!((&hit["key"], &answer["by_meaning"]), (&json!("ring"), &json!(true)));
    assert_eq!(
        desk.json(&["recall", "what", "happened", "in", "June?", "--limit", "1"])["hits"][0]["key"],
        "ring"
    );
    assert_eq!(keys(&desk.json(&["recall", "ring", "--kind", "nothing"])), [""; 0]);
    let shown = String::from_utf8(desk.run(&["recall", "rings"]).stdout).unwrap();
    assert!(shown.starts_with("ring\t") && shown.contains("[ring]"), "{shown}");
    assert_eq!(desk.json(&["memories"])["total"], 2);
    assert_eq!(desk.json(&["memories", "ring"])["memory"], *memory);
    assert_eq!(desk.error(&["memories", "nobody"]), "memory_not_found");
    assert_eq!(desk.error(&["recall", &"x".repeat(4097)]), "limit_exceeded");
    assert_eq!(desk.error(&["remember", "x", "--importance", "2"]), "invalid_argument");
    assert_eq!(desk.error(&["remember"]), "usage");
    assert_eq!(desk.error(&["recall"]), "usage");
}

#[test]
fn a_library_that_is_not_there_is_only_made_by_remembering() {
    let desk = Desk::new();
    for line in
        [&["recall", "x"][..], &["memories"], &["forget", "x"], &["consolidate"], &["memories", "--undo"]]
    {
        assert_eq!(desk.error(line), "library_not_found");
    }
    desk.json(&["remember", "x"]);
    assert_eq!(desk.json(&["memories"])["total"], 1);
}

#[test]
fn files_of_memories_and_questions_are_taken_line_by_line() {
    let desk = Desk::new();
    let items = "\
{\"key\":\"1\",\"text\":\"Have you seen the lighthouse?\",\"session\":\"walk\",\"speaker\":\"Ann\",\"time\":\"1:56 pm on 8 May, 2023\"}

{\"key\":\"2\",\"text\":\"Yes, on Sunday.\",\"session\":\"walk\",\"speaker\":\"Bob\",\"kind\":\"turn\",\"tags\":[\"sea\"],\"unknown\":7}
{\"key\":\"3\",\"text\":\"Boil the carrots.\",\"speaker\":\"\",\"kind\":null,\"valid\":{\"until\":\"2001-01-01\"}}
";
    let items = desk.file("items.jsonl", items);
    let items = items.to_str().unwrap();
    assert_eq!(desk.json(&["remember", "--from", items]), json!({ "remembered": 3, "replaced": 0 }));
    assert_eq!(desk.json(&["remember", "--from", items])["replaced"], 3);
    let questions = desk.file(
        "questions.jsonl",
        "{\"id\":\"a\",\"query\":\"lighthouse\"}\n{\"id\":7,\"query\":\"carrots\",\"relevant\":[]}\n",
    );
    let questions = questions.to_str().unwrap();
    for json in [true, false] {
        let flag = json.then_some("--json");
        let arguments = flag.into_iter().chain(["recall", "--from", questions, "--limit", "2"]);
        let output = desk.run(&arguments.collect::<Vec<_>>());
        let lines: Vec<Value> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!((lines.len(), &lines[0]["id"], &lines[1]["id"]), (2, &json!("a"), &json!(7)));
        assert_eq!(keys(&lines[0])[0], "1");
        assert_keys(&lines[0]["hits"][0], &["key", "score"]);
        // What held until 2001 is not told now.
        assert!(!keys(&lines[1]).contains(&"3"));
    }
    assert_eq!(keys(&desk.json(&["recall", "carrots", "--at", "2000-01-01"]))[0], "3");
    assert_eq!(desk.json(&["memories", "--expire"]), json!({ "expired": 1 }));
    assert_eq!(desk.json(&["memories", "--undo"]), json!({ "undone": true }));
    assert_eq!(desk.json(&["memories"])["total"], 3);
    // One bad line, and none is taken.
    for bad in ["{\"key\":\"9\",\"text\":\"x\"}\n{\"key\":\"10\"}", "{\"key\":\"9\",\"text\":\"x\"}\nnothing"]
    {
        let bad = desk.file("bad.jsonl", bad);
        let failure = desk.failure(&["remember", "--from", bad.to_str().unwrap()]);
        assert_eq!(failure["code"], "invalid_argument");
        assert!(failure["message"].as_str().unwrap().contains("line 2"), "{failure}");
    }
    let not_text = desk.file("bad.jsonl", b"{\"text\":\"\xff\"}");
    assert_eq!(desk.error(&["remember", "--from", not_text.to_str().unwrap()]), "not_utf8");
    assert_eq!(desk.error(&["remember", "--from", "/nowhere.jsonl"]), "path_not_found");
    assert_eq!(desk.error(&["remember", "--from", items, "text"]), "usage");
    assert_eq!(desk.error(&["remember", "--from", items, "--key", "k"]), "usage");
    assert_eq!(desk.json(&["memories"])["total"], 3);
    let piped = desk.json_from(&["remember", "--from", "-"], "{\"text\":\"from a pipe\"}");
    assert_eq!(piped["remembered"], 1);
}

#[test]
fn forgetting_is_final_unless_it_is_to_be_undoable() {
    let desk = Desk::new();
    desk.json(&["remember", "The ring lies in the well.", "--key", "ring"]);
    let answer = desk.json(&["forget", "ring", "--undoable"]);
    assert_eq!(answer, json!({ "forgotten": ["ring"] }));
    assert_eq!(keys(&desk.json(&["recall", "ring"])), [""; 0]);
    desk.json(&["memories", "--undo"]);
    assert_eq!(keys(&desk.json(&["recall", "ring"])), ["ring"]);
    assert_eq!(desk.json(&["forget", "ring"]), json!({ "forgotten": ["ring"] }));
    assert_eq!(desk.error(&["forget", "ring"]), "memory_not_found");
    desk.json(&["memories", "--undo"]);
    assert_eq!(desk.json(&["memories"])["total"], 0);
    assert_eq!(desk.error(&["memories", "--undo"]), "nothing_to_undo");
}

#[test]
fn consolidation_says_first_what_it_would_do() {
    let desk = Desk::new();
    for (key, text) in
        [("a", "Mary's eyes are grey."), ("b", "mary's eyes are grey"), ("c", "Mary's eyes are green.")]
    {
        desk.json(&["remember", text, "--key", key]);
    }
    let planned = desk.json(&["consolidate", "--dry-run"]);
    assert_eq!(
        planned,
        json!({
            "merged": [{ "kept": "a", "absorbed": ["b"] }],
            "contradictions": [{ "keys": ["a", "c"], "why": "value" }],
            "groups": [],
        })
    );
    assert_eq!(desk.json(&["memories"])["total"], 3);
    assert_eq!(desk.json(&["consolidate"]), planned);
    let listed = desk.json(&["memories", "--contradictory"]);
    assert_eq!((&listed["total"], &listed["memories"][0]["key"]), (&json!(2), &json!("c")));
    assert_eq!(listed["memories"][0]["contradictions"], json!([{ "key": "a", "why": "value" }]));
    assert_eq!(desk.json(&["memories", "b"])["memory"]["key"], "a");
    desk.json(&["memories", "--undo"]);
    assert_eq!(desk.json(&["memories"])["total"], 3);
    let line = "{\"text\":\"They spoke of the strike.\",\"session\":\"old\"}";
    desk.json_from(&["remember", "--from", "-"], line);
    let groups = desk.json(&["consolidate", "--dry-run", "--older-than", "2999-01-01", "--least-bytes", "1"]);
    assert_eq!((&groups["groups"][0]["session"], &groups["groups"][0]["bytes"]), (&json!("old"), &json!(25)));
}

#[test]
fn sources_and_chapters_are_named_as_documents_are() {
    let desk = Desk::new();
    let first = desk.document("Chapter 1", "😀 The ring lies in the well.");
    let second = desk.document("Chapter 2", "Harry Carson was shot.");
    desk.json(&["remember", "The ring", "--key", "ring", "--source", "Chapter 1", "--range", "7-11"]);
    desk.json(&["edit", &first, "--at", "0", "--insert", "Rain. "]);
    let answer = desk.json(&["memories", "ring"]);
    assert_eq!(answer["places"], json!([{ "document": first, "range": [13, 17], "gone": false }]));
    desk.json(&["purge", &first, "--yes"]);
    let answer = desk.json(&["memories", "ring"]);
    assert_eq!(answer["places"], json!([{ "document": first, "range": null, "gone": true }]));
    let third = desk.document("Chapter 1", "Before.");
    desk.json(&["remember", "Harry was shot", "--key", "shot", "--from-document", &second]);
    assert!(!keys(&desk.json(&["recall", "Harry", "--place", &third])).contains(&"shot"));
    assert_eq!(keys(&desk.json(&["recall", "Harry", "--place", "Chapter 2"]))[0], "shot");
    assert_eq!(desk.error(&["recall", "Harry", "--place", "Chapter 9"]), "document_not_found");
    let line = format!("{{\"text\":\"x\",\"source\":{{\"document\":\"{second}\",\"range\":[0,5]}}}}");
    desk.json_from(&["remember", "--from", "-"], line);
    let nowhere = crate::common::with_input(
        desk.command().args(["--json", "remember", "--from", "-"]),
        b"{\"text\":\"x\",\"source\":{\"document\":\"Chapter 9\",\"range\":[0,5]}}",
    );
    let failure = failure_of(&nowhere);
    assert_eq!(failure["code"], "document_not_found");
    assert!(failure["message"].as_str().unwrap().contains("line 1"));
}

#[test]
fn recalling_works_beside_a_writer_and_keeps_what_it_read() {
    let desk = Desk::new();
    let lines: Vec<String> =
        (0..200).map(|n| format!("{{\"key\":\"{n}\",\"text\":\"Ship number {n}.\"}}")).collect();
    desk.json_from(&["remember", "--from", "-"], lines.join("\n"));
    assert_eq!(keys(&desk.json(&["recall", "ship 77"]))[0], "77");
    let names = || {
        let files = std::fs::read_dir(desk.library()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("memories.")).collect::<Vec<_>>()
    };
    let kept = names();
    assert_eq!(kept.len(), 1);
    assert_eq!(keys(&desk.json(&["recall", "ship 78"]))[0], "78");
    assert_eq!(names(), kept);
    desk.json(&["forget", "78"]);
    assert!(names() != kept && names().len() == 1);
    let held = writemagic::Library::open(desk.library(), writemagic::OpenOptions::new()).unwrap();
    assert_eq!(keys(&desk.json(&["recall", "ship 79"]))[0], "79");
    assert_eq!(desk.error(&["remember", "x"]), "library_busy");
    drop(held);
}
