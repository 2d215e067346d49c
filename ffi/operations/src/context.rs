//! What a library knows that a passage or a question calls for.

use std::ops::Range;

use writemagic::{
    BibleEntryId, ContextOrigin, ContextPiece, ContextReason, ContextRequest, DocumentId, Version,
};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;

pub(crate) const PART: Part =
    Part { name: "context", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

records! {
    in writemagic::ContextRequest as ContextRequest {
        document: Option<DocumentId>,
        shown: Range<u64>,
        about: String,
        only: Option<DocumentId>,
    }
    out writemagic::ContextPiece as ContextPiece {
        origin: ContextOrigin,
        reason: ContextReason,
        title: String,
        text: String,
    }
}

choices! {
    out writemagic::ContextOrigin as ContextOrigin {
        0 Passage { document: DocumentId, version: Version, range: Range<u64> },
        1 BibleEntry(entry: BibleEntryId),
        2 Memory(key: String),
    }
    out writemagic::ContextReason as ContextReason {
        0 Mentioned { range: Range<u64> },
        1 Always,
        2 Found { score: f64 },
    }
}

operations! {
    Library in LIBRARIES {
        call context(library, request: ContextRequest) -> Vec<ContextPiece> { library.context(&request) }
    }
}
