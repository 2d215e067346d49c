//! An index as a file: written once, mapped where it is opened again.
//!
//! | Part of the payload | What it is |
//! | --- | --- |
//! | 8 bytes | the length of the head |
//! | head | varints: what the snapshot is of, how many there are of everything |
//! | rows | one byte a dimension, a row a slot |
//! | scales, priors | 4 bytes a slot each, IEEE 754 |
//! | slots | 28 bytes each: id, content, session, place, terms |
//! | sessions | 20 bytes each: key, terms, slots |
//! | order | 4 bytes a slot: the slots of each session |
//! | terms, ends | 8 bytes a term each: the terms, ascending, and where their lists end |
//! | lists | as in `postings` |
//!
//! Numbers are little endian; every part begins at a multiple of 64 bytes. No word of a text is in it, only hashes and vectors.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use writemagic_shared::codec::{Reader, put_varint};
use writemagic_shared::mapped::{ALIGNMENT, Kind, MapError, MappedFile, Writer};
use writemagic_shared::vector::check_dimensions;

use super::index::{Index, LONE, Session, Slot, length};
use super::postings::{Postings, Stored};
use super::rows::Rows;
use super::section::Section;
use super::terms::Language;

/// Another layout takes another kind.
const KIND: Kind = Kind(*b"MNG2");
/// The largest snapshot that is opened, in bytes: 4 GiB.
const MOST_BYTES: u64 = 4 << 30;
const SLOT_BYTES: usize = 28;
const SESSION_BYTES: usize = 20;

/// What an index is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// Told apart from all others of the library.
    pub(super) generation: u64,
    /// The model and its dimensions; empty where there are no vectors.
    pub(super) space: String,
    /// The last change that is in the index or among those to come.
    pub(super) seen: u64,
    /// Whether all sessions were in it at some time.
    pub(super) was_whole: bool,
    /// Sessions that are not as they were at that change.
    pub(super) pending: Vec<u64>,
}

/// Writes a snapshot; an index with dead slots must be compacted first.
pub(super) fn write(path: &Path, index: &Index, origin: &Origin) -> Result<(), MapError> {
    let terms = index.postings.terms();
    let mut lists = Vec::new();
    let mut ends = Vec::with_capacity(terms.len() * 8);
    for term in &terms {
        index.postings.put_list(*term, &mut lists);
        ends.extend_from_slice(&(lists.len() as u64).to_le_bytes());
    }
    let mut head = Vec::new();
    put_varint(&mut head, origin.generation);
    put_varint(&mut head, origin.space.len() as u64);
    head.extend_from_slice(origin.space.as_bytes());
    put_varint(&mut head, origin.seen);
    put_varint(&mut head, u64::from(origin.was_whole));
    put_varint(&mut head, origin.pending.len() as u64);
    origin.pending.iter().for_each(|session| put_varint(&mut head, *session));
    let counts = [index.rows.dimensions(), index.slots.len(), index.sessions.len(), terms.len(), lists.len()];
    counts.iter().for_each(|count| put_varint(&mut head, *count as u64));
    put_varint(&mut head, index.languages.len() as u64);
    head.extend(index.languages.iter().map(|language| language.code()));

    let mut file = Aligned { file: Writer::create(path, KIND)?, at: 0 };
    file.put(&(head.len() as u64).to_le_bytes())?;
    file.put(&head)?;
    file.align()?;
    for part in index.rows.parts() {
        file.put(&part.iter().map(|number| number.to_le_bytes()[0]).collect::<Vec<u8>>())?;
    }
    file.align()?;
    for numbers in [&index.scales, &index.priors] {
        file.part(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())?;
    }
    let slot = |slot: &Slot| {
        let mut bytes = [0; SLOT_BYTES];
        bytes[..8].copy_from_slice(&slot.id.to_le_bytes());
        bytes[8..16].copy_from_slice(&slot.content.to_le_bytes());
        bytes[16..20].copy_from_slice(&slot.session.to_le_bytes());
        bytes[20..24].copy_from_slice(&slot.place.to_le_bytes());
        bytes[24..].copy_from_slice(&slot.terms.to_le_bytes());
        bytes
    };
    file.part(&index.slots.iter().flat_map(slot).collect::<Vec<u8>>())?;
    let session = |session: &Session| {
        let mut bytes = [0; SESSION_BYTES];
        bytes[..8].copy_from_slice(&session.key.to_le_bytes());
        bytes[8..16].copy_from_slice(&session.terms.to_le_bytes());
        bytes[16..].copy_from_slice(&(session.slots.len() as u32).to_le_bytes());
        bytes
    };
    file.part(&index.sessions.iter().flat_map(session).collect::<Vec<u8>>())?;
    let order = index.sessions.iter().flat_map(|session| &session.slots);
    file.part(&order.flat_map(|slot| slot.to_le_bytes()).collect::<Vec<u8>>())?;
    file.part(&terms.iter().flat_map(|term| term.0.to_le_bytes()).collect::<Vec<u8>>())?;
    file.part(&ends)?;
    file.part(&lists)?;
    file.file.finish()
}

struct Aligned {
    file: Writer,
    at: usize,
}

impl Aligned {
    fn put(&mut self, bytes: &[u8]) -> Result<(), MapError> {
        self.file.write_all(bytes)?;
        self.at += bytes.len();
        Ok(())
    }

    fn align(&mut self) -> Result<(), MapError> {
        self.put(&vec![0; self.at.next_multiple_of(ALIGNMENT) - self.at])
    }

    fn part(&mut self, bytes: &[u8]) -> Result<(), MapError> {
        self.put(bytes)?;
        self.align()
    }
}

/// Opens a snapshot; `Ok(None)` for a file that is whole and yet none of ours.
pub(super) fn open(path: &Path) -> Result<Option<(Index, Origin)>, MapError> {
    let file = Arc::new(MappedFile::open(path, KIND, MOST_BYTES)?);
    Ok(parse(&file))
}

/// Sections of the file, one behind the other.
struct Parts<'a> {
    file: &'a Arc<MappedFile>,
    at: usize,
}

impl Parts<'_> {
    fn next(&mut self, count: usize, each: usize) -> Option<Section> {
        let end = self.at.checked_add(count.checked_mul(each)?)?;
        let section = Section::of(self.file, self.at..end)?;
        self.at = end.checked_next_multiple_of(ALIGNMENT)?;
        Some(section)
    }
}

fn parse(file: &Arc<MappedFile>) -> Option<(Index, Origin)> {
    let payload = file.payload();
    let head_length = usize::try_from(u64::from_le_bytes(*payload.first_chunk()?)).ok()?;
    let head = payload.get(8..head_length.checked_add(8)?)?;
    let mut reader = Reader::new(head);
    let generation = reader.varint().ok()?;
    let space = reader.varint().ok()?;
    let space = String::from_utf8(reader.bytes(space).ok()?.to_vec()).ok()?;
    let seen = reader.varint().ok()?;
    let was_whole = reader.varint_up_to(1).ok()? == 1;
    let count = reader.varint().ok()?;
    let mut pending = Vec::new();
    reader.varints(count, &mut pending).ok()?;
    let mut counts = [0_usize; 5];
    for count in &mut counts {
        *count = usize::try_from(reader.varint().ok()?).ok()?;
    }
    let [dimensions, slots, sessions, terms, list_bytes] = counts;
    if dimensions > 0 && check_dimensions(dimensions).is_err() {
        return None;
    }
    let languages = reader.varint().ok()?;
    let languages = reader.bytes(languages).ok()?.iter().map(|code| Language::from_code(*code));
    let languages: Vec<Language> = languages.collect::<Option<_>>()?;

    let mut parts = Parts { file, at: head_length.checked_add(8)?.checked_next_multiple_of(ALIGNMENT)? };
    let rows = Rows::mapped(dimensions, parts.next(slots, dimensions)?);
    let mut floats = || -> Option<Vec<f32>> {
        let section = parts.next(slots, 4)?;
        Some(section.bytes().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    };
    let (scales, priors) = (floats()?, floats()?);
    // A dead slot, which would have a prior below everything, is in no snapshot.
    if !scales.iter().chain(&priors).all(|number| number.is_finite()) {
        return None;
    }
    let slot_part = parts.next(slots, SLOT_BYTES)?;
    let session_part = parts.next(sessions, SESSION_BYTES)?;
    let order = parts.next(slots, 4)?;
    let postings = Postings::mapped(Stored {
        terms: parts.next(terms, 8)?,
        ends: parts.next(terms, 8)?,
        lists: parts.next(list_bytes, 1)?,
    });
    let mut index = Index::new(dimensions);
    index.slots = slot_part.bytes().as_chunks::<SLOT_BYTES>().0.iter().map(slot).collect();
    index.lengths = index.slots.iter().map(|slot| length(slot.terms)).collect();
    let order: Vec<u32> =
        order.bytes().as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    let mut order = order.into_iter();
    for bytes in session_part.bytes().as_chunks::<SESSION_BYTES>().0 {
        let number = index.sessions.len() as u32;
        let session = session(bytes, &mut order)?;
        // Whoever reads a slot's session or place relies on them.
        let mut terms = 0;
        for (place, slot) in (0_u32..).zip(&session.slots) {
            let slot = index.slots.get(*slot as usize)?;
            terms += u64::from(slot.terms);
            if (slot.session, slot.place) != (number, place) {
                return None;
            }
        }
        if terms != session.terms {
            return None;
        }
        if let [slot] = session.slots[..] {
            index.lengths[slot as usize] |= LONE;
        }
        index.shared_sessions += usize::from(session.shared_terms().is_some());
        index.shared_terms += session.shared_terms().unwrap_or_default();
        index.live_sessions += usize::from(!session.slots.is_empty());
        index.terms += terms;
        index.by_key.insert(session.key, number);
        index.sessions.push(session);
    }
    if order.next().is_some() || index.by_key.len() != sessions {
        return None;
    }
    index.live = slots;
    (index.rows, index.scales, index.priors) = (rows, scales, priors);
    (index.postings, index.languages) = (postings, languages);
    Some((index, Origin { generation, space, seen, was_whole, pending }))
}

fn slot(bytes: &[u8; SLOT_BYTES]) -> Slot {
    let long = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
    let short = |at: usize| u32::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
    Slot { id: long(0), content: long(8), session: short(16), place: short(20), terms: short(24) }
}

fn session(bytes: &[u8; SESSION_BYTES], order: &mut impl Iterator<Item = u32>) -> Option<Session> {
    let long = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
    let count = u32::from_le_bytes(std::array::from_fn(|byte| bytes[16 + byte])) as usize;
    let slots: Vec<u32> = order.by_ref().take(count).collect();
    (slots.len() == count).then_some(Session { key: long(0), terms: long(8), slots })
}
