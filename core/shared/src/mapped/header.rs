//! The 64 bytes before a payload.

use super::{Kind, MapError};

/// Bytes of a header.
pub(super) const LENGTH: usize = 64;
/// The version of the layout that this engine writes, and the only one that it reads.
pub(super) const VERSION: u32 = 1;
/// Not text, and broken by whatever converts line ends or drops a byte's top bit.
const MAGIC: [u8; 8] = *b"\x97WMmap\r\n";

/// What a header says of the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) length: u64,
    pub(super) checksum: u32,
}

impl Header {
    pub(super) fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let mut end = 0;
        let mut put = |field: &[u8]| {
            bytes[end..end + field.len()].copy_from_slice(field);
            end += field.len();
        };
        put(&MAGIC);
        put(&VERSION.to_le_bytes());
        put(&self.kind.0);
        put(&self.length.to_le_bytes());
        put(&self.checksum.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..LENGTH - 4]);
        bytes[LENGTH - 4..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The header that `bytes` begin with.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, MapError> {
        let too_short = MapError::TooShort { length: bytes.len() as u64 };
        let (header, _) = bytes.split_first_chunk::<LENGTH>().ok_or(too_short)?;
        let mut rest = header.as_slice();
        if take(&mut rest) != Some(MAGIC) {
            return Err(MapError::WrongMagic);
        }
        // Before the checksum: another version may have it elsewhere.
        let fields = (take(&mut rest), take(&mut rest), take(&mut rest), take(&mut rest));
        let (Some(version), Some(kind), Some(length), Some(checksum)) = fields else { return Err(too_short) };
        let version = u32::from_le_bytes(version);
        if version != VERSION {
            return Err(MapError::WrongVersion { found: version });
        }
        let parsed = Self {
            kind: Kind(kind),
            length: u64::from_le_bytes(length),
            checksum: u32::from_le_bytes(checksum),
        };
        // Whatever is not as it would be written is damage: the zeros and the checksum too.
        if parsed.to_bytes() == *header { Ok(parsed) } else { Err(MapError::HeaderDamaged) }
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}
