//! stub
use std::ops::Range;
use super::*;
pub(crate) struct Overlap { pub(crate) range: Range<u32>, pub(crate) ours: Range<u32>, pub(crate) theirs: Range<u32> }
pub(crate) fn overlaps(_: &Log, _: &Frontier, _: &Frontier, _: &mut Budget<'_>) -> Result<Vec<Overlap>, MergeError> { Ok(Vec::new()) }
pub(crate) type Copies = Vec<(Range<Lv>, Lv)>;
pub(crate) enum Inverse { Delete { at: u32, len: u32 }, Insert { at: u32, text: String, of: Range<Lv> } }
pub(crate) fn invert(_: &Log, _: &Frontier, _: &[Range<Lv>], _: &Copies, _: &[Range<Lv>], _: &mut Budget<'_>) -> Result<Vec<Inverse>, MergeError> { Ok(Vec::new()) }
