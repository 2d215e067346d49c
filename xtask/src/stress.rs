//! Long randomised runs of everything that threads share, watched by ThreadSanitizer.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{step, workspace};

/// What the sanitizer needs: a compiler that has it, and the standard library's source, to instrument that too.
const TOOLCHAIN: &str = "nightly";

/// Runs every ignored test in a module named `stress`, each for about `seconds`.
pub(crate) fn run(seconds: &str) -> Result<()> {
    let seconds: u32 = seconds.parse().context("--seconds takes a number")?;
    let host = host()?;
    let mut command = nightly("cargo")?;
    command
        .args(["test", "-Zbuild-std", "--target", &host, "--lib", "--tests"])
        .args(["--package", "writemagic-shared", "--package", "writemagic-storage", "--target-dir"])
        .arg(workspace::target()?.join("stress"))
        .args(["--", "--ignored", "--nocapture", "--test-threads", "1", "stress::"])
        .env("RUSTFLAGS", "-Zsanitizer=thread")
        // Tests that measure memory cannot count what the sanitizer keeps of it.
        .env("WRITEMAGIC_SANITIZE", "thread")
        .env("WRITEMAGIC_STRESS_SECONDS", seconds.to_string());
    step::run("stress", &mut command)
}

fn host() -> Result<String> {
    let output = nightly("rustc")?.arg("-vV").stderr(Stdio::null()).output();
    let about = match output {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout)?,
        _ => bail!("this needs `rustup toolchain install {TOOLCHAIN} --component rust-src`"),
    };
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    Ok(host.to_owned())
}

/// A program of the nightly toolchain, in the workspace's root.
fn nightly(program: &str) -> Result<Command> {
    let mut command = Command::new("rustup");
    command.args(["run", TOOLCHAIN, program]).current_dir(workspace::root()?);
    // What started us speaks for another toolchain.
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    Ok(command)
}
