//! What the static library adds to a program that links it and throws away what it does not need: the size of a stripped one, less
//! that of one that does nothing.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::{step, workspace};

use super::PACKAGE;

/// For this machine, without the table of word vectors, which is as large everywhere.
pub(crate) fn measure(profile: &str) -> Result<u64> {
    let mut build = workspace::cargo()?;
    build.args(["build", "--package", PACKAGE, "--no-default-features", "--profile", profile]);
    step::run("static library", &mut build)?;
    let library = workspace::target()?.join(profile).join("libwritemagic_ffi.a");
    let folder = workspace::target()?.join("contribution");
    fs::create_dir_all(&folder)?;
    let with = linked_size(&folder, "with", &program(&header()?), Some(&library))?;
    let without = linked_size(&folder, "without", "int main(void) { return 0; }\n", None)?;
    ensure!(with > without, "a program with the library is no larger than one without");
    Ok(with - without)
}

/// How it was linked, for the history.
pub(crate) fn linked() -> String {
    format!(
        "into a program with every function, dead code stripped, without the table of word vectors: {ARCH}, {OS}"
    )
}

fn header() -> Result<String> {
    let sources = workspace::root()?.join("ffi").join("ios").join("swift").join("Sources");
    Ok(fs::read_to_string(sources.join("WriteMagicFFI").join("WriteMagicFFI.h"))?)
}

/// A program that needs every function of the header.
fn program(header: &str) -> String {
    let functions: Vec<&str> = header
        .lines()
        .filter(|line| !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('(')?.0.split_whitespace().last())
        .filter(|name| name.starts_with("uniffi_") || name.starts_with("ffi_"))
        .collect();
    let declared: String = functions.iter().map(|name| format!("extern char {name};\n")).collect();
    let used: String =
        functions.iter().map(|name| format!("    all += (unsigned long) &{name};\n")).collect();
    format!(
        "{declared}int main(void) {{\n    volatile unsigned long all = 0;\n{used}    return all == 0;\n}}\n"
    )
}

fn linked_size(folder: &Path, name: &str, source: &str, library: Option<&Path>) -> Result<u64> {
    let (file, program) = (folder.join(format!("{name}.c")), folder.join(name));
    fs::write(&file, source)?;
    let mut command = Command::new("cc");
    command.arg(&file).args(library).arg("-o").arg(&program);
    if cfg!(target_os = "macos") {
        command.args([
            "-Wl,-dead_strip",
            "-framework",
            "CoreFoundation",
            "-framework",
            "Security",
            "-liconv",
        ]);
    } else {
        command.args(["-Wl,--gc-sections", "-lpthread", "-ldl", "-lm"]);
    }
    step::run(name, &mut command)?;
    step::run(name, Command::new("strip").arg(&program))?;
    Ok(fs::metadata(&program)?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_needs_each_function_once() {
        let program = program(&header().unwrap());
        for name in ["uniffi_writemagic_ffi_fn_func_native_invoke", "ffi_writemagic_ffi_rustbuffer_free"] {
            assert_eq!(program.matches(&format!("extern char {name};\n")).count(), 1, "{name}");
        }
        assert!(!program.contains("typedef") && !program.contains("UniffiForeignFuture"));
    }
}
