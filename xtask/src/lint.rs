//! `cargo xtask lint`: what we depend on.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::tool::{DENY, MACHETE};
use crate::{budget, step, workspace};

pub(crate) fn run() -> Result<()> {
    step::announce("budget", "packages and duplicates with default features, on all targets, without tests");
    budget::check()?;
    step::run(
        "licences, duplicates, sources",
        DENY.command()?.args(["check", "licenses", "bans", "sources"]),
    )?;
    advisories(DENY.command()?.args(["check", "advisories"]))?;
    step::run("unused dependencies", MACHETE.command()?.arg(workspace::root()?))?;
    eprintln!("\nAll lints passed.");
    Ok(())
}

/// Known vulnerabilities, if the database can be had: a machine without a network still lints the rest.
fn advisories(command: &mut Command) -> Result<()> {
    let line = step::command_line(command);
    step::announce("advisories", &line);
    let output = command.output().with_context(|| line.clone())?;
    let said = String::from_utf8_lossy(&output.stderr);
    eprint!("{said}");
    if output.status.success() {
        return Ok(());
    }
    if said.contains("failed to fetch advisory database") {
        eprintln!("    advisories: NOT CHECKED, because the advisory database cannot be reached from here");
        return Ok(());
    }
    bail!("advisories failed ({}): {line}", output.status);
}
