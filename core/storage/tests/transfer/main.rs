//! Files in and files out, through the public API of a real library on disk.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says with a panic what is wrong"
)]

mod export;
mod import;
mod round_trip;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::Document;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::transfer::{ExportOptions, ExportReport, ImportOptions, ImportReport};

/// A library, and a folder beside it for the files of a test.
struct Desk {
    top: TempDir,
    library: Library,
}

impl Desk {
    fn new() -> Self {
        Self::with(OpenOptions::new())
    }

    fn with(options: OpenOptions) -> Self {
        let top = tempfile::tempdir().unwrap();
        let library = Library::open(top.path().join("library"), options.create(true)).unwrap();
        fs::create_dir(top.path().join("files")).unwrap();
        Self { top, library }
    }

    /// A path among the test's files.
    fn at(&self, path: &str) -> PathBuf {
        self.top.path().join("files").join(path)
    }

    /// Writes a file, with its folders.
    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn import(&self, paths: &[&str]) -> ImportReport {
        self.import_into("", paths)
    }

    fn import_into(&self, folder: &str, paths: &[&str]) -> ImportReport {
        let paths: Vec<_> = paths.iter().map(|path| self.at(path)).collect();
        let mut options = ImportOptions::default();
        options.folder = folder.to_owned();
        let progress = Progress::new();
        let report = self.library.import(&paths, &options, &progress).unwrap();
        let snapshot = progress.snapshot();
        assert_eq!(snapshot.done, snapshot.total);
        report
    }

    /// The only document of an import of one file.
    fn import_one(&self, path: &str) -> Document {
        let report = self.import(&[path]);
        assert_eq!((report.imported.len(), report.skipped.as_slice()), (1, &[][..]));
        self.library.document(report.imported[0].document).unwrap()
    }

    fn export(&self, documents: Option<&[DocumentId]>, target: &str, force: bool) -> ExportReport {
        let mut options = ExportOptions::default();
        options.force = force;
        let progress = Progress::new();
        let report = self.library.export(documents, &self.at(target), &options, &progress).unwrap();
        assert_eq!(progress.snapshot().done, (report.exported.len() + report.skipped.len()) as u64);
        report
    }

    fn documents(&self) -> u64 {
        self.library.statistics().unwrap().documents
    }
}

/// Every file below a folder with its bytes, by its path from there. Links are not followed.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(folder: &Path, top: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                collect(&entry.path(), top, files);
            } else if entry.file_type().unwrap().is_file() {
                let path = entry.path();
                files.insert(path.strip_prefix(top).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    collect(folder, folder, &mut files);
    files
}

/// The names of the files directly in a folder.
fn names(folder: &Path) -> Vec<String> {
    tree(folder).into_keys().map(|path| path.to_str().unwrap().to_owned()).collect()
}

/// `(file name, reason)` of everything that an import left out.
fn skipped(report: &ImportReport) -> Vec<(String, &'static str)> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    report.skipped.iter().map(|skipped| (name(&skipped.path), skipped.reason)).collect()
}
