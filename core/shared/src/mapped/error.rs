//! Why a file is not mapped or not written.

use std::io;

use thiserror::Error;

use super::header;
use crate::error::{Code, Coded, Details};

/// A file that cannot be mapped, or could not be written. No message names the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MapError {
    /// It is a folder or a device.
    #[error("not a file")]
    NotAFile,
    /// It is too short for a header.
    #[error("a file of {length} bytes has no header")]
    TooShort {
        /// Its bytes.
        length: u64,
    },
    /// It does not begin as files of this module do.
    #[error("not a file of the engine's")]
    WrongMagic,
    /// A later version of the engine wrote it: this one knows of none before.
    #[error("the layout has version {found}, not {}", header::VERSION)]
    WrongVersion {
        /// The version that it names.
        found: u32,
    },
    /// The header has changed since it was written.
    #[error("the header is damaged")]
    HeaderDamaged,
    /// It holds something else than was asked for.
    #[error("the payload is of another kind")]
    WrongKind,
    /// It is longer or shorter than it was when it was written.
    #[error("the payload has {found} bytes instead of {expected}")]
    LengthDiffers {
        /// The bytes that its header names.
        expected: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// Its payload has changed since it was written.
    #[error("the payload is damaged")]
    ChecksumDiffers,
    /// It is larger than the caller takes, or than this processor can address.
    #[error("a payload of {length} bytes is over the limit of {limit}")]
    TooLarge {
        /// Bytes of the payload.
        length: u64,
        /// The most that is taken.
        limit: u64,
    },
    /// Another process, or another part of this one, is about to change or delete it.
    #[error("the file is locked")]
    Locked,
    /// Reading or writing failed.
    #[error("a file could not be read or written ({kind:?})")]
    Io {
        /// The operating system's kind of error.
        kind: io::ErrorKind,
        /// Its number, where there is one.
        os: Option<i32>,
    },
}

impl Coded for MapError {
    fn code(&self) -> Code {
        match self {
            MapError::TooShort { .. }
            | MapError::WrongMagic
            | MapError::HeaderDamaged
            | MapError::LengthDiffers { .. }
            | MapError::ChecksumDiffers => Code::LibraryCorrupt,
            MapError::WrongVersion { .. } => Code::LibraryTooNew,
            MapError::NotAFile | MapError::WrongKind => Code::InvalidArgument,
            MapError::TooLarge { .. } => Code::LimitExceeded,
            MapError::Locked => Code::LibraryBusy,
            MapError::Io { kind, .. } => match kind {
                io::ErrorKind::PermissionDenied => Code::PermissionDenied,
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::DiskFull,
                io::ErrorKind::ReadOnlyFilesystem => Code::LibraryReadOnly,
                io::ErrorKind::NotFound => Code::PathNotFound,
                _ => Code::Io,
            },
        }
    }

    fn details(&self) -> Details {
        let none = Details::none();
        match *self {
            MapError::TooShort { length } => none.with("length", length),
            MapError::WrongVersion { found } => {
                none.with("found", u64::from(found)).with("supported", u64::from(header::VERSION))
            }
            MapError::LengthDiffers { expected, found } => {
                none.with("expected", expected).with("found", found)
            }
            MapError::TooLarge { length, limit } => {
                none.with("what", "mapped_bytes").with("value", length).with("limit", limit)
            }
            MapError::Io { os: Some(number), .. } => none.with("os", i64::from(number)),
            MapError::NotAFile
            | MapError::WrongMagic
            | MapError::HeaderDamaged
            | MapError::WrongKind
            | MapError::ChecksumDiffers
            | MapError::Locked
            | MapError::Io { os: None, .. } => none,
        }
    }
}

impl From<io::Error> for MapError {
    fn from(error: io::Error) -> Self {
        MapError::Io { kind: error.kind(), os: error.raw_os_error() }
    }
}
