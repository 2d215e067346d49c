//! `stats`: counts of files, without a library.
//!
//! Files are counted side by side, in blocks that split anywhere; a large one in larger blocks that end at line ends and
//! are divided among the cores. Memory holds a few blocks, however long the files are.

use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;
use serde::Serialize;
use writemagic::text::{StatsCounter, TextStats, UNICODE_VERSION};
use writemagic::{Error, MAIN_BRANCH, Operation, Progress};

use crate::context::{Context, find, find_version};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Column, Page, escaped, grouped, reading_time};
use crate::progress::{self, Unit};
use crate::text_file::{BLOCK, LINE, Skipped, Source, Unread, each_block, sources};

/// From so many bytes on a file is counted on every core.
const LARGE_FILE: u64 = 32 << 20;
/// Bytes of such a file that are read at a time.
const WIDE_BLOCK: usize = 16 << 20;

#[derive(Debug, Args)]
#[command(
    after_help = "Folders are read recursively: .md .markdown .mdown .txt .text; hidden files and symbolic links \
    are left out. Works on any UTF-8 text, without a library.\n\n\
    Examples:\n  writemagic stats chapter.md\n  writemagic stats ~/Novel\n  pbpaste | writemagic stats -\n  \
    writemagic stats 'Chapter 1' --at 'first draft'"
)]
pub(crate) struct Stats {
    /// Files and folders; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Count a document of the library as it was at a version: an id or the start of one, or a label
    #[arg(long, value_name = "VERSION")]
    at: Option<String>,
}

impl Stats {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        if let Some(version) = &self.at {
            let [document] = self.files.as_slice() else {
                return Err(CliError::usage("--at goes with one document"));
            };
            return context.output.answer(&count_version(context, &document.to_string_lossy(), version)?);
        }
        let sources = sources(&self.files)?;
        let operation = Operation::start(move |progress| Ok::<_, Error>(count_all(&sources, progress)));
        let report = progress::wait(operation, "counting", Unit::Bytes)??;
        context.output.answer(&report)
    }
}

/// Counts a document as it was.
fn count_version(context: &Context, name: &str, version: &str) -> CliResult<Report> {
    let library = context.read()?;
    let document = find(&library, name)?;
    let version = find_version(&library, document.id, MAIN_BRANCH, version)?;
    let stats = TextStats::of(&library.text_at(document.id, &version)?);
    Ok(Report {
        files: vec![Counts { path: document.title, stats }],
        total: stats,
        unicode_version: UNICODE_VERSION,
        skipped: Vec::new(),
    })
}

/// Counts all texts on every core; the answer keeps their order.
fn count_all(sources: &[Source], progress: &Progress) -> CliResult<Report> {
    progress.expect_more(sources.iter().map(Source::expected_bytes).sum());
    let counted: Vec<Result<TextStats, &str>> = sources
        .par_iter()
        .map_init(Vec::new, |held, source| source.answered(count(source, held, progress)))
        .collect::<CliResult<_>>()?;
    let mut report = Report {
        files: Vec::with_capacity(sources.len()),
        total: TextStats::default(),
        unicode_version: UNICODE_VERSION,
        skipped: Vec::new(),
    };
    for (source, counted) in sources.iter().zip(counted) {
        let path = source.shown();
        match counted {
            Ok(stats) => {
                report.total += stats;
                report.files.push(Counts { path, stats });
            }
            Err(reason) => report.skipped.push(Skipped { path, reason }),
        }
    }
    Ok(report)
}

fn count(source: &Source, held: &mut Vec<u8>, progress: &Progress) -> Result<TextStats, Unread> {
    if source.expected_bytes() < LARGE_FILE {
        return count_stream(&mut source.open()?, held, progress);
    }
    match count_wide(&mut source.open()?, held, progress) {
        // One endless line, which nothing divides.
        Err(Unread::TooLarge) => count_stream(&mut source.open()?, held, progress),
        counted => counted,
    }
}

/// Counts block by block on this thread.
fn count_stream(text: &mut impl Read, held: &mut Vec<u8>, progress: &Progress) -> Result<TextStats, Unread> {
    let mut counter = StatsCounter::new();
    held.resize(BLOCK, 0);
    loop {
        let read = match text.read(held) {
            Ok(0) => return counter.finish().map_err(|_| Unread::NotUtf8),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Unread::Unreadable(error)),
        };
        counter.push(held.get(..read).unwrap_or_default()).map_err(|_| Unread::NotUtf8)?;
        advance(progress, read)?;
    }
}

/// Counts the lines of each block on every core.
fn count_wide(text: &mut impl Read, held: &mut Vec<u8>, progress: &Progress) -> Result<TextStats, Unread> {
    let mut total = TextStats::default();
    each_block(text, held, WIDE_BLOCK, LINE, |lines, _| {
        total += TextStats::of_parallel(lines);
        advance(progress, lines.len())
    })?;
    Ok(total)
}

fn advance(progress: &Progress, bytes: usize) -> Result<(), Unread> {
    progress.advance(bytes as u64);
    progress.check().map_err(|_| Unread::Stopped(CliError::interrupted()))
}

#[derive(Serialize)]
struct Report {
    files: Vec<Counts>,
    total: TextStats,
    unicode_version: &'static str,
    skipped: Vec<Skipped>,
}

#[derive(Serialize)]
struct Counts {
    path: String,
    #[serde(flatten)]
    stats: TextStats,
}

impl Answer for Report {
    fn render(&self, page: &mut Page) {
        let terminal = page.for_terminal();
        let row = |name: String, stats: &TextStats| {
            let seconds = stats.reading_seconds();
            let plain = |number: u64| if terminal { grouped(number) } else { number.to_string() };
            vec![
                plain(stats.words),
                plain(stats.sentences),
                plain(stats.paragraphs),
                plain(stats.lines),
                plain(stats.graphemes),
                plain(stats.bytes),
                if terminal { reading_time(seconds) } else { seconds.to_string() },
                name,
            ]
        };
        let mut rows: Vec<_> = self.files.iter().map(|file| row(escaped(&file.path), &file.stats)).collect();
        if rows.len() > 1 {
            rows.push(row("total".to_owned(), &self.total));
        }
        let columns = [
            ("words", Column::Number),
            ("sentences", Column::Number),
            ("paragraphs", Column::Number),
            ("lines", Column::Number),
            ("characters", Column::Number),
            ("bytes", Column::Number),
            ("to read", Column::Number),
            ("file", Column::Fixed),
        ];
        if !rows.is_empty() {
            page.table(&columns, rows);
        }
        for left in self.skipped.iter().filter(|_| terminal) {
            page.line(format!("{}  {}", page.verdict(false, left.reason), escaped(&left.path)));
        }
    }
}
