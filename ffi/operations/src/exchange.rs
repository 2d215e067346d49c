//! What libraries give each other: summaries, bundles, the outbox.

use std::path::PathBuf;

use writemagic::{BundleOptions, BundleReport, DocumentId, FolderId, PullConflict, PullReport, Superseded};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;

pub(crate) const PART: Part =
    Part { name: "exchange", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

records! {
    in (default) writemagic::BundleOptions as BundleOptions {
        summary: Option<String>,
        documents: Option<Vec<DocumentId>>,
    }
    out writemagic::BundleReport as BundleReport { documents: u64, events: u64 }
    out writemagic::PullConflict as PullConflict {
        kind: &'static str,
        document: Option<DocumentId>,
        folder: Option<FolderId>,
    }
    out writemagic::PullReport as PullReport {
        documents: u64,
        events: u64,
        pending: u64,
        conflicts: Vec<PullConflict>,
    }
    out writemagic::Superseded as Superseded { field: String, value: Option<String> }
}

choices! {}

operations! {
    Library in LIBRARIES {
        call summary(library) -> String { library.summary() }
        work bundle(library, file: PathBuf, options: BundleOptions) -> BundleReport {
            library.bundle(file, options)
        }
        work pull_library(library, path: PathBuf) -> PullReport { library.pull_library(path) }
        work pull_bundle(library, file: PathBuf) -> PullReport { library.pull_bundle(file) }
        call superseded(library, document: DocumentId) -> Vec<Superseded> { library.superseded(document) }
        call take_outbox(library) -> Option<PullReport> { library.take_outbox() }
    }
}
