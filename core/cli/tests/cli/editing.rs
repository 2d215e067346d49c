//! `edit`: one splice, durable when it returns.

use crate::common::{Desk, STATS_KEYS, assert_keys};

#[test]
fn a_splice_counts_in_utf16_units_and_answers_with_the_counts() {
    let desk = Desk::new();
    let id = desk.document("A", "a😀b");
    let answer = desk.json(&["edit", &id, "--at", "3", "--delete", "1", "--insert", "-y 語"]);
    assert_keys(&answer, &["document", "seq", "clamped", "stats"]);
    assert_keys(&answer["stats"], &STATS_KEYS);
    assert_eq!(answer["document"], id);
    assert_eq!(answer["clamped"], false);
    assert_eq!(answer["stats"]["utf16_units"], 7);
    assert_eq!(desk.text(&id), "a😀-y 語");
    let document = &desk.json(&["list"])["documents"][0];
    assert_eq!(document["stats"], answer["stats"]);
}

#[test]
fn every_event_counts_in_the_sequence() {
    let desk = Desk::new();
    let id = desk.document("A", "");
    let seq = |arguments: &[&str]| desk.json(&[&["edit", &id], arguments].concat())["seq"].as_u64().unwrap();
    assert_eq!(seq(&["--insert", "one"]), 3);
    assert_eq!(seq(&["--at", "1", "--delete", "1"]), 4);
    assert_eq!(seq(&[]), 4);
    assert_eq!(seq(&["--at", "2", "--insert", "x"]), 5);
}

#[test]
fn a_place_outside_the_text_is_moved_into_it() {
    let desk = Desk::new();
    for (at, delete, expected) in
        [("9", "0", "a😀bX"), ("2", "0", "aX😀b"), ("2", "1", "aXb"), ("1", "1", "aXb"), ("3", "9", "a😀X")]
    {
        let id = desk.document("A", "a😀b");
        let answer = desk.json(&["edit", &id, "--at", at, "--delete", delete, "--insert", "X"]);
        let text = desk.text(&id);
        assert!(!text.contains('\u{fffd}'));
        assert_eq!(text.chars().filter(|c| *c == 'X').count(), 1);
        if (at, delete) != ("1", "1") {
            // Half a deleted pair may go or stay; all the others are settled.
            assert_eq!((text.as_str(), answer["clamped"].as_bool()), (expected, Some(true)), "{at} {delete}");
        }
    }
    let far = u64::MAX.to_string();
    let id = desk.document("A", "abc");
    let answer = desk.json(&["edit", &id, "--at", &far, "--delete", &far, "--insert", "!"]);
    assert_eq!((desk.text(&id).as_str(), &answer["clamped"]), ("abc!", &true.into()));
}

#[test]
fn an_edit_of_nothing_changes_nothing() {
    let desk = Desk::new();
    let id = desk.document("A", "abc");
    let before = desk.json(&["show", &id]);
    assert_eq!(desk.json(&["edit", &id])["clamped"], false);
    assert_eq!(desk.json(&["show", &id]), before);
    assert_eq!(desk.error(&["edit", "Nobody", "--insert", "x"]), "document_not_found");
}

#[test]
fn an_insertion_may_look_like_an_option() {
    let desk = Desk::new();
    let id = desk.document("A", "");
    desk.json(&["edit", &id, "--insert", "--json"]);
    assert_eq!(desk.text(&id), "--json");
}
