//! `cargo xtask embedding-table`: the table of word vectors as a file, for apps that ship it so.

use std::path::{Path, absolute};

use anyhow::Result;

use crate::{step, workspace};

/// Writes the table with its first `dimensions` columns to `out`.
pub(crate) fn run(dimensions: &str, out: &Path) -> Result<()> {
    let package = ["--package", "writemagic-embedding-table", "--no-default-features", "--features", "file"];
    step::run(
        "embedding table",
        workspace::cargo()?
            .args(["run", "--quiet"])
            .args(package)
            .args(["--bin", "embedding-table", "--", dimensions])
            .arg(absolute(out)?),
    )
}
