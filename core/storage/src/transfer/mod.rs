//! Import and export: files in, files out, and a report of everything that was not taken.
//!
//! Import walks the named paths (`walk`), reads files in bounded batches, decodes them (`decode`), finds their
//! titles (`title`, `front_matter`) and prepares them on every core while the batch before is written
//! (`import`). Export gives every document a safe name (`name`) in a tree of folders and writes files that are
//! whole or not there (`export`, `place`). What a document is and how it is stored lives in [`crate::document`];
//! what was imported before stands in the table `imports`.

mod decode;
mod export;
mod front_matter;
mod import;
mod lines;
mod name;
mod place;
mod title;
mod walk;

use std::path::PathBuf;

use serde::Serialize;
use writemagic_shared::id::DocumentId;

use crate::history::Version;

/// How to import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportOptions {
    /// The library folder that the imported ones go below, created where missing; "" = the top.
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
    /// Whether characters were lost in decoding: bytes without a meaning became U+FFFD.
    pub lossy: bool,
    /// Whether the same path was imported before with other bytes, so that there are now two documents of it.
    pub changed_source: bool,
}

/// A file that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The file or folder as found.
    pub path: PathBuf,
    /// One of
    /// - `duplicate`: this path with these bytes was imported into this folder before;
    /// - `binary`: a NUL in the first 8 KiB, without a UTF-16 byte order mark;
    /// - `not_text`: below a named folder, an extension that import does not take;
    /// - `too_large`: longer than a document, as bytes or as text;
    /// - `too_deep`: a folder deeper than folders nest;
    /// - `hidden`: a text file whose name begins with a dot (hidden folders and other files are passed by in silence);
    /// - `symbolic_link`: links are not followed;
    /// - `not_a_file`: a pipe, socket or device;
    /// - `unreadable`: the system would not let it be read.
    pub reason: &'static str,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// New documents: in the order of the given paths, and below each in the order of the paths found.
    pub imported: Vec<Imported>,
    /// Everything left out, in the same order.
    pub skipped: Vec<Skipped>,
}

/// How to export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportOptions {
    /// Replace files that exist.
    pub force: bool,
    /// The text at this version, of the one document that has it, instead of the present one.
    pub at: Option<Version>,
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
    /// One of
    /// - `exists`: a file of this name is there, and overwriting was not asked for;
    /// - `symbolic_link`: a link stands where the file or one of its folders would; it is never written through;
    /// - `not_a_file`: a folder or something else that is no file stands where the file would;
    /// - `not_a_folder`: something else stands where one of its folders would;
    /// - `unwritable`: the system would not let it be written;
    /// - `damaged`: neither the document's text nor its history can be read;
    /// - `gone`: the document was purged meanwhile.
    pub reason: &'static str,
}

/// What an export did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportReport {
    /// Files written, in the order of the documents given, or of their making.
    pub exported: Vec<Exported>,
    /// Documents left out, in the same order.
    pub skipped: Vec<SkippedExport>,
}
