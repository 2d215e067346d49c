//! Records as libraries could have them.

use proptest::prelude::*;
use writemagic_shared::id::{AgentId, DocumentId, FolderId, LibraryId};
use writemagic_shared::limits::{DOCUMENT_EVENTS, TARGET};
use writemagic_shared::runtime::Timestamp;

use crate::exchange::field::Field;
use crate::exchange::record::{
    Anchor, Branch, DocumentState, FolderState, Header, Label, MAIN_ID, PurgedKind, Record,
};
use crate::graph::version::{EventId, Version};

pub(super) fn folder_id(number: u128) -> FolderId {
    FolderId::from_bytes(number.to_be_bytes())
}

fn any_clock() -> impl Strategy<Value = i64> {
    prop_oneof![0..200_i64, 0..=i64::MAX, Just(i64::MAX)]
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![any::<i64>(), -3..3_i64].prop_map(Timestamp::from_millis)
}

fn field<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Field<T>> {
    (value, any_clock()).prop_map(|(value, clock)| Field { value, clock })
}

fn any_folder_id() -> impl Strategy<Value = FolderId> {
    any::<u128>().prop_map(folder_id)
}

fn any_version() -> impl Strategy<Value = Version> {
    let head = (0..40_u8, 0..DOCUMENT_EVENTS as u32);
    prop::collection::btree_set(head, 0..5).prop_map(|heads| {
        let id = |(agent, seq)| EventId { agent: AgentId::from_bytes([agent; 16]), seq };
        Version::new(heads.into_iter().map(id).collect()).unwrap()
    })
}

pub(super) fn any_header() -> impl Strategy<Value = Header> {
    (any::<[u8; 16]>(), any_clock())
        .prop_map(|(library, clock)| Header { library: LibraryId::from_bytes(library), clock })
}

fn any_shelf_record() -> impl Strategy<Value = Record> {
    let order = prop::collection::vec(any::<u8>(), 0..6).prop_map(|mut key| {
        key.push(128);
        key
    });
    let parent = prop::option::of(any_folder_id());
    let name = "[a-zß一.]{3,9}";
    let folder = (any_folder_id(), field(parent), field(name), field(order))
        .prop_map(|(id, parent, name, order)| Record::Folder(FolderState { id, parent, name, order }));
    let joined = any::<u128>()
        .prop_map(|id| Record::Joined { id: folder_id(id), into: folder_id(id.wrapping_mul(3) ^ 1 << 77) });
    let kind = prop::sample::select(vec![PurgedKind::Document, PurgedKind::Folder, PurgedKind::Branch]);
    let purged = (any::<[u8; 16]>(), kind, any_clock()).prop_map(|(id, kind, clock)| Record::Purged {
        id,
        kind,
        clock,
    });
    prop_oneof![folder, joined, purged]
}

fn any_document() -> impl Strategy<Value = Record> {
    let target = || prop::option::of(prop_oneof![0..3_u64, 0..=TARGET]);
    let language = prop::option::of(prop::sample::select(vec!["en", "de-CH", "zh-Hant-TW"]));
    let fields = (
        field("\\PC{0,20}"),
        field(prop::option::of(any_folder_id())),
        field(language.prop_map(|tag| tag.map(str::to_owned))),
        field([target(), target()]),
        field(any::<bool>()),
    );
    (any::<[u8; 16]>(), fields, any::<u8>(), any::<bool>(), any_time(), any_time()).prop_map(
        |(id, (title, folder, language, targets, trashed), kind, bom, created, modified)| {
            let id = DocumentId::from_bytes(id);
            Record::Document(Box::new(DocumentState {
                id,
                title,
                kind,
                bom,
                folder,
                language,
                targets,
                trashed,
                created,
                modified,
            }))
        },
    )
}

fn any_part() -> impl Strategy<Value = Record> {
    let events = prop::collection::vec(any::<u8>(), 0..50).prop_map(Record::Events);
    let id = prop_oneof![Just(MAIN_ID), any::<[u8; 16]>()];
    let branch = (id, field("\\PC{0,10}"), any_time(), any_version())
        .prop_map(|(id, name, created, version)| Record::Branch(Branch { id, name, created, version }));
    let label = ("\\PC{0,10}", prop::option::of(any_version()), any_time(), any_clock())
        .prop_map(|(name, version, at, clock)| Record::Label(Label { name, version, at, clock }));
    let place = prop::option::of((any_version(), 0..=DOCUMENT_EVENTS as u32));
    let anchor = (any::<[u8; 16]>(), "[a-z]{0,9}", place, 0..2_u8, any_clock())
        .prop_map(|(id, kind, place, side, clock)| Record::Anchor(Anchor { id, kind, place, side, clock }));
    prop_oneof![events, branch, label, anchor]
}

fn rank(record: &Record) -> u8 {
    crate::exchange::wire::kind_of(record)
}

/// The records of a bundle in their order.
pub(super) fn any_records() -> impl Strategy<Value = Vec<Record>> {
    let document = (any_document(), prop::collection::vec(any_part(), 0..6));
    let shelf = prop::collection::vec(any_shelf_record(), 0..6);
    (shelf, prop::collection::vec(document, 0..4)).prop_map(|(mut records, documents)| {
        records.sort_by_key(rank);
        for (document, mut parts) in documents {
            parts.sort_by_key(rank);
            records.push(document);
            records.append(&mut parts);
        }
        records
    })
}
