//! `find`: every place in one document where a pattern stands, and putting something else there.

use clap::Args;
use serde::Serialize;
use writemagic::limits::DOCUMENT_BYTES;
use writemagic::text::find::{Match, Options, Pattern};
use writemagic::text::utf16;
use writemagic::{DocumentId, Durability, Library};

use crate::context::{Context, find};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, grouped};

/// Inserted bytes after which a replacement waits for the disk, so that its backlog stays small.
const FLUSH_BYTES: usize = 1 << 20;
/// Characters shown on each side of a match.
const BESIDE: usize = 32;

#[derive(Debug, Args)]
#[command(
    after_help = "Case, accents and width are ignored unless asked for: cafe finds Café. A match begins and ends \
    between whole characters. With --json the ranges are in UTF-16 units of the text as it was.\n\n\
    Examples:\n  writemagic find 'Chapter 1' strasse\n  \
    writemagic find 'Chapter 1' Anna --whole-word --replace Eva\n  \
    writemagic find 'Chapter 1' resume --match-diacritics"
)]
pub(crate) struct Find {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// What to look for
    #[arg(allow_hyphen_values = true)]
    pattern: String,
    /// Put this in the place of every match
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    replace: Option<String>,
    /// Only where both ends are word boundaries
    #[arg(long)]
    whole_word: bool,
    /// Tell capital and small letters apart
    #[arg(long)]
    match_case: bool,
    /// Tell letters with and without accents and points apart
    #[arg(long)]
    match_diacritics: bool,
}

impl Find {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let options = Options {
            match_case: self.match_case,
            match_diacritics: self.match_diacritics,
            whole_word: self.whole_word,
        };
        let pattern = Pattern::new(&self.pattern, options)?;
        let library = if self.replace.is_some() { context.write()? } else { context.read()? };
        let document = find(&library, &self.doc)?.id;
        let (text, matches, replaced) = match &self.replace {
            Some(replacement) => replace(&library, document, &pattern, replacement)?,
            None => {
                let text = library.text(document)?;
                let matches = pattern.matches(&text).with_utf16().collect();
                (text, matches, 0)
            }
        };
        context.output.answer(&Report { text, matches, replaced })
    }
}

/// Replaces every match, from the last to the first, so that each stands where it was found. Gives the text as it was.
fn replace(
    library: &Library,
    document: DocumentId,
    pattern: &Pattern,
    replacement: &str,
) -> CliResult<(String, Vec<Match>, u64)> {
    let session = library.edit(document)?;
    let text = session.text();
    let matches: Vec<Match> = pattern.matches(&text).with_utf16().collect();
    let removed: u64 = matches.iter().map(|found| found.bytes.end - found.bytes.start).sum();
    let added = (matches.len() as u64).saturating_mul(replacement.len() as u64);
    let bytes = (text.len() as u64 - removed).saturating_add(added);
    // Before the first change, so that a document is never left half replaced.
    if bytes > DOCUMENT_BYTES {
        return Err(CliError::over_limit("document_bytes", bytes, DOCUMENT_BYTES));
    }
    let mut unsaved = 0;
    for found in matches.iter().rev() {
        session.splice(found.utf16.start, found.utf16.end - found.utf16.start, replacement)?;
        unsaved += replacement.len();
        if unsaved >= FLUSH_BYTES {
            session.flush(Durability::Committed)?;
            unsaved = 0;
        }
    }
    session.flush(Durability::Committed)?;
    session.close()?;
    let replaced = matches.len() as u64;
    Ok((text, matches, replaced))
}

#[derive(Serialize)]
struct Report {
    /// The text that the matches stand in.
    #[serde(skip)]
    text: String,
    #[serde(serialize_with = "as_ranges")]
    matches: Vec<Match>,
    replaced: u64,
}

fn as_ranges<S: serde::Serializer>(matches: &[Match], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(matches.iter().map(|found| [found.utf16.start, found.utf16.end]))
}

impl Answer for Report {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            for found in &self.matches {
                page.line(format!("{}\t{}", found.utf16.start, found.utf16.end));
            }
            return;
        }
        for found in &self.matches {
            let (start, end) = (found.bytes.start as usize, found.bytes.end as usize);
            let (Some(before), Some(here), Some(after)) =
                (self.text.get(..start), self.text.get(start..end), self.text.get(end..))
            else {
                continue;
            };
            let before = before.rsplit('\n').next().unwrap_or_default();
            let from = before.char_indices().rev().nth(BESIDE - 1).map_or(0, |(at, _)| at);
            let after: String = after.lines().next().unwrap_or_default().chars().take(BESIDE).collect();
            let before = &before[from..];
            let marked = utf16::len(before)..utf16::len(before) + utf16::len(here);
            let passage = page.highlighted(&[before, here, &after].concat(), &[marked]);
            page.line(format!("{}  {passage}", page.dim(&format!("{:>8}", grouped(found.utf16.start)))));
        }
        let matches = grouped(self.matches.len() as u64);
        page.line(match self.replaced {
            0 => format!("{matches} matches"),
            _ => format!("{matches} replaced"),
        });
    }
}
