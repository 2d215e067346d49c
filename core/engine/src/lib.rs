#![doc = include_str!("../README.md")]

pub mod ai;
mod error;
mod library;
mod operation;

pub use error::{Error, Result};
pub use library::Library;
pub use operation::{Operation, OperationStatus};

pub use writemagic_shared::buffer::PoolStatistics;
pub use writemagic_shared::error::{Code, Coded, DetailValue, Details};
pub use writemagic_shared::id::{
    AnchorId, BibleEntryId, BibleFactId, BibleRenameId, BranchId, DocumentId, FolderId, LibraryId,
    ProposalId, RunId,
};
pub use writemagic_shared::runtime::{
    BadTimestamp, Clock, Lifecycle, ManualClock, Profile, Progress, ProgressSnapshot, Shutdown,
    ShutdownReport, StepOutcome, StepReport, SystemClock, Timestamp,
};
pub use writemagic_shared::{limits, telemetry, text};
pub use writemagic_storage::bible::{
    Alias, BibleEntry, BibleEntryChange, BibleFact, BibleRename, EntryKind, FactBound, FactPlace, Mention,
    MentionPage, NearEntry, NewBibleEntry, NewBibleFact, RenameChange, RenamePreview, RenameState,
    RenamedDocument, Visibility,
};
pub use writemagic_storage::context::{ContextOrigin, ContextPiece, ContextReason, ContextRequest};
pub use writemagic_storage::document::{
    Cursor, Document, DocumentFilter, DocumentKind, DocumentPage, Folder, FolderPosition, NewDocument,
    Targets,
};
pub use writemagic_storage::embedding;
pub use writemagic_storage::exchange::{BundleOptions, BundleReport, PullConflict, PullReport, Superseded};
pub use writemagic_storage::graph::{Origin, OriginKind};
pub use writemagic_storage::history::{
    AnchorSide, Authored, BadVersion, Branch, CompactOptions, CompactReport, Compacted, Difference,
    FollowedPlace, Label, MAIN_BRANCH, MergeReport, Overlap, PlacedAnchor, PresentText, RecordedHistory,
    TextPlace, TimelineVersion, Version, VersionKind,
};
pub use writemagic_storage::library::{CheckReport, LibraryStatistics, OpenOptions, Problem};
pub use writemagic_storage::memory::{
    ConsolidateOptions, ConsolidateReport, Contradiction, Contradictory, Disagreement, Memory, MemoryCursor,
    MemoryFilter, MemoryGroup, MemoryHit, MemoryPage, MemorySource, Merged, NewMemory, RecallPage,
    RecallRequest, Remembered, SourcePlace, SourceRange, Validity,
};
pub use writemagic_storage::search::{
    PassageHit, PassageMode, PassagePage, PassageRequest, SearchHit, SearchPage, SearchRequest,
};
pub use writemagic_storage::session::{
    Applied, Change, Clamp, Durability, EditSession, Patch, PipelineStatistics, Subscription, Ticket,
};
pub use writemagic_storage::transfer::{
    ExportOptions, ExportReport, Exported, ImportOptions, ImportReport, Imported, Skipped, SkippedExport,
};

/// The repository's front page, so that its example is compiled and run with the other tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FrontPage;
