//! Proposals: an answer that is meant to change a text, as hunks that the writer accepts or rejects one by one.
//!
//! A hunk is words of a version of the text, where they stand, and what would stand there instead. It is anchored to that
//! version, never to what the text happens to be later. To accept a hunk its place is looked up in the present text: where
//! exactly these words still stand it replaces them, and nothing else; where the writer has changed them it is
//! *unplaceable*: shown, never forced.
//!
//! | Part | What it does |
//! | --- | --- |
//! | [`Proposals`] | makes, lists, places, accepts and rejects |
//! | [`Proposal`], [`Hunk`] | the data; [`Proposal::encode`] and [`Proposal::decode`] are what is kept |
//! | [`TextTarget`] | the writer's texts, as the engine brings them: versions, anchors, one undoable change |
//! | [`ProposalStore`] | where proposals are kept |
//!
//! An answer is never kept as a whole text that is written back later: what the writer typed meanwhile would be lost.

mod encoding;
mod error;
mod hunks;
mod place;
mod proposals;
mod record;
mod target;

pub use error::Error;
pub use proposals::{Draft, Outcome, Placed, Proposals, Which};
pub use record::{Author, Hunk, HunkState, Place, Proposal, VersionName};
pub use target::{
    Anchor, Applied, Edit, Filter, ProposalStore, Resolved, Side, Snapshot, StoredProposal, TextTarget,
};
