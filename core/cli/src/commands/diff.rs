//! `diff`: what changed between two versions.

use std::ops::Range;

use clap::{Args, ValueEnum};
use serde::Serialize;
use writemagic::Difference;
use writemagic::text::diff::{By, HunkKind};

use crate::context::{Context, OnBranch, find, find_version};
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Page, escaped};

/// Characters shown on each side of a change.
const BESIDE: usize = 40;

#[derive(Debug, Args)]
#[command(
    after_help = "Ranges are in UTF-16 units. Replacing every old range by its new text gives the newer text.\n\n\
    Examples:\n  writemagic diff 'Chapter 1' 'first draft'\n  writemagic diff 'Chapter 1' 1204-3fa8 head --by lines"
)]
pub(crate) struct Diff {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The older version: an id or the start of one, a label, `head`
    a: String,
    /// The newer version
    #[arg(default_value = "head")]
    b: String,
    /// What is compared
    #[arg(long, value_enum, default_value_t = Unit::Words)]
    by: Unit,
    #[command(flatten)]
    on: OnBranch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unit {
    Words,
    Lines,
}

impl Diff {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        let document = find(&library, &self.doc)?.id;
        let version = |name| find_version(&library, document, &self.on.branch, name);
        let (old, new) = (version(&self.a)?, version(&self.b)?);
        let by = match self.by {
            Unit::Words => By::Words,
            Unit::Lines => By::Lines,
        };
        context.output.answer(&Changes::from(library.diff(document, &old, &new, by)?))
    }
}

#[derive(Serialize)]
struct Changes {
    hunks: Vec<Hunk>,
    #[serde(skip)]
    difference: Difference,
}

#[derive(Serialize)]
struct Hunk {
    kind: &'static str,
    old: [u64; 2],
    new: [u64; 2],
    old_text: String,
    new_text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<usize>,
}

impl From<Difference> for Changes {
    fn from(difference: Difference) -> Self {
        let ends = |range: &Range<u64>| [range.start, range.end];
        let hunks = difference.hunks.iter().map(|hunk| Hunk {
            kind: match hunk.kind() {
                HunkKind::Inserted => "inserted",
                HunkKind::Deleted => "deleted",
                HunkKind::Replaced => "replaced",
            },
            old: ends(&hunk.old_utf16),
            new: ends(&hunk.new_utf16),
            old_text: difference.old[hunk.old.clone()].to_owned(),
            new_text: difference.new[hunk.new.clone()].to_owned(),
            moved: hunk.moved,
        });
        Self { hunks: hunks.collect(), difference }
    }
}

impl Answer for Changes {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() {
            return coloured(page, &self.difference);
        }
        for hunk in &self.hunks {
            let texts = [&hunk.old_text, &hunk.new_text].map(|text| escaped(text));
            page.line(format!("{}\t{}\t{}\t{}\t{}", hunk.kind, hunk.old[0], hunk.old[1], texts[0], texts[1]));
        }
    }
}

/// The changes with some of what stands around them, what went and what came in colour.
pub(crate) fn coloured(page: &mut Page, difference: &Difference) {
    if difference.hunks.is_empty() {
        return page.line("The texts are the same.");
    }
    for hunk in &difference.hunks {
        let old = &difference.old;
        let before = last_chars(&old[..hunk.old.start]);
        let after = first_chars(&old[hunk.old.end..]);
        let mut line = page.dim(&escaped(before));
        if !hunk.old.is_empty() {
            line += &page.verdict(false, &format!("[-{}-]", escaped(&old[hunk.old.clone()])));
        }
        if !hunk.new.is_empty() {
            line += &page.verdict(true, &format!("{{+{}+}}", escaped(&difference.new[hunk.new.clone()])));
        }
        line += &page.dim(&escaped(after));
        if hunk.moved.is_some() {
            line += &page.dim("  (moved)");
        }
        page.line(line);
    }
}

/// The end of a text, not beyond its line.
fn last_chars(text: &str) -> &str {
    let line = text.rfind('\n').map_or(text, |end| &text[end + 1..]);
    let from = line.char_indices().rev().nth(BESIDE - 1).map_or(0, |(at, _)| at);
    &line[from..]
}

/// The start of a text, not beyond its line.
fn first_chars(text: &str) -> &str {
    let line = text.find('\n').map_or(text, |end| &text[..end]);
    let to = line.char_indices().nth(BESIDE).map_or(line.len(), |(at, _)| at);
    &line[..to]
}
