//! `list`: a page of documents, newest change first.

use clap::Args;
use serde::Serialize;
use writemagic::{Cursor, DocumentFilter, Timestamp};

use crate::context::Context;
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Column, Page, escaped, grouped};
use crate::view::DocumentView;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic list --folder Novel\n  writemagic list --trashed\n  \
    writemagic list --limit 100 --after CURSOR   the cursor is `next` of the page before")]
pub(crate) struct List {
    /// Only documents in this folder and below it
    #[arg(long, value_name = "FOLDER")]
    folder: Option<String>,
    /// The documents in the trash instead of the others
    #[arg(long)]
    trashed: bool,
    /// The most documents of the page, at most 10,000
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Where the page before ended
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

impl List {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let after = self.after.as_deref().map(str::parse::<Cursor>).transpose()?;
        let filter = DocumentFilter { folder: self.folder, trashed: self.trashed };
        let page = context.read()?.documents(&filter, after, self.limit)?;
        context.output.answer(&Listing {
            documents: page.documents.iter().map(DocumentView::from).collect(),
            next: page.next.map(|cursor| cursor.to_string()),
            total: page.total,
        })
    }
}

/// A time to the minute: `2026-11-21 05:45`, in UTC.
fn minute(time: Timestamp) -> String {
    time.to_string().replacen('T', " ", 1).chars().take("2026-11-21 05:45".len()).collect()
}

#[derive(Serialize)]
struct Listing<'a> {
    documents: Vec<DocumentView<'a>>,
    next: Option<String>,
    total: u64,
}

impl Answer for Listing<'_> {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() && self.documents.is_empty() {
            return page.line("There are no documents here.");
        }
        if !page.for_terminal() {
            for document in &self.documents {
                let (title, folder) = (escaped(document.title), escaped(document.folder));
                let DocumentView { id, modified, stats, .. } = document;
                page.line(format!("{id}\t{title}\t{folder}\t{}\t{modified}", stats.words));
            }
            return;
        }
        let rows = self.documents.iter().map(|document| {
            let title = match document.folder {
                "" => escaped(document.title),
                folder => format!("{} ({})", escaped(document.title), escaped(folder)),
            };
            let words = grouped(document.stats.words);
            vec![title, words, minute(document.modified), document.id.to_string()]
        });
        let columns = [
            ("title", Column::Text),
            ("words", Column::Number),
            ("modified", Column::Fixed),
            ("id", Column::Fixed),
        ];
        page.table(&columns, rows);
        let shown = self.documents.len() as u64;
        if let Some(next) = &self.next {
            let more = format!("{} of {}; next page: --after {next}", grouped(shown), grouped(self.total));
            page.line(page.dim(&more));
        }
    }
}
