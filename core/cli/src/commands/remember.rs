//! `remember` and `forget`: what the library is reminded of.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use writemagic::limits::MEMORY_FILE_BYTES;
use writemagic::{Code, Library, NewMemory, SourceRange, Timestamp, Validity};

use super::memories::{MemoryView, moment};
use crate::context::{Context, find};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, counted, escaped};
use crate::progress::{self, Unit};
use crate::text_file;

#[derive(Debug, Args)]
#[command(after_help = "\
A line of a file is one JSON object: {\"key\",\"text\",\"speaker\",\"time\",\"session\",\"kind\",\"tags\",\"importance\",\"confidence\",
\"valid\":{\"from\",\"until\",\"from_document\"},\"source\":{\"document\",\"range\":[start,end]}}; all but the text may be missing.

Examples:
  writemagic remember \"Mary's eyes are grey\" --key mary/eyes --kind person --tag mary
  writemagic remember 'Harry Carson was shot' --from-document 'Chapter 18'
  writemagic remember --from notes.jsonl")]
pub(crate) struct Remember {
    /// What to remember
    #[arg(required_unless_present = "from", allow_hyphen_values = true)]
    text: Option<String>,
    /// Remember every line of a file, or of standard input: `-`
    #[arg(long, value_name = "FILE.jsonl", conflicts_with_all = ["text", "Fields"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Debug, Args)]
struct Fields {
    /// What to find it by; a memory of this key is replaced [default: a new one]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// What it is: a word of your own
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Who said it
    #[arg(long, value_name = "NAME")]
    speaker: Option<String>,
    /// When: a date, or in your own words
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// The conversation or chapter that it belongs to
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// A word about it; may be given more than once
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// How much it matters, from 0 to 1
    #[arg(long, value_name = "N")]
    importance: Option<f64>,
    /// How sure it is, from 0 to 1
    #[arg(long, value_name = "N")]
    confidence: Option<f64>,
    /// It holds from this moment on (RFC 3339, or a date)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    valid_from: Option<Timestamp>,
    /// It holds until this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    valid_until: Option<Timestamp>,
    /// It holds from this document of the manuscript on
    #[arg(long, value_name = "DOC")]
    from_document: Option<String>,
    /// The document that it was taken from
    #[arg(long, value_name = "DOC", requires = "range")]
    source: Option<String>,
    /// Where in it, in UTF-16 units
    #[arg(long, value_name = "A-B", value_parser = range, requires = "source")]
    range: Option<(u64, u64)>,
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let ends = text.split_once('-').and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
    ends.ok_or_else(|| "two numbers with a hyphen between them: 120-180".to_owned())
}

/// A line of a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    key: Option<String>,
    text: Option<String>,
    speaker: Option<String>,
    time: Option<String>,
    session: Option<String>,
    kind: Option<String>,
    tags: Option<Vec<String>>,
    importance: Option<f64>,
    confidence: Option<f64>,
    valid: Option<Valid>,
    source: Option<Source>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Valid {
    from: Option<String>,
    until: Option<String>,
    from_document: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Source {
    document: String,
    range: (u64, u64),
}

impl Remember {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let Some(path) = self.from else {
            let fields = self.fields;
            let valid = [fields.valid_from, fields.valid_until].map(|time| time.map(|time| time.to_string()));
            let [from, until] = valid;
            let line = Line {
                key: fields.key,
                text: self.text,
                speaker: fields.speaker,
                time: fields.time,
                session: fields.session,
                kind: fields.kind,
                tags: Some(fields.tags),
                importance: fields.importance,
                confidence: fields.confidence,
                valid: Some(Valid { from, until, from_document: fields.from_document }),
                source: fields.source.zip(fields.range).map(|(document, range)| Source { document, range }),
            };
            let library = context.write_or_create()?;
            let memory = library.remember(&line.memory(&library)?)?;
            return context.output.answer(&Kept { memory: MemoryView::from(&memory) });
        };
        // Before the library is opened, and perhaps created.
        let text = whole_file(&path)?;
        let lines: Vec<(usize, Line)> = json_lines(&path, &text)?;
        let library = context.write_or_create()?;
        let memory = |(number, line): (usize, Line)| {
            line.memory(&library).map_err(|error| error.about(format!("{}: line {number}", path.display())))
        };
        let memories = lines.into_iter().map(memory).collect::<CliResult<Vec<NewMemory>>>()?;
        let done = progress::wait(library.remember_all(memories), "remembering", Unit::Memories)?;
        context.output.answer(&Many { remembered: done.keys.len() as u64, replaced: done.replaced })
    }
}

impl Line {
    fn memory(self, library: &Library) -> CliResult<NewMemory> {
        // What is empty is missing.
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let Some(text) = some(self.text) else {
            return Err(CliError::new(Code::InvalidArgument, "there is no text to remember"));
        };
        let valid = self.valid.unwrap_or_default();
        let time = |text: Option<String>| match some(text) {
            Some(text) => moment(&text)
                .map(Some)
                .map_err(|error| CliError::new(Code::InvalidArgument, error).about(text)),
            None => Ok(None),
        };
        let document = |name: &str| find(library, name).map(|document| document.id);
        Ok(NewMemory {
            key: some(self.key),
            text,
            kind: some(self.kind),
            speaker: some(self.speaker),
            time: some(self.time),
            session: some(self.session),
            tags: self.tags.unwrap_or_default(),
            importance: self.importance,
            confidence: self.confidence,
            validity: Validity {
                from: time(valid.from)?,
                until: time(valid.until)?,
                from_document: some(valid.from_document).map(|name| document(&name)).transpose()?,
            },
            source: match self.source {
                Some(Source { document: name, range: (start, end) }) => {
                    Some(SourceRange { document: document(&name)?, range: start..end })
                }
                None => None,
            },
        })
    }
}

/// All of a file, or of standard input.
pub(super) fn whole_file(path: &Path) -> CliResult<String> {
    let what = "memory_file_bytes";
    if path.as_os_str() == "-" {
        return text_file::whole(io::stdin().lock(), path, what, MEMORY_FILE_BYTES);
    }
    let file = File::open(path).map_err(|error| CliError::file(path, &error))?;
    text_file::whole(file, path, what, MEMORY_FILE_BYTES)
}

/// The values of a file with one on each line, by the numbers of their lines.
pub(super) fn json_lines<'a, T: Deserialize<'a>>(path: &Path, text: &'a str) -> CliResult<Vec<(usize, T)>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let value = |(number, line)| match serde_json::from_str(line) {
        Ok(value) => Ok((number, value)),
        Err(error) => {
            let error = CliError::new(Code::InvalidArgument, error.to_string()).with("line", number);
            Err(error.about(format!("{}: line {number}", path.display())))
        }
    };
    lines.map(value).collect()
}

#[derive(Serialize)]
struct Kept<'a> {
    memory: MemoryView<'a>,
}

impl Answer for Kept<'_> {
    fn render(&self, page: &mut Page) {
        match page.for_terminal() {
            true => page.line(format!("remembered as {}", page.bold(&escaped(self.memory.key)))),
            false => page.line(escaped(self.memory.key)),
        }
    }
}

#[derive(Serialize)]
struct Many {
    remembered: u64,
    replaced: u64,
}

impl Answer for Many {
    fn render(&self, page: &mut Page) {
        page.line(match self.remembered {
            0 => "nothing to remember".to_owned(),
            _ => counted(&[(self.remembered, "remembered"), (self.replaced, "of them replaced")]),
        });
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "A memory goes with all that it stands for; what was deleted before, and could be undone, goes too.\n\n\
    Examples:\n  writemagic forget mary/eyes\n  writemagic forget mary/eyes --undoable   until `writemagic memories --undo`"
)]
pub(crate) struct Forget {
    /// The memory's key
    #[arg(allow_hyphen_values = true)]
    key: String,
    /// Take it away in such a way that it can be brought back
    #[arg(long)]
    undoable: bool,
}

impl Forget {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.write()?;
        let forgotten = match self.undoable {
            true => library.delete_memory(&self.key),
            false => library.forget_memory(&self.key),
        };
        let forgotten = forgotten.map_err(|error| {
            let error = CliError::from(error);
            if error.code() == Some(Code::MemoryNotFound) { error.about(&self.key) } else { error }
        })?;
        context.output.answer(&Forgotten { forgotten })
    }
}

#[derive(Serialize)]
struct Forgotten {
    forgotten: Vec<String>,
}

impl Answer for Forgotten {
    fn render(&self, page: &mut Page) {
        for key in &self.forgotten {
            match page.for_terminal() {
                true => page.line(format!("forgot {}", page.bold(&escaped(key)))),
                false => page.line(escaped(key)),
            }
        }
    }
}
