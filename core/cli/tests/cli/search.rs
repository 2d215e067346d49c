//! `search`: hits, snippets and ranges.

use serde_json::{Value, json};

use crate::common::{Desk, assert_keys};

fn titles(answer: &Value) -> Vec<&str> {
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["title"].as_str().unwrap()).collect()
}

#[test]
fn a_hit_shows_where_the_query_matches_in_utf16_units() {
    let desk = Desk::new();
    let id = desk.document("Café", "😀 It was a dark and stormy night.");
    let answer = desk.json(&["search", "STORMY"]);
    assert_keys(&answer, &["hits", "total"]);
    assert_eq!(answer["total"], 1);
    let hit = &answer["hits"][0];
    assert_keys(hit, &["document", "title", "score", "snippet", "ranges"]);
    assert_eq!((&hit["document"], &hit["title"]), (&json!(id), &json!("Café")));
    assert!(hit["score"].is_number());
    let units: Vec<u16> = hit["snippet"].as_str().unwrap().encode_utf16().collect();
    let range = &hit["ranges"][0];
    let (start, end) = (range[0].as_u64().unwrap() as usize, range[1].as_u64().unwrap() as usize);
    assert_eq!(String::from_utf16(&units[start..end]).unwrap(), "stormy");
}

#[test]
fn queries_work_in_every_script_and_any_shape() {
    let desk = Desk::new();
    desk.document("zh", "舉頭望明月，低頭思故鄉。");
    desk.document("th", "แล้วสอนว่าอย่าไว้ใจมนุษย์");
    desk.document("ru", "Всё смешалось в доме Облонских.");
    desk.document("en", "It rained in the harbour; the café closed.");
    for (query, expected) in [
        ("明月", "zh"),
        ("月", "zh"),
        ("ใจ", "th"),
        ("все", "ru"),
        ("CAFE", "en"),
        ("harb*", "en"),
        ("\"the café\"", "en"),
    ] {
        assert_eq!(titles(&desk.json(&["search", query])), [expected], "{query}");
    }
    assert_eq!(titles(&desk.json(&["search", "rained -closed"])), [""; 0]);
    for query in ["\"", "((", "AND OR NOT", "*", "- -", "in:", "a\"b", "'; DROP TABLE", "-", "", "NEAR(a b)"]
    {
        let answer = desk.json(&["search", query]);
        assert!(answer["hits"].is_array(), "{query}");
    }
}

#[test]
fn folders_limits_and_words_narrow_a_search() {
    let desk = Desk::new();
    for n in 0..5 {
        desk.json_from(&["new", &format!("D{n}"), "--folder", "P/Q", "--stdin"], "rain and wind");
    }
    desk.document("Top", "rain");
    let answer = desk.json(&["search", "rain", "--folder", "P", "--limit", "2"]);
    assert_eq!((answer["hits"].as_array().unwrap().len(), &answer["total"]), (2, &json!(5)));
    assert_eq!(desk.json(&["search", "rain", "--folder", "Nowhere"]), json!({ "hits": [], "total": 0 }));
    assert_eq!(desk.json(&["search", "rain", "wind"])["total"], 5);
    assert_eq!(desk.json(&["search", "--mode", "words", "rain", "--limit", "99999999"])["total"], 6);
    assert_eq!(desk.json(&["search", "--", "--rain"])["hits"], json!([]));
    assert_eq!(desk.error(&["search", &"x".repeat(4097)]), "limit_exceeded");
}

#[test]
fn for_scripts_matches_stand_in_brackets() {
    let desk = Desk::new();
    let id = desk.document("A", "dark night");
    let output = desk.run(&["search", "night"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{id}\tA\tdark [night]\n"));
}

#[test]
fn a_question_is_answered_by_meaning() {
    let desk = Desk::new();
    let note = desk.document(
        "Linux NetworkManager troubleshooting",
        "Restart the wireless connection, then the router.",
    );
    desk.document("Soup", "Boil the carrots in salted water.");
    let story = desk.document(
        "Well",
        "😀 The boy laughed.\n\nShe dropped her wedding ring into the well behind the mill.\n",
    );
    let answer = desk.json(&["search", "--mode", "hybrid", "how to fix wifi"]);
    assert_keys(&answer, &["hits", "total", "by_meaning"]);
    assert_eq!((&answer["hits"][0]["document"], &answer["by_meaning"]), (&json!(note), &json!(true)));
    let answer = desk.json(&["search", "--mode", "meaning", "--limit", "1", "where did the jewellery fall"]);
    assert_eq!((&answer["hits"][0]["document"], &answer["total"]), (&json!(story), &json!(1)));
    let answer = desk.json(&["search", "--mode", "hybrid", "rings"]);
    let hit = &answer["hits"][0];
    assert_keys(
        hit,
        &["document", "title", "score", "snippet", "ranges", "range", "words", "nearby_words", "similarity"],
    );
    assert_eq!((&hit["words"], &hit["range"][0]), (&json!(["rings"]), &json!(0)));
    let units: Vec<u16> = hit["snippet"].as_str().unwrap().encode_utf16().collect();
    let range = &hit["ranges"][0];
    let (start, end) = (range[0].as_u64().unwrap() as usize, range[1].as_u64().unwrap() as usize);
    assert_eq!(String::from_utf16(&units[start..end]).unwrap(), "ring");
    assert_eq!(desk.json(&["search", "--mode", "hybrid", "--folder", "nowhere", "ring"])["hits"], json!([]));
    let shown = String::from_utf8(desk.run(&["search", "--mode", "hybrid", "ring"]).stdout).unwrap();
    assert!(shown.starts_with(&story.to_string()), "{shown}");
}
