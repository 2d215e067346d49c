//! Where things are: the workspace, its target folder, and the cargo that started us.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

/// The workspace's root.
pub(crate) fn root() -> Result<PathBuf> {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`")?;
    Ok(PathBuf::from(own).parent().context("xtask stands in a workspace")?.to_owned())
}

/// What may be thrown away: cargo's target folder.
pub(crate) fn target() -> Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => Ok(root()?.join(folder)),
        None => Ok(root()?.join("target")),
    }
}

/// The cargo that started us, in the workspace's root.
pub(crate) fn cargo() -> Result<Command> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()?);
    Ok(command)
}
