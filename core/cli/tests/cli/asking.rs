//! Questions about the writer's texts, with a model and without, and what a model is shown.

use serde_json::{Value, json};

use crate::answers::{Server, events, whole};
use crate::common::{Desk, assert_keys};

const RING: &str = "Ada dropped her wedding ring into the well behind the mill.";

fn desk() -> (Desk, String) {
    let desk = Desk::new();
    desk.document("Soup", "Boil the carrots in salted water until they are soft.");
    let well = desk.document("The well", RING);
    desk.document("Chapter 2", "She looked for her ring all morning, and could not say where it was.");
    (desk, well)
}

#[test]
fn a_question_is_answered_with_ranges_of_its_sources() {
    let (desk, well) = desk();
    let server = Server::new(vec![whole(&["In the well [1], ", "of course [9]."])]);
    server.known_as(&desk, "near");
    let (told, _) = events(&desk, &["ask", "Where did Ada lose her ring?"]);
    let end = told.last().unwrap();
    assert_eq!(end["type"], "completed");
    let sources = end["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert_keys(&sources[0], &["document", "range", "version", "number", "title", "tokens", "kind"]);
    let body = server.asked()[0].body.to_string();
    // Both passages about the ring were shown, numbered, between the tags of quoted text.
    assert!(body.contains("[1] ") && body.contains("[2] ") && body.contains(RING), "{body}");
    assert!(body.contains("writer-data"));
    let quoted = desk.text(sources[0]["document"].as_str().unwrap());
    let range: Vec<usize> = serde_json::from_value(sources[0]["range"].clone()).unwrap();
    assert!(body.contains(&quoted[range[0]..range[1]]));

    // Of one document alone.
    let server = Server::new(vec![whole(&["There [1]."])]);
    server.known_as(&desk, "near");
    let (told, _) = events(&desk, &["ask", "Where is the ring?", "--doc", &well]);
    assert_eq!(told.last().unwrap()["sources"][0]["document"], json!(well));
    assert!(!server.asked()[0].body.to_string().contains("all morning"));
}

#[test]
fn without_a_model_the_passages_themselves_answer() {
    let (desk, well) = desk();
    let found = desk.json(&["ask", "--offline", "Where did the jewellery of Ada fall?"]);
    assert_keys(&found["hits"][0], &["document", "version", "range", "score", "title", "text"]);
    assert_eq!((&found["hits"][0]["document"], &found["hits"][0]["text"]), (&json!(well), &json!(RING)));
    let one = desk.json(&["ask", "--offline", "cooking", "--limit", "1", "--doc", &well]);
    assert_eq!(one["hits"].as_array().unwrap().len(), 1);
    assert_eq!(one["hits"][0]["document"], json!(well));
    let shown = desk.run(&["ask", "--offline", "the well"]);
    assert!(String::from_utf8(shown.stdout).unwrap().contains(RING));
}

#[test]
fn what_a_model_would_be_given_is_shown_with_its_sources_and_is_the_same_again() {
    let (desk, well) = desk();
    let show = |budget: &str| desk.json(&["context", "Chapter 2", "--at", "36", "--budget", budget]);
    let shown = show("4096");
    assert_keys(&shown, &["tokens", "max_output_tokens", "sources", "left_out", "system", "prompt"]);
    let sources = shown["sources"].as_array().unwrap();
    assert_eq!((&sources[0]["kind"], &sources[0]["range"]), (&json!("text"), &json!([0, 36])));
    let documents: Vec<&Value> = sources.iter().map(|source| &source["document"]).collect();
    assert!(documents.contains(&&json!(well)), "{sources:?}");
    let prompt = shown["prompt"].as_str().unwrap();
    assert!(prompt.contains(RING) && prompt.contains("all morning") && !prompt.contains("could not say"));
    let budget = shown["tokens"].as_u64().unwrap() + shown["max_output_tokens"].as_u64().unwrap();
    assert!(budget <= 4_096);
    assert_eq!(show("4096"), shown);
    // The text goes first; what else there is only where it fits.
    let small = show("512");
    assert!(small["sources"].as_array().unwrap().len() <= sources.len());
}

#[test]
fn an_old_session_is_summed_up_by_a_model_where_one_is_asked_for() {
    let desk = Desk::new();
    let lines = "{\"key\":\"a\",\"text\":\"They spoke of the strike.\",\"session\":\"old\",\"speaker\":\"Ada\"}\n\
                 {\"key\":\"b\",\"text\":\"Nobody had bread.\",\"session\":\"old\"}\n";
    desk.json_from(&["remember", "--from", "-"], lines);
    let server = Server::new(vec![whole(&["Ada and others spoke of the strike; ", "there was no bread."])]);
    server.known_as(&desk, "near");
    let old = ["consolidate", "--older-than", "2999-01-01", "--least-bytes", "1"];
    let done = desk.json(&[&old[..], &["--summarize"]].concat());
    let key = done["summaries"][0].as_str().unwrap();
    let body = server.asked()[0].body.to_string();
    assert!(body.contains("Ada: They spoke of the strike.") && body.contains("writer-data"), "{body}");
    let summary = &desk.json(&["memories", "a"])["memory"];
    assert_eq!((&summary["key"], &summary["kind"]), (&json!(key), &json!("summary")));
    assert_eq!(summary["text"], "Ada and others spoke of the strike; there was no bread.");
    assert_eq!(desk.json(&["recall", "bread"])["hits"][0]["key"], json!(key));
    // What a model said is taken back like anything else; one that fails changes nothing.
    desk.json(&["memories", "--undo"]);
    assert_eq!(desk.json(&["memories", "a"])["memory"]["text"], "They spoke of the strike.");
    desk.failure(&[&old[..], &["--summarize"]].concat());
    assert_eq!(desk.json(&["memories"])["total"], 2);
}
