//! Names that change everywhere, as one step.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use writemagic_shared::id::BibleRenameId;
use writemagic_shared::limits::{BIBLE_RENAMES, PENDING_EDITS};
use writemagic_shared::runtime::{Clock, Progress};
use writemagic_storage::bible::{BibleRename, RenameState};
use writemagic_storage::session::{Durability, Patch};

use super::*;

fn rename(library: &Library, entry: &BibleEntry, name: &str) -> BibleRename {
    library.rename_bible_entry(entry.id, name, &[], &Progress::new()).unwrap()
}

fn undo(library: &Library, rename: &BibleRename) -> BibleRename {
    library.undo_bible_rename(rename.id, &Progress::new()).unwrap()
}

fn finish(library: &Library, rename: BibleRenameId) -> BibleRename {
    library.finish_bible_rename(rename, &Progress::new()).unwrap()
}

fn name(library: &Library, entry: &BibleEntry) -> String {
    library.bible_entry(entry.id).unwrap().name
}

fn state(rename: &BibleRename, document: DocumentId) -> Option<RenameState> {
    rename.documents.iter().find(|(of, _)| *of == document).map(|(_, state)| *state)
}

/// Shows a view what a session says that changed.
fn show(view: &mut String, patches: &[Patch]) {
    for patch in patches {
        let mut units: Vec<u16> = view.encode_utf16().collect();
        units.splice(patch.at as usize..(patch.at + patch.delete) as usize, patch.insert.encode_utf16());
        *view = String::from_utf16(&units).unwrap();
    }
}

#[test]
fn a_preview_says_what_would_change_and_changes_nothing() {
    let (_folder, library) = library();
    let one = document(&library, "About Ruth", "😀 RUTH’s hat. Ruth Miller left.");
    document(&library, "Nothing", "Truth.");
    let ruth = library
        .add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Ruth").alias("Ruth Miller"))
        .unwrap();
    library.add_bible_entry(&NewBibleEntry::named(EntryKind::Thing, "ruth")).unwrap();
    let preview = library.preview_bible_rename(ruth.id, "Anna", &Progress::new()).unwrap();
    assert_eq!((preview.replaced, preview.left, preview.shared), (1, 0, 1));
    assert_eq!(preview.documents.len(), 1);
    let (found, change) = (&preview.documents[0], &preview.documents[0].changes[0]);
    assert_eq!((found.document, found.title.as_str(), found.changes.len()), (one, "About Ruth", 1));
    assert_eq!((change.range.clone(), change.before.as_str()), (3..7, "RUTH"));
    assert_eq!((change.after.as_deref(), change.shared), (Some("ANNA"), true));
    assert_eq!(library.text(one).unwrap(), "😀 RUTH’s hat. Ruth Miller left.");
    assert_eq!(name(&library, &ruth), "Ruth");
    assert_eq!(code(library.preview_bible_rename(ruth.id, "?", &Progress::new())), Code::InvalidArgument);
}

#[test]
fn a_renaming_goes_through_all_documents_and_is_taken_back_as_one_after_a_restart() {
    let (folder, library) = library();
    let texts = ["Ruth’s house.", "She saw RUTH; Ruth saw her.", "Nobody."];
    let all: Vec<_> = texts.iter().map(|text| document(&library, text, text)).collect();
    let gone = document(&library, "gone", "Ruth");
    library.trash(gone).unwrap();
    let ruth = person(&library, "Ruth");
    let renamed = rename(&library, &ruth, "Anna Lee");
    assert!(renamed.is_complete() && !renamed.undone);
    let now = || all.iter().map(|one| library.text(*one).unwrap()).collect::<Vec<_>>();
    assert_eq!(now(), ["Anna Lee’s house.", "She saw ANNA LEE; Anna Lee saw her.", "Nobody."]);
    assert_eq!((name(&library, &ruth), library.text(gone).unwrap()), ("Anna Lee".into(), "Ruth".into()));
    assert_eq!(library.mentions(ruth.id, 10).unwrap().total, 3);
    // Typing goes on, and stays when the name is taken back.
    let session = library.edit(all[1]).unwrap();
    session.splice(0, 3, "He").unwrap();
    session.close().unwrap();
    library.close().unwrap();
    let library = open(folder.path());
    let listed = library.bible_renames(Some(ruth.id)).unwrap();
    assert_eq!(listed, std::slice::from_ref(&renamed));
    let undone = undo(&library, &renamed);
    assert!(undone.is_complete() && undone.undone);
    let now = || all.iter().map(|one| library.text(*one).unwrap()).collect::<Vec<_>>();
    assert_eq!(now(), ["Ruth’s house.", "He saw RUTH; Ruth saw her.", "Nobody."]);
    assert_eq!(name(&library, &ruth), "Ruth");
    assert_eq!(undo(&library, &renamed), undone);
    assert_eq!(now()[1], "He saw RUTH; Ruth saw her.");
    assert!(library.check(false, &Progress::new()).unwrap().is_ok());
}

#[test]
fn each_document_takes_its_part_back_by_its_own_undo() {
    let (_folder, library) = library();
    let (one, two) = (document(&library, "1", "Ruth and Ruth"), document(&library, "2", "Ruth"));
    let ruth = person(&library, "Ruth");
    let renamed = rename(&library, &ruth, "Anna");
    let session = library.edit(one).unwrap();
    session.undo().unwrap();
    assert_eq!(session.text(), "Ruth and Ruth");
    session.close().unwrap();
    let now = library.bible_rename(renamed.id).unwrap();
    assert_eq!((state(&now, one), state(&now, two)), (Some(RenameState::TakenBack), Some(RenameState::Done)));
    assert_eq!(library.text(two).unwrap(), "Anna");
    undo(&library, &renamed);
    assert_eq!(
        (library.text(one).unwrap(), library.text(two).unwrap()),
        ("Ruth and Ruth".into(), "Ruth".into())
    );
}

#[test]
fn an_open_session_gets_it_with_its_rebase_and_what_is_typed_meanwhile_stays() {
    let (_folder, library) = library();
    let one = document(&library, "1", "");
    let ruth = person(&library, "Ruth");
    let session = library.edit(one).unwrap();
    session.splice(0, 0, "Ruth ran. Ruth hid.").unwrap();
    let renamed = rename(&library, &ruth, "Anna");
    assert_eq!(state(&renamed, one), Some(RenameState::Waiting));
    assert_eq!((session.text().as_str(), session.pending()), ("Ruth ran. Ruth hid.", 2));
    // Asked again, it does not wait twice.
    finish(&library, renamed.id);
    assert_eq!(session.pending(), 2);
    let mut view = session.text();
    session.splice(0, 0, "So: ").unwrap();
    view.insert_str(0, "So: ");
    show(&mut view, &session.rebase());
    assert_eq!((view.as_str(), session.text()), ("So: Anna ran. Anna hid.", view.clone()));
    session.flush(Durability::Committed).unwrap();
    assert!(library.bible_rename(renamed.id).unwrap().is_complete());
    // Taking it back waits as well.
    let undone = undo(&library, &renamed);
    assert_eq!(state(&undone, one), Some(RenameState::Done));
    assert!(!undone.is_complete());
    finish(&library, renamed.id);
    let end = session.text().encode_utf16().count() as u64;
    session.splice(end, 0, " End.").unwrap();
    view.push_str(" End.");
    show(&mut view, &session.rebase());
    assert_eq!((view.as_str(), session.text()), ("So: Ruth ran. Ruth hid. End.", view.clone()));
    session.flush(Durability::Committed).unwrap();
    assert!(library.bible_rename(renamed.id).unwrap().is_complete());
    // The letters that came back are those that were typed: undo goes on to what was typed before.
    while session.undo().is_ok() {}
    assert_eq!(session.text(), "");
}

#[test]
fn taking_it_back_before_the_rebase_leaves_the_session_alone() {
    let (_folder, library) = library();
    let one = document(&library, "1", "Ruth ran.");
    let ruth = person(&library, "Ruth");
    let session = library.edit(one).unwrap();
    library
        .apply_patches(
            one,
            &[Patch { at: 0, delete: 0, insert: "* ".into() }],
            writemagic_storage::graph::Origin::person(),
        )
        .unwrap();
    let renamed = rename(&library, &ruth, "Anna");
    assert_eq!(session.pending(), 2);
    let undone = undo(&library, &renamed);
    assert!(undone.is_complete());
    assert_eq!(session.pending(), 1);
    session.rebase();
    assert_eq!(session.text(), "* Ruth ran.");
}

/// A clock that asks for an end when it is looked at so many times.
#[derive(Debug)]
struct Bomb {
    left: AtomicI64,
    progress: Progress,
}

impl Clock for Bomb {
    fn now(&self) -> Timestamp {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            self.progress.cancel();
        }
        Timestamp::from_millis(1_700_000_000_000)
    }
}

/// Renames in five documents and an open session, and ends at the clock's `moment`th look; gives what a kill would leave then.
fn cut_short(moment: i64, folder: &std::path::Path) -> (Vec<DocumentId>, bool) {
    let bomb = Arc::new(Bomb { left: AtomicI64::new(i64::MAX), progress: Progress::new() });
    let options = OpenOptions::new().create(true).clock(bomb.clone());
    let library = Library::open(folder.join("first"), options).unwrap();
    let all: Vec<_> = (0..6).map(|i| document(&library, &format!("{i}"), "Ruth, Ruth!")).collect();
    let ruth = person(&library, "Ruth");
    let _session = library.edit(all[5]).unwrap();
    bomb.left.store(moment, Ordering::Relaxed);
    let stopped = library.rename_bible_entry(ruth.id, "Anna", &[], &bomb.progress).is_err();
    // What waits beside the session is in memory alone.
    library.back_up(&folder.join("writemagic.db"), &Progress::new()).unwrap();
    (all, stopped)
}

#[test]
fn a_renaming_that_was_cut_short_is_finished_or_taken_back_by_the_next_process() {
    let mut stops = 0;
    for (moment, takes_back) in (0..24).flat_map(|moment| [(moment, false), (moment, true)]) {
        let folder = tempfile::tempdir().unwrap();
        let (all, stopped) = cut_short(moment, folder.path());
        let library = open(folder.path());
        let Some(found) = library.bible_renames(None).unwrap().pop() else { continue };
        let ruth = library.bible_entry(found.entry).unwrap();
        assert!(!found.is_complete() && ruth.name == "Anna");
        let waiting = found.documents.iter().filter(|(_, state)| *state == RenameState::Waiting).count();
        assert!(stopped || waiting == 1);
        stops += usize::from(waiting > 1);
        for (document, state) in &found.documents {
            let expected = if *state == RenameState::Done { "Anna, Anna!" } else { "Ruth, Ruth!" };
            assert_eq!(library.text(*document).unwrap(), expected);
        }
        let (done, text) = match takes_back {
            true => (undo(&library, &found), "Ruth, Ruth!"),
            false => (finish(&library, found.id), "Anna, Anna!"),
        };
        assert!(done.is_complete());
        assert!(all.iter().all(|document| library.text(*document).unwrap() == text));
        assert_eq!(name(&library, &ruth), if takes_back { "Ruth" } else { "Anna" });
        assert!(library.check(false, &Progress::new()).unwrap().is_ok());
    }
    assert!(stops > 4, "few ends came in the middle: {stops}");
}

#[test]
fn a_session_in_which_nothing_is_left_to_rename_does_not_keep_it_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let (all, _) = cut_short(i64::MAX, folder.path());
    let library = open(folder.path());
    let found = library.bible_renames(None).unwrap().remove(0);
    assert_eq!(state(&found, all[5]), Some(RenameState::Waiting));
    let session = library.edit(all[5]).unwrap();
    session.splice(0, 100, "She, she!").unwrap();
    assert!(finish(&library, found.id).is_complete());
    assert_eq!((session.text().as_str(), session.pending()), ("She, she!", 0));
    assert!(undo(&library, &found).is_complete());
    assert_eq!((session.text().as_str(), session.pending()), ("She, she!", 0));
}

#[test]
fn cancelled_before_the_first_document_nothing_is_lost() {
    let (folder, library) = library();
    let one = document(&library, "1", "Ruth");
    let ruth = person(&library, "Ruth");
    let progress = Progress::new();
    progress.cancel();
    assert_eq!(code(library.rename_bible_entry(ruth.id, "Anna", &[], &progress)), Code::Cancelled);
    assert_eq!((name(&library, &ruth), library.bible_renames(None).unwrap().len()), ("Ruth".into(), 0));
    let renamed = rename(&library, &ruth, "Anna");
    assert_eq!(code(library.finish_bible_rename(renamed.id, &progress)), Code::Cancelled);
    assert_eq!(code(library.undo_bible_rename(renamed.id, &progress)), Code::Cancelled);
    // The name is back, the document not yet: the next process goes on where this one stopped.
    drop(library);
    let library = open(folder.path());
    assert_eq!((name(&library, &ruth), library.text(one).unwrap()), ("Ruth".into(), "Anna".into()));
    assert!(finish(&library, renamed.id).is_complete());
    assert_eq!(library.text(one).unwrap(), "Ruth");
}

#[test]
fn an_alias_becomes_the_name_and_an_alias_again() {
    let (_folder, library) = library();
    let one = document(&library, "1", "Ruth Miller and Ruth");
    let ruth = library
        .add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Ruth").alias("Ruth Miller"))
        .unwrap();
    let renamed = rename(&library, &ruth, "Ruth Miller");
    assert_eq!(library.bible_entry(ruth.id).unwrap().aliases, []);
    assert_eq!(library.text(one).unwrap(), "Ruth Miller and Ruth Miller");
    undo(&library, &renamed);
    let back = library.bible_entry(ruth.id).unwrap();
    assert_eq!((back.name.as_str(), back.aliases[0].name.as_str()), ("Ruth", "Ruth Miller"));
    assert_eq!(library.text(one).unwrap(), "Ruth Miller and Ruth");
}

#[test]
fn renamings_are_taken_back_the_newest_first() {
    let (_folder, library) = library();
    let one = document(&library, "1", "Ruth");
    let ruth = person(&library, "Ruth");
    let first = rename(&library, &ruth, "Anna");
    let second = rename(&library, &ruth, "Eva");
    assert_eq!(library.text(one).unwrap(), "Eva");
    assert_eq!(code(library.undo_bible_rename(first.id, &Progress::new())), Code::BibleRenameSuperseded);
    assert_eq!((name(&library, &ruth), library.text(one).unwrap()), ("Eva".into(), "Eva".into()));
    undo(&library, &second);
    assert_eq!((name(&library, &ruth), library.text(one).unwrap()), ("Anna".into(), "Anna".into()));
    undo(&library, &first);
    assert_eq!((name(&library, &ruth), library.text(one).unwrap()), ("Ruth".into(), "Ruth".into()));
}

#[test]
fn what_is_typed_beside_a_name_stays_when_it_is_taken_back() {
    let (_folder, library) = library();
    let one = document(&library, "1", "Ruth ran to Ruth.");
    let ruth = person(&library, "Ruth");
    let renamed = rename(&library, &ruth, "Anna");
    let session = library.edit(one).unwrap();
    session.splice(0, 0, "So ").unwrap();
    session.splice(7, 0, "-Lea").unwrap();
    session.close().unwrap();
    assert_eq!(library.text(one).unwrap(), "So Anna-Lea ran to Anna.");
    let session = library.edit(one).unwrap();
    session.splice(19, 4, "Eva").unwrap();
    session.close().unwrap();
    let named = BibleEntryChange { name: Some("Anna-Lea".into()), ..BibleEntryChange::default() };
    library.set_bible_entry(ruth.id, &named).unwrap();
    undo(&library, &renamed);
    assert_eq!(library.text(one).unwrap(), "So Ruth-Lea ran to Eva.");
    assert_eq!(name(&library, &ruth), "Anna-Lea");
}

#[test]
fn names_side_by_side_change_and_come_back() {
    let (_folder, library) = library();
    let one = document(&library, "1", "田中田中と田中");
    let tanaka = person(&library, "田中");
    let renamed = rename(&library, &tanaka, "山本山");
    assert_eq!(library.text(one).unwrap(), "山本山山本山と山本山");
    undo(&library, &renamed);
    assert_eq!(library.text(one).unwrap(), "田中田中と田中");
}

#[test]
fn a_renaming_that_somebody_wrote_over_everywhere_is_taken_back_with_nothing_to_change() {
    let (_folder, library) = library();
    let one = document(&library, "1", "Ruth.");
    let ruth = person(&library, "Ruth");
    let renamed = rename(&library, &ruth, "Anna");
    let session = library.edit(one).unwrap();
    session.splice(0, 4, "Eva").unwrap();
    assert!(undo(&library, &renamed).is_complete());
    assert_eq!((session.text().as_str(), session.pending()), ("Eva.", 0));
}

#[test]
fn the_oldest_renamings_are_forgotten_over_the_limit() {
    let (_folder, library) = library();
    let ruth = person(&library, "Ruth");
    let first = rename(&library, &ruth, "R 0");
    for i in 1..BIBLE_RENAMES {
        rename(&library, &ruth, &format!("R {i}"));
    }
    assert!(library.bible_rename(first.id).is_ok());
    rename(&library, &ruth, "Anna");
    assert_eq!(code(library.bible_rename(first.id)), Code::BibleRenameNotFound);
    assert_eq!(library.bible_renames(None).unwrap().len() as u64, BIBLE_RENAMES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_text_is_what_it_was_when_a_renaming_is_taken_back(
        parts in prop::collection::vec(prop::sample::select(vec!["Ruth", "RUTH’s", "ruth", " ", "\n", "田中", "😀", "truth", "-"]), 0..30),
        in_session in any::<bool>(),
    ) {
        let (_folder, library) = library();
        let text = parts.concat();
        let one = document(&library, "1", &text);
        let entry = library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Ruth").alias("田中")).unwrap();
        let session = in_session.then(|| library.edit(one).unwrap());
        let settle = || if let Some(session) = &session {
            session.rebase();
            session.flush(Durability::Committed).unwrap();
        };
        let count = library.mentions(entry.id, 0).unwrap().total;
        let renamed = rename(&library, &entry, "Anna Lee");
        settle();
        prop_assert!(library.bible_rename(renamed.id).unwrap().is_complete());
        prop_assert_eq!(library.mentions(entry.id, 0).unwrap().total, count);
        undo(&library, &renamed);
        settle();
        prop_assert!(library.bible_rename(renamed.id).unwrap().is_complete());
        prop_assert_eq!(library.text(one).unwrap(), text);
    }
}

#[test]
fn documents_that_are_left_out_stay() {
    let (_folder, library) = library();
    let (one, two) = (document(&library, "1", "Ruth"), document(&library, "2", "Ruth"));
    let ruth = person(&library, "Ruth");
    let renamed = library.rename_bible_entry(ruth.id, "Anna", &[two], &Progress::new()).unwrap();
    assert_eq!(renamed.documents, [(one, RenameState::Done)]);
    assert_eq!((library.text(one).unwrap(), library.text(two).unwrap()), ("Anna".into(), "Ruth".into()));
    library.purge(one, true).unwrap();
    assert_eq!(undo(&library, &renamed).documents, []);
    library.remove_bible_entry(ruth.id).unwrap();
    assert_eq!(code(library.bible_rename(renamed.id)), Code::BibleRenameNotFound);
    assert_eq!(library.bible_renames(None).unwrap(), []);
}

#[test]
fn more_places_than_may_wait_are_refused_where_a_session_is_open_and_done_where_none_is() {
    let (_folder, library) = library();
    let text = "Ruth ".repeat(PENDING_EDITS as usize + 1);
    let one = document(&library, "1", &text);
    let ruth = person(&library, "Ruth");
    let session = library.edit(one).unwrap();
    let refused = library.rename_bible_entry(ruth.id, "Anna", &[], &Progress::new());
    assert_eq!(code(refused), Code::LimitExceeded);
    assert_eq!((name(&library, &ruth), session.pending()), ("Ruth".into(), 0));
    session.close().unwrap();
    assert!(rename(&library, &ruth, "Anna").is_complete());
    assert_eq!(library.text(one).unwrap(), text.replace("Ruth", "Anna"));
}

#[test]
fn anchors_and_labels_survive_a_renaming() {
    let (_folder, library) = library();
    let one = document(&library, "1", "Ruth saw Oz.");
    let ruth = person(&library, "Ruth");
    let place = FactPlace { document: one, at: Some(9) };
    let new = NewBibleFact { text: "in Oz".into(), from: Some(place), until: None };
    library.add_bible_fact(ruth.id, &new).unwrap();
    rename(&library, &ruth, "Anna-Maria");
    let fact = library.bible_facts(ruth.id).unwrap().remove(0);
    assert_eq!(fact.from, Some(FactBound::Place { document: one, at: 15 }));
}
