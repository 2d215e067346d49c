//! Edit sessions against a plain model, through the public API.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

#[path = "support/model.rs"]
mod model;

use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::limits::{BACKLOG_BYTES, DOCUMENT_BYTES};
use writemagic_shared::text::TextStats;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::graph::Origin;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::{
    Applied, Change, Clamp, Durability, EditSession, Patch, Subscription, Ticket,
};

use model::Model;

fn library() -> (TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path().join("lib"), OpenOptions::new().create(true)).unwrap();
    (folder, library)
}

fn session(library: &Library, text: &str) -> EditSession {
    let document = library.create_document(NewDocument::titled("canary-b7e1f0").text(text)).unwrap();
    library.edit(document.id).unwrap()
}

fn drain(changes: &Subscription) -> Vec<Change> {
    std::iter::from_fn(|| changes.next_timeout(Duration::ZERO)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_splices_give_what_a_plain_string_gives(
        start in "(\\PC|\\n|😀|é|\\r\\n){0,40}",
        splices in prop::collection::vec(
            (0..60_u64, prop_oneof![0..8_u64, Just(u64::MAX)], "(\\PC|\\n|😀|a){0,6}", 0..8_u8), 1..40),
    ) {
        let (folder, library) = library();
        let session = session(&library, &start);
        let id = session.document();
        let changes = session.subscribe();
        let mut model = Model::new(&start);
        let mut view = model.clone();
        let mut expected_clamps = Vec::new();
        for (at, delete, insert, what) in splices {
            let (real_at, real_delete) = model.splice(at, delete, &insert);
            let ticket = session.splice(at, delete, &insert).unwrap();
            if (real_at, real_at + real_delete) != (at, at.saturating_add(delete)) {
                expected_clamps.push(Clamp { ticket, at: real_at, delete: real_delete });
            }
            match what {
                0 => prop_assert_eq!(session.flush(Durability::Committed).unwrap(), ticket),
                1 => prop_assert_eq!(session.text(), model.text()),
                2 => prop_assert_eq!(session.stats(), TextStats::of(&model.text())),
                _ => {}
            }
        }
        let last = session.flush(Durability::Strict).unwrap();
        prop_assert_eq!(session.durable(), last);
        prop_assert_eq!(library.text(id).unwrap(), model.text());
        prop_assert_eq!(library.document(id).unwrap().stats, TextStats::of(&model.text()));

        let mut clamps = Vec::new();
        let mut durable = Ticket(0);
        for change in drain(&changes) {
            prop_assert!(!change.merged && !change.reread);
            clamps.extend(change.clamped);
            for Patch { at, delete, insert } in change.patches {
                prop_assert_eq!(view.splice(at, delete, &insert), (at, delete), "patches are exact");
            }
            prop_assert_eq!(change.counts.chars, TextStats::of(&view.text()).chars);
            durable = change.durable;
        }
        prop_assert_eq!(view.text(), model.text());
        prop_assert_eq!(clamps, expected_clamps);
        prop_assert_eq!(durable, last);

        // As a new process finds it: without a refreshed head first, then with one.
        drop((session, changes));
        library.close().unwrap();
        let again = Library::open(folder.path().join("lib"), OpenOptions::new()).unwrap();
        prop_assert_eq!(again.text(id).unwrap(), model.text());
        prop_assert!(again.check(false, &Default::default()).unwrap().problems.is_empty());
    }

    #[test]
    fn pending_edits_reach_the_same_text_as_the_view_that_rebases(
        start in "[a-z😀]{10,40}",
        waiting in (0..10_u64, 0..6_u64, "[A-Z]{0,3}"),
        splices in prop::collection::vec((0..50_u64, 0..6_u64, "[0-9😀]{0,3}"), 0..12),
    ) {
        let (_folder, library) = library();
        let session = session(&library, &start);
        let patch = Patch { at: waiting.0, delete: waiting.1, insert: waiting.2 };
        let applied = library.apply_patches(session.document(), &[patch], Origin::device()).unwrap();
        prop_assert_eq!(applied, Applied::Pending);
        prop_assert_eq!(session.text(), start.as_str(), "the text changes only through the session's own calls");
        let mut view = Model::new(&start);
        for (at, delete, insert) in splices {
            view.splice(at, delete, &insert);
            session.splice(at, delete, &insert).unwrap();
        }
        prop_assert_eq!(session.pending(), 1);
        for Patch { at, delete, insert } in session.rebase() {
            view.splice(at, delete, &insert);
        }
        prop_assert_eq!(session.text(), view.text());
        prop_assert_eq!(session.pending(), 0);
        session.flush(Durability::Committed).unwrap();
        prop_assert_eq!(library.text(session.document()).unwrap(), view.text());
    }
}

#[test]
fn one_document_has_one_session() {
    let (_folder, library) = library();
    let first = session(&library, "one");
    let second = library.edit(first.document()).unwrap();
    first.splice(3, 0, " two").unwrap();
    second.splice(7, 0, " three").unwrap();
    assert_eq!(first.text(), "one two three");
    drop(first);
    assert_eq!(second.splice(0, 0, "x").unwrap(), Ticket(3), "the session lives on in its other handle");
    second.close().unwrap();
    assert_eq!(second.splice(0, 0, "y").unwrap_err().code(), Code::SessionClosed);
    second.close().unwrap();
    assert_eq!(library.text(second.document()).unwrap(), "xone two three");
}

#[test]
fn dropping_the_last_handle_saves_and_makes_it_searchable_at_once() {
    let (_folder, library) = library();
    let session = session(&library, "");
    let id = session.document();
    session.splice(0, 0, "a wombat appears").unwrap();
    drop(session);
    assert_eq!(library.statistics().unwrap().unrefreshed, 0);
    assert_eq!(library.document(id).unwrap().stats.words, 3);
}

#[test]
fn a_lone_surrogate_is_refused_with_its_place() {
    let (_folder, library) = library();
    let session = session(&library, "text");
    let refused = session.splice_utf16(0, 4, &[0x61, 0xD83D, 0x62]).unwrap_err();
    assert_eq!(refused.code(), Code::LoneSurrogate);
    assert_eq!(refused.details().get("index"), Some(1_u64.into()));
    assert_eq!(session.text(), "text", "nothing was deleted");
    session.splice_utf16(4, 0, &[0xD83D, 0xDE00]).unwrap();
    assert_eq!(session.text(), "text😀");
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    let (_folder, library) = library();
    let session = session(&library, "text");
    let splice = |at, delete, bytes: &[u8]| {
        session.splice_utf8(at, delete, bytes.len(), |room| room.copy_from_slice(bytes))
    };
    for long in [0, 5, 2_000] {
        let mut bytes = "é".repeat(long).into_bytes();
        bytes.push(0xC3);
        let refused = splice(0, 4, &bytes).unwrap_err();
        assert_eq!(refused.code(), Code::NotUtf8);
        assert_eq!(refused.details().get("offset"), Some((2 * long as u64).into()));
    }
    let refused = session.splice_utf8(0, 0, DOCUMENT_BYTES as usize + 1, |_| unreachable!()).unwrap_err();
    assert_eq!(refused.code(), Code::LimitExceeded);
    assert_eq!(session.text(), "text", "nothing was deleted");
    splice(4, 0, " 😀".as_bytes()).unwrap();
    splice(0, 0, "".as_bytes()).unwrap();
    splice(0, 4, "é".repeat(200).as_bytes()).unwrap();
    assert_eq!(session.text(), "é".repeat(200) + " 😀");
}

#[test]
fn a_panic_while_bytes_are_written_leaves_the_text_as_it_was() {
    let (_folder, library) = library();
    let session = session(&library, "text");
    for length in [1, 2_000] {
        let panicking = || session.splice_utf8(0, 4, length, |_| panic!("no bytes"));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(panicking)).unwrap_err();
    }
    assert_eq!(session.text(), "text");
    assert_eq!(session.splice(4, 0, "s").unwrap(), session.flush(Durability::Committed).unwrap());
}

#[test]
fn a_document_grows_to_its_limit_and_not_beyond() {
    let (_folder, library) = library();
    let session = session(&library, "");
    let half = "x".repeat(DOCUMENT_BYTES as usize / 2);
    session.splice(0, 0, &half).unwrap();
    session.flush(Durability::Committed).unwrap();
    session.splice(0, 0, &half).unwrap();
    session.flush(Durability::Committed).unwrap();
    let refused = session.splice(5, 0, "y").unwrap_err();
    assert_eq!(refused.code(), Code::LimitExceeded);
    assert_eq!(refused.details().get("value"), Some((DOCUMENT_BYTES + 1).into()));
    assert_eq!(refused.details().get("limit"), Some(DOCUMENT_BYTES.into()));
    session.splice(5, 1, "y").unwrap();
    session.flush(Durability::Committed).unwrap();
    assert_eq!(library.document(session.document()).unwrap().stats.bytes, DOCUMENT_BYTES);
}

#[test]
fn edits_wait_in_memory_while_suspended_and_are_refused_only_at_the_backlog_limit() {
    let (_folder, library) = library();
    let session = session(&library, "");
    session.splice(0, 0, "before ").unwrap();
    library.suspend().unwrap();
    library.suspend().unwrap();
    assert_eq!(library.text(session.document()).unwrap_err().code(), Code::LibrarySuspended);
    assert_eq!(session.flush(Durability::Committed).unwrap(), Ticket(1), "it was saved by suspending");
    // With what a splice costs beside its text, just the limit.
    let large = "z".repeat(BACKLOG_BYTES as usize - 32);
    session.splice(u64::MAX, 0, &large).unwrap();
    session.splice(0, 0, "").unwrap();
    assert_eq!(session.flush(Durability::Committed).unwrap_err().code(), Code::LibrarySuspended);
    let refused = session.splice(0, 0, "no room").unwrap_err();
    assert_eq!(refused.code(), Code::BacklogFull);
    assert_eq!(refused.details().get("limit"), Some(BACKLOG_BYTES.into()));
    library.resume().unwrap();
    library.resume().unwrap();
    session.flush(Durability::Committed).unwrap();
    session.splice(0, 0, "after ").unwrap();
    session.flush(Durability::Strict).unwrap();
    assert_eq!(library.text(session.document()).unwrap(), format!("after before {large}"));
}

#[test]
fn a_suspended_library_can_be_opened_by_somebody_else_and_the_lock_is_missed_on_resume() {
    let (_folder, library) = library();
    library.suspend().unwrap();
    let other = Library::open(library.path(), OpenOptions::new()).unwrap();
    assert_eq!(library.resume().unwrap_err().code(), Code::LibraryBusy);
    other.close().unwrap();
    library.resume().unwrap();
}

#[test]
fn edits_from_elsewhere_on_a_closed_document_are_durable_at_once() {
    let (_folder, library) = library();
    let document = library.create_document(NewDocument::titled("t").text("one 😀 three")).unwrap();
    let patches = [
        Patch { at: 0, delete: 3, insert: "1".into() },
        Patch { at: 4, delete: 2, insert: "2".into() },
        Patch { at: 12, delete: 9, insert: "!".into() },
    ];
    let applied = library.apply_patches(document.id, &patches, Origin::device().named("tablet")).unwrap();
    assert_eq!(applied, Applied::Durable);
    assert_eq!(library.text(document.id).unwrap(), "1 2 three!");
    let out_of_order = [patches[1].clone(), patches[0].clone()];
    let refused = library.apply_patches(document.id, &out_of_order, Origin::device()).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(library.text(document.id).unwrap(), "1 2 three!");
}

#[test]
fn edits_from_elsewhere_that_still_wait_are_taken_in_when_the_session_ends() {
    let (_folder, library) = library();
    let session = session(&library, "text");
    let changes = session.subscribe();
    let patch = Patch { at: 4, delete: 0, insert: "!".into() };
    library.apply_patches(session.document(), &[patch], Origin::device()).unwrap();
    assert_eq!(drain(&changes).last().map(|change| change.pending), Some(1), "it is announced");
    session.close().unwrap();
    assert_eq!(library.text(session.document()).unwrap(), "text!");
    assert!(!drain(&changes).is_empty());
    assert!(changes.is_finished());
}

#[test]
fn several_threads_may_type_into_one_session() {
    let (_folder, library) = library();
    let session = session(&library, "");
    std::thread::scope(|scope| {
        for letter in ["a", "b", "c"] {
            let session = &session;
            scope.spawn(move || {
                for i in 0..500 {
                    session.splice(0, 0, letter).unwrap();
                    if i % 50 == 0 {
                        session.flush(Durability::Committed).unwrap();
                    }
                }
            });
        }
    });
    session.flush(Durability::Committed).unwrap();
    let text = library.text(session.document()).unwrap();
    for letter in ['a', 'b', 'c'] {
        assert_eq!(text.chars().filter(|c| *c == letter).count(), 500);
    }
    assert_eq!(session.events(), 1500);
}
