//! Zip files that are the same whenever they hold the same: names in order, no times, the plain format of 1989.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// What a zip file holds, by the paths in it.
pub(crate) type Entries = BTreeMap<String, Vec<u8>>;

const LOCAL: u32 = 0x0403_4B50;
const CENTRAL: u32 = 0x0201_4B50;
const END: u32 = 0x0605_4B50;
/// The version of the format that knows folders and deflated entries.
const VERSION: u16 = 20;
const UTF_8: u16 = 1 << 11;
const DEFLATED: u16 = 8;
/// The first day that the format can say: 1 January 1980, midnight.
const TIME: u32 = (1 << 5 | 1) << 16;

/// The zip file of these entries. Fails for more than the plain format can hold: 65,535 entries, 4 GiB.
pub(crate) fn pack(entries: &Entries) -> Result<Vec<u8>> {
    let count = u16::try_from(entries.len())?;
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for (path, bytes) in entries {
        let mut crc = Crc::new();
        crc.update(bytes);
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
        deflated.write_all(bytes)?;
        let deflated = deflated.finish()?;

        // What stands before the entry, and again in the directory at the end.
        let mut both = Vec::new();
        for half in [VERSION, UTF_8, DEFLATED] {
            both.extend(half.to_le_bytes());
        }
        let sizes = [u32::try_from(deflated.len())?, u32::try_from(bytes.len())?];
        for word in [TIME, crc.sum(), sizes[0], sizes[1]] {
            both.extend(word.to_le_bytes());
        }
        both.extend(u16::try_from(path.len())?.to_le_bytes());
        both.extend([0; 2]);

        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&both);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(zip.len())?.to_le_bytes());
        directory.extend(path.as_bytes());

        zip.extend(LOCAL.to_le_bytes());
        zip.extend(both);
        zip.extend(path.as_bytes());
        zip.extend(deflated);
    }
    let (at, length) = (u32::try_from(zip.len())?, u32::try_from(directory.len())?);
    zip.extend(directory);
    zip.extend(END.to_le_bytes());
    zip.extend([0; 4]);
    zip.extend([count, count].into_iter().flat_map(u16::to_le_bytes));
    zip.extend([at, length].into_iter().rev().flat_map(u32::to_le_bytes));
    zip.extend([0; 2]);
    ensure!(u32::try_from(zip.len()).is_ok(), "a zip file of more than 4 GiB");
    Ok(zip)
}

/// All files below `folder`, by their paths from there, with `/` between the names.
pub(crate) fn read_folder(folder: &Path) -> Result<Entries> {
    let mut entries = Entries::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, path)) = folders.pop() {
        let listed = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in listed {
            let entry = entry?;
            let path = format!("{path}{}", entry.file_name().to_str().context("a name that is not UTF-8")?);
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), path + "/"));
            } else {
                entries.insert(path, fs::read(entry.path())?);
            }
        }
    }
    Ok(entries)
}

/// What a zip file of [`pack`] holds, read from its directory, with every checksum proven.
#[cfg(test)]
pub(crate) fn unpack(zip: &[u8]) -> Entries {
    use flate2::write::DeflateDecoder;
    let number = |at: usize, bytes: usize| {
        zip[at..at + bytes].iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let end = zip.len() - 22;
    assert_eq!(number(end, 4), END as usize);
    let (count, length, mut at) = (number(end + 10, 2), number(end + 12, 4), number(end + 16, 4));
    assert_eq!(at + length, end);
    let mut entries = Entries::new();
    for _ in 0..count {
        assert_eq!(number(at, 4), CENTRAL as usize);
        let name = &zip[at + 46..at + 46 + number(at + 28, 2)];
        let local = number(at + 42, 4);
        assert_eq!(number(local, 4), LOCAL as usize);
        assert_eq!(zip[local + 4..local + 30], zip[at + 6..at + 32]);
        assert_eq!(&zip[local + 30..local + 30 + name.len()], name);
        let start = local + 30 + name.len();
        let mut plain = DeflateDecoder::new(Vec::new());
        plain.write_all(&zip[start..start + number(at + 20, 4)]).unwrap();
        let plain = plain.finish().unwrap();
        let mut crc = Crc::new();
        crc.update(&plain);
        assert_eq!((crc.sum() as usize, plain.len()), (number(at + 16, 4), number(at + 24, 4)));
        assert!(entries.insert(String::from_utf8(name.to_vec()).unwrap(), plain).is_none());
        at += 46 + name.len();
    }
    assert_eq!(at, end);
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_packs_to_the_same_bytes_whatever_the_times_of_its_files() {
        let packed = || {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir_all(folder.path().join("a/b")).unwrap();
            for (name, text) in [("z", "last"), ("a/b/c", "inner"), ("a/empty", "")] {
                fs::write(folder.path().join(name), text).unwrap();
            }
            let old = fs::File::options().write(true).open(folder.path().join("z")).unwrap();
            old.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
            (pack(&read_folder(folder.path()).unwrap()).unwrap(), folder)
        };
        let (one, first) = packed();
        fs::write(first.path().join("z"), "last").unwrap();
        assert_eq!(pack(&read_folder(first.path()).unwrap()).unwrap(), one);
        assert_eq!(packed().0, one);
        let names: Vec<_> = unpack(&one).into_keys().collect();
        assert_eq!(names, ["a/b/c", "a/empty", "z"]);
    }
}
