//! `folder`: made, renamed, moved, ordered, deleted.

use serde_json::Value;

use crate::common::{Desk, assert_keys};

fn paths(desk: &Desk) -> Vec<String> {
    let answer = desk.json(&["folder", "list"]);
    assert_keys(&answer, &["folders"]);
    let folders = answer["folders"].as_array().unwrap();
    folders.iter().map(|folder| folder["path"].as_str().unwrap().to_owned()).collect()
}

fn folder(answer: &Value) -> &Value {
    assert_keys(answer, &["folder"]);
    assert_keys(&answer["folder"], &["id", "path", "name", "depth", "documents"]);
    &answer["folder"]
}

#[test]
fn folders_nest_and_keep_the_order_they_are_given() {
    let desk = Desk::new();
    let made = desk.json(&["folder", "create", "A/B"]);
    assert_eq!(folder(&made)["path"], "A/B");
    assert_eq!((&made["folder"]["name"], &made["folder"]["depth"]), (&"B".into(), &2.into()));
    for path in ["C", "D"] {
        desk.json(&["folder", "create", path]);
    }
    assert_eq!(paths(&desk), ["A", "A/B", "C", "D"]);
    assert_eq!(folder(&desk.json(&["folder", "order", "D", "--first"]))["path"], "D");
    assert_eq!(paths(&desk), ["D", "A", "A/B", "C"]);
    desk.json(&["folder", "order", "D", "--after", "A"]);
    assert_eq!(paths(&desk), ["A", "A/B", "D", "C"]);
    desk.json(&["folder", "order", "C", "--before", "A"]);
    desk.json(&["folder", "order", "A", "--last"]);
    assert_eq!(paths(&desk), ["C", "D", "A", "A/B"]);
    assert_eq!(desk.error(&["folder", "order", "A", "--before", "Z"]), "folder_not_found");
}

#[test]
fn folders_move_and_are_renamed_with_what_they_hold() {
    let desk = Desk::new();
    let id = desk.json(&["new", "X", "--folder", "A/B"])["document"]["id"].as_str().unwrap().to_owned();
    desk.json(&["folder", "create", "C"]);
    assert_eq!(folder(&desk.json(&["folder", "move", "A/B", "C"]))["path"], "C/B");
    assert_eq!(folder(&desk.json(&["folder", "rename", "C", "Ω"]))["path"], "Ω");
    assert_eq!(desk.json(&["show", &id])["document"]["folder"], "Ω/B");
    assert_eq!(folder(&desk.json(&["folder", "move", "Ω/B", ""]))["documents"], 1);
    assert_eq!(paths(&desk), ["A", "Ω", "B"]);
}

#[test]
fn what_cannot_be_is_refused() {
    let desk = Desk::new();
    desk.json(&["new", "X", "--folder", "A/B"]);
    assert_eq!(desk.error(&["folder", "create", "A"]), "folder_exists");
    assert_eq!(desk.error(&["folder", "create", "A//B"]), "invalid_folder_name");
    assert_eq!(desk.error(&["folder", "create", ".."]), "invalid_folder_name");
    assert_eq!(desk.error(&["folder", "rename", "A", "x/y"]), "invalid_folder_name");
    assert_eq!(desk.error(&["folder", "rename", "Nowhere", "x"]), "folder_not_found");
    assert_eq!(desk.error(&["folder", "move", "A", "A/B"]), "folder_cycle");
    assert_eq!(desk.error(&["folder", "delete", "A/B"]), "folder_not_empty");
    assert_eq!(desk.error(&["folder", "delete", "Nowhere"]), "folder_not_found");
}

#[test]
fn an_empty_folder_can_be_deleted() {
    let desk = Desk::new();
    desk.json(&["folder", "create", "A/B"]);
    let answer = desk.json(&["folder", "delete", "A/B"]);
    assert_keys(&answer, &["deleted"]);
    assert_eq!(answer["deleted"], "A/B");
    assert_eq!(paths(&desk), ["A"]);
}
