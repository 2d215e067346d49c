//! The library as it is packed for Android: with no table of word vectors in it.
#![cfg(not(feature = "embedding-table"))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod client;

use std::io::Write as _;

use client::{Object, Value, fields, free, variant};
use writemagic_embedding_table::layout::KIND;
use writemagic_shared::mapped::{Kind, Writer};

#[test]
fn a_table_that_is_not_linked_is_an_error_and_one_in_a_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let open = |embedding: Value| {
        let options = fields(&[("create", Value::Bool(true)), ("embedding", embedding)]);
        let path = Value::text(folder.path().join("library").to_str().unwrap());
        free("Library", "open", &[("path", path), ("options", options)])
    };
    let failure = open(variant("Table", &[])).unwrap_err();
    assert_eq!(
        (failure.code().name(), failure.details_json().as_str()),
        ("model_unavailable", r#"{"reason":"not_linked"}"#)
    );
    assert!(failure.message().contains("open one as a file"), "{failure}");
    // Nothing was made on the way.
    assert!(!folder.path().join("library").exists());

    let table = folder.path().join("english.table");
    let mut writer = Writer::create(&table, Kind(KIND)).unwrap();
    writer.write_all(writemagic_embedding_table::TABLE_64).unwrap();
    writer.finish().unwrap();
    let file = variant("File", &[("file", Value::text(table.to_str().unwrap()))]);
    let library = Object::new("Library", &open(file).unwrap());
    client::document(library, "Night", "It was a dark and stormy night; the rain fell in torrents.");
    library.does("index_meaning", &[]);
    let request = fields(&[("query", Value::text("thunder and bad weather"))]);
    let page = library.does("search_passages", &[("request", request)]);
    assert_eq!(page.get("by_meaning"), &Value::Bool(true));
    assert_eq!(library.close(), Ok(true));
}
