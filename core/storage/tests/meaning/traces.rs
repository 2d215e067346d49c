//! What is purged leaves nothing behind.

use std::fs;
use std::path::Path;

use writemagic_shared::runtime::Progress;
use writemagic_shared::vector;
use writemagic_storage::bible::{EntryKind, NewBibleEntry};
use writemagic_storage::memory::{NewMemory, RecallRequest};

use super::*;

/// Words of the document that goes, and of no other.
const WORDS: [&str; 3] = ["zygomorphic", "quinquereme", "xylographer"];

/// FNV-1a of a word's stem, as the index of meaning keeps it.
fn hash(stem: &str) -> [u8; 8] {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    stem.bytes().fold(0xCBF2_9CE4_8422_2325, hash).to_le_bytes()
}

/// The files of the folder that hold these bytes.
fn holders(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &std::path::PathBuf| {
        fs::read(path).unwrap().windows(bytes.len()).any(|window| window == bytes)
    };
    files.filter(holds).map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn no_byte_of_a_purged_document_stays_in_the_files_of_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true).embedder(table())).unwrap();
    for number in 0..120 {
        let text: Vec<String> = (0..8).map(|line| sentence(number * 8 + line)).collect();
        library.create_document(NewDocument::titled("House").text(text.join("\n"))).unwrap();
    }
    let text = "The zygomorphic quinquereme met a xylographer on the quay.";
    let secret = library.create_document(NewDocument::titled("Quinquereme").text(text)).unwrap().id;
    for number in 0..40 {
        library.create_document(NewDocument::titled("Later").text(sentence(2_000 + number))).unwrap();
    }
    // It is typed in, deleted from, named, moved about and found before it goes.
    let session = library.edit(secret).unwrap();
    for number in 0..300 {
        session.splice(0, 0, &format!("Xylographer {number}. ")).unwrap();
        session.splice(4, 6, "").unwrap();
        session.flush(Durability::Committed).unwrap();
    }
    session.splice(0, session.text().encode_utf16().count() as u64, text).unwrap();
    session.close().unwrap();
    library.rename(secret, "The quinquereme").unwrap();
    library.trash(secret).unwrap();
    library.untrash(secret).unwrap();
    assert_eq!(ask(&library, "quinqueremes").hits[0].document, secret);
    library.close().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().embedder(table())).unwrap();
    assert_eq!(ask(&library, "quinqueremes").hits[0].document, secret);

    let model = table();
    let mut row = vec![0_i8; model.dimensions()];
    // What the index keeps of a passage that stands alone: its meaning with the title, and without.
    let whole = format!("The quinquereme: {text}");
    let vectors = model.embed(&[&whole, text]).unwrap();
    let mixed: Vec<f32> =
        vectors[0].iter().zip(&vectors[1]).map(|(with, without)| 5.9 * without + 5.5 * with).collect();
    vector::quantise(&mixed, &mut row).unwrap();
    let row: Vec<u8> = row.iter().map(|number| number.to_le_bytes()[0]).collect();
    // All that will be looked for is there: the words, their hashes, the vector.
    for word in WORDS {
        assert!(!holders(folder.path(), word.as_bytes()).is_empty());
    }
    assert_eq!(holders(folder.path(), &hash("quinquerem")).len(), 1);
    assert_eq!(holders(folder.path(), &row).len(), 1);

    library.purge(secret, true).unwrap();
    for word in WORDS {
        // Also folded, capitalised, or as the search table spells it behind what it shares with the word before.
        for part in [word, &word[1..], &word[2..]] {
            assert_eq!(holders(folder.path(), part.as_bytes()), [""; 0], "{part}");
        }
    }
    for stem in ["quinquerem", "zygomorph", "xylograph"] {
        assert_eq!(holders(folder.path(), &hash(stem)), [""; 0], "{stem}");
    }
    assert_eq!(holders(folder.path(), &row), [""; 0]);
    // The others are found as before, by the next process too.
    assert!(!ask(&library, "nurses").hits.is_empty());
    library.close().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().embedder(table())).unwrap();
    assert!(ask(&library, "quinqueremes").hits.iter().all(|hit| !hit.text.contains("quinq")));
    assert_eq!(holders(folder.path(), b"quinq"), [""; 0]);
}

#[test]
fn no_byte_of_a_forgotten_memory_or_a_removed_entry_stays() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true).embedder(table())).unwrap();
    let others: Vec<NewMemory> = (0..200).map(|number| NewMemory::new(sentence(number))).collect();
    library.remember_all(&others, &Progress::new()).unwrap();
    let text = "The zygomorphic quinquereme met a xylographer on the quay.";
    let secret = |text: &str| NewMemory {
        key: Some("zygomorphic key".into()),
        speaker: Some("Xylographer".into()),
        tags: vec!["quinquereme".into()],
        ..NewMemory::new(text)
    };
    // Written over, so that it can be undone, found, and taken along by the next process.
    library.remember(&secret("Another quinquereme.")).unwrap();
    library.remember(&secret(text)).unwrap();
    let named = NewBibleEntry::named(EntryKind::Person, "Quinquereme").alias("Zygomorphic").notes(text);
    let entry = library.add_bible_entry(&named).unwrap().id;
    let recall = |library: &Library, query: &str| {
        let request = RecallRequest { query: query.into(), limit: 3, ..RecallRequest::default() };
        library.recall(&request).unwrap()
    };
    assert_eq!(recall(&library, "quinqueremes").hits[0].memory.text, text);
    library.close().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().embedder(table())).unwrap();
    assert_eq!(recall(&library, "quinqueremes").hits[0].memory.text, text);
    let vectors = table()
        .embed(&["Xylographer: The zygomorphic quinquereme met a xylographer on the quay.", text])
        .unwrap();
    let mixed: Vec<f32> =
        vectors[0].iter().zip(&vectors[1]).map(|(with, without)| 5.9 * without + 5.5 * with).collect();
    let mut row = vec![0_i8; mixed.len()];
    vector::quantise(&mixed, &mut row).unwrap();
    let row: Vec<u8> = row.iter().map(|number| number.to_le_bytes()[0]).collect();
    assert_eq!(holders(folder.path(), &row).len(), 1);
    assert_eq!(holders(folder.path(), &hash("quinquerem")).len(), 1);
    for word in WORDS {
        assert!(!holders(folder.path(), word.as_bytes()).is_empty());
    }

    library.forget_memory("zygomorphic key").unwrap();
    library.remove_bible_entry(entry).unwrap();
    for word in WORDS {
        for part in [word, &word[1..]] {
            assert_eq!(holders(folder.path(), part.as_bytes()), [""; 0], "{part}");
        }
    }
    for stem in ["quinquerem", "zygomorph", "xylograph"] {
        assert_eq!(holders(folder.path(), &hash(stem)), [""; 0], "{stem}");
    }
    assert_eq!(holders(folder.path(), &row), [""; 0]);
    assert_eq!(recall(&library, "the nurse").memories, 200);
    library.close().unwrap();
    assert_eq!(holders(folder.path(), b"quinquereme"), [""; 0]);
}

#[test]
fn what_is_forgotten_takes_nothing_of_its_session_along() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true).embedder(table())).unwrap();
    let said = |key: &str, text: &str| NewMemory {
        key: Some(key.into()),
        session: Some("breakfast".into()),
        ..NewMemory::new(text)
    };
    let others = (0..100).map(|number| NewMemory::new(sentence(number)));
    let breakfast = [
        said("one", "They spoke of the whale."),
        said("two", "Somebody laughed."),
        said("three", "The kettle sang on the stove."),
    ];
    library.remember_all(&others.chain(breakfast).collect::<Vec<_>>(), &Progress::new()).unwrap();
    let first = |library: &Library, query: &str| {
        let request = RecallRequest { query: query.into(), limit: 1, ..RecallRequest::default() };
        let page = library.recall(&request).unwrap();
        (page.hits[0].memory.key.clone(), page.memories, page.is_complete)
    };
    assert_eq!(first(&library, "laughing"), ("two".into(), 103, true));
    library.close().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().embedder(table())).unwrap();
    library.forget_memory("two").unwrap();
    for library in [&library, &Library::open(folder.path(), OpenOptions::new().read_only(true)).unwrap()] {
        assert_eq!(first(library, "whales"), ("one".into(), 102, true));
        assert_eq!(first(library, "kettles"), ("three".into(), 102, true));
    }
}
