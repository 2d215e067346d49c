//! Files as they should be, files that are not, and those who share them.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, io, thread};

use proptest::prelude::*;
use tempfile::{TempDir, tempdir};

use super::header::Header;
use super::*;
use crate::error::{Code, Coded as _};

const KIND: Kind = Kind(*b"TEST");
const NO_LIMIT: u64 = u64::MAX;

fn write(place: &Path, payload: &[u8]) {
    let mut writer = Writer::create(place, KIND).unwrap();
    writer.write_all(payload).unwrap();
    writer.finish().unwrap();
}

fn written(payload: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let place = folder.path().join("table");
    write(&place, payload);
    (folder, place)
}

fn open(place: &Path) -> Result<Vec<u8>, MapError> {
    MappedFile::open(place, KIND, NO_LIMIT).map(|file| file.payload().to_vec())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_payload_is_mapped_as_it_was_written_at_an_aligned_address() {
    for length in [0, 1, 63, 64, 65, 4096, 100_000, 5 << 20] {
        let payload: Vec<u8> = (0..length).map(|i: usize| ((i * 31) >> 3) as u8).collect();
        let (folder, place) = written(&payload);
        let file = MappedFile::open(&place, KIND, length as u64).unwrap();
        assert_eq!(file.payload(), payload);
        assert_eq!(file.payload().as_ptr() as usize % ALIGNMENT, 0);
        assert_eq!(names(folder.path()), ["table"]);
    }
}

#[test]
fn a_payload_may_come_in_pieces_of_any_size() {
    let (_folder, place) = written(b"");
    let mut writer = Writer::create(&place, KIND).unwrap();
    let mut payload = Vec::new();
    for size in [1, 0, 65_535, 3, 65_536, 200_000, 7] {
        let piece = vec![size as u8; size];
        writer.write_all(&piece).unwrap();
        payload.extend_from_slice(&piece);
    }
    writer.flush().unwrap();
    writer.finish().unwrap();
    assert_eq!(open(&place), Ok(payload));
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let (_folder, place) = written(b"some payload");
    let whole = fs::read(&place).unwrap();
    for length in 0..whole.len() {
        fs::write(&place, &whole[..length]).unwrap();
        let found = length as u64;
        let expected = match length {
            0..64 => MapError::TooShort { length: found },
            _ => MapError::LengthDiffers { expected: 12, found: found - 64 },
        };
        assert_eq!(open(&place), Err(expected));
        assert_eq!(expected.code(), Code::LibraryCorrupt);
    }
    fs::write(&place, [whole.as_slice(), b"x"].concat()).unwrap();
    assert_eq!(open(&place), Err(MapError::LengthDiffers { expected: 12, found: 13 }));
}

#[test]
fn any_flipped_bit_is_found() {
    let (_folder, place) = written(b"payload");
    let mut bytes = fs::read(&place).unwrap();
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&place, &bytes).unwrap();
        let error = open(&place).unwrap_err();
        let named = match bit / 8 {
            0..8 => error == MapError::WrongMagic,
            8..12 => matches!(error, MapError::WrongVersion { .. }),
            12..64 => error == MapError::HeaderDamaged,
            _ => error == MapError::ChecksumDiffers,
        };
        assert!(named, "bit {bit}: {error:?}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    fs::write(&place, &bytes).unwrap();
    assert_eq!(open(&place), Ok(b"payload".to_vec()));
}

#[test]
fn a_flipped_bit_deep_in_a_long_payload_is_found() {
    let (_folder, place) = written(&vec![7; 3 << 20]);
    let mut bytes = fs::read(&place).unwrap();
    for at in [64, 1 << 20, (2 << 20) + 63, bytes.len() - 1] {
        bytes[at] ^= 1;
        fs::write(&place, &bytes).unwrap();
        assert_eq!(open(&place), Err(MapError::ChecksumDiffers));
        bytes[at] ^= 1;
    }
}

#[test]
fn what_is_no_such_file_is_named() {
    let folder = tempdir().unwrap();
    let missing = open(&folder.path().join("missing")).unwrap_err();
    assert!(matches!(missing, MapError::Io { kind: io::ErrorKind::NotFound, .. }));
    assert_eq!(missing.code(), Code::PathNotFound);
    #[cfg(unix)]
    assert_eq!(open(folder.path()), Err(MapError::NotAFile));
    let place = folder.path().join("a file of text");
    fs::write(&place, "It was a dark and stormy night, and nobody had written a header that evening.")
        .unwrap();
    assert_eq!(open(&place), Err(MapError::WrongMagic));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting_for_its_writer() {
    let folder = tempdir().unwrap();
    let place = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&place).status().unwrap().success());
    assert_eq!(open(&place), Err(MapError::NotAFile));
}

#[test]
fn another_kind_and_a_later_layout_are_told_from_damage() {
    let (_folder, place) = written(b"x");
    let other = MappedFile::open(&place, Kind(*b"TES2"), NO_LIMIT).unwrap_err();
    assert_eq!((other, other.code()), (MapError::WrongKind, Code::InvalidArgument));

    let mut bytes = fs::read(&place).unwrap();
    bytes[8] = 2;
    fs::write(&place, bytes).unwrap();
    let later = open(&place).unwrap_err();
    assert_eq!((later, later.code()), (MapError::WrongVersion { found: 2 }, Code::LibraryTooNew));
}

#[test]
fn a_payload_may_be_as_large_as_the_limit_and_no_larger() {
    let (_folder, place) = written(&[0; 100]);
    assert!(MappedFile::open(&place, KIND, 100).is_ok());
    let error = MappedFile::open(&place, KIND, 99).unwrap_err();
    assert_eq!((error, error.code()), (MapError::TooLarge { length: 100, limit: 99 }, Code::LimitExceeded));
    // Before a byte of it is read or mapped.
    File::options().write(true).open(&place).unwrap().set_len(64 + (1 << 40)).unwrap();
    let error = MappedFile::open(&place, KIND, 1 << 30).unwrap_err();
    assert_eq!(error, MapError::TooLarge { length: 1 << 40, limit: 1 << 30 });
}

#[test]
fn the_format_stays_what_it_is() {
    let (_folder, place) = written(b"abc");
    let bytes = fs::read(&place).unwrap();
    assert_eq!(bytes[..24], *b"\x97WMmap\r\n\x01\0\0\0TEST\x03\0\0\0\0\0\0\0");
    // Computed by a CRC-32C of another hand, bit by bit.
    assert_eq!(bytes[24..28], 0x364B_3FB7_u32.to_le_bytes());
    assert_eq!(bytes[28..60], [0; 32]);
    assert_eq!(bytes[60..], [0xC50D_4653_u32.to_le_bytes().as_slice(), b"abc"].concat());
}

#[test]
fn messages_and_details_name_no_file() {
    let folder = tempdir().unwrap();
    let place = folder.path().join("a secret title");
    for error in [open(&place).unwrap_err(), Writer::create(&place.join("x"), KIND).unwrap_err()] {
        let said = format!("{error} {error:?} {:?}", error.details());
        assert!(!said.contains("secret") && !said.contains("tmp"), "{said}");
    }
}

#[test]
fn a_mapped_file_stays_as_it_was_while_another_takes_its_place() {
    let (_folder, place) = written(b"old");
    let old = MappedFile::open(&place, KIND, NO_LIMIT).unwrap();
    write(&place, b"newer");
    assert_eq!(old.payload(), b"old");
    assert_eq!(open(&place), Ok(b"newer".to_vec()));
    assert_eq!(old.payload(), b"old");
}

#[test]
fn readers_find_a_whole_file_at_every_moment_of_a_replacement() {
    let (folder, place) = written(&[0; 1000]);
    thread::scope(|scope| {
        let writer = scope
            .spawn(|| (1..60_u8).for_each(|round| write(&place, &vec![round; 1000 + usize::from(round)])));
        let mut last = 0;
        while !writer.is_finished() {
            let payload = open(&place).unwrap();
            let round = payload[0];
            assert!(round >= last && payload == vec![round; 1000 + usize::from(round)]);
            last = round;
        }
    });
    assert_eq!(open(&place).unwrap()[0], 59);
    assert_eq!(names(folder.path()), ["table"]);
}

#[test]
fn a_file_that_someone_is_about_to_delete_is_not_mapped_and_one_that_is_mapped_is_not_theirs_to_delete() {
    let (_folder, place) = written(b"x");
    let other = OpenOptions::new().read(true).write(true).open(&place).unwrap();
    lock::exclude(&other).unwrap();
    let error = open(&place).unwrap_err();
    assert_eq!((error, error.code()), (MapError::Locked, Code::LibraryBusy));
    drop(other);

    let first = MappedFile::open(&place, KIND, NO_LIMIT).unwrap();
    let second = MappedFile::open(&place, KIND, NO_LIMIT).unwrap();
    let other = OpenOptions::new().read(true).write(true).open(&place).unwrap();
    drop(first);
    assert_eq!(lock::exclude(&other), Err(MapError::Locked));
    drop(second);
    assert_eq!(lock::exclude(&other), Ok(()));
}

#[test]
fn a_writer_that_is_dropped_leaves_the_old_file_and_nothing_else() {
    let (folder, place) = written(b"old");
    let mut writer = Writer::create(&place, KIND).unwrap();
    writer.write_all(&[1; 100_000]).unwrap();
    assert_eq!(names(folder.path()).len(), 2);
    drop(writer);
    assert_eq!(names(folder.path()), ["table"]);
    assert_eq!(open(&place), Ok(b"old".to_vec()));
}

#[test]
fn a_writer_that_cannot_put_the_file_into_place_leaves_nothing_behind() {
    let folder = tempdir().unwrap();
    let place = folder.path().join("table");
    fs::create_dir(&place).unwrap();
    let writer = Writer::create(&place, KIND).unwrap();
    assert!(matches!(writer.finish(), Err(MapError::Io { .. })));
    assert_eq!(names(folder.path()), ["table"]);
    assert!(matches!(Writer::create(Path::new("/"), KIND), Err(MapError::Io { .. })));
    assert!(matches!(Writer::create(&place.join("none/x"), KIND), Err(MapError::Io { .. })));
}

#[test]
fn of_two_writers_the_later_one_stays_and_none_removes_the_other() {
    let (folder, place) = written(b"old");
    let mut first = Writer::create(&place, KIND).unwrap();
    let mut second = Writer::create(&place, KIND).unwrap();
    remove_unfinished(&place).unwrap();
    first.write_all(b"first").unwrap();
    second.write_all(b"second").unwrap();
    second.finish().unwrap();
    assert_eq!(open(&place), Ok(b"second".to_vec()));
    first.finish().unwrap();
    assert_eq!(open(&place), Ok(b"first".to_vec()));
    assert_eq!(names(folder.path()), ["table"]);
}

#[test]
fn writers_are_not_disturbed_by_someone_who_removes_what_is_unfinished() {
    let (folder, place) = written(b"old");
    thread::scope(|scope| {
        let writer = scope.spawn(|| (0..200_u8).for_each(|round| write(&place, &[round])));
        while !writer.is_finished() {
            remove_unfinished(&place).unwrap();
        }
    });
    assert_eq!(open(&place), Ok(vec![199]));
    assert_eq!(names(folder.path()), ["table"]);
}

#[test]
fn only_what_writers_of_this_place_left_is_removed() {
    let (folder, place) = written(b"x");
    let id = "0123456789abcdef0123456789abcdef";
    let kept = [
        "table",
        "table.unfinished",
        &format!("other.{id}.unfinished"),
        "table.0123.unfinished",
        "table.txt",
    ];
    for name in &kept[1..] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    fs::write(folder.path().join(format!("table.{id}.unfinished")), "half").unwrap();
    remove_unfinished(&place).unwrap();
    let mut kept = kept.map(str::to_owned);
    kept.sort();
    assert_eq!(names(folder.path()), kept);
}

proptest! {
    #[test]
    fn any_header_is_refused_or_the_one_that_would_be_written(mut bytes: [[u8; 32]; 2], sound: bool, length: u64) {
        if sound {
            let (kind, checksum) = (Kind([bytes[0][0], 0, 0, bytes[0][1]]), u32::from(bytes[0][2]));
            let header = Header { kind, length, checksum };
            prop_assert_eq!(Header::parse(&header.to_bytes()), Ok(header));
            // All but the last two bytes: mostly damaged, by chance whole.
            let written = header.to_bytes();
            bytes[0].copy_from_slice(&written[..32]);
            bytes[1][..30].copy_from_slice(&written[32..62]);
        }
        if let Ok(header) = Header::parse(bytes.as_flattened()) {
            prop_assert_eq!(&header.to_bytes(), bytes.as_flattened());
        }
    }
}

/// Names the place to the second process of a test.
const PLACE: &str = "WRITEMAGIC_TEST_PLACE";

/// A process that is killed at the latest when its test ends.
struct Second(Child);

impl Second {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        // Already dead where the test went well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the test of this name, which does nothing in an ordinary run, in a process of its own until it says that it is
/// where it should be killed.
fn second_process(test: &str, place: &Path) -> Second {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", &format!("mapped::tests::{test}")])
        .env(PLACE, place)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let second = Second(child);
    assert!(lines.any(|line| line.unwrap().ends_with("ready")), "the process ended before it was ready");
    second
}

fn wait_to_be_killed() {
    io::stdout().write_all(b"ready\n").unwrap();
    // Ends at the latest with the process of the test.
    io::stdin().lines().for_each(drop);
}

#[test]
fn in_a_second_process_half_a_file_is_written() {
    let Some(place) = env::var_os(PLACE) else { return };
    let mut writer = Writer::create(Path::new(&place), KIND).unwrap();
    writer.write_all(&[1; 300_000]).unwrap();
    writer.flush().unwrap();
    wait_to_be_killed();
}

#[test]
fn in_a_second_process_a_map_is_held() {
    let Some(place) = env::var_os(PLACE) else { return };
    let file = MappedFile::open(Path::new(&place), KIND, NO_LIMIT).unwrap();
    assert_eq!(file.payload(), b"shared");
    wait_to_be_killed();
}

#[test]
fn a_kill_in_the_middle_of_writing_leaves_the_old_file() {
    let (folder, place) = written(b"old");
    let mut writer = second_process("in_a_second_process_half_a_file_is_written", &place);
    assert_eq!(open(&place), Ok(b"old".to_vec()));
    // While it lives its file is not taken away.
    remove_unfinished(&place).unwrap();
    assert_eq!(names(folder.path()).len(), 2);

    writer.kill();
    let left = names(folder.path()).pop().unwrap();
    assert_eq!(open(&folder.path().join(&left)), Err(MapError::WrongMagic));
    assert_eq!(open(&place), Ok(b"old".to_vec()));
    remove_unfinished(&place).unwrap();
    assert_eq!(names(folder.path()), ["table"]);
    write(&place, b"new");
    assert_eq!(open(&place), Ok(b"new".to_vec()));
}

#[test]
fn a_map_of_another_process_is_shared_and_its_lock_goes_when_it_dies() {
    let (_folder, place) = written(b"shared");
    let mut reader = second_process("in_a_second_process_a_map_is_held", &place);
    assert_eq!(open(&place), Ok(b"shared".to_vec()));
    let other = OpenOptions::new().read(true).write(true).open(&place).unwrap();
    assert_eq!(lock::exclude(&other), Err(MapError::Locked));
    reader.kill();
    assert_eq!(lock::exclude(&other), Ok(()));
}
