//! stub
use std::ops::Range;
use super::*;
pub(crate) struct Overlap { pub(crate) range: Range<u32>, pub(crate) ours: Range<u32>, pub(crate) theirs: Range<u32> }
pub(crate) fn overlaps(_: &Log, _: &Frontier, _: &Frontier, _: &mut Budget<'_>) -> Result<Vec<Overlap>, MergeError> { Ok(Vec::new()) }
