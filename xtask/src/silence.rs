//! `cargo xtask silence`: the engine's tests where there is no network at all.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{step, workspace};

/// The crates that need no network: whatever they did with one would fail here. Those of models beside a socket
/// (`core/ai`, the command line) talk to servers of their own on loopback, which is not there either.
const PACKAGES: [&str; 3] = ["writemagic-shared", "writemagic-storage", "writemagic"];

/// Builds the tests, then runs them in a network namespace without interfaces, not even loopback.
pub(crate) fn run() -> Result<()> {
    if cfg!(not(target_os = "linux")) {
        bail!("network namespaces are Linux's: run this there");
    }
    let packages = PACKAGES.iter().flat_map(|package| ["--package", package]);
    let tests = ["test", "--offline"].into_iter().chain(packages);
    step::run("silence: build", workspace::cargo()?.args(tests.clone()).arg("--no-run"))?;
    let cargo = workspace::cargo()?;
    let mut alone = Command::new("unshare");
    // Root needs no user namespace, in which the tests could not become somebody else.
    if !is_root()? {
        alone.arg("--map-current-user");
    }
    alone.args(["--net", "--"]).arg(cargo.get_program()).args(tests);
    if let Some(folder) = cargo.get_current_dir() {
        alone.current_dir(folder);
    }
    step::run("silence", &mut alone)
}

#[cfg(unix)]
fn is_root() -> Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> Result<bool> {
    Ok(false)
}
