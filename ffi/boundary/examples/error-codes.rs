//! Prints the table of error codes as the source text that the argument names, `kotlin` or `swift`.
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::process::ExitCode;

use writemagic_boundary::error_codes;

fn main() -> ExitCode {
    let source = match std::env::args().nth(1).as_deref() {
        Some("kotlin") => error_codes::kotlin(),
        Some("swift") => error_codes::swift(),
        _ => return ExitCode::from(2),
    };
    print!("{source}");
    ExitCode::SUCCESS
}
