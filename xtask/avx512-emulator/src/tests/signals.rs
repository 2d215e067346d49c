//! What the handlers let through, and what CPUID says.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output};
use std::{env, thread};

use super::instructions_run;
use crate::report;
use crate::trap::{catch_cpuid, set_cpuid_allowed};

/// Set where a test is to die.
const DYING: &str = "AVX512_EMULATOR_TEST_DIES";

/// Runs `act` in a process of its own that has this test alone; `None` within it.
fn in_a_process_of_its_own(test: &str, act: impl FnOnce()) -> Option<Output> {
    if env::var_os(DYING).is_some() {
        act();
        return None;
    }
    let name = format!("tests::signals::{test}");
    let mut command = Command::new(env::current_exe().unwrap());
    Some(command.args(["--exact", &name, "--nocapture"]).env(DYING, "1").output().unwrap())
}

#[test]
fn an_illegal_instruction_of_another_kind_is_named_and_ends_the_program() {
    if !instructions_run() {
        return;
    }
    let output = in_a_process_of_its_own(
        "an_illegal_instruction_of_another_kind_is_named_and_ends_the_program",
        || {
            // SAFETY: ends the process.
            unsafe { asm!("ud2") }
        },
    );
    if let Some(output) = output {
        assert_eq!(output.status.signal(), Some(libc::SIGILL));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("avx512-emulator: not emulated: f b "), "{said}");
    }
}

#[test]
fn a_signal_that_somebody_sends_ends_the_program() {
    if !instructions_run() {
        return;
    }
    let output = in_a_process_of_its_own("a_signal_that_somebody_sends_ends_the_program", || {
        // SAFETY: ends the process.
        unsafe { libc::raise(libc::SIGILL) };
    });
    if let Some(output) = output {
        assert_eq!(output.status.signal(), Some(libc::SIGILL));
        assert!(!String::from_utf8(output.stderr).unwrap().contains("not emulated"));
    }
}

/// Catches CPUID in this thread; `false`, and a word of it, where the machine cannot.
fn cpuid_is_caught() -> bool {
    let caught = instructions_run() && catch_cpuid().is_ok();
    if !caught {
        eprintln!("this machine cannot make CPUID fault: its answers are not tested");
    }
    caught
}

#[test]
fn a_memory_fault_ends_the_program() {
    let output = in_a_process_of_its_own("a_memory_fault_ends_the_program", || {
        if cpuid_is_caught() {
            // SAFETY: ends the process.
            unsafe { asm!("mov byte ptr [{}], 0", in(reg) 8_usize) }
        } else {
            // SAFETY: ends the process, as the fault would.
            unsafe { libc::raise(libc::SIGSEGV) };
        }
    });
    if let Some(output) = output {
        assert_eq!(output.status.signal(), Some(libc::SIGSEGV));
    }
}

#[test]
fn cpuid_adds_the_two_extensions_to_what_the_processor_says_in_every_new_thread() {
    let answers = || {
        let features = __cpuid_count(7, 0);
        let name = [0x8000_0002, 0x8000_0003, 0x8000_0004].map(|leaf| __cpuid_count(leaf, 0));
        (features, __cpuid_count(7, 1), name, __cpuid_count(0xD, 5))
    };
    // In a thread of its own: the others of this process need no answers of ours.
    thread::spawn(move || {
        let mut expected = answers();
        expected.0.ecx |= 1 << 1 | 1 << 6;
        if !cpuid_is_caught() {
            return;
        }
        let earlier = report::counted(report::CPUID);
        let (here, in_another) = (answers(), thread::spawn(answers).join().unwrap());
        let counted = report::counted(report::CPUID) - earlier;
        set_cpuid_allowed(true);
        assert_eq!((here, in_another), (expected, expected));
        assert!(counted >= 12, "{counted} of 12");
    })
    .join()
    .unwrap();
}
