//! `cargo xtask bench`: the speed claims, measured against their peers.

mod bindings;

use std::path::PathBuf;

use anyhow::Result;

use crate::{step, workspace};

/// The benches have a workspace of their own, so that the peers never reach ours.
const MANIFEST: &str = "benches/Cargo.toml";
/// The sections that need other languages' tools.
const KOTLIN: &str = "kotlin";
const SWIFT: &str = "swift";
/// The program with the engine's own client.
const NET: &str = "size-writemagic-net";
/// What the other sections do without.
const APART: [&str; 4] = [NET, "bindings-generator", "bindings-peer", "bindings-results"];

/// Runs the benches that `filter` names and has them write `benches/RESULTS.md`.
pub(crate) fn run(filter: &[&str]) -> Result<()> {
    let others: Vec<&str> = filter.iter().copied().filter(|name| ![KOTLIN, SWIFT].contains(name)).collect();
    if filter.is_empty() {
        in_rust(&[])?;
        return bindings::run_where_it_can();
    }
    if !others.is_empty() {
        in_rust(&others)?;
    }
    if filter.contains(&KOTLIN) {
        bindings::kotlin()?;
    }
    if filter.contains(&SWIFT) {
        bindings::swift()?;
    }
    Ok(())
}

fn in_rust(filter: &[&str]) -> Result<()> {
    if filter.is_empty() || filter.contains(&"history") || filter.contains(&"answers") {
        // Programs that are built together share the features of the engine: the one with `net` is built alone.
        let manifest = ["build", "--release", "--manifest-path", MANIFEST];
        let all = ["--workspace"].into_iter().chain(APART.iter().flat_map(|apart| ["--exclude", *apart]));
        step::run(SIZES, workspace::cargo()?.args(manifest).args(all))?;
        step::run(SIZES, workspace::cargo()?.args(manifest).args(["--package", NET]))?;
    }
    step::run(
        "benches",
        workspace::cargo()?
            .args(["run", "--release", "--manifest-path", MANIFEST, "--bin", "results", "--"])
            .args(filter),
    )
}

const SIZES: &str = "programs whose size is compared";

/// Where cargo puts what it builds of the benches.
fn target() -> Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(_) => workspace::target(),
        None => Ok(workspace::root()?.join("benches").join("target")),
    }
}
