//! `new`: a document, empty or with a body from standard input.

use std::io::Read;

use clap::{Args, ValueEnum};
use writemagic::{DocumentKind, NewDocument, limits};

use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::view::Changed;

const BYTE_ORDER_MARK: &str = "\u{feff}";

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic new 'Chapter 1' --folder Novel/Draft\n  \
    pandoc letter.docx -t markdown | writemagic new Letter --stdin")]
pub(crate) struct New {
    /// The title, any text
    #[arg(allow_hyphen_values = true)]
    title: String,
    /// The folder's path, created where missing [default: the top]
    #[arg(long, value_name = "FOLDER", default_value = "", hide_default_value = true)]
    folder: String,
    /// Take the text from standard input, in UTF-8
    #[arg(long)]
    stdin: bool,
    /// How the text is meant to be read
    #[arg(long, value_enum, default_value_t = Kind::Markdown)]
    kind: Kind,
    /// A BCP 47 language tag, such as `en` or `zh-Hant`
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Markdown,
    Text,
}

impl New {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let kind = match self.kind {
            Kind::Markdown => DocumentKind::Markdown,
            Kind::Text => DocumentKind::Text,
        };
        let mut new = NewDocument::titled(self.title).folder(self.folder).kind(kind);
        if let Some(tag) = self.language {
            new = new.language(tag);
        }
        if self.stdin {
            let text = standard_input()?;
            // A byte order mark is an attribute of the file, not text.
            new = match text.strip_prefix(BYTE_ORDER_MARK) {
                Some(text) => new.byte_order_mark(true).text(text),
                None => new.text(text),
            };
        }
        let document = context.write_or_create()?.create_document(new)?;
        context.output.answer(&Changed::new("created", &document))
    }
}

/// All of standard input, up to the longest document.
fn standard_input() -> CliResult<String> {
    let longest = limits::DOCUMENT_BYTES + BYTE_ORDER_MARK.len() as u64;
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(longest + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| CliError::file("standard input".as_ref(), &error))?;
    if bytes.len() as u64 > longest {
        return Err(CliError::over_limit("document_bytes", bytes.len() as u64, limits::DOCUMENT_BYTES));
    }
    String::from_utf8(bytes)
        .map_err(|error| CliError::not_utf8("standard input", error.utf8_error().valid_up_to() as u64))
}
