//! What a record may hold, at the edge and beyond.

use writemagic_shared::id::AgentId;
use writemagic_shared::limits::{
    ANCHOR_KIND_BYTES, BRANCH_NAME_BYTES, DOCUMENT_EVENTS, EVENT_PARENTS, FOLDER_NAME_BYTES, LABEL_BYTES,
    LANGUAGE_TAG_BYTES, ORDER_KEY_BYTES, TARGET, TITLE_BYTES,
};
use writemagic_shared::runtime::Timestamp;

use super::bundles::{HEADER, bundle, document, read_all, refusal};
use super::records::folder_id;
use crate::exchange::bundle::BundleWriter;
use crate::exchange::field::Field;
use crate::exchange::record::{
    Anchor, Branch, DocumentState, FolderState, Header, Label, PurgedKind, Record,
};
use crate::graph::version::{EventId, Version};

fn taken(record: Record) {
    let records = if matches!(record, Record::Folder(_) | Record::Document(_) | Record::Purged { .. }) {
        vec![record]
    } else {
        vec![Record::Document(Box::new(document())), record]
    };
    let bytes = bundle(&HEADER, &records);
    assert_eq!(read_all(&bytes[..]), (Some(HEADER), records, Ok(())));
}

fn refused(record: Record, reason: &str) {
    let mut writer = BundleWriter::new(Vec::new(), &HEADER).unwrap();
    writer.write(&Record::Document(Box::new(document()))).unwrap();
    assert_eq!(refusal(writer.write(&record).unwrap_err()).0, reason);
}

fn text(bytes: u64) -> String {
    "x".repeat(bytes as usize)
}

/// The longest version that there is.
fn longest_version() -> Version {
    let seq = DOCUMENT_EVENTS as u32 - 1;
    let head = |agent| EventId { agent: AgentId::from_bytes([agent; 16]), seq };
    Version::new((0..EVENT_PARENTS as u8).map(head).collect()).unwrap()
}

fn folder() -> FolderState {
    FolderState {
        id: folder_id(1),
        parent: Field { value: None, clock: 0 },
        name: Field { value: "Novel".to_owned(), clock: 0 },
        order: Field { value: vec![128], clock: 0 },
    }
}

#[test]
fn texts_and_keys_may_be_as_long_as_their_limits_and_no_longer() {
    let title = |bytes| {
        let mut document = document();
        document.title.value = text(bytes);
        Record::Document(Box::new(document))
    };
    taken(title(TITLE_BYTES));
    refused(title(TITLE_BYTES + 1), "a title is too long");

    let name =
        |bytes| Record::Folder(FolderState { name: Field { value: text(bytes), clock: 0 }, ..folder() });
    taken(name(FOLDER_NAME_BYTES));
    refused(name(FOLDER_NAME_BYTES + 1), "a folder's name is too long");

    let order = |bytes| {
        let mut value = vec![1; bytes as usize - 1];
        value.push(128);
        Record::Folder(FolderState { order: Field { value, clock: 0 }, ..folder() })
    };
    taken(order(ORDER_KEY_BYTES));
    refused(order(ORDER_KEY_BYTES + 1), "a folder's order key is too long");

    let branch = |bytes| {
        let name = Field { value: text(bytes), clock: 0 };
        let created = Timestamp::from_millis(i64::MIN);
        Record::Branch(Branch { id: [1; 16], name, created, version: longest_version() })
    };
    taken(branch(BRANCH_NAME_BYTES));
    refused(branch(BRANCH_NAME_BYTES + 1), "a branch's name is too long");

    let label = |bytes| {
        let at = Timestamp::from_millis(i64::MAX);
        Record::Label(Label { name: text(bytes), version: Some(longest_version()), at, clock: i64::MAX })
    };
    taken(label(LABEL_BYTES));
    refused(label(LABEL_BYTES + 1), "a label's name is too long");

    let anchor = |bytes| {
        let place = Some((longest_version(), DOCUMENT_EVENTS as u32));
        Record::Anchor(Anchor { id: [1; 16], kind: text(bytes), place, side: 1, clock: i64::MAX })
    };
    taken(anchor(ANCHOR_KIND_BYTES));
    refused(anchor(ANCHOR_KIND_BYTES + 1), "an anchor's kind is too long");
}

#[test]
fn values_that_no_library_has_are_refused() {
    let document = |change: &dyn Fn(&mut DocumentState)| {
        let mut document = document();
        change(&mut document);
        Record::Document(Box::new(document))
    };
    taken(document(&|document| document.targets.value = [Some(TARGET), Some(TARGET)]));
    refused(document(&|document| document.targets.value[1] = Some(TARGET + 1)), "a target is too large");
    refused(document(&|document| document.targets.value[0] = Some(u64::MAX)), "a target is too large");
    for tag in ["", "e", "en_US", "en--US", &text(LANGUAGE_TAG_BYTES + 1)] {
        let malformed = document(&|document| document.language.value = Some(tag.to_owned()));
        refused(malformed, "a language tag is malformed");
    }
    refused(document(&|document| document.trashed.clock = -1), "a clock is below zero");
    refused(
        Record::Purged { id: [1; 16], kind: PurgedKind::Branch, clock: i64::MIN },
        "a clock is below zero",
    );
    for name in ["", ".", "..", "a/b", "/"] {
        let name = Field { value: name.to_owned(), clock: 0 };
        refused(
            Record::Folder(FolderState { name, ..folder() }),
            "a folder's name is empty, `.` or `..`, or has a `/`",
        );
    }
    for key in [vec![], vec![0], vec![128, 0]] {
        let order = Field { value: key, clock: 0 };
        refused(Record::Folder(FolderState { order, ..folder() }), "a folder's order key is malformed");
    }
    refused(Record::Joined { id: folder_id(1), into: folder_id(1) }, "a folder is joined with itself");
    let anchor = |at, side| {
        let place = Some((Version::default(), at));
        Record::Anchor(Anchor { id: [1; 16], kind: text(1), place, side, clock: 0 })
    };
    refused(anchor(DOCUMENT_EVENTS as u32 + 1, 0), "an anchor stands outside of any text");
    refused(anchor(0, 2), "an anchor has an unknown side");
    let before = Header { clock: -1, ..HEADER };
    assert_eq!(refusal(BundleWriter::new(Vec::new(), &before).unwrap_err()).0, "a clock is below zero");
}

#[test]
fn of_two_labels_or_anchors_the_same_one_stays_on_every_device() {
    let version = |seq| Version::new(vec![EventId { agent: AgentId::from_bytes([1; 16]), seq }]).unwrap();
    let label = |clock, seq: Option<u32>| Label {
        name: text(1),
        version: seq.map(version),
        at: Timestamp::from_millis(0),
        clock,
    };
    let labels = [label(1, None), label(1, Some(1)), label(1, Some(2)), label(2, None)];
    let anchor = |clock, seq: Option<u32>, at| Anchor {
        id: [1; 16],
        kind: text(1),
        place: seq.map(|seq| (version(seq), at)),
        side: 0,
        clock,
    };
    let anchors = [anchor(1, None, 0), anchor(1, Some(1), 1), anchor(1, Some(1), 2), anchor(2, None, 0)];
    for i in 0..4 {
        for j in 0..4 {
            assert_eq!(labels[i].is_newer_than(&labels[j]), i > j);
            assert_eq!(anchors[i].is_newer_than(&anchors[j]), i > j);
        }
    }
}
