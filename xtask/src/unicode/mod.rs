//! `cargo xtask unicode-tables`: the tables of the text kernels, computed from the Unicode Character Database.
//!
//! [`ucd`] reads the database, [`source`] writes Rust, and a module a table says what stands in it. The tables are
//! committed; a test and `--verify` compare them with what the database gives.

mod automaton;
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

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use self::source::Source;
use self::ucd::Ucd;
use crate::workspace;

/// A generated file.
struct Table {
    /// From the workspace's root.
    path: &'static str,
    write: fn(&Ucd) -> Result<Source>,
}

const TABLES: &[Table] = &[
    Table { path: "core/shared/src/text/unicode/tables.rs", write: properties::write },
    Table { path: "core/shared/src/text/fold/tables.rs", write: fold::write },
    Table { path: "core/shared/src/text/segment/tables.rs", write: segmentation::write },
    Table { path: "core/shared/src/text/stats/tables.rs", write: stats::write },
];

/// Writes every table, or fails with the names of those whose committed file differs.
pub(crate) fn run(verify: bool) -> Result<()> {
    let ucd = Ucd::load().context("the Unicode Character Database")?;
    let root = workspace::root()?;
    if verify { compare(&ucd, &root) } else { write(&ucd, &root) }
}

fn write(ucd: &Ucd, root: &Path) -> Result<()> {
    let mut total = 0;
    for table in TABLES {
        let source = (table.write)(ucd).with_context(|| table.path)?;
        let file = root.join(table.path);
        fs::write(&file, source.text()).with_context(|| file.display().to_string())?;
        eprintln!("    {}: {} bytes", table.path, source.bytes());
        total += source.bytes();
    }
    eprintln!("    all tables: {total} bytes");
    Ok(())
}

fn compare(ucd: &Ucd, root: &Path) -> Result<()> {
    let mut differing = Vec::new();
    for table in TABLES {
        let source = (table.write)(ucd).with_context(|| table.path)?;
        if fs::read_to_string(root.join(table.path)).ok().as_deref() != Some(source.text()) {
            differing.push(table.path);
        }
    }
    if !differing.is_empty() {
        bail!("not what `cargo xtask unicode-tables` writes:\n  {}", differing.join("\n  "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ucd() -> Ucd {
        Ucd::load().unwrap()
    }

    #[test]
    fn the_committed_tables_are_what_the_database_gives() {
        compare(&ucd(), Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
    }

    #[test]
    fn a_table_that_is_missing_or_edited_by_hand_is_named() {
        let root = tempfile::tempdir().unwrap();
        let error = compare(&ucd(), root.path()).unwrap_err().to_string();
        for table in TABLES {
            assert!(error.contains(table.path));
            fs::create_dir_all(root.path().join(table.path).parent().unwrap()).unwrap();
        }
        write(&ucd(), root.path()).unwrap();
        compare(&ucd(), root.path()).unwrap();
        let edited = root.path().join(TABLES[0].path);
        fs::write(&edited, fs::read_to_string(&edited).unwrap().replacen('1', "2", 1)).unwrap();
        let error = compare(&ucd(), root.path()).unwrap_err().to_string();
        assert!(
            error.contains(TABLES[0].path) && TABLES[1..].iter().all(|table| !error.contains(table.path))
        );
    }
}
