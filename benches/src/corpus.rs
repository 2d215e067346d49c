//! Folders of Markdown files as people have them: what imports read, and what apps without an engine list.

use std::fs::{File as Handle, FileTimes};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;

use crate::notes::Vocabulary;

/// Bytes of an ordinary note, on average.
const NOTE_BYTES: usize = 1_000;
const PER_FOLDER: u64 = 1_000;
/// 2020-01-01; files are "changed" in a scattered order during the years after it.
const FIRST_CHANGE: u64 = 1_577_836_800;

/// A file of a corpus.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// Last change, in seconds since 1970.
    pub(crate) modified: i64,
}

/// How long note `number` of the library is, in bytes: 500 to 1,300, to which its last paragraph adds some.
pub(crate) fn note_bytes(number: u64) -> usize {
    let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    NOTE_BYTES / 2 + spread as usize % (NOTE_BYTES * 4 / 5)
}

/// Writes `count` notes below `folder`, a thousand in each folder; gives their bytes.
pub(crate) fn write_notes(folder: &Path, vocabulary: &Vocabulary, count: u64) -> Result<u64> {
    let mut bytes = 0;
    for number in 0..count {
        let note = vocabulary.note(number, note_bytes(number));
        bytes += write(folder, &format!("{number:06}"), number, &note.text)?;
    }
    Ok(bytes)
}

/// Writes half of `bytes` as long texts of 10 MB and half as notes of 10 KB; gives the bytes written and the
/// number of files.
pub(crate) fn write_mixed(folder: &Path, vocabulary: &Vocabulary, bytes: u64) -> Result<(u64, u64)> {
    let (mut written, mut number) = (0, 0);
    for (size, until) in [(10_000_000.min(bytes / 10), bytes / 2), (10_000, bytes)] {
        while written < until {
            let note = vocabulary.note(number, size as usize);
            written += write(folder, &format!("{number:06}"), number, &note.text)?;
            number += 1;
        }
    }
    Ok((written, number))
}

fn write(folder: &Path, name: &str, number: u64, text: &str) -> Result<u64> {
    let folder = folder.join(format!("{:03}", number / PER_FOLDER));
    if number.is_multiple_of(PER_FOLDER) {
        std::fs::create_dir_all(&folder)?;
    }
    let mut file = Handle::create(folder.join(name).with_extension("md"))?;
    file.write_all(text.as_bytes())?;
    let seconds = FIRST_CHANGE + number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 150_000_000;
    file.set_times(FileTimes::new().set_modified(UNIX_EPOCH + Duration::from_secs(seconds)))?;
    Ok(text.len() as u64)
}

/// Every file of a corpus, folder by folder.
pub(crate) fn files(folder: &Path) -> Result<impl Iterator<Item = Result<File>>> {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    folders.sort();
    let listings = folders.into_iter().map(|folder| -> Result<Vec<Result<File>>> {
        let file = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry?;
            let modified = entry.metadata()?.modified()?;
            Ok(File { path: entry.path(), modified: seconds(modified) })
        };
        Ok(std::fs::read_dir(folder)?.map(file).collect())
    });
    Ok(listings.flat_map(|listing| listing.unwrap_or_else(|error| vec![Err(error)])))
}

fn seconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// What stands in a note's heading.
pub(crate) fn title_of(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_start_matches("# ")
}

/// The newest `limit` files of a folder, as an app without a database finds them: every file's time is asked for.
pub(crate) fn first_page(folder: &Path, limit: usize) -> Result<u64> {
    let mut files = files(folder)?.collect::<Result<Vec<_>>>()?;
    files.sort_unstable_by_key(|file| std::cmp::Reverse(file.modified));
    files.truncate(limit);
    let titles: Vec<_> = files.iter().filter_map(|file| file.path.file_stem()).collect();
    Ok(std::hint::black_box(titles).len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_holds_what_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = write_notes(folder.path(), &Vocabulary::new(), 1_200).unwrap();
        assert!((900_000..1_400_000).contains(&bytes), "{bytes}");
        let files: Vec<File> = files(folder.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1_200);
        let on_disk: u64 = files.iter().map(|file| file.path.metadata().unwrap().len()).sum();
        assert_eq!(on_disk, bytes);
        assert_eq!(first_page(folder.path(), 50).unwrap(), 50);
    }

    #[test]
    fn a_mixed_corpus_is_half_long_texts() {
        let folder = tempfile::tempdir().unwrap();
        let (bytes, count) = write_mixed(folder.path(), &Vocabulary::new(), 2_000_000).unwrap();
        assert!((2_000_000..2_300_000).contains(&bytes), "{bytes}");
        assert!((90..110).contains(&count), "{count}");
    }
}
