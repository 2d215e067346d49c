//! Where a document's history ends, which the sessions on its branches share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::journal::End;

/// Where the history of a document ends, for the sessions of all its branches. Changes while commits are held back.
#[derive(Debug, Default)]
pub(crate) struct SharedEnd(AtomicU64);

impl SharedEnd {
    pub(super) fn new(end: End) -> Arc<Self> {
        let shared = Arc::new(Self::default());
        shared.set(end);
        shared
    }

    pub(super) fn get(&self) -> End {
        let packed = self.0.load(Ordering::Relaxed); // Relaxed: written and read with `Sessions::commit` held
        End { lv: (packed >> 32) as u32, chain: packed as u32 }
    }

    pub(super) fn set(&self, end: End) {
        let packed = u64::from(end.lv) << 32 | u64::from(end.chain);
        self.0.store(packed, Ordering::Relaxed); // Relaxed: as in `get`
    }
}
