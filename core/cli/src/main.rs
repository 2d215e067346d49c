//! The `writemagic` command: a consumer of the facade crate `writemagic` and of nothing below it.
//!
//! Here a command line becomes one command, and its end an exit code. What each command takes stands in
//! [`args`], what it does in [`commands`] (and [`tour`]), how it answers in [`output`], how it fails in [`errors`].

mod answering;
mod args;
mod commands;
mod context;
mod cpu_time;
mod errors;
mod interrupt;
mod money;
mod output;
mod page;
mod progress;
mod sources;
mod text_file;
mod tour;
mod trace;
mod view;

use std::any::Any;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::Arguments;
use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::output::Output;

#[cfg(all(feature = "jemalloc", not(target_env = "msvc")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => return not_parsed(&error, asks_for_json(&words)),
    };
    let json = arguments.json;
    interrupt::install(json);
    match catch_unwind(AssertUnwindSafe(|| run(arguments))) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => error.report(json),
        Err(panic) => CliError::panicked(panic_message(panic.as_ref())).report(json),
    }
}

fn run(arguments: Arguments) -> CliResult<ExitCode> {
    let context = Context::new(arguments.library, Output::new(arguments.json));
    commands::run(arguments.command, &context)
}

/// Help and version are answers; everything else that the parser refuses is a usage error.
fn not_parsed(error: &clap::Error, json: bool) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nothing is left to be done when the reader of the help is gone.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        _ if json => CliError::usage(plain_message(error)).report(true),
        _ => {
            let _ = error.print();
            ExitCode::from(writemagic::Code::Usage.exit_code())
        }
    }
}

/// Whether the line asks for JSON, for lines that cannot be parsed.
fn asks_for_json(words: &[OsString]) -> bool {
    words.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json")
}

/// What the parser says without colours, the word "error:" and the usage that follows.
fn plain_message(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let text = text.split("\n\nUsage:").next().unwrap_or(text);
    let text = text.split("\n\nFor more information").next().unwrap_or(text);
    let paragraphs = text.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("; ")
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}
