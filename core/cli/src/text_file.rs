//! Text files that a command line names, outside any library: finding them, and reading them in blocks.
//!
//! `stats` and `segment` take the same files: any valid UTF-8 as it is, NUL and byte order mark included. A file is
//! never mapped, because it may change under us; blocks end at line ends, where every kind of segment ends too.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use writemagic::limits;
use writemagic::text::utf8;

use crate::errors::{CliError, CliResult};
use crate::page::escaped;

/// Bytes that are read at a time.
pub(crate) const BLOCK: usize = 1 << 20;
/// The longest line, in bytes: it is held in memory as a whole.
pub(crate) const LINE: usize = 1 << 30;
/// The files that are read in folders, by the end of their names in any case.
const EXTENSIONS: [&str; 5] = ["md", "markdown", "mdown", "txt", "text"];

/// Where a text comes from.
#[derive(Debug)]
pub(crate) enum Source {
    StandardInput,
    /// Stands on the command line: it must be readable.
    Named(PathBuf),
    /// Lies in a folder that stands there.
    Found(PathBuf),
    /// Found, and left out for this reason.
    LeftOut(PathBuf, &'static str),
}

/// A text that is left out of the answer, and why.
#[derive(Debug, Serialize)]
pub(crate) struct Skipped {
    pub(crate) path: String,
    pub(crate) reason: &'static str,
}

/// Why a text cannot be read to its end.
#[derive(Debug)]
pub(crate) enum Unread {
    NotUtf8,
    /// One of its lines is longer than the limit.
    TooLarge,
    Unreadable(io::Error),
    /// Whoever reads wants no more.
    Stopped(CliError),
}

/// All of a text that is called `name`, of at most `limit` bytes; `what` says what there is too much of.
pub(crate) fn whole(source: impl Read, name: &Path, what: &'static str, limit: u64) -> CliResult<String> {
    let mut bytes = Vec::new();
    let read = source.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| CliError::file(name, &error))?;
    if bytes.len() as u64 > limit {
        return Err(CliError::over_limit(what, bytes.len() as u64, limit));
    }
    match utf8::validate(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(CliError::not_utf8(&escaped(&name.display().to_string()), error.offset)),
    }
}

/// The texts that these paths name, in their order, folders replaced by the text files below them by path; `-` is
/// standard input.
pub(crate) fn sources(paths: &[PathBuf]) -> CliResult<Vec<Source>> {
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push(Source::StandardInput);
        } else if fs::metadata(path).map_err(|error| CliError::file(path, &error))?.is_dir() {
            walk(path, 0, &mut found)?;
        } else {
            found.push(Source::Named(path.clone()));
        }
    }
    Ok(found)
}

/// Collects the text files below `folder`, sorted by path.
fn walk(folder: &Path, depth: u64, found: &mut Vec<Source>) -> CliResult<()> {
    if depth > limits::IMPORT_DEPTH {
        found.push(Source::LeftOut(folder.to_owned(), "too_deep"));
        return Ok(());
    }
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) if depth == 0 => return Err(CliError::file(folder, &error)),
        Err(_) => {
            found.push(Source::LeftOut(folder.to_owned(), "unreadable"));
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
            Ok(kind) if kind.is_dir() => walk(&path, depth + 1, found)?,
            Ok(kind) if kind.is_file() && has_text_extension(&path) => found.push(Source::Found(path)),
            Ok(_) => {}
            Err(_) => found.push(Source::LeftOut(path, "unreadable")),
        }
    }
    Ok(())
}

fn has_text_extension(path: &Path) -> bool {
    let Some(extension) = path.extension() else { return false };
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

impl Source {
    /// The path as the answer shows it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Source::StandardInput => "-".to_owned(),
            Source::Named(path) | Source::Found(path) | Source::LeftOut(path, _) => {
                path.to_string_lossy().into_owned()
            }
        }
    }

    /// How many bytes it has, as far as the system knows before reading.
    pub(crate) fn expected_bytes(&self) -> u64 {
        match self {
            Source::Named(path) | Source::Found(path) => fs::metadata(path).map_or(0, |data| data.len()),
            Source::StandardInput | Source::LeftOut(..) => 0,
        }
    }

    /// Opens it. `Err` is what [`answered`](Self::answered) understands.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>, Unread> {
        match self {
            Source::StandardInput => Ok(Box::new(io::stdin())),
            Source::Named(path) | Source::Found(path) => {
                Ok(Box::new(File::open(path).map_err(Unread::Unreadable)?))
            }
            Source::LeftOut(..) => Err(Unread::Unreadable(io::ErrorKind::Unsupported.into())),
        }
    }

    /// What reading this text came to: an answer, a reason to leave it out, or the end of the command.
    pub(crate) fn answered<T>(&self, read: Result<T, Unread>) -> CliResult<Result<T, &'static str>> {
        match (read, self) {
            (Ok(answer), _) => Ok(Ok(answer)),
            (Err(Unread::NotUtf8), _) => Ok(Err("not_utf8")),
            (Err(Unread::TooLarge), _) => Ok(Err("too_large")),
            (Err(Unread::Stopped(error)), _) => Err(error),
            (Err(Unread::Unreadable(_)), Source::Found(_)) => Ok(Err("unreadable")),
            (Err(Unread::Unreadable(_)), Source::LeftOut(_, reason)) => Ok(Err(reason)),
            (Err(Unread::Unreadable(error)), Source::Named(path)) => Err(CliError::file(path, &error)),
            (Err(Unread::Unreadable(error)), Source::StandardInput) => {
                Err(CliError::file("standard input".as_ref(), &error))
            }
        }
    }
}

/// Reads all of `source` in blocks of about `block` bytes that end at line ends, or at the end of the text; `visit` gets
/// each with its place in bytes. `held` is the memory for it, used again from file to file.
pub(crate) fn each_block(
    source: &mut impl Read,
    held: &mut Vec<u8>,
    block: usize,
    longest_line: usize,
    mut visit: impl FnMut(&str, u64) -> Result<(), Unread>,
) -> Result<(), Unread> {
    let mut place = 0;
    // The start of a line whose end has not been read yet, and behind it what is read next.
    held.clear();
    loop {
        let seen = held.len();
        let read = source.take(block as u64).read_to_end(held).map_err(Unread::Unreadable)?;
        let complete = match held.iter().skip(seen).rposition(|byte| *byte == b'\n') {
            _ if read == 0 => held.len(),
            Some(end) => seen + end + 1,
            None if held.len() > longest_line => return Err(Unread::TooLarge),
            None => 0,
        };
        let lines = held.get(..complete).unwrap_or_default();
        visit(utf8::validate(lines).map_err(|_| Unread::NotUtf8)?, place)?;
        if read == 0 {
            return Ok(());
        }
        place += complete as u64;
        held.drain(..complete);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], block: usize, longest_line: usize) -> Result<String, Unread> {
        let mut all = String::new();
        each_block(&mut &text[..], &mut Vec::new(), block, longest_line, |lines, place| {
            assert_eq!(place, all.len() as u64);
            assert!(all.is_empty() || lines.is_empty() || all.ends_with('\n'), "blocks begin with a line");
            all.push_str(lines);
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn blocks_of_any_size_are_the_whole_text() {
        let text = "Grüße, 世界!\r\n\r\nÀ bientôt 👩\u{200d}🚀.\nlast line without an end — é";
        for block in 1..=text.len() + 1 {
            assert_eq!(read(text.as_bytes(), block, LINE).unwrap(), text, "blocks of {block} bytes");
        }
    }

    #[test]
    fn a_broken_sequence_is_noticed_in_every_block() {
        for text in [&b"good\nbad \xff\nmore"[..], b"cut \xe4\xb8", b"\xe4\n\xb8\x96"] {
            for block in 1..=text.len() + 1 {
                assert!(matches!(read(text, block, LINE), Err(Unread::NotUtf8)), "blocks of {block} bytes");
            }
        }
    }

    #[test]
    fn a_line_over_the_limit_is_refused_and_one_below_is_not() {
        let line = "x".repeat(20);
        assert_eq!(read(line.as_bytes(), 4, 20).unwrap(), line);
        assert!(matches!(read(line.as_bytes(), 4, 19), Err(Unread::TooLarge)));
        let lines = format!("{line}\n").repeat(9);
        assert_eq!(read(lines.as_bytes(), 4, 20).unwrap(), lines);
    }
}
