//! Finds places where a pattern may stand, 64 bytes at a time, without folding the text.
//!
//! For one letter of the pattern, the *anchor*, and those behind it, all the ways to write them are turned into rows
//! of byte sets, eight at most: the usual writing, and rows for each place at which something unusual may stand (an
//! accented letter, a soft hyphen, a mark). A place is a candidate if its bytes at two to four chosen distances
//! are in the sets of some row. Sets are kept as two tables by half bytes with a bit for each row, which is what byte
//! shuffles look up; so some bytes pass that are in no set, but no match is missed. What a candidate is worth is
//! decided by [`super::search`].

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bytes;
mod gaps;
mod letter;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
mod rows;
mod scalar;
mod shares;

use crate::text::dispatch::Path;
use crate::text::fold::table::Distinct;

/// How many bytes are looked at together.
pub(super) const BLOCK: usize = 64;
/// The farthest byte from the anchor that is looked at.
const REACH: usize = 7;
/// The most distances.
const DISTANCES: usize = 4;
/// A block and what stands within reach of its last byte.
const WINDOW: usize = BLOCK + REACH + 1;
/// How far is looked ahead of what is compared: what is found lies in the nearest cache then.
const AHEAD: usize = 8 << 10;

/// Blocks that have candidates, in the order of the text.
pub(super) struct Hits {
    blocks: [(usize, u64); Self::MOST],
    len: usize,
    taken: usize,
}

impl Hits {
    const MOST: usize = 32;

    pub(super) fn new() -> Self {
        Self { blocks: [(0, 0); Self::MOST], len: 0, taken: 0 }
    }

    pub(super) fn clear(&mut self) {
        (self.len, self.taken) = (0, 0);
    }

    /// The next block and a bit for each of its candidates.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(usize, u64)> {
        let next = self.blocks[..self.len].get(self.taken).copied();
        self.taken += usize::from(next.is_some());
        next
    }

    /// Adds one where there is room.
    #[inline]
    pub(super) fn push(&mut self, block: usize, candidates: u64) {
        if let Some(place) = self.blocks.get_mut(self.len) {
            *place = (block, candidates);
            self.len += 1;
        }
    }

    #[inline]
    fn are_full(&self) -> bool {
        self.len == Self::MOST
    }
}

/// Which bytes may stand at the anchor and behind it.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// The element of the pattern that stands at a candidate.
    pub(super) anchor: usize,
    probes: [Probe; DISTANCES],
    /// How many probes are used.
    len: usize,
}

/// The sets at one distance.
#[derive(Clone, Copy, Debug, Default)]
struct Probe {
    distance: usize,
    /// For each low half byte a bit for each row.
    low: [u8; 16],
    high: [u8; 16],
}

impl Probe {
    #[inline]
    fn rows(&self, byte: u8) -> u8 {
        self.low[usize::from(byte & 15)] & self.high[usize::from(byte >> 4)]
    }
}

impl Filter {
    /// None where the start of the pattern depends on what stands before it in the text.
    pub(super) fn new(code_points: &[u32], distinct: Distinct) -> Option<Self> {
        rows::filter(code_points, distinct)
    }

    /// Adds blocks of 64 bytes that have candidates to `hits`, from `from` on: until these are full, as far as is
    /// looked ahead, or to where the text no longer has a whole block within reach. Gives the place to go on from.
    #[inline]
    pub(super) fn scan(&self, path: Path, text: &[u8], from: usize, hits: &mut Hits) -> usize {
        let text = &text[..text.len().min(from + AHEAD + WINDOW)];
        match path {
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 | Path::Avx512Bw => {
                if let Some(kernel) = avx512::Kernel::new() {
                    return kernel.scan(self, text, from, hits);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => {
                if let Some(kernel) = avx2::Kernel::new() {
                    return kernel.scan(self, text, from, hits);
                }
            }
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Path::Neon => {
                if let Some(kernel) = neon::Kernel::new() {
                    return kernel.scan(self, text, from, hits);
                }
            }
            _ => {}
        }
        scalar::scan(self, text, from, hits)
    }

    /// The candidates among the last bytes of a text, from `from` on, less than 64 bytes and the reach. What is
    /// beyond the text counts as NUL: a match has all the bytes there that its row asks for.
    pub(super) fn scan_end(&self, text: &[u8], from: usize) -> u64 {
        let mut window = [0; WINDOW];
        let rest = &text[from..text.len().min(from + WINDOW)];
        window[..rest.len()].copy_from_slice(rest);
        let here = if rest.len() < BLOCK { (1 << rest.len()) - 1 } else { u64::MAX };
        scalar::candidates(self, &window) & here
    }

    fn probes(&self) -> &[Probe] {
        &self.probes[..self.len]
    }
}

/// The bytes of the next block and what is within its reach.
#[inline]
fn window(text: &[u8], at: usize) -> Option<&[u8; WINDOW]> {
    text.get(at..)?.first_chunk()
}

#[cfg(test)]
mod tests;
