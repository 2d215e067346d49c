//! Documents: made, found, changed, trashed and purged.

use serde_json::{Value, json};

use crate::common::{Desk, assert_document, assert_keys};

fn changed(answer: &Value) -> &Value {
    assert_keys(answer, &["document"]);
    assert_document(&answer["document"]);
    &answer["document"]
}

#[test]
fn a_new_document_has_what_it_was_given() {
    let desk = Desk::new();
    let answer = desk.json_from(
        &["new", "Chapter 1", "--folder", "Novel/Draft", "--stdin", "--kind", "text", "--language", "en-GB"],
        "\u{feff}It rained.\r\n",
    );
    let document = changed(&answer);
    assert_eq!(document["title"], "Chapter 1");
    assert_eq!(document["kind"], "text");
    assert_eq!(document["folder"], "Novel/Draft");
    assert_eq!(document["trashed"], false);
    // The byte order mark is an attribute of the file, not text.
    assert_eq!(document["stats"]["chars"], 12);
    assert_eq!(desk.text("Chapter 1"), "It rained.\r\n");

    let answer = desk.json(&["new", "Empty"]);
    let document = changed(&answer);
    assert_eq!((&document["kind"], &document["folder"]), (&json!("markdown"), &json!("")));
    assert_eq!(document["stats"]["bytes"], 0);
}

#[test]
fn a_body_must_be_utf8_and_an_invalid_one_creates_nothing() {
    let desk = Desk::new();
    let mut command = desk.command();
    let output = crate::common::with_input(command.args(["--json", "new", "A", "--stdin"]), b"abc\xff");
    let error = crate::common::failure_of(&output);
    assert_eq!(error["code"], "not_utf8");
    assert_eq!(error["details"]["offset"], 3);
    assert!(!desk.library().exists());
}

#[test]
fn limits_name_the_value_and_the_limit() {
    let desk = Desk::new();
    desk.json(&["new", &"é".repeat(512)]);
    let error = desk.failure(&["new", &"é".repeat(513)]);
    assert_eq!(error["code"], "limit_exceeded");
    assert_eq!((&error["details"]["value"], &error["details"]["limit"]), (&json!(1026), &json!(1024)));
    assert_eq!(desk.error(&["new", "A", "--folder", "a//b"]), "invalid_folder_name");
    assert_eq!(desk.error(&["new", "A", "--folder", &vec!["a"; 65].join("/")]), "limit_exceeded");
    assert_eq!(desk.error(&["new", "A", "--language", "no tag"]), "invalid_language_tag");
}

#[test]
fn a_title_may_be_anything_and_is_escaped_for_people_only() {
    let desk = Desk::new();
    let title = "-x\u{1b}[31m\tred\u{7}\n\u{202e}";
    let answer = desk.json(&["new", title]);
    assert_eq!(changed(&answer)["title"], title);
    let output = desk.run(&["list"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown.lines().count(), 1);
    assert_eq!(shown.split('\t').nth(1), Some("-x\\u{1b}[31m\\tred\\u{7}\\n\\u{202e}"));
}

#[test]
fn documents_are_found_by_id_title_and_prefix_in_this_order() {
    let desk = Desk::new();
    let first = desk.document("Twin", "first");
    let second = desk.document("Twin", "second");
    // A title that is another document's id: the id wins.
    desk.document(&first, "pretender");
    assert_eq!(desk.text(&first), "first");
    let error = desk.failure(&["show", "Twin"]);
    assert_eq!(error["code"], "ambiguous_document");
    assert_eq!(error["details"]["count"], 2);
    desk.json(&["trash", &first]);
    assert_eq!(desk.text("Twin"), "second");
    assert_eq!(desk.text(&second[..35]), "second");
    assert_eq!(desk.error(&["show", &second[..5]]), "document_not_found");
    assert_eq!(desk.error(&["show", "Nobody"]), "document_not_found");
    assert!(desk.failure(&["show", "Nobody"])["message"].as_str().unwrap().contains("Nobody"));
}

#[test]
fn renaming_moving_and_trashing_answer_with_the_document() {
    let desk = Desk::new();
    let id = desk.document("A", "text");
    assert_eq!(changed(&desk.json(&["rename", &id, "-5 degrees"]))["title"], "-5 degrees");
    for _ in 0..2 {
        assert_eq!(changed(&desk.json(&["move", &id, "X/Y"]))["folder"], "X/Y");
    }
    for _ in 0..2 {
        assert_eq!(changed(&desk.json(&["trash", &id]))["trashed"], true);
    }
    assert_eq!(changed(&desk.json(&["rename", &id, "B"]))["trashed"], true);
    assert_eq!(changed(&desk.json(&["move", &id, ""]))["folder"], "");
    assert_eq!(desk.json(&["edit", &id, "--insert", "more "])["document"], id);
    assert_eq!(desk.text(&id), "more text");
    for _ in 0..2 {
        assert_eq!(changed(&desk.json(&["untrash", &id]))["trashed"], false);
    }
}

#[test]
fn purging_needs_the_word_and_is_for_good() {
    let desk = Desk::new();
    let id = desk.document("A", "text");
    assert_eq!(desk.error(&["purge", &id]), "confirmation_required");
    assert_eq!(desk.text(&id), "text");
    desk.json(&["trash", &id]);
    assert_eq!(changed(&desk.json(&["purge", &id, "--yes"]))["id"], id);
    assert_eq!(desk.error(&["show", &id]), "document_not_found");
    assert_eq!(desk.error(&["purge", &id, "--yes"]), "document_not_found");
}

#[test]
fn targets_and_languages_stand_beside_the_document() {
    let desk = Desk::new();
    let id = desk.document("A", "");
    let answer = desk.json(&["target", &id, "--words", "500"]);
    assert_keys(&answer, &["document", "targets"]);
    assert_document(&answer["document"]);
    assert_eq!(answer["targets"], json!({ "words": 500, "chars": null }));
    let answer = desk.json(&["target", &id, "--chars", "9", "--words", "0"]);
    assert_eq!(answer["targets"], json!({ "words": null, "chars": 9 }));
    assert_eq!(desk.error(&["target", &id, "--words", "1000000001"]), "limit_exceeded");

    let answer = desk.json(&["language", &id, "pt-BR"]);
    assert_keys(&answer, &["document", "language"]);
    assert_eq!(answer["language"], "pt-BR");
    assert_eq!(desk.json(&["language", &id, "--clear"])["language"], Value::Null);
}

#[test]
fn lists_go_from_the_newest_change_page_by_page() {
    let desk = Desk::new();
    let ids: Vec<String> = (0..5).map(|n| desk.document(&format!("D{n}"), "x")).collect();
    desk.json(&["edit", &ids[1], "--insert", "y"]);
    desk.json(&["trash", &ids[4]]);
    let mut seen = Vec::new();
    let mut after = Vec::new();
    loop {
        let page = desk.json(&[&["list", "--limit", "2"].map(String::from)[..], &after[..]].concat());
        assert_keys(&page, &["documents", "next", "total"]);
        assert_eq!(page["total"], 4);
        for document in page["documents"].as_array().unwrap() {
            assert_document(document);
            seen.push(document["id"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => after = vec!["--after".to_owned(), next.to_owned()],
            None => break,
        }
    }
    assert_eq!(seen, [&ids[1], &ids[3], &ids[2], &ids[0]].map(Clone::clone));
    assert_eq!(desk.json(&["list", "--trashed"])["documents"][0]["id"], ids[4]);
    assert_eq!(desk.json(&["list", "--limit", "99999999"])["total"], 4);
    assert_eq!(desk.error(&["list", "--after", "nonsense"]), "invalid_argument");
}

#[test]
fn a_folder_filter_is_recursive_and_an_unknown_folder_is_empty() {
    let desk = Desk::new();
    desk.json(&["new", "A", "--folder", "P"]);
    desk.json(&["new", "B", "--folder", "P/Q"]);
    desk.json(&["new", "C"]);
    assert_eq!(desk.json(&["list", "--folder", "P"])["total"], 2);
    assert_eq!(
        desk.json(&["list", "--folder", "Nowhere"]),
        json!({ "documents": [], "next": null, "total": 0 })
    );
}

#[test]
fn show_gives_the_text_exactly() {
    let desk = Desk::new();
    let text = "# Title\r\n\ttab \u{1b}[1m\0 é\u{301} 👩\u{200d}🚀\n\nno end";
    let id = desk.document("A", text);
    let answer = desk.json(&["show", &id]);
    assert_keys(&answer, &["document", "text"]);
    assert_document(&answer["document"]);
    assert_eq!(answer["text"], text);
    assert_eq!(desk.run(&["show", &id]).stdout, text.as_bytes());
}

#[test]
fn scripts_get_the_id_of_what_was_made() {
    let desk = Desk::new();
    let output = desk.run(&["new", "A"]);
    let id = String::from_utf8(output.stdout).unwrap();
    assert_eq!(desk.json(&["show", id.trim()])["document"]["title"], "A");
}
