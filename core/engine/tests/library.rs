//! The facade's own part: long work and the end of a library.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use writemagic::{Code, Coded, Durability, Library, Lifecycle, NewDocument, OpenOptions, Profile};

#[test]
fn a_shutdown_saves_what_was_typed_and_closes_the_library_for_every_clone() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
    let document = library.create_document(NewDocument::titled("Diary")).unwrap().id;
    let session = library.edit(document).unwrap();
    session.splice(0, 0, "It rained.").unwrap();
    let check = library.check(false);
    let report = library.shut_down(Duration::from_secs(60));
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(session.splice(0, 0, "x").unwrap_err().code(), Code::SessionClosed);
    // Finished before, or cancelled by the shutdown.
    if let Err(error) = check.wait() {
        assert!([Code::Cancelled, Code::LibraryClosed].contains(&error.code()), "{error}");
    }
    drop((session, library));
    let library = Library::open(folder.path(), OpenOptions::new()).unwrap();
    assert_eq!(library.text(document).unwrap(), "It rained.");
}

#[test]
fn a_library_follows_the_turns_of_an_apps_life_under_any_profile() {
    for profile in [Profile::INTERACTIVE, Profile::BACKGROUND, Profile::EXTENSION] {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new().create(true).profile(profile);
        let library = Library::open(folder.path(), options).unwrap();
        let document = library.create_document(NewDocument::titled("Diary")).unwrap().id;
        let session = library.edit(document).unwrap();
        let long = "It rained all day. ".repeat(100);
        session.splice(0, 0, &long).unwrap();
        session.flush(Durability::Committed).unwrap();
        library.turn(Lifecycle::MemoryWarning).unwrap();
        let pipeline = library.pipeline();
        // The writer's thread may have kept the one buffer.
        assert!(pipeline.pool.held_bytes <= 2048 && pipeline.pool.out_bytes == 0);
        assert_eq!((pipeline.sessions, pipeline.backlog_bytes), (1, 0));
        assert!(pipeline.commits >= 1 && pipeline.commits_failed == 0);
        assert_eq!(pipeline.backlog_limit_bytes, profile.backlog_bytes);
        library.turn(Lifecycle::Suspend).unwrap();
        assert_eq!(library.text(document).unwrap_err().code(), Code::LibrarySuspended);
        session.splice(0, 0, "Monday. ").unwrap();
        library.turn(Lifecycle::Resume).unwrap();
        session.flush(Durability::Committed).unwrap();
        assert_eq!(library.text(document).unwrap(), format!("Monday. {long}"));
    }
}
