//! `summary`, `bundle` and `pull`.

use crate::common::{Desk, assert_keys};

#[test]
fn what_one_library_lacks_comes_with_a_bundle_or_from_the_folder() {
    let (phone, desk) = (Desk::new(), Desk::new());
    let id = phone.document("A", "alpha beta");
    let file = phone.path("everything");
    let file = file.to_str().unwrap();
    let bundled = phone.json(&["bundle", "--to", file]);
    assert_keys(&bundled, &["path", "bytes", "documents", "events"]);
    assert_eq!((bundled["documents"].as_u64(), bundled["events"].as_u64()), (Some(1), Some(10)));
    let pulled = desk.json(&["pull", file]);
    assert_keys(&pulled, &["documents", "events", "conflicts"]);
    assert_eq!(desk.text(&id), "alpha beta");

    // Each writes, and what the other lacks is less than everything.
    desk.json(&["edit", &id, "--at", "0", "--delete", "5", "--insert", "ALPHA"]);
    phone.json(&["edit", &id, "--at", "10", "--insert", " gamma"]);
    let known = desk.file("known", desk.json(&["summary"]).to_string());
    let news = phone.path("news");
    let bundled = phone.json(&["bundle", "--to", news.to_str().unwrap(), "--for", known.to_str().unwrap()]);
    assert_eq!(bundled["events"], 6);
    assert_eq!(desk.json(&["pull", news.to_str().unwrap()])["events"], 6);
    assert_eq!(desk.text(&id), "ALPHA beta gamma");
    let library = desk.library();
    assert_eq!(phone.json(&["pull", library.to_str().unwrap()])["documents"], 1);
    assert_eq!(phone.text(&id), "ALPHA beta gamma");
    assert_eq!(phone.json(&["pull", library.to_str().unwrap()])["documents"], 0);

    let no_bundle = desk.file("no bundle", "some text");
    assert_eq!(desk.error(&["pull", no_bundle.to_str().unwrap()]), "bundle_invalid");
    assert_eq!(desk.error(&["pull", "nowhere"]), "path_not_found");
    assert_eq!(desk.error(&["pull", library.to_str().unwrap()]), "invalid_argument");
    assert_eq!(phone.error(&["bundle", "--to", file, "--for", "nonsense"]), "invalid_argument");
    assert_eq!(desk.json(&["doctor"])["ok"], true);
}

#[test]
fn chosen_documents_are_bundled_alone() {
    let (phone, desk) = (Desk::new(), Desk::new());
    let id = phone.document("A", "alpha");
    phone.document("B", "beta");
    let file = phone.path("a");
    phone.json(&["bundle", "--to", file.to_str().unwrap(), &id]);
    desk.json(&["pull", file.to_str().unwrap()]);
    assert_eq!(desk.json(&["list"])["total"], 1);
}
