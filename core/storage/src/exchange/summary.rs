//! What a library knows, so briefly that another can tell what it lacks.
//!
//! | bytes | what |
//! | --- | --- |
//! | 5 | `WMXS`, format 1 |
//! | 16 | library |
//! | 8 | digest of the shelf, little endian |
//! | varint, then 16 each | agents, ascending |
//! | varint | documents; of each, by ascending id: |
//! | varint | milliseconds in its id (the first 6 bytes) since those of the one before |
//! | 10 | the rest of its id |
//! | 8 | digest of its fields, little endian |
//! | varint, then 2 varints each | agents that wrote on it: number - the number before - 1 (the first: number), events |
//! | 4 | CRC-32C of everything before, little endian |
//!
//! As text each byte is two lower-case hexadecimal digits. Readers trust nothing: every list is bounded and takes what it
//! has from the bytes, and there is one order for everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use writemagic_shared::codec::{DecodeError, Reader, put_varint};
use writemagic_shared::id::{AgentId, DocumentId, LibraryId};
use writemagic_shared::limits::{DOCUMENT_EVENTS, SUMMARY_AGENTS, SUMMARY_COUNTS, SUMMARY_DOCUMENTS};

const MAGIC: &[u8; 5] = b"WMXS\x01";
/// Bytes of the checksum.
const CHECKSUM: usize = 4;
/// The milliseconds in an id.
const TIME_BITS: u32 = 48;
/// The rest of an id, in bytes and bits.
const REST: usize = 10;
const REST_BITS: u32 = 80;

/// What a library knows of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The [`Digest`](super::digest::Digest) of its records but its history.
    fields: u64,
    /// How many of an agent's events, from its first on, by ascending agent.
    events: Vec<(AgentId, u32)>,
}

impl Known {
    /// A document with this digest and so many events of each agent, from its first on.
    ///
    /// # Errors
    /// An agent twice, or a number of events that no agent can have.
    pub(crate) fn new(fields: u64, mut events: Vec<(AgentId, u32)>) -> Result<Self, BadSummary> {
        events.sort_unstable();
        if events.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(BadSummary::Order);
        }
        if events.iter().any(|(_, count)| !(1..=DOCUMENT_EVENTS).contains(&u64::from(*count))) {
            return Err(BadSummary::Count);
        }
        Ok(Self { fields, events })
    }

    #[cfg(test)]
    /// The digest of its fields.
    pub(crate) fn fields(&self) -> u64 {
        self.fields
    }

    #[cfg(test)]
    /// By ascending agent.
    pub(crate) fn events(&self) -> &[(AgentId, u32)] {
        &self.events
    }

    /// The sequence number of the agent's first event that is not known.
    pub(crate) fn next_of(&self, agent: AgentId) -> u32 {
        let found = self.events.binary_search_by_key(&agent, |(agent, _)| *agent);
        found.ok().and_then(|i| self.events.get(i)).map_or(0, |(_, count)| *count)
    }
}

/// What a library knows. Holds no more than its limits allow, so that it always has bytes and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    library: LibraryId,
    shelf: u64,
    documents: BTreeMap<DocumentId, Known>,
    agents: BTreeSet<AgentId>,
    /// Of all documents.
    counts: u64,
}

/// Why bytes or a text are no summary, or why one cannot hold more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum BadSummary {
    #[error("this is no summary of a library")]
    Magic,
    #[error("the checksum differs")]
    Checksum,
    #[error(transparent)]
    Number(#[from] DecodeError),
    #[error("documents or agents are not in order, each once")]
    Order,
    #[error("an agent is not in the list")]
    Agent,
    #[error("a number of events is 0 or over its bound")]
    Count,
    #[error("there are too many documents or agents")]
    TooLarge,
    #[error("something stands behind the last document")]
    Rest,
    #[error("a text is not of lower-case hexadecimal digits, two for each byte")]
    Text,
}

impl Summary {
    /// Of a library with this digest of its folders, joined folders and tombstones, and no documents so far.
    pub(crate) fn new(library: LibraryId, shelf: u64) -> Self {
        Self { library, shelf, documents: BTreeMap::new(), agents: BTreeSet::new(), counts: 0 }
    }

    /// Adds a document.
    ///
    /// # Errors
    /// The same document again, or more than a summary holds. It stays as it was.
    pub(crate) fn add(&mut self, document: DocumentId, known: Known) -> Result<(), BadSummary> {
        if self.documents.contains_key(&document) {
            return Err(BadSummary::Order);
        }
        let counts = self.counts + known.events.len() as u64;
        let new = known.events.iter().filter(|(agent, _)| !self.agents.contains(agent)).count();
        check_size(self.documents.len() as u64 + 1, (self.agents.len() + new) as u64, counts)?;
        self.counts = counts;
        self.agents.extend(known.events.iter().map(|(agent, _)| *agent));
        self.documents.insert(document, known);
        Ok(())
    }

    #[cfg(test)]
    /// Whose it is.
    pub(crate) fn library(&self) -> LibraryId {
        self.library
    }

    /// The digest of the library's folders, joined folders and tombstones.
    pub(crate) fn shelf(&self) -> u64 {
        self.shelf
    }

    /// What the library knows of a document; `None` if it does not have it.
    pub(crate) fn document(&self, document: DocumentId) -> Option<&Known> {
        self.documents.get(&document)
    }

    #[cfg(test)]
    /// By ascending id.
    pub(crate) fn documents(&self) -> impl Iterator<Item = (DocumentId, &Known)> {
        self.documents.iter().map(|(document, known)| (*document, known))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(self.library.as_bytes());
        out.extend_from_slice(&self.shelf.to_le_bytes());
        put_varint(&mut out, self.agents.len() as u64);
        let mut numbers = BTreeMap::new();
        for (agent, number) in self.agents.iter().zip(0_u64..) {
            out.extend_from_slice(agent.as_bytes());
            numbers.insert(agent, number);
        }
        put_varint(&mut out, self.documents.len() as u64);
        let mut time = 0;
        for (document, known) in &self.documents {
            let before = std::mem::replace(&mut time, time_of(*document));
            put_varint(&mut out, time - before);
            out.extend_from_slice(document.as_bytes().last_chunk::<REST>().unwrap_or(&[0; REST]));
            out.extend_from_slice(&known.fields.to_le_bytes());
            put_varint(&mut out, known.events.len() as u64);
            let mut next = 0;
            for (agent, count) in &known.events {
                let number = numbers.get(agent).copied().unwrap_or(next);
                put_varint(&mut out, number - next);
                put_varint(&mut out, u64::from(*count));
                next = number + 1;
            }
        }
        let checksum = crc32c::crc32c(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    /// # Errors
    /// Bytes that [`Summary::to_bytes`] did not write.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, BadSummary> {
        let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(BadSummary::Magic)?;
        let body_behind_magic = body.strip_prefix(MAGIC).ok_or(BadSummary::Magic)?;
        if crc32c::crc32c(body) != u32::from_le_bytes(*checksum) {
            return Err(BadSummary::Checksum);
        }
        let mut reader = Reader::new(body_behind_magic);
        let library = LibraryId::from_bytes(array(&mut reader)?);
        let mut summary = Self::new(library, u64::from_le_bytes(array(&mut reader)?));
        let agents = read_agents(&mut reader)?;
        let documents = count_up_to(&mut reader, SUMMARY_DOCUMENTS)?;
        let mut before: Option<DocumentId> = None;
        for _ in 0..documents {
            let (document, known) = read_document(&mut reader, before, &agents)?;
            if before.is_some_and(|before| before >= document) {
                return Err(BadSummary::Order);
            }
            before = Some(document);
            summary.add(document, known)?;
        }
        if summary.agents.len() != agents.len() {
            return Err(BadSummary::Agent);
        }
        if reader.is_empty() { Ok(summary) } else { Err(BadSummary::Rest) }
    }
}

/// Whether a summary may hold so much.
pub(super) fn check_size(documents: u64, agents: u64, counts: u64) -> Result<(), BadSummary> {
    let fits = documents <= SUMMARY_DOCUMENTS && agents <= SUMMARY_AGENTS && counts <= SUMMARY_COUNTS;
    if fits { Ok(()) } else { Err(BadSummary::TooLarge) }
}

/// The milliseconds in an id.
fn time_of(document: DocumentId) -> u64 {
    (u128::from_be_bytes(*document.as_bytes()) >> REST_BITS) as u64
}

fn array<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], DecodeError> {
    reader.bytes(N as u64)?.first_chunk().copied().ok_or(DecodeError::Truncated)
}

fn count_up_to(reader: &mut Reader<'_>, limit: u64) -> Result<u64, BadSummary> {
    let count = reader.varint()?;
    if count > limit { Err(BadSummary::TooLarge) } else { Ok(count) }
}

fn read_agents(reader: &mut Reader<'_>) -> Result<Vec<AgentId>, BadSummary> {
    let mut agents: Vec<AgentId> = Vec::new();
    for _ in 0..count_up_to(reader, SUMMARY_AGENTS)? {
        let agent = AgentId::from_bytes(array(reader)?);
        if agents.last().is_some_and(|last| *last >= agent) {
            return Err(BadSummary::Order);
        }
        agents.push(agent);
    }
    Ok(agents)
}

fn read_document(
    reader: &mut Reader<'_>,
    before: Option<DocumentId>,
    agents: &[AgentId],
) -> Result<(DocumentId, Known), BadSummary> {
    let before = before.map_or(0, time_of);
    let time = before + reader.varint_up_to((1 << TIME_BITS) - 1 - before)?;
    let mut id = (u128::from(time) << REST_BITS).to_be_bytes();
    if let Some(rest) = id.last_chunk_mut() {
        *rest = array::<REST>(reader)?;
    }
    let fields = u64::from_le_bytes(array(reader)?);
    let mut events = Vec::new();
    let mut next = 0_usize;
    // No agent twice: they end this however many are claimed.
    for _ in 0..reader.varint()? {
        let step = usize::try_from(reader.varint()?).map_err(|_| BadSummary::Agent)?;
        let number = next.checked_add(step).ok_or(BadSummary::Agent)?;
        let agent = agents.get(number).ok_or(BadSummary::Agent)?;
        let count = u32::try_from(reader.varint()?).map_err(|_| BadSummary::Count)?;
        events.push((*agent, count));
        next = number + 1;
    }
    Ok((DocumentId::from_bytes(id), Known::new(fields, events)?))
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Summary {
    type Err = BadSummary;

    fn from_str(text: &str) -> Result<Self, BadSummary> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
        match bytes.collect::<Option<Vec<u8>>>() {
            Some(bytes) if rest.is_empty() => Self::from_bytes(&bytes),
            _ => Err(BadSummary::Text),
        }
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}
