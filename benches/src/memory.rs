//! How much memory an import of a gigabyte needs.

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::child::Task;
use crate::corpus;
use crate::library::{import_rounds, import_table};
use crate::notes::Vocabulary;
use crate::plan::Plan;
use crate::report::{aim, count, size};

const CONTENDERS: [(&str, Task); 2] = [
    ("WriteMagic", Task::ImportWriteMagic),
    ("loop into SQLite and FTS5, one transaction", Task::ImportSqlite),
];

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan, vocabulary: &Vocabulary) -> Result<String> {
    let folder = TempDir::with_prefix("writemagic-bench-")?;
    let source = folder.path().join("files");
    plan.say(&format!("memory: writing {}", size(plan.memory_bytes as f64)));
    let (bytes, files) = corpus::write_mixed(&source, vocabulary, plan.memory_bytes)?;
    let imports = import_rounds(plan, plan.large_imports, &CONTENDERS, &source, |task| {
        folder.path().join(format!("{task:?}"))
    })?;
    for outcome in imports.iter().flatten() {
        ensure!(outcome.count == files, "{} of {files} files were imported", outcome.count);
    }
    let table = import_table(&CONTENDERS, &imports, bytes, |outcomes| {
        let peak = outcomes.iter().filter_map(|outcome| outcome.peak).max();
        peak.map_or("not told by the system".into(), |peak| aim(peak as f64, 200e6, "< 200 MB"))
    });
    Ok(format!(
        "{} files, {}: half of the bytes in texts of 10 MB, half in notes of 10 KB; {} of each.\n\n",
        count(files),
        size(bytes as f64),
        if plan.large_imports == 1 { "one import".into() } else { format!("{} imports", plan.large_imports) },
    ) + table.as_str()
        + NOTES)
}

const NOTES: &str = "
- *Peak resident* is the largest that the process ever had in memory (the program itself and mapped files included), \
the largest of all rounds.
";
