//! A library of 100,000 notes: filling it from a folder of files, and opening it to the first page of its list.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use tempfile::TempDir;
use writemagic::{DocumentFilter, ImportOptions, Library, OpenOptions};

use crate::child::{self, Outcome, PAGE, Task};
use crate::corpus;
use crate::measure::{median, percentile};
use crate::notes::Vocabulary;
use crate::plan::Plan;
use crate::report::{Table, aim, count, digits, duration, ratio, size};

/// The same notes as files and in each contender's own form. Removed when dropped.
pub(crate) struct Libraries {
    folder: TempDir,
    /// Bytes of the files.
    bytes: u64,
    imports: Vec<Vec<Outcome>>,
}

const IMPORTS: [(&str, Task); 3] = [
    ("WriteMagic", Task::ImportWriteMagic),
    ("loop into SQLite and FTS5, one transaction", Task::ImportSqlite),
    ("tantivy 0.27.0, index with stored texts", Task::ImportTantivy),
];

const OPENINGS: [(&str, Task); 3] = [
    ("WriteMagic", Task::OpenWriteMagic),
    ("SQLite table with an index on the time", Task::OpenSqlite),
    ("folder of files, newest 50 by their time", Task::OpenFolder),
];

impl Libraries {
    /// Writes the files and imports them in interleaved rounds; what the last round made stays.
    pub(crate) fn fill(plan: &Plan, vocabulary: &Vocabulary) -> Result<Self> {
        let folder = TempDir::with_prefix("writemagic-bench-")?;
        let source = folder.path().join("notes");
        plan.say(&format!("library: writing {} notes", plan.notes));
        let bytes = corpus::write_notes(&source, vocabulary, plan.notes)?;
        let mut libraries = Self { folder, bytes, imports: Vec::new() };
        libraries.imports = import_rounds(plan, plan.imports, &IMPORTS, &source, |task| libraries.of(task))?;
        for outcome in libraries.imports.iter().flatten() {
            ensure!(outcome.count == plan.notes, "{} of {} notes were imported", outcome.count, plan.notes);
        }
        Ok(libraries)
    }

    /// The engine's library.
    pub(crate) fn writemagic(&self) -> PathBuf {
        self.of(Task::ImportWriteMagic)
    }

    /// The SQLite table with its FTS5 index.
    pub(crate) fn sqlite(&self) -> PathBuf {
        self.of(Task::ImportSqlite)
    }

    /// The tantivy index.
    pub(crate) fn tantivy(&self) -> PathBuf {
        self.of(Task::ImportTantivy)
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("notes")
    }

    fn of(&self, task: Task) -> PathBuf {
        self.folder.path().join(match task {
            Task::ImportWriteMagic | Task::OpenWriteMagic => "writemagic",
            Task::ImportSqlite | Task::OpenSqlite | Task::OpenFolder => "sqlite",
            Task::ImportTantivy => "tantivy",
            Task::Hold(_) | Task::OpenRuns | Task::Recall | Task::Nothing => "none",
        })
    }

    /// The import section's body.
    pub(crate) fn import_section(&self, plan: &Plan) -> String {
        let figures = format!(
            "{} generated notes, {} in all, a file each; medians of {} rounds.\n\n",
            count(plan.notes),
            size(self.bytes as f64),
            plan.imports
        );
        let table = import_table(&IMPORTS, &self.imports, self.bytes, |outcomes| {
            aim(median(outcomes.iter().map(|outcome| outcome.cost.wall)), 20e9, "< 20 s")
        });
        figures + table.as_str() + IMPORT_NOTES
    }

    /// Opens in interleaved rounds and gives the opening section's body.
    pub(crate) fn open_section(&self, plan: &Plan) -> Result<String> {
        let mut openings: [Vec<Outcome>; OPENINGS.len()] = Default::default();
        for round in 0..plan.openings {
            plan.say(&format!("open: round {}", round + 1));
            for ((_, task), outcomes) in OPENINGS.iter().zip(&mut openings) {
                let outcome = child::run(*task, &self.files(), &self.of(*task))?;
                ensure!(outcome.count == PAGE as u64, "the first page has {} rows", outcome.count);
                outcomes.push(outcome);
            }
        }
        let mut table = Table::new(&["", "wall", "p90", "CPU", "wall against WriteMagic", "aim"]);
        let walls =
            |outcomes: &[Outcome], part| percentile(outcomes.iter().map(|outcome| outcome.cost.wall), part);
        let ours = walls(&openings[0], 0.5);
        for (place, ((name, _), outcomes)) in OPENINGS.iter().zip(&openings).enumerate() {
            let wall = walls(outcomes, 0.5);
            table.row(&[
                (*name).into(),
                duration(wall),
                duration(walls(outcomes, 0.9)),
                duration(median(outcomes.iter().map(|outcome| outcome.cost.cpu))),
                if place == 0 { "1".into() } else { ratio(wall, ours) },
                if place == 0 { aim(wall, 20e6, "< 20 ms") } else { String::new() },
            ]);
        }
        let rounds = format!("{} notes, medians of {} openings.\n\n", count(plan.notes), plan.openings);
        Ok(rounds + table.finish().as_str() + OPEN_NOTES)
    }
}

const IMPORT_NOTES: &str = "
- Each import runs in a fresh process, its end included: what it imported is committed and the files are closed.
- WriteMagic's import also detects encodings, keeps folders and a history of each note, counts words and sentences, \
and remembers where each file came from. The loop does none of this, and neither does tantivy.
";

const OPEN_NOTES: &str = "
- A fresh process each time, from the start of the program's own work to 50 documents and their total number in hand; \
the system's file cache is warm.
- WriteMagic opens for writing (lock file included) and gives each document its folder, counts and targets as well. The \
SQLite table gives title and time; the folder gives file names and times and no total of its own.
";

/// Imports `source` with each contender in each round into the folder that `target` names, emptied before.
pub(crate) fn import_rounds(
    plan: &Plan,
    rounds: usize,
    contenders: &[(&str, Task)],
    source: &Path,
    target: impl Fn(Task) -> PathBuf,
) -> Result<Vec<Vec<Outcome>>> {
    let mut outcomes: Vec<Vec<Outcome>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        for ((name, task), outcomes) in contenders.iter().zip(&mut outcomes) {
            plan.say(&format!("import: round {}, {name}", round + 1));
            let target = target(*task);
            if target.exists() {
                std::fs::remove_dir_all(&target)?;
            }
            std::fs::create_dir_all(&target)?;
            outcomes.push(child::run(*task, source, &target)?);
        }
    }
    Ok(outcomes)
}

/// A row for each contender, ours first; `verdict` fills our cell under "aim".
pub(crate) fn import_table(
    contenders: &[(&str, Task)],
    imports: &[Vec<Outcome>],
    bytes: u64,
    verdict: impl Fn(&[Outcome]) -> String,
) -> String {
    let wall = |outcomes: &[Outcome]| median(outcomes.iter().map(|outcome| outcome.cost.wall));
    let cpu = |outcomes: &[Outcome]| median(outcomes.iter().map(|outcome| outcome.cost.cpu));
    // The largest of the rounds: a bound that holds in two of three is none.
    let peak = |outcomes: &[Outcome]| outcomes.iter().filter_map(|outcome| outcome.peak).max();
    let ours = imports.first().map_or(0.0, |outcomes| wall(outcomes));
    let mut table =
        Table::new(&["", "wall", "MB/s", "CPU", "peak resident", "wall against WriteMagic", "aim"]);
    for (place, ((name, _), outcomes)) in contenders.iter().zip(imports).enumerate() {
        table.row(&[
            (*name).into(),
            duration(wall(outcomes)),
            digits(bytes as f64 / 1e6 / (wall(outcomes) / 1e9)),
            duration(cpu(outcomes)),
            peak(outcomes).map_or("not told by the system".into(), |bytes| size(bytes as f64)),
            if place == 0 { "1".into() } else { ratio(wall(outcomes), ours) },
            if place == 0 { verdict(outcomes) } else { String::new() },
        ]);
    }
    table.finish()
}

/// Imports folder `source` into a new library in `target`; gives the number of documents.
pub(crate) fn import(source: &Path, target: &Path) -> Result<u64> {
    let library = Library::open(target, OpenOptions::new().create(true))?;
    let report = library.import(vec![source.to_owned()], ImportOptions::default()).wait()?;
    ensure!(report.skipped.is_empty(), "{} files were skipped", report.skipped.len());
    library.close()?;
    Ok(report.imported.len() as u64)
}

/// Opens the library in `target` to the first page of its list; gives the documents on it.
pub(crate) fn first_page(target: &Path, limit: usize) -> Result<u64> {
    let library = Library::open(target, OpenOptions::new())?;
    let page = library.documents(&DocumentFilter::default(), None, limit)?;
    ensure!(page.total >= page.documents.len() as u64, "more rows than documents");
    Ok(std::hint::black_box(page).documents.len() as u64)
}
