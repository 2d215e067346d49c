//! Work in a process of its own: a fresh heap, a fresh peak of memory, a cold start as an app has it.
//!
//! The program runs itself again with `child TASK ARGUMENT…` and reads one line of JSON from it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::history::{self, Holder};
use crate::measure::{Cost, cost_of, peak_resident_bytes};
use crate::{answers, corpus, library, meaning, sqlite, tantivy_index};

/// The first argument of a child.
pub(crate) const COMMAND: &str = "child";
/// Rows of the first page of a listing.
pub(crate) const PAGE: usize = 50;

/// What a child did and what it took.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Documents that it imported or listed; bytes of a text that it held, or of each run that was open.
    pub(crate) count: u64,
    pub(crate) cost: Cost,
    /// The largest resident memory of the whole process, in bytes, where the system tells.
    pub(crate) peak: Option<u64>,
}

/// Tasks that a child can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    ImportWriteMagic,
    ImportSqlite,
    ImportTantivy,
    OpenWriteMagic,
    OpenSqlite,
    OpenFolder,
    Hold(Holder),
    OpenRuns,
    Recall,
    Nothing,
}

const TASKS: [(&str, Task); 14] = [
    ("import-writemagic", Task::ImportWriteMagic),
    ("import-sqlite", Task::ImportSqlite),
    ("import-tantivy", Task::ImportTantivy),
    ("open-writemagic", Task::OpenWriteMagic),
    ("open-sqlite", Task::OpenSqlite),
    ("open-folder", Task::OpenFolder),
    ("hold-writemagic", Task::Hold(Holder::WriteMagic)),
    ("hold-loro", Task::Hold(Holder::Loro)),
    ("hold-automerge", Task::Hold(Holder::Automerge)),
    ("hold-yrs", Task::Hold(Holder::Yrs)),
    ("hold-diamond-types", Task::Hold(Holder::Diamond)),
    ("open-runs", Task::OpenRuns),
    ("recall", Task::Recall),
    ("nothing", Task::Nothing),
];

/// Runs `task` in a new process, from folder `source` into folder `target`.
pub(crate) fn run(task: Task, source: &Path, target: &Path) -> Result<Outcome> {
    let name =
        TASKS.iter().find(|(_, known)| *known == task).map(|(name, _)| *name).context("unnamed task")?;
    let output = Command::new(std::env::current_exe()?)
        .arg(COMMAND)
        .arg(name)
        .args([source, target])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "{name} failed: {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The child's side: does what the arguments after [`COMMAND`] say and prints the outcome.
pub(crate) fn main(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let (Some(name), Some(source), Some(target)) = (arguments.next(), arguments.next(), arguments.next())
    else {
        bail!("{COMMAND} needs TASK SOURCE TARGET");
    };
    let (_, task) = TASKS.into_iter().find(|(known, _)| *known == name).context("unknown task")?;
    let (source, target) = (Path::new(&source), Path::new(&target));
    let (count, cost) = cost_of(|| match task {
        Task::ImportWriteMagic => library::import(source, target),
        Task::ImportSqlite => sqlite::import(source, target),
        Task::ImportTantivy => tantivy_index::import(source, target),
        Task::OpenWriteMagic => library::first_page(target, PAGE),
        Task::OpenSqlite => sqlite::first_page(target, PAGE),
        Task::OpenFolder => corpus::first_page(source, PAGE),
        Task::Hold(holder) => history::hold(holder, target),
        Task::OpenRuns => answers::hold_open(target),
        Task::Recall => meaning::open_and_ask(target),
        Task::Nothing => Ok(0),
    })?;
    println!("{}", serde_json::to_string(&Outcome { count, cost, peak: peak_resident_bytes() })?);
    Ok(())
}
