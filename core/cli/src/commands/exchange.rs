//! `summary`, `bundle` and `pull`: libraries that tell each other what they know.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use writemagic::{BundleOptions, Code, DocumentId, FolderId, PullReport};

use crate::context::{Context, find};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, escaped, grouped, size};
use crate::progress::{self, Unit};

/// The longest summary that is read, in bytes: some 64 MiB of a library's.
const SUMMARY_BYTES: u64 = 128 << 20;

#[derive(Debug, Args)]
#[command(after_help = "Another library makes a bundle of what this one lacks out of it.\n\n\
    Examples:\n  writemagic summary > known\n  writemagic --library ~/Desktop/Library bundle --to news --for known")]
pub(crate) struct Summary {}

impl Summary {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        context.output.answer(&Known { summary: context.read()?.summary()? })
    }
}

#[derive(Serialize, Deserialize)]
struct Known {
    summary: String,
}

impl Answer for Known {
    fn render(&self, page: &mut Page) {
        page.line(&self.summary);
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  writemagic bundle --to everything\n  writemagic bundle --to news --for known\n  \
    writemagic bundle --to letter 'Chapter 1'"
)]
pub(crate) struct Bundle {
    /// The file to write; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// What the other library knows: a file with the answer of its `summary`, or that text itself [default: nothing]
    #[arg(long, value_name = "SUMMARY")]
    r#for: Option<PathBuf>,
    /// These documents only: ids, exact titles, or starts of ids [default: all]
    #[arg(value_name = "DOC")]
    docs: Vec<String>,
}

impl Bundle {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        let mut options = BundleOptions::default();
        options.summary = self.r#for.as_deref().map(read_summary).transpose()?;
        if !self.docs.is_empty() {
            let ids = self.docs.iter().map(|doc| Ok(find(&library, doc)?.id));
            options.documents = Some(ids.collect::<CliResult<Vec<_>>>()?);
        }
        if let Some(parent) = self.to.parent() {
            fs::create_dir_all(parent).map_err(|error| CliError::file(parent, &error))?;
        }
        let operation = library.bundle(self.to.clone(), options);
        let report = progress::wait(operation, "bundling", Unit::Documents)?;
        let bytes = fs::metadata(&self.to).map_err(|error| CliError::file(&self.to, &error))?.len();
        let path = self.to.to_string_lossy().into_owned();
        context.output.answer(&Bundled { path, bytes, documents: report.documents, events: report.events })
    }
}

/// A summary from a file, as text or as the JSON answer, or itself.
fn read_summary(path: &Path) -> CliResult<String> {
    let text = match fs::File::open(path) {
        Ok(file) => {
            let mut text = String::new();
            file.take(SUMMARY_BYTES)
                .read_to_string(&mut text)
                .map_err(|error| CliError::file(path, &error))?;
            text
        }
        // Longer than any path, or no file of that name.
        Err(_) => path.to_string_lossy().into_owned(),
    };
    Ok(match serde_json::from_str::<Known>(&text) {
        Ok(known) => known.summary,
        Err(_) => text.trim().to_owned(),
    })
}

#[derive(Serialize)]
struct Bundled {
    path: String,
    bytes: u64,
    documents: u64,
    events: u64,
}

impl Answer for Bundled {
    fn render(&self, page: &mut Page) {
        let path = escaped(&self.path);
        if !page.for_terminal() {
            return page.line(path);
        }
        page.line(format!(
            "wrote {} to {path}: {} documents, {} events",
            size(self.bytes),
            grouped(self.documents),
            grouped(self.events)
        ));
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Whatever both have written is kept: texts are merged, of fields like titles the later stays. Pulling \
    again changes nothing.\n\n\
    Examples:\n  writemagic pull ~/Phone/Library\n  writemagic pull news"
)]
pub(crate) struct Pull {
    /// The folder of another library, or a bundle
    from: PathBuf,
}

impl Pull {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let found = fs::metadata(&self.from).map_err(|error| CliError::file(&self.from, &error))?;
        let library = context.write_or_create()?;
        let operation = match found.is_dir() {
            true => library.pull_library(self.from.clone()),
            false => library.pull_bundle(self.from.clone()),
        };
        let report =
            progress::wait(operation, "pulling", Unit::Documents).map_err(|error| match error.code() {
                Some(
                    Code::BundleInvalid | Code::BundleIncomplete | Code::LibraryNotFound | Code::NotALibrary,
                ) => error.about(self.from.display()),
                _ => error,
            })?;
        context.output.answer(&Pulled::from(report))
    }
}

#[derive(Serialize)]
struct Pulled {
    documents: u64,
    events: u64,
    conflicts: Vec<Conflict>,
}

#[derive(Serialize)]
struct Conflict {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<FolderId>,
}

impl From<PullReport> for Pulled {
    fn from(report: PullReport) -> Self {
        let conflict = |conflict: writemagic::PullConflict| Conflict {
            kind: conflict.kind,
            document: conflict.document,
            folder: conflict.folder,
        };
        Self {
            documents: report.documents,
            events: report.events,
            conflicts: report.conflicts.into_iter().map(conflict).collect(),
        }
    }
}

impl Answer for Pulled {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            return page.line(format!("{}\t{}\t{}", self.documents, self.events, self.conflicts.len()));
        }
        page.line(match (self.documents, self.events) {
            (0, 0) => "nothing new".to_owned(),
            (documents, events) => {
                format!("{} documents, {} events are new", grouped(documents), grouped(events))
            }
        });
        for conflict in &self.conflicts {
            let place = conflict.document.map(|document| format!(" ({document})")).unwrap_or_default();
            let what = match conflict.kind {
                "folder_cycle" => "a folder cannot stand inside itself: it stands at the top",
                "folder_depth" => "a folder would stand too deep: it stands at the top",
                "folders_joined" => "two folders of one name are one now",
                "not_taken_in" => {
                    "a text could not take in what was written elsewhere, which is kept for later"
                }
                _ => "was changed in both libraries, and the later stays",
            };
            let field = if what.starts_with("was") { format!("{} ", conflict.kind) } else { String::new() };
            page.line(format!("  {field}{what}{place}"));
        }
    }
}
