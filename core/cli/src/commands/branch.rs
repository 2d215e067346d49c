//! `branch`, `merge` and `blame`: alternatives of a document, bringing them together, and who wrote what.

use clap::{Args, Subcommand};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use writemagic::text::TextStats;
use writemagic::{Applied, Authored, BranchId, DocumentId, Timestamp};

use crate::commands::history::short;
use crate::context::{Context, OnBranch, find, find_version};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Column, Page, escaped, grouped};

#[derive(Debug, Args)]
#[command(after_help = "Every document has the branch `main`.\n\n\
    Examples:\n  writemagic branch create 'Chapter 9' 'happy ending'\n  \
    writemagic edit 'Chapter 9' --branch 'happy ending' --insert 'They lived. '\n  writemagic branch list 'Chapter 9'")]
pub(crate) struct Branch {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List a document's branches
    List {
        /// The document: id, exact title, or the start of an id
        doc: String,
    },
    /// Create a branch at a version
    Create {
        /// The document: id, exact title, or the start of an id
        doc: String,
        /// The new branch
        name: String,
        /// The version: an id or the start of one, a label, `head`
        #[arg(long, value_name = "VERSION", default_value = "head")]
        at: String,
    },
    /// Give a branch another name
    Rename {
        /// The document: id, exact title, or the start of an id
        doc: String,
        /// The branch
        name: String,
        /// Its new name
        new_name: String,
    },
    /// Delete a branch; what was written on it stays in the history
    Delete {
        /// The document: id, exact title, or the start of an id
        doc: String,
        /// The branch
        name: String,
    },
}

impl Branch {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        match self.action {
            Action::List { doc } => {
                let library = context.read()?;
                let branches = library.branches(find(&library, &doc)?.id)?;
                context.output.answer(&Branches { branches: branches.into_iter().map(View::from).collect() })
            }
            Action::Create { doc, name, at } => {
                let library = context.write()?;
                let document = find(&library, &doc)?.id;
                let at = find_version(&library, document, "main", &at)?;
                let branch = library.create_branch(document, &name, Some(&at));
                changed(context, "created", branch.map_err(|error| CliError::from(error).about(&name))?)
            }
            Action::Rename { doc, name, new_name } => {
                let library = context.write()?;
                let branch = library.rename_branch(find(&library, &doc)?.id, &name, &new_name);
                changed(context, "renamed to", branch.map_err(|error| CliError::from(error).about(&name))?)
            }
            Action::Delete { doc, name } => {
                let library = context.write()?;
                let document = find(&library, &doc)?.id;
                let deleted = library.delete_branch(document, &name);
                deleted.map_err(|error| CliError::from(error).about(&name))?;
                context.output.answer(&Deleted { deleted: &name })
            }
        }
    }
}

fn changed(context: &Context, done: &'static str, branch: writemagic::Branch) -> CliResult<()> {
    context.output.answer(&Changed { branch: branch.into(), done })
}

#[derive(Serialize)]
struct View {
    name: String,
    id: Option<BranchId>,
    version: String,
    created: Timestamp,
    stats: TextStats,
}

impl From<writemagic::Branch> for View {
    fn from(branch: writemagic::Branch) -> Self {
        let writemagic::Branch { name, id, version, created, stats, .. } = branch;
        Self { name, id, version: version.to_string(), created, stats }
    }
}

#[derive(Serialize)]
struct Branches {
    branches: Vec<View>,
}

impl Answer for Branches {
    fn render(&self, page: &mut Page) {
        let terminal = page.for_terminal();
        let rows = self.branches.iter().map(|branch| {
            let version = if terminal { short(&branch.version) } else { &branch.version };
            vec![escaped(&branch.name), version.to_owned(), grouped(branch.stats.words)]
        });
        page.table(&[("branch", Column::Text), ("version", Column::Fixed), ("words", Column::Number)], rows);
    }
}

#[derive(Serialize)]
struct Changed {
    branch: View,
    #[serde(skip)]
    done: &'static str,
}

impl Answer for Changed {
    fn render(&self, page: &mut Page) {
        let name = escaped(&self.branch.name);
        page.line(if page.for_terminal() { format!("{} {}", self.done, page.bold(&name)) } else { name });
    }
}

#[derive(Serialize)]
struct Deleted<'a> {
    deleted: &'a str,
}

impl Answer for Deleted<'_> {
    fn render(&self, page: &mut Page) {
        let name = escaped(self.deleted);
        page.line(if page.for_terminal() { format!("deleted {}", page.bold(&name)) } else { name });
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Both texts are kept; ranges that both sides touched are listed for review, in UTF-16 units.\n\n\
    Examples:\n  writemagic merge 'Chapter 9' 'happy ending'\n  writemagic merge 'Chapter 9' main --into 'happy ending'"
)]
pub(crate) struct Merge {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The branch whose text comes in
    from: String,
    /// The branch that takes it in
    #[arg(long, value_name = "NAME", default_value = "main")]
    into: String,
}

impl Merge {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = find(&library, &self.doc)?.id;
        let report = library.merge(document, &self.from, &self.into)?;
        let ends = |range: &std::ops::Range<u64>| [range.start, range.end];
        let overlaps = report.overlaps.iter().map(|overlap| Overlap {
            range: ends(&overlap.range),
            ours: ends(&overlap.ours),
            theirs: ends(&overlap.theirs),
        });
        let pending = report.applied == Applied::Pending;
        let merged =
            Merged { document, version: report.version.to_string(), overlaps: overlaps.collect(), pending };
        context.output.answer(&merged)
    }
}

#[derive(Serialize)]
struct Merged {
    document: DocumentId,
    version: String,
    overlaps: Vec<Overlap>,
    #[serde(skip)]
    pending: bool,
}

#[derive(Serialize)]
struct Overlap {
    range: [u64; 2],
    ours: [u64; 2],
    theirs: [u64; 2],
}

impl Answer for Merged {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            page.line(&self.version);
            for overlap in &self.overlaps {
                page.line(format!("{}\t{}", overlap.range[0], overlap.range[1]));
            }
            return;
        }
        let when = if self.pending { ", when its editor takes it in" } else { "" };
        page.line(format!("merged as version {}{when}", short(&self.version)));
        match self.overlaps.len() {
            0 => {}
            1 => page.line("one passage was touched on both sides: look it over"),
            many => page.line(format!(
                "{} passages were touched on both sides: look them over",
                grouped(many as u64)
            )),
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Ranges are in UTF-16 units of the text, in order and without gaps.\n\n\
    Examples:\n  writemagic blame 'Chapter 1'\n  writemagic --json blame 'Chapter 1' --branch 'happy ending'")]
pub(crate) struct Blame {
    /// The document: id, exact title, or the start of an id
    doc: String,
    #[command(flatten)]
    on: OnBranch,
}

impl Blame {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        let document = find(&library, &self.doc)?.id;
        let ranges = library.blame(document, &self.on.branch)?;
        let text = library.branch_text(document, &self.on.branch)?;
        context.output.answer(&Authors { ranges: ranges.into_iter().map(By).collect(), text })
    }
}

#[derive(Serialize)]
struct Authors {
    ranges: Vec<By>,
    #[serde(skip)]
    text: String,
}

/// A range and who wrote it: `[start, end, author, time]`, and the run where a model did.
struct By(Authored);

impl Serialize for By {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Authored { range, author, run, time, .. } = &self.0;
        let mut by = serializer.serialize_seq(Some(4 + usize::from(run.is_some())))?;
        by.serialize_element(&range.start)?;
        by.serialize_element(&range.end)?;
        by.serialize_element(author)?;
        by.serialize_element(time)?;
        if let Some(run) = run {
            by.serialize_element(run)?;
        }
        by.end()
    }
}

impl Answer for Authors {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            for By(Authored { range, author, run, time, .. }) in &self.ranges {
                let run = run.map_or_else(String::new, |run| format!("\t{run}"));
                page.line(format!("{}\t{}\t{}\t{time}{run}", range.start, range.end, escaped(author)));
            }
            return;
        }
        let mut chars = self.text.chars();
        for By(Authored { range, author, run, time, .. }) in &self.ranges {
            let (mut left, mut part) = (range.end - range.start, String::new());
            while left > 0
                && let Some(next) = chars.next()
            {
                left = left.saturating_sub(next.len_utf16() as u64);
                part.push(next);
            }
            let run = run.map_or_else(String::new, |run| format!(" · run {run}"));
            page.line(page.dim(&format!("{} · {time}{run}", escaped(author))));
            part.lines().for_each(|line| page.paragraph("  ", &escaped(line)));
        }
    }
}
