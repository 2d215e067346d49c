//! Bytes that cross as they are. UniFFI writes and reads those of a `Vec` one by one; a document has a million of them.

use thiserror::Error;
use uniffi::deps::anyhow::{Result, bail};
use uniffi::{FfiConverter, MetadataBuffer, RustBuffer, TypeId};
use writemagic::{Code, Coded, Details};

use crate::UniFfiTag;

/// The most bytes that cross in one piece: the bindings count them with 31 bits.
const MOST: usize = i32::MAX as usize - LENGTH;
/// Bytes before the others that say how many there are.
const LENGTH: usize = size_of::<i32>();

/// `Data` in Swift.
#[derive(Debug)]
pub struct Bytes(Vec<u8>);

/// More than can cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a result of {value} bytes does not cross in one piece, of which {limit} do")]
pub(crate) struct TooLong {
    value: u64,
    limit: u64,
}

impl Coded for TooLong {
    fn code(&self) -> Code {
        Code::LimitExceeded
    }

    fn details(&self) -> Details {
        Details::none().with("what", "result").with("value", self.value).with("limit", self.limit)
    }
}

impl Bytes {
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Self, TooLong> {
        if bytes.len() > MOST {
            return Err(TooLong { value: bytes.len() as u64, limit: MOST as u64 });
        }
        Ok(Self(bytes))
    }

    pub(crate) fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

// SAFETY: the form of bytes in UniFFI, whose metadata this type has: how many as a big-endian `i32`, then the bytes, in a
// buffer that a `Vec` gave up.
unsafe impl FfiConverter<UniFfiTag> for Bytes {
    type FfiType = RustBuffer;

    const TYPE_ID_META: MetadataBuffer = <Vec<u8> as TypeId<UniFfiTag>>::TYPE_ID_META;

    fn lower(bytes: Self) -> RustBuffer {
        let mut buffer = Vec::with_capacity(LENGTH + bytes.0.len());
        <Self as FfiConverter<UniFfiTag>>::write(bytes, &mut buffer);
        RustBuffer::from_vec(buffer)
    }

    fn try_lift(buffer: RustBuffer) -> Result<Self> {
        let mut bytes = buffer.destroy_into_vec();
        // In its place: an answer of the app may be a key, of which there should be no more copies than must be.
        let length = bytes.first_chunk().map(|length| i32::from_be_bytes(*length));
        let length = length.and_then(|length| usize::try_from(length).ok());
        if length.is_none() || length != bytes.len().checked_sub(LENGTH) {
            bail!("a length that is not that of the bytes");
        }
        bytes.drain(..LENGTH);
        Ok(Self(bytes))
    }

    fn write(bytes: Self, buffer: &mut Vec<u8>) {
        // At most `MOST`.
        let length = i32::try_from(bytes.0.len()).unwrap_or(i32::MAX);
        buffer.extend_from_slice(&length.to_be_bytes());
        buffer.extend_from_slice(&bytes.0);
    }

    fn try_read(buffer: &mut &[u8]) -> Result<Self> {
        let read = buffer.split_first_chunk().and_then(|(length, rest)| {
            let length = usize::try_from(i32::from_be_bytes(*length)).ok()?;
            rest.split_at_checked(length)
        });
        let Some((bytes, rest)) = read else { bail!("a length beyond the end of the buffer") };
        *buffer = rest;
        Ok(Self(bytes.to_vec()))
    }
}

uniffi::derive_ffi_traits!(local Bytes);

#[cfg(test)]
mod tests {
    use super::*;

    type Own = Vec<u8>;

    fn bytes(bytes: &[u8]) -> Bytes {
        Bytes::new(bytes.to_vec()).unwrap()
    }

    #[test]
    fn bytes_have_the_form_that_uniffi_gives_them() {
        for content in [b"".as_slice(), b"moth", &[0xFF; 300]] {
            let ours = <Bytes as FfiConverter<UniFfiTag>>::lower(bytes(content)).destroy_into_vec();
            let theirs = <Own as uniffi::Lower<UniFfiTag>>::lower(content.to_vec()).destroy_into_vec();
            assert_eq!(ours, theirs);
            let lifted = <Bytes as FfiConverter<UniFfiTag>>::try_lift(RustBuffer::from_vec(theirs.clone()));
            assert_eq!(lifted.unwrap().into_vec(), content);
            let mut behind = [theirs.as_slice(), b"rest"].concat();
            let mut rest = behind.as_mut_slice() as &[u8];
            let read = <Bytes as FfiConverter<UniFfiTag>>::try_read(&mut rest).unwrap();
            assert_eq!((read.into_vec().as_slice(), rest), (content, b"rest".as_slice()));
        }
    }

    #[test]
    fn a_length_that_is_wrong_is_refused() {
        for wrong in [b"".as_slice(), b"\0\0\0", b"\0\0\0\x02a", b"\0\0\0\x01ab", b"\xFF\xFF\xFF\xFFabc"] {
            let lifted = <Bytes as FfiConverter<UniFfiTag>>::try_lift(RustBuffer::from_vec(wrong.to_vec()));
            assert!(lifted.is_err(), "{wrong:?}");
        }
        let mut short = b"\0\0\0\x02a".as_slice();
        assert!(<Bytes as FfiConverter<UniFfiTag>>::try_read(&mut short).is_err());
    }
}
