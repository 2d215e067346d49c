//! `restore`, `label`, `undo` and `redo`: going back, and naming places to go back to.

use clap::Args;
use serde::Serialize;
use writemagic::{DocumentId, Durability, EditSession, Timestamp};

use crate::commands::history::short;
use crate::context::{Context, OnBranch, find, find_version};
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Page, escaped};

#[derive(Debug, Args)]
#[command(after_help = "What was written since stays in the history: restoring is a new version.\n\n\
    Examples:\n  writemagic restore 'Chapter 1' 'first draft'\n  writemagic restore 'Chapter 1' 1204-3fa8")]
pub(crate) struct Restore {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The version: an id or the start of one, or a label
    version: String,
    #[command(flatten)]
    on: OnBranch,
}

impl Restore {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = find(&library, &self.doc)?.id;
        let version = find_version(&library, document, &self.on.branch, &self.version)?;
        library.restore(document, &self.on.branch, &version)?;
        let now = library.version(document, &self.on.branch)?;
        let (restored, version) = (version.to_string(), now.to_string());
        context.output.answer(&Restored { document, restored, version })
    }
}

#[derive(Serialize)]
struct Restored {
    document: DocumentId,
    restored: String,
    version: String,
}

impl Answer for Restored {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            return page.line(&self.version);
        }
        page.line(format!(
            "the text is that of {} again, as version {}",
            short(&self.restored),
            short(&self.version)
        ));
    }
}

#[derive(Debug, Args)]
#[command(after_help = "A label moves to the version that it is given last.\n\n\
    Examples:\n  writemagic label 'Chapter 1' 'first draft'\n  \
    writemagic label 'Chapter 1' 'before the cut' --at 1204-3fa8\n  writemagic label 'Chapter 1' 'first draft' --remove")]
pub(crate) struct Label {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The label
    name: String,
    /// The version: an id or the start of one, a label, `head`
    #[arg(long, value_name = "VERSION", default_value = "head")]
    at: String,
    /// Take the label away; the version stays
    #[arg(long, conflicts_with = "at")]
    remove: bool,
    #[command(flatten)]
    on: OnBranch,
}

impl Label {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = find(&library, &self.doc)?.id;
        if self.remove {
            library.unlabel(document, &self.name)?;
            return context.output.answer(&Labelled {
                document,
                label: &self.name,
                version: None,
                time: None,
            });
        }
        let version = find_version(&library, document, &self.on.branch, &self.at)?;
        let label = library.label(document, &self.name, &version)?;
        let (version, time) = (Some(label.version.to_string()), Some(label.at));
        context.output.answer(&Labelled { document, label: &self.name, version, time })
    }
}

#[derive(Serialize)]
struct Labelled<'a> {
    document: DocumentId,
    label: &'a str,
    version: Option<String>,
    time: Option<Timestamp>,
}

impl Answer for Labelled<'_> {
    fn render(&self, page: &mut Page) {
        let label = page.bold(&escaped(self.label));
        match &self.version {
            Some(version) if page.for_terminal() => page.line(format!("{label} names {}", short(version))),
            Some(version) => page.line(version),
            None if page.for_terminal() => page.line(format!("{label} is no label any more")),
            None => {}
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Takes back the newest change that this library's own writer made: what was typed without a pause, one \
    restored version or one merge. What others did stays.\n\n\
    Examples:\n  writemagic undo 'Chapter 1'\n  writemagic undo 'Chapter 1' --at 1200     the change that wrote what stands there"
)]
pub(crate) struct Undo {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The change that wrote the character at this place, in UTF-16 units
    #[arg(long, value_name = "N")]
    at: Option<u64>,
    #[command(flatten)]
    on: OnBranch,
}

impl Undo {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        take_back(context, &self.doc, &self.on.branch, "taken back", |session| match self.at {
            Some(at) => Ok(session.undo_at(at)?),
            None => Ok(session.undo()?),
        })
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Does again what `undo` took back last, as long as nothing was written since.\n\n\
    Examples:\n  writemagic redo 'Chapter 1'")]
pub(crate) struct Redo {
    /// The document: id, exact title, or the start of an id
    doc: String,
    #[command(flatten)]
    on: OnBranch,
}

impl Redo {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        take_back(context, &self.doc, &self.on.branch, "done again", |session| Ok(session.redo()?))
    }
}

fn take_back(
    context: &Context,
    doc: &str,
    branch: &str,
    done: &'static str,
    change: impl FnOnce(&EditSession) -> CliResult<Vec<writemagic::Patch>>,
) -> CliResult<()> {
    let library = context.write()?;
    let document = find(&library, doc)?.id;
    let session = library.edit_branch(document, branch)?;
    let patches = change(&session)?;
    session.flush(Durability::Committed)?;
    session.close()?;
    let version = library.version(document, branch)?.to_string();
    let patches: Vec<Patch> = patches.into_iter().map(Patch::from).collect();
    context.output.answer(&TakenBack { document, version, patches, done })
}

#[derive(Serialize)]
struct TakenBack {
    document: DocumentId,
    version: String,
    patches: Vec<Patch>,
    #[serde(skip)]
    done: &'static str,
}

/// One replacement, in UTF-16 units of the text after the ones before it.
#[derive(Serialize)]
struct Patch {
    at: u64,
    delete: u64,
    insert: String,
}

impl From<writemagic::Patch> for Patch {
    fn from(patch: writemagic::Patch) -> Self {
        Self { at: patch.at, delete: patch.delete, insert: patch.insert }
    }
}

impl Answer for TakenBack {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            return page.line(&self.version);
        }
        page.line(format!(
            "{}: {} places changed, version {}",
            self.done,
            self.patches.len(),
            short(&self.version)
        ));
    }
}
