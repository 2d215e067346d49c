//! Any calls in any order, compared with a list of what was opened.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded as _};

use super::witness::{Counted, live};
use crate::{Borrowed, Failure, Handle, HandleError, Table, call, close};

/// What somebody does with the handles that he has.
#[derive(Clone, Debug)]
enum Step {
    Insert,
    /// Borrows and gives back at once.
    Borrow(usize),
    /// Borrows and keeps it.
    Hold(usize),
    Release(usize),
    Panic(usize),
    Close(usize),
    /// A handle with some bits changed.
    Forge(usize, u64),
    Any(i64),
    OtherTable(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..1_000_usize;
    prop_oneof![
        4 => Just(Step::Insert),
        4 => which.clone().prop_map(Step::Borrow),
        3 => which.clone().prop_map(Step::Hold),
        3 => which.clone().prop_map(Step::Release),
        1 => which.clone().prop_map(Step::Panic),
        4 => which.clone().prop_map(Step::Close),
        2 => (which.clone(), (0..64_u32, 0..64_u32)).prop_map(|(n, (a, b))| Step::Forge(n, 1 << a | 1 << b)),
        1 => any::<i64>().prop_map(Step::Any),
        1 => which.prop_map(Step::OtherTable),
    ]
}

/// What is known of one object.
struct Known {
    handle: Handle,
    drops: Arc<AtomicUsize>,
    holds: usize,
    poisoned: bool,
    closed: bool,
}

struct Object {
    number: usize,
    _counted: Counted,
}

static TABLE: Table<Object> = Table::new("modelled thing");
static OTHER: Table<()> = Table::new("other modelled thing");

impl Known {
    /// What a borrow must answer: the code of its error, or none.
    fn refusal(&self) -> Option<Code> {
        match (self.closed, self.holds, self.poisoned) {
            (true, 0, _) => Some(Code::HandleClosed),
            (true, _, _) => Some(Code::HandleClosing),
            (false, _, true) => Some(Code::ObjectPoisoned),
            (false, _, false) => None,
        }
    }

    fn check(&self) {
        let gone = self.closed && self.holds == 0;
        assert_eq!(self.drops.load(Relaxed), usize::from(gone));
    }
}

/// Whether the table answers as the model says, for any number.
fn borrow(known: &[Known], raw: i64) {
    let handle = Handle::from_raw(raw);
    let found = TABLE.borrow(handle);
    match known.iter().position(|known| known.handle == handle) {
        Some(number) => {
            assert_eq!(found.as_ref().err().map(HandleError::code), known[number].refusal());
            assert!(found.is_err() || found.is_ok_and(|object| object.number == number));
        }
        // Earlier cases have closed theirs.
        None => {
            let code = found.expect_err("nobody has it").code();
            match raw {
                0 => assert_eq!(code, Code::HandleNull),
                ..0 => assert_eq!(code, Code::HandleForged),
                _ => assert!((Code::HandleForged..=Code::HandleClosed).contains(&code), "{code}"),
            }
        }
    }
}

fn run(steps: Vec<Step>) {
    let mut known: Vec<Known> = Vec::new();
    let mut held: Vec<(usize, Borrowed<'_, Object>)> = Vec::new();
    for step in steps {
        let count = known.len();
        let nth = |n: usize| n.checked_rem(count);
        match step {
            Step::Insert => {
                let drops = Arc::new(AtomicUsize::new(0));
                let object = Object { number: count, _counted: Counted(Arc::clone(&drops)) };
                let handle = TABLE.insert(object).unwrap();
                assert!(known.iter().all(|known| known.handle != handle), "no handle is given out twice");
                known.push(Known { handle, drops, holds: 0, poisoned: false, closed: false });
            }
            Step::Borrow(n) => nth(n).into_iter().for_each(|n| borrow(&known, known[n].handle.raw())),
            Step::Hold(n) => {
                let Some(n) = nth(n) else { continue };
                let found = TABLE.borrow(known[n].handle);
                assert_eq!(found.as_ref().err().map(HandleError::code), known[n].refusal());
                if let Ok(object) = found {
                    known[n].holds += 1;
                    held.push((n, object));
                }
            }
            Step::Release(n) => {
                let Some(n) = n.checked_rem(held.len()) else { continue };
                let (n, object) = held.swap_remove(n);
                assert_eq!(object.number, n);
                drop(object);
                known[n].holds -= 1;
            }
            Step::Panic(n) => {
                let Some(n) = nth(n) else { continue };
                let refusal = known[n].refusal();
                let failure = call(&TABLE, known[n].handle, "panic", |_| -> Result<(), Failure> {
                    panic!("on purpose")
                });
                assert_eq!(failure.unwrap_err().code(), refusal.unwrap_or(Code::Panic));
                known[n].poisoned |= refusal.is_none();
            }
            Step::Close(n) => {
                let Some(n) = nth(n) else { continue };
                assert_eq!(close(&TABLE, known[n].handle, "close"), Ok(!known[n].closed));
                known[n].closed = true;
            }
            Step::Forge(n, bits) => {
                let raw = nth(n).map_or(0, |n| known[n].handle.raw());
                borrow(&known, raw ^ bits.cast_signed());
            }
            Step::Any(raw) => borrow(&known, raw),
            Step::OtherTable(n) => {
                let Some(n) = nth(n) else { continue };
                let error = OTHER.borrow(known[n].handle).unwrap_err();
                let (expected, found) = ("other modelled thing", "modelled thing");
                assert_eq!(error, HandleError::WrongType { expected, found });
            }
        }
        known.iter().for_each(Known::check);
        let alive = known.iter().filter(|known| known.drops.load(Relaxed) == 0).count();
        assert_eq!(live("modelled thing"), alive);
    }
    drop(held);
    for Known { handle, drops, closed, .. } in known {
        assert_eq!(close(&TABLE, handle, "close"), Ok(!closed));
        assert_eq!(drops.load(Relaxed), 1);
    }
    assert_eq!(live("modelled thing"), 0);
}

proptest! {
    #[test]
    fn a_table_answers_as_a_list_of_what_was_opened(steps in prop::collection::vec(step(), 0..200)) {
        run(steps);
    }
}
