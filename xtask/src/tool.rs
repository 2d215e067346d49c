//! Tools from the package registry, at pinned versions, installed under `target/tools`.

use std::process::Command;

use anyhow::Result;

use crate::{step, workspace};

/// A program of another package.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

pub(crate) const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
pub(crate) const MACHETE: Tool = Tool { name: "cargo-machete", version: "0.9.2" };
pub(crate) const LLVM_COV: Tool = Tool { name: "cargo-llvm-cov", version: "0.9.1" };

impl Tool {
    /// The tool in the workspace's root; it is installed first if it is missing.
    pub(crate) fn command(&self) -> Result<Command> {
        let folder = workspace::target()?.join("tools").join(format!("{}-{}", self.name, self.version));
        let program = folder.join("bin").join(self.name).with_extension(std::env::consts::EXE_EXTENSION);
        if !program.is_file() {
            let mut install = workspace::cargo()?;
            install
                .args(["install", "--locked", "--version", self.version, self.name, "--root"])
                .arg(&folder);
            step::run(self.name, &mut install)?;
        }
        let mut command = Command::new(program);
        command.current_dir(workspace::root()?);
        Ok(command)
    }
}
