//! `cargo xtask bench`: the speed claims, measured against their peers.

use anyhow::Result;

use crate::{step, workspace};

/// Runs the benches that `filter` names and has them write `benches/RESULTS.md`.
pub(crate) fn run(filter: &[&str]) -> Result<()> {
    if filter.is_empty() || filter.contains(&"history") {
        let manifest = ["build", "--release", "--manifest-path", "benches/Cargo.toml", "--workspace"];
        step::run("programs whose size is compared", workspace::cargo()?.args(manifest))?;
    }
    step::run(
        "benches",
        workspace::cargo()?
            .args(["run", "--release", "--manifest-path", "benches/Cargo.toml", "--bin", "results", "--"])
            .args(filter),
    )
}
