//! Files of the engine's own as memory: written once, never changed, proven whole before a byte is given out.
//!
//! For what is large and read at random: a table of embeddings, a snapshot of an index. Users' files are never mapped.
//! A [`Writer`] makes the file beside its place and puts it there whole, so that a reader finds the old one or the new
//! one; a [`MappedFile`] proves length and checksum at open and holds a shared lock for as long as it lives.
//!
//! | Bytes | Header, little endian |
//! | ---: | --- |
//! | 8 | magic |
//! | 4 | version of this layout |
//! | 4 | kind: what the payload is, and which layout of it |
//! | 8 | length of the payload |
//! | 4 | CRC-32C of the payload |
//! | 32 | zero |
//! | 4 | CRC-32C of the 60 bytes above |
//!
//! The payload follows at byte 64 and begins in memory at a multiple of [`ALIGNMENT`].
//!
//! **What can still go wrong.** A map is a window on the file, not a copy. Whoever changes the file behind it changes
//! what `&[u8]` shows, which Rust forbids, and whoever shortens it, or a disk that fails, ends the process with SIGBUS at
//! the next read of a missing page. Locks on Unix are advisory: they stop only those who ask. This is taken on because
//! the files lie in the library's folder, nothing but this module writes them, it never writes to one that has its
//! name, replacing and deleting leave the mapped one as it was, and whoever would clean up must first get the lock
//! alone, which an open map refuses. Nothing is lost with such a file either: each can be made again.
//!
//! Drop maps when the app is suspended: iOS ends processes that hold a lock in a shared container in the background.
//! On Windows a file that is mapped may refuse to be replaced; the writer then reports the system's error, and the old
//! file stays.

mod checksum;
mod error;
mod header;
mod lock;
mod open;
mod write;

#[cfg(test)]
mod tests;

pub use self::error::MapError;
pub use self::open::MappedFile;
pub use self::write::{Writer, remove_unfinished};

/// The address of every payload is a multiple of so many bytes: a cache line, and the widest vector.
pub const ALIGNMENT: usize = header::LENGTH;

/// What a payload is, four letters by custom. A payload whose layout changes takes another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind(pub [u8; 4]);
