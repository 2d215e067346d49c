//! The library of `ffi/ios` as a debug build, and what UniFFI makes of it.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::generated::Generated;
use crate::{bindings, step, workspace};

/// Builds the library, and says in which folder it is.
pub(crate) fn library() -> Result<PathBuf> {
    step::run("library for Swift", workspace::cargo()?.args(["build", "--package", "writemagic-ios"]))?;
    Ok(workspace::target()?.join("debug"))
}

/// What this system calls the library.
fn library_name() -> String {
    format!("{DLL_PREFIX}writemagic_ffi{DLL_SUFFIX}")
}

/// The Swift sources that UniFFI makes of the library in `folder`.
pub(crate) fn swift(folder: &Path) -> Result<Vec<Generated>> {
    let library = folder.join(library_name());
    bindings::made(&["uniffi-swift".as_ref(), workspace::root()?.as_os_str(), library.as_os_str()])
}

/// Writes the Python module that UniFFI makes of the library in `folder` into another one, beside a copy of the library.
pub(crate) fn python(folder: &Path, module: &Path) -> Result<()> {
    let library = folder.join(library_name());
    fs::copy(&library, module.join(library_name()))?;
    let mut command = workspace::cargo()?;
    command.args(["run", "--quiet", "--package", "writemagic-bindings", "--", "uniffi-python"]);
    step::run("Python module", command.arg(module).arg(library))
}
