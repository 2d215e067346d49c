//! What was done, counted for the line at exit, and what could not be done: written straight to standard error, since
//! a signal handler may neither allocate nor lock.
#![allow(unsafe_code, reason = "writing without the standard library's lock")]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::table::KINDS;

/// One for each line of [`KINDS`]; the one behind them counts CPUID.
static COUNTS: [AtomicU64; KINDS.len() + 1] = [const { AtomicU64::new(0) }; KINDS.len() + 1];
/// The line of CPUID.
pub(crate) const CPUID: usize = KINDS.len();

/// Counts an instruction by its line.
pub(crate) fn count(line: usize) {
    // Relaxed: the numbers are read when the program ends.
    COUNTS[line].fetch_add(1, Relaxed);
}

/// How often the instruction of a line was done.
pub(crate) fn counted(line: usize) -> u64 {
    COUNTS[line].load(Relaxed)
}

/// Says at exit what was done.
#[cfg(not(test))]
pub(crate) extern "C" fn at_exit() {
    summary(counted).write();
}

/// What was done of each line, as `counted` gives it.
fn summary(counted: impl Fn(usize) -> u64) -> Line {
    let mut text = Line::start();
    text.push("emulated:");
    let names = KINDS.iter().map(|kind| kind.name).chain(["CPUID"]);
    for (line, name) in names.enumerate().filter(|(line, _)| counted(*line) > 0) {
        text.push(" ");
        text.push(name);
        text.push(" ");
        text.push_number(counted(line), 10);
    }
    text
}

/// Bytes of a line.
const LINE: usize = 1000;

/// A line on standard error. What does not fit is left out; a summary does.
pub(crate) struct Line {
    bytes: [u8; LINE],
    length: usize,
}

impl Line {
    pub(crate) fn start() -> Self {
        let mut line = Self { bytes: [0; LINE], length: 0 };
        line.push("avx512-emulator: ");
        line
    }

    pub(crate) fn push(&mut self, text: &str) {
        let room = &mut self.bytes[self.length..];
        let length = text.len().min(room.len());
        room[..length].copy_from_slice(&text.as_bytes()[..length]);
        self.length += length;
    }

    pub(crate) fn push_number(&mut self, mut number: u64, base: u64) {
        let mut digits = [0; 20];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b"0123456789abcdef"[(number % base) as usize];
            number /= base;
            if number == 0 {
                break;
            }
        }
        self.push(str::from_utf8(&digits[start..]).unwrap_or_default());
    }

    pub(crate) fn write(mut self) {
        self.push("\n");
        // SAFETY: the bytes are ours and that many. If standard error is gone there is nobody to tell.
        unsafe { libc::write(libc::STDERR_FILENO, self.bytes.as_ptr().cast(), self.length) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &Line) -> &str {
        str::from_utf8(&line.bytes[..line.length]).unwrap()
    }

    #[test]
    fn the_summary_names_what_was_done() {
        let done = |line| if line == CPUID { 7 } else { u64::from(line == 0) * 120 };
        assert_eq!(text(&summary(done)), "avx512-emulator: emulated: VPERMB 120 CPUID 7");
    }

    #[test]
    fn the_longest_summary_fits_and_a_longer_line_is_cut() {
        let mut line = summary(|_| u64::MAX);
        assert!(text(&line).ends_with(" CPUID 18446744073709551615") && line.length < LINE);
        line.push(&"-".repeat(LINE));
        assert_eq!(line.length, LINE);
    }

    #[test]
    fn numbers_have_the_digits_of_their_base() {
        let mut line = Line::start();
        for (number, base) in [(0, 10), (0xf0, 16), (1024, 10)] {
            line.push(" ");
            line.push_number(number, base);
        }
        assert!(text(&line).ends_with(" 0 f0 1024"));
    }
}
