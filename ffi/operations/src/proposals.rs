//! Proposals: answers that would change a text, hunk by hunk.

use std::ops::Range;

use writemagic::ai::proposal::{
    Author, Filter, Hunk, HunkState, Outcome, Place, Placed, Proposal, VersionName, Which,
};
use writemagic::{BranchId, DocumentId, ProposalId, RunId, Timestamp};
use writemagic_boundary::Failure;

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;

pub(crate) const PART: Part =
    Part { name: "proposals", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// Some proposals.
struct ProposalPage {
    /// The newest first.
    proposals: Vec<Proposal>,
    /// How many more there are that cannot be read.
    unreadable: u64,
}

records! {
    out writemagic::ai::proposal::Proposal as Proposal {
        id: ProposalId,
        place: Place,
        base: VersionName,
        passage: Range<u64>,
        author: Author,
        task: String,
        created: Timestamp,
        revision: u64,
        hunks: Vec<Hunk>,
    } + { is_open: bool }
    out writemagic::ai::proposal::Hunk as ProposalHunk {
        range: Range<u64>,
        old: String,
        new: String,
        state: HunkState,
    }
    out writemagic::ai::proposal::Place as ProposalPlace {
        document: DocumentId,
        branch: Option<BranchId>,
    }
    out writemagic::ai::proposal::Author as ProposalAuthor { run: RunId, model: String }
    out writemagic::ai::proposal::Placed as PlacedProposal {
        proposal: Proposal,
        version: VersionName,
        ranges: Vec<Option<Range<u64>>>,
    }
    out writemagic::ai::proposal::Outcome as ProposalOutcome {
        proposal: Proposal,
        decided: Vec<u64>,
        unplaceable: Vec<u64>,
        waiting: bool,
    }
    in writemagic::ai::proposal::Filter as ProposalFilter {
        document: Option<DocumentId>,
        open: bool,
        before: Option<ProposalId>,
        limit: u64 = "100",
    }
    out ProposalPage as ProposalPage { proposals: Vec<Proposal>, unreadable: u64 }
}

choices! {
    out writemagic::ai::proposal::HunkState as HunkState {
        0 Pending,
        1 Accepted,
        2 Rejected,
        3 Unplaceable,
        4 Applying,
    }
    in writemagic::ai::proposal::Which as WhichHunks { 0 All, 1 These(hunks: Vec<u64>) }
}

operations! {
    Proposals in LIBRARIES {
        call get(library, id: ProposalId) -> Proposal { library.assistant().proposals().get(id) }
        call list(library, filter: Filter) -> ProposalPage {
            let (proposals, unreadable) = library.assistant().proposals().list(&filter)?;
            Ok::<_, Failure>(ProposalPage { proposals, unreadable })
        }
        call placed(library, id: ProposalId) -> Placed { library.assistant().proposals().placed(id) }
        call accept(library, id: ProposalId, which: Which = "WhichHunks.All") -> Outcome {
            library.assistant().proposals().accept(id, &which)
        }
        call reject(library, id: ProposalId, which: Which = "WhichHunks.All") -> Outcome {
            library.assistant().proposals().reject(id, &which)
        }
    }
}
