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
    let missing = missing();
    if let Some(swift) = &missing
        && required::names("swift")
    {
        bail!("{NAME}: {swift} cannot be run, and WRITEMAGIC_REQUIRE has swift in it");
    }
    let has_python = step::runs("python3", "--version");
    let folder = if missing.is_none() || has_python { uniffi::library()? } else { workspace::target()? };
    if has_python {
        python(&folder)?;
    } else {
        step::announce("Python tests", "skipped: python3 cannot be run");
    }
    if let Some(swift) = missing {
        step::announce(NAME, &format!("skipped: {swift} cannot be run"));
        return Ok(());
    }
    package(&folder, "swift", &[])?;
    package(&folder, "swift-thread", &["--sanitize=thread"])
}

/// How Swift is called: as `WRITEMAGIC_SWIFT` says, or by its name.
fn program() -> String {
    std::env::var("WRITEMAGIC_SWIFT").unwrap_or_else(|_| "swift".to_owned())
}

/// Swift.
pub(crate) fn command() -> Command {
    Command::new(program())
}

/// The name of Swift where it cannot be run.
pub(crate) fn missing() -> Option<String> {
    let swift = program();
    (!step::runs(&swift, "--version")).then_some(swift)
}

/// The tests of the package, built in a folder of their own.
fn package(library: &Path, scratch: &str, arguments: &[&str]) -> Result<()> {
    let package = workspace::root()?.join("ffi").join("ios").join("swift");
    let mut command = command();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The Swift files below a folder, but for those that UniFFI makes.
    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "swift") && !path.ends_with("Native.swift")
            {
                found.push(path);
            }
        }
    }

    /// Whether a line of Swift can end the process: `value!`, `try!`, `as!`, or a call that does.
    fn traps(line: &str) -> bool {
        let code = line.split("//").next().unwrap_or_default();
        let calls =
            ["fatalError", "precondition", "assertionFailure", "preconditionFailure", "unsafelyUnwrapped"];
        let forces = code.as_bytes().windows(2).enumerate().any(|(at, pair)| {
            let before = pair[0].is_ascii_alphanumeric() || [b')', b']', b'?'].contains(&pair[0]);
            before && pair[1] == b'!' && code.as_bytes().get(at + 2) != Some(&b'=')
        });
        forces || calls.iter().any(|call| code.contains(call))
    }

    #[test]
    fn nothing_of_ours_in_swift_can_trap() {
        for line in ["let a = b!", "try! c()", "d as! E", "f()!.g", "fatalError()", "h[0]!"] {
            assert!(traps(line), "{line}");
        }
        for line in ["if !a { b() }", "a != b", "c(!d)", "/// not a fatalError", "let e = \"\" // f!"] {
            assert!(!traps(line), "{line}");
        }
        let folder = workspace::root().unwrap().join("ffi/ios/swift/Sources/WriteMagic");
        let mut files = Vec::new();
        sources(&folder, &mut files);
        assert!(files.len() > 60, "{}", files.len());
        for file in files {
            for line in fs::read_to_string(&file).unwrap().lines() {
                assert!(!traps(line), "{}: {line}", file.display());
            }
        }
    }
}
