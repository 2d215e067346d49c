//! The tests of what the Kotlin API needs of Android's own classes, on a JVM with Android's framework in it (Robolectric).
//!
//! Apart from the other tests of the Kotlin API: the first run fetches some 250 MB.

use std::process::Command;

use anyhow::Result;

use crate::{step, workspace};

const NAME: &str = "Android framework tests";

/// Builds the library for this machine and runs them. They need a JDK (17 or later) and Maven.
pub(crate) fn run() -> Result<()> {
    step::run("JVM library", workspace::cargo()?.args(["build", "--package", "writemagic-android"]))?;
    let project = workspace::root()?.join("ffi").join("android").join("framework");
    let libraries = workspace::target()?.join("debug");
    let mut command = Command::new("mvn");
    command.current_dir(project).args([
        "--batch-mode",
        "--no-transfer-progress",
        "--activate-profiles",
        "robolectric",
    ]);
    command.arg(format!("-Dwritemagic.native={}", libraries.display())).arg("test");
    step::run(NAME, &mut command)
}
