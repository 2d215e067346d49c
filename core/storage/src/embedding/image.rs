//! A table as it lies in memory. Its lengths are proven at open; what else its numbers say is believed nowhere: a
//! look-up that leads outside finds nothing.

use std::path::Path;

use writemagic_embedding_table::layout::{
    CONTINUES, EMPTY, Hash, Header, KIND, Parts, Refused, VERSION, number_of,
};
use writemagic_shared::limits;
use writemagic_shared::mapped::{Kind, MappedFile};
use writemagic_shared::vector::as_signed;

use super::TableError;

/// Where an image lies.
#[derive(Debug)]
enum Memory {
    Linked(&'static [u8]),
    Mapped(MappedFile),
}

impl Memory {
    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Memory::Linked(image) => image,
            Memory::Mapped(file) => file.payload(),
        }
    }
}

/// A table of the layout that `writemagic_embedding_table` describes.
#[derive(Debug)]
pub(super) struct Image {
    memory: Memory,
    header: Header,
    parts: Parts,
}

impl Image {
    /// Proves header and lengths of an image in the program itself. Does not read the rest.
    pub(super) fn linked(image: &'static [u8]) -> Result<Self, TableError> {
        Self::new(Memory::Linked(image))
    }

    /// Maps a file: the file's own checksum is proven too, for which all of it is read once.
    pub(super) fn mapped(path: &Path) -> Result<Self, TableError> {
        let file = MappedFile::open(path, Kind(KIND), limits::EMBEDDING_TABLE_BYTES)?;
        Self::new(Memory::Mapped(file))
    }

    fn new(memory: Memory) -> Result<Self, TableError> {
        let (header, parts) = Header::parse(memory.bytes()).map_err(|refused| match refused {
            Refused::Version { found } => TableError::WrongVersion { found, supported: VERSION },
            Refused::Invalid { reason, offset } => TableError::Invalid { reason, offset },
        })?;
        Ok(Self { memory, header, parts })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn dimensions(&self) -> usize {
        self.header.dimensions as usize
    }

    /// The longest token, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.header.longest as usize
    }

    /// A token's row and its scale.
    #[inline]
    pub(super) fn row(&self, token: u32) -> Option<(&[i8], f32)> {
        let bytes = self.memory.bytes();
        let rows = bytes.get(self.parts.rows.clone())?;
        let start = (token as usize).checked_mul(self.dimensions())?;
        let row = rows.get(start..)?.get(..self.dimensions())?;
        let scale = f32::from_bits(number(bytes.get(self.parts.scales.clone())?, token as usize)?);
        Some((as_signed(row), scale))
    }

    /// The number of the token with these letters; `continues` if it stands behind the first of its word.
    #[inline]
    pub(super) fn find(&self, hash: Hash, letters: &[u8], continues: bool) -> Option<u32> {
        let slots = self.memory.bytes().get(self.parts.slots.clone())?;
        let (mut at, tag) = (hash.slot(self.header.slots), hash.tag());
        for _ in 0..=self.header.farthest {
            let slot = number(slots, at as usize)?;
            if slot == EMPTY {
                return None;
            }
            if let Some(token) =
                number_of(slot, tag).filter(|token| self.is_token(*token, letters, continues))
            {
                return Some(token);
            }
            at = (at + 1) & (self.header.slots - 1);
        }
        None
    }

    #[inline]
    fn is_token(&self, token: u32, letters: &[u8], continues: bool) -> bool {
        let spelled = self.token(token);
        let spelled =
            if continues { spelled.and_then(|token| token.strip_prefix(CONTINUES)) } else { spelled };
        spelled == Some(letters)
    }

    /// A token as the vocabulary spells it.
    #[inline]
    fn token(&self, token: u32) -> Option<&[u8]> {
        let bytes = self.memory.bytes();
        let ends = bytes.get(self.parts.ends.clone())?;
        let token = token as usize;
        let start = if token == 0 { 0 } else { number(ends, token - 1)? };
        bytes.get(self.parts.vocabulary.clone())?.get(start as usize..number(ends, token)? as usize)
    }
}

/// The number at `index` of numbers that lie one behind the other.
#[inline]
fn number(bytes: &[u8], index: usize) -> Option<u32> {
    bytes.as_chunks().0.get(index).map(|number| u32::from_le_bytes(*number))
}
