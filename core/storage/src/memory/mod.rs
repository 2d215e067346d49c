//! The memory of a story: people, places, facts, notes, what was said; found by what a question means.
//!
//! | File | What it does |
//! | --- | --- |
//! | `item` | what a memory is, and its limits |
//! | `row` | memories as rows |
//! | `store` | remembering, deleting, forgetting, expiring |
//! | `undo` | every change as a step that can be taken back |
//! | `list` | looking memories up, page by page |
//! | `recall` | finding them by meaning |
//! | `indexed` | what the index of search by meaning holds of them |
//! | `date` | dates in words |
//! | `source` | where in a document a memory was taken from |
//! | `sentence`, `consolidate` | memories that say the same, and memories that cannot both be right |
//! | `summary` | many memories of a session, told in one |
//!
//! A memory that stands for others (it says the same, or sums them up) keeps them as its *parts*: they are no longer listed or
//! recalled, their keys lead to it, and nothing of them is lost. Memories belong to one library: bundles and pulls leave
//! them out, back-ups have them.

mod consolidate;
mod date;
mod indexed;
mod item;
mod list;
mod recall;
mod row;
mod sentence;
mod source;
mod store;
mod summary;
mod undo;

pub use consolidate::{ConsolidateOptions, ConsolidateReport, Contradictory, MemoryGroup, Merged};
pub(crate) use indexed::{items, units};
pub use item::{Contradiction, Disagreement, Memory, NewMemory, SourceRange, Validity};
pub use list::{MemoryCursor, MemoryFilter, MemoryPage};
pub use recall::{MemoryHit, RecallPage, RecallRequest};
pub use source::{MemorySource, SourcePlace};
pub use store::Remembered;
