//! The tests of the Swift API, with the engine as a debug build, plain and under the thread sanitizer; and those of the functions
//! below it, through the Python that UniFFI makes of them.
//!
//! The first need Swift 6, the second Python 3.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{required, step, uniffi, workspace};

const NAME: &str = "Swift tests";

/// Runs the tests, or says in a line why not; where `WRITEMAGIC_REQUIRE` names `swift`, fails then.
pub(crate) fn tests() -> Result<()> {
    let swift = std::env::var("WRITEMAGIC_SWIFT").unwrap_or_else(|_| "swift".to_owned());
    let has_swift = step::runs(&swift, "--version");
    if !has_swift && required::names("swift") {
        bail!("{NAME}: {swift} cannot be run, and WRITEMAGIC_REQUIRE has swift in it");
    }
    let has_python = step::runs("python3", "--version");
    let folder = if has_swift || has_python { uniffi::library()? } else { workspace::target()? };
    if has_python {
        python(&folder)?;
    } else {
        step::announce("Python tests", "skipped: python3 cannot be run");
    }
    if !has_swift {
        step::announce(NAME, &format!("skipped: {swift} cannot be run"));
        return Ok(());
    }
    package(&swift, &folder, "swift", &[])?;
    package(&swift, &folder, "swift-thread", &["--sanitize=thread"])
}

/// The tests of the package, built in a folder of their own.
fn package(swift: &str, library: &Path, scratch: &str, arguments: &[&str]) -> Result<()> {
    let package = workspace::root()?.join("ffi").join("ios").join("swift");
    let mut command = Command::new(swift);
    command.arg("test").arg("--package-path").arg(package).arg("--scratch-path");
    command.arg(workspace::target()?.join(scratch)).args(["-Xswiftc", "-warnings-as-errors"]).args(arguments);
    // Many of the tests panic on purpose.
    command.env("WRITEMAGIC_LIBRARY", library).env("RUST_BACKTRACE", "0");
    step::run(NAME, &mut command)
}

/// The tests in Python, beside the module that UniFFI makes, in a folder with the library.
fn python(library: &Path) -> Result<()> {
    let folder = workspace::target()?.join("python");
    fs::create_dir_all(&folder)?;
    uniffi::python(library, &folder)?;
    let tests = workspace::root()?.join("ffi").join("ios").join("tests");
    let mut command = Command::new("python3");
    command.args(["-B", "-m", "unittest", "discover", "--start-directory"]).arg(tests);
    command.env("PYTHONPATH", &folder).env("RUST_BACKTRACE", "0");
    step::run("Python tests", &mut command)
}
