//! History through the public API: versions, branches, merges, undo, labels, anchors.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::{ManualClock, Progress, Timestamp};
use writemagic_shared::text::diff::By;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::history::{
    AnchorSide, MAIN_BRANCH, RecordedHistory, TimelineVersion, Version, VersionKind,
};
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::{Applied, Durability, EditSession, Patch};

struct Desk {
    library: Library,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
    document: DocumentId,
}

impl Desk {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_700_000_000_000)));
        let library = open(folder.path(), &clock);
        let document = library.create_document(NewDocument::titled("Draft").text(text)).unwrap().id;
        Self { library, clock, folder, document }
    }

    /// Types at the start of a line of its own, in a session of its own.
    fn splice(&self, branch: &str, at: u64, delete: u64, insert: &str) {
        let session = self.library.edit_branch(self.document, branch).unwrap();
        session.splice(at, delete, insert).unwrap();
        session.flush(Durability::Committed).unwrap();
        session.close().unwrap();
    }

    fn wait(&self, seconds: u32) {
        self.clock.advance(i64::from(seconds) * 1000);
    }

    fn text(&self) -> String {
        self.library.text(self.document).unwrap()
    }

    fn version(&self) -> Version {
        self.library.version(self.document, MAIN_BRANCH).unwrap()
    }

    fn history(&self, all: bool) -> Vec<TimelineVersion> {
        self.library.history(self.document, MAIN_BRANCH, all, &Progress::new()).unwrap()
    }

    fn session(&self) -> EditSession {
        self.library.edit(self.document).unwrap()
    }

    fn sound(&self) {
        let report = self.library.check(false, &Progress::new()).unwrap();
        assert_eq!(report.problems, []);
    }
}

fn open(folder: &std::path::Path, clock: &Arc<ManualClock>) -> Library {
    Library::open(folder, OpenOptions::new().create(true).clock(Arc::clone(clock) as _)).unwrap()
}

/// What a view shows after patches.
fn apply(text: &str, patches: &[Patch]) -> String {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    for patch in patches {
        let range = patch.at as usize..(patch.at + patch.delete) as usize;
        units.splice(range, patch.insert.encode_utf16());
    }
    String::from_utf16(&units).unwrap()
}

#[test]
fn every_version_can_be_read_again() {
    let desk = Desk::new("It was a dark night.");
    let mut past = vec![(desk.version(), desk.text())];
    for (at, delete, insert) in [(9, 4, "bright"), (0, 0, "😀 "), (3, 2, ""), (0, 3, "Ça "), (5, 0, "été ")]
    {
        desk.wait(10);
        desk.splice(MAIN_BRANCH, at, delete, insert);
        past.push((desk.version(), desk.text()));
    }
    for (version, text) in &past {
        assert_eq!(desk.library.text_at(desk.document, version).unwrap(), *text);
        let named = desk.library.find_version(desk.document, MAIN_BRANCH, &version.to_string()).unwrap();
        assert_eq!(named, *version);
    }
    assert_eq!(desk.library.text_at(desk.document, &"root".parse().unwrap()).unwrap(), "");
    let unknown: Version = format!("3-{}", "0".repeat(32)).parse().unwrap();
    let error = desk.library.text_at(desk.document, &unknown).unwrap_err();
    assert_eq!(error.code(), Code::VersionNotFound);
    desk.sound();
}

#[test]
fn the_timeline_tells_sessions_restores_and_labels_apart() {
    let desk = Desk::new("one two three");
    desk.wait(3600);
    desk.splice(MAIN_BRANCH, 13, 0, " four");
    desk.wait(60);
    desk.splice(MAIN_BRANCH, 18, 0, " five");
    let draft = desk.version();
    desk.library.label(desk.document, "draft", &draft).unwrap();
    desk.wait(3600);
    desk.splice(MAIN_BRANCH, 0, 8, "");
    assert_eq!(desk.text(), "three four five");
    desk.wait(10);
    assert_eq!(desk.library.restore(desk.document, MAIN_BRANCH, &draft).unwrap(), Applied::Durable);
    assert_eq!(desk.text(), "one two three four five");

    let kinds: Vec<_> = desk
        .history(false)
        .iter()
        .map(|v| (v.kind, v.words_added, v.words_removed, v.label.clone()))
        .collect();
    use VersionKind::{Restore, Writing};
    let draft_label = Some("draft".to_owned());
    assert_eq!(
        kinds,
        [(Writing, 3, 0, None), (Writing, 2, 0, draft_label), (Writing, 0, 2, None), (Restore, 2, 0, None)]
    );
    assert_eq!(desk.history(true).len(), 5);
    for entry in desk.history(true) {
        desk.library.text_at(desk.document, &entry.version).unwrap();
    }
    // Named by label, and by the start of an id.
    assert_eq!(desk.library.find_version(desk.document, MAIN_BRANCH, "draft").unwrap(), draft);
    assert_eq!(desk.library.find_version(desk.document, MAIN_BRANCH, "head").unwrap(), desk.version());
    let id = draft.to_string();
    assert_eq!(desk.library.find_version(desk.document, MAIN_BRANCH, &id[..12]).unwrap(), draft);
    let error = desk.library.find_version(desk.document, MAIN_BRANCH, "no such").unwrap_err();
    assert_eq!(error.code(), Code::VersionNotFound);
    desk.library.unlabel(desk.document, "draft").unwrap();
    assert_eq!(desk.library.labels(desk.document).unwrap(), []);
    desk.sound();
}

#[test]
fn a_difference_leads_from_one_version_to_the_other() {
    let desk = Desk::new("The quick brown fox.\n\nIt jumped.\n");
    let old = desk.version();
    desk.splice(MAIN_BRANCH, 4, 5, "slow 😀");
    let new = desk.version();
    for by in [By::Words, By::Lines] {
        let difference = desk.library.diff(desk.document, &old, &new, by).unwrap();
        let mut spelled = String::new();
        let mut from = 0;
        for hunk in &difference.hunks {
            spelled += &difference.old[from..hunk.old.start];
            spelled += &difference.new[hunk.new.clone()];
            from = hunk.old.end;
        }
        spelled += &difference.old[from..];
        assert_eq!(spelled, desk.text());
        assert!(!difference.hunks.is_empty());
    }
}

#[test]
fn branches_are_texts_of_their_own_and_merge_without_loss() {
    let desk = Desk::new("Once upon a time. The end.");
    let Desk { library, document, .. } = &desk;
    library.create_branch(*document, "sad", None).unwrap();
    let error = library.create_branch(*document, "sad", None).unwrap_err();
    assert_eq!(error.code(), Code::BranchExists);
    desk.splice("sad", 18, 0, "They died. ");
    desk.splice(MAIN_BRANCH, 0, 4, "Twice");
    assert_eq!(library.branch_text(*document, "sad").unwrap(), "Once upon a time. They died. The end.");
    assert_eq!(desk.text(), "Twice upon a time. The end.");
    let names: Vec<_> = library.branches(*document).unwrap().into_iter().map(|branch| branch.name).collect();
    assert_eq!(names, ["main", "sad"]);

    let report = library.merge(*document, "sad", MAIN_BRANCH).unwrap();
    assert_eq!(report.applied, Applied::Durable);
    assert_eq!(desk.text(), "Twice upon a time. They died. The end.");
    assert_eq!(report.version, desk.version());
    // Merging again changes nothing; the branch is as it was, and goes on.
    assert_eq!(library.merge(*document, "sad", MAIN_BRANCH).unwrap().version, report.version);
    assert_eq!(library.branch_text(*document, "sad").unwrap(), "Once upon a time. They died. The end.");
    desk.splice("sad", 5, 0, "more ");
    desk.splice(MAIN_BRANCH, 38, 0, " Really.");
    library.merge(*document, MAIN_BRANCH, "sad").unwrap();
    assert_eq!(
        library.branch_text(*document, "sad").unwrap(),
        "Twice more upon a time. They died. The end. Really."
    );
    desk.sound();

    library.rename_branch(*document, "sad", "happy").unwrap();
    library.delete_branch(*document, "happy").unwrap();
    assert_eq!(library.branch_text(*document, "happy").unwrap_err().code(), Code::BranchNotFound);
    assert_eq!(library.delete_branch(*document, MAIN_BRANCH).unwrap_err().code(), Code::InvalidArgument);
    desk.sound();
    // And all of it is there in another process.
    let Desk { library, clock, folder, document } = desk;
    library.close().unwrap();
    let library = open(folder.path(), &clock);
    assert_eq!(library.text(document).unwrap(), "Twice upon a time. They died. The end. Really.");
    assert_eq!(library.check(false, &Progress::new()).unwrap().problems, []);
}

#[test]
fn an_open_session_takes_a_merge_in_when_it_rebases() {
    let desk = Desk::new("alpha beta gamma");
    desk.library.create_branch(desk.document, "other", None).unwrap();
    desk.splice("other", 6, 4, "BETA");
    let session = desk.session();
    session.splice(0, 0, "0 ").unwrap();
    let report = desk.library.merge(desk.document, "other", MAIN_BRANCH).unwrap();
    assert_eq!(report.applied, Applied::Pending);
    assert_eq!(session.pending(), 1);
    session.splice(2, 5, "ALPHA").unwrap();
    session.flush(Durability::Committed).unwrap();
    session.splice(18, 0, "!").unwrap();
    let shown = session.text();
    assert_eq!(shown, "0 ALPHA beta gamma!");
    let patches = session.rebase();
    assert_eq!(apply(&shown, &patches), session.text());
    assert_eq!(session.text(), "0 ALPHA BETA gamma!");
    session.splice(0, 2, "").unwrap();
    session.flush(Durability::Committed).unwrap();
    assert_eq!(desk.text(), "ALPHA BETA gamma!");
    session.close().unwrap();
    desk.sound();
}

#[test]
fn a_merge_that_waits_outlives_the_process() {
    let desk = Desk::new("alpha beta gamma");
    desk.library.create_branch(desk.document, "other", None).unwrap();
    desk.splice("other", 6, 4, "BETA");
    let session = desk.session();
    session.splice(0, 5, "ALPHA").unwrap();
    desk.library.merge(desk.document, "other", MAIN_BRANCH).unwrap();
    session.flush(Durability::Committed).unwrap();
    // As after a kill: nothing is closed in order. The copy is opened instead of the folder, which is still locked.
    let copy = tempfile::tempdir().unwrap();
    for file in ["writemagic.db", "writemagic.db-wal"] {
        std::fs::copy(desk.folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let reopened = open(copy.path(), &desk.clock);
    assert_eq!(reopened.text(desk.document).unwrap(), "ALPHA BETA gamma");
    assert_eq!(reopened.check(false, &Progress::new()).unwrap().problems, []);
}

#[test]
fn what_both_sides_touched_is_reported() {
    let desk =
        Desk::new("The king rode out at dawn. Nobody saw him. The end of the story is far away from here.");
    desk.library.create_branch(desk.document, "other", None).unwrap();
    desk.splice("other", 4, 4, "queen");
    desk.splice(MAIN_BRANCH, 9, 4, "walked");
    desk.splice("other", 80, 0, "!");
    let report = desk.library.merge(desk.document, "other", MAIN_BRANCH).unwrap();
    assert!(desk.text().starts_with("The queen walked out"));
    assert_eq!(report.overlaps.len(), 1);
    let units: Vec<u16> = desk.text().encode_utf16().collect();
    let overlap = &report.overlaps[0];
    let shown = |range: &std::ops::Range<u64>| {
        String::from_utf16(&units[range.start as usize..range.end as usize]).unwrap()
    };
    assert!(shown(&overlap.range).contains("queen walked"), "{}", shown(&overlap.range));
    assert!(shown(&overlap.theirs).contains("queen"));
    assert!(shown(&overlap.ours).contains("walked"));
}

#[test]
fn undo_and_redo_go_through_pauses_sessions_and_restarts() {
    let desk = Desk::new("");
    for word in ["one ", "two ", "three "] {
        let at = desk.text().len() as u64;
        desk.splice(MAIN_BRANCH, at, 0, word);
        desk.wait(5);
    }
    desk.splice(MAIN_BRANCH, 4, 4, "");
    assert_eq!(desk.text(), "one three ");
    desk.wait(5);
    let undo = |library: &Library| {
        let session = library.edit(desk.document).unwrap();
        let before = session.text();
        let patches = session.undo();
        if let Ok(patches) = &patches {
            assert_eq!(apply(&before, patches), session.text());
        }
        session.close().unwrap();
        patches.map(|_| library.text(desk.document).unwrap())
    };
    let redo = |library: &Library| {
        let session = library.edit(desk.document).unwrap();
        let done = session.redo();
        session.close().unwrap();
        done.map(|_| library.text(desk.document).unwrap())
    };
    let library = &desk.library;
    assert_eq!(redo(library).unwrap_err().code(), Code::NothingToUndo);
    assert_eq!(undo(library).unwrap(), "one two three ");
    assert_eq!(undo(library).unwrap(), "one two ");
    assert_eq!(redo(library).unwrap(), "one two three ");
    assert_eq!(redo(library).unwrap(), "one three ");
    assert_eq!(redo(library).unwrap_err().code(), Code::NothingToUndo);
    assert_eq!(undo(library).unwrap(), "one two three ");
    library.suspend().unwrap();
    library.resume().unwrap();
    assert_eq!(undo(library).unwrap(), "one two ");
    assert_eq!(undo(library).unwrap(), "one ");
    assert_eq!(undo(library).unwrap(), "");
    assert_eq!(undo(library).unwrap_err().code(), Code::NothingToUndo);
    for text in ["one ", "one two ", "one two three ", "one three "] {
        assert_eq!(redo(library).unwrap(), text);
    }
    // Writing something else ends what can be done again.
    undo(library).unwrap();
    desk.wait(5);
    desk.splice(MAIN_BRANCH, 0, 0, "new ");
    assert_eq!(redo(library).unwrap_err().code(), Code::NothingToUndo);
    assert_eq!(undo(library).unwrap(), "one two three ");
    desk.sound();
}

#[test]
fn a_restore_and_a_merge_are_undone_as_one() {
    let desk = Desk::new("first text");
    let first = desk.version();
    desk.wait(5);
    desk.splice(MAIN_BRANCH, 0, 5, "second");
    desk.library.create_branch(desk.document, "other", None).unwrap();
    desk.splice("other", 11, 0, ", longer");
    desk.wait(5);
    desk.library.restore(desk.document, MAIN_BRANCH, &first).unwrap();
    desk.wait(5);
    desk.library.merge(desk.document, "other", MAIN_BRANCH).unwrap();
    assert_eq!(desk.text(), "first text, longer");
    let session = desk.session();
    session.undo().unwrap();
    assert_eq!(session.text(), "first text");
    session.undo().unwrap();
    assert_eq!(session.text(), "second text");
    session.redo().unwrap();
    session.redo().unwrap();
    assert_eq!(session.text(), "first text, longer");
    session.close().unwrap();
    desk.sound();
}

#[test]
fn one_change_is_taken_back_whatever_came_after() {
    let desk = Desk::new("");
    for word in ["one ", "two ", "three "] {
        let at = desk.text().len() as u64;
        desk.splice(MAIN_BRANCH, at, 0, word);
        desk.wait(5);
    }
    let session = desk.session();
    session.undo_at(5).unwrap();
    assert_eq!(session.text(), "one three ");
    session.close().unwrap();
    desk.sound();
}

#[test]
fn blame_names_authors_from_the_graph() {
    let desk = Desk::new("Her text. ");
    desk.splice(MAIN_BRANCH, 10, 0, "Mine.");
    let origin = writemagic_storage::graph::Origin::device().named("tablet");
    let patches = [Patch { at: 4, delete: 4, insert: "words".into() }];
    desk.library.apply_patches(desk.document, &patches, origin).unwrap();
    let ranges = desk.library.blame(desk.document, MAIN_BRANCH).unwrap();
    let shown: Vec<_> = ranges.iter().map(|by| (by.range.start, by.range.end, by.author.as_str())).collect();
    assert_eq!(desk.text(), "Her words. Mine.");
    assert_eq!(shown, [(0, 4, "person"), (4, 9, "tablet"), (9, 16, "person")]);
}

#[test]
fn anchors_follow_their_character_through_edits_merges_and_branches() {
    let desk = Desk::new("The king rode out.");
    let library = &desk.library;
    let before = library.add_anchor(desk.document, MAIN_BRANCH, 4, AnchorSide::Before, "comment").unwrap();
    let after = library.add_anchor(desk.document, MAIN_BRANCH, 8, AnchorSide::After, "note").unwrap();
    library.create_branch(desk.document, "other", None).unwrap();
    desk.splice("other", 0, 0, "😀 ");
    desk.splice(MAIN_BRANCH, 4, 0, "old ");
    let places = |branch: &str| -> Vec<_> {
        let anchors = library.anchors(desk.document, branch).unwrap();
        let mut places: Vec<_> =
            anchors.iter().map(|anchor| (anchor.kind.clone(), anchor.id, anchor.at, anchor.dead)).collect();
        places.sort();
        places.into_iter().map(|(_, id, at, dead)| (id, at, dead)).collect()
    };
    assert_eq!(places(MAIN_BRANCH), [(before, Some(8), false), (after, Some(12), false)]);
    assert_eq!(places("other"), [(before, Some(7), false), (after, Some(11), false)]);
    library.merge(desk.document, "other", MAIN_BRANCH).unwrap();
    assert_eq!(places(MAIN_BRANCH), [(before, Some(11), false), (after, Some(15), false)]);
    desk.splice(MAIN_BRANCH, 11, 4, "");
    assert_eq!(places(MAIN_BRANCH), [(before, Some(11), true), (after, Some(11), true)]);
    library.remove_anchor(desk.document, before).unwrap();
    assert_eq!(places(MAIN_BRANCH), [(after, Some(11), true)]);
}

#[test]
fn a_long_history_is_folded_and_reads_as_before() {
    let desk = Desk::new("");
    let mut past = Vec::new();
    for chapter in 0..12 {
        let session = desk.session();
        for line in 0..40 {
            let at = session.stats().utf16_units;
            session.splice(at, 0, &format!("Chapter {chapter}, line {line}: été 😀.\n")).unwrap();
            session.splice(at / 2, 3, "x").unwrap();
            session.flush(Durability::Committed).unwrap();
        }
        session.close().unwrap();
        desk.wait(3600);
        past.push((desk.version(), desk.text()));
    }
    let figures = desk.library.statistics().unwrap();
    assert!(figures.chunks > 0, "{figures:?}");
    for (version, text) in &past {
        assert_eq!(desk.library.text_at(desk.document, version).unwrap(), *text);
    }
    assert_eq!(desk.history(false).len(), 12);
    desk.library.create_branch(desk.document, "old", Some(&past[3].0)).unwrap();
    desk.splice("old", 0, 0, "Preface. ");
    desk.library.merge(desk.document, "old", MAIN_BRANCH).unwrap();
    assert_eq!(desk.text(), format!("Preface. {}", past[11].1));
    desk.sound();
}

#[test]
fn a_recorded_edit_beyond_all_limits_is_refused_and_the_history_stays_as_it_was() {
    let most = writemagic_shared::limits::DOCUMENT_EVENTS;
    let mut recorded = RecordedHistory::new();
    recorded.add(0, &[], &[(0, 0, "rain")]).unwrap();
    let mut refused = |patches: &[(u64, u64, &str)]| recorded.add(0, &[0], patches).unwrap_err().code();
    assert_eq!(refused(&[(u64::MAX, 0, "x")]), Code::InvalidArgument);
    assert_eq!(refused(&[(most + 1, 0, "x")]), Code::InvalidArgument);
    assert_eq!(refused(&[(0, u64::MAX, "x")]), Code::MergeRefused);
    assert_eq!(refused(&[(0, most, ""), (0, most, "")]), Code::MergeRefused);
    assert_eq!(recorded.text().unwrap(), "rain");
}
