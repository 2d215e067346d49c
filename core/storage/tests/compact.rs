//! Forgetting what was deleted before a date, through the public API.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::{Clock, ManualClock, Progress, Timestamp};
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::history::{CompactOptions, CompactReport, MAIN_BRANCH, Version};
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::Durability;

/// Words of a text that was deleted; no other text has them.
const SECRET: &str = "the murderer was the gardener all along";

struct Desk {
    library: Library,
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_700_000_000_000)));
        let library = open(folder.path(), &clock);
        Self { library, folder, clock }
    }

    fn create(&self, text: &str) -> DocumentId {
        self.library.create_document(NewDocument::titled("Draft").text(text)).unwrap().id
    }

    fn write(&self, document: DocumentId, branch: &str, at: u64, delete: u64, insert: &str) -> Version {
        self.clock.advance(3_600_000);
        let session = self.library.edit_branch(document, branch).unwrap();
        session.splice(at, delete, insert).unwrap();
        session.close().unwrap();
        self.library.version(document, branch).unwrap()
    }

    /// Forgets what was deleted until now.
    fn compact(&self) -> CompactReport {
        self.clock.advance(3_600_000);
        self.library.compact(&CompactOptions::before(self.clock.now()), &Progress::new()).unwrap()
    }

    fn rehearse(&self) -> CompactReport {
        let mut options = CompactOptions::before(Timestamp::from_millis(i64::MAX));
        options.rehearsal = true;
        self.library.compact(&options, &Progress::new()).unwrap()
    }

    fn history(&self, document: DocumentId) -> Vec<Version> {
        let history = self.library.history(document, MAIN_BRANCH, false, &Progress::new()).unwrap();
        history.into_iter().map(|entry| entry.version).collect()
    }

    fn pull(&self, other: &Desk) -> Vec<&'static str> {
        self.clock.advance(1000);
        let report = self.library.pull_library(other.folder.path(), &Progress::new()).unwrap();
        report.conflicts.iter().map(|conflict| conflict.kind).collect()
    }

    fn sound(&self) {
        assert_eq!(self.library.check(false, &Progress::new()).unwrap().problems, []);
    }

    /// Whether any file of the library holds some bytes.
    fn holds(&self, bytes: &[u8]) -> bool {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).any(|file| {
            let mut windows = file.windows(bytes.len());
            windows.any(|window| window == bytes)
        })
    }
}

fn open(folder: &Path, clock: &Arc<ManualClock>) -> Library {
    Library::open(folder, OpenOptions::new().create(true).clock(Arc::clone(clock) as Arc<dyn Clock>)).unwrap()
}

fn code(error: &impl Coded) -> Code {
    error.code()
}

#[test]
fn deleted_text_is_forgotten_and_the_rest_stays() {
    let desk = Desk::new();
    let document = desk.create("One. ");
    let with = desk.write(document, MAIN_BRANCH, 5, 0, SECRET);
    let without = desk.write(document, MAIN_BRANCH, 5, SECRET.len() as u64, "Two. ");
    let last = desk.write(document, MAIN_BRANCH, 10, 0, "Three.");
    let (text, blame) =
        (desk.library.text(document).unwrap(), desk.library.blame(document, MAIN_BRANCH).unwrap());

    let rehearsal = desk.rehearse();
    assert_eq!(desk.library.text_at(document, &with).unwrap(), format!("One. {SECRET}"));
    let report = desk.compact();
    assert_eq!((rehearsal.documents.clone(), rehearsal.bytes_freed), (report.documents.clone(), 0));
    let [compacted] = &report.documents[..] else { panic!("{report:?}") };
    assert_eq!(compacted.document, document);
    assert_eq!((compacted.versions, compacted.characters), (1, SECRET.len() as u64));

    assert_eq!(code(&desk.library.text_at(document, &with).unwrap_err()), Code::VersionForgotten);
    assert!(!desk.history(document).contains(&with));
    assert_eq!(desk.history(document).last(), Some(&last));
    assert_eq!(desk.library.text_at(document, &without).unwrap(), "One. Two. ");
    assert_eq!(desk.library.text(document).unwrap(), text);
    assert_eq!(desk.library.blame(document, MAIN_BRANCH).unwrap(), blame);
    assert_eq!(desk.compact(), CompactReport::default());
    desk.sound();
    drop(desk.library.edit(document).unwrap());
    let reopened = open_again(desk);
    assert_eq!(reopened.library.text(document).unwrap(), text);
    reopened.sound();
}

fn open_again(desk: Desk) -> Desk {
    let Desk { library, folder, clock } = desk;
    drop(library);
    Desk { library: open(folder.path(), &clock), folder, clock }
}

#[test]
fn nothing_of_it_stays_in_the_files() {
    let desk = Desk::new();
    let document = desk.create("One. ");
    desk.write(document, MAIN_BRANCH, 5, 0, SECRET);
    assert!(desk.holds(b"gardener"), "a test that can see it");
    desk.write(document, MAIN_BRANCH, 5, SECRET.len() as u64, "");
    desk.compact();
    assert!(!desk.holds(b"gardener") && !desk.holds(b"murderer"));
}

#[test]
fn labels_branches_and_later_versions_keep_what_they_show() {
    let desk = Desk::new();
    let document = desk.create("");
    let labelled = desk.write(document, MAIN_BRANCH, 0, 0, "labelled ");
    desk.library.label(document, "kept", &labelled).unwrap();
    let branched = desk.write(document, MAIN_BRANCH, 0, 9, "branched ");
    desk.library.create_branch(document, "other", Some(&branched)).unwrap();
    let lost = desk.write(document, MAIN_BRANCH, 0, 9, "lost ");
    let at_the_date = desk.write(document, MAIN_BRANCH, 0, 5, "at the date ");
    let date = desk.clock.now().as_millis() + 1;
    let later = desk.write(document, MAIN_BRANCH, 0, 12, "later ");
    desk.write(document, MAIN_BRANCH, 0, 6, "now");

    let options = CompactOptions::before(Timestamp::from_millis(date));
    let report = desk.library.compact(&options, &Progress::new()).unwrap();
    assert_eq!((report.documents[0].characters, report.documents[0].versions), (5, 1));
    let text = |version: &Version| desk.library.text_at(document, version);
    assert_eq!(text(&labelled).unwrap(), "labelled ");
    assert_eq!(text(&branched).unwrap(), "branched ");
    assert_eq!(code(&text(&lost).unwrap_err()), Code::VersionForgotten);
    assert_eq!(text(&at_the_date).unwrap(), "at the date ");
    assert_eq!(text(&later).unwrap(), "later ");
    assert_eq!(desk.library.branch_text(document, "other").unwrap(), "branched ");

    // Neither a branch nor a restored version begins at what cannot be read any more.
    let refused = desk.library.create_branch(document, "lost", Some(&lost)).unwrap_err();
    assert_eq!(code(&refused), Code::VersionForgotten);
    let refused = desk.library.restore(document, MAIN_BRANCH, &lost).unwrap_err();
    assert_eq!(code(&refused), Code::VersionForgotten);
    desk.library.restore(document, MAIN_BRANCH, &later).unwrap();
    assert_eq!(desk.library.text(document).unwrap(), "later ");
    desk.sound();
}

#[test]
fn undo_reaches_back_to_what_was_forgotten() {
    let desk = Desk::new();
    let document = desk.create("");
    desk.write(document, MAIN_BRANCH, 0, 0, SECRET);
    desk.write(document, MAIN_BRANCH, 0, SECRET.len() as u64, "");
    desk.compact();
    desk.write(document, MAIN_BRANCH, 0, 0, "new");
    let session = desk.library.edit(document).unwrap();
    session.undo().unwrap();
    session.flush(Durability::Committed).unwrap();
    assert_eq!(desk.library.text(document).unwrap(), "");
    assert_eq!(code(&session.undo().unwrap_err()), Code::VersionForgotten);
    assert_eq!(desk.library.text(document).unwrap(), "");
}

#[test]
fn an_open_session_types_on_and_long_histories_lose_their_checkpoints() {
    let desk = Desk::new();
    let document = desk.create("");
    let page = format!("{SECRET} ").repeat(50);
    let length = page.len() as u64;
    let session = desk.library.edit(document).unwrap();
    session.splice(0, 0, &page).unwrap();
    for _ in 0..40 {
        session.splice(0, length, &page).unwrap();
    }
    session.splice(0, length, "It rained.").unwrap();
    session.flush(Durability::Committed).unwrap();
    let report = desk.compact();
    assert_eq!(report.skipped, []);
    assert_eq!(report.documents[0].characters, 41 * length);
    session.splice(10, 0, " All day.").unwrap();
    session.close().unwrap();
    drop(session);
    assert_eq!(desk.library.text(document).unwrap(), "It rained. All day.");
    assert!(!desk.holds(b"gardener"));
    desk.sound();
    assert_eq!(open_again(desk).library.text(document).unwrap(), "It rained. All day.");
}

#[test]
fn libraries_that_forgot_and_others_that_did_not_stay_alike() {
    let (a, b, c) = (Desk::new(), Desk::new(), Desk::new());
    let document = a.create("One. ");
    b.pull(&a);
    let with = a.write(document, MAIN_BRANCH, 5, 0, SECRET);
    b.pull(&a);
    a.write(document, MAIN_BRANCH, 5, SECRET.len() as u64, "Two. ");
    // b changes what a deletes, and has not heard of it.
    b.write(document, MAIN_BRANCH, 9, 0, "(really) ");
    assert_eq!(a.compact().documents[0].characters, SECRET.len() as u64);
    for _ in 0..2 {
        assert_eq!(a.pull(&b), [""; 0]);
        assert_eq!(b.pull(&a), [""; 0]);
        c.pull(&a);
        c.pull(&b);
    }
    let text = a.library.text(document).unwrap();
    assert_eq!(text, "One. Two. (really) ");
    for desk in [&b, &c] {
        assert_eq!(desk.library.text(document).unwrap(), text);
        assert_eq!(
            desk.library.version(document, MAIN_BRANCH).unwrap(),
            a.library.version(document, MAIN_BRANCH).unwrap()
        );
        desk.sound();
    }
    // Who had it has it; who forgot it, or learnt the document from there, does not.
    assert_eq!(b.library.text_at(document, &with).unwrap(), format!("One. {SECRET}"));
    for desk in [&a, &c] {
        assert_eq!(code(&desk.library.text_at(document, &with).unwrap_err()), Code::VersionForgotten);
    }
    // Each goes on.
    c.write(document, MAIN_BRANCH, 0, 0, "Zero. ");
    a.pull(&c);
    b.pull(&c);
    assert_eq!(a.library.text(document).unwrap(), b.library.text(document).unwrap());
    a.sound();
}

#[test]
fn a_branch_that_shows_what_was_forgotten_stays_where_it_is_whole() {
    let (a, b) = (Desk::new(), Desk::new());
    let document = a.create("");
    let with = a.write(document, MAIN_BRANCH, 0, 0, SECRET);
    b.pull(&a);
    a.write(document, MAIN_BRANCH, 0, SECRET.len() as u64, "Two.");
    a.compact();
    b.library.create_branch(document, "alternative", Some(&with)).unwrap();
    assert_eq!(a.pull(&b), ["text_forgotten"]);
    assert_eq!(a.library.branches(document).unwrap().len(), 1);
    assert_eq!(b.pull(&a), [""; 0]);
    assert_eq!(b.library.branch_text(document, "alternative").unwrap(), SECRET);
    assert_eq!(b.library.text(document).unwrap(), "Two.");
    a.sound();
}

#[test]
fn named_documents_only_and_unknown_ones_are_refused() {
    let desk = Desk::new();
    let (one, two) = (desk.create(""), desk.create(""));
    for document in [one, two] {
        desk.write(document, MAIN_BRANCH, 0, 0, SECRET);
        desk.write(document, MAIN_BRANCH, 0, SECRET.len() as u64, "");
    }
    let mut options = CompactOptions::before(Timestamp::from_millis(i64::MAX));
    options.documents = Some(vec![two]);
    let report = desk.library.compact(&options, &Progress::new()).unwrap();
    assert_eq!(report.documents.iter().map(|of| of.document).collect::<Vec<_>>(), [two]);
    assert_eq!(desk.rehearse().documents.iter().map(|of| of.document).collect::<Vec<_>>(), [one]);
    options.documents = Some(vec![DocumentId::from_bytes([7; 16])]);
    let refused = desk.library.compact(&options, &Progress::new()).unwrap_err();
    assert_eq!(code(&refused), Code::DocumentNotFound);
    let progress = Progress::new();
    progress.cancel();
    let refused = desk.library.compact(&CompactOptions::before(desk.clock.now()), &progress).unwrap_err();
    assert_eq!(code(&refused), Code::Cancelled);
}
