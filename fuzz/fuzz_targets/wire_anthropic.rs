//! Responses from any bytes: no panic, one end with nothing behind it, and the same events however they are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use writemagic_ai::wire::Wire;

#[path = "wire/answer.rs"]
mod answer;

fuzz_target!(|input: (u8, Vec<u8>, &[u8])| answer::check(Wire::Anthropic, &input));
