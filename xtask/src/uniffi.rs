//! The library of `ffi/ios` as a debug build, and what UniFFI makes of it.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
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
pub(crate) fn library_name() -> String {
    format!("{DLL_PREFIX}writemagic_ffi{DLL_SUFFIX}")
}

/// The sources of `swift` or `python` that UniFFI makes of the library in `folder`.
pub(crate) fn sources(language: &str, folder: &Path) -> Result<Vec<Generated>> {
    let library = folder.join(library_name());
    bindings::made(&[
        format!("uniffi-{language}").as_ref(),
        workspace::root()?.as_os_str(),
        library.as_os_str(),
    ])
}
