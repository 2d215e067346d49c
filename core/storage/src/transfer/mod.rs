//! Import and export: files in, files out, and a report of everything that was not taken.

use std::path::{Path, PathBuf};

use serde::Serialize;
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Progress;

use crate::Library;
use crate::error::Result;

/// How to import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportOptions {
    /// The library folder that the imported ones go below; "" = the top.
    pub folder: String,
}

/// A file that became a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The file as found.
    pub path: PathBuf,
    /// The document made of it.
    pub document: DocumentId,
    /// Its title.
    pub title: String,
    /// The encoding it was read in, by its WHATWG name in lower case.
    pub encoding: &'static str,
    /// Whether characters were lost in decoding.
    pub lossy: bool,
}

/// A file that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The file or folder as found.
    pub path: PathBuf,
    /// `duplicate`, `changed_source`, `binary`, `too_large`, `not_text`, `symbolic_link`, `unreadable`, `too_deep`, `lossy`...
    pub reason: &'static str,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// New documents, in the order of their paths.
    pub imported: Vec<Imported>,
    /// Everything left out.
    pub skipped: Vec<Skipped>,
}

/// How to export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportOptions {
    /// Replace files that exist.
    pub force: bool,
}

/// A document that became a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// The document.
    pub document: DocumentId,
    /// The file.
    pub path: PathBuf,
}

/// A document that did not become a file, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SkippedExport {
    /// The document.
    pub document: DocumentId,
    /// The file that is in the way or could not be written.
    pub path: PathBuf,
    /// `exists`, `unwritable`, ...
    pub reason: &'static str,
}

/// What an export did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportReport {
    /// Files written.
    pub exported: Vec<Exported>,
    /// Documents left out.
    pub skipped: Vec<SkippedExport>,
}

impl Library {
    /// Imports files and folders. Progress is in bytes. Touches the disk.
    pub fn import(
        &self,
        _paths: &[PathBuf],
        _options: &ImportOptions,
        _progress: &Progress,
    ) -> Result<ImportReport> {
        todo!()
    }

    /// Exports documents (`None` = all outside the trash) below `target`. Progress is in documents. Touches the disk.
    pub fn export(
        &self,
        _documents: Option<&[DocumentId]>,
        _target: &Path,
        _options: &ExportOptions,
        _progress: &Progress,
    ) -> Result<ExportReport> {
        todo!()
    }
}
