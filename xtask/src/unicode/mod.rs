//! `cargo xtask unicode-tables`: the tables of the text kernels, computed from the Unicode Character Database.
//!
//! [`ucd`] reads the database, [`source`] writes Rust, and a module a table says what stands in it. The tables are
//! committed; a test and `--verify` compare them with what the database gives.

mod automaton;
mod categories;
mod fold;
mod graphemes;
mod properties;
mod segmentation;
mod sentences;
mod source;
mod stages;
mod stats;
mod ucd;
mod words;

use std::path::Path;

use anyhow::{Context as _, Result};

use self::source::Source;
use self::ucd::Ucd;
use crate::generated::{self, Generated};
use crate::workspace;

type Write = fn(&Ucd) -> Result<Source>;

/// Which file, from the workspace's root, holds which table.
const TABLES: &[(&str, Write)] = &[
    ("core/shared/src/text/unicode/tables.rs", properties::write),
    ("core/shared/src/text/category/tables.rs", categories::write),
    ("core/shared/src/text/fold/tables.rs", fold::write),
    ("core/shared/src/text/segment/tables.rs", segmentation::write),
    ("core/shared/src/text/stats/tables.rs", stats::write),
];

/// Writes every table, or fails with the names of those whose committed file differs.
pub(crate) fn run(verify: bool) -> Result<()> {
    let files = generate()?;
    let root = workspace::root()?;
    if verify { compare(&files, &root) } else { generated::write(&files, &root) }
}

fn generate() -> Result<Vec<Generated>> {
    let ucd = Ucd::load().context("the Unicode Character Database")?;
    let mut total = 0;
    let mut files = Vec::new();
    for (path, write) in TABLES {
        let source = write(&ucd).context(*path)?;
        eprintln!("    {path}: {} bytes", source.bytes());
        total += source.bytes();
        files.push(Generated { path: (*path).to_owned(), text: source.text().to_owned() });
    }
    eprintln!("    all tables: {total} bytes");
    Ok(files)
}

fn compare(files: &[Generated], root: &Path) -> Result<()> {
    generated::compare(files, root, "cargo xtask unicode-tables")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_tables_are_what_the_database_gives() {
        compare(&generate().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
    }
}
