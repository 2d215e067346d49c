//! Bundles: whole, cut off, damaged and forged.

use std::io::{self, Read, Write};

use proptest::prelude::*;
use writemagic_shared::codec::frame::{self, Frames};
use writemagic_shared::id::{DocumentId, LibraryId};
use writemagic_shared::runtime::Timestamp;

use super::records::{any_header, any_records, folder_id};
use crate::exchange::bundle::{BundleError, BundleReader, BundleWriter};
use crate::exchange::field::Field;
use crate::exchange::record::{Branch, DocumentState, Header, Label, MAIN_ID, PurgedKind, Record};
use crate::graph::version::Version;

pub(super) const HEADER: Header = Header { library: LibraryId::from_bytes([7; 16]), clock: 5 };

pub(super) fn bundle(header: &Header, records: &[Record]) -> Vec<u8> {
    let mut writer = BundleWriter::new(Vec::new(), header).unwrap();
    records.iter().for_each(|record| writer.write(record).unwrap());
    writer.finish().unwrap()
}

/// What is wrong and where.
pub(super) type Refusal = (&'static str, u64);

pub(super) fn refusal(error: BundleError) -> Refusal {
    match error {
        BundleError::BadBundle { reason, offset } => (reason, offset),
        BundleError::Io(error) => panic!("{error}"),
    }
}

/// The header and the records before the end, or before the first that is refused, which stays refused.
pub(super) fn read_all(input: impl Read) -> (Option<Header>, Vec<Record>, Result<(), Refusal>) {
    let mut records = Vec::new();
    let mut reader = match BundleReader::open(input) {
        Ok(reader) => reader,
        Err(error) => return (None, records, Err(refusal(error))),
    };
    let header = Some(*reader.header());
    loop {
        match reader.read() {
            Ok(Some(record)) => records.push(record),
            Ok(None) => {
                assert!(matches!(reader.read(), Ok(None)));
                return (header, records, Ok(()));
            }
            Err(error) => {
                let refused = refusal(error);
                assert_eq!(refusal(reader.read().unwrap_err()), refused);
                return (header, records, Err(refused));
            }
        }
    }
}

/// Where its records begin, and where the last one ends.
fn starts(bytes: &[u8]) -> Vec<usize> {
    let mut frames = Frames::new(bytes, u32::MAX);
    let mut starts = vec![0];
    while frames.read().unwrap().is_some() {
        starts.push(frames.offset());
    }
    starts
}

/// Gives one byte at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(1);
        self.0.read(&mut buffer[..n])
    }
}

/// The framed records of a bundle, one of them with another payload and checksums that hold.
fn forge(bytes: &[u8], which: usize, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let (mut frames, mut forged) = (Frames::new(bytes, u32::MAX), Vec::new());
    for i in 0.. {
        let Some(frame) = frames.read().unwrap() else { break };
        let mut payload = frame.payload.to_vec();
        if i == which {
            change(&mut payload);
        }
        frame::put(&mut forged, frame.kind, &payload).unwrap();
    }
    forged
}

proptest! {
    #[test]
    fn a_bundle_is_read_as_it_was_written(header in any_header(), records in any_records()) {
        let bytes = bundle(&header, &records);
        let whole = (Some(header), records, Ok(()));
        prop_assert_eq!(read_all(&bytes[..]), whole.clone());
        prop_assert_eq!(read_all(Drip(&bytes)), whole);
    }

    #[test]
    fn a_bundle_that_was_cut_off_is_never_taken_for_whole(records in any_records()) {
        let bytes = bundle(&HEADER, &records);
        let starts = starts(&bytes);
        for end in 0..bytes.len() {
            let (_, read, result) = read_all(&bytes[..end]);
            let whole = starts.iter().filter(|start| **start <= end).count() - 1;
            let before = whole.saturating_sub(1);
            prop_assert_eq!(&read[..], &records[..before]);
            let reason = if end < starts[1] && end < 8 { "this is no bundle" } else { "the bundle ends too early" };
            prop_assert_eq!(result, Err((reason, starts[whole] as u64)));
        }
    }

    #[test]
    fn a_flipped_bit_is_found_in_its_record(records in any_records(), bit: prop::sample::Index) {
        let mut bytes = bundle(&HEADER, &records);
        let starts = starts(&bytes);
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (_, read, result) = read_all(&bytes[..]);
        let whole = starts.iter().filter(|start| **start <= bit / 8).count() - 1;
        prop_assert_eq!(&read[..], &records[..whole.saturating_sub(1)]);
        prop_assert_eq!(result.unwrap_err().1, starts[whole] as u64);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
        let _ = read_all(&bytes[..]);
    }

    #[test]
    fn what_is_taken_from_forged_records_could_have_been_written(
        records in any_records(),
        which: prop::sample::Index, at: prop::sample::Index, byte: u8, cut in prop::option::of(0..40_usize),
    ) {
        let bytes = bundle(&HEADER, &records);
        let forged = forge(&bytes, which.index(records.len() + 2), |payload| {
            if !payload.is_empty() {
                let at = at.index(payload.len());
                payload[at] = byte;
                payload.truncate(cut.map_or(payload.len(), |cut| payload.len().saturating_sub(cut)));
            }
        });
        if let (Some(header), taken, result) = read_all(&forged[..]) {
            prop_assert!(result.is_err() || taken.len() == records.len());
            let again = bundle(&header, &taken);
            prop_assert_eq!(read_all(&again[..]), (Some(header), taken, Ok(())));
        }
    }
}

pub(super) fn document() -> DocumentState {
    let time = Timestamp::from_millis(1_700_000_000_000);
    DocumentState {
        id: DocumentId::from_bytes([1; 16]),
        title: Field { value: "Scene".to_owned(), clock: 1 },
        kind: 1,
        bom: false,
        folder: Field { value: Some(folder_id(9)), clock: 2 },
        language: Field { value: Some("en".to_owned()), clock: 3 },
        targets: Field { value: [Some(0), None], clock: 4 },
        trashed: Field { value: false, clock: 5 },
        created: time,
        modified: time,
    }
}

fn branch() -> Record {
    let name = Field { value: "main".to_owned(), clock: 0 };
    Record::Branch(Branch {
        id: MAIN_ID,
        name,
        created: Timestamp::from_millis(0),
        version: Version::default(),
    })
}

fn label() -> Record {
    Record::Label(Label { name: "a".to_owned(), version: None, at: Timestamp::from_millis(0), clock: 0 })
}

fn purged() -> Record {
    Record::Purged { id: [3; 16], kind: PurgedKind::Folder, clock: 1 }
}

fn a_document() -> Record {
    Record::Document(Box::new(document()))
}

#[test]
fn records_out_of_order_are_refused_by_the_writer_and_by_the_reader() {
    let joined = Record::Joined { id: folder_id(2), into: folder_id(1) };
    let parts = [a_document(), Record::Events(vec![1]), branch(), label(), a_document(), branch()];
    bundle(&HEADER, &parts);
    let early = "a part of a document stands before any document";
    let late = "a record stands behind those of later kinds";
    for (first, second, reason) in [
        (None, branch(), early),
        (Some(purged()), Record::Events(vec![1]), early),
        (Some(purged()), joined, late),
        (Some(a_document()), purged(), late),
        (Some(label()), branch(), late),
        (Some(label()), Record::Events(vec![1]), late),
    ] {
        let mut before: Vec<Record> = first.into_iter().collect();
        if matches!(before.first(), Some(Record::Label(_))) {
            before.insert(0, a_document());
        }
        let whole = bundle(&HEADER, &before);
        let end = starts(&whole)[before.len() + 1];
        let mut writer = BundleWriter::new(Vec::new(), &HEADER).unwrap();
        before.iter().for_each(|record| writer.write(record).unwrap());
        assert_eq!(refusal(writer.write(&second).unwrap_err()), (reason, end as u64));
        assert_eq!(writer.finish().unwrap(), whole, "it was left out");

        // The second record, sound in itself, behind the first.
        let alone = match second {
            Record::Events(_) | Record::Branch(_) => bundle(&HEADER, &[a_document(), second]),
            _ => bundle(&HEADER, &[second]),
        };
        let places = starts(&alone);
        let framed = &alone[places[places.len() - 3]..places[places.len() - 2]];
        let forged = [&whole[..end], framed, &whole[end..]].concat();
        assert_eq!(read_all(&forged[..]).2, Err((reason, end as u64)));
    }
}

#[test]
fn a_bundle_begins_with_one_header_and_ends_with_its_end() {
    let whole = bundle(&HEADER, &[purged()]);
    let starts = starts(&whole);
    let [header, record, end] = [0, 1, 2].map(|i| &whole[starts[i]..starts[i + 1]]);
    let read = |parts: &[&[u8]]| read_all(&parts.concat()[..]).2;
    assert_eq!(read(&[]), Err(("this is no bundle", 0)));
    assert_eq!(read(&[b"It was a dark and stormy night."]), Err(("this is no bundle", 0)));
    assert_eq!(read(&[&[0; 100]]), Err(("this is no bundle", 0)));
    assert_eq!(read(&[record, end]), Err(("this is no bundle", 0)));
    let at = |part: usize| starts[part] as u64;
    assert_eq!(read(&[header, header, end]), Err(("there are two headers", at(1))));
    assert_eq!(read(&[header, &[0; 100]]), Err(("the record is damaged", at(1))));
    assert_eq!(read(&[header, end]), Err(("the bundle has not as many records as its end says", at(1))));
    assert_eq!(read(&[header, record, end, end]), Err(("something stands behind the end", at(2))));
    assert_eq!(read(&[header, record, end, b"x"]), Err(("something stands behind the end", at(2))));
    let mut unknown = Vec::new();
    frame::put(&mut unknown, 11, b"").unwrap();
    assert_eq!(read(&[header, &unknown, end]), Err(("a record is of an unknown kind", at(1))));

    let other = "the bundle is of another format, perhaps a newer one";
    assert_eq!(read(&[&forge(&whole, 0, |payload| payload[4] = 2)]), Err((other, 0)));
    assert_eq!(read(&[&forge(&whole, 0, |payload| payload[0] = b'w')]), Err(("this is no bundle", 0)));
    let behind = "a record goes on behind its last value";
    for part in 0..3 {
        let forged = forge(&whole, part, |payload| payload.push(0));
        assert_eq!(read_all(&forged[..]).2, Err((behind, at(part))));
    }
}

#[test]
fn claimed_lengths_are_not_believed() {
    let whole = bundle(&HEADER, &[a_document()]);
    let end = starts(&whole)[2];
    // A header that claims the longest chunk, with nothing behind it, and with little.
    let mut chunk = Vec::new();
    frame::put(&mut chunk, 6, &vec![0; 129 << 20]).unwrap();
    for there in [8, 100] {
        let cut = [&whole[..end], &chunk[..there]].concat();
        let mut reader = BundleReader::open(&cut[..]).unwrap();
        reader.read().unwrap();
        assert_eq!(refusal(reader.read().unwrap_err()), ("the bundle ends too early", end as u64));
        assert!(reader.held_bytes() < 64 << 10, "{}", reader.held_bytes());
    }
    let all = [&whole[..end], &chunk[..]].concat();
    let mut reader = BundleReader::open(&all[..]).unwrap();
    reader.read().unwrap();
    assert!(matches!(reader.read(), Ok(Some(Record::Events(chunk))) if chunk.len() == 129 << 20));

    let mut longer = Vec::new();
    frame::put(&mut longer, 6, &vec![0; (129 << 20) + 1]).unwrap();
    let cut = [&whole[..end], &longer[..8]].concat();
    assert_eq!(read_all(&cut[..]).2, Err(("a record is too long", end as u64)), "before it is read");
    let mut writer = BundleWriter::new(io::sink(), &HEADER).unwrap();
    writer.write(&a_document()).unwrap();
    let refused = writer.write(&Record::Events(vec![0; (129 << 20) + 1])).unwrap_err();
    assert_eq!(refusal(refused).0, "a chunk of history is too long");
}

/// Takes so many bytes, then fails.
#[derive(Debug)]
struct Failing(usize);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let n = bytes.len().min(self.0);
        self.0 -= n;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

#[test]
fn what_the_disk_refuses_is_not_read_or_written_on() {
    let mut writer = BundleWriter::new(Failing(60), &HEADER).unwrap();
    let full = writer.write(&a_document()).unwrap_err();
    assert!(matches!(full, BundleError::Io(error) if error.kind() == io::ErrorKind::StorageFull));
    assert_eq!(refusal(writer.write(&a_document()).unwrap_err()).0, "an earlier record could not be written");
    assert_eq!(refusal(writer.finish().unwrap_err()).0, "an earlier record could not be written");

    let whole = bundle(&HEADER, &[a_document()]);
    let mut reader = BundleReader::open(whole[..60].chain(Failing(0))).unwrap();
    assert!(
        matches!(reader.read(), Err(BundleError::Io(error)) if error.kind() == io::ErrorKind::ConnectionReset)
    );
    assert_eq!(refusal(reader.read().unwrap_err()).0, "it could not be read before");
}

// Bytes that a released engine has written must be read for ever.
#[test]
fn the_format_stays_what_it_is() {
    let whole = bundle(&HEADER, &[a_document(), branch(), label()]);
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let starts = starts(&whole);
    let records: Vec<String> = starts.windows(2).map(|pair| hex(&whole[pair[0]..pair[1]])).collect();
    let id = |digits: &str| digits.repeat(16);
    let time = "80a0abfef962";
    assert_eq!(
        records,
        [
            format!("16000000010df55c 574d5842 01 {} 05 5873bf42", id("07")),
            format!(
                "41000000052b67c3 {} 055363656e65 01 01 00 01{} 02 0102656e 03 01 00 04 00 05 {time} {time} e0681863",
                id("01"),
                "00".repeat(15) + "09",
            ),
            format!("18000000079c78fd {} 046d61696e 00 00 00 b8498373", id("00")),
            "0500000008e6ffff 0161 00 00 00 2e6837f2".to_owned(),
            "010000000aa13181 04 da73d1c5".to_owned(),
        ]
        .map(|record| record.replace(' ', ""))
    );
}
