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

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use self::source::Source;
use self::ucd::Ucd;
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

/// A file as the database gives it.
struct Generated {
    path: &'static str,
    source: Source,
}

/// Writes every table, or fails with the names of those whose committed file differs.
pub(crate) fn run(verify: bool) -> Result<()> {
    let files = generate()?;
    let root = workspace::root()?;
    if verify { compare(&files, &root) } else { write(&files, &root) }
}

fn generate() -> Result<Vec<Generated>> {
    let ucd = Ucd::load().context("the Unicode Character Database")?;
    let generated =
        |(path, write): &(&'static str, Write)| Ok(Generated { path, source: write(&ucd).context(*path)? });
    TABLES.iter().map(generated).collect()
}

fn write(files: &[Generated], root: &Path) -> Result<()> {
    let mut total = 0;
    for Generated { path, source } in files {
        let file = root.join(path);
        fs::write(&file, source.text()).with_context(|| file.display().to_string())?;
        eprintln!("    {path}: {} bytes", source.bytes());
        total += source.bytes();
    }
    eprintln!("    all tables: {total} bytes");
    Ok(())
}

fn compare(files: &[Generated], root: &Path) -> Result<()> {
    let differs = |file: &&Generated| {
        fs::read_to_string(root.join(file.path)).ok().as_deref() != Some(file.source.text())
    };
    let differing: Vec<_> = files.iter().filter(differs).map(|file| file.path).collect();
    if !differing.is_empty() {
        bail!("not what `cargo xtask unicode-tables` writes:\n  {}", differing.join("\n  "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_tables_are_what_the_database_gives() {
        compare(&generate().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
    }

    #[test]
    fn a_table_that_is_missing_or_edited_by_hand_is_named() {
        let file = |path| {
            let mut source = Source::new("A table.");
            source.table("One.", "ONE", "u8", &[1]);
            Generated { path, source }
        };
        let files = [file("tables.rs"), file("text/tables.rs")];
        let root = tempfile::tempdir().unwrap();
        let error = compare(&files, root.path()).unwrap_err().to_string();
        assert!(error.ends_with("\n  tables.rs\n  text/tables.rs"));
        fs::create_dir(root.path().join("text")).unwrap();
        write(&files, root.path()).unwrap();
        compare(&files, root.path()).unwrap();
        fs::write(root.path().join("tables.rs"), files[0].source.text().replacen('1', "2", 1)).unwrap();
        let error = compare(&files, root.path()).unwrap_err().to_string();
        assert!(error.ends_with("\n  tables.rs"));
    }
}
