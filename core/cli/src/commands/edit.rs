//! `edit`: one splice, durable when the command ends.

use std::time::Duration;

use clap::Args;
use serde::Serialize;
use writemagic::text::TextStats;
use writemagic::{DocumentId, Durability};

use crate::context::{Context, OnBranch, find};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, grouped};

#[derive(Debug, Args)]
#[command(
    after_help = "Offsets and lengths are in UTF-16 units, as editors on every platform count. A place outside \
    the text is moved into it.\n\n\
    Examples:\n  writemagic edit 'Chapter 1' --insert 'It was a dark night. '\n  \
    writemagic edit 'Chapter 1' --at 9 --delete 4 --insert bright"
)]
pub(crate) struct Edit {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// Where, in UTF-16 units from the start of the text
    #[arg(long, value_name = "N", default_value_t = 0)]
    at: u64,
    /// How many UTF-16 units to delete there
    #[arg(long, value_name = "N", default_value_t = 0)]
    delete: u64,
    /// What to insert there
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    insert: String,
    #[command(flatten)]
    on: OnBranch,
}

impl Edit {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = find(&library, &self.doc)?.id;
        let session = library
            .edit_branch(document, &self.on.branch)
            .map_err(|error| CliError::from(error).about(&self.on.branch))?;
        let changes = session.subscribe();
        session.splice(self.at, self.delete, &self.insert)?;
        session.flush(Durability::Committed)?;
        let (seq, stats) = (session.events(), session.stats());
        session.close()?;
        // The session has ended, so every change it made waits here already.
        let mut clamped = false;
        while let Some(change) = changes.next_timeout(Duration::ZERO) {
            clamped |= !change.clamped.is_empty();
        }
        context.output.answer(&Edited { document, seq, clamped, stats })
    }
}

#[derive(Serialize)]
struct Edited {
    document: DocumentId,
    seq: u64,
    clamped: bool,
    stats: TextStats,
}

impl Answer for Edited {
    fn render(&self, page: &mut Page) {
        let moved = if self.clamped { ", the splice was moved into the text" } else { "" };
        page.line(format!("saved: {} words{moved}", grouped(self.stats.words)));
    }
}
