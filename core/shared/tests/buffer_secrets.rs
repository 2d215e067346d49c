//! Memory of a secret pool holds nothing but zeros when the system gets it back.
#![allow(unsafe_code, reason = "an allocator that reads memory before it frees it")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use writemagic_shared::buffer::{AtLimit, BufferPool, PoolOptions};

/// The size of the blocks that are looked at: nothing else in this file's tests has it.
const WATCHED: usize = 512 << 10;

static CLEAN: AtomicUsize = AtomicUsize::new(0);
static DIRTY: AtomicUsize = AtomicUsize::new(0);

/// Looks at blocks of the watched size before they are freed.
struct Watching;

// SAFETY: every call goes unchanged to the system's allocator; memory is read only where the caller of `dealloc` says
// that it is there.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise. Zeroed, so that every byte may be read later.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if layout.size() == WATCHED {
            // SAFETY: the memory is still allocated, of this size, and was initialised by `alloc`.
            let bytes = unsafe { std::slice::from_raw_parts(memory, layout.size()) };
            let count = if bytes.iter().all(|byte| *byte == 0) { &CLEAN } else { &DIRTY };
            count.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// How many watched blocks were freed clean and dirty while a pool gave three buffers: one that was dropped, one that was
/// frozen, and one that outlived it.
fn freed_by(options: PoolOptions) -> (usize, usize) {
    let before = (CLEAN.load(Ordering::Relaxed), DIRTY.load(Ordering::Relaxed));
    let pool = BufferPool::new(options);
    let secret = |len| {
        let mut buffer = pool.get(len).unwrap();
        buffer.extend_from_slice(&vec![0xA5; len]).unwrap();
        buffer
    };
    let (dropped, frozen, outlives) = (secret(WATCHED), secret(WATCHED - 1).freeze(), secret(WATCHED - 2));
    drop((dropped, frozen));
    drop(pool);
    drop(outlives);
    (CLEAN.load(Ordering::Relaxed) - before.0, DIRTY.load(Ordering::Relaxed) - before.1)
}

#[test]
fn only_a_secret_pool_zeroes_what_it_frees() {
    let options = PoolOptions::new(8 << 20, AtLimit::Refuse);
    let (clean, dirty) = freed_by(options);
    // The watched size is also that of one of the vectors that fill the buffers, which nobody zeroes.
    assert_eq!((clean, dirty), (0, 4));
    assert_eq!(freed_by(options.secret()), (3, 1));
}
