//! The signals: how they are caused, caught, and let through when they are somebody else's.
//!
//! CPUID faulting is a state of the thread that new threads and forks inherit and `exec` ends. The kernel reports
//! the fault as SIGSEGV. The standard library of the program installs its own handler for that signal only
//! where there is none, so ours stays.
#![allow(unsafe_code, reason = "signal handlers, and a system call that libc has no function for")]

use std::arch::x86_64::__cpuid_count;
use std::{mem, ptr};

use libc::{c_int, c_long, c_void, siginfo_t};

use crate::execute::execute;
use crate::frame::{self, Frame};
use crate::report::{self, Line};

// SAFETY: the loader calls what the section lists, with arguments that a C function may leave alone. It does so
// once, when everything that this library needs is there, and before the program's own code.
#[cfg(not(test))]
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

#[cfg(not(test))]
extern "C" fn at_load() {
    match catch_instructions().and_then(|()| catch_cpuid()) {
        Ok(()) => {
            // SAFETY: the function may run at any time, and this library is never unloaded.
            unsafe { libc::atexit(report::at_exit) };
        }
        Err(reason) => {
            let mut line = Line::start();
            line.push(reason);
            line.write();
        }
    }
}

type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

/// Emulates the instructions of the table in this process from now on.
pub(crate) fn catch_instructions() -> Result<(), &'static str> {
    if !frame::learn_layout() {
        return Err("this machine has no AVX-512");
    }
    catch(libc::SIGILL, on_illegal_instruction)
}

/// Answers CPUID in this thread, and in those that it starts, from now on.
pub(crate) fn catch_cpuid() -> Result<(), &'static str> {
    catch(libc::SIGSEGV, on_fault)?;
    let done = set_cpuid_allowed(false);
    done.then_some(()).ok_or("this machine cannot make CPUID fault")
}

/// Not on the alternate stack: the standard library's has little room beside a frame with AVX-512 registers.
fn catch(signal: c_int, handler: Handler) -> Result<(), &'static str> {
    // SAFETY: all zero is a valid value: no flags, no mask, the default action.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: the action is valid, and its handler has the signature that SA_SIGINFO asks for.
    let done = unsafe { libc::sigaction(signal, &action, ptr::null_mut()) };
    if done == 0 { Ok(()) } else { Err("a signal cannot be caught") }
}

/// Allows or forbids CPUID in this thread. `false` where the machine has no such switch.
pub(crate) fn set_cpuid_allowed(allowed: bool) -> bool {
    const ARCH_SET_CPUID: c_long = 0x1012;
    // SAFETY: the call takes numbers and changes nothing but whether CPUID faults.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_CPUID, c_long::from(allowed)) == 0 }
}

extern "C" fn on_illegal_instruction(signal: c_int, information: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel gives a handler with SA_SIGINFO both, for as long as it runs and for it alone.
    let (code, frame) = unsafe { ((*information).si_code, Frame::new(context)) };
    // The kernel's own codes are positive.
    if code > 0 {
        let Some(mut frame) = frame else {
            return let_through(signal, code);
        };
        // SAFETY: the kernel says that the processor does not know the instruction.
        if unsafe { execute(&mut frame) } {
            return;
        }
        name(frame.instruction());
    }
    let_through(signal, code);
}

/// Names the bytes of an instruction that is not emulated.
fn name(instruction: usize) {
    // An instruction may end where its page ends.
    let within_page = 4096 - instruction % 4096;
    let mut line = Line::start();
    line.push("not emulated:");
    for n in 0..within_page.min(15) {
        line.push(" ");
        // SAFETY: on the page of the instruction's first byte, which the processor has read.
        let byte = unsafe { ptr::with_exposed_provenance::<u8>(instruction + n).read_volatile() };
        line.push_number(u64::from(byte), 16);
    }
    line.write();
}

extern "C" fn on_fault(signal: c_int, information: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel gives a handler with SA_SIGINFO both, for as long as it runs and for it alone.
    let (code, frame) = unsafe { ((*information).si_code, Frame::new(context)) };
    match frame {
        // A protection fault that is not about memory has this code; the processor has read the instruction.
        Some(mut frame) if code == libc::SI_KERNEL && is_cpuid(frame.instruction()) => answer(&mut frame),
        _ => let_through(signal, code),
    }
}

fn is_cpuid(instruction: usize) -> bool {
    // SAFETY: the caller knows that the processor has read the instruction, and one that begins with the first
    // byte has a second.
    let byte = |n| unsafe { ptr::with_exposed_provenance::<u8>(instruction.wrapping_add(n)).read_volatile() };
    byte(0) == 0x0F && byte(1) == 0xA2
}

/// What the processor says of itself, and that it has the three extensions.
fn answer(frame: &mut Frame<'_>) {
    const FEATURES: (u32, u32) = (7, 0);
    const VBMI: u32 = 1 << 1;
    const VBMI2: u32 = 1 << 6;
    const VNNI: u32 = 1 << 11;
    let (leaf, part) = frame.question();
    set_cpuid_allowed(true);
    let mut answer = __cpuid_count(leaf, part);
    set_cpuid_allowed(false);
    if (leaf, part) == FEATURES {
        answer.ecx |= VBMI | VBMI2 | VNNI;
    }
    frame.answer([answer.eax, answer.ebx, answer.ecx, answer.edx]);
    frame.advance(2);
    report::count(report::CPUID);
}

/// Lets the default action of `signal` have its way: at once if somebody sent it, else when the instruction
/// faults again.
fn let_through(signal: c_int, code: c_int) {
    // SAFETY: the default action is a valid one for every signal; both functions may be called in a handler.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        if code <= 0 {
            libc::raise(signal);
        }
    }
}
