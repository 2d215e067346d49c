//! What a document was: its versions, what changed between them and who changed it, its branches, and the way back.
//!
//! The events themselves, how they merge and how they are packed are `graph`'s, which knows no database; `journal` keeps
//! the newest of them as rows. Here they are read back, folded into chunks, and asked.
//!
//! | part | what it does |
//! | --- | --- |
//! | `load`, `spell` | reads chunks and rows into a graph, from some event on; a branch's text from nothing but that |
//! | `fold` | rows into chunks, checkpoints |
//! | `version`, `label`, `travel` | naming versions, the text at one, what differs between two |
//! | `timeline`, `blame` | what happened, who wrote what |
//! | `branch`, `merge`, `restore`, `undo` | alternatives, bringing them together, the ways back |
//! | `compact` | forgetting what was deleted before a date |
//! | `anchor` | places that follow the text |
//! | `step` | the part in one document of a change over several |
//! | `propose` | the present text for a change that is made to it later, as one step of undo |
//! | `recorded` | histories of several writers from elsewhere |

mod anchor;
mod blame;
mod branch;
mod compact;
mod fold;
mod kept;
mod label;
mod load;
mod merge;
mod propose;
mod recorded;
mod restore;
mod spell;
mod step;
mod timeline;
mod travel;
mod undo;
mod version;

pub use anchor::{AnchorSide, FollowedPlace, PlacedAnchor, TextPlace};
pub use blame::Authored;
pub use branch::{Branch, MAIN_BRANCH};
pub use compact::{CompactOptions, CompactReport, Compacted};
pub use label::Label;
pub use merge::{MergeReport, Overlap};
pub use propose::PresentText;
pub use recorded::RecordedHistory;
pub use timeline::{TimelineVersion, VersionKind};
pub use travel::Difference;

pub use crate::graph::{BadVersion, Version};

pub(crate) use anchor::{Anchoring, delete_anchor, place_anchors};
pub(crate) use branch::{branch_of_id, count_branches, delete_branch_of_id, free_number};
pub(crate) use fold::{FOLD_EVENTS, fold};
pub(crate) use kept::KeptHistory;
pub(crate) use load::{Loaded, load, parse_ids, store_chunk, stored_version, version_of};
pub(crate) use merge::Taking;
pub(crate) use spell::spell;
pub(crate) use step::{StepPart, step_part};
pub(crate) use travel::{bring, includes_version, lacks_text};
pub(crate) use version::{branch_heads, waiting_heads};
