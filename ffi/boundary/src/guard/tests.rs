//! What a guard makes of panics of every kind. What it logs, and which hook hears of which panic, is tested in a process
//! of its own: `tests/hook.rs`.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::panic::{panic_any, resume_unwind};

use writemagic_shared::error::{Code, Coded, Details};

use super::*;

fn panic_of(work: impl FnOnce()) -> Panic {
    *contain("test", work).unwrap_err()
}

#[test]
fn plain_and_formatted_messages_and_places_are_kept() {
    let line = line!() + 1;
    let plain = panic_of(|| panic!("plain"));
    let formatted = panic_of(|| panic!("{} and {}", "formatted", 2));
    let typed = panic_of(|| panic_any(String::from("a String")));
    assert_eq!(plain.message.as_deref(), Some("plain"));
    assert_eq!(formatted.message.as_deref(), Some("formatted and 2"));
    assert_eq!(typed.message.as_deref(), Some("a String"));
    for (panic, line) in [plain, formatted, typed].iter().zip(line..) {
        let place = panic.place.as_ref().unwrap();
        assert_eq!((panic.entry, place.file.as_str(), place.line), ("test", file!(), line));
        assert!(place.column > 1);
        assert_eq!(
            panic.to_string(),
            format!("the engine panicked in test at {}:{line}:{}", file!(), place.column)
        );
    }
}

#[test]
fn a_payload_that_is_no_text_has_a_place_and_no_message() {
    let panic = panic_of(|| panic_any(7_u32));
    assert!(panic.message.is_none() && panic.place.is_some());
}

#[test]
fn a_message_that_is_too_long_is_cut_between_characters() {
    let limit = FAILURE_MESSAGE_BYTES as usize;
    for (message, kept) in [
        ("x".repeat(limit), limit),
        ("x".repeat(limit + 1), limit),
        ("é".repeat(limit), limit),
        (format!("x{}", "é".repeat(limit)), limit - 1),
        (format!("xx{}", "𝄞".repeat(limit)), limit - 2),
    ] {
        let panic = panic_of(|| panic!("{message}"));
        assert_eq!(panic.message.as_deref(), Some(&message[..kept]));
    }
}

/// Panics when it is dropped, with itself as long as there are any left.
struct Chain(u32);

impl Drop for Chain {
    fn drop(&mut self) {
        match self.0 {
            0 => {}
            left => resume_unwind(Box::new(Chain(left - 1))),
        }
    }
}

#[test]
fn payloads_whose_destructors_panic_end_there() {
    // The last one is never dropped: some destructors would go on for ever.
    for length in [0, 1, 2, 100] {
        let panic = panic_of(|| panic_any(Chain(length)));
        assert!(panic.message.is_none() && panic.place.is_some());
    }
    assert_eq!(contain("test", || 1), Ok(1));
}

#[test]
fn the_innermost_guard_has_the_panic_and_the_outer_ones_go_on() {
    let line = line!() + 3;
    let outer = guard("outer", || {
        let inner = guard("inner", || -> Result<(), Failure> {
            panic!("inside");
        });
        let panic = inner.unwrap_err().panic().unwrap().clone();
        assert_eq!((panic.entry, panic.place.unwrap().line), ("inner", line));
        Ok::<_, Failure>(5)
    });
    assert_eq!(outer, Ok(5));
}

#[test]
fn a_guarded_panic_in_a_destructor_leaves_the_first_panic_its_place() {
    struct Guarded;
    impl Drop for Guarded {
        fn drop(&mut self) {
            let panic = panic_of(|| panic!("the second"));
            assert_eq!(panic.message.as_deref(), Some("the second"));
        }
    }
    let line = line!() + 3;
    let panic = panic_of(|| {
        let _guarded = Guarded;
        panic!("the first");
    });
    assert_eq!(panic.message.as_deref(), Some("the first"));
    assert_eq!(panic.place.unwrap().line, line);
}

#[test]
fn a_panic_of_another_thread_that_is_carried_over_has_its_message() {
    let panic = panic_of(|| {
        let other = std::thread::spawn(|| -> () { resume_unwind(Box::new("from elsewhere")) });
        other.join().unwrap_or_else(|payload| resume_unwind(payload));
    });
    assert_eq!((panic.message.as_deref(), panic.place), (Some("from elsewhere"), None));
}

#[test]
fn a_panic_that_others_catch_is_not_taken_for_a_later_one() {
    let panic = panic_of(|| {
        let line = line!() + 1;
        let first = catch_unwind(|| panic_any(1_u8));
        assert!(first.is_err());
        assert_eq!(place_of_panic().map(|place| place.line), Some(line));
        // The guard inside sees its own.
        assert_eq!(panic_of(|| panic_any(2_u8)).place.unwrap().line, line + 4);
        panic!("the last");
    });
    assert_eq!(panic.message.as_deref(), Some("the last"));
    assert_eq!(place_of_panic(), None);
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Full(String);

impl Coded for Full {
    fn code(&self) -> Code {
        Code::DiskFull
    }

    fn details(&self) -> Details {
        Details::none().with("free", 3_u64).with("volume", "data")
    }
}

#[test]
fn an_error_crosses_with_its_code_words_and_values() {
    let failure = guard("test", || Err::<(), _>(Full("the disk is full".into()))).unwrap_err();
    assert_eq!((failure.code().number(), failure.code().name()), (306, "disk_full"));
    assert_eq!((failure.message(), failure.to_string().as_str()), ("the disk is full", "the disk is full"));
    assert_eq!(failure.details_json(), r#"{"free":3,"volume":"data"}"#);
    assert_eq!(failure.panic(), None);
    let limit = FAILURE_MESSAGE_BYTES as usize;
    assert_eq!(Failure::from(Full("é".repeat(limit))).message().len(), limit);
}

#[test]
fn a_panic_crosses_without_its_words_in_message_or_details() {
    let failure = guard("document_text", || -> Result<(), Failure> { panic!("secret words") }).unwrap_err();
    assert_eq!(failure.code(), Code::Panic);
    assert!(failure.message().starts_with("the engine panicked in document_text at "));
    assert_eq!(failure.details_json(), r#"{"entry":"document_text"}"#);
    assert!(!failure.message().contains("secret"));
    assert_eq!(failure.panic().unwrap().message.as_deref(), Some("secret words"));
}

#[test]
fn a_panic_while_an_error_is_shown_is_caught_too() {
    #[derive(Debug)]
    struct Bad;
    impl fmt::Display for Bad {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("in Display")
        }
    }
    impl std::error::Error for Bad {}
    impl Coded for Bad {
        fn code(&self) -> Code {
            Code::Io
        }

        fn details(&self) -> Details {
            Details::none()
        }
    }
    let failure = guard("test", || Err::<(), _>(Bad)).unwrap_err();
    assert_eq!(failure.code(), Code::Panic);
}
