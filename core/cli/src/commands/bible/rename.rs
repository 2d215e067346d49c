//! `bible rename`, `renames`, `undo`, `finish`: another name in all documents, and back.

use clap::Args;
use serde::Serialize;
use writemagic::{
    BibleEntryId, BibleRename, BibleRenameId, Code, DocumentId, Library, RenamePreview, RenameState,
    Timestamp,
};

use super::find_entry;
use crate::context::{Context, find, find_id};
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Column, Page, counted, escaped, grouped};
use crate::progress::{self, Unit};

#[derive(Debug, Args)]
#[command(
    after_help = "Without --yes nothing changes: what would is shown. The case of each place stays (RUTH becomes ANNA), and a \
    possessive, and the ending of a form; aliases, titles, notes and facts stay as they are. All of it is one step: \
    `bible undo` takes it back, and no typing since.\n\nExamples:\n  writemagic bible rename Ruth Anna\n  \
    writemagic bible rename Ruth Anna --leave 'Chapter 3' --yes"
)]
pub(super) struct Rename {
    /// The entry
    entry: String,
    /// Its new name
    name: String,
    /// Leave this document as it is; more than once for several
    #[arg(long, value_name = "DOC")]
    leave: Vec<String>,
    /// Do it
    #[arg(long)]
    yes: bool,
}

impl Rename {
    pub(super) fn run(self, context: &Context) -> CliResult<()> {
        let library = if self.yes { context.write()? } else { context.read()? };
        let entry = find_entry(&library, &self.entry)?;
        let leave: CliResult<Vec<DocumentId>> =
            self.leave.iter().map(|name| Ok(find(&library, name)?.id)).collect();
        let leave = leave?;
        if self.yes {
            let renaming = library.rename_bible_entry(entry.id, self.name, leave);
            let renamed = progress::wait(renaming, "renaming", Unit::Documents)?;
            return context.output.answer(&Renamed::of(&renamed));
        }
        let preview = library.preview_bible_rename(entry.id, self.name);
        let preview = progress::wait(preview, "reading", Unit::Documents)?;
        context.output.answer(&Preview::new(&preview, &leave))
    }
}

pub(super) fn list(context: &Context, entry: Option<&str>) -> CliResult<()> {
    let library = context.read()?;
    let entry = entry.map(|name| find_entry(&library, name)).transpose()?.map(|entry| entry.id);
    let renames = library.bible_renames(entry)?;
    context.output.answer(&Renames { renames: renames.iter().map(RenameView::from).collect() })
}

pub(super) fn undo(context: &Context, rename: &str) -> CliResult<()> {
    let library = context.write()?;
    let undoing = library.undo_bible_rename(find_rename(&library, rename)?);
    let renamed = progress::wait(undoing, "taking back", Unit::Documents)?;
    context.output.answer(&Renamed::of(&renamed))
}

pub(super) fn finish(context: &Context, rename: &str) -> CliResult<()> {
    let library = context.write()?;
    let finishing = library.finish_bible_rename(find_rename(&library, rename)?);
    let renamed = progress::wait(finishing, "renaming", Unit::Documents)?;
    context.output.answer(&Renamed::of(&renamed))
}

fn find_rename(library: &Library, name: &str) -> CliResult<BibleRenameId> {
    find_id(name, Code::BibleRenameNotFound, || {
        Ok(library.bible_renames(None)?.iter().map(|rename| rename.id).collect())
    })
}

#[derive(Serialize)]
struct RenameView<'a> {
    id: BibleRenameId,
    entry: BibleEntryId,
    old: &'a str,
    new: &'a str,
    time: Timestamp,
    undone: bool,
    complete: bool,
    documents: Vec<StateView>,
}

#[derive(Serialize)]
struct StateView {
    document: DocumentId,
    state: &'static str,
}

impl<'a> From<&'a BibleRename> for RenameView<'a> {
    fn from(rename: &'a BibleRename) -> Self {
        let state = |(document, state): &(DocumentId, RenameState)| StateView {
            document: *document,
            state: match state {
                RenameState::Done => "done",
                RenameState::TakenBack => "taken_back",
                _ => "waiting",
            },
        };
        Self {
            id: rename.id,
            entry: rename.entry,
            old: &rename.old,
            new: &rename.new,
            time: rename.at,
            undone: rename.undone,
            complete: rename.is_complete(),
            documents: rename.documents.iter().map(state).collect(),
        }
    }
}

impl RenameView<'_> {
    fn names(&self) -> String {
        let (old, new) = (escaped(self.old), escaped(self.new));
        if self.undone { format!("{new} is {old} again") } else { format!("{old} is {new}") }
    }

    fn how_far(&self) -> String {
        let of =
            |state: &str| self.documents.iter().filter(|document| document.state == state).count() as u64;
        match self.complete {
            true => counted(&[(self.documents.len() as u64, "documents")]),
            false => format!(
                "{} to be done: `bible finish`",
                grouped(of(if self.undone { "done" } else { "waiting" }))
            ),
        }
    }
}

#[derive(Serialize)]
struct Renamed<'a> {
    rename: RenameView<'a>,
}

impl<'a> Renamed<'a> {
    fn of(rename: &'a BibleRename) -> Self {
        Self { rename: rename.into() }
    }
}

impl Answer for Renamed<'_> {
    fn render(&self, page: &mut Page) {
        let id = self.rename.id.to_string();
        if !page.for_terminal() {
            return page.line(id);
        }
        page.line(format!(
            "{}, {}  {}",
            page.bold(&self.rename.names()),
            self.rename.how_far(),
            page.dim(&id)
        ));
    }
}

#[derive(Serialize)]
struct Renames<'a> {
    renames: Vec<RenameView<'a>>,
}

impl Answer for Renames<'_> {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() && self.renames.is_empty() {
            return page.line("Nothing was renamed.");
        }
        let row = |rename: &RenameView<'_>| {
            vec![rename.id.to_string(), rename.names(), rename.how_far(), rename.time.to_string()]
        };
        let columns = ["id", "names", "documents", "time"].map(|name| (name, Column::Text));
        page.table(&columns, self.renames.iter().map(row));
    }
}

/// What a renaming would change.
#[derive(Serialize)]
struct Preview<'a> {
    documents: Vec<DocumentPreview<'a>>,
    replaced: u64,
    left: u64,
    shared: u64,
}

#[derive(Serialize)]
struct DocumentPreview<'a> {
    document: DocumentId,
    title: &'a str,
    /// Whether the command line leaves it out.
    left_out: bool,
    changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    range: [u64; 2],
    before: &'a str,
    after: Option<&'a str>,
    shared: bool,
}

impl<'a> Preview<'a> {
    fn new(preview: &'a RenamePreview, leave: &[DocumentId]) -> Self {
        let change = |change: &'a writemagic::RenameChange| Change {
            range: [change.range.start, change.range.end],
            before: &change.before,
            after: change.after.as_deref(),
            shared: change.shared,
        };
        let document = |found: &'a writemagic::RenamedDocument| DocumentPreview {
            document: found.document,
            title: &found.title,
            left_out: leave.contains(&found.document),
            changes: found.changes.iter().map(change).collect(),
        };
        Self {
            documents: preview.documents.iter().map(document).collect(),
            replaced: preview.replaced,
            left: preview.left,
            shared: preview.shared,
        }
    }
}

impl Answer for Preview<'_> {
    fn render(&self, page: &mut Page) {
        for found in &self.documents {
            if !page.for_terminal() {
                for change in &found.changes {
                    let [start, end] = change.range;
                    let after = change.after.map(escaped).unwrap_or_default();
                    page.line(format!(
                        "{}\t{start}-{end}\t{}\t{after}",
                        found.document,
                        escaped(change.before)
                    ));
                }
                continue;
            }
            let left_out = if found.left_out { "  stays as it is" } else { "" };
            page.line(format!("{}{left_out}", page.bold(&escaped(found.title))));
            for change in &found.changes {
                let (before, [start, _]) = (escaped(change.before), change.range);
                let after =
                    change.after.map_or_else(|| "stays".to_owned(), |after| format!("→ {}", escaped(after)));
                let shared = if change.shared { "  (another entry's name too)" } else { "" };
                page.line(format!("    {} {before} {after}{shared}", page.dim(&grouped(start))));
            }
        }
        if page.for_terminal() {
            let counts = counted(&[(self.replaced, "places"), (self.documents.len() as u64, "documents")]);
            page.line(format!("{counts} would change: add --yes to do it"));
        }
    }
}
