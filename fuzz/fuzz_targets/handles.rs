//! A table of handles answers as a list of what was opened, whatever is opened, borrowed, kept, closed and made up, in
//! any order; each object is dropped once, by whoever comes last.
#![no_main]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use libfuzzer_sys::fuzz_target;
use writemagic_boundary::{Borrowed, Handle, HandleError, Table, census, close};
use writemagic_shared::error::{Code, Coded as _};

struct Object {
    number: usize,
    drops: Arc<AtomicU32>,
}

impl Drop for Object {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Relaxed);
    }
}

struct Known {
    handle: Handle,
    drops: Arc<AtomicU32>,
    holds: u32,
    closed: bool,
}

impl Known {
    fn refusal(&self) -> Option<Code> {
        match (self.closed, self.holds) {
            (true, 0) => Some(Code::HandleClosed),
            (true, _) => Some(Code::HandleClosing),
            (false, _) => None,
        }
    }
}

static TABLE: Table<Object> = Table::new("object");
static OTHER: Table<()> = Table::new("other object");

fuzz_target!(|input: &[u8]| {
    let mut known: Vec<Known> = Vec::new();
    let mut held: Vec<(usize, Borrowed<'_, Object>)> = Vec::new();
    let mut rest = input;
    while let Some(([step, which, bits @ ..], behind)) = rest.split_first_chunk::<10>() {
        rest = behind;
        let bits = i64::from_le_bytes(*bits);
        let which = usize::from(*which);
        let nth = which.checked_rem(known.len());
        match (step % 8, nth) {
            (0, _) | (_, None) => {
                let drops = Arc::<AtomicU32>::default();
                let object = Object { number: known.len(), drops: Arc::clone(&drops) };
                let handle = TABLE.insert(object).expect("there is room");
                assert!(handle.raw() > 0 && known.iter().all(|known| known.handle != handle));
                known.push(Known { handle, drops, holds: 0, closed: false });
            }
            (1, Some(n)) => borrow(&known, known[n].handle),
            (2, Some(n)) => {
                let found = TABLE.borrow(known[n].handle);
                assert_eq!(found.as_ref().err().map(HandleError::code), known[n].refusal());
                if let Ok(object) = found {
                    known[n].holds += 1;
                    held.push((n, object));
                }
            }
            (3, Some(_)) => {
                let Some(n) = which.checked_rem(held.len()) else { continue };
                let (n, object) = held.swap_remove(n);
                assert_eq!(object.number, n);
                drop(object);
                known[n].holds -= 1;
            }
            (4, Some(n)) => {
                assert_eq!(close(&TABLE, known[n].handle, "close"), Ok(!known[n].closed));
                known[n].closed = true;
            }
            // A handle with any bits, and one with some of its own bits changed.
            (5, Some(_)) => borrow(&known, Handle::from_raw(bits)),
            (6, Some(n)) => borrow(&known, Handle::from_raw(known[n].handle.raw() ^ 1 << (bits & 63))),
            (_, Some(n)) => {
                let error = OTHER.borrow(known[n].handle).expect_err("not its own");
                assert_eq!(error, HandleError::WrongType { expected: "other object", found: "object" });
            }
        }
        for known in &known {
            assert_eq!(known.drops.load(Relaxed), u32::from(known.closed && known.holds == 0));
        }
    }
    drop(held);
    for Known { handle, drops, closed, .. } in known {
        assert_eq!(close(&TABLE, handle, "close"), Ok(!closed));
        assert_eq!(drops.load(Relaxed), 1);
    }
    assert!(census().iter().all(|(_, live)| *live == 0));
});

/// Whether the table answers as the list says.
fn borrow(known: &[Known], handle: Handle) {
    let found = TABLE.borrow(handle);
    match known.iter().position(|known| known.handle == handle) {
        Some(n) => {
            assert_eq!(found.as_ref().err().map(HandleError::code), known[n].refusal());
            assert!(found.is_err() || found.is_ok_and(|object| object.number == n));
        }
        None => {
            let code = found.expect_err("nobody has it").code();
            match handle.raw() {
                0 => assert_eq!(code, Code::HandleNull),
                ..0 => assert_eq!(code, Code::HandleForged),
                // What an earlier input closed is closed.
                _ => assert!((Code::HandleForged..=Code::HandleClosed).contains(&code), "{code}"),
            }
        }
    }
}
