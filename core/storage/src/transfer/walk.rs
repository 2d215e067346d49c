//! Which files an import takes: finds them below the named paths and says why others are left out.
//!
//! Only names and sizes are read here. Symbolic links are never followed, hidden folders never entered, and the
//! order is that of the named paths, then of the paths below them, whatever order the system lists them in.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use writemagic_shared::limits;
use writemagic_shared::runtime::Progress;

use crate::document::DocumentKind;
use crate::error::{Error, Result};

/// A byte order mark is no text, so a file may be this much longer than a document, in bytes.
const MARK_BYTES: u64 = 3;

/// The largest file that is read, in bytes.
pub(super) const FILE_BYTES: u64 = limits::DOCUMENT_BYTES + MARK_BYTES;

/// A path that the caller named.
#[derive(Debug)]
pub(super) struct Root {
    /// The folder that paths are relative to: the named one, or the one that holds the named file.
    base: PathBuf,
    /// The library folder that `base` becomes.
    pub(super) folder: String,
}

/// A file to import.
#[derive(Debug)]
pub(super) struct Found {
    /// Which of [`Walk::roots`].
    pub(super) root: usize,
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its size when it was found, in bytes.
    pub(super) bytes: u64,
}

impl Found {
    /// Its kind, by its extension.
    pub(super) fn kind(&self) -> DocumentKind {
        kind_of(&self.path).unwrap_or(DocumentKind::Text)
    }

    /// Its path relative to the imported root, names separated by `/`; bytes that are no UTF-8 are replaced.
    pub(super) fn relative(&self, root: &Root) -> String {
        join("", self.path.strip_prefix(&root.base).unwrap_or(&self.path))
    }

    /// The library folder that it goes into.
    pub(super) fn folder(&self, root: &Root) -> String {
        let below = self.path.strip_prefix(&root.base).ok().and_then(Path::parent);
        join(&root.folder, below.unwrap_or(Path::new("")))
    }
}

/// `folder` with the parts of `below` behind it, separated by `/`, each within the limit of a folder's name.
fn join(folder: &str, below: &Path) -> String {
    let mut joined = folder.to_owned();
    for part in below {
        if !joined.is_empty() {
            joined.push('/');
        }
        joined.push_str(&folder_name(part));
    }
    joined
}

fn folder_name(name: &OsStr) -> String {
    let mut name = name.to_string_lossy().into_owned();
    name.truncate(name.floor_char_boundary(limits::FOLDER_NAME_BYTES as usize));
    name
}

/// A path that is left out, and why.
#[derive(Debug)]
pub(super) struct LeftOut {
    /// Which of [`Walk::roots`].
    pub(super) root: usize,
    /// Where it is.
    pub(super) path: PathBuf,
    /// A reason of [`super::Skipped`].
    pub(super) reason: &'static str,
}

/// What was found below the named paths.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// One for each named path, in order.
    pub(super) roots: Vec<Root>,
    /// The files to import, in order.
    pub(super) files: Vec<Found>,
    /// What is left out, in order.
    pub(super) left_out: Vec<LeftOut>,
}

/// Checks that every named path exists.
///
/// # Errors
/// `path_not_found`, before anything is done.
pub(super) fn check_named(paths: &[PathBuf]) -> Result<()> {
    for (index, path) in (0..).zip(paths) {
        if let Err(error) = fs::symlink_metadata(path) {
            use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
            if matches!(error.kind(), NotFound | NotADirectory | InvalidInput | InvalidFilename) {
                return Err(Error::PathNotFound { index });
            }
        }
    }
    Ok(())
}

/// Finds the files of an import. `folder` is the library folder that everything goes below. The bytes to read are
/// announced to `progress` as they are found. Holds a name and a size for each file.
pub(super) fn walk(paths: &[PathBuf], folder: &str, progress: &Progress) -> Result<Walk> {
    let mut walk = Walk::default();
    for path in paths {
        // Without a trailing slash or dot, which would follow a named link.
        walk.named(&path.components().collect::<PathBuf>(), folder, progress)?;
    }
    Ok(walk)
}

/// The depth of a library folder; the top is 0.
fn depth(folder: &str) -> u64 {
    folder.split('/').filter(|name| !name.is_empty()).count() as u64
}

impl Walk {
    fn named(&mut self, path: &Path, folder: &str, progress: &Progress) -> Result<()> {
        let base = path.parent().unwrap_or(Path::new("")).to_owned();
        self.roots.push(Root { base, folder: folder.to_owned() });
        let Ok(metadata) = fs::symlink_metadata(path) else {
            self.leave_out(path.to_owned(), "unreadable");
            return Ok(());
        };
        if !metadata.is_dir() {
            self.file(path.to_owned(), &metadata, progress);
            return Ok(());
        }
        // `.`, `..` and `/` have no name of their own; a root directory has none at all.
        let own = path.file_name().map(OsStr::to_owned);
        let own = own.or_else(|| fs::canonicalize(path).ok()?.file_name().map(OsStr::to_owned));
        let folder = join(folder, Path::new(&own.unwrap_or_default()));
        let depth = depth(&folder);
        if let Some(root) = self.roots.last_mut() {
            *root = Root { base: path.to_owned(), folder };
        }
        if depth > limits::IMPORT_DEPTH {
            self.leave_out(path.to_owned(), "too_deep");
            return Ok(());
        }
        self.descend(path, depth, progress)
    }

    /// Takes in what a folder holds, which stands `depth` deep in the library. Recursion ends at
    /// [`limits::IMPORT_DEPTH`].
    fn descend(&mut self, folder: &Path, depth: u64, progress: &Progress) -> Result<()> {
        progress.check()?;
        let Ok(mut entries) = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) else {
            self.leave_out(folder.to_owned(), "unreadable");
            return Ok(());
        };
        entries.sort_by_cached_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let is_taken = kind_of(&path).is_some();
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            // Does not follow a link.
            let Ok(metadata) = entry.metadata() else {
                self.leave_out(path, "unreadable");
                continue;
            };
            if metadata.is_dir() {
                if !is_hidden && depth >= limits::IMPORT_DEPTH {
                    self.leave_out(path, "too_deep");
                } else if !is_hidden {
                    self.descend(&path, depth + 1, progress)?;
                }
            } else if is_hidden {
                if is_taken {
                    self.leave_out(path, "hidden");
                }
            } else if metadata.is_file() && !is_taken {
                self.leave_out(path, "not_text");
            } else {
                self.file(path, &metadata, progress);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, metadata: &fs::Metadata, progress: &Progress) {
        let bytes = metadata.len();
        if metadata.is_symlink() {
            self.leave_out(path, "symbolic_link");
        } else if !metadata.is_file() {
            self.leave_out(path, "not_a_file");
        } else if bytes > FILE_BYTES {
            self.leave_out(path, "too_large");
        } else {
            progress.expect_more(bytes);
            self.files.push(Found { root: self.roots.len() - 1, path, bytes });
        }
    }

    fn leave_out(&mut self, path: PathBuf, reason: &'static str) {
        self.left_out.push(LeftOut { root: self.roots.len() - 1, path, reason });
    }
}

/// The kind of a file with one of the extensions that import takes.
fn kind_of(path: &Path) -> Option<DocumentKind> {
    let extension = path.extension()?.to_str()?;
    let is = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(extension));
    if is(&["md", "markdown", "mdown"]) {
        Some(DocumentKind::Markdown)
    } else if is(&["txt", "text"]) {
        Some(DocumentKind::Text)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A folder with these files, each holding its own path.
    fn tree(files: &[&str]) -> TempDir {
        let top = tempfile::tempdir().unwrap();
        for file in files {
            let path = top.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, file).unwrap();
        }
        top
    }

    fn found(walk: &Walk) -> Vec<(String, String)> {
        walk.files
            .iter()
            .map(|file| (file.folder(&walk.roots[file.root]), file.relative(&walk.roots[file.root])))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(folder, relative)| ((*folder).to_owned(), (*relative).to_owned())).collect()
    }

    fn left_out(walk: &Walk) -> Vec<(String, &'static str)> {
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        walk.left_out.iter().map(|left| (name(&left.path), left.reason)).collect()
    }

    fn walk_all(paths: &[PathBuf], folder: &str) -> Walk {
        check_named(paths).unwrap();
        walk(paths, folder, &Progress::new()).unwrap()
    }

    #[test]
    fn a_named_folder_becomes_a_library_folder_with_its_folders_below() {
        let top =
            tree(&["vault/b.md", "vault/a/x.TXT", "vault/a/b/y.Markdown", "vault/c.mdown", "vault/d.text"]);
        let walk = walk_all(&[top.path().join("vault")], "");
        let expected = pairs(&[
            ("vault/a/b", "a/b/y.Markdown"),
            ("vault/a", "a/x.TXT"),
            ("vault", "b.md"),
            ("vault", "c.mdown"),
            ("vault", "d.text"),
        ]);
        assert_eq!(found(&walk), expected);
        assert!(walk.left_out.is_empty());
        assert_eq!(found(&walk_all(&[top.path().join("vault/a")], "In/Box"))[0].0, "In/Box/a/b");
    }

    #[test]
    fn a_path_without_a_name_of_its_own_gets_the_folders() {
        let top = tree(&["vault/sub/x.md"]);
        for path in ["vault/sub/..", "vault/sub/../."] {
            let walk = walk_all(&[top.path().join(path)], "");
            assert_eq!(found(&walk), pairs(&[("vault/sub", "sub/x.md")]), "{path}");
        }
        let walk = walk_all(&[top.path().join("vault/sub/.")], "");
        assert_eq!(found(&walk), pairs(&[("sub", "x.md")]));
    }

    #[test]
    fn named_files_are_taken_whatever_they_are_called() {
        let top = tree(&["a/chapter.rst", "b/.hidden", "c/x.md"]);
        let paths = ["a/chapter.rst", "b/.hidden", "c/x.md"].map(|path| top.path().join(path));
        let walk = walk_all(&paths, "F");
        assert_eq!(found(&walk), pairs(&[("F", "chapter.rst"), ("F", ".hidden"), ("F", "x.md")]));
        let kinds: Vec<_> = walk.files.iter().map(Found::kind).collect();
        assert_eq!(kinds, [DocumentKind::Text, DocumentKind::Text, DocumentKind::Markdown]);
    }

    #[test]
    fn hidden_things_and_other_types_are_left_out_below_a_folder() {
        let top = tree(&["v/.obsidian/x.md", "v/.DS_Store", "v/.draft.md", "v/a.png", "v/md", "v/x.md"]);
        let walk = walk_all(&[top.path().join("v")], "");
        assert_eq!(found(&walk), pairs(&[("v", "x.md")]));
        let expected = [(".draft.md", "hidden"), ("a.png", "not_text"), ("md", "not_text")];
        assert_eq!(left_out(&walk), expected.map(|(name, reason)| (name.to_owned(), reason)));
        let named = walk_all(&[top.path().join("v/.obsidian")], "");
        assert_eq!(found(&named), pairs(&[(".obsidian", "x.md")]));
    }

    #[test]
    fn a_path_that_does_not_exist_fails_by_its_number() {
        let top = tree(&["x.md"]);
        let there = top.path().join("x.md");
        for missing in [top.path().join("y.md"), there.join("below"), PathBuf::new()] {
            let refused = check_named(&[there.clone(), missing]).unwrap_err();
            assert!(matches!(refused, Error::PathNotFound { index: 1 }));
        }
    }

    #[test]
    fn folders_are_entered_to_the_depth_of_the_library_and_no_deeper() {
        let limit = limits::IMPORT_DEPTH as usize;
        let deepest = format!("{}/x.md", ["d"; 64].join("/"));
        let beyond = format!("{}/x.md", ["d"; 65].join("/"));
        let top = tree(&[&deepest, &beyond]);
        let walk = walk_all(&[top.path().join("d")], "");
        assert_eq!(found(&walk).len(), 1);
        assert_eq!(depth(&found(&walk)[0].0), limit as u64);
        assert_eq!(left_out(&walk), [("d".to_owned(), "too_deep")]);
        let full = ["p"; 64].join("/");
        assert_eq!(left_out(&walk_all(&[top.path().join("d")], &full)), [("d".to_owned(), "too_deep")]);
    }

    #[test]
    fn files_over_the_limit_are_not_read() {
        let top = tree(&["v/edge.md", "v/over.md"]);
        let resize = |name: &str, bytes| {
            fs::File::options().write(true).open(top.path().join(name)).unwrap().set_len(bytes).unwrap();
        };
        resize("v/edge.md", FILE_BYTES);
        resize("v/over.md", FILE_BYTES + 1);
        let progress = Progress::new();
        let walk = walk(&[top.path().join("v")], "", &progress).unwrap();
        assert_eq!(found(&walk), pairs(&[("v", "edge.md")]));
        assert_eq!(left_out(&walk), [("over.md".to_owned(), "too_large")]);
        assert_eq!(progress.snapshot().total, FILE_BYTES);
    }

    #[test]
    fn a_cancelled_walk_stops() {
        let top = tree(&["v/x.md"]);
        let progress = Progress::new();
        progress.cancel();
        assert!(matches!(walk(&[top.path().join("v")], "", &progress), Err(Error::Cancelled(_))));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_special_files_are_reported_and_never_opened() {
        use std::os::unix::fs::symlink;
        let top = tree(&["v/real.md", "outside/secret.md"]);
        let at = |path: &str| top.path().join(path);
        symlink(at("outside"), at("v/folder")).unwrap();
        symlink(at("outside/secret.md"), at("v/link.md")).unwrap();
        symlink(at("nowhere"), at("v/dangling.md")).unwrap();
        let everyone = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, at("v/pipe.md"), rustix::fs::FileType::Fifo, everyone, 0)
            .unwrap();
        let walk = walk_all(&[at("v"), at("v/link.md"), at("v/folder/")], "");
        assert_eq!(found(&walk), pairs(&[("v", "real.md")]));
        let link = |name: &str| (name.to_owned(), "symbolic_link");
        let pipe = ("pipe.md".to_owned(), "not_a_file");
        let expected =
            [link("dangling.md"), link("folder"), link("link.md"), pipe, link("link.md"), link("folder")];
        assert_eq!(left_out(&walk), expected);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_not_utf8_are_found_and_shown_with_replacements() {
        use std::os::unix::ffi::OsStrExt;
        let top = tempfile::tempdir().unwrap();
        fs::write(top.path().join(OsStr::from_bytes(b"caf\xE9.md")), "x").unwrap();
        let walk = walk_all(&[top.path().to_owned()], "");
        assert_eq!(walk.files.len(), 1);
        assert_eq!(walk.files[0].relative(&walk.roots[0]), "caf\u{FFFD}.md");
        assert_eq!(walk.files[0].kind(), DocumentKind::Markdown);
    }
}
