//! The concurrent parts under the model checker: every order that the memory model allows, of small scenarios.

use anyhow::Result;

use crate::{step, workspace};

/// Scenarios explore at most this many changes of thread that nothing forces: more find no other errors in them and
/// take hours.
const PREEMPTIONS: &str = "3";

/// Runs every test that lives in a module named `models`.
pub(crate) fn run() -> Result<()> {
    step::run(
        "models",
        workspace::cargo()?
            .args(["test", "--package", "writemagic-shared", "--package", "writemagic-boundary"])
            .args(["--lib", "--target-dir"])
            .arg(workspace::target()?.join("loom"))
            .args(["--", "models::"])
            .env("RUSTFLAGS", "--cfg loom")
            .env("LOOM_MAX_PREEMPTIONS", PREEMPTIONS),
    )
}
