//! Libraries that tell each other what they know, through the public API.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

#[path = "support/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::{Clock, ManualClock, Progress, Timestamp};
use writemagic_storage::Library;
use writemagic_storage::document::{FolderPosition, NewDocument, Targets};
use writemagic_storage::exchange::{BundleOptions, PullReport};
use writemagic_storage::history::{AnchorSide, MAIN_BRANCH};
use writemagic_storage::library::OpenOptions;

struct Device {
    library: Library,
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
}

impl Device {
    fn new(start: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_700_000_000_000 + start)));
        let library = open(folder.path(), &clock);
        Self { library, folder, clock }
    }

    fn pull(&self, other: &Device) -> PullReport {
        self.clock.advance(1000);
        self.library.pull_library(other.folder.path(), &Progress::new()).unwrap()
    }

    fn write(&self, document: DocumentId, branch: &str, at: u64, delete: u64, insert: &str) {
        self.clock.advance(10);
        let session = self.library.edit_branch(document, branch).unwrap();
        session.splice(at, delete, insert).unwrap();
        session.close().unwrap();
    }

    fn sound(&self) {
        assert_eq!(self.library.check(false, &Progress::new()).unwrap().problems, []);
    }

    fn text(&self, document: DocumentId) -> String {
        self.library.text(document).unwrap()
    }
}

fn open(folder: &Path, clock: &Arc<ManualClock>) -> Library {
    Library::open(folder, OpenOptions::new().create(true).clock(Arc::clone(clock) as Arc<dyn Clock>)).unwrap()
}

/// Everything that a user of a library can see of it.
#[derive(Debug, PartialEq)]
struct Seen {
    folders: Vec<String>,
    documents: BTreeMap<String, Vec<String>>,
}

fn seen(library: &Library) -> Seen {
    let folders =
        library.folders().unwrap().into_iter().map(|folder| format!("{} {}", folder.path, folder.id));
    let mut documents = BTreeMap::new();
    for trashed in [false, true] {
        let filter = writemagic_storage::document::DocumentFilter { trashed, ..Default::default() };
        for document in library.documents(&filter, None, 10_000).unwrap().documents {
            let id = document.id;
            let mut lines = vec![format!(
                "{:?} {:?} {:?} {:?} {:?} {} {} {}",
                document.title,
                document.kind,
                document.folder,
                document.language,
                document.targets,
                document.trashed,
                document.modified,
                document.created,
            )];
            for branch in library.branches(id).unwrap() {
                let text = library.branch_text(id, &branch.name).unwrap();
                lines.push(format!("{} {} {text:?}", branch.name, branch.version));
                for anchor in library.anchors(id, &branch.name).unwrap() {
                    lines.push(format!("{} {} {:?} {}", anchor.id, anchor.kind, anchor.at, anchor.dead));
                }
            }
            for label in library.labels(id).unwrap() {
                lines.push(format!("{} {}", label.name, label.version));
            }
            documents.insert(id.to_string(), lines);
        }
    }
    Seen { folders: folders.collect(), documents }
}

/// Pulls between all until nothing is new.
fn meet(devices: &[&Device]) {
    for _ in 0..devices.len() {
        for a in devices {
            for b in devices.iter().filter(|b| !std::ptr::eq(**b, *a)) {
                a.pull(b);
            }
        }
    }
}

#[test]
fn a_document_comes_with_all_that_it_has() {
    let (a, b) = (Device::new(0), Device::new(500));
    let new =
        NewDocument::titled("Chapter 1").folder("Novel/Draft").language("en").text("It was a dark night. 😀");
    let document = a.library.create_document(new).unwrap().id;
    a.library.set_targets(document, Targets { words: Some(100), chars: None }).unwrap();
    a.write(document, MAIN_BRANCH, 9, 4, "bright");
    a.library.label(document, "first", &a.library.version(document, MAIN_BRANCH).unwrap()).unwrap();
    a.library.add_anchor(document, MAIN_BRANCH, 9, AnchorSide::Before, "comment").unwrap();
    a.library.create_branch(document, "other", None).unwrap();
    a.write(document, "other", 0, 0, "Once ");
    let report = b.pull(&a);
    assert_eq!((report.documents, report.conflicts.len()), (1, 0));
    assert_eq!(seen(&b.library), seen(&a.library));
    assert_eq!(b.text(document), "It was a bright night. 😀");
    assert_eq!(b.library.find_document("Chapter 1").unwrap().id, document);
    b.sound();
    // Nothing is new the second time, and the other way round.
    assert_eq!(b.pull(&a), PullReport::default());
    assert_eq!(a.pull(&b), PullReport::default());
    assert_eq!(seen(&a.library), seen(&b.library));
    // What was written before counts as somebody else's: it cannot be undone here.
    let session = b.library.edit(document).unwrap();
    assert_eq!(session.undo().unwrap_err().code(), Code::NothingToUndo);
}

#[test]
fn what_both_write_becomes_one_text() {
    let (a, b) = (Device::new(0), Device::new(500));
    let document = a.library.create_document(NewDocument::titled("D").text("alpha beta gamma")).unwrap().id;
    b.pull(&a);
    a.write(document, MAIN_BRANCH, 0, 5, "ALPHA");
    b.write(document, MAIN_BRANCH, 11, 5, "GAMMA");
    a.library.rename(document, "Title of a").unwrap();
    b.clock.advance(5000);
    b.library.rename(document, "Title of b").unwrap();
    let report = a.pull(&b);
    assert_eq!(report.conflicts.iter().map(|conflict| conflict.kind).collect::<Vec<_>>(), ["title"]);
    b.pull(&a);
    for device in [&a, &b] {
        assert_eq!(device.text(document), "ALPHA beta GAMMA");
        assert_eq!(device.library.document(document).unwrap().title, "Title of b");
        device.sound();
    }
    let lost = a.library.superseded(document).unwrap();
    assert_eq!(lost[0].value.as_deref(), Some("Title of a"));
    assert_eq!(seen(&a.library), seen(&b.library));
}

#[test]
fn an_open_session_takes_what_was_pulled_when_it_rebases() {
    let (a, b) = (Device::new(0), Device::new(500));
    let document = a.library.create_document(NewDocument::titled("D").text("alpha beta")).unwrap().id;
    b.pull(&a);
    b.write(document, MAIN_BRANCH, 6, 4, "BETA");
    let session = a.library.edit(document).unwrap();
    session.splice(0, 1, "A").unwrap();
    let report = a.pull(&b);
    assert_eq!(report.pending, 1);
    assert_eq!(session.text(), "Alpha beta");
    b.write(document, MAIN_BRANCH, 10, 0, "!");
    session.splice(0, 0, "> ").unwrap();
    a.pull(&b);
    assert_eq!(session.pending(), 1);
    session.rebase();
    assert_eq!(session.text(), "> Alpha BETA!");
    session.close().unwrap();
    a.sound();
    b.pull(&a);
    assert_eq!(b.text(document), "> Alpha BETA!");
}

#[test]
fn purged_and_deleted_things_stay_away() {
    let (a, b) = (Device::new(0), Device::new(500));
    let document = a.library.create_document(NewDocument::titled("D").folder("F").text("text")).unwrap().id;
    let other = a.library.create_document(NewDocument::titled("E").text("text")).unwrap().id;
    a.library.create_branch(other, "side", None).unwrap();
    b.pull(&a);
    b.write(document, MAIN_BRANCH, 0, 0, "more ");
    b.write(other, "side", 0, 0, "more ");
    a.library.purge(document, true).unwrap();
    a.library.delete_folder("F").unwrap();
    a.library.delete_branch(other, "side").unwrap();
    meet(&[&a, &b]);
    for device in [&a, &b] {
        assert_eq!(device.library.document(document).unwrap_err().code(), Code::DocumentNotFound);
        assert_eq!(device.library.folders().unwrap().len(), 0);
        assert_eq!(device.library.branches(other).unwrap().len(), 1);
        device.sound();
    }
}

#[test]
fn folders_of_one_name_join_and_cycles_are_skipped() {
    let (a, b) = (Device::new(0), Device::new(500));
    a.library.create_document(NewDocument::titled("of a").folder("Notes").text("a")).unwrap();
    b.library.create_document(NewDocument::titled("of b").folder("Notes").text("b")).unwrap();
    a.library.create_folder("Drafts").unwrap();
    let report = a.pull(&b);
    assert!(report.conflicts.iter().any(|conflict| conflict.kind == "folders_joined"), "{report:?}");
    b.pull(&a);
    assert_eq!(seen(&a.library), seen(&b.library));
    assert_eq!(a.library.folders().unwrap().len(), 2);
    a.library.move_folder("Notes", "Drafts").unwrap();
    b.clock.advance(10_000);
    b.library.move_folder("Drafts", "Notes").unwrap();
    let report = a.pull(&b);
    assert!(report.conflicts.iter().any(|conflict| conflict.kind == "folder_cycle"), "{report:?}");
    b.pull(&a);
    assert_eq!(seen(&a.library), seen(&b.library));
    a.sound();
    b.sound();
}

#[test]
fn a_refused_bundle_changes_nothing() {
    let (a, b, c) = (Device::new(0), Device::new(500), Device::new(900));
    let document = a.library.create_document(NewDocument::titled("D").text("alpha beta")).unwrap().id;
    a.library.create_document(NewDocument::titled("E").text("another one")).unwrap();
    let summary = a.library.summary().unwrap();
    a.write(document, MAIN_BRANCH, 0, 0, "more ");
    let mut later = Vec::new();
    let mut for_a = BundleOptions::default();
    for_a.summary = Some(summary);
    a.library.bundle(&for_a, &mut later, &Progress::new()).unwrap();
    let mut whole = Vec::new();
    a.library.bundle(&BundleOptions::default(), &mut whole, &Progress::new()).unwrap();

    let file = b.folder.path().join("bundle");
    let refused = |bytes: &[u8], device: &Device| {
        std::fs::write(&file, bytes).unwrap();
        let before = seen(&device.library);
        let error = device.library.pull_bundle(&file, &Progress::new()).unwrap_err();
        assert_eq!(seen(&device.library), before);
        error.code()
    };
    assert_eq!(refused(&later, &b), Code::BundleIncomplete);
    for cut in [0, 1, 20, whole.len() / 2, whole.len() - 1] {
        assert_eq!(refused(&whole[..cut], &b), Code::BundleInvalid, "{cut}");
    }
    for at in (0..whole.len()).step_by(37) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        assert_eq!(refused(&damaged, &b), Code::BundleInvalid, "{at}");
    }
    // Unharmed, in order, and again.
    for bytes in [&whole, &later, &whole] {
        std::fs::write(&file, bytes).unwrap();
        c.library.pull_bundle(&file, &Progress::new()).unwrap();
    }
    assert_eq!(c.text(document), "more alpha beta");
    assert_eq!(seen(&c.library), seen(&a.library));
}

#[test]
fn an_outbox_is_taken_in_and_emptied() {
    let a = Device::new(0);
    let document = a.library.create_document(NewDocument::titled("D").text("alpha")).unwrap().id;
    a.library.suspend().unwrap();
    let options = OpenOptions::new().clock(Arc::clone(&a.clock) as Arc<dyn Clock>);
    let outbox = Library::open_outbox(a.folder.path(), options.clone()).unwrap();
    outbox.create_document(NewDocument::titled("Clipped").text("from the share sheet")).unwrap();
    outbox.pull_library(a.folder.path(), &Progress::new()).unwrap();
    let session = outbox.edit(document).unwrap();
    session.splice(5, 0, " beta").unwrap();
    session.close().unwrap();
    // While the extension has it open nobody takes it.
    a.library.resume().unwrap();
    assert_eq!(a.text(document), "alpha");
    outbox.close().unwrap();
    let report = a.library.take_outbox().unwrap().unwrap();
    assert_eq!(report.documents, 2);
    assert_eq!(a.text(document), "alpha beta");
    assert!(a.library.find_document("Clipped").is_ok());
    assert_eq!(a.library.take_outbox().unwrap(), None);
    a.sound();
    let outbox = Library::open_outbox(a.folder.path(), options).unwrap();
    assert_eq!(outbox.statistics().unwrap().documents, 0);
}

/// Random work of three people on many documents, pulled at random: in the end all have the same.
fn three_libraries_converge(documents: usize, rounds: usize) {
    let mut random = random::Random::announced();
    let devices: Vec<Device> = (0..3).map(|i| Device::new(i * 777)).collect();
    let mut ids: Vec<DocumentId> = (0..documents)
        .map(|i| {
            let folder = format!("Folder {}", i % 7);
            let new =
                NewDocument::titled(format!("Document {i}")).folder(folder).text(format!("Text {i}. 😀"));
            devices[i % 3].library.create_document(new).unwrap().id
        })
        .collect();
    meet(&devices.iter().collect::<Vec<_>>());
    for round in 0..rounds {
        let device = &devices[random.below(3)];
        device.clock.advance(random.below(3000) as i64);
        let library = &device.library;
        let document = ids[random.below(ids.len())];
        let exists = library.document(document).is_ok();
        match random.below(24) {
            0 => drop(library.rename(document, &format!("Title {round}"))),
            1 => drop(library.move_document(document, &format!("Folder {}", random.below(9)))),
            2 => drop(library.trash(document)),
            3 => drop(library.untrash(document)),
            4 if random.below(8) == 0 => drop(library.purge(document, true)),
            5 => {
                let folders = library.folders().unwrap();
                if !folders.is_empty() {
                    let (a, b) = (random.below(folders.len()), random.below(folders.len()));
                    let _ = library.move_folder(&folders[a].path, &folders[b].path);
                }
            }
            6 => {
                let folders = library.folders().unwrap();
                if !folders.is_empty() {
                    let folder = &folders[random.below(folders.len())];
                    let _ = library.rename_folder(&folder.path, &format!("Folder {}", random.below(12)));
                    let _ = library.order_folder(&folder.path, FolderPosition::First);
                }
            }
            7 => drop(library.create_folder(&format!("Folder {}/Sub {}", random.below(9), random.below(3)))),
            8 if exists => {
                drop(library.create_branch(document, &format!("branch {}", random.below(3)), None))
            }
            9 if exists => {
                let branch = format!("branch {}", random.below(3));
                let _ = library.merge(document, &branch, MAIN_BRANCH);
            }
            10 if exists && random.below(4) == 0 => {
                drop(library.delete_branch(document, &format!("branch {}", random.below(3))));
            }
            11 if exists => {
                let version = library.version(document, MAIN_BRANCH).unwrap();
                library.label(document, &format!("label {}", random.below(3)), &version).unwrap();
            }
            12 if exists => {
                let at = random.below(10) as u64;
                library.add_anchor(document, MAIN_BRANCH, at, AnchorSide::After, "mark").unwrap();
            }
            13 => {
                let other = random.below(3);
                if !std::ptr::eq(&devices[other], device) {
                    device.pull(&devices[other]);
                }
            }
            14 => {
                let new = NewDocument::titled(format!("New {round}")).text("new");
                ids.push(library.create_document(new).unwrap().id);
            }
            15 if exists => drop(library.unlabel(document, &format!("label {}", random.below(3)))),
            _ if exists => {
                let branches = library.branches(document).unwrap();
                let branch = &branches[random.below(branches.len())];
                let length = branch.stats.utf16_units as usize;
                let at = random.below(length + 1) as u64;
                let insert = ["", "x", "some words ", "é", "😀", "\n"][random.below(6)];
                device.write(document, &branch.name, at, random.below(4) as u64, insert);
            }
            _ => {}
        }
    }
    meet(&devices.iter().collect::<Vec<_>>());
    let first = seen(&devices[0].library);
    for device in &devices {
        assert_eq!(seen(&device.library), first);
        device.sound();
    }
    assert!(first.documents.len() > documents / 2);
}

#[test]
fn three_libraries_of_some_documents_converge() {
    three_libraries_converge(20, 400);
}

#[test]
#[ignore = "minutes"] // deliberate: `cargo xtask converge`
fn three_libraries_of_a_thousand_documents_converge() {
    three_libraries_converge(1000, 6000);
}
