//! `cargo xtask kill`: processes that type are killed without warning, many times.

use anyhow::{Context as _, Result, bail};

use crate::{step, workspace};

/// Kills of each test, where nothing else is asked for.
const RUNS: u32 = 1000;

/// Runs every test that kills, with as many kills as the arguments ask for.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let runs = runs(arguments)?;
    let tests = [
        ("writemagic-cli", "cli", "kill::nothing_acknowledged_is_lost"),
        ("writemagic-storage", "faults", "killed::killed_while_it_types"),
        ("writemagic-storage", "faults", "historian::killed_while_it_makes_history"),
    ];
    for (package, binary, test) in tests {
        step::run(
            "kill",
            workspace::cargo()?
                .args(["test", "--package", package, "--test", binary, test, "--", "--nocapture"])
                .env("WRITEMAGIC_KILLS", runs.to_string()),
        )?;
    }
    Ok(())
}

fn runs(arguments: &[&str]) -> Result<u32> {
    match arguments {
        [] => Ok(RUNS),
        ["--runs", number] => number.parse().with_context(|| format!("not a number of runs: {number}")),
        _ => bail!("kill takes --runs N"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_runs_unless_another_number_is_asked_for() {
        assert_eq!(runs(&[]).unwrap(), 1000);
        assert_eq!(runs(&["--runs", "7"]).unwrap(), 7);
        assert!(runs(&["--runs"]).is_err() && runs(&["--runs", "x"]).is_err() && runs(&["7"]).is_err());
    }
}
