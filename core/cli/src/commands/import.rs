//! `import`: files and folders in, and a report of everything that was left out or lost.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use writemagic::{DocumentId, ImportOptions, ImportReport};

use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, escaped, grouped};
use crate::progress::{self, Unit};

#[derive(Debug, Args)]
#[command(
    after_help = "Folders are read recursively: .md .markdown .mdown .txt .text; hidden files and symbolic links \
    are left out. What was imported before is not imported again.\n\n\
    Examples:\n  writemagic import ~/Notes\n  writemagic import draft.md letter.txt --folder Novel"
)]
pub(crate) struct Import {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The library folder to import into, created where missing [default: the top]
    #[arg(long, value_name = "FOLDER", default_value = "", hide_default_value = true)]
    folder: String,
}

impl Import {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        // Before the library is opened, and perhaps created.
        for path in &self.paths {
            fs::symlink_metadata(path).map_err(|error| CliError::file(path, &error))?;
        }
        let library = context.write_or_create()?;
        let mut options = ImportOptions::default();
        options.folder = self.folder;
        let operation = library.import(self.paths, options);
        let report = progress::wait(operation, "importing", Unit::Bytes)?;
        context.output.answer(&Taken::from(&report))
    }
}

#[derive(Serialize)]
struct Taken {
    imported: Vec<Imported>,
    skipped: Vec<Skipped>,
}

#[derive(Serialize)]
struct Imported {
    path: String,
    document: DocumentId,
    title: String,
    encoding: &'static str,
    /// Only there when characters could not be decoded.
    #[serde(skip_serializing_if = "is_false")]
    lossy: bool,
    /// Only there when the path was imported before with other bytes.
    #[serde(skip_serializing_if = "is_false")]
    changed_source: bool,
}

#[derive(Serialize)]
struct Skipped {
    path: String,
    reason: &'static str,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl From<&ImportReport> for Taken {
    fn from(report: &ImportReport) -> Self {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let imported = |done: &writemagic::Imported| Imported {
            path: text(&done.path),
            document: done.document,
            title: done.title.clone(),
            encoding: done.encoding,
            lossy: done.lossy,
            changed_source: done.changed_source,
        };
        let skipped = |left: &writemagic::Skipped| Skipped { path: text(&left.path), reason: left.reason };
        Self {
            imported: report.imported.iter().map(imported).collect(),
            skipped: report.skipped.iter().map(skipped).collect(),
        }
    }
}

impl Answer for Taken {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            let row = |done: &Imported| {
                format!("{}\t{}\t{}", done.document, escaped(&done.title), escaped(&done.path))
            };
            return self.imported.iter().for_each(|done| page.line(row(done)));
        }
        page.line(format!("imported {} documents", grouped(self.imported.len() as u64)));
        for done in &self.imported {
            // What people should know about: a second document of a file, and everything that was not plainly UTF-8.
            if done.changed_source {
                let changed = page.bold("changed since it was imported");
                page.line(format!("  {changed}  {}", escaped(&done.path)));
            }
            if done.lossy {
                let lossy = page.verdict(false, "characters lost");
                page.line(format!("  {lossy}  {} ({})", escaped(&done.path), done.encoding));
            } else if done.encoding != "utf-8" {
                page.line(format!("  {}  {}", page.dim(done.encoding), escaped(&done.path)));
            }
        }
        if !self.skipped.is_empty() {
            page.line(format!("left out {}", grouped(self.skipped.len() as u64)));
        }
        for left in &self.skipped {
            page.line(format!("  {}  {}", page.dim(left.reason), escaped(&left.path)));
        }
    }
}
