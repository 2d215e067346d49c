//! `stats`: counts of files, without a library.
//!
//! Files are read in pieces that end at line ends, because counts are additive over lines: memory holds one
//! piece, however long the file is.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use writemagic::limits;
use writemagic::text::{TextStats, UNICODE_VERSION};

use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Column, Page, escaped, grouped, reading_time};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;
/// The longest line, in bytes: it is held in memory as a whole.
const LINE: usize = 1 << 30;
/// The files that are counted in folders, by the end of their names in any case.
const EXTENSIONS: [&str; 5] = ["md", "markdown", "mdown", "txt", "text"];

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
        let mut found = Vec::new();
        let mut skipped = Vec::new();
        for path in &self.files {
            if path.as_os_str() == "-" {
                found.push(Source::StandardInput);
                continue;
            }
            if fs::metadata(path).map_err(|error| CliError::file(path, &error))?.is_dir() {
                let mut below = Vec::new();
                walk(path, 0, &mut below, &mut skipped)?;
                found.extend(below.into_iter().map(Source::Found));
            } else {
                found.push(Source::Named(path.clone()));
            }
        }
        let mut files = Vec::with_capacity(found.len());
        let mut total = TextStats::default();
        for source in found {
            match source.count()? {
                Counted::Text(stats) => {
                    total += stats;
                    files.push(Counts { path: source.shown(), stats });
                }
                Counted::Skipped(reason) => skipped.push(Skipped { path: source.shown(), reason }),
            }
        }
        context.output.answer(&Report { files, total, unicode_version: UNICODE_VERSION, skipped })
    }
}

/// Collects the text files below `folder`, sorted by path.
fn walk(folder: &Path, depth: u64, found: &mut Vec<PathBuf>, skipped: &mut Vec<Skipped>) -> CliResult<()> {
    let skip = |path: &Path, reason| Skipped { path: path.to_string_lossy().into_owned(), reason };
    if depth > limits::IMPORT_DEPTH {
        skipped.push(skip(folder, "too_deep"));
        return Ok(());
    }
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) if depth == 0 => return Err(CliError::file(folder, &error)),
        Err(_) => {
            skipped.push(skip(folder, "unreadable"));
            return Ok(());
        }
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&path, depth + 1, found, skipped)?,
            Ok(kind) if kind.is_file() && has_text_extension(&path) => found.push(path),
            Ok(_) => {}
            Err(_) => skipped.push(skip(&path, "unreadable")),
        }
    }
    Ok(())
}

fn has_text_extension(path: &Path) -> bool {
    let Some(extension) = path.extension() else { return false };
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

enum Source {
    StandardInput,
    /// Stands on the command line: it must be readable.
    Named(PathBuf),
    /// Lies in a folder that stands there.
    Found(PathBuf),
}

enum Counted {
    Text(TextStats),
    Skipped(&'static str),
}

impl Source {
    fn shown(&self) -> String {
        match self {
            Source::StandardInput => "-".to_owned(),
            Source::Named(path) | Source::Found(path) => path.to_string_lossy().into_owned(),
        }
    }

    fn count(&self) -> CliResult<Counted> {
        let counted = match self {
            Source::StandardInput => count(&mut io::stdin().lock(), PIECE, LINE),
            Source::Named(path) | Source::Found(path) => File::open(path)
                .map_err(Uncounted::Unreadable)
                .and_then(|mut file| count(&mut file, PIECE, LINE)),
        };
        match (counted, self) {
            (Ok(stats), _) => Ok(Counted::Text(stats)),
            (Err(Uncounted::NotUtf8), _) => Ok(Counted::Skipped("not_utf8")),
            (Err(Uncounted::TooLarge), _) => Ok(Counted::Skipped("too_large")),
            (Err(Uncounted::Unreadable(_)), Source::Found(_)) => Ok(Counted::Skipped("unreadable")),
            (Err(Uncounted::Unreadable(error)), Source::Named(path)) => Err(CliError::file(path, &error)),
            (Err(Uncounted::Unreadable(error)), Source::StandardInput) => {
                Err(CliError::file("standard input".as_ref(), &error))
            }
        }
    }
}

/// Why a text has no counts.
#[derive(Debug)]
enum Uncounted {
    NotUtf8,
    /// One of its lines is longer than [`LINE`].
    TooLarge,
    Unreadable(io::Error),
}

/// Counts everything that `source` gives, `piece` bytes at a time; a line may have `longest_line` bytes and one piece.
fn count(source: &mut impl Read, piece: usize, longest_line: usize) -> Result<TextStats, Uncounted> {
    let mut total = TextStats::default();
    // The start of a line whose end has not been read yet, and behind it what is read next.
    let mut held: Vec<u8> = Vec::with_capacity(piece);
    loop {
        let seen = held.len();
        let read = source.take(piece as u64).read_to_end(&mut held).map_err(Uncounted::Unreadable)?;
        let complete = match held.iter().skip(seen).rposition(|byte| *byte == b'\n') {
            _ if read == 0 => held.len(),
            Some(end) => seen + end + 1,
            None if held.len() > longest_line => return Err(Uncounted::TooLarge),
            None => 0,
        };
        let (lines, rest) = held.split_at(complete);
        total += TextStats::of(std::str::from_utf8(lines).map_err(|_| Uncounted::NotUtf8)?);
        if read == 0 {
            return Ok(total);
        }
        let rest = rest.len();
        held.copy_within(complete.., 0);
        held.truncate(rest);
    }
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

#[derive(Serialize)]
struct Skipped {
    path: String,
    reason: &'static str,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_size_count_the_same() {
        let text = "Grüße, 世界!\r\n\r\nÀ bientôt 👩\u{200d}🚀.\nlast line without an end — é";
        let whole = TextStats::of(text);
        for piece in 1..=text.len() + 1 {
            let counted = count(&mut text.as_bytes(), piece, LINE).unwrap();
            assert_eq!(counted, whole, "pieces of {piece} bytes");
        }
    }

    #[test]
    fn a_broken_sequence_is_noticed_in_every_piece() {
        for text in [&b"good\nbad \xff\nmore"[..], b"cut \xe4\xb8", b"\xe4\n\xb8\x96"] {
            for piece in 1..=text.len() + 1 {
                let counted = count(&mut &text[..], piece, LINE);
                assert!(matches!(counted, Err(Uncounted::NotUtf8)), "pieces of {piece} bytes");
            }
        }
    }

    #[test]
    fn a_line_over_the_limit_is_refused_and_one_below_is_not() {
        let line = "x".repeat(20);
        assert_eq!(count(&mut line.as_bytes(), 4, 20).unwrap().words, 1);
        assert!(matches!(count(&mut line.as_bytes(), 4, 19), Err(Uncounted::TooLarge)));
        let lines = format!("{line}\n").repeat(9);
        assert_eq!(count(&mut lines.as_bytes(), 4, 20).unwrap().lines, 9);
    }
}
