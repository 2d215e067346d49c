//! The only build script: the same commands on a developer's machine and in CI.
//!
//! A module a command. What a command needs and the machine lacks is said or installed under `target/`, never in
//! the user's home.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for people at a terminal")]

mod android;
mod avx512;
mod bench;
mod bindings;
mod budget;
mod canary;
mod converge;
mod coverage;
mod embedding_table;
mod eval;
mod generated;
mod interop;
mod ios;
mod jvm;
mod kill;
mod lint;
mod models;
mod required;
mod silence;
mod size;
mod step;
mod stress;
mod swift;
mod test;
mod tool;
mod transcript;
mod unicode;
mod uniffi;
mod workspace;
mod zip;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
The build script of WriteMagic: cargo xtask COMMAND

  test            format, clippy, every test, the canary check, the AVX-512 tests with an emulator where the
                  processor lacks instructions, models of the concurrent parts, bindings, the Kotlin and
                  Swift APIs, documentation; warnings are errors
  jvm [--write-api]
                  the tests of the Kotlin API and of its classes as apps get them, which test runs too: where there are a
                  JDK and Maven, and where WRITEMAGIC_REQUIRE names jvm; --write-api writes down its public API
  swift           the tests of the Swift API, which test runs too: where there is Swift 6 on the PATH, or under the name in
                  WRITEMAGIC_SWIFT, and where WRITEMAGIC_REQUIRE names swift; and, where there is Python, a test of
                  the functions below it
  android [--record WHAT] [-- ARGUMENTS]
                  the archive for Android (AAR), with a library for each processor that the NDK, or a linker that cargo's
                  environment names, can build for; ARGUMENTS go to cargo build; --record adds the sizes to
                  ffi/size.json, with what changed
  android-framework [--write-api]
                  the tests of what follows an Android app's life, with Android's framework on a JVM, and of its classes as
                  apps get them: the first run fetches some 250 MB; --write-api as above
  ios [--record WHAT] [-- ARGUMENTS]
                  the frameworks for iOS, its simulator and macOS as one XCFramework, with its checksum: on a Mac with Xcode;
                  elsewhere checks the Rust code for those of Apple's targets that cargo can build for, and measures what the
                  library adds to a program; ARGUMENTS go to cargo; --record as above
  stress [--seconds N]
                  long randomised runs of what threads share, N seconds each (60), under ThreadSanitizer
  lint            licences, sources, advisories, unused dependencies and the package budget
  bench [FILTER]  measures every speed claim that FILTER names (all of them without it) and writes
                  benches/RESULTS.md
  bindings [--verify]
                  writes the sources of other languages that follow from the engine's: the table of error codes as
                  Kotlin; --verify says which committed ones differ
  kill [--runs N] kills processes that type, N times in each test that does (1000), and looks for what was lost;
                  WRITEMAGIC_SEED repeats the choices of a run
  converge [--graphs N]
                  N random histories of several writers (20000), and recorded ones, merged in many orders and
                  compared with a slow oracle; WRITEMAGIC_GRAPHS_FROM is the first seed
  interop         the AI wires, spoken by the command with servers that others wrote: llama.cpp's and litellm's,
                  which Python packages bring; the first run compiles one of them
  silence         the engine's tests in a network namespace without interfaces (Linux)
  coverage        runs the tests with coverage, prints a summary and writes target/coverage/lcov.info
  unicode-tables [--verify]
                  writes the Unicode tables of the text kernels; --verify says which committed ones differ
  embedding-table --dimensions N --out FILE
                  writes the table of word vectors, cut to N dimensions, as a file that the engine maps
  eval FILE [--json] [--binary PATH]
                  recall at 5, 10 and 50 and MRR at 10 of the command's memory, on a file of items and questions as those in
                  evaluation/; builds the command unless PATH names one
  help            this page

What a command needs beyond the toolchain is installed under target/tools.
Large test data is found through the environment variable WRITEMAGIC_TEST_DATA.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => test::run(),
        ["lint"] => lint::run(),
        ["bench", filter @ ..] => bench::run(filter),
        ["stress"] => stress::run("60"),
        ["stress", "--seconds", seconds] => stress::run(seconds),
        ["bindings"] => bindings::run(false),
        ["bindings", "--verify"] => bindings::run(true),
        ["kill", arguments @ ..] => kill::run(arguments),
        ["converge", arguments @ ..] => converge::run(arguments),
        ["interop"] => interop::run(),
        ["jvm"] => jvm::tests(false),
        ["jvm", "--write-api"] => jvm::tests(true),
        ["android"] => android::run(None, &[]),
        ["android", "--", arguments @ ..] => android::run(None, arguments),
        ["android", "--record", what] => android::run(Some(what), &[]),
        ["android", "--record", what, "--", arguments @ ..] => android::run(Some(what), arguments),
        ["swift"] => swift::tests(),
        ["ios"] => ios::run(None, &[]),
        ["ios", "--", arguments @ ..] => ios::run(None, arguments),
        ["ios", "--record", what] => ios::run(Some(what), &[]),
        ["android-framework"] => jvm::framework::tests(false),
        ["android-framework", "--write-api"] => jvm::framework::tests(true),
        ["silence"] => silence::run(),
        ["coverage"] => coverage::run(),
        ["embedding-table", "--dimensions", dimensions, "--out", out] => {
            embedding_table::run(dimensions, out.as_ref())
        }
        ["eval", arguments @ ..] => eval::run(arguments),
        ["unicode-tables"] => unicode::run(false),
        ["unicode-tables", "--verify"] => unicode::run(true),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => bail!("unknown command: {}\n\n{HELP}", words.join(" ")),
    }
}
