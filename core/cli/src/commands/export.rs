//! `export`: documents as files.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use writemagic::{DocumentId, ExportOptions, ExportReport, MAIN_BRANCH};

use crate::context::{Context, find, find_version};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, escaped, grouped};
use crate::progress::{self, Unit};

#[derive(Debug, Args)]
#[command(
    after_help = "Folders of the library become folders below DIR. Files that exist are kept unless --force.\n\n\
    Examples:\n  writemagic export --all --to ~/Export\n  writemagic export 'Chapter 1' 'Chapter 2' --to . --force"
)]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,
    /// The folder to write to, created where missing
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// The text at a version of the one document: an id or the start of one, or a label
    #[arg(long, value_name = "VERSION", conflicts_with = "all")]
    at: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The documents: ids, exact titles, or starts of ids
    #[arg(value_name = "DOC")]
    docs: Vec<String>,
    /// Every document outside the trash
    #[arg(long)]
    all: bool,
}

impl Export {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        let documents = if self.which.all {
            None
        } else {
            Some(
                self.which
                    .docs
                    .iter()
                    .map(|name| Ok(find(&library, name)?.id))
                    .collect::<CliResult<Vec<_>>>()?,
            )
        };
        let mut options = ExportOptions::default();
        options.force = self.force;
        if let Some(version) = &self.at {
            let Some([document]) = documents.as_deref() else {
                return Err(CliError::usage("--at goes with one document"));
            };
            options.at = Some(find_version(&library, *document, MAIN_BRANCH, version)?);
        }
        let operation = library.export(documents, self.to, options);
        let report = progress::wait(operation, "exporting", Unit::Documents)?;
        context.output.answer(&Written::from(&report))
    }
}

#[derive(Serialize)]
struct Written {
    exported: Vec<File>,
    skipped: Vec<Skipped>,
}

#[derive(Serialize)]
struct File {
    document: DocumentId,
    path: String,
}

#[derive(Serialize)]
struct Skipped {
    document: DocumentId,
    path: String,
    reason: &'static str,
}

impl From<&ExportReport> for Written {
    fn from(report: &ExportReport) -> Self {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let file = |done: &writemagic::Exported| File { document: done.document, path: text(&done.path) };
        let skipped = |left: &writemagic::SkippedExport| Skipped {
            document: left.document,
            path: text(&left.path),
            reason: left.reason,
        };
        Self {
            exported: report.exported.iter().map(file).collect(),
            skipped: report.skipped.iter().map(skipped).collect(),
        }
    }
}

impl Answer for Written {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            return self.exported.iter().for_each(|file| page.line(escaped(&file.path)));
        }
        page.line(format!("exported {} documents", grouped(self.exported.len() as u64)));
        for left in &self.skipped {
            let reason = page.verdict(false, left.reason);
            page.line(format!("  {reason}  {}", escaped(&left.path)));
        }
    }
}
