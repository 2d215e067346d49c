//! `cargo xtask coverage`: which lines the tests reach.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::tool::LLVM_COV;
use crate::{step, workspace};

pub(crate) fn run() -> Result<()> {
    find_llvm_tools()?;
    let folder = workspace::target()?.join("coverage");
    fs::create_dir_all(&folder)?;
    let report = folder.join("lcov.info");
    step::run(
        "tests with coverage",
        LLVM_COV
            .command()?
            .args(["llvm-cov", "--workspace", "--exclude", "xtask", "--lcov", "--output-path"])
            .arg(report),
    )?;
    step::run("summary", LLVM_COV.command()?.args(["llvm-cov", "report", "--summary-only"]))
}

/// The tools that read coverage data must be of the compiler's LLVM or a newer one.
fn find_llvm_tools() -> Result<()> {
    if std::env::var_os("LLVM_COV").is_some() && std::env::var_os("LLVM_PROFDATA").is_some() {
        return Ok(());
    }
    let sysroot = rustc(&["--print", "sysroot"])?;
    let version = rustc(&["-vV"])?;
    let field =
        |name: &str| version.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
    let tools = PathBuf::from(sysroot.trim()).join("lib/rustlib").join(field("host:")).join("bin");
    if tools.join("llvm-cov").with_extension(std::env::consts::EXE_EXTENSION).is_file() {
        return Ok(());
    }
    bail!(
        "coverage needs llvm-cov and llvm-profdata of LLVM {} or newer: either run \
         `rustup component add llvm-tools`, or install your distribution's and name them in the environment \
         variables LLVM_COV and LLVM_PROFDATA",
        field("LLVM version:")
    );
}

fn rustc(arguments: &[&str]) -> Result<String> {
    let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(program).args(arguments).current_dir(workspace::root()?).output()?;
    String::from_utf8(output.stdout).context("what rustc says of itself")
}
