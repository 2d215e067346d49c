//! `bible`: entries, facts, mentions, and names that change everywhere.

use serde_json::{Value, json};

use crate::common::{Desk, assert_keys};

const ENTRY_KEYS: [&str; 9] =
    ["id", "kind", "name", "inflected", "aliases", "notes", "visibility", "created", "modified"];

fn shown(desk: &Desk, arguments: &[&str]) -> String {
    let output = desk.run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[test]
fn an_entry_is_added_shown_changed_listed_and_removed() {
    let desk = Desk::new();
    let added =
        desk.json(&["bible", "add", "person", "Ruth Miller", "--alias", "Ruth", "--visibility", "always"]);
    assert_keys(&added, &["entry"]);
    assert_keys(&added["entry"], &ENTRY_KEYS);
    assert_eq!(added["entry"]["aliases"], json!([{"name": "Ruth", "inflected": false}]));
    assert_eq!(added["entry"]["visibility"], "always");
    let set =
        desk.json(&["bible", "set", "ruth", "--notes", "tall", "--kind", "hero", "--inflected", "true"]);
    assert_eq!((&set["entry"]["kind"], &set["entry"]["notes"]), (&json!("hero"), &json!("tall")));
    desk.json(&["bible", "alias", "ruth", "Miss Miller", "--inflected"]);
    desk.json(&["bible", "alias", "ruth", "RUTH", "--remove"]);
    let ruth = desk.json(&["bible", "show", "miss miller"]);
    assert_keys(&ruth, &["entry", "facts"]);
    assert_eq!(ruth["entry"]["aliases"], json!([{"name": "Miss Miller", "inflected": true}]));
    desk.json(&["bible", "add", "place", "Oz"]);
    let names = |arguments: &[&str]| -> Vec<String> {
        let listed = desk.json(arguments);
        let entries = listed["entries"].as_array().unwrap().clone();
        entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&["bible", "list"]), ["Oz", "Ruth Miller"]);
    assert_eq!(names(&["bible", "list", "--kind", "hero"]), ["Ruth Miller"]);
    assert_eq!(
        shown(&desk, &["bible", "list"]),
        "Oz\tplace\t\twhen-mentioned\nRuth Miller\thero\tMiss Miller\talways\n"
    );
    desk.json(&["bible", "remove", "Ruth Miller"]);
    assert_eq!(names(&["bible", "list"]), ["Oz"]);
    assert_eq!(desk.error(&["bible", "show", "Ruth Miller"]), "bible_entry_not_found");
    assert_eq!(desk.error(&["bible", "add", "person", "?"]), "invalid_argument");
    assert_eq!(desk.error(&["bible", "add", " ", "Ruth"]), "usage");
    desk.json(&["bible", "add", "thing", "oz"]);
    assert_eq!(desk.error(&["bible", "show", "OZ"]), "ambiguous_bible_entry");
}

#[test]
fn facts_hold_from_a_chapter_on() {
    let desk = Desk::new();
    let nine = desk.document("Chapter 9", "Ruth has the ring.");
    let ten = desk.document("Chapter 10", "It is gone.");
    desk.json(&["bible", "add", "person", "Ruth"]);
    desk.json(&["bible", "fact", "Ruth", "wears the ring", "--until", "Chapter 10"]);
    let facts =
        desk.json(&["bible", "fact", "Ruth", "lost the ring", "--from", "Chapter 10", "--from-at", "3"]);
    let facts = facts["facts"].as_array().unwrap();
    assert_keys(&facts[1], &["id", "text", "from", "until", "lost"]);
    assert_eq!(facts[0]["until"], json!({"document": ten, "at": null}));
    assert_eq!(facts[1]["from"], json!({"document": ten, "at": 3}));
    let at = |arguments: &[&str]| -> Vec<Value> {
        let shown = desk.json(&[&["bible", "show", "Ruth"], arguments].concat());
        shown["facts"].as_array().unwrap().iter().map(|fact| fact["text"].clone()).collect()
    };
    assert_eq!(at(&["--at", &nine]), ["wears the ring"]);
    assert_eq!(at(&["--at", &ten]), Vec::<Value>::new());
    assert_eq!(at(&["--at", &ten, "--offset", "3"]), ["lost the ring"]);
    let page = shown(&desk, &["bible", "show", "Ruth"]);
    assert!(page.contains("wears the ring") && page.contains("until Chapter 10"), "{page}");
    desk.json(&["purge", &ten, "--yes"]);
    let lost = desk.json(&["bible", "show", "Ruth"]);
    assert_eq!(lost["facts"][0]["until"], json!({"document": null, "at": null}));
    assert_eq!(lost["facts"][0]["lost"], true);
    let left = desk.json(&["bible", "fact", "Ruth", "--remove", id(&facts[0])]);
    assert_eq!(left["facts"].as_array().unwrap().len(), 1);
    assert_eq!(desk.error(&["bible", "fact", "Ruth", "--remove", id(&facts[0])]), "bible_fact_not_found");
    assert_eq!(desk.error(&["bible", "fact", "Ruth"]), "usage");
}

#[test]
fn mentions_are_listed_with_their_ranges() {
    let desk = Desk::new();
    let one = desk.document("1", "😀 RUTH’s ring.\nOz and Ruth.");
    desk.json(&["bible", "add", "person", "Ruth"]);
    desk.json(&["bible", "add", "place", "Oz", "--visibility", "never"]);
    let found = desk.json(&["bible", "mentions", "ruth"]);
    assert_keys(&found, &["mentions", "total", "documents"]);
    assert_keys(&found["mentions"][0], &["document", "title", "range", "name", "text", "entries"]);
    assert_eq!((&found["total"], &found["documents"]), (&json!(2), &json!(1)));
    assert_eq!(found["mentions"][0]["range"], json!([3, 7]));
    assert_eq!(
        (&found["mentions"][0]["name"], &found["mentions"][0]["text"]),
        (&json!("Ruth"), &json!("RUTH"))
    );
    let all = desk.json(&["bible", "mentions", "--in", "1", "--limit", "2"]);
    assert_eq!((all["mentions"].as_array().unwrap().len(), &all["total"]), (2, &json!(3)));
    assert_eq!(all["mentions"][1]["name"], "Oz");
    let lines = shown(&desk, &["bible", "mentions", "Ruth"]);
    assert_eq!(lines, format!("{one}\t3-7\tRUTH\n{one}\t23-27\tRuth\n"));
    let near = desk.json(&["bible", "near", "1", "--range", "16-27"]);
    assert_eq!(near["entries"].as_array().unwrap().len(), 1);
    assert_keys(&near["entries"][0], &["entry", "ranges"]);
    assert_eq!(
        (&near["entries"][0]["entry"]["name"], &near["entries"][0]["ranges"]),
        (&json!("Ruth"), &json!([[23, 27]]))
    );
    assert_eq!(desk.error(&["bible", "mentions"]), "usage");
    assert_eq!(desk.error(&["bible", "mentions", "nobody"]), "bible_entry_not_found");
}

#[test]
fn a_renaming_is_shown_done_and_taken_back() {
    let desk = Desk::new();
    let one = desk.document("1", "RUTH’s ring. Ruth!");
    let two = desk.document("2", "Ruth");
    desk.json(&["bible", "add", "person", "Ruth"]);
    let preview = desk.json(&["bible", "rename", "Ruth", "Anna", "--leave", "2"]);
    assert_keys(&preview, &["documents", "replaced", "left", "shared"]);
    assert_eq!((&preview["replaced"], &preview["left"]), (&json!(3), &json!(0)));
    assert_keys(&preview["documents"][0], &["document", "title", "left_out", "changes"]);
    let change = json!({"range": [0, 4], "before": "RUTH", "after": "ANNA", "shared": false});
    assert_eq!(preview["documents"][0]["changes"][0], change);
    assert_eq!(preview["documents"][1]["left_out"], true);
    assert_eq!(desk.text(&one), "RUTH’s ring. Ruth!");
    let renamed = desk.json(&["bible", "rename", "Ruth", "Anna", "--leave", "2", "--yes"]);
    assert_keys(&renamed, &["rename"]);
    let rename = &renamed["rename"];
    assert_keys(rename, &["id", "entry", "old", "new", "time", "undone", "complete", "documents"]);
    assert_eq!(rename["documents"], json!([{"document": one, "state": "done"}]));
    assert_eq!((desk.text(&one), desk.text(&two)), ("ANNA’s ring. Anna!".to_owned(), "Ruth".to_owned()));
    desk.json(&["edit", &one, "--at", "18", "--insert", " So."]);
    assert_eq!(id(&desk.json(&["bible", "renames", "Anna"])["renames"][0]), id(rename));
    assert_eq!(desk.json(&["bible", "finish", id(rename)])["rename"]["complete"], true);
    let undone = desk.json(&["bible", "undo", id(rename)]);
    assert_eq!((&undone["rename"]["undone"], &undone["rename"]["complete"]), (&json!(true), &json!(true)));
    assert_eq!(desk.text(&one), "RUTH’s ring. Ruth! So.");
    assert_eq!(desk.json(&["bible", "show", "Ruth"])["entry"]["name"], "Ruth");
    assert_eq!(desk.error(&["bible", "undo", "0199a2c4-7d1e"]), "bible_rename_not_found");
    let again = desk.json(&["bible", "rename", "Ruth", "Eva", "--yes"]);
    desk.json(&["bible", "rename", "Eva", "Ida", "--yes"]);
    assert_eq!(desk.error(&["bible", "undo", id(&again["rename"])]), "bible_rename_superseded");
}
