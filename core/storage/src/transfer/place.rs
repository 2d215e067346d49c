//! Writing below an export's target: nothing is written through a link, nothing outside the target, and a file is
//! there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Why a document's file was not written: a reason of [`super::SkippedExport`].
pub(super) type Reason = &'static str;

/// Creates the folder that an export goes into, with its parents.
pub(super) fn create_target(target: &Path) -> Result<()> {
    match fs::create_dir_all(target) {
        Ok(()) => Ok(()),
        Err(_) if target.symlink_metadata().is_ok_and(|found| !found.is_dir()) && !target.is_dir() => {
            Err(Error::AlreadyExists)
        }
        // The library's own disk is not meant.
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => Err(Error::PermissionDenied),
        Err(error) => Err(error.into()),
    }
}

/// Creates a folder of the export if it is not there.
///
/// # Errors
/// The outer error ends the export (a full disk), the inner one leaves out what would go into the folder.
pub(super) fn create_folder(folder: &Path) -> Result<Result<(), Reason>> {
    let created = match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Ok(match fs::symlink_metadata(folder) {
                Ok(found) if found.is_dir() => Ok(()),
                Ok(found) if found.is_symlink() => Err("symbolic_link"),
                Ok(_) => Err("not_a_folder"),
                Err(_) => Err("unwritable"),
            });
        }
        created => created,
    };
    created.map_or_else(refusal, |()| Ok(Ok(())))
}

/// Whether a file may be written here.
pub(super) fn check_free(path: &Path, force: bool) -> Result<(), Reason> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) => Err("unwritable"),
        Ok(_) if !force => Err("exists"),
        Ok(found) if found.is_symlink() => Err("symbolic_link"),
        Ok(found) if !found.is_file() => Err("not_a_file"),
        Ok(_) => Ok(()),
    }
}

/// Writes a file that appears under its name only when it is whole. Replacing a file by force replaces the name, so
/// a link that somebody puts there meanwhile is not followed. Errors as [`create_folder`].
pub(super) fn write_file(path: &Path, parts: &[&[u8]], force: bool) -> Result<Result<(), Reason>> {
    if let Err(reason) = check_free(path, force) {
        return Ok(Err(reason));
    }
    let (draft, file) = match create_draft(path) {
        Ok(created) => created,
        Err(error) => return refusal(error),
    };
    let placed =
        fill(file, parts).and_then(|()| if force { fs::rename(&draft, path) } else { claim(path, &draft) });
    match placed {
        Ok(()) => Ok(Ok(())),
        Err(error) => {
            // What remains is a hidden draft; the error that matters is the one before.
            let _ = fs::remove_file(&draft);
            if error.kind() == io::ErrorKind::AlreadyExists { Ok(Err("exists")) } else { refusal(error) }
        }
    }
}

/// Gives `draft` a name that no file has: an empty file takes it first, so that the renaming destroys nothing.
fn claim(path: &Path, draft: &Path) -> io::Result<()> {
    drop(OpenOptions::new().write(true).create_new(true).open(path)?);
    fs::rename(draft, path).inspect_err(|_| {
        // Ours and empty; if it stays, the next export reports it as a file that exists.
        let _ = fs::remove_file(path);
    })
}

/// A new hidden file beside `path`.
fn create_draft(path: &Path) -> io::Result<(PathBuf, File)> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    loop {
        // Relaxed: only the numbers have to differ.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let draft = path.with_file_name(format!(".writemagic-{}-{number}.part", process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&draft) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created.map(|file| (draft, file)),
        }
    }
}

fn fill(mut file: File, parts: &[&[u8]]) -> io::Result<()> {
    parts.iter().try_for_each(|part| file.write_all(part))
}

/// A full disk ends the export; anything else concerns one file.
fn refusal(error: io::Error) -> Result<Result<(), Reason>> {
    match Error::from(error) {
        Error::DiskFull => Err(Error::DiskFull),
        _ => Ok(Err("unwritable")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_whole_and_leaves_no_draft() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("a.md");
        write_file(&path, &[b"one ", b"two"], false).unwrap().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one two");
        assert_eq!(write_file(&path, &[b"other"], false).unwrap(), Err("exists"));
        assert_eq!(fs::read(&path).unwrap(), b"one two");
        write_file(&path, &[b"other"], true).unwrap().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(names(top.path()), ["a.md"]);
    }

    #[test]
    fn what_is_no_file_is_never_replaced() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("a.md");
        fs::create_dir(&path).unwrap();
        assert_eq!(write_file(&path, &[b"x"], false).unwrap(), Err("exists"));
        assert_eq!(write_file(&path, &[b"x"], true).unwrap(), Err("not_a_file"));
        assert_eq!(write_file(&top.path().join("no/b.md"), &[b"x"], true).unwrap(), Err("unwritable"));
        assert_eq!(names(top.path()), ["a.md"]);
    }

    #[test]
    fn a_name_that_is_taken_meanwhile_is_left_alone() {
        let top = tempfile::tempdir().unwrap();
        let (path, draft) = (top.path().join("a.md"), top.path().join("draft"));
        fs::write(&path, "theirs").unwrap();
        fs::write(&draft, "ours").unwrap();
        assert_eq!(claim(&path, &draft).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        let free = top.path().join("b.md");
        assert!(claim(&free, &top.path().join("no draft")).is_err());
        assert!(!free.exists());
    }

    #[test]
    fn folders_are_entered_but_files_in_their_place_are_not() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("f");
        create_folder(&folder).unwrap().unwrap();
        create_folder(&folder).unwrap().unwrap();
        fs::write(top.path().join("file"), "x").unwrap();
        assert_eq!(create_folder(&top.path().join("file")).unwrap(), Err("not_a_folder"));
        assert_eq!(create_folder(&top.path().join("no/f")).unwrap(), Err("unwritable"));
        create_target(&top.path().join("x/y/z")).unwrap();
        assert!(matches!(create_target(&top.path().join("file")), Err(Error::AlreadyExists)));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_never_followed() {
        use std::os::unix::fs::symlink;
        let top = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        symlink(outside.path(), top.path().join("f")).unwrap();
        symlink(outside.path().join("x.md"), top.path().join("a.md")).unwrap();
        assert_eq!(create_folder(&top.path().join("f")).unwrap(), Err("symbolic_link"));
        assert_eq!(write_file(&top.path().join("a.md"), &[b"x"], false).unwrap(), Err("exists"));
        assert_eq!(write_file(&top.path().join("a.md"), &[b"x"], true).unwrap(), Err("symbolic_link"));
        assert!(names(outside.path()).is_empty());
    }

    #[test]
    fn only_a_full_disk_ends_an_export() {
        assert!(matches!(refusal(io::ErrorKind::StorageFull.into()), Err(Error::DiskFull)));
        assert!(matches!(refusal(io::ErrorKind::QuotaExceeded.into()), Err(Error::DiskFull)));
        assert!(matches!(refusal(io::ErrorKind::PermissionDenied.into()), Ok(Err("unwritable"))));
    }
}
