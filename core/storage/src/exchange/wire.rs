//! The bytes of a bundle's records.
//!
//! | kind | record | payload |
//! | ---: | --- | --- |
//! | 1 | header | `WMXB`, varint(format), library, clock |
//! | 2 | folder | id, optional id of the parent, clock, name, clock, order key, clock |
//! | 3 | joined | id, id of the folder that it is now |
//! | 4 | purged | id, byte (0 document, 1 folder, 2 branch), clock |
//! | 5 | document | id, title, clock, byte (kind), bom, optional folder, clock, optional language, clock, varint(words target + 1, or 0), the same of characters, clock, trashed, clock, created, modified |
//! | 6 | events | a chunk of history |
//! | 7 | branch | id, name, clock, created, version |
//! | 8 | label | name, optional version, time, clock |
//! | 9 | anchor | id, kind, optional version and varint(position), byte (side), clock |
//! | 10 | end | varint(records before it) |
//!
//! An id is its 16 bytes. Texts and keys have their length in bytes before them. A clock is a varint, a time zigzag in
//! milliseconds, a truth a byte, 0 or 1; what is optional has such a byte before it. A version is varint(heads) and, for
//! each head in ascending order, 16 bytes of agent and varint(sequence number). Nothing may stand behind the last value.
//! What the values may be is `record`'s to say.

use writemagic_shared::codec::{DecodeError, Reader, put_varint, unzigzag, zigzag};
use writemagic_shared::id::{AgentId, DocumentId, FolderId, LibraryId};
use writemagic_shared::limits::{
    BUNDLE_CHUNK_BYTES, BUNDLE_RECORD_BYTES, DOCUMENT_EVENTS, EVENT_PARENTS, TARGET,
};
use writemagic_shared::runtime::Timestamp;

use super::field::{Field, Ticks};
use super::record::{
    Anchor, BadRecord, Branch, DocumentState, FolderState, Header, Label, PurgedKind, Record,
};
use crate::graph::version::{EventId, Version};

pub(super) const HEADER: u8 = 1;
const FOLDER: u8 = 2;
const JOINED: u8 = 3;
const PURGED: u8 = 4;
pub(super) const DOCUMENT: u8 = 5;
pub(super) const EVENTS: u8 = 6;
const BRANCH: u8 = 7;
const LABEL: u8 = 8;
pub(super) const ANCHOR: u8 = 9;
pub(super) const END: u8 = 10;

const MAGIC: &[u8; 4] = b"WMXB";
/// The format of bundles, which grows when an older engine could not read them any more.
const FORMAT: u64 = 1;

/// The longest payload of a record of this kind; `None` for a kind that there is not.
pub(super) fn longest(kind: u8) -> Option<u32> {
    match kind {
        EVENTS => Some(BUNDLE_CHUNK_BYTES as u32),
        HEADER..=END => Some(BUNDLE_RECORD_BYTES as u32),
        _ => None,
    }
}

impl From<DecodeError> for BadRecord {
    fn from(error: DecodeError) -> Self {
        BadRecord(match error {
            DecodeError::Truncated => "a record ends inside a value",
            DecodeError::Overlong => "a number has more than 64 bits",
            _ => "a number is over its bound",
        })
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Clocks below zero do not pass the check of a record.
fn put_clock(out: &mut Vec<u8>, clock: Ticks) {
    put_varint(out, clock.unsigned_abs());
}

fn put_time(out: &mut Vec<u8>, time: Timestamp) {
    put_varint(out, zigzag(time.as_millis()));
}

fn put_option<T>(out: &mut Vec<u8>, value: Option<T>, put: impl FnOnce(&mut Vec<u8>, T)) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(out, value);
    }
}

fn put_folder_field(out: &mut Vec<u8>, field: &Field<Option<FolderId>>) {
    put_option(out, field.value, |out, id| out.extend_from_slice(id.as_bytes()));
    put_clock(out, field.clock);
}

fn put_text_field(out: &mut Vec<u8>, field: &Field<String>) {
    put_bytes(out, field.value.as_bytes());
    put_clock(out, field.clock);
}

fn put_version(out: &mut Vec<u8>, version: &Version) {
    put_varint(out, version.heads().len() as u64);
    for head in version.heads() {
        out.extend_from_slice(head.agent.as_bytes());
        put_varint(out, head.seq.into());
    }
}

pub(super) fn put_header(out: &mut Vec<u8>, header: &Header) {
    out.extend_from_slice(MAGIC);
    put_varint(out, FORMAT);
    out.extend_from_slice(header.library.as_bytes());
    put_clock(out, header.clock);
}

pub(super) fn put_end(out: &mut Vec<u8>, records: u64) {
    put_varint(out, records);
}

/// Appends the payload of a record that passes its check.
pub(super) fn put_record(out: &mut Vec<u8>, record: &Record) {
    match record {
        Record::Folder(folder) => {
            out.extend_from_slice(folder.id.as_bytes());
            put_folder_field(out, &folder.parent);
            put_text_field(out, &folder.name);
            put_bytes(out, &folder.order.value);
            put_clock(out, folder.order.clock);
        }
        Record::Joined { id, into } => {
            out.extend_from_slice(id.as_bytes());
            out.extend_from_slice(into.as_bytes());
        }
        Record::Purged { id, kind, clock } => {
            out.extend_from_slice(id);
            out.push(*kind as u8);
            put_clock(out, *clock);
        }
        Record::Document(document) => put_document(out, document),
        Record::Events(chunk) => out.extend_from_slice(chunk),
        Record::Branch(branch) => {
            out.extend_from_slice(&branch.id);
            put_text_field(out, &branch.name);
            put_time(out, branch.created);
            put_version(out, &branch.version);
        }
        Record::Label(label) => {
            put_bytes(out, label.name.as_bytes());
            put_option(out, label.version.as_ref(), put_version);
            put_time(out, label.at);
            put_clock(out, label.clock);
        }
        Record::Anchor(anchor) => {
            out.extend_from_slice(&anchor.id);
            put_bytes(out, anchor.kind.as_bytes());
            put_option(out, anchor.place.as_ref(), |out, (version, at)| {
                put_version(out, version);
                put_varint(out, u64::from(*at));
            });
            out.push(anchor.side);
            put_clock(out, anchor.clock);
        }
    }
}

fn put_document(out: &mut Vec<u8>, document: &DocumentState) {
    out.extend_from_slice(document.id.as_bytes());
    put_text_field(out, &document.title);
    out.push(document.kind);
    out.push(u8::from(document.bom));
    put_folder_field(out, &document.folder);
    put_option(out, document.language.value.as_ref(), |out, tag| put_bytes(out, tag.as_bytes()));
    put_clock(out, document.language.clock);
    for target in document.targets.value {
        // Targets are far below the largest number.
        put_varint(out, target.map_or(0, |target| target.saturating_add(1)));
    }
    put_clock(out, document.targets.clock);
    out.push(u8::from(document.trashed.value));
    put_clock(out, document.trashed.clock);
    put_time(out, document.created);
    put_time(out, document.modified);
}

/// The number in the framing of a record.
pub(super) const fn kind_of(record: &Record) -> u8 {
    match record {
        Record::Folder(_) => FOLDER,
        Record::Joined { .. } => JOINED,
        Record::Purged { .. } => PURGED,
        Record::Document(_) => DOCUMENT,
        Record::Events(_) => EVENTS,
        Record::Branch(_) => BRANCH,
        Record::Label(_) => LABEL,
        Record::Anchor(_) => ANCHOR,
    }
}

/// The values of a payload, none of which is believed.
struct Values<'a>(Reader<'a>);

impl<'a> Values<'a> {
    fn byte(&mut self) -> Result<u8, BadRecord> {
        match self.0.bytes(1)? {
            [byte] => Ok(*byte),
            _ => Err(DecodeError::Truncated.into()),
        }
    }

    fn truth(&mut self) -> Result<bool, BadRecord> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(BadRecord("a truth is neither 0 nor 1")),
        }
    }

    fn id(&mut self) -> Result<[u8; 16], BadRecord> {
        match self.0.bytes(16)?.first_chunk() {
            Some(id) => Ok(*id),
            None => Err(DecodeError::Truncated.into()),
        }
    }

    fn folder(&mut self) -> Result<FolderId, BadRecord> {
        self.id().map(FolderId::from_bytes)
    }

    fn bytes(&mut self) -> Result<&'a [u8], BadRecord> {
        let length = self.0.varint()?;
        Ok(self.0.bytes(length)?)
    }

    fn text(&mut self) -> Result<String, BadRecord> {
        match std::str::from_utf8(self.bytes()?) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(BadRecord("a text is not UTF-8")),
        }
    }

    fn clock(&mut self) -> Result<Ticks, BadRecord> {
        // Never above what the type holds.
        Ok(self.0.varint_up_to(Ticks::MAX as u64)? as Ticks)
    }

    fn time(&mut self) -> Result<Timestamp, BadRecord> {
        Ok(Timestamp::from_millis(unzigzag(self.0.varint()?)))
    }

    fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, BadRecord>,
    ) -> Result<Option<T>, BadRecord> {
        if self.truth()? { read(self).map(Some) } else { Ok(None) }
    }

    fn field<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, BadRecord>,
    ) -> Result<Field<T>, BadRecord> {
        Ok(Field { value: read(self)?, clock: self.clock()? })
    }

    fn target(&mut self) -> Result<Option<u64>, BadRecord> {
        Ok(self.0.varint_up_to(TARGET + 1)?.checked_sub(1))
    }

    fn version(&mut self) -> Result<Version, BadRecord> {
        let count = self.0.varint_up_to(EVENT_PARENTS)?;
        let mut heads: Vec<EventId> = Vec::new();
        for _ in 0..count {
            let agent = AgentId::from_bytes(self.id()?);
            let seq = self.0.varint_up_to(DOCUMENT_EVENTS - 1)? as u32;
            heads.push(EventId { agent, seq });
        }
        if !heads.is_sorted() {
            return Err(BadRecord("the heads of a version are not in order"));
        }
        Version::new(heads).map_err(|_| BadRecord("a version is malformed"))
    }
}

/// Reads all of a payload.
fn whole<T>(
    payload: &[u8],
    read: impl FnOnce(&mut Values<'_>) -> Result<T, BadRecord>,
) -> Result<T, BadRecord> {
    let mut values = Values(Reader::new(payload));
    let value = read(&mut values)?;
    if values.0.is_empty() { Ok(value) } else { Err(BadRecord("a record goes on behind its last value")) }
}

pub(super) fn read_header(payload: &[u8]) -> Result<Header, BadRecord> {
    whole(payload, |values| {
        if values.0.bytes(MAGIC.len() as u64).ok() != Some(MAGIC) {
            return Err(BadRecord("this is no bundle"));
        }
        // Before all else: what stands behind it is that format's.
        if values.0.varint()? != FORMAT {
            return Err(BadRecord("the bundle is of another format, perhaps a newer one"));
        }
        Ok(Header { library: LibraryId::from_bytes(values.id()?), clock: values.clock()? })
    })
}

pub(super) fn read_end(payload: &[u8]) -> Result<u64, BadRecord> {
    whole(payload, |values| Ok(values.0.varint()?))
}

/// The record of a payload, sound in itself. All but a chunk of history, which has no form here.
pub(super) fn read_record(kind: u8, payload: &[u8]) -> Result<Record, BadRecord> {
    let record = whole(payload, |values| read_values(kind, values))?;
    record.check()?;
    Ok(record)
}

fn read_values(kind: u8, values: &mut Values<'_>) -> Result<Record, BadRecord> {
    Ok(match kind {
        FOLDER => Record::Folder(FolderState {
            id: values.folder()?,
            parent: values.field(|values| values.option(Values::folder))?,
            name: values.field(Values::text)?,
            order: values.field(|values| values.bytes().map(<[u8]>::to_vec))?,
        }),
        JOINED => Record::Joined { id: values.folder()?, into: values.folder()? },
        PURGED => {
            let id = values.id()?;
            let kind = match values.byte()? {
                0 => PurgedKind::Document,
                1 => PurgedKind::Folder,
                2 => PurgedKind::Branch,
                _ => return Err(BadRecord("what was purged is of an unknown kind")),
            };
            Record::Purged { id, kind, clock: values.clock()? }
        }
        DOCUMENT => Record::Document(Box::new(DocumentState {
            id: DocumentId::from_bytes(values.id()?),
            title: values.field(Values::text)?,
            kind: values.byte()?,
            bom: values.truth()?,
            folder: values.field(|values| values.option(Values::folder))?,
            language: values.field(|values| values.option(Values::text))?,
            targets: values.field(|values| Ok([values.target()?, values.target()?]))?,
            trashed: values.field(Values::truth)?,
            created: values.time()?,
            modified: values.time()?,
        })),
        BRANCH => Record::Branch(Branch {
            id: values.id()?,
            name: values.field(Values::text)?,
            created: values.time()?,
            version: values.version()?,
        }),
        LABEL => Record::Label(Label {
            name: values.text()?,
            version: values.option(Values::version)?,
            at: values.time()?,
            clock: values.clock()?,
        }),
        ANCHOR => Record::Anchor(Anchor {
            id: values.id()?,
            kind: values.text()?,
            place: values.option(|values| {
                let version = values.version()?;
                Ok((version, values.0.varint_up_to(DOCUMENT_EVENTS)? as u32))
            })?,
            side: values.byte()?,
            clock: values.clock()?,
        }),
        _ => return Err(BadRecord("a record is of an unknown kind")),
    })
}
