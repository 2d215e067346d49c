//! `cargo xtask converge`: random and recorded histories of many writers, merged in many ways.

use anyhow::{Context as _, Result, bail};

use crate::{step, workspace};

/// Random histories, where nothing else is asked for: a minute or two.
const GRAPHS: u64 = 20_000;

/// Runs every ignored test of the event graph: as many random histories as the arguments ask for, on all cores, and the
/// recorded ones, where the test data is at hand, in hundreds of orders.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let graphs = graphs(arguments)?;
    step::run(
        "converge",
        workspace::cargo()?
            .args(["test", "--release", "--package", "writemagic-storage", "--lib", "--target-dir"])
            .arg(workspace::target()?.join("converge"))
            .args(["--", "--ignored", "--nocapture", "graph::tests::"])
            // Optimised, with all checks but those that make the trees of debug builds small, and built soon.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true")
            .env("WRITEMAGIC_GRAPHS", graphs.to_string()),
    )
}

fn graphs(arguments: &[&str]) -> Result<u64> {
    match arguments {
        [] => Ok(GRAPHS),
        ["--graphs", number] => number.parse().with_context(|| format!("not a number of graphs: {number}")),
        _ => bail!("converge takes --graphs N"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_thousand_graphs_unless_another_number_is_asked_for() {
        assert_eq!(graphs(&[]).unwrap(), 20_000);
        assert_eq!(graphs(&["--graphs", "1000000"]).unwrap(), 1_000_000);
        assert!(graphs(&["--graphs"]).is_err() && graphs(&["--graphs", "x"]).is_err());
        assert!(graphs(&["7"]).is_err());
    }
}
