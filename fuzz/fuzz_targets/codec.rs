//! What is read from any bytes never panics, always advances, claims nothing beyond the bytes, and is written and read
//! again as it was: numbers, columns, records and mapped files. The first byte chooses which.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use writemagic_shared::codec::frame::{self, FrameError, Frames};
use writemagic_shared::codec::{
    Ascending, DecodeError, Deltas, Reader, RunWriter, Runs, put_ascending, put_deltas, put_varint,
    put_varints, unzigzag, zigzag,
};
use writemagic_shared::mapped::{ALIGNMENT, Kind, MapError, MappedFile};

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    match choice % 8 {
        0 => numbers(bytes),
        1 => column(bytes),
        2 => deltas(bytes),
        3 => ascending(bytes),
        4 => runs(bytes),
        5 => any_records(bytes),
        6 => damaged_records(bytes),
        _ => mapped(bytes),
    }
});

fn numbers(bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    let mut written = Vec::new();
    while let Ok(value) = reader.varint() {
        assert_eq!(zigzag(unzigzag(value)), value);
        written.clear();
        put_varint(&mut written, value);
        let mut again = Reader::new(&written);
        assert_eq!(again.clone().varint_up_to(value), Ok(value));
        if let Some(below) = value.checked_sub(1) {
            assert_eq!(again.varint_up_to(below), Err(DecodeError::OutOfRange));
        }
        assert_eq!(again.varint(), Ok(value));
        assert!(again.is_empty());
        // A number leads a list in every row format: a claim beyond the bytes must be refused.
        let left = reader.rest().len() as u64;
        let mut list = reader;
        assert_eq!(list.bytes(value).is_ok(), value <= left);
    }
}

/// A whole column is what its numbers are one by one, whatever count is claimed.
fn column(bytes: &[u8]) {
    let Some((count, bytes)) = bytes.split_first_chunk::<2>() else { return };
    let count = u64::from(u16::from_le_bytes(*count));
    let mut alone = Reader::new(bytes);
    let one_by_one: Result<Vec<u64>, DecodeError> = (0..count).map(|_| alone.varint()).collect();
    let mut reader = Reader::new(bytes);
    let mut values = vec![7];
    match (reader.varints(count, &mut values), one_by_one) {
        (Ok(()), Ok(expected)) => {
            assert_eq!((values[0], &values[1..]), (7, &expected[..]));
            assert_eq!(reader.rest(), alone.rest());
            let (mut written, mut alone) = (Vec::new(), Vec::new());
            put_varints(&mut written, &expected);
            expected.iter().for_each(|value| put_varint(&mut alone, *value));
            assert_eq!(written, alone);
        }
        (Err(error), Err(expected)) => {
            // More numbers than bytes are refused before they are looked at.
            assert!(error == expected || count > bytes.len() as u64);
            assert_eq!((values.as_slice(), reader.rest()), ([7].as_slice(), bytes));
        }
        (column, alone) => panic!("{column:?} of the column, {alone:?} one by one"),
    }
}

fn deltas(bytes: &[u8]) {
    let Some((bound, bytes)) = bytes.split_first_chunk::<8>() else { return };
    let bound = i64::from_le_bytes(*bound);
    let bounds = bound.min(0)..=bound.max(0);
    let read: Vec<_> = Deltas::new(bytes, bounds.clone()).collect();
    assert!(read.len() <= bytes.len());
    let values: Vec<i64> = read.iter().copied().map_while(Result::ok).collect();
    assert!(values.iter().all(|value| bounds.contains(value)));
    // Nothing comes behind an error.
    assert!(values.len() + 1 >= read.len());
    let mut written = Vec::new();
    put_deltas(&mut written, values.iter().copied());
    assert!(Deltas::new(&written, bounds).eq(values.into_iter().map(Ok)));
}

fn ascending(bytes: &[u8]) {
    let Some((max, bytes)) = bytes.split_first_chunk::<8>() else { return };
    let max = u64::from_le_bytes(*max);
    let read: Vec<_> = Ascending::new(bytes, max).collect();
    assert!(read.len() <= bytes.len());
    let values: Vec<u64> = read.iter().copied().map_while(Result::ok).collect();
    assert!(values.is_sorted() && values.iter().all(|value| *value <= max));
    assert!(values.len() + 1 >= read.len());
    let mut written = Vec::new();
    put_ascending(&mut written, values.iter().copied()).expect("sorted");
    assert!(Ascending::new(&written, max).eq(values.into_iter().map(Ok)));
}

fn runs(bytes: &[u8]) {
    let Some((total, bytes)) = bytes.split_first_chunk::<8>() else { return };
    let claimed = u64::from_le_bytes(*total);
    // What the column really covers, now and then, for the other total is hardly ever right.
    let mut reader = Reader::new(bytes);
    let mut covered = 0_u64;
    while let (Ok(_), Ok(length)) = (reader.varint(), reader.varint()) {
        covered = covered.wrapping_add(length);
    }
    for total in [claimed, covered] {
        let read: Vec<_> = Runs::new(bytes, total).collect();
        assert!(read.len() <= bytes.len() + 1);
        let whole: Vec<_> = read.iter().copied().map_while(Result::ok).collect();
        assert!(whole.len() + 1 >= read.len());
        let lengths =
            whole.iter().try_fold(0_u64, |sum, run| sum.checked_add(run.length)).expect("no more than total");
        assert!(lengths <= total && whole.iter().all(|run| run.length > 0));
        assert_eq!(lengths == total && whole.len() == read.len(), read.iter().all(Result::is_ok));

        let mut written = Vec::new();
        let mut writer = RunWriter::new(&mut written);
        whole.iter().for_each(|run| writer.push(run.value, run.length));
        writer.finish();
        // Equal neighbours are joined: the same values, perhaps in fewer runs.
        let again: Vec<_> = Runs::new(&written, lengths).map(|run| run.expect("as written")).collect();
        assert!(again.len() <= whole.len());
        assert_eq!(again.iter().map(|run| run.length).sum::<u64>(), lengths);
    }
}

/// Records before the end or the first error, which stays the answer.
fn read(bytes: &[u8], limit: u32) -> (Vec<(u8, &[u8])>, Result<(), FrameError>) {
    let (mut frames, mut records) = (Frames::new(bytes, limit), Vec::new());
    loop {
        let offset = frames.offset();
        match frames.read() {
            Ok(Some(frame)) => {
                assert!(frame.payload.len() <= limit as usize);
                assert_eq!(frames.offset(), offset + frame::OVERHEAD + frame.payload.len());
                records.push((frame.kind, frame.payload));
            }
            Ok(None) => return (records, Ok(())),
            Err(error) => {
                assert_eq!((frames.read(), frames.offset()), (Err(error), offset));
                return (records, Err(error));
            }
        }
    }
}

/// What is read from any bytes is what stands there.
fn any_records(bytes: &[u8]) {
    let Some((limit, bytes)) = bytes.split_first_chunk::<4>() else { return };
    let (records, end) = read(bytes, u32::from_le_bytes(*limit));
    let mut written = Vec::new();
    for (kind, payload) in records {
        frame::put(&mut written, kind, payload).expect("short");
    }
    assert!(bytes.starts_with(&written));
    assert_eq!(end.is_ok(), written.len() == bytes.len());
}

/// Records that are cut off end in a tear where the last one begins; a changed bit is damage where it is.
fn damaged_records(bytes: &[u8]) {
    let Some(([cut_low, cut_high, flip_low, flip_high, zeros], mut rest)) = bytes.split_first_chunk::<5>()
    else {
        return;
    };
    let (mut stream, mut starts, mut records) = (Vec::new(), vec![0], Vec::new());
    while let Some(([kind, length], behind)) = rest.split_first_chunk::<2>() {
        let (payload, behind) = behind.split_at(behind.len().min(usize::from(*length)));
        frame::put(&mut stream, *kind, payload).expect("short");
        starts.push(stream.len());
        records.push((*kind, payload));
        rest = behind;
    }
    assert_eq!(read(&stream, u32::MAX), (records.clone(), Ok(())));
    let whole_before = |at: usize| starts.iter().filter(|start| **start <= at).count() - 1;

    let cut = usize::from(u16::from_le_bytes([*cut_low, *cut_high])) % (stream.len() + 1);
    let whole = whole_before(cut);
    let end = if starts[whole] == cut { Ok(()) } else { Err(FrameError::Torn { offset: starts[whole] }) };
    assert_eq!(read(&stream[..cut], u32::MAX), (records[..whole].to_vec(), end));

    let mut longer = stream.clone();
    longer.resize(stream.len() + usize::from(*zeros), 0);
    let torn = FrameError::Torn { offset: stream.len() };
    let end = if *zeros == 0 { Ok(()) } else { Err(torn) };
    assert_eq!(read(&longer, u32::MAX), (records.clone(), end));

    if !stream.is_empty() {
        let flip = usize::from(u16::from_le_bytes([*flip_low, *flip_high])) % (stream.len() * 8);
        stream[flip / 8] ^= 1 << (flip % 8);
        let whole = whole_before(flip / 8);
        let end = Err(FrameError::Corrupt { offset: starts[whole] });
        assert_eq!(read(&stream, u32::MAX), (records[..whole].to_vec(), end));
    }
}

/// A file of this process, written anew each time.
static PLACE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("writemagic-fuzz-{}", std::process::id())));

/// Headers as they are written, with checksums that hold, some of whose bytes are then changed.
fn mapped(bytes: &[u8]) {
    const KIND: [u8; 4] = *b"FUZZ";
    let Some(([changes, limit, rest_of_header @ ..], payload)) = bytes.split_first_chunk::<62>() else {
        return;
    };
    let mut file = Vec::from(b"\x97WMmap\r\n\x01\0\0\0");
    file.extend_from_slice(&KIND);
    file.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    file.extend_from_slice(&crc32c::crc32c(payload).to_le_bytes());
    file.resize(60, 0);
    // One bit for each field: magic, version, kind, length, checksum, zeros; the next for a header's checksum that no
    // longer holds; the last for a header that is cut off.
    for (bit, field) in [0..8, 8..12, 12..16, 16..24, 24..28, 28..60].into_iter().enumerate() {
        if changes >> bit & 1 == 1 {
            file[field.clone()].copy_from_slice(&rest_of_header[field]);
        }
    }
    let mut checksum = crc32c::crc32c(&file).to_le_bytes();
    if changes >> 6 & 1 == 1 {
        checksum[0] ^= 1;
    }
    file.extend_from_slice(&checksum);
    file.extend_from_slice(payload);
    if changes >> 7 == 1 {
        file.truncate(usize::from(rest_of_header[0]));
    }

    let limit = u64::from(*limit);
    fs::write(&*PLACE, &file).expect("room for a small file");
    let result = MappedFile::open(&PLACE, Kind(KIND), limit);
    let holds = |field: std::ops::Range<usize>, expected: &[u8]| file.get(field) == Some(expected);
    let payload = file.get(64..).unwrap_or_default();
    let sound = holds(0..8, b"\x97WMmap\r\n")
        && holds(8..12, &[1, 0, 0, 0])
        && holds(12..16, &KIND)
        && holds(16..24, &(payload.len() as u64).to_le_bytes())
        && holds(24..28, &crc32c::crc32c(payload).to_le_bytes())
        && holds(28..60, &[0; 32])
        && file.get(..60).is_some_and(|head| holds(60..64, &crc32c::crc32c(head).to_le_bytes()));
    match result {
        Ok(mapped) => {
            assert!(sound && payload.len() as u64 <= limit);
            assert_eq!(mapped.payload(), payload);
            assert_eq!(mapped.payload().as_ptr().addr() % ALIGNMENT, 0);
        }
        Err(MapError::TooLarge { length, limit: named }) => {
            assert!(length == payload.len() as u64 && named == limit && length > limit);
        }
        Err(MapError::TooShort { length }) => assert!(length == file.len() as u64 && length < 64),
        Err(error) => {
            assert!(!sound && !matches!(error, MapError::Io { .. } | MapError::Locked), "{error:?}")
        }
    }
    fs::remove_file(&*PLACE).expect("it was written");
}
