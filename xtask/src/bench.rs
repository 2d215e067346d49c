//! `cargo xtask bench`: the speed claims, measured against their peers.

use anyhow::Result;

use crate::{step, workspace};

/// The program with the engine's own client.
const NET: &str = "size-writemagic-net";

/// Runs the benches that `filter` names and has them write `benches/RESULTS.md`.
pub(crate) fn run(filter: &[&str]) -> Result<()> {
    if filter.is_empty() || filter.contains(&"history") || filter.contains(&"answers") {
        // Programs that are built together share the features of the engine: the one with `net` is built alone.
        for packages in [&["--workspace", "--exclude", NET][..], &["--package", NET]] {
            let manifest = ["build", "--release", "--manifest-path", "benches/Cargo.toml"];
            step::run("programs whose size is compared", workspace::cargo()?.args(manifest).args(packages))?;
        }
    }
    step::run(
        "benches",
        workspace::cargo()?
            .args(["run", "--release", "--manifest-path", "benches/Cargo.toml", "--bin", "results", "--"])
            .args(filter),
    )
}
