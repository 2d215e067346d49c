//! `backup`: a consistent copy of the library in one file.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use writemagic::Code;

use crate::context::Context;
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Page, escaped, size};
use crate::progress::{self, Unit};

#[derive(Debug, Args)]
#[command(
    after_help = "Works while another program writes to the library. Missing parent folders are created; an \
    existing file is kept.\n\nExamples:\n  writemagic backup ~/Backups/writing.db"
)]
pub(crate) struct Backup {
    /// The file to write; it must not exist
    file: PathBuf,
}

impl Backup {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        let operation = library.back_up(self.file.clone());
        let bytes =
            progress::wait(operation, "backing up", Unit::Pages).map_err(|error| match error.code() {
                Some(Code::AlreadyExists) => error.about(self.file.display()),
                _ => error,
            })?;
        context.output.answer(&BackedUp { path: self.file.to_string_lossy().into_owned(), bytes })
    }
}

#[derive(Serialize)]
struct BackedUp {
    path: String,
    bytes: u64,
}

impl Answer for BackedUp {
    fn render(&self, page: &mut Page) {
        let path = escaped(&self.path);
        page.line(if page.for_terminal() { format!("wrote {} to {path}", size(self.bytes)) } else { path });
    }
}
