//! `segment`: the words, sentences or graphemes of files, one by one, without a library.
//!
//! A file is read twice: what is not UTF-8 is left out before the first of its segments is written. Standard input
//! cannot be read twice and is held in memory.

use std::io::{self, Read, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use writemagic::limits::DOCUMENT_BYTES;
use writemagic::text::segment;

use crate::context::Context;
use crate::errors::CliResult;
use crate::interrupt::Interruptible;
use crate::output::Stream;
use crate::page::escaped;
use crate::text_file::{BLOCK, LINE, Source, Unread, each_block, sources};

#[derive(Debug, Args)]
#[command(
    after_help = "Segments are those of Unicode Annex #29, each on a line, control characters escaped. With --json each \
    file is one line: {\"path\",\"segments\":[[start,end]]} in bytes, for words [start,end,is_word]; a file that is \
    not UTF-8 is {\"path\",\"skipped\"}. Folders are read recursively, as `stats` does.\n\n\
    Examples:\n  writemagic segment words chapter.md\n  writemagic --json segment sentences chapter.md\n  \
    printf '👩‍🚀e\u{301}' | writemagic segment graphemes -"
)]
pub(crate) struct Segment {
    /// What to divide the text into
    unit: SegmentUnit,
    /// Files and folders; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SegmentUnit {
    Words,
    Sentences,
    Graphemes,
}

impl Segment {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let interruptible = Interruptible::own();
        let sources = sources(&self.files)?;
        let mut held = Vec::with_capacity(BLOCK);
        let mut out = context.output.stream();
        for source in &sources {
            let written = match source {
                Source::StandardInput => self.write_input(&mut held, &mut out, &interruptible),
                _ => self.write_file(source, &mut held, &mut out, &interruptible),
            };
            if let Err(reason) = source.answered(written)? {
                left_out(&mut out, &source.shown(), reason)?;
            }
        }
        out.finish()
    }

    fn write_file(
        &self,
        source: &Source,
        held: &mut Vec<u8>,
        out: &mut Stream,
        interruptible: &Interruptible,
    ) -> Result<(), Unread> {
        each_block(&mut source.open()?, held, BLOCK, LINE, |_, _| {
            interruptible.check().map_err(Unread::Stopped)
        })?;
        self.write(&source.shown(), &mut source.open()?, held, out, interruptible)
    }

    fn write_input(
        &self,
        held: &mut Vec<u8>,
        out: &mut Stream,
        interruptible: &Interruptible,
    ) -> Result<(), Unread> {
        let mut all = Vec::new();
        io::stdin().take(DOCUMENT_BYTES + 1).read_to_end(&mut all).map_err(Unread::Unreadable)?;
        if all.len() as u64 > DOCUMENT_BYTES {
            return Err(Unread::TooLarge);
        }
        writemagic::text::utf8::validate(&all).map_err(|_| Unread::NotUtf8)?;
        self.write("-", &mut all.as_slice(), held, out, interruptible)
    }

    /// Writes the segments of one text.
    fn write(
        &self,
        path: &str,
        text: &mut impl Read,
        held: &mut Vec<u8>,
        out: &mut Stream,
        interruptible: &Interruptible,
    ) -> Result<(), Unread> {
        let json = out.json();
        if json {
            out.put(|line| {
                line.write_all(b"{\"path\":")?;
                serde_json::to_writer(&mut *line, path)?;
                line.write_all(b",\"segments\":[")
            })
            .map_err(Unread::Stopped)?;
        }
        let mut first = true;
        each_block(text, held, BLOCK, LINE, |lines, place| {
            interruptible.check().map_err(Unread::Stopped)?;
            for (start, end, is_word) in self.segments(lines) {
                let segment = lines.get(start..end).unwrap_or_default();
                let (start, end) = (place + start as u64, place + end as u64);
                let comma = if std::mem::take(&mut first) { "" } else { "," };
                out.put(|line| match (json, is_word) {
                    (false, _) => writeln!(line, "{}", escaped(segment)),
                    (true, None) => write!(line, "{comma}[{start},{end}]"),
                    (true, Some(is_word)) => write!(line, "{comma}[{start},{end},{is_word}]"),
                })
                .map_err(Unread::Stopped)?;
            }
            Ok(())
        })?;
        if json { out.put(|line| line.write_all(b"]}\n")).map_err(Unread::Stopped) } else { Ok(()) }
    }

    /// Start and end of each segment in bytes, and for words whether it is one.
    fn segments<'t>(&self, text: &'t str) -> Box<dyn Iterator<Item = (usize, usize, Option<bool>)> + 't> {
        match self.unit {
            SegmentUnit::Words => Box::new(
                segment::words(text).map(|word| (word.range.start, word.range.end, Some(word.is_word))),
            ),
            SegmentUnit::Sentences => {
                Box::new(segment::sentences(text).map(|range| (range.start, range.end, None)))
            }
            SegmentUnit::Graphemes => {
                Box::new(segment::graphemes(text).map(|range| (range.start, range.end, None)))
            }
        }
    }
}

fn left_out(out: &mut Stream, path: &str, reason: &str) -> CliResult<()> {
    if !out.json() {
        // Other programs read segments only; a person is told beside them.
        return out.aside(&format!("{}: left out ({reason})", escaped(path)));
    }
    out.put(|line| {
        serde_json::to_writer(&mut *line, &serde_json::json!({ "path": path, "skipped": reason }))?;
        line.write_all(b"\n")
    })
}
