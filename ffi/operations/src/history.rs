//! What was: versions, labels, branches, merges, who wrote what, places that follow the text.

use std::ops::Range;

use writemagic::text::TextStats;
use writemagic::text::diff::{By, Hunk};
use writemagic::{
    AnchorId, AnchorSide, Applied, Authored, Branch, BranchId, CompactOptions, CompactReport, Compacted,
    Difference, DocumentId, FollowedPlace, Label, MergeReport, OriginKind, Overlap, Patch, PlacedAnchor,
    PresentText, RunId, TextPlace, TimelineVersion, Timestamp, Version, VersionKind,
};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::documents::OriginFields;
use crate::library::LIBRARIES;

pub(crate) const PART: Part =
    Part { name: "history", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// Which documents to forget what was deleted in, and up to when.
struct CompactFields {
    /// Forget what was deleted before this moment.
    before: Timestamp,
    /// Only in these documents; in all where nothing is said.
    documents: Option<Vec<DocumentId>>,
    /// Only say what it would be.
    rehearsal: bool,
}

impl From<CompactFields> for CompactOptions {
    fn from(CompactFields { before, documents, rehearsal }: CompactFields) -> Self {
        let mut options = Self::before(before);
        options.documents = documents;
        options.rehearsal = rehearsal;
        options
    }
}

records! {
    out writemagic::TimelineVersion as TimelineVersion {
        version: Version,
        time: Timestamp,
        kind: VersionKind,
        author: String,
        label: Option<String>,
        words_added: u64,
        words_removed: u64,
        edits: u64,
    }
    out writemagic::Label as VersionLabel { name: String, version: Version, at: Timestamp }
    out writemagic::Branch as Branch {
        name: String,
        id: Option<BranchId>,
        version: Version,
        stats: TextStats,
        created: Timestamp,
    }
    out writemagic::MergeReport as MergeReport {
        version: Version,
        applied: Applied,
        overlaps: Vec<Overlap>,
    }
    out writemagic::Overlap as Overlap { range: Range<u64>, ours: Range<u64>, theirs: Range<u64> }
    out writemagic::Difference as Difference { old: String, new: String, hunks: Vec<Hunk> }
    out writemagic::Authored as Authored {
        range: Range<u64>,
        author: String,
        kind: OriginKind,
        run: Option<RunId>,
        time: Timestamp,
    }
    out writemagic::PlacedAnchor as PlacedAnchor {
        id: AnchorId,
        kind: String,
        side: AnchorSide,
        at: Option<u64>,
        dead: bool,
    }
    in writemagic::TextPlace as TextPlace { at: u64, side: AnchorSide }
    out writemagic::FollowedPlace as FollowedPlace { at: u64, dead: bool }
    out writemagic::PresentText as PresentText { version: Version, text: String, waiting: bool }
    in CompactFields as CompactOptions {
        before: Timestamp,
        documents: Option<Vec<DocumentId>>,
        rehearsal: bool,
    }
    out writemagic::Compacted as Compacted {
        document: DocumentId,
        versions: u64,
        characters: u64,
        fields: u64,
    }
    out writemagic::CompactReport as CompactReport {
        documents: Vec<Compacted>,
        skipped: Vec<DocumentId>,
        bytes_freed: u64,
    }
}

choices! {
    out writemagic::VersionKind as VersionKind { 0 Writing, 1 Ai, 2 Import, 3 Restore, 4 Merge, 5 Label }
    both writemagic::AnchorSide as AnchorSide { 0 Before, 1 After }
}

operations! {
    Library in LIBRARIES {
        work history(library, document: DocumentId, branch: String = "\"main\"", all: bool) -> Vec<TimelineVersion> {
            library.history(document, branch, all)
        }
        call version(library, document: DocumentId, branch: String = "\"main\"") -> Version {
            library.version(document, &branch)
        }
        call has_version(library, document: DocumentId, branch: String, version: Version) -> bool {
            library.has_version(document, &branch, &version)
        }
        call find_version(library, document: DocumentId, branch: String, name: String) -> Version {
            library.find_version(document, &branch, &name)
        }
        call text_at(library, document: DocumentId, version: Version) -> String {
            library.text_at(document, &version)
        }
        call diff(
            library,
            document: DocumentId,
            old: Version,
            new: Version,
            by: By = "DiffBy.Words",
        ) -> Difference {
            library.diff(document, &old, &new, by)
        }
        call restore(library, document: DocumentId, branch: String, version: Version) -> Applied {
            library.restore(document, &branch, &version)
        }
        call blame(library, document: DocumentId, branch: String = "\"main\"") -> Vec<Authored> {
            library.blame(document, &branch)
        }
        call labels(library, document: DocumentId) -> Vec<Label> { library.labels(document) }
        call label(library, document: DocumentId, name: String, version: Version) -> Label {
            library.label(document, &name, &version)
        }
        call unlabel(library, document: DocumentId, name: String) -> () { library.unlabel(document, &name) }
        call branches(library, document: DocumentId) -> Vec<Branch> { library.branches(document) }
        call create_branch(library, document: DocumentId, name: String, at: Option<Version>) -> Branch {
            library.create_branch(document, &name, at.as_ref())
        }
        call rename_branch(library, document: DocumentId, name: String, new_name: String) -> Branch {
            library.rename_branch(document, &name, &new_name)
        }
        call delete_branch(library, document: DocumentId, name: String) -> () {
            library.delete_branch(document, &name)
        }
        call branch_text(library, document: DocumentId, name: String) -> String {
            library.branch_text(document, &name)
        }
        call merge(library, document: DocumentId, from: String, into: String = "\"main\"") -> MergeReport {
            library.merge(document, &from, &into)
        }
        call add_anchor(
            library,
            document: DocumentId,
            branch: String,
            at: u64,
            side: AnchorSide,
            kind: String,
        ) -> AnchorId {
            library.add_anchor(document, &branch, at, side, &kind)
        }
        call remove_anchor(library, document: DocumentId, anchor: AnchorId) -> () {
            library.remove_anchor(document, anchor)
        }
        call anchors(library, document: DocumentId, branch: String = "\"main\"") -> Vec<PlacedAnchor> {
            library.anchors(document, &branch)
        }
        call follow_places(
            library,
            document: DocumentId,
            from: Version,
            to: Version,
            places: Vec<TextPlace>,
        ) -> Option<Vec<FollowedPlace>> {
            library.follow_places(document, &from, &to, &places)
        }
        call present_text(library, document: DocumentId, branch: Option<BranchId>) -> PresentText {
            library.present_text(document, branch)
        }
        call apply_proposal(
            library,
            document: DocumentId,
            branch: Option<BranchId>,
            on: Version,
            patches: Vec<Patch>,
            origin: OriginFields,
        ) -> Option<Applied> {
            library.apply_proposal(document, branch, &on, &patches, &origin.into())
        }
        work compact(library, options: CompactFields) -> CompactReport { library.compact(options.into()) }
    }
}
