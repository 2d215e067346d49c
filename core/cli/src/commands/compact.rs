//! `compact`: forgetting what was deleted before a date.

use clap::Args;
use serde::Serialize;
use writemagic::{CompactOptions, Compacted, DocumentId, Library, Timestamp};

use crate::context::{Context, find};
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Column, Page, escaped, grouped, size};
use crate::progress::{self, Unit};

#[derive(Debug, Args)]
#[command(
    after_help = "Without --yes it only says what would be forgotten. Labels, branches and all versions from the date on keep \
    what they show; other libraries keep what they know.\n\n\
    Examples:\n  writemagic compact --before 2026-01-01            what would be forgotten\n  \
    writemagic compact --before 2026-01-01 --yes      forget it\n  \
    writemagic compact 'Chapter 1' --before 2026-05-31T18:00:00Z --yes"
)]
pub(crate) struct Compact {
    /// The documents: ids, exact titles, or starts of ids; all, if none is named
    docs: Vec<String>,
    /// Forget what was deleted before this: a date, or a date with time and offset
    #[arg(long, value_name = "DATE")]
    before: Timestamp,
    /// Yes, forget it: this cannot be undone
    #[arg(long)]
    yes: bool,
}

impl Compact {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let mut options = CompactOptions::before(self.before);
        options.rehearsal = !self.yes;
        if !self.docs.is_empty() {
            let named: CliResult<_> = self.docs.iter().map(|name| Ok(find(&library, name)?.id)).collect();
            options.documents = Some(named?);
        }
        let report = progress::wait(library.compact(options), "compacting", Unit::Documents)?;
        let documents = report.documents.into_iter().map(|compacted| Entry::of(&library, compacted));
        context.output.answer(&Answered {
            forgotten: self.yes,
            documents: documents.collect::<CliResult<_>>()?,
            skipped: report.skipped,
            bytes_freed: report.bytes_freed,
        })
    }
}

#[derive(Serialize)]
struct Answered {
    forgotten: bool,
    documents: Vec<Entry>,
    skipped: Vec<DocumentId>,
    bytes_freed: u64,
}

#[derive(Serialize)]
struct Entry {
    document: DocumentId,
    title: String,
    versions: u64,
    characters: u64,
    fields: u64,
}

impl Entry {
    fn of(library: &Library, compacted: Compacted) -> CliResult<Self> {
        let Compacted { document, versions, characters, fields, .. } = compacted;
        Ok(Self { document, title: library.document(document)?.title, versions, characters, fields })
    }
}

impl Answer for Answered {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            for entry in &self.documents {
                page.line(format!("{}\t{}\t{}", entry.document, entry.versions, entry.characters));
            }
            return;
        }
        if self.documents.is_empty() {
            page.line("nothing that was deleted before is still kept");
        } else {
            let columns = [
                ("document", Column::Text),
                ("versions", Column::Number),
                ("deleted characters", Column::Number),
            ];
            let row = |entry: &Entry| {
                vec![escaped(&entry.title), grouped(entry.versions), grouped(entry.characters)]
            };
            page.table(&columns, self.documents.iter().map(row));
            page.line(match self.forgotten {
                true => format!("forgotten; the library is {} smaller", size(self.bytes_freed)),
                false => "this would be forgotten for good: add --yes to do it".to_owned(),
            });
        }
        for document in &self.skipped {
            page.line(format!("left as it is, since its history is damaged or in use: {document}"));
        }
    }
}
