//! Bundles that were changed on the way, with checksums that are right, pulled by a library: what is refused changes nothing,
//! and what is taken leaves a sound library.
#![no_main]

use std::cell::RefCell;
use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use writemagic_shared::codec::frame::{self, Frames};
use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::exchange::BundleOptions;
use writemagic_storage::history::AnchorSide;
use writemagic_storage::library::OpenOptions;

/// Pulls into one library before the next one takes its place.
const PULLS: u32 = 256;
/// The number of records that hold a chunk of history, which has a checksum of its own at its end.
const EVENTS: u8 = 6;

/// A library that pulls, and the frames of a sound bundle for it.
struct Desk {
    library: Library,
    folder: TempDir,
    frames: Vec<(u8, Vec<u8>)>,
    pulls: u32,
}

impl Desk {
    fn new() -> Self {
        let (other, folder) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
        let open = |path| Library::open(path, OpenOptions::new().create(true)).expect("a library");
        let (sender, library) = (open(other.path()), open(folder.path()));
        let new = NewDocument::titled("A").folder("F/G").text("It was a dark night. 😀\n");
        let document = sender.create_document(new).expect("a document").id;
        library.pull_library(other.path(), &Progress::new()).expect("a pull");
        let write = |library: &Library, branch: &str, at, delete, insert: &str| {
            let session = library.edit_branch(document, branch).expect("a session");
            session.splice(at, delete, insert).expect("a splice");
            session.close().expect("saved");
        };
        sender.create_branch(document, "side", None).expect("a branch");
        write(&sender, "side", 3, 2, "éé");
        write(&sender, "main", 9, 4, "bright");
        write(&library, "main", 0, 2, "That");
        let version = sender.version(document, "main").expect("a version");
        sender.label(document, "label", &version).expect("a label");
        sender.add_anchor(document, "main", 5, AnchorSide::After, "note").expect("an anchor");
        sender.rename_folder("F", "H").expect("renamed");
        let mut bytes = Vec::new();
        let mut options = BundleOptions::default();
        options.summary = Some(library.summary().expect("a summary"));
        sender.bundle(&options, &mut bytes, &Progress::new()).expect("a bundle");
        let mut frames = Frames::new(&bytes, u32::MAX);
        let mut list = Vec::new();
        while let Ok(Some(frame)) = frames.read() {
            list.push((frame.kind, frame.payload.to_vec()));
        }
        Self { library, folder, frames: list, pulls: 0 }
    }

    /// The sound bundle with changes: of a record, where, and what; records left out and doubled.
    fn changed(&self, input: &[u8]) -> Vec<u8> {
        let mut frames = self.frames.clone();
        for change in input.as_chunks::<4>().0.iter().take(8) {
            let [record, what, at, byte] = *change;
            let index = usize::from(record) % frames.len();
            let last = frames.len() - 1;
            match what {
                0 => drop(frames.remove(index)),
                1 => frames.insert(index, frames[index].clone()),
                2 => frames.swap(index, usize::from(at).min(last)),
                _ => {
                    let (kind, payload) = &mut frames[index];
                    let at = usize::from(at) * payload.len() / 256;
                    match what % 4 {
                        0 if !payload.is_empty() => drop(payload.remove(at)),
                        1 => payload.insert(at, byte),
                        2 if byte < 16 => *kind = byte,
                        _ if !payload.is_empty() => payload[at] = byte,
                        _ => {}
                    }
                    if *kind == EVENTS && payload.len() > 4 {
                        let end = payload.len() - 4;
                        let checksum = crc32c::crc32c(&payload[..end]);
                        payload[end..].copy_from_slice(&checksum.to_le_bytes());
                    }
                }
            }
            if frames.is_empty() {
                break;
            }
        }
        let mut bytes = Vec::new();
        for (kind, payload) in frames {
            frame::put(&mut bytes, kind, &payload).expect("short");
        }
        bytes
    }

    fn pull(&mut self, bytes: &[u8]) {
        let file: PathBuf = self.folder.path().join("bundle");
        std::fs::write(&file, bytes).expect("a file");
        let before = self.library.summary().expect("a summary");
        self.pulls += 1;
        match self.library.pull_bundle(&file, &Progress::new()) {
            Ok(_) => {
                let report = self.library.check(false, &Progress::new()).expect("a report");
                assert_eq!(report.problems, []);
            }
            Err(_) => assert_eq!(self.library.summary().expect("a summary"), before),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    thread_local! {
        static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
    }
    DESK.with(|desk| {
        let mut desk = desk.borrow_mut();
        if desk.as_ref().is_none_or(|desk| desk.pulls >= PULLS) {
            *desk = Some(Desk::new());
        }
        let Some(desk) = desk.as_mut() else { return };
        let bytes = match input.split_first() {
            Some((0, bytes)) => bytes.to_vec(),
            Some((_, changes)) => desk.changed(changes),
            None => return,
        };
        desk.pull(&bytes);
    });
});
