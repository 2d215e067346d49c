//! One piece of memory of a pool.
#![allow(unsafe_code, reason = "asks the allocator for zeroed memory and takes no for an answer")]

use std::alloc::Layout;
use std::fmt;
use std::mem;

use super::store::Store;
use crate::sync::Arc;

/// Memory that counts against its pool's limit for as long as it exists.
///
/// All of it is initialised, from its allocation on. It holds the pool's store alive and takes that reference along
/// wherever it goes, so handing a block out and back touches no counter that threads share.
pub(super) struct Block {
    pub(super) bytes: Box<[u8]>,
    pub(super) store: Arc<Store>,
}

impl Drop for Block {
    fn drop(&mut self) {
        let size = self.bytes.len();
        // The memory goes first: what is counted as free is free.
        drop(mem::take(&mut self.bytes));
        self.store.budget.release(size);
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("size", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// `size` zeroed bytes; `None` if the system has no memory for them.
pub(super) fn zeroed(size: usize) -> Option<Box<[u8]>> {
    if size == 0 {
        return Some(Box::default());
    }
    let layout = Layout::array::<u8>(size).ok()?;
    // SAFETY: the layout has a size that is not 0.
    let start = unsafe { std::alloc::alloc_zeroed(layout) };
    if start.is_null() {
        return None;
    }
    // SAFETY: the global allocator gave this memory just now, with the layout of a `[u8]` of this length, and every
    // byte of it is 0.
    Some(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(start, size)) })
}
