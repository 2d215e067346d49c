//! What the generated Unicode tables take in a program.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::report::Table;

const MODULES: [&str; 5] = ["unicode", "category", "fold", "segment", "stats"];

/// A table of the modules that have some.
pub(super) fn measure() -> Result<String> {
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/shared/src/text");
    let mut table = Table::new(&["tables of", "bytes"]);
    let mut total = 0;
    for module in MODULES {
        let file = text.join(module).join("tables.rs");
        let source = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let bytes: usize = source.lines().filter_map(bytes_of).sum();
        table.row(&[module.to_owned(), bytes.to_string()]);
        total += bytes;
    }
    table.row(&["all".to_owned(), total.to_string()]);
    Ok(table.finish())
}

/// The size of the static that this line declares.
fn bytes_of(line: &str) -> Option<usize> {
    let (_, kind) = line.split_once("static ")?.1.split_once(": ")?;
    let (kind, _) = kind.split_once(" =")?;
    let (item, count) = match kind.trim_matches(['[', ']']).split_once("; ") {
        Some((item, count)) => (item, count.parse().ok()?),
        None => (kind, 1),
    };
    let size = match item {
        "Page" => 64,
        _ => item.get(1..)?.parse::<usize>().ok()? / 8,
    };
    Some(size * count)
}
