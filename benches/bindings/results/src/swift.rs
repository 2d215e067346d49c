//! The benches in Swift, run in rounds.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use bench_report::machine;
use serde::Deserialize;

use crate::measured::{Measured, UNIFFI, WRITEMAGIC};

/// The name of a variable that says how Swift is called where it is not `swift`.
const SWIFT: &str = "WRITEMAGIC_SWIFT";
/// Processes of each side, which take turns.
const ROUNDS: u32 = 2;

/// One bench of one process, as the program writes it.
#[derive(Deserialize)]
struct Found {
    bench: String,
    /// Nanoseconds, and how many calls took them.
    waits: Vec<(f64, u64)>,
}

/// Runs every bench, the sides by turns.
pub(crate) fn measure(quick: bool) -> Result<Measured> {
    let swift = std::env::var(SWIFT).unwrap_or_else(|_| "swift".to_owned());
    let mut measured = Measured::default();
    measured.machine = version(&swift)?;
    for round in 0..if quick { 1 } else { ROUNDS } {
        let sides = if round % 2 == 0 { [UNIFFI, WRITEMAGIC] } else { [WRITEMAGIC, UNIFFI] };
        for side in sides {
            for Found { bench, waits } in run(&swift, side, quick)? {
                // The clock is nobody's.
                let side = if bench == "clock" { "" } else { side };
                measured.add(&bench, side, waits);
            }
        }
    }
    Ok(measured)
}

/// The version, as Swift says it in its first line.
fn version(swift: &str) -> Result<String> {
    let said = Command::new(swift).arg("--version").output().context("swift")?.stdout;
    Ok(String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned())
}

/// Runs the program that `cargo xtask bench swift` has built, through Swift, which knows where its own libraries are.
fn run(swift: &str, side: &str, quick: bool) -> Result<Vec<Found>> {
    let package = machine::benches().join("bindings").join("from-swift");
    let built = package.join("target");
    let results = built.join("results.json");
    let mut command = Command::new(swift);
    command.args(["run", "--skip-build", "--configuration", "release", "--package-path"]).arg(&package);
    command.arg("--scratch-path").arg(built.join("build"));
    command.args(["Bench", side]).arg(&results).args(quick.then_some("--quick"));
    // In cargo's there are debug builds, before the folder that the program names.
    for variable in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"] {
        command.env_remove(variable);
    }
    let status = command.env("WRITEMAGIC_LIBRARY", built.join("libraries")).status().context("swift")?;
    if !status.success() {
        bail!("the benches in Swift failed ({status})");
    }
    serde_json::from_slice(&fs::read(&results)?).context("the results of the benches in Swift")
}
