//! User text never reaches a log, an error or a panic message: a canary word stands in every title, text, query, folder
//! and path, everything is driven at the most talkative level, and nothing that was said may hold it.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

use std::fs;
use std::sync::{Arc, Mutex};

use writemagic_shared::error::Coded;
use writemagic_shared::id::{DocumentId, ProposalId, RunId};
use writemagic_shared::runtime::Progress;
use writemagic_shared::telemetry::{Level, Telemetry, install_panic_hook};
use writemagic_storage::assistant::StoredProposal;
use writemagic_storage::bible::{EntryKind, NewBibleEntry, NewBibleFact};
use writemagic_storage::document::{DocumentFilter, FolderPosition, NewDocument, Targets};
use writemagic_storage::graph::Origin;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::search::SearchRequest;
use writemagic_storage::session::{Durability, Patch};
use writemagic_storage::transfer::{ExportOptions, ImportOptions};
use writemagic_storage::{Error, Library};

const CANARY: &str = "canary-b7e1f0";

type Said = Arc<Mutex<Vec<String>>>;

/// Keeps what an error says, in every way it can say it.
fn note<T>(said: &Said, result: Result<T, Error>) {
    if let Err(error) = result {
        let details = serde_json::to_string(&error.details()).unwrap();
        said.lock().unwrap().push(format!("error {error} {error:?} {} {details}", error.code()));
    }
}

fn drive_the_bible(said: &Said, library: &Library, document: DocumentId) {
    let new = NewBibleEntry::named(EntryKind::Other(CANARY.into()), CANARY).notes(CANARY);
    let entry = library.add_bible_entry(&new).unwrap();
    said.lock().unwrap().push(format!("{entry:?} {new:?}"));
    note(said, library.add_bible_entry(&new.clone().alias(CANARY)));
    note(said, library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, CANARY.repeat(200))));
    note(said, library.find_bible_entry(&format!("{CANARY}-nobody")));
    let fact = NewBibleFact { text: CANARY.into(), ..NewBibleFact::default() };
    let fact = library.add_bible_fact(entry.id, &fact).unwrap();
    let mentions = library.mentions_in(document).unwrap();
    assert!(!mentions.is_empty());
    let preview = library.preview_bible_rename(entry.id, "x", &Progress::new()).unwrap();
    let renamed = library.rename_bible_entry(entry.id, "x", &[], &Progress::new()).unwrap();
    said.lock()
        .unwrap()
        .push(format!("{fact:?} {mentions:?} {preview:?} {:?} {renamed:?}", preview.documents));
    library.undo_bible_rename(renamed.id, &Progress::new()).unwrap();
    note(said, library.rename_bible_entry(entry.id, &format!("\n{CANARY}"), &[], &Progress::new()));
}

#[test]
fn logs_errors_and_panics_hold_no_user_text() {
    let said: Said = Arc::default();
    let log = Arc::clone(&said);
    let telemetry = Telemetry::builder()
        .callback(Level::Trace, move |record| log.lock().unwrap().push(format!("log {record}")))
        .install()
        .unwrap();
    // The application's own hook may print what a panic says; it is not under test.
    std::panic::set_hook(Box::new(|_| {}));
    install_panic_hook();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CANARY);
    note(&said, Library::open(&path, OpenOptions::new()));
    let library = Library::open(&path, OpenOptions::new().create(true)).unwrap();
    note(&said, Library::open(&path, OpenOptions::new()));

    let text = format!("{CANARY} \"quoted {CANARY}\" 題\n").repeat(40);
    let document = library
        .create_document(
            NewDocument::titled(CANARY).folder(CANARY).text(&text).origin(Origin::person().named(CANARY)),
        )
        .unwrap();
    note(&said, library.create_document(NewDocument::titled(CANARY.repeat(200))));
    note(&said, library.create_document(NewDocument::titled("t").language(CANARY)));
    note(&said, library.create_document(NewDocument::titled("t").folder(format!("{CANARY}/../x"))));
    drive_the_bible(&said, &library, document.id);
    note(&said, library.create_folder(&vec![CANARY; 65].join("/")));
    note(&said, library.create_folder(CANARY));
    note(&said, library.create_folder(&CANARY.repeat(50)));
    note(&said, library.rename_folder(&format!("no {CANARY}"), CANARY));
    note(&said, library.move_folder(CANARY, CANARY));
    note(&said, library.order_folder(CANARY, FolderPosition::Before(format!("no {CANARY}"))));
    note(&said, library.delete_folder(CANARY));
    note(&said, library.find_document(&format!("no {CANARY}")));
    note(&said, library.create_document(NewDocument::titled(CANARY)));
    note(&said, library.find_document(CANARY));
    note(&said, library.rename(document.id, &CANARY.repeat(200)));
    note(&said, library.set_language(document.id, Some(CANARY)));
    note(&said, library.set_targets(document.id, Targets { words: Some(u64::MAX), chars: None }));
    note(&said, library.purge(document.id, false));
    for query in
        [CANARY.to_owned(), format!("\"{CANARY}"), format!("in:{CANARY} -{CANARY}*"), CANARY.repeat(1000)]
    {
        let request = SearchRequest { query, folder: Some(CANARY.into()), limit: 10 };
        note(&said, library.search(&request));
    }
    note(&said, library.documents(&DocumentFilter { folder: Some(CANARY.into()), trashed: false }, None, 10));

    let session = library.edit(document.id).unwrap();
    let changes = session.subscribe();
    session.splice(0, 4, CANARY).unwrap();
    note(&said, session.splice_utf16(0, 0, &[0xD800, 0x63]));
    let patch = Patch { at: 9, delete: 0, insert: CANARY.into() };
    note(&said, library.apply_patches(document.id, &[patch.clone(), patch], Origin::device()));
    session.rebase();
    session.flush(Durability::Strict).unwrap();
    session.close().unwrap();
    note(&said, session.splice(0, 0, CANARY));
    drop(changes);

    note(&said, library.set_setting("part", &CANARY.repeat(10), b""));
    note(&said, library.set_setting("part", CANARY, &CANARY.repeat(10_000).into_bytes()));
    let run = RunId::from_bytes([7; 16]);
    note(&said, library.append_run_text(run, 0, CANARY));
    library.put_run_head(run, CANARY.as_bytes()).unwrap();
    note(&said, library.append_run_text(run, 1, CANARY));
    library.append_run_text(run, 0, CANARY).unwrap();
    note(&said, library.put_run_tail(run, &CANARY.repeat(1_000).into_bytes()));
    said.lock().unwrap().push(format!("{:?}", library.stored_run(run).unwrap()));
    let proposal = StoredProposal {
        id: ProposalId::from_bytes([7; 16]),
        document: document.id,
        open: true,
        revision: 0,
        bytes: CANARY.into(),
    };
    library.put_proposal(&proposal).unwrap();
    note(&said, library.put_proposal(&proposal));
    let present = library.present_text(document.id, None).unwrap();
    said.lock().unwrap().push(format!("{present:?} {proposal:?}"));
    let patch = |at| Patch { at, delete: 0, insert: CANARY.into() };
    let origin = Origin::ai(CANARY, run);
    note(&said, library.apply_proposal(document.id, None, &present.version, &[patch(9), patch(1)], &origin));

    let files = folder.path().join(format!("{CANARY}-files"));
    fs::create_dir_all(files.join(CANARY)).unwrap();
    fs::write(files.join(CANARY).join(format!("{CANARY}.md")), format!("# {CANARY}\n")).unwrap();
    fs::write(files.join(format!("{CANARY}.txt")), [b'c', 0, 0xFF]).unwrap();
    let progress = Progress::new();
    note(
        &said,
        library.import(
            &[files.clone(), folder.path().join("no").join(CANARY)],
            &ImportOptions::default(),
            &progress,
        ),
    );
    note(&said, library.import(&[files], &ImportOptions::default(), &progress));
    let out = folder.path().join(format!("{CANARY}-out"));
    note(&said, library.export(None, &out, &ExportOptions::default(), &progress));
    note(
        &said,
        library.export(
            None,
            &out.join(CANARY).join(format!("{CANARY}.md")),
            &ExportOptions::default(),
            &progress,
        ),
    );
    note(&said, library.back_up(&out.join(CANARY), &progress));
    library.check(true, &progress).unwrap();

    library.suspend().unwrap();
    note(&said, library.text(document.id));
    library.resume().unwrap();
    library.trash(document.id).unwrap();
    library.purge(document.id, true).unwrap();
    note(&said, library.text(document.id));
    library.close().unwrap();
    note(&said, library.text(document.id));

    // The hook logs where a panic was and never what it said.
    let panicked = std::panic::catch_unwind(|| std::panic::panic_any(CANARY.to_owned()));
    assert!(panicked.is_err());

    // Damage: the database's own words must not pass through.
    let database = path.join("writemagic.db");
    let mut bytes = fs::read(&database).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page[0] ^= 0xFF;
    }
    fs::write(&database, &bytes).unwrap();
    if let Ok(library) = Library::open(&path, OpenOptions::new()) {
        note(&said, library.check(false, &progress));
        note(&said, library.documents(&DocumentFilter::default(), None, 10));
        note(&said, library.create_document(NewDocument::titled(CANARY).text(CANARY)));
    }

    drop(telemetry);
    let _ = std::panic::take_hook();
    let said = said.lock().unwrap();
    let (logs, errors) = (said.iter().filter(|line| line.starts_with("log")).count(), said.len());
    assert!(logs > 10, "{logs} log records");
    assert!(errors - logs >= 20, "{} errors", errors - logs);
    for line in said.iter() {
        assert!(!line.contains(CANARY), "user text was said: {line}");
    }
}
