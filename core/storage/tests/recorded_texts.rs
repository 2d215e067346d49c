//! Recorded sessions, found through `WRITEMAGIC_TEST_DATA`: the text at any version is the one that was there.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, reason = "tests")]

#[path = "support/random.rs"]
mod random;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;
use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::history::{MAIN_BRANCH, RecordedHistory, Version};
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::Durability;

/// Versions of each recording that are read again.
const VERSIONS: usize = 200;

/// A recording by its path below the traces; says so if there is none.
fn recording(name: &str) -> Option<Value> {
    let Some(folder) = std::env::var_os("WRITEMAGIC_TEST_DATA") else {
        eprintln!("WRITEMAGIC_TEST_DATA is not set: {name} is not replayed");
        return None;
    };
    let path = PathBuf::from(folder).join("traces").join(format!("{name}.json.gz"));
    let file = std::fs::File::open(path).unwrap();
    Some(serde_json::from_reader(std::io::BufReader::new(flate2::read::GzDecoder::new(file))).unwrap())
}

/// Position, deleted, inserted: of one-unit characters, which these recordings have, and the model counts.
fn patches(recording: &Value) -> Vec<(u64, u64, String)> {
    let transactions = recording["txns"].as_array().unwrap();
    let all = transactions.iter().flat_map(|transaction| transaction["patches"].as_array().unwrap());
    all.map(|patch| {
        let number = |i: usize| patch[i].as_u64().unwrap();
        (number(0), number(1), patch[2].as_str().unwrap().to_owned())
    })
    .collect()
}

fn versions_read_again(name: &str) {
    let Some(recording) = recording(name) else { return };
    let start = recording["startContent"].as_str().unwrap_or_default();
    let patches = patches(&recording);
    let mut random = random::Random::announced();
    let looked_at: BTreeSet<usize> = (0..VERSIONS).map(|_| random.below(patches.len())).collect();
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
    let document = library.create_document(NewDocument::titled(name).text(start)).unwrap().id;
    let mut session = library.edit(document).unwrap();
    let mut past: Vec<(Version, String)> = Vec::new();
    // The oracle: a plain list of characters.
    let mut model: Vec<char> = start.chars().collect();
    let is_basic = |text: &str| text.chars().all(|c| c.len_utf16() == 1);
    let basic = is_basic(start) && patches.iter().all(|(_, _, insert)| is_basic(insert));
    for (i, (at, delete, insert)) in patches.iter().enumerate() {
        let (from, to) = (*at as usize, (*at + *delete) as usize);
        let units = |chars: &[char]| chars.iter().map(|c| c.len_utf16() as u64).sum::<u64>();
        let (at, delete) = match basic {
            true => (*at, *delete),
            false => (units(&model[..from]), units(&model[from..to])),
        };
        session.splice(at, delete, insert).unwrap();
        model.splice(from..to, insert.chars());
        if looked_at.contains(&i) {
            past.push((library.version(document, MAIN_BRANCH).unwrap(), model.iter().collect()));
        }
        if i % 20 == 19 {
            session.flush(Durability::Committed).unwrap();
        }
        if random.below(patches.len() / 30) == 0 {
            // The end of a day: what was written is folded.
            session.close().unwrap();
            session = library.edit(document).unwrap();
        }
    }
    session.close().unwrap();
    assert_eq!(library.text(document).unwrap(), recording["endContent"].as_str().unwrap());
    for (version, text) in &past {
        let then = library.text_at(document, version).unwrap();
        let differ = || then.bytes().zip(text.bytes()).position(|(a, b)| a != b);
        assert!(then == *text, "{version}: {} and {} bytes, at {:?}", then.len(), text.len(), differ());
    }
    assert_eq!(library.check(false, &Progress::new()).unwrap().problems, []);
}

#[test]
fn a_paper_reads_as_it_did() {
    versions_read_again("sequential/automerge-paper");
}

#[test]
fn source_code_reads_as_it_did() {
    for name in ["rustcode", "sveltecomponent", "json-crdt-patch", "clownschool_flat"] {
        versions_read_again(&format!("sequential/{name}"));
    }
}

#[test]
fn what_several_wrote_at_once_becomes_a_document() {
    for name in ["clownschool", "git-makefile"] {
        let Some(recording) = recording(&format!("concurrent/{name}")) else { return };
        let mut recorded = RecordedHistory::new();
        for transaction in recording["txns"].as_array().unwrap() {
            let parents = transaction["parents"].as_array().unwrap();
            let parents: Vec<usize> =
                parents.iter().map(|parent| parent.as_u64().unwrap() as usize).collect();
            let patches: Vec<(u64, u64, &str)> = transaction["patches"]
                .as_array()
                .unwrap()
                .iter()
                .map(|patch| {
                    (patch[0].as_u64().unwrap(), patch[1].as_u64().unwrap(), patch[2].as_str().unwrap())
                })
                .collect();
            let writer = transaction["agent"].as_u64().unwrap_or_default() as u32;
            recorded.add(writer, &parents, &patches).unwrap();
        }
        let text = recorded.text().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let document = library.create_recorded(NewDocument::titled(name), recorded).unwrap().id;
        assert_eq!(library.text(document).unwrap(), text);
        if name == "clownschool" {
            assert_eq!(text, recording["endContent"].as_str().unwrap());
        }
        assert_eq!(library.check(false, &Progress::new()).unwrap().problems, []);
        // Another library that pulls it reads the same.
        let other = tempfile::tempdir().unwrap();
        let other = Library::open(other.path(), OpenOptions::new().create(true)).unwrap();
        other.pull_library(folder.path(), &Progress::new()).unwrap();
        assert_eq!(other.text(document).unwrap(), text);
    }
}
