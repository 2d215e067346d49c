use super::*;
use crate::bible::{EntryKind, NewBibleEntry};
use crate::document::NewDocument;
use crate::library::OpenOptions;

#[test]
fn what_is_kept_stays_below_its_limits_and_the_answers_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
    library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Ruth")).unwrap();
    let documents: Vec<DocumentId> = (0..6)
        .map(|i| library.create_document(NewDocument::titled("x").text("Ruth ".repeat(10 + i))).unwrap().id)
        .collect();
    let sessions: Vec<_> = documents.iter().map(|document| library.edit(*document).unwrap()).collect();
    let (most_mentions, most_bytes) = (25, 100);
    for round in 0..3 {
        for (i, document) in documents.iter().enumerate() {
            sessions[i].splice(0, 0, "Ruth ").unwrap();
            assert_eq!(library.mentions_in(*document).unwrap().len(), 11 + i + round);
            let mut kept = lock(&library.inner.mentions.0);
            let state = kept.as_mut().unwrap();
            let mentions: usize = state.documents.values().map(|kept| kept.found.len()).sum();
            let bytes: u64 = state.documents.values().map(Kept::text_bytes).sum();
            assert_eq!((state.mentions, state.bytes), (mentions as u64, bytes));
            // What was asked for last is kept beside what the limits allow.
            assert!(mentions <= most_mentions + 20 && bytes <= most_bytes + 100, "{mentions} {bytes}");
            (state.most_mentions, state.most_bytes) = (most_mentions as u64, most_bytes);
        }
    }
}
