//! A counting allocator: how tests and benches prove that a piece of code allocates nothing.
//!
//! Not for products: they name their allocator themselves, or take the system's. Counts are the calling thread's own,
//! so other threads do not disturb them.
//!
//! ```
//! use writemagic_shared::alloc::{Allocations, Counting};
//!
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting::system();
//!
//! let (text, made) = Allocations::of(|| "It rained.".to_owned());
//! assert_eq!((made.count, made.bytes), (1, text.len() as u64));
//! ```
#![allow(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    // Neither needs memory nor a destructor, so counting works at any time in the life of a thread.
    static COUNT: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<u64> = const { Cell::new(0) };
}

/// An allocator that counts what each thread asks it for and passes everything on to another.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting<A = System>(A);

impl Counting {
    /// Counts on top of the system's allocator.
    pub const fn system() -> Self {
        Self(System)
    }
}

impl<A> Counting<A> {
    /// Counts on top of `allocator`.
    pub const fn over(allocator: A) -> Self {
        Self(allocator)
    }
}

/// What a thread asked of the allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocations {
    /// Allocations and reallocations.
    pub count: u64,
    /// Bytes of all allocations, and of reallocations those that are more than before.
    pub bytes: u64,
}

impl Allocations {
    /// Runs `work` and says what it asked for on this thread; nothing unless a [`Counting`] is the global allocator.
    pub fn of<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let before = (COUNT.get(), BYTES.get());
        let value = work();
        (value, Self { count: COUNT.get() - before.0, bytes: BYTES.get() - before.1 })
    }
}

#[inline]
fn count(bytes: usize) {
    COUNT.set(COUNT.get() + 1);
    BYTES.set(BYTES.get() + bytes as u64);
}

// SAFETY: every call goes unchanged to an allocator that keeps the contract; counting neither allocates nor unwinds.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size.saturating_sub(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { self.0.realloc(memory, layout, size) }
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(memory, layout) }
    }
}
