//! Versions, branches, merges, undo.

use serde_json::Value;

use crate::common::{Desk, assert_keys};

fn versions(desk: &Desk, id: &str) -> Vec<Value> {
    desk.json(&["history", id])["versions"].as_array().unwrap().clone()
}

/// The text that a difference makes of the old one.
fn patched(old: &str, answer: &Value) -> String {
    let mut units: Vec<u16> = old.encode_utf16().collect();
    for hunk in answer["hunks"].as_array().unwrap().iter().rev() {
        let at = |i: usize| hunk["old"][i].as_u64().unwrap() as usize;
        let old_text: Vec<u16> = hunk["old_text"].as_str().unwrap().encode_utf16().collect();
        assert_eq!(units[at(0)..at(1)], old_text);
        units.splice(at(0)..at(1), hunk["new_text"].as_str().unwrap().encode_utf16());
    }
    String::from_utf16(&units).unwrap()
}

#[test]
fn versions_are_listed_named_shown_compared_and_restored() {
    let desk = Desk::new();
    let id = desk.document("A", "It was a dark night. 😀");
    let first = desk.json(&["label", &id, "draft"]);
    assert_keys(&first, &["document", "label", "version", "time"]);
    desk.json(&["edit", &id, "--at", "9", "--delete", "4", "--insert", "bright 題"]);
    let listed = versions(&desk, &id);
    let keys = ["id", "time", "kind", "author", "label", "words_added", "words_removed", "edits"];
    listed.iter().for_each(|version| assert_keys(version, &keys));
    let all = desk.json(&["history", &id, "--all"])["versions"].as_array().unwrap().clone();
    assert_eq!(all.len(), 2);
    assert_eq!((all[0]["label"].as_str(), all[0]["words_added"].as_u64()), (Some("draft"), Some(5)));
    assert_eq!((all[1]["words_added"].as_u64(), all[1]["words_removed"].as_u64()), (Some(2), Some(1)));

    let version = first["version"].as_str().unwrap();
    for name in ["draft", version, &version[..10]] {
        assert_eq!(desk.json(&["show", &id, "--at", name])["text"], "It was a dark night. 😀");
    }
    assert_eq!(desk.json(&["stats", &id, "--at", "draft"])["total"]["words"], 5);
    let out = desk.path("out");
    desk.json(&["export", &id, "--at", "draft", "--to", out.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(out.join("A.md")).unwrap(), "It was a dark night. 😀");

    for by in ["words", "lines"] {
        let answer = desk.json(&["diff", &id, "draft", "--by", by]);
        assert_eq!(patched("It was a dark night. 😀", &answer), "It was a bright 題 night. 😀");
    }
    desk.json(&["restore", &id, "draft"]);
    assert_eq!(desk.text(&id), "It was a dark night. 😀");
    assert_eq!(versions(&desk, &id).last().unwrap()["kind"], "restore");
    desk.json(&["undo", &id]);
    assert_eq!(desk.text(&id), "It was a bright 題 night. 😀");
    desk.json(&["redo", &id]);
    assert_eq!(desk.text(&id), "It was a dark night. 😀");
    desk.json(&["label", &id, "draft", "--remove"]);
    assert_eq!(desk.error(&["show", &id, "--at", "draft"]), "version_not_found");
    assert_eq!(desk.error(&["restore", &id, "nothing"]), "version_not_found");
}

#[test]
fn branches_are_written_compared_merged_and_deleted() {
    let desk = Desk::new();
    let id = desk.document("A", "Once upon a time. The end.");
    assert_keys(
        &desk.json(&["branch", "create", &id, "sad"])["branch"],
        &["name", "id", "version", "created", "stats"],
    );
    assert_eq!(desk.error(&["branch", "create", &id, "sad"]), "branch_exists");
    desk.json(&["edit", &id, "--branch", "sad", "--at", "18", "--insert", "They died. "]);
    desk.json(&["edit", &id, "--at", "0", "--delete", "4", "--insert", "Twice"]);
    assert_eq!(desk.json(&["show", &id, "--branch", "sad"])["text"], "Once upon a time. They died. The end.");
    let branches = desk.json(&["branch", "list", &id]);
    let names: Vec<_> =
        branches["branches"].as_array().unwrap().iter().map(|branch| &branch["name"]).collect();
    assert_eq!(names, ["main", "sad"]);
    let merged = desk.json(&["merge", &id, "sad"]);
    assert_keys(&merged, &["document", "version", "overlaps"]);
    assert_eq!(desk.text(&id), "Twice upon a time. They died. The end.");
    let blame = desk.json(&["blame", &id]);
    assert_eq!(blame["ranges"][0][0], 0);
    assert_eq!(blame["ranges"].as_array().unwrap().last().unwrap()[1], 38);
    desk.json(&["merge", &id, "main", "--into", "sad"]);
    assert_eq!(
        desk.json(&["show", &id, "--branch", "sad"])["text"],
        "Twice upon a time. They died. The end."
    );
    desk.json(&["branch", "rename", &id, "sad", "ended"]);
    desk.json(&["branch", "delete", &id, "ended"]);
    assert_eq!(desk.error(&["show", &id, "--branch", "ended"]), "branch_not_found");
    assert_eq!(desk.error(&["merge", &id, "ended"]), "branch_not_found");
    assert_eq!(desk.json(&["doctor"])["ok"], true);
}

#[test]
fn a_recording_of_several_writers_is_played() {
    let desk = Desk::new();
    let trace = r#"{"startContent":"ab","endContent":"xaéb","txns":[
        {"parents":[],"agent":0,"patches":[[1,0,"é"]]},
        {"parents":[],"agent":1,"patches":[[0,0,"x"]]},
        {"parents":[0,1],"agent":0,"patches":[]}]}"#;
    let file = desk.file("trace.json", trace);
    let answer = desk.json(&["replay", file.to_str().unwrap()]);
    assert_eq!((answer["edits"].as_u64(), answer["text_matches_end"].as_bool()), (Some(2), Some(true)));
    let id = answer["document"].as_str().unwrap();
    assert_eq!(desk.text(id), "xaéb");
    desk.json(&["edit", id, "--at", "0", "--insert", "> "]);
    assert_eq!(desk.json(&["doctor"])["ok"], true);
    assert_eq!(desk.error(&["replay", file.to_str().unwrap(), "--doc", id]), "usage");
    let outside = desk.file(
        "outside.json",
        r#"{"txns":[{"parents":[],"patches":[[0,0,"a"]]},{"parents":[],"patches":[[1,0,"b"]]}]}"#,
    );
    assert_eq!(desk.error(&["replay", outside.to_str().unwrap()]), "invalid_trace");
}

#[test]
fn compact_says_what_it_would_forget_and_forgets_it_when_told() {
    let desk = Desk::new();
    let (id, other) = (desk.document("A", "One. the gardener"), desk.document("B", "B."));
    let with = desk.json(&["history", &id, "--all"])["versions"][0]["id"].as_str().unwrap().to_owned();
    desk.json(&["edit", &id, "--at", "5", "--delete", "12", "--insert", "Two."]);
    desk.json(&["edit", &other, "--at", "0", "--delete", "1"]);
    for arguments in [&["compact", "--before", "2999-01-01"][..], &["compact", &id, "--before", "2999-01-01"]]
    {
        let rehearsal = desk.json(arguments);
        assert_keys(&rehearsal, &["forgotten", "documents", "skipped", "bytes_freed"]);
        assert_eq!((&rehearsal["forgotten"], &rehearsal["bytes_freed"]), (&false.into(), &0.into()));
        let [entry, ..] = &rehearsal["documents"].as_array().unwrap()[..] else { panic!("{rehearsal}") };
        assert_keys(entry, &["document", "title", "versions", "characters", "fields"]);
        assert_eq!((&entry["document"], &entry["characters"]), (&id.as_str().into(), &12.into()));
    }
    assert_eq!(desk.json(&["show", &id, "--at", &with])["text"], "One. the gardener");
    assert_eq!(desk.json(&["compact", "--before", "2001-01-01", "--yes"])["documents"], Value::Array(vec![]));

    let told = desk.json(&["compact", "A", "--before", "2999-01-01T00:00:00+02:00", "--yes"]);
    assert_eq!((&told["forgotten"], told["documents"].as_array().unwrap().len()), (&true.into(), 1));
    assert_eq!(desk.error(&["show", &id, "--at", &with]), "version_forgotten");
    assert_eq!(desk.error(&["restore", &id, &with]), "version_forgotten");
    assert_eq!(desk.text(&id), "One. Two.");
    desk.json(&["undo", &other]);
    assert_eq!(desk.text(&other), "B.");
    assert_eq!(desk.json(&["doctor"])["ok"], true);
    assert_eq!(desk.error(&["compact", "--before", "yesterday"]), "usage");
    assert_eq!(desk.error(&["compact", "C", "--before", "2999-01-01"]), "document_not_found");
}
