//! One step of a command: announced, timed, and named again when it fails.

use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

/// Runs `command` with the terminal's input and output.
pub(crate) fn run(name: &str, command: &mut Command) -> Result<()> {
    run_with(name, command, |command| Ok(command.status()?))
}

/// Runs `command` in a way of the caller's, and fails with its command line.
pub(crate) fn run_with(
    name: &str,
    command: &mut Command,
    run: impl FnOnce(&mut Command) -> Result<ExitStatus>,
) -> Result<()> {
    let line = command_line(command);
    announce(name, &line);
    let start = Instant::now();
    let status = run(command).with_context(|| format!("{name} could not run: {line}"))?;
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{name} failed after {seconds:.1} s ({status}): {line}");
    }
    eprintln!("    {name}: {seconds:.1} s");
    Ok(())
}

/// Whether a tool is there and can say its version.
pub(crate) fn runs(tool: &str, version: &str) -> bool {
    let mut command = Command::new(tool);
    command.arg(version).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Says what comes.
pub(crate) fn announce(name: &str, what: &str) {
    eprintln!("\n==> {name}: {what}");
}

/// The command as a person would type it, with the variables that are set for it.
pub(crate) fn command_line(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.to_string_lossy(), value.to_string_lossy()));
        }
    }
    let program = std::path::Path::new(command.get_program());
    words.push(program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy().into_owned());
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_named_as_a_person_would_type_it() {
        let mut command = Command::new("/some/where/cargo");
        command.args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings");
        assert_eq!(command_line(&command), "RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps");
        let error = run_with("docs", &mut command, |_| bail!("no such program")).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "docs could not run: RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps: no such program"
        );
    }
}
