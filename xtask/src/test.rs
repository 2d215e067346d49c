//! `cargo xtask test`: everything that a change must pass.

use std::fs;
use std::io;

use anyhow::{Result, bail};

use crate::{avx512, bindings, canary, jvm, models, step, swift, transcript, workspace};

pub(crate) fn run() -> Result<()> {
    step::run("format", workspace::cargo()?.args(["fmt", "--all", "--check"]))?;
    step::run(
        "clippy",
        workspace::cargo()?.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    )?;
    tests()?;
    without_table()?;
    avx512::tests()?;
    models::run()?;
    bindings::run(true)?;
    jvm::tests(false)?;
    swift::tests()?;
    step::run(
        "docs",
        workspace::cargo()?.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"),
    )?;
    eprintln!("\nAll checks passed.");
    Ok(())
}

/// The library as it is packed for phones, where the table of word vectors is a file: another build, with a test of its own.
fn without_table() -> Result<()> {
    let mut command = workspace::cargo()?;
    command.args(["test", "--package", "writemagic-operations", "--no-default-features"]);
    step::run("tests without a linked table", command.args(["--test", "without_table"]))
}

/// All tests, with everything that they print and log kept for the canary check.
fn tests() -> Result<()> {
    let output = workspace::target()?.join("test-output.log");
    let logs = workspace::target()?.join("test-logs");
    match fs::remove_dir_all(&logs) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&logs)?,
    }
    let tested = step::run_with(
        "tests",
        workspace::cargo()?
            .args(["test", "--workspace", "--no-fail-fast", "--", "--show-output"])
            .env("WRITEMAGIC_TEST_LOG", &logs),
        |command| transcript::run(command, &output),
    );
    // The check reads failed runs too: a panic that shows user text must not hide behind another failure.
    step::announce("canary", "no log event, error or panic message of the tests shows user text");
    match (tested, canary::check(&output, &logs)) {
        (Err(tested), Err(leaked)) => bail!("{tested:#}\nxtask: {leaked:#}"),
        (tested, checked) => tested.and(checked),
    }
}
