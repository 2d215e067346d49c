//! Random work on a pool against plain vectors.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::buffer::class::Class;
use crate::buffer::{AtLimit, BufferPool, PoolError, PoolOptions, PooledBuf};

#[derive(Clone, Debug)]
enum Step {
    Get(usize),
    Extend(Index, u8, usize),
    Truncate(Index, usize),
    Freeze(Index),
    Clone(Index),
    Drop(Index),
    Shrink,
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0..1_000_usize, 2 => 0..100_000_usize, 1 => 900_000..1_200_000_usize]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => size().prop_map(Step::Get),
        6 => (any::<Index>(), any::<u8>(), size()).prop_map(|(at, byte, len)| Step::Extend(at, byte, len)),
        1 => (any::<Index>(), size()).prop_map(|(at, len)| Step::Truncate(at, len)),
        2 => any::<Index>().prop_map(Step::Freeze),
        1 => any::<Index>().prop_map(Step::Clone),
        5 => any::<Index>().prop_map(Step::Drop),
        1 => Just(Step::Shrink),
    ]
}

/// The bytes that a block for this request has.
fn block_of(capacity: usize) -> usize {
    Class::holding(capacity).map_or(capacity, Class::size)
}

/// The buffers and frozen bytes that are out, each beside what it must hold.
struct World {
    pool: BufferPool,
    limit: usize,
    at_limit: AtLimit,
    buffers: Vec<(PooledBuf, Vec<u8>)>,
    /// With the block's size and a number that clones share.
    frozen: Vec<(Bytes, Vec<u8>, usize, usize)>,
    freezes: usize,
}

impl World {
    fn new(limit: usize, at_limit: AtLimit) -> Self {
        let pool = BufferPool::new(PoolOptions::new(limit, at_limit));
        Self { pool, limit, at_limit, buffers: Vec::new(), frozen: Vec::new(), freezes: 0 }
    }

    fn out(&self) -> usize {
        let mut seen = std::collections::BTreeMap::new();
        seen.extend(self.frozen.iter().map(|(_, _, size, number)| (*number, *size)));
        self.buffers.iter().map(|(buffer, _)| buffer.capacity()).sum::<usize>() + seen.values().sum::<usize>()
    }

    /// What a request for a block of this size must lead to. On one thread nothing is out of the pool's reach, so it
    /// refuses what does not fit beside what is out, and nothing else.
    fn expected(&self, size: usize) -> Result<(), PoolError> {
        let fits = self.out() + size <= self.limit || self.at_limit == AtLimit::Allocate;
        if fits { Ok(()) } else { Err(PoolError::LimitReached { requested: size, limit: self.limit }) }
    }

    fn run(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Get(capacity) => {
                let expected = self.expected(block_of(*capacity));
                let got = self.pool.get(*capacity);
                prop_assert_eq!(got.as_ref().map(drop).map_err(|error| *error), expected);
                if let Ok(buffer) = got {
                    prop_assert_eq!((buffer.len(), buffer.capacity()), (0, block_of(*capacity)));
                    self.buffers.push((buffer, Vec::new()));
                }
            }
            Step::Extend(at, byte, len) if !self.buffers.is_empty() => {
                let at = at.index(self.buffers.len());
                let (buffer, model) = &self.buffers[at];
                let (capacity, needed) = (buffer.capacity(), model.len() + len);
                let expected = if needed <= capacity {
                    Ok(())
                } else {
                    self.expected(block_of(needed.max(2 * capacity)))
                };
                let (buffer, model) = &mut self.buffers[at];
                let bytes = vec![*byte; *len];
                prop_assert_eq!(buffer.extend_from_slice(&bytes), expected);
                if expected.is_ok() {
                    model.extend_from_slice(&bytes);
                }
            }
            Step::Truncate(at, len) if !self.buffers.is_empty() => {
                let at = at.index(self.buffers.len());
                let (buffer, model) = &mut self.buffers[at];
                buffer.truncate(*len);
                model.truncate(*len);
            }
            Step::Freeze(at) if !self.buffers.is_empty() => {
                let (buffer, model) = self.buffers.swap_remove(at.index(self.buffers.len()));
                let size = buffer.capacity();
                self.freezes += 1;
                self.frozen.push((buffer.freeze(), model, size, self.freezes));
            }
            Step::Clone(at) if !self.frozen.is_empty() => {
                let clone = self.frozen[at.index(self.frozen.len())].clone();
                self.frozen.push(clone);
            }
            Step::Drop(at) if self.buffers.len() + self.frozen.len() > 0 => {
                let at = at.index(self.buffers.len() + self.frozen.len());
                match at.checked_sub(self.buffers.len()) {
                    None => drop(self.buffers.swap_remove(at)),
                    Some(at) => drop(self.frozen.swap_remove(at)),
                }
            }
            Step::Shrink => {
                self.pool.shrink();
                prop_assert_eq!(self.pool.statistics().held_bytes, 0);
            }
            _ => {}
        }
        self.check()
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for (buffer, model) in &self.buffers {
            prop_assert!(**buffer == **model);
        }
        for (bytes, model, ..) in &self.frozen {
            prop_assert!(bytes == model);
        }
        let statistics = self.pool.statistics();
        prop_assert_eq!(statistics.out_bytes, self.out() as u64);
        let total = statistics.held_bytes + statistics.out_bytes;
        prop_assert!(total <= statistics.high_water_bytes);
        match self.at_limit {
            AtLimit::Refuse => prop_assert!(statistics.high_water_bytes <= self.limit as u64),
            // Nothing is held beyond the limit.
            AtLimit::Allocate => prop_assert!(total <= statistics.out_bytes.max(self.limit as u64)),
        }
        Ok(())
    }
}

fn run(limit: usize, at_limit: AtLimit, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut world = World::new(limit, at_limit);
    let store = std::sync::Arc::downgrade(&world.pool.store);
    steps.iter().try_for_each(|step| world.run(step))?;
    // The pool goes first; what is out stays right and ends it.
    let World { pool, buffers, frozen, .. } = world;
    drop(pool);
    prop_assert!(buffers.iter().all(|(buffer, model)| **buffer == **model));
    prop_assert!(frozen.iter().all(|(bytes, model, ..)| bytes == model));
    drop((buffers, frozen));
    prop_assert!(store.upgrade().is_none());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 256 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_pool_that_refuses_behaves_as_its_model(limit in size(), steps in vec(step(), 0..60)) {
        run(limit, AtLimit::Refuse, &steps)?;
    }

    #[test]
    fn a_pool_that_allocates_behaves_as_its_model(limit in size(), steps in vec(step(), 0..60)) {
        run(limit, AtLimit::Allocate, &steps)?;
    }
}
