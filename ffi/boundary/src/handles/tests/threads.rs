//! Many threads at one table.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::Relaxed};
use std::thread;

use writemagic_shared::error::{Code, Coded as _};

use super::witness::{Random, live};
use crate::{Handle, Table, close};

const THREADS: u64 = 4;
const STEPS: usize = 50_000;

/// Knows its handle once whoever inserted it has noted that.
struct Object {
    handle: AtomicI64,
    gone: Arc<AtomicBool>,
    drops: Arc<AtomicUsize>,
}

impl Drop for Object {
    fn drop(&mut self) {
        assert!(!self.gone.swap(true, Relaxed), "dropped once");
        self.drops.fetch_add(1, Relaxed);
    }
}

#[test]
fn threads_that_open_use_close_and_forge_get_their_own_objects_or_errors() {
    static TABLE: Table<Object> = Table::new("shared thing");
    /// Handles that anybody may use and close.
    static BOARD: [AtomicI64; 16] = [const { AtomicI64::new(0) }; 16];
    let drops = Arc::new(AtomicUsize::new(0));
    let work = |seed: u64| {
        let mut random = Random(seed);
        let (mut inserted, mut borrowed) = (0, 0);
        for _ in 0..STEPS {
            let bits = random.next();
            let place = &BOARD[(bits >> 8) as usize % BOARD.len()];
            let handle = Handle::from_raw(place.load(Relaxed));
            match bits % 8 {
                0 => {
                    let gone = Arc::default();
                    let object = Object { handle: AtomicI64::new(0), gone, drops: Arc::clone(&drops) };
                    let handle = TABLE.insert(object).unwrap();
                    // Somebody may have guessed it and closed it already; forged steps below could.
                    if let Ok(object) = TABLE.borrow(handle) {
                        object.handle.store(handle.raw(), Relaxed);
                    }
                    let before = place.swap(handle.raw(), Relaxed);
                    inserted += 1;
                    if before != 0 {
                        let _ = close(&TABLE, Handle::from_raw(before), "close").unwrap();
                    }
                }
                1 => {
                    let _ = close(&TABLE, handle, "close")
                        .map_err(|failure| assert_eq!(failure.code(), Code::HandleNull));
                }
                2 => {
                    let forged = Handle::from_raw(handle.raw() ^ 1 << (bits >> 16 & 63));
                    check(&TABLE, forged);
                }
                _ => borrowed += usize::from(check(&TABLE, handle)),
            }
        }
        (inserted, borrowed)
    };
    let (inserted, borrowed) = thread::scope(|scope| {
        let threads: Vec<_> =
            (1..=THREADS).map(|seed| scope.spawn(move || work(seed * 0x9e37_79b9))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
    });
    for place in &BOARD {
        match place.swap(0, Relaxed) {
            0 => {}
            raw => drop(close(&TABLE, Handle::from_raw(raw), "close").unwrap()),
        }
    }
    assert!(inserted > STEPS / 8 && borrowed > STEPS / 8, "{inserted} inserted, {borrowed} borrowed");
    assert_eq!((drops.load(Relaxed), live("shared thing")), (inserted, 0));
}

/// Borrows, and looks whether the object is the handle's and alive.
fn check(table: &Table<Object>, handle: Handle) -> bool {
    match table.borrow(handle) {
        Ok(object) => {
            let own = object.handle.load(Relaxed);
            assert!(own == 0 || own == handle.raw());
            assert!(!object.gone.load(Relaxed));
            true
        }
        Err(error) => {
            assert!((700..=705).contains(&error.code().number()), "{error}");
            false
        }
    }
}

#[test]
fn millions_of_random_numbers_find_nothing_that_was_not_given_out() {
    static TABLE: Table<u64> = Table::new("guarded thing");
    let handles: Vec<Handle> = (0..64).map(|n| TABLE.insert(n).unwrap()).collect();
    thread::scope(|scope| {
        for seed in 1..=2 {
            let handles = &handles;
            scope.spawn(move || {
                let mut random = Random(seed);
                for n in 0..1_000_000_u64 {
                    // All bits, those of image and kind right, or those of the place right, too.
                    let bits = random.next();
                    let own = handles[(bits >> 40) as usize % handles.len()].raw();
                    let raw = match n % 3 {
                        0 => bits.cast_signed(),
                        1 => own & !0x3ff_ffff_ffff | bits.cast_signed() & 0x3ff_ffff_ffff,
                        _ => own & !0xff_ffff | bits.cast_signed() & 0xff_ffff,
                    };
                    let handle = Handle::from_raw(raw);
                    match handles.iter().position(|own| *own == handle) {
                        Some(n) => assert_eq!(*TABLE.borrow(handle).unwrap(), n as u64),
                        None => {
                            assert!(TABLE.borrow(handle).is_err() && close(&TABLE, handle, "close").is_err())
                        }
                    }
                }
            });
        }
        // Objects come and go beside them.
        scope.spawn(|| {
            for n in 0..10_000 {
                let handle = TABLE.insert(n).unwrap();
                assert_eq!(*TABLE.borrow(handle).unwrap(), n);
                assert_eq!(close(&TABLE, handle, "close"), Ok(true));
            }
        });
    });
    assert_eq!(live("guarded thing"), 64);
    handles.into_iter().for_each(|handle| assert_eq!(close(&TABLE, handle, "close"), Ok(true)));
}
