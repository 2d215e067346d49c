//! `find`: patterns in one document, and replacing them.

use serde_json::json;

use crate::common::{Desk, assert_keys};

#[test]
fn case_accents_and_width_are_ignored_unless_asked_for() {
    let desk = Desk::new();
    let document = desk.document("a", "😀 Café, cafe\u{301}s and ＣＡＦＥ");
    let found = |options: &[&str]| {
        desk.json(&[&["find", &document, "cafe"][..], options].concat())["matches"].clone()
    };
    assert_eq!(found(&[]), json!([[3, 7], [9, 14], [20, 24]]));
    assert_eq!(found(&["--whole-word"]), json!([[3, 7], [20, 24]]));
    assert_eq!(found(&["--match-case"]), json!([[9, 14]]));
    assert_eq!(found(&["--match-diacritics"]), json!([[20, 24]]));
    let answer = desk.json(&["find", "a", "absent"]);
    assert_keys(&answer, &["matches", "replaced"]);
    assert_eq!(answer, json!({"matches": [], "replaced": 0}));
}

#[test]
fn every_match_is_replaced_and_nothing_else() {
    let desk = Desk::new();
    let text = "Anna saw ANNA, and Annabel saw annÁ.\n".repeat(500);
    let document = desk.document("a", &text);
    let answer = desk.json(&["find", &document, "anna", "--whole-word", "--replace", "Ева 😀"]);
    assert_eq!(answer["replaced"], 1500);
    assert_eq!(answer["matches"].as_array().unwrap().len(), 1500);
    assert_eq!(answer["matches"][1], json!([9, 13]));
    assert_eq!(desk.text(&document), "Ева 😀 saw Ева 😀, and Annabel saw Ева 😀.\n".repeat(500));
    assert_eq!(desk.json(&["find", &document, "saw ", "--replace", ""])["replaced"], 1000);
    assert_eq!(desk.text(&document), "Ева 😀 Ева 😀, and Annabel Ева 😀.\n".repeat(500));
    assert_eq!(desk.json(&["doctor"])["ok"], true);
}

#[test]
fn what_cannot_be_searched_for_or_would_not_fit_is_refused_and_changes_nothing() {
    let desk = Desk::new();
    let document = desk.document("a", &"x".repeat(10_000));
    assert_eq!(desk.error(&["find", &document, ""]), "invalid_argument");
    assert_eq!(desk.error(&["find", &document, "\u{AD}"]), "invalid_argument");
    assert_eq!(desk.error(&["find", "nobody", "x"]), "document_not_found");
    let large = "y".repeat(10_000);
    let refused = desk.failure(&["find", &document, "x", "--replace", &large]);
    assert_eq!(refused["code"], "limit_exceeded");
    assert_eq!(refused["details"]["value"], 100_000_000);
    assert_eq!(desk.text(&document), "x".repeat(10_000));
}

#[test]
fn a_person_sees_each_match_in_its_line_and_programs_read_ranges() {
    let desk = Desk::new();
    let document = desk.document("a", "one\ntwo three\n");
    let output = desk.run(&["find", &document, "THREE"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "8\t13\n");
}
