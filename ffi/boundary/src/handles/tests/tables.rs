//! Tables as their users see them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use writemagic_shared::error::{Code, Coded as _};

use super::witness::{Counted, Random, live};
use crate::handles::handle::{Key, TableId, image};
use crate::{Failure, Handle, HandleError, Table, call, close};

#[test]
fn each_way_of_being_wrong_is_an_error_of_its_own() {
    static TABLE: Table<u8> = Table::new("first thing");
    static OTHER: Table<u8> = Table::new("second thing");
    let expected = "first thing";
    let refused = |raw| TABLE.borrow(Handle::from_raw(raw)).unwrap_err();

    // Before there ever was an object, too.
    let other = OTHER.insert(2).unwrap();
    assert_eq!(refused(0), HandleError::Null { expected });
    assert_eq!(refused(-1), HandleError::Forged { expected });
    assert_eq!(refused(other.raw()), HandleError::WrongType { expected, found: "second thing" });

    let handle = TABLE.insert(1).unwrap();
    assert!(handle.raw() > 0);
    assert_eq!(refused(0), HandleError::Null { expected });
    for raw in [i64::MIN, -handle.raw(), handle.raw() | i64::MIN, 1, i64::from(u32::MAX)] {
        assert_eq!(refused(raw), HandleError::Forged { expected }, "{raw:#x}");
    }
    assert_eq!(refused(other.raw()), HandleError::WrongType { expected, found: "second thing" });
    // The image's lowest bit stands at 50; that of a kind that nobody registered, at 49.
    assert_eq!(refused(handle.raw() ^ 1 << 50), foreign_or_forged(image() ^ 1));
    assert_eq!(refused(handle.raw() | 0xff << 42), HandleError::Forged { expected });
    // Generations and places that were never given out.
    assert_eq!(refused(handle.raw() + 1), HandleError::Forged { expected });
    assert_eq!(refused(handle.raw() - 1), HandleError::Forged { expected });
    assert_eq!(refused(handle.raw() + (1 << 24)), HandleError::Forged { expected });
    assert_eq!(refused(handle.raw() | 0x3_ffff << 24), HandleError::Forged { expected });

    let borrowed = TABLE.borrow(handle).unwrap();
    assert_eq!(close(&TABLE, handle, "close"), Ok(true));
    assert_eq!(refused(handle.raw()), HandleError::Closing { kind: expected });
    assert_eq!(*borrowed, 1);
    drop(borrowed);
    assert_eq!(refused(handle.raw()), HandleError::Closed { kind: expected });
    assert_eq!(close(&OTHER, other, "close"), Ok(true));
}

fn foreign_or_forged(image: u32) -> HandleError {
    let expected = "first thing";
    if image == 0 { HandleError::Forged { expected } } else { HandleError::Foreign { expected } }
}

#[test]
fn the_parts_of_a_handle_come_back() {
    let mut random = Random(7);
    for _ in 0..10_000 {
        let (kind, bits) = (random.next() as u8, random.next());
        let key = Key { index: bits as u32 & 0x3_ffff, generation: (bits >> 32) as u32 & 0xff_ffff };
        let handle = Handle::new(TableId::of(kind), key);
        assert!(handle.raw() > 0);
        assert_eq!((handle.key(), handle.table()), (key, TableId::of(kind)));
        assert_eq!((handle.table().kind(), handle.table().image()), (kind, image()));
    }
    assert!((1..1 << 13).contains(&image()));
}

#[test]
fn closing_twice_is_fine_and_closing_what_never_was_is_not() {
    static TABLE: Table<Counted> = Table::new("closed thing");
    let drops = Arc::new(AtomicUsize::new(0));
    let handle = TABLE.insert(Counted(Arc::clone(&drops))).unwrap();
    assert_eq!(live("closed thing"), 1);
    assert_eq!(close(&TABLE, handle, "close"), Ok(true));
    assert_eq!((drops.load(Relaxed), live("closed thing")), (1, 0));
    // Its place has another object now.
    let next = TABLE.insert(Counted(Arc::clone(&drops))).unwrap();
    assert_eq!(next.key().index, handle.key().index);
    for _ in 0..3 {
        assert_eq!(close(&TABLE, handle, "close"), Ok(false));
    }
    assert!(TABLE.borrow(next).is_ok());
    for (raw, code) in
        [(0, Code::HandleNull), (-5, Code::HandleForged), (handle.raw() ^ 3 << 51, Code::HandleForeign)]
    {
        assert_eq!(close(&TABLE, Handle::from_raw(raw), "close").unwrap_err().code(), code);
    }
    assert_eq!(close(&TABLE, next, "close"), Ok(true));
}

#[test]
fn what_is_closed_while_calls_run_goes_with_the_last_of_them() {
    static TABLE: Table<Counted> = Table::new("busy thing");
    let drops = Arc::new(AtomicUsize::new(0));
    let handle = TABLE.insert(Counted(Arc::clone(&drops))).unwrap();
    let calls = [TABLE.borrow(handle).unwrap(), TABLE.borrow(handle).unwrap()];
    // As a callback does that closes the session it was called for.
    assert_eq!(call(&TABLE, handle, "call", |_| close(&TABLE, handle, "close")), Ok(true));
    assert_eq!(close(&TABLE, handle, "close"), Ok(false));
    assert_eq!(live("busy thing"), 1);
    for (n, borrowed) in calls.into_iter().enumerate() {
        assert_eq!(drops.load(Relaxed), 0, "before call {n} ends");
        drop(borrowed);
    }
    assert_eq!((drops.load(Relaxed), live("busy thing")), (1, 0));
}

#[test]
fn a_panic_poisons_what_was_borrowed_and_nothing_else() {
    static TABLE: Table<u8> = Table::new("poisoned thing");
    let [good, bad] = [1, 2].map(|n| TABLE.insert(n).unwrap());
    let held = TABLE.borrow(bad).unwrap();
    let line = line!() + 2;
    let failure = call(&TABLE, bad, "panicking", |n| -> Result<(), Failure> {
        panic!("{n} is bad");
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.code(), Code::Panic);
    // Who is in goes on; who comes is told.
    assert_eq!(*held, 2);
    drop(held);
    for _ in 0..2 {
        let Err(HandleError::Poisoned { kind: "poisoned thing", place: Some(place) }) = TABLE.borrow(bad)
        else {
            panic!("it is poisoned");
        };
        assert_eq!((place.file.as_str(), place.line), (file!(), line));
    }
    let failure = call(&TABLE, bad, "next", |_| Ok::<_, Failure>(())).unwrap_err();
    assert_eq!(failure.code(), Code::ObjectPoisoned);
    assert!(failure.message().contains(&format!(" {}:{line}:", file!())), "{failure}");
    assert_eq!(call(&TABLE, good, "next", |n| Ok::<_, Failure>(*n)), Ok(1));

    assert_eq!(close(&TABLE, bad, "close"), Ok(true));
    assert_eq!(TABLE.borrow(bad).unwrap_err(), HandleError::Closed { kind: "poisoned thing" });
    // The next object in its place is sound.
    let next = TABLE.insert(3).unwrap();
    assert_eq!(next.key().index, bad.key().index);
    assert_eq!(*TABLE.borrow(next).unwrap(), 3);
    for handle in [good, next] {
        assert_eq!(close(&TABLE, handle, "close"), Ok(true));
    }
}

#[test]
fn a_panic_outside_of_guards_poisons_without_a_place() {
    static TABLE: Table<u8> = Table::new("unguarded thing");
    let handle = TABLE.insert(1).unwrap();
    let worked = catch_unwind(AssertUnwindSafe(|| {
        let _borrowed = TABLE.borrow(handle).unwrap();
        // Without a hook's report: the test's output stays clean.
        std::panic::resume_unwind(Box::new("gone"));
    }));
    assert!(worked.is_err());
    let error = TABLE.borrow(handle).unwrap_err();
    assert_eq!(error, HandleError::Poisoned { kind: "unguarded thing", place: None });
    assert_eq!(error.to_string(), "the unguarded thing cannot be used since a panic at an unknown place");
    assert_eq!(close(&TABLE, handle, "close"), Ok(true));
}

#[test]
fn a_borrow_that_begins_and_ends_while_the_thread_panics_poisons_nothing() {
    static TABLE: Table<u8> = Table::new("bystander");
    struct Bystander(Handle);
    impl Drop for Bystander {
        fn drop(&mut self) {
            assert_eq!(*TABLE.borrow(self.0).unwrap(), 1);
        }
    }
    let handle = TABLE.insert(1).unwrap();
    let failure = crate::guard("panicking", || -> Result<(), Failure> {
        let _bystander = Bystander(handle);
        panic!("elsewhere");
    });
    assert_eq!(failure.unwrap_err().code(), Code::Panic);
    assert_eq!(*TABLE.borrow(handle).unwrap(), 1);
    assert_eq!(close(&TABLE, handle, "close"), Ok(true));
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in the destructor");
    }
}

#[test]
fn a_destructor_that_panics_is_told_to_who_closes_and_harms_nothing() {
    static TABLE: Table<Option<Bomb>> = Table::new("bomb");
    let handle = TABLE.insert(Some(Bomb)).unwrap();
    let failure = close(&TABLE, handle, "bomb_close").unwrap_err();
    let panic = failure.panic().unwrap();
    assert_eq!((panic.entry, panic.message.as_deref()), ("bomb_close", Some("in the destructor")));
    assert_eq!(close(&TABLE, handle, "bomb_close"), Ok(false));

    // By the last call: its own result is what counts.
    let handle = TABLE.insert(Some(Bomb)).unwrap();
    let answer = call(&TABLE, handle, "use", |_| close(&TABLE, handle, "bomb_close"));
    assert_eq!(answer, Ok(true));
    // By the last call, which panics itself.
    let handle = TABLE.insert(Some(Bomb)).unwrap();
    let failure = call(&TABLE, handle, "use", |_| -> Result<(), Failure> {
        assert_eq!(close(&TABLE, handle, "bomb_close"), Ok(true));
        panic!("in the call");
    });
    let panic = failure.unwrap_err().panic().unwrap().clone();
    assert_eq!((panic.entry, panic.message.as_deref()), ("use", Some("in the call")));

    assert_eq!(live("bomb"), 0);
    let handle = TABLE.insert(None).unwrap();
    assert!(TABLE.borrow(handle).unwrap().is_none());
    assert_eq!(close(&TABLE, handle, "bomb_close"), Ok(true));
}

#[test]
fn a_table_that_goes_drops_what_is_in_it_even_where_destructors_panic() {
    let drops = Arc::new(AtomicUsize::new(0));
    let table = Table::new("dropped table's thing");
    for n in 0..10 {
        let bomb = (n % 2 == 0).then(|| Bomb);
        table.insert((bomb, Counted(Arc::clone(&drops)))).unwrap();
    }
    drop(table);
    assert_eq!((drops.load(Relaxed), live("dropped table's thing")), (10, 0));
}

#[test]
fn more_calls_than_are_counted_are_refused() {
    static TABLE: Table<u8> = Table::new("popular thing");
    let limit = writemagic_shared::limits::OBJECT_CALLS;
    let handle = TABLE.insert(1).unwrap();
    let calls: Vec<_> = (0..limit).map(|_| TABLE.borrow(handle).unwrap()).collect();
    let error = TABLE.borrow(handle).unwrap_err();
    assert_eq!(error, HandleError::TooManyCalls { kind: "popular thing", limit });
    drop(calls);
    assert_eq!(*TABLE.borrow(handle).unwrap(), 1);
    assert_eq!(close(&TABLE, handle, "close"), Ok(true));
}

#[test]
fn a_full_table_refuses_and_takes_again_once_something_is_closed() {
    static TABLE: Table<Counted> = Table::new("numerous thing");
    let limit = writemagic_shared::limits::HANDLES;
    let drops = Arc::new(AtomicUsize::new(0));
    let insert = || TABLE.insert(Counted(Arc::clone(&drops)));
    let handles: Vec<Handle> = (0..limit).map(|_| insert().unwrap()).collect();
    assert_eq!(insert().unwrap_err(), HandleError::TooManyObjects { what: "numerous thing", limit });
    assert_eq!((drops.load(Relaxed), live("numerous thing") as u64), (1, limit));
    assert_eq!(close(&TABLE, handles[77], "close"), Ok(true));
    let again = insert().unwrap();
    assert_eq!(close(&TABLE, again, "close"), Ok(true));
    for handle in handles {
        close(&TABLE, handle, "close").unwrap();
    }
    assert_eq!((drops.load(Relaxed) as u64, live("numerous thing")), (limit + 2, 0));
}

#[test]
fn errors_name_types_limits_and_a_code_each() {
    let expected = "document";
    let errors = [
        (HandleError::Null { expected }, Code::HandleNull, r#"{"expected":"document"}"#),
        (HandleError::Forged { expected }, Code::HandleForged, r#"{"expected":"document"}"#),
        (HandleError::Foreign { expected }, Code::HandleForeign, r#"{"expected":"document"}"#),
        (
            HandleError::WrongType { expected, found: "library" },
            Code::HandleWrongType,
            r#"{"expected":"document","found":"library"}"#,
        ),
        (HandleError::Closed { kind: expected }, Code::HandleClosed, r#"{"what":"document"}"#),
        (HandleError::Closing { kind: expected }, Code::HandleClosing, r#"{"what":"document"}"#),
        (
            HandleError::Poisoned { kind: expected, place: None },
            Code::ObjectPoisoned,
            r#"{"what":"document"}"#,
        ),
        (
            HandleError::TooManyObjects { what: expected, limit: 3 },
            Code::TooManyObjects,
            r#"{"what":"document","limit":3}"#,
        ),
        (
            HandleError::TooManyCalls { kind: expected, limit: 3 },
            Code::TooManyCalls,
            r#"{"what":"document","limit":3}"#,
        ),
    ];
    for (error, code, details) in errors {
        assert_eq!(error.code(), code);
        assert!((700..800).contains(&code.number()));
        let failure = Failure::from(error.clone());
        assert_eq!((failure.code(), failure.message()), (code, error.to_string().as_str()));
        assert_eq!(failure.details_json(), details);
        assert!(failure.message().contains("document") && failure.panic().is_none());
    }
}
