//! A real disk that is full: a small file system in memory, in a name space of its own.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use writemagic_shared::error::{Code, Coded};
use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::Durability;

use crate::again;
use crate::random::Random;

/// Mounts 8 MiB on its first argument, and runs the rest.
const ON_SMALL_DISK: &str = r#"mount -t tmpfs -o size=8m tmpfs "$1" && shift && exec "$@""#;
/// Rights that let a process mount: those of a name space of its own, or, where that is not allowed, root's.
const RIGHTS: [&[&str]; 2] = [&["--user", "--map-root-user", "--mount"], &["--mount"]];

#[test]
fn a_real_disk_that_is_full_loses_nothing_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let inner = again::command("full_disk::on_a_small_disk", folder.path());
    let mut reasons = String::new();
    for rights in RIGHTS {
        let mut outer = Command::new("unshare");
        outer.args(rights).args(["sh", "-c", ON_SMALL_DISK, "sh"]).arg(folder.path());
        outer.arg(inner.get_program()).args(inner.get_args());
        outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        match outer.output() {
            Ok(output) if !again::said(&output.stdout).is_empty() => {
                let all = [output.stdout, output.stderr].concat();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&all));
                println!("{}", again::said(&all).join("\n"));
                return;
            }
            Ok(output) => reasons += String::from_utf8_lossy(&output.stderr).trim(),
            Err(error) => reasons += &format!("unshare: {}", error.kind()),
        }
        reasons += "; ";
    }
    println!("SKIPPED: no real full disk was tested, this process may not mount one: {reasons}");
}

/// Leaves no room on the disk.
fn fill(file: &Path) {
    let mut file = File::create(file).unwrap();
    let full = loop {
        if let Err(error) = file.write_all(&[7; 4096]) {
            break error;
        }
    };
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
}

/// The half that runs where a small disk is mounted.
#[test]
fn on_a_small_disk() {
    let Some(disk) = again::folder() else { return };
    again::say("on a disk of 8 MiB");
    let (path, filler) = (disk.join("library"), disk.join("filler"));
    File::create(&filler).unwrap().write_all(&vec![7; 5 << 20]).unwrap();
    let library = Library::open(&path, OpenOptions::new().create(true)).unwrap();
    let document = library.create_document(NewDocument::titled("t")).unwrap().id;
    let session = library.edit(document).unwrap();
    let changes = session.subscribe();
    let mut random = Random::new(7);
    let (mut saved, mut typed) = (String::new(), String::new());
    let error = loop {
        let more: String = (0..3000).map(|_| char::from(b'a' + random.below(26) as u8)).collect();
        session.splice(typed.len() as u64, 0, &more).unwrap();
        typed += &more;
        match session.flush(Durability::Committed) {
            Ok(_) => saved.clone_from(&typed),
            Err(error) => break error,
        }
    };
    again::say(&format!("full after {} KiB", saved.len() >> 10));
    assert_eq!(error.code(), Code::DiskFull);
    let rest = disk.join("rest");
    fill(&rest);
    assert_eq!(library.suspend().unwrap_err().code(), Code::DiskFull);
    assert_eq!(library.close().unwrap_err().code(), Code::DiskFull);
    assert_eq!(session.text(), typed);
    assert_eq!(library.text(document).unwrap(), saved, "what is saved can be read");
    let other = disk.join("other");
    let refused = Library::open(&other, OpenOptions::new().create(true)).unwrap_err();
    assert_eq!(refused.code(), Code::DiskFull, "{refused:?}");
    let missing = Library::open(&other, OpenOptions::new()).unwrap_err();
    assert_eq!(missing.code(), Code::LibraryNotFound, "no half of a library is left");

    fs::remove_file(&filler).unwrap();
    fs::remove_file(&rest).unwrap();
    let ticket = session.splice(0, 0, "more ").unwrap();
    typed.insert_str(0, "more ");
    while session.durable() < ticket {
        changes.next_timeout(Duration::from_secs(60)).unwrap();
    }
    assert_eq!(library.text(document).unwrap(), typed);
    session.close().unwrap();
    library.close().unwrap();

    // Full from the start.
    fill(&filler);
    let reader = Library::open(&path, OpenOptions::new().read_only(true)).unwrap();
    assert_eq!(reader.text(document).unwrap(), typed, "reading takes no room");
    reader.close().unwrap();
    match Library::open(&path, OpenOptions::new()) {
        Ok(library) => library.close().unwrap(),
        Err(error) => assert_eq!(error.code(), Code::DiskFull),
    }
    fs::remove_file(&filler).unwrap();
    let library = Library::open(&path, OpenOptions::new()).unwrap();
    assert_eq!(library.text(document).unwrap(), typed);
    assert!(library.check(false, &Progress::new()).unwrap().is_ok());
    again::say("emptied, and everything is saved");
}
