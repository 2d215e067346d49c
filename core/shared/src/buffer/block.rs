//! One piece of memory of a pool.
#![allow(unsafe_code, reason = "asks the allocator for zeroed memory and takes no for an answer")]

use std::alloc::Layout;
use std::mem;

use super::class::Class;
use super::store::Store;
use crate::sync::Arc;

/// The one owner of some memory that counts against its pool's limit for as long as it exists.
///
/// It holds the pool's store alive and takes that reference along wherever it goes, so handing a block out and back
/// touches no counter that threads share. What it points to never changes, only the bytes do, so a block that wanders
/// between processors takes along the lines that were written and no others.
pub(super) struct Block(Box<Memory>);

struct Memory {
    /// All of it is initialised, from its allocation on.
    bytes: Box<[u8]>,
    class: Option<Class>,
    store: Arc<Store>,
}

impl Block {
    /// A block of the store that has counted `bytes`.
    pub(super) fn new(bytes: Box<[u8]>, store: &Arc<Store>) -> Self {
        Self(Box::new(Memory { class: Class::of_size(bytes.len()), bytes, store: Arc::clone(store) }))
    }

    #[inline]
    pub(super) fn store(&self) -> &Arc<Store> {
        &self.0.store
    }

    /// The class whose cache and depot it can go to; `None` if it is larger than every class.
    #[inline]
    pub(super) fn class(&self) -> Option<Class> {
        self.0.class
    }

    #[inline]
    pub(super) fn size(&self) -> usize {
        self.0.bytes.len()
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    #[inline]
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0.bytes
    }
}

impl Drop for Memory {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        let size = self.bytes.len();
        // The memory goes first: what is counted as free is free.
        drop(mem::take(&mut self.bytes));
        self.store.budget.release(size);
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
