//! Size classes: powers of two from 64 bytes to 1 MiB, so that at most half of a block is unused.
//!
//! The model checker gets two classes and batches of one block, which leaves it fewer orders to try.

/// Bytes of the smallest class.
const SMALLEST: usize = 64;
/// Bytes of the largest class; what is larger is allocated for the one request and freed with it.
const LARGEST: usize = if cfg!(loom) { 2 * SMALLEST } else { 1 << 20 };
/// Bytes that a batch moves at once between a thread's cache and the depot.
const BATCH_BYTES: usize = 512 << 10;
/// Blocks that a batch moves at most.
const BATCH_BLOCKS: usize = if cfg!(loom) { 1 } else { 32 };

/// The size of a block, by its place among the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class(u8);

impl Class {
    /// How many classes there are.
    pub(super) const COUNT: usize = (LARGEST.ilog2() - SMALLEST.ilog2() + 1) as usize;

    /// The smallest class whose blocks hold `bytes`; `None` if that is more than the largest holds.
    #[inline]
    pub(super) fn holding(bytes: usize) -> Option<Self> {
        (bytes <= LARGEST).then(|| Self::with_exponent(bytes.max(SMALLEST).next_power_of_two()))
    }

    /// The class of blocks of exactly `size` bytes; `None` for a block of no class.
    #[inline]
    pub(super) fn of_size(size: usize) -> Option<Self> {
        (size.is_power_of_two() && (SMALLEST..=LARGEST).contains(&size)).then(|| Self::with_exponent(size))
    }

    #[inline]
    fn with_exponent(size: usize) -> Self {
        Self((size.trailing_zeros() - SMALLEST.trailing_zeros()) as u8)
    }

    /// Every class, smallest first.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }

    #[inline]
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Bytes of a block.
    #[inline]
    pub(super) fn size(self) -> usize {
        SMALLEST << self.0
    }

    /// Blocks that move at once between a cache and the depot: as many as [`BATCH_BYTES`] allow, between 1 and
    /// [`BATCH_BLOCKS`].
    #[inline]
    pub(super) fn batch(self) -> usize {
        (BATCH_BYTES / self.size()).clamp(1, BATCH_BLOCKS)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_request_gets_the_smallest_class_that_holds_it() {
        for (bytes, size) in [(0, 64), (1, 64), (64, 64), (65, 128), (1_000, 1_024), (1 << 20, 1 << 20)] {
            assert_eq!(Class::holding(bytes).map(Class::size), Some(size), "{bytes}");
        }
        assert_eq!(Class::holding((1 << 20) + 1), None);
        assert_eq!(Class::holding(usize::MAX), None);
    }

    #[test]
    fn classes_double_and_are_found_by_their_size() {
        let sizes: Vec<usize> = Class::all().map(Class::size).collect();
        assert_eq!((sizes.len(), sizes[0], sizes[14]), (Class::COUNT, SMALLEST, LARGEST));
        assert!(sizes.windows(2).all(|pair| pair[1] == 2 * pair[0]));
        for (index, class) in Class::all().enumerate() {
            assert_eq!(class.index(), index);
            assert_eq!(Class::of_size(class.size()), Some(class));
            assert_eq!(Class::of_size(class.size() + 1), None);
        }
        assert_eq!(Class::of_size(2 * LARGEST), None);
    }

    #[test]
    fn batches_are_bounded_in_blocks_and_bytes() {
        for class in Class::all() {
            assert!((1..=BATCH_BLOCKS).contains(&class.batch()));
            assert!(class.batch() == 1 || class.batch() * class.size() <= BATCH_BYTES);
        }
    }
}
