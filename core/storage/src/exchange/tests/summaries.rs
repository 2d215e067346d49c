//! Summaries: whole, damaged and forged.

use proptest::prelude::*;
use writemagic_shared::codec::put_varint;
use writemagic_shared::id::{AgentId, DocumentId, LibraryId};
use writemagic_shared::limits::{DOCUMENT_EVENTS, SUMMARY_AGENTS, SUMMARY_COUNTS, SUMMARY_DOCUMENTS};

use super::records::any_records;
use crate::exchange::digest::Digest;
use crate::exchange::record::Record;
use crate::exchange::summary::{BadSummary, Known, Summary, check_size};

const LIBRARY: LibraryId = LibraryId::from_bytes([7; 16]);

fn agent(number: u32) -> AgentId {
    AgentId::from_bytes((u128::from(number) << 90).to_be_bytes())
}

fn document(number: u64) -> DocumentId {
    // Some of them made in the same millisecond.
    DocumentId::from_bytes((u128::from(number) << 78).to_be_bytes())
}

type Plain = (u64, u64, Vec<(u32, u32)>);

fn any_documents() -> impl Strategy<Value = Vec<Plain>> {
    let count = prop_oneof![1..300_u32, Just(DOCUMENT_EVENTS as u32)];
    let events = prop::collection::btree_map(0..50_u32, count, 0..6);
    prop::collection::btree_map(any::<u64>(), (any::<u64>(), events), 0..8).prop_map(|documents| {
        let plain = |(number, (fields, events)): (u64, (u64, std::collections::BTreeMap<u32, u32>))| {
            (number, fields, events.into_iter().collect())
        };
        documents.into_iter().map(plain).collect()
    })
}

fn summary(shelf: u64, documents: &[Plain]) -> Summary {
    let mut summary = Summary::new(LIBRARY, shelf);
    for (number, fields, events) in documents {
        let events = events.iter().rev().map(|(number, count)| (agent(*number), *count)).collect();
        // Two numbers may have one id, in which the lowest bits of the largest do not count.
        let _ = summary.add(document(*number), Known::new(*fields, events).unwrap());
    }
    summary
}

/// Behind the checksum that belongs to them.
fn sealed(mut body: Vec<u8>) -> Vec<u8> {
    let checksum = crc32c::crc32c(&body);
    body.extend_from_slice(&checksum.to_le_bytes());
    body
}

proptest! {
    #[test]
    fn a_summary_survives_its_bytes_and_its_text(shelf: u64, documents in any_documents()) {
        let summary = summary(shelf, &documents);
        prop_assert_eq!(Summary::from_bytes(&summary.to_bytes()), Ok(summary.clone()));
        prop_assert_eq!(summary.to_string().parse(), Ok(summary));
    }

    #[test]
    fn a_cut_or_flipped_summary_is_refused(documents in any_documents(), at: prop::sample::Index) {
        let bytes = summary(1, &documents).to_bytes();
        let at = at.index(bytes.len());
        prop_assert!(Summary::from_bytes(&bytes[..at]).is_err());
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            prop_assert!(Summary::from_bytes(&flipped).is_err());
        }
    }

    #[test]
    fn what_is_taken_from_forged_bytes_could_have_been_written(
        documents in any_documents(), at: prop::sample::Index, byte: u8, cut in 0..30_usize,
    ) {
        let mut body = summary(1, &documents).to_bytes();
        body.truncate(body.len() - 4);
        let at = at.index(body.len());
        body[at] = byte;
        body.truncate(body.len().saturating_sub(cut.saturating_sub(20)));
        if let Ok(taken) = Summary::from_bytes(&sealed(body)) {
            prop_assert_eq!(Summary::from_bytes(&taken.to_bytes()), Ok(taken));
        }
    }

    #[test]
    fn any_bytes_and_texts_are_read_without_panic(bytes: Vec<u8>, text: String) {
        let _ = Summary::from_bytes(&bytes);
        let _ = Summary::from_bytes(&sealed([b"WMXS\x01".as_slice(), &bytes].concat()));
        let _ = text.parse::<Summary>();
    }

    #[test]
    fn the_digest_of_records_does_not_depend_on_their_order_and_tells_changes(records in any_records()) {
        let digest = |records: &mut dyn Iterator<Item = &Record>| {
            let mut digest = Digest::default();
            records.for_each(|record| digest.add(record));
            digest.value()
        };
        let all = digest(&mut records.iter());
        prop_assert_eq!(digest(&mut records.iter().rev()), all);
        for (i, record) in records.iter().enumerate() {
            let without = digest(&mut records[..i].iter().chain(&records[i + 1..]));
            prop_assert_eq!(without == all, matches!(record, Record::Events(_)));
        }
    }
}

#[test]
fn a_summary_tells_what_is_missing() {
    let events = vec![(agent(2), 5), (agent(1), 7)];
    let mut summary = Summary::new(LIBRARY, 3);
    summary.add(document(8), Known::new(4, events).unwrap()).unwrap();
    assert_eq!((summary.library(), summary.shelf()), (LIBRARY, 3));
    let known = summary.document(document(8)).unwrap();
    assert_eq!((known.next_of(agent(1)), known.next_of(agent(2)), known.next_of(agent(3))), (7, 5, 0));
    assert_eq!((known.fields(), known.events()), (4, [(agent(1), 7), (agent(2), 5)].as_slice()));
    assert_eq!(summary.document(document(9)), None);
    assert_eq!(summary.documents().count(), 1);
}

#[test]
fn numbers_that_no_library_has_are_refused() {
    assert_eq!(Known::new(0, vec![(agent(1), 0)]), Err(BadSummary::Count));
    assert_eq!(Known::new(0, vec![(agent(1), DOCUMENT_EVENTS as u32 + 1)]), Err(BadSummary::Count));
    assert_eq!(Known::new(0, vec![(agent(1), 1), (agent(1), 2)]), Err(BadSummary::Order));
    let mut summary = Summary::new(LIBRARY, 0);
    summary.add(document(1), Known::default()).unwrap();
    assert_eq!(summary.add(document(1), Known::default()), Err(BadSummary::Order));
}

/// Of a library without documents, up to the number of agents.
fn head() -> Vec<u8> {
    let bytes = Summary::new(LIBRARY, 0).to_bytes();
    bytes[..5 + 16 + 8].to_vec()
}

fn read(parts: &[&[u8]]) -> Result<Summary, BadSummary> {
    Summary::from_bytes(&sealed([&head(), parts.concat().as_slice()].concat()))
}

#[test]
fn a_summary_has_one_order() {
    let id = |last: u8| [&[0; 9], [last].as_slice()].concat();
    let entry = |time: u8, last: u8, events: &[u8]| [&[time], &id(last)[..], &[0; 8], events].concat();
    let (a, b) = ([1; 16], [2; 16]);
    assert!(read(&[&[2], &a, &b, &[2], &entry(0, 1, &[1, 0, 9]), &entry(0, 2, &[1, 1, 9])]).is_ok());
    assert_eq!(read(&[&[2], &b, &a, &[0]]), Err(BadSummary::Order), "agents");
    assert_eq!(read(&[&[2], &a, &a, &[0]]), Err(BadSummary::Order), "an agent twice");
    assert_eq!(read(&[&[1], &a, &[0]]), Err(BadSummary::Agent), "one that wrote nothing");
    assert_eq!(read(&[&[0, 2], &entry(0, 2, &[0]), &entry(0, 1, &[0])]), Err(BadSummary::Order));
    assert_eq!(read(&[&[0, 2], &entry(0, 1, &[0]), &entry(0, 1, &[0])]), Err(BadSummary::Order));
    assert!(read(&[&[0, 2], &entry(0, 2, &[0]), &entry(1, 1, &[0])]).is_ok());
    assert_eq!(read(&[&[1], &a, &[1], &entry(0, 1, &[1, 1, 9])]), Err(BadSummary::Agent));
    assert_eq!(read(&[&[1], &a, &[1], &entry(0, 1, &[1, 0, 0])]), Err(BadSummary::Count));
    assert_eq!(read(&[&[0, 0, 0]]), Err(BadSummary::Rest));
}

#[test]
fn claimed_counts_are_not_believed() {
    let claim = |count: u64| {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, count);
        bytes
    };
    let cut = Err(BadSummary::Number(writemagic_shared::codec::DecodeError::Truncated));
    assert_eq!(read(&[&claim(SUMMARY_AGENTS)]), cut);
    assert_eq!(read(&[&claim(SUMMARY_AGENTS + 1)]), Err(BadSummary::TooLarge));
    assert_eq!(read(&[&[0], &claim(SUMMARY_DOCUMENTS)]), cut);
    assert_eq!(read(&[&[0], &claim(SUMMARY_DOCUMENTS + 1)]), Err(BadSummary::TooLarge));
    assert_eq!(read(&[&[0, 1, 0], &[0; 18], &claim(u64::MAX)]), cut);
    assert_eq!(read(&[&[0, 1, 0], &[0; 18], &[1], &claim(u64::MAX), &[1]]), Err(BadSummary::Agent));
}

#[test]
fn a_summary_may_hold_as_much_as_its_limits_and_no_more() {
    let most = (SUMMARY_DOCUMENTS, SUMMARY_AGENTS, SUMMARY_COUNTS);
    assert_eq!(check_size(most.0, most.1, most.2), Ok(()));
    assert_eq!(check_size(most.0 + 1, 0, 0), Err(BadSummary::TooLarge));
    assert_eq!(check_size(0, most.1 + 1, 0), Err(BadSummary::TooLarge));
    assert_eq!(check_size(0, 0, most.2 + 1), Err(BadSummary::TooLarge));

    let known = |from: u32, to: u32| Known::new(0, (from..to).map(|n| (agent(n), 1)).collect()).unwrap();
    let most = SUMMARY_AGENTS as u32;
    let mut full = Summary::new(LIBRARY, 0);
    full.add(document(1), known(0, most)).unwrap();
    assert_eq!(full.add(document(2), known(most, most + 1)), Err(BadSummary::TooLarge));
    full.add(document(2), known(0, 1)).unwrap();
    assert_eq!(full.documents().count(), 2);
}

#[test]
fn a_text_has_one_form() {
    let summary = summary(1, &[(5, 6, vec![(1, 2)])]);
    let text = summary.to_string();
    assert_eq!(text.parse(), Ok(summary));
    let bad = Err(BadSummary::Text);
    assert_eq!(text.to_uppercase().parse::<Summary>(), bad);
    assert_eq!(text[1..].parse::<Summary>(), bad);
    assert_eq!(format!("{text} ").parse::<Summary>(), bad);
    assert_eq!("".parse::<Summary>(), Err(BadSummary::Magic));
}

#[test]
fn a_note_takes_some_thirty_bytes_of_a_summary_and_a_writer_sixteen() {
    // A note every eight hours, each written on by two of a thousand openings of the library.
    let mut summary = Summary::new(LIBRARY, 0);
    for note in 0..1000_u32 {
        let millis = 1_700_000_000_000 + u128::from(note) * 8 * 3_600_000;
        let random = u128::from(note).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) >> 48;
        let id = DocumentId::from_bytes((millis << 80 | random).to_be_bytes());
        let events = vec![(agent(note), 1500), (agent((note + 1) % 1000), 300)];
        summary.add(id, Known::new(random as u64, events).unwrap()).unwrap();
    }
    let bytes = summary.to_bytes().len();
    assert!(bytes < 1000 * (16 + 32) + 50, "{bytes}");
}
