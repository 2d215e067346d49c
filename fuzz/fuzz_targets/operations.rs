//! Every operation of the engine as Kotlin and Swift call it, in any order, with any bytes for requests and any numbers for
//! handles: no panic, no object that is poisoned, no fault of the engine; and a library that is sound behind it.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use writemagic_boundary::{Failure, Handle};
use writemagic_operations::{
    Way, cancel, close_object, close_work, invoke, objects, operations, progress, splice, start, take_result,
};
use writemagic_shared::error::Code;

/// Bytes to choose by, one after the other.
struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().map_or((0, self.0), |(first, rest)| (*first, rest));
        self.0 = rest;
        first
    }

    fn bytes(&mut self) -> &'a [u8] {
        let count = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn handle(&mut self, known: &[i64]) -> Handle {
        let raw = match self.byte() {
            0 => 0,
            1 => i64::from(self.byte()) << 32,
            2 => known.first().map_or(1, |handle| handle ^ (1 << (self.byte() % 64))),
            at => known.get(usize::from(at) % known.len().max(1)).copied().unwrap_or(1),
        };
        Handle::from_raw(raw)
    }
}

/// What comes of a call: an error of the engine's is one of those that its documentation names.
fn checked<T>(result: Result<T, Failure>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(failure) => {
            let code = failure.code();
            assert!(!matches!(code, Code::Panic | Code::ObjectPoisoned | Code::Internal), "{code:?}");
            None
        }
    }
}

fn number_of(name: &str) -> u32 {
    operations().position(|operation| operation.name == name).unwrap() as u32
}

fuzz_target!(|data: &[u8]| {
    static CHECK: OnceLock<u32> = OnceLock::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    // Create; not read only; no limit; the interactive profile; no model.
    let request = [&(path.len() as u32).to_le_bytes(), path.as_bytes(), &[1, 0, 0, 0, 0]].concat();
    let library = invoke(number_of("open"), Handle::from_raw(0), &request).unwrap();
    let library = Handle::from_raw(i64::from_le_bytes(library.try_into().unwrap()));
    let mut known = vec![library.raw()];
    let mut choices = Choices(data);
    let ways: Vec<Way> = operations().map(|operation| operation.way).collect();
    while !choices.0.is_empty() {
        match choices.byte() {
            0 => drop(checked(progress(choices.handle(&known)))),
            1 => drop(checked(take_result(choices.handle(&known)))),
            2 => {
                let _ = checked(cancel(choices.handle(&known)));
            }
            3 => drop(checked(close_work(choices.handle(&known)))),
            4 => {
                // Not the library: it is looked at behind all this.
                let number = 1 + u32::from(choices.byte()) % (objects().count() as u32 + 2);
                let _ = checked(close_object(number, choices.handle(&known)));
            }
            5 => {
                let units: Vec<u16> = choices
                    .bytes()
                    .chunks(2)
                    .map(|pair| u16::from_le_bytes([pair[0], *pair.last().unwrap()]))
                    .collect();
                let (at, delete) = (u64::from(choices.byte()), u64::from(choices.byte()));
                let _ = checked(splice(choices.handle(&known), at, delete, &units));
            }
            _ => {
                let number = u32::from(choices.byte());
                let way = ways.get(number as usize);
                let name = operations().nth(number as usize).map(|operation| operation.name);
                // Files anywhere, and the end of the library, are not for bytes that nobody chose.
                if matches!(
                    name,
                    Some(
                        "open"
                            | "open_outbox"
                            | "import"
                            | "export"
                            | "back_up"
                            | "bundle"
                            | "pull_bundle"
                            | "pull_library"
                            | "close"
                            | "shut_down"
                    )
                ) {
                    continue;
                }
                let (handle, request) = (choices.handle(&known), choices.bytes());
                if way == Some(&Way::Work) {
                    if let Some(work) = checked(start(number, handle, request, 0)) {
                        known.push(work.raw());
                    }
                } else if let Some(result) = checked(invoke(number, handle, request))
                    && let Ok(raw) = <[u8; 8]>::try_from(result)
                {
                    known.push(i64::from_le_bytes(raw));
                }
            }
        }
    }
    for handle in &known[1..] {
        let _ = close_work(Handle::from_raw(*handle));
        for number in 1..objects().count() as u32 {
            let _ = close_object(number, Handle::from_raw(*handle));
        }
    }
    // Suspended by one of the calls, perhaps.
    let _ = invoke(number_of("resume"), library, &[]);
    let check = *CHECK.get_or_init(|| number_of("check"));
    let work = start(check, library, &[0], 0).unwrap();
    let report = loop {
        if let Some(report) = take_result(work).unwrap() {
            break report;
        }
        std::thread::yield_now();
    };
    // Documents, then how many problems.
    assert_eq!(report[8..12], [0; 4]);
    let _ = close_work(work);
    close_object(0, library).unwrap();
});
