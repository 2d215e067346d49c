//! Bundles and summaries that anybody may have written: no panic, the same in pieces, and what is taken could have been
//! written. The first byte chooses what the others are; checksums hold where they would stop all else.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use exchange::bundle::{BundleError, BundleReader, BundleWriter};
use exchange::joined::Joined;
use exchange::record::{FolderState, Header, PurgedKind, Record};
use exchange::shelf::derive;
use exchange::summary::Summary;
use libfuzzer_sys::fuzz_target;
use writemagic_shared::codec::{frame, put_varint};
use writemagic_shared::id::FolderId;
use writemagic_shared::limits::FOLDER_DEPTH;

// The room is private to its crate, which would bring SQLite along: its files stand here, with what they need around them.
#[allow(dead_code)]
#[path = "../../core/storage/src/exchange"]
mod exchange {
    pub(crate) mod bundle;
    pub(crate) mod field;
    pub(crate) mod joined;
    pub(crate) mod record;
    pub(crate) mod shelf;
    pub(crate) mod summary;
    pub(crate) mod wire;
}
#[allow(dead_code)]
#[path = "../../core/storage/src/graph"]
mod graph {
    pub(crate) mod version;
}
#[path = "../../core/storage/src/document"]
mod document {
    mod folder_name;
    mod language;
    mod order;
    pub(crate) use folder_name::is_folder_name;
    pub(crate) use language::check_language_tag;
    pub(crate) use order::is_key;
}
/// As much of the crate's error as the check of a language tag needs.
mod error {
    pub(crate) type Result<T> = std::result::Result<T, Error>;

    pub(crate) enum Error {
        InvalidLanguageTag,
        LimitExceeded,
    }

    impl Error {
        pub(crate) fn check_limit(_: &'static str, value: u64, limit: u64) -> Result<()> {
            if value > limit { Err(Error::LimitExceeded) } else { Ok(()) }
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    match choice % 4 {
        0 => check_bundle(bytes),
        1 => check_bundle(&framed(bytes, false)),
        2 => check_bundle(&framed(bytes, true)),
        _ => {
            check_summary(bytes);
            let mut body = b"WMXS\x01".to_vec();
            body.extend_from_slice(bytes);
            let checksum = crc32c::crc32c(&body);
            body.extend_from_slice(&checksum.to_le_bytes());
            check_summary(&body);
        }
    }
});

/// Records of any kind and payload, each of which says its length before it, framed as they should be; between a header and
/// an end that fit them, if these are wanted.
fn framed(mut bytes: &[u8], whole: bool) -> Vec<u8> {
    let (mut stream, mut count) = (Vec::new(), 0_u64);
    let mut put = |kind: u8, payload: &[u8]| {
        frame::put(&mut stream, kind, payload).expect("short");
        count += 1;
        count
    };
    if whole {
        put(1, b"WMXB\x01library-of-bytes\x05");
    }
    while let Some(([kind, length], behind)) = bytes.split_first_chunk::<2>() {
        let (payload, behind) = behind.split_at(behind.len().min(usize::from(*length)));
        put(kind % 12, payload);
        bytes = behind;
    }
    if whole {
        let mut end = Vec::new();
        put_varint(&mut end, count);
        frame::put(&mut stream, 10, &end).expect("short");
    }
    stream
}

/// Gives at most so many bytes at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(self.1);
        self.0.read(&mut buffer[..n])
    }
}

/// What is wrong and where.
type Refusal = (&'static str, u64);

fn refusal(error: BundleError) -> Refusal {
    match error {
        BundleError::BadBundle { reason, offset } => (reason, offset),
        BundleError::Io(error) => panic!("{error}"),
    }
}

/// The header and the records before the end, or before the first that is refused, which stays refused.
fn read(input: impl Read) -> (Option<Header>, Vec<Record>, Result<(), Refusal>) {
    let mut records = Vec::new();
    let mut reader = match BundleReader::open(input) {
        Ok(reader) => reader,
        Err(error) => return (None, records, Err(refusal(error))),
    };
    let header = Some(*reader.header());
    loop {
        match reader.read() {
            Ok(Some(record)) => records.push(record),
            Ok(None) => return (header, records, Ok(())),
            Err(error) => {
                let refused = refusal(error);
                assert_eq!(refusal(reader.read().expect_err("it was refused before")), refused);
                return (header, records, Err(refused));
            }
        }
    }
}

fn check_bundle(bytes: &[u8]) {
    let (header, records, end) = read(bytes);
    assert_eq!(read(Pieces(bytes, 7)), (header, records.clone(), end));
    assert!(end.is_ok() || end.is_err_and(|(_, offset)| offset <= bytes.len() as u64));
    let Some(header) = header else { return };
    let mut writer = BundleWriter::new(Vec::new(), &header).expect("it was read");
    records.iter().for_each(|record| writer.write(record).expect("it was read"));
    let again = writer.finish().expect("memory takes all");
    if end.is_ok() {
        // Numbers may have come in longer forms.
        assert!(again.len() <= bytes.len());
    }
    check_shelf(&records);
    assert_eq!(read(&again[..]), (Some(header), records, Ok(())));
}

/// Whatever folders there are, they make a tree.
fn check_shelf(records: &[Record]) {
    let (mut folders, mut purged) = (BTreeMap::<FolderId, FolderState>::new(), BTreeSet::new());
    let mut pairs = Vec::new();
    for record in records {
        match record {
            Record::Folder(state) => {
                folders.entry(state.id).or_insert_with(|| state.clone()).merge(state.clone());
            }
            Record::Joined { id, into } => pairs.push((*id, *into)),
            Record::Purged { id, kind: PurgedKind::Folder, .. } => {
                purged.insert(FolderId::from_bytes(*id));
            }
            _ => {}
        }
    }
    let shelf = derive(&folders, &purged, &Joined::from_iter(pairs));
    let mut places = BTreeSet::new();
    for (id, parent) in shelf.parents() {
        let path = std::iter::successors(Some(*id), |id| shelf.parents()[id]);
        assert!(path.take(FOLDER_DEPTH as usize + 1).count() as u64 <= FOLDER_DEPTH);
        assert!(places.insert((*parent, &folders[id].name.value)));
    }
}

fn check_summary(bytes: &[u8]) {
    let Ok(summary) = Summary::from_bytes(bytes) else { return };
    let again = summary.to_bytes();
    assert!(again.len() <= bytes.len());
    assert_eq!(Summary::from_bytes(&again).as_ref(), Ok(&summary));
    assert_eq!(summary.to_string().parse().as_ref(), Ok(&summary));
}
