//! Files in, files out.

use std::path::PathBuf;

use writemagic::{
    DocumentId, ExportOptions, ExportReport, Exported, ImportOptions, ImportReport, Imported, Skipped,
    SkippedExport, Version,
};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;

pub(crate) const PART: Part =
    Part { name: "transfer", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

records! {
    in (default) writemagic::ImportOptions as ImportOptions { folder: String = "\"\"" }
    out writemagic::Imported as Imported {
        path: PathBuf,
        document: DocumentId,
        title: String,
        encoding: &'static str,
        lossy: bool,
        changed_source: bool,
    }
    out writemagic::Skipped as SkippedImport { path: PathBuf, reason: &'static str }
    out writemagic::ImportReport as ImportReport { imported: Vec<Imported>, skipped: Vec<Skipped> }
    in (default) writemagic::ExportOptions as ExportOptions { force: bool, at: Option<Version> }
    out writemagic::Exported as Exported { document: DocumentId, path: PathBuf }
    out writemagic::SkippedExport as SkippedExport {
        document: DocumentId,
        path: PathBuf,
        reason: &'static str,
    }
    out writemagic::ExportReport as ExportReport { exported: Vec<Exported>, skipped: Vec<SkippedExport> }
}

choices! {}

operations! {
    Library in LIBRARIES {
        work import(library, paths: Vec<PathBuf>, options: ImportOptions) -> ImportReport {
            library.import(paths, options)
        }
        work export(
            library,
            documents: Option<Vec<DocumentId>>,
            target: PathBuf,
            options: ExportOptions,
        ) -> ExportReport {
            library.export(documents, target, options)
        }
    }
}
