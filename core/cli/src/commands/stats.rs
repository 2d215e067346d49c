//! `stats`: counts of files, without a library.
//!
//! Files are counted side by side, each in blocks that end at line ends, because counts are additive over lines: memory
//! holds a few blocks, however long the files are.

use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;
use serde::Serialize;
use writemagic::text::{TextStats, UNICODE_VERSION};
use writemagic::{Error, Operation, Progress};

use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Column, Page, escaped, grouped, reading_time};
use crate::progress::{self, Unit};
use crate::text_file::{BLOCK, LINE, Skipped, Source, Unread, each_block, sources};

#[derive(Debug, Args)]
#[command(
    after_help = "Folders are read recursively: .md .markdown .mdown .txt .text; hidden files and symbolic links \
    are left out. Works on any UTF-8 text, without a library.\n\n\
    Examples:\n  writemagic stats chapter.md\n  writemagic stats ~/Novel\n  pbpaste | writemagic stats -"
)]
pub(crate) struct Stats {
    /// Files and folders; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Stats {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let sources = sources(&self.files)?;
        let operation = Operation::start(move |progress| Ok::<_, Error>(count_all(&sources, progress)));
        let report = progress::wait(operation, "counting", Unit::Bytes)??;
        context.output.answer(&report)
    }
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
    let mut total = TextStats::default();
    each_block(&mut source.open()?, held, BLOCK, LINE, |lines, _| {
        total += TextStats::of(lines);
        progress.advance(lines.len() as u64);
        progress.check().map_err(|_| Unread::Stopped(CliError::interrupted()))
    })?;
    Ok(total)
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
