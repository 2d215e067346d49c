//! `bible`: who and what the story is about, and where it is mentioned.

mod rename;
mod view;

use std::ops::Range;

use clap::{Args, Subcommand, ValueEnum};
use writemagic::limits::PAGE_ROWS;
use writemagic::{
    Alias, BibleEntry, BibleEntryChange, BibleFactId, Code, EntryKind, FactPlace, Library, NewBibleEntry,
    NewBibleFact,
};

use super::writing::range;
use crate::context::{Context, find, find_id};
use crate::errors::{CliError, CliResult};
use view::{EntryView, FactView, Listed, Mentioned, Near, Shown};

#[derive(Debug, Args)]
#[command(after_help = "\
An entry is named by its name, an alias, its id, or the first 6 or more characters of that. Names are found as whole words, whatever
their case and accents; with --inflected their forms too (goblins for goblin), by the language of the document.

Examples:
  writemagic bible add person 'Ruth Miller' --alias Ruth --notes 'The keeper'\\''s daughter'
  writemagic bible fact Ruth 'has lost the ring' --from 'Chapter 7'
  writemagic bible show Ruth --at 'Chapter 9'
  writemagic bible mentions Ruth
  writemagic bible near 'Chapter 7' --range 0-2000
  writemagic bible rename Ruth Anna            what would change
  writemagic bible rename Ruth Anna --yes      change it, in all documents")]
pub(crate) struct Bible {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make an entry
    Add(Add),
    /// List the entries, by name
    List {
        /// Only of this kind
        #[arg(long)]
        kind: Option<EntryKind>,
    },
    /// Show an entry and its facts
    Show(Show),
    /// Change an entry, and no document
    Set(Set),
    /// Give an entry another name beside those it has, or take one away
    Alias {
        /// The entry
        entry: String,
        /// The alias
        name: String,
        /// Find its forms too
        #[arg(long)]
        inflected: bool,
        /// Take the alias away
        #[arg(long, conflicts_with = "inflected")]
        remove: bool,
    },
    /// Add a fact to an entry, or remove one
    Fact(Fact),
    /// List where an entry, or everything in a document, is mentioned
    Mentions {
        /// The entry
        #[arg(required_unless_present = "doc")]
        entry: Option<String>,
        /// Everything that this document mentions
        #[arg(long = "in", value_name = "DOC", conflicts_with = "entry")]
        doc: Option<String>,
        /// The most mentions, at most 10,000
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
    },
    /// List the entries that a model would be told about for a passage
    Near {
        /// The document: id, exact title, or the start of an id
        doc: String,
        /// The passage, in UTF-16 units [default: all of it]
        #[arg(long, value_name = "A-B", value_parser = range)]
        range: Option<Range<u64>>,
    },
    /// Give an entry another name, in all documents too
    Rename(rename::Rename),
    /// List what was renamed and can be taken back
    Renames {
        /// Of this entry only
        entry: Option<String>,
    },
    /// Take a renaming back, in all documents
    Undo {
        /// The renaming: its id or the start of it
        rename: String,
    },
    /// Finish a renaming that was cut short
    Finish {
        /// The renaming: its id or the start of it
        rename: String,
    },
    /// Remove an entry with its facts; the documents stay as they are
    Remove {
        /// The entry
        entry: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Visibility {
    /// Whatever the passage is about
    Always,
    /// Where the passage mentions it
    WhenMentioned,
    /// Not at all
    Never,
}

impl From<Visibility> for writemagic::Visibility {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Always => Self::Always,
            Visibility::WhenMentioned => Self::WhenMentioned,
            Visibility::Never => Self::Never,
        }
    }
}

#[derive(Debug, Args)]
struct Add {
    /// person, place, thing, term, or a word of your own
    kind: EntryKind,
    /// The name
    name: String,
    /// Another name; more than once for several
    #[arg(long, value_name = "NAME")]
    alias: Vec<String>,
    /// Find forms of these names too
    #[arg(long)]
    inflected: bool,
    /// Notes
    #[arg(long, value_name = "TEXT", default_value = "")]
    notes: String,
    /// When models are told about it
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Visibility::WhenMentioned)]
    visibility: Visibility,
}

#[derive(Debug, Args)]
struct Show {
    /// The entry
    entry: String,
    /// Only the facts that hold in this document
    #[arg(long, value_name = "DOC")]
    at: Option<String>,
    /// The place in the document, in UTF-16 units
    #[arg(long, value_name = "N", requires = "at", default_value_t = 0)]
    offset: u64,
}

#[derive(Debug, Args)]
struct Set {
    /// The entry
    entry: String,
    /// person, place, thing, term, or a word of your own
    #[arg(long)]
    kind: Option<EntryKind>,
    /// The name, in the bible alone: `rename` changes the documents too
    #[arg(long)]
    name: Option<String>,
    /// Whether forms of the name are found too
    #[arg(long, value_name = "BOOL")]
    inflected: Option<bool>,
    /// Notes
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// When models are told about it
    #[arg(long, value_enum, value_name = "WHEN")]
    visibility: Option<Visibility>,
}

#[derive(Debug, Args)]
struct Fact {
    /// The entry
    entry: String,
    /// What holds
    #[arg(required_unless_present = "remove")]
    text: Option<String>,
    /// From this document on
    #[arg(long, value_name = "DOC")]
    from: Option<String>,
    /// From this place in it on, in UTF-16 units
    #[arg(long, value_name = "N", requires = "from")]
    from_at: Option<u64>,
    /// Until this document, which is not part of it
    #[arg(long, value_name = "DOC")]
    until: Option<String>,
    /// Until this place in it, in UTF-16 units
    #[arg(long, value_name = "N", requires = "until")]
    until_at: Option<u64>,
    /// Remove the fact of this id, or that begins so
    #[arg(long, value_name = "FACT", conflicts_with_all = ["text", "from", "until"])]
    remove: Option<String>,
}

impl Bible {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        match self.action {
            Action::Add(add) => add.run(context),
            Action::List { kind } => {
                let entries = context.read()?.bible_entries(kind.as_ref())?;
                context.output.answer(&Listed { entries: entries.iter().map(EntryView::from).collect() })
            }
            Action::Show(show) => show.run(context),
            Action::Set(set) => set.run(context),
            Action::Alias { entry, name, inflected, remove } => {
                let library = context.write()?;
                let id = find_entry(&library, &entry)?.id;
                let entry = match remove {
                    true => library.remove_bible_alias(id, &name)?,
                    false => library.add_bible_alias(id, &Alias { name, inflected })?,
                };
                context.output.answer(&Shown::changed("changed", &entry))
            }
            Action::Fact(fact) => fact.run(context),
            Action::Mentions { entry, doc, limit } => {
                mentions(context, entry.as_deref(), doc.as_deref(), limit)
            }
            Action::Near { doc, range } => {
                let library = context.read()?;
                let document = find(&library, &doc)?.id;
                let near = library.entries_near(document, range.unwrap_or(0..u64::MAX))?;
                context.output.answer(&Near::new(&near))
            }
            Action::Rename(rename) => rename.run(context),
            Action::Renames { entry } => rename::list(context, entry.as_deref()),
            Action::Undo { rename } => rename::undo(context, &rename),
            Action::Finish { rename } => rename::finish(context, &rename),
            Action::Remove { entry } => {
                let library = context.write()?;
                let entry = library.remove_bible_entry(find_entry(&library, &entry)?.id)?;
                context.output.answer(&Shown::changed("removed", &entry))
            }
        }
    }
}

impl Add {
    fn run(self, context: &Context) -> CliResult<()> {
        let Self { kind, name, alias, inflected, notes, visibility } = self;
        let mut new = NewBibleEntry::named(kind, name).inflected(inflected).notes(notes);
        new.aliases = alias.into_iter().map(|name| Alias { name, inflected }).collect();
        let entry = context.write_or_create()?.add_bible_entry(&new.visibility(visibility.into()))?;
        context.output.answer(&Shown::changed("added", &entry))
    }
}

impl Show {
    fn run(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        let entry = find_entry(&library, &self.entry)?;
        let facts = match &self.at {
            Some(doc) => library.facts_at(entry.id, find(&library, doc)?.id, self.offset)?,
            None => library.bible_facts(entry.id)?,
        };
        let facts = facts.iter().map(|fact| FactView::of(&library, fact)).collect();
        context.output.answer(&Shown { entry: EntryView::from(&entry), facts: Some(facts), done: None })
    }
}

impl Set {
    fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let id = find_entry(&library, &self.entry)?.id;
        let Self { kind, name, inflected, notes, visibility, .. } = self;
        let change =
            BibleEntryChange { kind, name, inflected, notes, visibility: visibility.map(Into::into) };
        let entry = library.set_bible_entry(id, &change)?;
        context.output.answer(&Shown::changed("changed", &entry))
    }
}

impl Fact {
    fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let entry = find_entry(&library, &self.entry)?;
        if let Some(fact) = &self.remove {
            library.remove_bible_fact(find_fact(&library, &entry, fact)?)?;
        } else {
            let place = |doc: Option<&String>, at| {
                doc.map(|doc| Ok(FactPlace { document: find(&library, doc)?.id, at })).transpose()
            };
            let (from, until): (CliResult<_>, CliResult<_>) =
                (place(self.from.as_ref(), self.from_at), place(self.until.as_ref(), self.until_at));
            let new = NewBibleFact { text: self.text.unwrap_or_default(), from: from?, until: until? };
            library.add_bible_fact(entry.id, &new)?;
        }
        let facts = library.bible_facts(entry.id)?;
        let facts = facts.iter().map(|fact| FactView::of(&library, fact)).collect();
        context.output.answer(&Shown { entry: EntryView::from(&entry), facts: Some(facts), done: None })
    }
}

fn mentions(context: &Context, entry: Option<&str>, doc: Option<&str>, limit: usize) -> CliResult<()> {
    let library = context.read()?;
    let (mut mentions, total, documents) = match (entry, doc) {
        (Some(entry), _) => {
            let page = library.mentions(find_entry(&library, entry)?.id, limit)?;
            (page.mentions, page.total, page.documents)
        }
        (None, doc) => {
            let all = library.mentions_in(find(&library, doc.unwrap_or_default())?.id)?;
            let total = all.len() as u64;
            (all, total, total.min(1))
        }
    };
    mentions.truncate(limit.min(PAGE_ROWS as usize));
    context.output.answer(&Mentioned::new(&library, &mentions, (total, documents))?)
}

/// The entry that a command line names.
fn find_entry(library: &Library, name: &str) -> CliResult<BibleEntry> {
    library.find_bible_entry(name).map_err(|error| {
        let error = CliError::from(error);
        match error.code() {
            Some(Code::BibleEntryNotFound | Code::AmbiguousBibleEntry) => error.about(name),
            _ => error,
        }
    })
}

fn find_fact(library: &Library, entry: &BibleEntry, name: &str) -> CliResult<BibleFactId> {
    find_id(name, Code::BibleFactNotFound, || {
        Ok(library.bible_facts(entry.id)?.iter().map(|fact| fact.id).collect())
    })
}
