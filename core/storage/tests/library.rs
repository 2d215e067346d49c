//! Opening, refusing, sharing, backing up and checking a library, through the public API.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

use std::fs::{self, File, OpenOptions as FileOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::runtime::{ManualClock, Progress, Timestamp};
use writemagic_storage::Library;
use writemagic_storage::document::{DocumentFilter, NewDocument};
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::Durability;

const DATABASE: &str = "writemagic.db";

fn new_library() -> (TempDir, PathBuf, Library) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lib");
    let library = Library::open(&path, OpenOptions::new().create(true)).unwrap();
    (folder, path, library)
}

/// A closed library of some documents.
fn filled() -> (TempDir, PathBuf) {
    let (folder, path, library) = new_library();
    for i in 0..50 {
        let text = format!("canary-b7e1f0 number {i}\n").repeat(200);
        library.create_document(NewDocument::titled(format!("canary-b7e1f0 {i}")).text(text)).unwrap();
    }
    library.close().unwrap();
    (folder, path)
}

fn snapshot(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap())
        })
        .filter(|(name, _)| name != "writemagic.lock")
        .collect();
    files.sort();
    files
}

fn refused(path: &Path, options: OpenOptions) -> Code {
    let before = if path.is_dir() { snapshot(path) } else { Vec::new() };
    let code = Library::open(path, options).unwrap_err().code();
    if path.is_dir() {
        assert_eq!(snapshot(path), before, "a refused library is left as it was");
    }
    code
}

fn patch_file(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = FileOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn a_library_that_is_not_there_is_not_made_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none");
    assert_eq!(refused(&path, OpenOptions::new()), Code::LibraryNotFound);
    assert_eq!(refused(&path, OpenOptions::new().read_only(true)), Code::LibraryNotFound);
    assert!(!path.exists());
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "text").unwrap();
    assert_eq!(refused(&plain, OpenOptions::new().create(true)), Code::NotALibrary);
    for content in [&b"hello"[..], &[7; 4096], b"SQLite format 2\0"] {
        let path = tempfile::tempdir_in(folder.path()).unwrap();
        fs::write(path.path().join(DATABASE), content).unwrap();
        assert_eq!(refused(path.path(), OpenOptions::new().create(true)), Code::NotALibrary);
        assert_eq!(refused(path.path(), OpenOptions::new().read_only(true)), Code::NotALibrary);
    }
    // Another program's database.
    let (_folder, path) = filled();
    patch_file(&path.join(DATABASE), 68, &[0; 4]);
    assert_eq!(refused(&path, OpenOptions::new()), Code::NotALibrary);
}

#[test]
fn a_library_of_a_newer_engine_is_refused() {
    let (_folder, path) = filled();
    patch_file(&path.join(DATABASE), 60, &77_u32.to_be_bytes());
    for options in [OpenOptions::new(), OpenOptions::new().create(true), OpenOptions::new().read_only(true)] {
        let error = Library::open(&path, options.clone()).unwrap_err();
        assert_eq!(error.details().get("found"), Some(77_u64.into()));
        assert_eq!(refused(&path, options), Code::LibraryTooNew);
    }
}

#[test]
fn a_truncated_database_is_refused() {
    for keep in [0, 10, 99, 100, 5000] {
        let (_folder, path) = filled();
        FileOptions::new().write(true).open(path.join(DATABASE)).unwrap().set_len(keep).unwrap();
        assert_eq!(refused(&path, OpenOptions::new().create(true)), Code::LibraryCorrupt, "{keep} bytes");
        assert_eq!(refused(&path, OpenOptions::new().read_only(true)), Code::LibraryCorrupt, "{keep} bytes");
    }
}

#[test]
fn one_process_writes_and_others_read_beside_it() {
    let (_folder, path, library) = new_library();
    let document = library.create_document(NewDocument::titled("a").text("one")).unwrap();
    assert_eq!(refused(&path, OpenOptions::new()), Code::LibraryBusy);
    let session = library.edit(document.id).unwrap();
    session.splice(3, 0, " two").unwrap();
    session.flush(Durability::Committed).unwrap();
    let reader = Library::open(&path, OpenOptions::new().read_only(true)).unwrap();
    assert_eq!(reader.text(document.id).unwrap(), "one two", "the journal is applied in memory");
    assert_eq!(reader.document(document.id).unwrap().stats.words, 2);
    let page = reader.documents(&DocumentFilter::default(), None, 10).unwrap();
    assert_eq!(page.documents[0].stats.words, 2);
    session.splice(7, 0, " three").unwrap();
    session.flush(Durability::Committed).unwrap();
    assert_eq!(reader.text(document.id).unwrap(), "one two three");
    for error in [
        reader.create_document(NewDocument::titled("b")).unwrap_err(),
        reader.trash(document.id).unwrap_err(),
        reader.edit(document.id).unwrap_err(),
        reader.check(true, &Progress::new()).unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::LibraryReadOnly);
    }
    reader.close().unwrap();
    assert_eq!(reader.text(document.id).unwrap_err().code(), Code::LibraryClosed);
}

#[test]
fn a_full_library_refuses_writes_and_keeps_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions::new().create(true).max_bytes(400_000);
    let library = Library::open(folder.path(), options).unwrap();
    let document = library.create_document(NewDocument::titled("canary-b7e1f0").text("start")).unwrap();
    let session = library.edit(document.id).unwrap();
    let noise = |i: u64| -> String {
        (0..2000).map(|k| char::from(b'a' + ((i * 7919 + k * k * 31) % 26) as u8)).collect()
    };
    let mut saved = "start".to_owned();
    let mut waiting = saved.clone();
    let error = loop {
        let text = noise(waiting.len() as u64);
        session.splice(waiting.len() as u64, 0, &text).unwrap();
        waiting.push_str(&text);
        match session.flush(Durability::Committed) {
            Ok(_) => saved.clone_from(&waiting),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), Code::DiskFull);
    let large = NewDocument::titled("b").text("x ".repeat(50_000));
    assert_eq!(library.create_document(large).unwrap_err().code(), Code::DiskFull);
    assert_eq!(library.text(document.id).unwrap(), saved);
    assert_eq!(session.text(), waiting, "unsaved edits stay in memory");
    assert_eq!(library.close().unwrap_err().code(), Code::DiskFull, "closing says that something is unsaved");
    drop((session, library));
    // With room again, everything acknowledged is there.
    let library = Library::open(folder.path(), OpenOptions::new()).unwrap();
    assert_eq!(library.text(document.id).unwrap(), saved);
    assert!(library.check(false, &Progress::new()).unwrap().is_ok());
}

#[test]
fn unsaved_edits_are_saved_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions::new().create(true).max_bytes(600_000);
    let library = Library::open(folder.path(), options).unwrap();
    let document = library.create_document(NewDocument::titled("a")).unwrap();
    let filler = library.create_document(NewDocument::titled("b").text("x ".repeat(60_000))).unwrap();
    let session = library.edit(document.id).unwrap();
    let mut seed = 1_u64;
    let mut text = String::new();
    let full = loop {
        let more: String = (0..3000)
            .map(|_| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                char::from(b'a' + (seed >> 60) as u8)
            })
            .collect();
        session.splice(text.len() as u64, 0, &more).unwrap();
        text.push_str(&more);
        if let Err(error) = session.flush(Durability::Committed) {
            break error;
        }
    };
    assert_eq!(full.code(), Code::DiskFull);
    library.purge(filler.id, true).unwrap();
    session.flush(Durability::Committed).unwrap();
    assert_eq!(library.text(document.id).unwrap(), text);
}

#[test]
fn a_back_up_is_a_library_of_that_moment() {
    let (folder, _, library) = new_library();
    let document = library.create_document(NewDocument::titled("a").text("before")).unwrap();
    let file = folder.path().join("backups/today").join(DATABASE);
    let progress = Progress::new();
    let bytes = library.back_up(&file, &progress).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), bytes);
    assert_eq!(progress.snapshot().done, progress.snapshot().total);
    library.edit(document.id).unwrap().splice(0, 6, "after").unwrap();
    assert_eq!(library.back_up(&file, &Progress::new()).unwrap_err().code(), Code::AlreadyExists);
    let cancelled = Progress::new();
    cancelled.cancel();
    let other = folder.path().join("other.db");
    assert_eq!(library.back_up(&other, &cancelled).unwrap_err().code(), Code::Cancelled);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "a failed copy is removed");
    let no_path = library.back_up(Path::new("a\0b"), &Progress::new()).unwrap_err();
    assert_eq!(no_path.code(), Code::InvalidArgument);
    let copy = Library::open(file.parent().unwrap(), OpenOptions::new()).unwrap();
    assert_eq!(copy.text(document.id).unwrap(), "before");
    assert_eq!(copy.id(), library.id());
    assert!(copy.check(false, &Progress::new()).unwrap().is_ok());
}

#[test]
fn what_history_can_mend_is_mended() {
    let (_folder, path, library) = new_library();
    let document = library.create_document(NewDocument::titled("a").text("sound text, long enough")).unwrap();
    library.edit(document.id).unwrap().splice(0, 0, "very ").unwrap();
    library.close().unwrap();
    alter_in_place(&path.join(DATABASE), b"very sound text", b"very wrong text");
    let library = Library::open(&path, OpenOptions::new()).unwrap();
    assert_eq!(library.text(document.id).unwrap(), "very sound text, long enough", "never the altered text");
    let report = library.check(false, &Progress::new()).unwrap();
    assert_eq!(report.problems.iter().map(|problem| problem.kind).collect::<Vec<_>>(), ["damaged_text"]);
    assert!(!report.is_ok());
    assert!(library.check(true, &Progress::new()).unwrap().is_ok());
    assert_eq!(library.check(false, &Progress::new()).unwrap().problems, []);
    assert_eq!(library.text(document.id).unwrap(), "very sound text, long enough");
}

#[test]
fn what_a_reader_remembers_of_the_search_index_is_no_damage() {
    let (_folder, _path, library) = new_library();
    for i in 0..100 {
        library
            .create_document(NewDocument::titled(format!("Number {i}")).text("some words to find"))
            .unwrap();
        // The connection that looks at the index is kept for the next reader.
        assert_eq!(library.check(false, &Progress::new()).unwrap().problems, [], "after {i}");
    }
}

#[test]
fn a_damaged_history_leaves_the_text_readable_and_the_document_read_only() {
    let (_folder, path, library) = new_library();
    let document = library.create_document(NewDocument::titled("a").text("first ")).unwrap();
    let session = library.edit(document.id).unwrap();
    session.splice(6, 0, "second-burst").unwrap();
    session.close().unwrap();
    let session = library.edit(document.id).unwrap();
    session.splice(18, 0, "!").unwrap();
    session.close().unwrap();
    library.close().unwrap();
    // In the journal the burst stands alone; the head has it behind the first text.
    alter_in_place(&path.join(DATABASE), b"\x00second-burst", b"\x00second-Burst");
    let library = Library::open(&path, OpenOptions::new()).unwrap();
    assert_eq!(library.text(document.id).unwrap(), "first second-burst!");
    let report = library.check(true, &Progress::new()).unwrap();
    assert_eq!(report.problems.iter().map(|problem| problem.kind).collect::<Vec<_>>(), ["damaged_history"]);
    assert!(!report.is_ok(), "what is lost is not called repaired");
}

fn alter_in_place(file: &Path, find: &[u8], replace: &[u8]) {
    assert_eq!(find.len(), replace.len());
    let mut bytes = Vec::new();
    File::open(file).unwrap().read_to_end(&mut bytes).unwrap();
    let at: Vec<_> =
        bytes.windows(find.len()).enumerate().filter(|(_, w)| *w == find).map(|(i, _)| i).collect();
    assert_eq!(at.len(), 1, "the bytes stand once in the file");
    patch_file(file, at[0] as u64, replace);
}

#[test]
fn a_clock_that_steps_back_changes_nothing_but_times() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_700_000_000_000)));
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions::new().create(true).clock(clock.clone());
    let mut library = Library::open(folder.path(), options.clone()).unwrap();
    let document = library.create_document(NewDocument::titled("a")).unwrap();
    let mut text = String::new();
    for (step, now) in [-5, i64::MAX, 1_600_000_000_000, i64::MIN, 0, -5].into_iter().enumerate() {
        let session = library.edit(document.id).unwrap();
        session.splice(0, 0, "before ").unwrap();
        clock.set(Timestamp::from_millis(now));
        session.splice(0, 0, "after ").unwrap();
        session.flush(Durability::Committed).unwrap();
        session.splice(0, 0, "end ").unwrap();
        session.close().unwrap();
        text.insert_str(0, "end after before ");
        let title = format!("b{step}");
        library.rename(document.id, &title).unwrap();
        library.close().unwrap();
        library = Library::open(folder.path(), options.clone()).unwrap();
        let found = library.document(document.id).unwrap();
        assert_eq!((found.title, found.modified.as_millis()), (title, now));
        assert_eq!(library.text(document.id).unwrap(), text);
        assert_eq!(library.check(false, &Progress::new()).unwrap().problems, []);
    }
}

#[cfg(unix)]
mod read_only_folders {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    const INSIDE: &str = "WRITEMAGIC_TEST_READ_ONLY_FOLDER";
    const NOBODY: u32 = 65_534;

    /// The half that runs in a process without root's rights, where permissions count.
    #[test]
    fn without_rights() {
        let Ok(path) = std::env::var(INSIDE) else { return };
        let path = PathBuf::from(path);
        let library = Library::open(&path, OpenOptions::new().read_only(true)).unwrap();
        let page = library.documents(&DocumentFilter::default(), None, 100).unwrap();
        assert_eq!(page.total, 50);
        assert!(library.text(page.documents[0].id).unwrap().starts_with("canary-b7e1f0"));
        assert!(library.check(false, &Progress::new()).unwrap().is_ok());
        assert_eq!(refused(&path, OpenOptions::new()), Code::LibraryReadOnly);
        assert_eq!(refused(&path, OpenOptions::new().create(true)), Code::LibraryReadOnly);
        println!("read without rights");
    }

    #[test]
    fn a_read_only_folder_is_read_and_writing_there_is_refused() {
        let (folder, path) = filled();
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        mode(folder.path(), 0o755);
        for entry in fs::read_dir(&path).unwrap() {
            mode(&entry.unwrap().path(), 0o444);
        }
        mode(&path, 0o555);
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["read_only_folders::without_rights", "--exact", "--nocapture"])
            .env(INSIDE, &path)
            .current_dir("/");
        if rustix::process::geteuid().is_root() {
            // The test program itself must be reachable for the other user.
            let copy = folder.path().join("test-program");
            fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
            mode(&copy, 0o755);
            let mut unprivileged = Command::new(copy);
            unprivileged.args(child.get_args()).env(INSIDE, &path).current_dir("/").uid(NOBODY).gid(NOBODY);
            child = unprivileged;
        }
        let output = child.output().unwrap();
        mode(&path, 0o755);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("read without rights"), "{said}");
    }
}
