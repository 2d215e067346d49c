//! `complete`: one question to a model, outside of any document.

use std::io;
use std::process::ExitCode;

use clap::Args;
use writemagic::ai::model::{Message, Request, Role};
use writemagic::limits::REQUEST_BYTES;

use crate::answering::{Asking, Made, Whom};
use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::text_file::whole;

#[derive(Debug, Args)]
#[command(
    after_help = "The answer is shown as it comes and kept as a run: Ctrl-C stops it and keeps what was said. With --json each \
    event is a line, and the last one is `completed`, `interrupted`, `cancelled` or `failed`.\n\nExamples:\n  \
    writemagic complete 'A name for a lighthouse keeper'\n  \
    writemagic complete --provider near,claude --mask names.txt - < question.txt\n  \
    writemagic --json complete --on-device-only --max-tokens 200 'Three synonyms for dusk'"
)]
pub(crate) struct Complete {
    /// What to ask; `-` reads standard input
    prompt: String,
    /// A standing instruction before it
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    #[command(flatten)]
    whom: Whom,
}

impl Complete {
    pub(crate) fn run(self, context: &Context) -> CliResult<ExitCode> {
        let text = match self.prompt.as_str() {
            "-" => whole(io::stdin(), "standard input".as_ref(), "request_bytes", REQUEST_BYTES)?,
            _ => self.prompt,
        };
        if text.trim().is_empty() {
            return Err(CliError::usage("there is nothing to ask"));
        }
        let library = context.write_or_create()?;
        let asking = Asking::new(context, &library, &self.whom)?;
        let request = Request {
            system: self.system,
            messages: vec![Message { role: Role::User, text }],
            max_output_tokens: asking.room.output,
            temperature: None,
            stop: Vec::new(),
        };
        let run = asking.runs().start(request, asking.terms())?;
        asking.show(run, |_, _, _| Ok(Made::Nothing))
    }
}
