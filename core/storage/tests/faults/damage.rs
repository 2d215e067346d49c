//! Files that were cut, altered or mixed up between two runs: an old text, or a typed error, never a wrong text.

use std::fs::{self, OpenOptions as FileOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Progress;
use writemagic_storage::document::NewDocument;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::Durability;
use writemagic_storage::{Error, Library};

use crate::disk::{Disk, copy_folder};
use crate::random::Random;

/// Damaged libraries in the ordinary run.
const CASES: usize = 400;
const PAGE: usize = 4096;
const DATABASE: &str = "writemagic.db";
const LOG: &str = "writemagic.db-wal";

/// What a damaged library may say. None of them is a fault of the engine.
const HONEST: [Code; 6] = [
    Code::LibraryCorrupt,
    Code::NotALibrary,
    Code::LibraryTooNew,
    Code::HistoryDamaged,
    Code::DocumentNotFound,
    Code::LibraryNotFound,
];

/// A document and every text that it had.
struct Written {
    id: DocumentId,
    texts: Vec<String>,
}

/// Two copies of one library: as closing left it, and as a kill would have.
struct Sound {
    _folder: TempDir,
    closed: PathBuf,
    killed: PathBuf,
    documents: Vec<Written>,
}

impl Sound {
    fn new(random: &mut Random) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (closed, killed) = (folder.path().join("library"), folder.path().join("killed"));
        fs::create_dir(&closed).unwrap();
        let disk = Disk::of(&closed);
        let library = Library::open(&closed, OpenOptions::new().create(true)).unwrap();
        let mut documents: Vec<Written> = (0..12)
            .map(|number| {
                let text = format!("canary-b7e1f0 {number}\n").repeat([1, 3, 400][number % 3]);
                let new = NewDocument::titled("canary-b7e1f0").text(&text);
                let id = library.create_document(new).unwrap().id;
                Written { id, texts: vec![String::new(), text] }
            })
            .collect();
        let mut open = Vec::new();
        for round in 0..6 {
            if round == 3 {
                // The database holds the first half, the log the second.
                library.suspend().unwrap();
                library.resume().unwrap();
            }
            for document in &mut documents {
                let session = library.edit(document.id).unwrap();
                for _ in 0..4 {
                    let mut text = document.texts.last().unwrap().clone();
                    let at = random.below(text.len());
                    let more = format!("{round}-{}", random.below(1000));
                    session.splice(at as u64, 0, &more).unwrap();
                    text.insert_str(at, &more);
                    document.texts.push(text);
                }
                session.flush(Durability::Committed).unwrap();
                if random.below(2) == 0 {
                    session.close().unwrap();
                } else {
                    // Dropping it would write its head.
                    open.push(session);
                }
            }
        }
        disk.still(|| copy_folder(&closed, &killed));
        library.close().unwrap();
        Self { _folder: folder, closed, killed, documents }
    }
}

/// Damages one file of a library; says how.
fn damage(library: &Path, random: &mut Random) -> String {
    let log = fs::metadata(library.join(LOG)).is_ok_and(|log| log.len() > 0) && random.below(2) == 0;
    let path = library.join(if log { LOG } else { DATABASE });
    let mut bytes = fs::read(&path).unwrap();
    let (length, at) = (bytes.len(), random.below(bytes.len()));
    let how = match random.below(7) {
        0 => {
            FileOptions::new().write(true).open(&path).unwrap().set_len(at as u64).unwrap();
            return format!("log {log}: cut at {at} of {length}");
        }
        1..=3 => {
            let bit = random.below(8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
        4 => {
            let end = (at + 1 + random.below(600)).min(length);
            bytes[at..end].fill(0);
            format!("bytes {at}..{end} zeroed")
        }
        5 => {
            let page = at / PAGE * PAGE;
            let end = (page + PAGE).min(length);
            bytes[page..end].iter_mut().step_by(97).for_each(|byte| *byte ^= 0x55);
            format!("page at {page} altered in many places")
        }
        _ => {
            let from = random.below(length / PAGE) * PAGE;
            let to = (at / PAGE * PAGE).min(length - PAGE);
            bytes.copy_within(from..from + PAGE, to);
            format!("page at {from} written over the one at {to}")
        }
    };
    fs::write(&path, &bytes).unwrap();
    format!("log {log}: {how}")
}

/// The value, or `None` after an honest error.
fn honest<T>(result: Result<T, Error>) -> Option<T> {
    result.inspect_err(|error| assert!(HONEST.contains(&error.code()), "{error:?}")).ok()
}

/// Reads, checks and edits a damaged library. Gives whether anything told of the damage.
fn use_damaged(library: &Path, documents: &[Written], read_only: bool) -> bool {
    let Some(library) = honest(Library::open(library, OpenOptions::new().read_only(read_only))) else {
        return true;
    };
    let (mut told, mut hidden) = (false, false);
    for document in documents {
        match honest(library.text(document.id)) {
            Some(text) => assert!(document.texts.contains(&text), "a text that never was"),
            None => told = true,
        }
        if read_only {
            continue;
        }
        let Some(session) = honest(library.edit(document.id)) else {
            told = true;
            continue;
        };
        let mut text = session.text();
        assert!(document.texts.contains(&text), "a text under edit that never was");
        session.splice(0, 0, "edited ").unwrap();
        text.insert_str(0, "edited ");
        if honest(session.flush(Durability::Committed)).is_some()
            && let Some(saved) = honest(library.text(document.id))
            && saved != text
        {
            // The edit went to a page that a reader does not come by: he sees one before it, and `check` tells.
            assert!(document.texts.contains(&saved), "a text that never was");
            hidden = true;
        }
        told |= honest(session.close()).is_none();
    }
    let report = honest(library.check(false, &Progress::new()));
    told |= report.is_none_or(|report| !report.is_ok());
    assert!(told || !hidden, "an edit is hidden and nothing tells of it");
    told | honest(library.close()).is_none()
}

/// Damages this many libraries and uses them; gives how many told of it.
fn damage_many(cases: usize, random: &mut Random) -> usize {
    let sound = Sound::new(random);
    let told = (0..cases).filter(|case| {
        let folder = tempfile::tempdir().unwrap();
        let killed = random.below(2) == 0;
        copy_folder(if killed { &sound.killed } else { &sound.closed }, folder.path());
        let how = damage(folder.path(), random);
        let read_only = random.below(2) == 0;
        // Only so that nothing waits for the device.
        let _disk = Disk::of(folder.path());
        let used = catch_unwind(AssertUnwindSafe(|| use_damaged(folder.path(), &sound.documents, read_only)));
        let at = || panic!("case {case}: after a kill {killed}, read only {read_only}, {how}");
        used.unwrap_or_else(|_| at())
    });
    told.count()
}

#[test]
fn damaged_files_give_a_text_that_was_or_a_typed_error() {
    let told = damage_many(CASES, &mut Random::announced());
    println!("{CASES} damaged libraries, {told} of them told of it");
    // Much of the damage is in places that nothing stands in.
    assert!(told > CASES / 8);
}

mod stress {
    use super::*;
    use crate::seconds::repeatedly;

    #[test]
    #[ignore = "a minute, or WRITEMAGIC_STRESS_SECONDS"] // deliberate: `cargo xtask stress` runs it
    fn damaged_files_of_many_libraries() {
        let mut random = Random::announced();
        repeatedly(|_| {
            damage_many(CASES, &mut random);
        });
    }
}
