//! Places of one version in later ones, against characters that keep their identity; and changes made at a version.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::{BranchId, DocumentId, RunId};
use writemagic_shared::runtime::Timestamp;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::graph::Origin;
use writemagic_storage::history::{AnchorSide, MAIN_BRANCH, TextPlace, Version};
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::{Applied, Durability, Patch};

fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
    (folder, library)
}

fn document(library: &Library, text: &str) -> DocumentId {
    library.create_document(NewDocument::titled("t").text(text)).unwrap().id
}

/// Characters, each with a number of its own.
#[derive(Clone, Default)]
struct Cells {
    cells: Vec<(usize, char)>,
    next: usize,
}

impl Cells {
    fn splice(&mut self, at: usize, delete: usize, insert: &str) {
        let first = self.next;
        self.next += insert.chars().count();
        let new = insert.chars().enumerate().map(|(i, character)| (first + i, character));
        self.cells.splice(at..at + delete, new.collect::<Vec<_>>());
    }

    fn units(&self, chars: usize) -> u64 {
        self.cells[..chars].iter().map(|(_, character)| character.len_utf16() as u64).sum()
    }

    fn place_of(&self, number: usize) -> Option<usize> {
        self.cells.iter().position(|(of, _)| *of == number)
    }
}

/// Where a place of `old` is in `new`: living, or `None` where its character is gone.
fn expected(old: &Cells, new: &Cells, at: usize, side: AnchorSide) -> Option<u64> {
    let follows = match side {
        AnchorSide::Before => old.cells.get(at),
        AnchorSide::After => at.checked_sub(1).map(|at| &old.cells[at]),
    };
    match (follows, side) {
        (Some((number, _)), AnchorSide::Before) => new.place_of(*number).map(|at| new.units(at)),
        (Some((number, _)), AnchorSide::After) => new.place_of(*number).map(|at| new.units(at + 1)),
        (None, AnchorSide::Before) => Some(new.units(new.cells.len())),
        (None, AnchorSide::After) => Some(0),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn places_follow_their_characters(
        splices in prop::collection::vec((any::<usize>(), 0..4_usize, "[aé😀\n]{0,4}"), 1..30),
        closes in prop::collection::vec(any::<bool>(), 30),
    ) {
        let (_folder, library) = library();
        let id = document(&library, "");
        let mut cells = Cells::default();
        let mut versions: Vec<(Version, Cells)> = Vec::new();
        for ((at, delete, insert), close) in splices.iter().zip(closes) {
            let at = at % (cells.cells.len() + 1);
            let delete = (*delete).min(cells.cells.len() - at);
            let session = library.edit(id).unwrap();
            let units = cells.units(at);
            session.splice(units, cells.units(at + delete) - units, insert).unwrap();
            cells.splice(at, delete, insert);
            if close {
                session.close().unwrap();
            }
            versions.push((library.version(id, MAIN_BRANCH).unwrap(), cells.clone()));
        }
        for (from, old) in &versions {
            let sides = [AnchorSide::Before, AnchorSide::After];
            let all: Vec<(usize, AnchorSide)> =
                (0..=old.cells.len()).flat_map(|at| sides.map(|side| (at, side))).collect();
            let places: Vec<TextPlace> =
                all.iter().map(|(at, side)| TextPlace { at: old.units(*at), side: *side }).collect();
            let (to, new) = &versions[versions.len() - 1];
            let followed = library.follow_places(id, from, to, &places).unwrap().unwrap();
            for ((at, side), found) in all.iter().zip(followed) {
                let expected = expected(old, new, *at, *side);
                prop_assert_eq!(found.dead, expected.is_none());
                prop_assert!(found.at <= new.units(new.cells.len()));
                if let Some(expected) = expected {
                    prop_assert_eq!(found.at, expected);
                }
            }
        }
    }
}

#[test]
fn places_are_not_followed_to_a_version_that_never_had_them() {
    let (_folder, library) = library();
    let id = document(&library, "one two");
    let first = library.version(id, MAIN_BRANCH).unwrap();
    library.create_branch(id, "other", None).unwrap();
    for (branch, text) in [("other", "on the side "), (MAIN_BRANCH, "> ")] {
        let session = library.edit_branch(id, branch).unwrap();
        session.splice(0, 0, text).unwrap();
        session.close().unwrap();
    }
    let (main, other) = (library.version(id, MAIN_BRANCH).unwrap(), library.version(id, "other").unwrap());
    let place = [TextPlace { at: 4, side: AnchorSide::Before }];
    let follow = |from: &Version, to: &Version| {
        library.follow_places(id, from, to, &place).unwrap().map(|places| places[0].at)
    };
    assert_eq!((follow(&first, &main), follow(&first, &other)), (Some(6), Some(16)));
    assert_eq!((follow(&main, &other), follow(&main, &first)), (None, None));
    assert_eq!(follow(&main, &main), Some(4));
    let (_elsewhere, stranger) = self::library();
    let foreign = stranger.version(document(&stranger, "x"), MAIN_BRANCH).unwrap();
    assert_eq!(follow(&foreign, &main), None);
    // A merge brings what was concurrent: the place goes along.
    library.merge(id, "other", MAIN_BRANCH).unwrap();
    let merged = library.version(id, MAIN_BRANCH).unwrap();
    // Whichever of the two insertions stands first.
    assert_eq!(follow(&main, &merged), Some(16));
}

fn run() -> RunId {
    RunId::from_bytes([7; 16])
}

fn patch(at: u64, delete: u64, insert: &str) -> Patch {
    Patch { at, delete, insert: insert.into() }
}

#[test]
fn a_change_at_a_version_is_one_step_and_names_its_run() {
    let (_folder, library) = library();
    let id = document(&library, "It was a dark night.");
    let present = library.present_text(id, None).unwrap();
    assert_eq!((present.text.as_str(), present.waiting), ("It was a dark night.", false));
    let patches = [patch(0, 2, "That"), patch(9, 4, "bright")];
    let origin = Origin::ai("model-1", run());
    let applied = library.apply_proposal(id, None, &present.version, &patches, &origin).unwrap();
    assert_eq!(applied, Some(Applied::Durable));
    assert_eq!(library.text(id).unwrap(), "That was a bright night.");
    // The text has moved on: nothing is done.
    assert_eq!(library.apply_proposal(id, None, &present.version, &patches, &origin).unwrap(), None);
    assert_eq!(library.text(id).unwrap(), "That was a bright night.");
    let blame = library.blame(id, MAIN_BRANCH).unwrap();
    let by_run: Vec<_> = blame.iter().filter(|by| by.run == Some(run())).map(|by| by.range.clone()).collect();
    assert_eq!(by_run, [0..4, 11..17]);
    assert!(blame.iter().all(|by| (by.author == "model-1") == by.run.is_some()));
    let session = library.edit(id).unwrap();
    session.undo().unwrap();
    assert_eq!(session.text(), "It was a dark night.");
    session.redo().unwrap();
    assert_eq!(session.text(), "That was a bright night.");
}

#[test]
fn in_an_open_session_a_change_waits_for_the_rebase_and_typing_moves_it_along() {
    let (_folder, library) = library();
    let id = document(&library, "one two three");
    let session = library.edit(id).unwrap();
    session.splice(0, 0, "zero ").unwrap();
    let present = library.present_text(id, None).unwrap();
    assert_eq!(present.text, "zero one two three");
    session.splice(0, 0, "> ").unwrap();
    let origin = Origin::ai("m", run());
    let patches = [patch(5, 3, "ONE"), patch(13, 5, "THREE")];
    assert_eq!(library.apply_proposal(id, None, &present.version, &patches, &origin).unwrap(), None);
    let present = library.present_text(id, None).unwrap();
    let patches = [patch(7, 3, "ONE"), patch(15, 5, "THREE")];
    let applied = library.apply_proposal(id, None, &present.version, &patches, &origin).unwrap();
    assert_eq!((applied, session.pending()), (Some(Applied::Pending), 2));
    session.splice(0, 2, "").unwrap();
    let now = library.present_text(id, None).unwrap();
    assert_eq!((now.text.as_str(), now.waiting), ("zero one two three", true));
    assert_eq!(session.rebase().len(), 2);
    session.flush(Durability::Committed).unwrap();
    let now = library.present_text(id, None).unwrap();
    assert_eq!((now.text.as_str(), now.waiting), ("zero ONE two THREE", false));
    session.undo().unwrap();
    assert_eq!(session.text(), "zero one two three");
    // A restored version that waits is no proposal.
    library.restore(id, MAIN_BRANCH, &library.version(id, MAIN_BRANCH).unwrap()).unwrap();
    library.apply_patches(id, &[patch(0, 0, "x")], Origin::device()).unwrap();
    assert!(!library.present_text(id, None).unwrap().waiting);
}

#[test]
fn a_change_can_be_made_on_a_branch_by_its_id() {
    let (_folder, library) = library();
    let id = document(&library, "one");
    let branch = library.create_branch(id, "side", None).unwrap().id;
    library.rename_branch(id, "side", "elsewhere").unwrap();
    let present = library.present_text(id, branch).unwrap();
    let origin = Origin::ai("m", run());
    library.apply_proposal(id, branch, &present.version, &[patch(3, 0, " two")], &origin).unwrap().unwrap();
    assert_eq!(library.branch_text(id, "elsewhere").unwrap(), "one two");
    assert_eq!(library.text(id).unwrap(), "one");
    let nowhere = Some(BranchId::new(Timestamp::from_millis(1)));
    assert_eq!(library.present_text(id, nowhere).unwrap_err().code(), Code::BranchNotFound);
    let other = document(&library, "another");
    assert_eq!(library.present_text(other, branch).unwrap_err().code(), Code::BranchNotFound);
}

#[test]
fn all_of_a_change_is_made_or_none_of_it() {
    let (_folder, library) = library();
    let id = document(&library, "one two");
    let version = library.version(id, MAIN_BRANCH).unwrap();
    let apply =
        |patches: &[Patch]| library.apply_proposal(id, None, &version, patches, &Origin::ai("m", run()));
    let overlapping = [patch(4, 3, "TWO"), patch(0, 3, "ONE")];
    assert_eq!(apply(&overlapping).unwrap_err().code(), Code::InvalidArgument);
    let long = [patch(0, 3, "ONE"), patch(4, 0, &"x".repeat(64 << 20))];
    assert_eq!(apply(&long).unwrap_err().code(), Code::LimitExceeded);
    let many: Vec<Patch> = (0..4_097).map(|_| patch(0, 0, "x")).collect();
    assert_eq!(apply(&many).unwrap_err().code(), Code::LimitExceeded);
    assert_eq!(
        (library.text(id).unwrap(), library.version(id, MAIN_BRANCH).unwrap()),
        ("one two".into(), version.clone())
    );
    let session = library.edit(id).unwrap();
    assert_eq!(apply(&overlapping).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(session.pending(), 0);
}
