//! Multi-stage tables: equal blocks of values are stored once and found through an index.

use std::collections::HashMap;
use std::hash::Hash;

/// Values cut into blocks, each different block once.
pub(crate) struct Stages<T> {
    /// For each block of the input, the number of its block in `blocks`.
    pub(crate) index: Vec<usize>,
    /// The different blocks, one behind the other, in the order of their first use.
    pub(crate) blocks: Vec<T>,
}

impl<T: Clone + Eq + Hash> Stages<T> {
    /// Cuts `values` into blocks of `size`; the last one may be shorter and is then a block of its own kind.
    pub(crate) fn of(values: &[T], size: usize) -> Self {
        let mut seen: HashMap<&[T], usize> = HashMap::new();
        let mut stages = Self { index: Vec::new(), blocks: Vec::new() };
        for block in values.chunks(size) {
            let next = seen.len();
            let number = *seen.entry(block).or_insert(next);
            if number == next {
                stages.blocks.extend_from_slice(block);
            }
            stages.index.push(number);
        }
        stages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_found_again_and_equal_blocks_are_stored_once() {
        let values: Vec<u8> = (0..64).map(|n| if n < 32 { n % 4 } else { n }).collect();
        let stages = Stages::of(&values, 8);
        for (n, value) in values.iter().enumerate() {
            assert_eq!(stages.blocks[stages.index[n / 8] * 8 + n % 8], *value);
        }
        assert_eq!(stages.blocks.len(), 8 + 32);
    }
}
