//! `history`: the versions of a document, and paging through them.

use std::io::IsTerminal as _;

use clap::Args;
use serde::Serialize;
use writemagic::text::diff::By;
use writemagic::{Library, TimelineVersion, Timestamp, VersionKind};

use crate::commands::diff::coloured;
use crate::context::{Context, OnBranch, find};
use crate::errors::{CliError, CliResult};
use crate::output::{Answer, Output};
use crate::page::{Column, Page, escaped, grouped};
use crate::progress::{self, Unit};

#[derive(Debug, Args)]
#[command(
    after_help = "A version is named by its id or the first 6 or more characters of it, by its label, or `head`.\n\n\
    Examples:\n  writemagic history 'Chapter 1'\n  writemagic history 'Chapter 1' --all --branch 'other ending'\n  \
    writemagic history 'Chapter 1' --browse      page through the versions, with what changed"
)]
pub(crate) struct History {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// Also the versions within a writing session, wherever the writer paused
    #[arg(long)]
    all: bool,
    /// Show one version after the other with its changes, newest first
    #[arg(long)]
    browse: bool,
    #[command(flatten)]
    on: OnBranch,
}

impl History {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        let document = find(&library, &self.doc)?.id;
        let operation = library.history(document, self.on.branch.clone(), self.all);
        let versions = progress::wait(operation, "reading the history", Unit::Versions)?;
        if self.browse {
            return browse(&library, document, &versions, context.output);
        }
        context.output.answer(&Timeline { versions: versions.iter().map(Entry::from).collect() })
    }
}

#[derive(Serialize)]
struct Timeline {
    versions: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    time: Timestamp,
    kind: VersionKind,
    author: String,
    label: Option<String>,
    words_added: u64,
    words_removed: u64,
    edits: u64,
}

impl From<&TimelineVersion> for Entry {
    fn from(version: &TimelineVersion) -> Self {
        Self {
            id: version.version.to_string(),
            time: version.time,
            kind: version.kind,
            author: version.author.clone(),
            label: version.label.clone(),
            words_added: version.words_added,
            words_removed: version.words_removed,
            edits: version.edits,
        }
    }
}

/// The word for what made a version.
fn kind(kind: VersionKind) -> &'static str {
    match kind {
        VersionKind::Writing => "writing",
        VersionKind::Ai => "ai",
        VersionKind::Import => "import",
        VersionKind::Restore => "restore",
        VersionKind::Merge => "merge",
        VersionKind::Label => "label",
        _ => "change",
    }
}

/// As much of an id as a person needs to name it.
pub(crate) fn short(id: &str) -> &str {
    let agent = id.find('-').map_or(id.len(), |hyphen| hyphen + 9);
    id.get(..agent).unwrap_or(id)
}

impl Answer for Timeline {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() && self.versions.is_empty() {
            return page.line("Nothing was written yet.");
        }
        let terminal = page.for_terminal();
        let rows = self.versions.iter().map(|version| {
            let id = if terminal { short(&version.id) } else { &version.id };
            vec![
                id.to_owned(),
                version.time.to_string(),
                kind(version.kind).to_owned(),
                escaped(&version.author),
                format!("+{}", grouped(version.words_added)),
                format!("-{}", grouped(version.words_removed)),
                version.label.as_deref().map(escaped).unwrap_or_default(),
            ]
        });
        let columns = [
            ("version", Column::Fixed),
            ("time", Column::Fixed),
            ("kind", Column::Fixed),
            ("author", Column::Text),
            ("words", Column::Number),
            ("", Column::Number),
            ("label", Column::Text),
        ];
        page.table(&columns, rows);
    }
}

/// Shows versions one by one, newest first; Enter goes on, `q` ends.
fn browse(
    library: &Library,
    document: writemagic::DocumentId,
    versions: &[TimelineVersion],
    output: Output,
) -> CliResult<()> {
    if !std::io::stdin().is_terminal() || !output.is_terminal() {
        return Err(CliError::usage("--browse needs a terminal; without it the versions are listed"));
    }
    let empty = "root".parse().map_err(|_| CliError::usage("the empty version has no name"))?;
    for (index, version) in versions.iter().enumerate().rev() {
        let before = index.checked_sub(1).and_then(|before| versions.get(before));
        let before = before.map_or(&empty, |before| &before.version);
        let changes = library.diff(document, before, &version.version, By::Words)?;
        output.tell(|page| {
            let label = version.label.as_deref().map(|label| format!("  {}", escaped(label)));
            let id = version.version.to_string();
            page.line(page.bold(&format!(
                "{}  {}  {} by {}{}",
                short(&id),
                version.time,
                kind(version.kind),
                escaped(&version.author),
                label.unwrap_or_default()
            )));
            coloured(page, &changes);
            page.line(page.dim("Enter: the version before; q: end"));
        })?;
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        if !matches!(read, Ok(1..)) || answer.trim().eq_ignore_ascii_case("q") {
            break;
        }
    }
    Ok(())
}
