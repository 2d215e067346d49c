//! Commands that change what a document is called, where it stands, and whether it is in the trash.

use clap::Args;
use writemagic::{Code, Targets};

use crate::context::{Context, find};
use crate::errors::{CliError, CliResult};
use crate::view::Changed;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic rename Draft 'Chapter 1'")]
pub(crate) struct Rename {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The new title
    #[arg(allow_hyphen_values = true)]
    title: String,
}

impl Rename {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = library.rename(find(&library, &self.doc)?.id, &self.title)?;
        context.output.answer(&Changed::new("renamed to", &document))
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  writemagic move 'Chapter 1' Novel/Draft\n  writemagic move 'Chapter 1' ''   \
    to the top"
)]
pub(crate) struct Move {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The folder's path, names separated by "/"; "" is the top
    folder: String,
}

impl Move {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = library.move_document(find(&library, &self.doc)?.id, &self.folder)?;
        context.output.answer(&Changed::new("moved", &document))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic trash 'Old notes'")]
pub(crate) struct Trash {
    /// The document: id, exact title, or the start of an id
    doc: String,
}

impl Trash {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = library.trash(find(&library, &self.doc)?.id)?;
        context.output.answer(&Changed::new("moved to the trash:", &document))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic list --trashed\n  writemagic untrash 'Old notes'")]
pub(crate) struct Untrash {
    /// The document: id, exact title, or the start of an id
    doc: String,
}

impl Untrash {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = library.untrash(find(&library, &self.doc)?.id)?;
        context.output.answer(&Changed::new("taken out of the trash:", &document))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic purge 'Old notes' --yes")]
pub(crate) struct Purge {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// Yes, destroy it: this cannot be undone
    #[arg(long)]
    yes: bool,
}

impl Purge {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = find(&library, &self.doc)?;
        let document = library.purge(document.id, self.yes).map_err(|error| {
            let error = CliError::from(error);
            if error.code() == Some(Code::ConfirmationRequired) { error.about(&self.doc) } else { error }
        })?;
        context.output.answer(&Changed::new("purged", &document))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic target 'Chapter 1' --words 2500\n  \
    writemagic target 'Chapter 1' --words 0   no target any more")]
pub(crate) struct Target {
    /// The document: id, exact title, or the start of an id
    doc: String,
    #[command(flatten)]
    given: GivenTargets,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct GivenTargets {
    /// How many words it is meant to hold; 0 for no target
    #[arg(long, value_name = "N")]
    words: Option<u64>,
    /// How many characters it is meant to hold; 0 for no target
    #[arg(long, value_name = "N")]
    chars: Option<u64>,
}

impl Target {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = find(&library, &self.doc)?;
        // What is not named stays.
        let set = |given: Option<u64>, present| match given {
            None => present,
            Some(0) => None,
            target => target,
        };
        let Targets { words, chars } = document.targets;
        let targets = Targets { words: set(self.given.words, words), chars: set(self.given.chars, chars) };
        let document = library.set_targets(document.id, targets)?;
        let extra = Some(("targets", document.targets));
        context.output.answer(&Changed { done: "target set:", document: &document, extra })
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic language 'Chapter 1' en-GB\n  \
    writemagic language 'Chapter 1' --clear")]
pub(crate) struct Language {
    /// The document: id, exact title, or the start of an id
    doc: String,
    #[command(flatten)]
    given: GivenLanguage,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct GivenLanguage {
    /// A BCP 47 language tag, such as `en`, `pt-BR` or `zh-Hant`
    tag: Option<String>,
    /// Forget the language
    #[arg(long)]
    clear: bool,
}

impl Language {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let document = library.set_language(find(&library, &self.doc)?.id, self.given.tag.as_deref())?;
        let extra = Some(("language", &document.language));
        context.output.answer(&Changed { done: "language set:", document: &document, extra })
    }
}
