//! A buffer whose memory comes from a pool and goes back to it.
#![allow(unsafe_code, reason = "`BufMut` is an unsafe trait")]

use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};

use bytes::buf::UninitSlice;
use bytes::{BufMut, Bytes};

use super::block::Block;
use super::error::PoolError;
use super::store::Store;
use crate::sync::Arc;

/// Bytes in memory of a [`BufferPool`](super::BufferPool), to which it returns when the buffer is dropped, on any
/// thread, and after the pool itself is gone too (then it is freed).
///
/// Growth moves the contents to a block of a larger class: at least twice as large, so writing n bytes one by one
/// copies no more than 2n. [`BufMut`] grows like `reserve`, and panics where `reserve` returns an error: call that first
/// for sizes that come from outside.
pub struct PooledBuf {
    /// There until the buffer is dropped.
    block: Option<Block>,
    len: usize,
}

impl PooledBuf {
    #[inline]
    pub(super) fn get(store: &Arc<Store>, capacity: usize) -> Result<Self, PoolError> {
        Ok(Self { block: Some(Store::acquire(store, capacity)?), len: 0 })
    }

    /// Bytes that fit without growing.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.block.as_ref().map_or(0, Block::size)
    }

    /// Forgets the bytes from `len` on; does nothing if there are fewer.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Forgets all bytes, and keeps the capacity.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Makes room for `additional` more bytes. Constant if they fit, else linear in the bytes that are there.
    ///
    /// # Errors
    /// Those of [`BufferPool::get`](super::BufferPool::get); while it grows, the buffer takes its old and its new size.
    #[inline]
    pub fn reserve(&mut self, additional: usize) -> Result<(), PoolError> {
        if additional <= self.capacity() - self.len { Ok(()) } else { self.grow(additional) }
    }

    #[cold]
    fn grow(&mut self, additional: usize) -> Result<(), PoolError> {
        let Some(block) = &self.block else { return Ok(()) };
        let needed =
            self.len.checked_add(additional).ok_or(PoolError::OutOfMemory { requested: usize::MAX })?;
        // Classes double by themselves; what is larger must not creep.
        let mut larger = Self::get(block.store(), needed.max(self.capacity().saturating_mul(2)))?;
        larger.append(self);
        mem::swap(self, &mut larger);
        Ok(())
    }

    /// Copies `bytes` to the end.
    ///
    /// # Errors
    /// Those of [`reserve`](Self::reserve); the buffer is then as before.
    #[inline]
    pub fn extend_from_slice(&mut self, bytes: &[u8]) -> Result<(), PoolError> {
        self.reserve(bytes.len())?;
        self.append(bytes);
        Ok(())
    }

    /// Copies bytes that there is room for.
    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if let Some(block) = &mut self.block {
            block.bytes_mut()[self.len..end].copy_from_slice(bytes);
            self.len = end;
        }
    }

    /// Lets `write` append up to `most` bytes: it gets `most` bytes of room and returns how many of them, from the
    /// first, it has written. The room is initialised, at no cost, with whatever its last user left in it.
    ///
    /// ```
    /// use writemagic_shared::buffer::{AtLimit, BufferPool, PoolError, PoolOptions};
    /// use writemagic_shared::text::utf16;
    ///
    /// let pool = BufferPool::new(PoolOptions::new(1 << 20, AtLimit::Refuse));
    /// let units: Vec<u16> = "zwei Bäume".encode_utf16().collect();
    /// let mut text = pool.get(3 * units.len())?;
    /// let written = text.append_with(3 * units.len(), |room| utf16::decode_into(&units, room))?;
    /// assert_eq!(written, Ok(11));
    /// assert_eq!(&*text, "zwei Bäume".as_bytes());
    /// # Ok::<(), PoolError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`reserve`](Self::reserve), before `write` is called; and, inside, that of `write`. The buffer is then
    /// as before.
    ///
    /// # Panics
    /// If `write` says that it has written more than its room.
    pub fn append_with<E>(
        &mut self,
        most: usize,
        write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Result<usize, E>, PoolError> {
        self.reserve(most)?;
        let Some(block) = &mut self.block else { return Ok(Ok(0)) };
        let written = write(&mut block.bytes_mut()[self.len..self.len + most]);
        if let Ok(written) = written {
            assert!(written <= most, "more was written than there is room");
            self.len += written;
        }
        Ok(written)
    }

    /// The bytes as shared, immutable ones, without copying them. Their memory returns to the pool when the last clone
    /// and the last slice of them is dropped. Allocates once: the counter that the clones share.
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl Drop for PooledBuf {
    #[inline]
    fn drop(&mut self) {
        if let Some(block) = self.block.take() {
            Store::give(block);
        }
    }
}

impl Deref for PooledBuf {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.block.as_ref().map_or(&[], |block| &block.bytes()[..self.len])
    }
}

impl DerefMut for PooledBuf {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        self.block.as_mut().map_or(&mut [], |block| &mut block.bytes_mut()[..self.len])
    }
}

impl AsRef<[u8]> for PooledBuf {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for PooledBuf {
    /// Sizes only: the bytes may be a writer's text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledBuf").field("len", &self.len).field("capacity", &self.capacity()).finish()
    }
}

// SAFETY: `chunk_mut` is the memory behind the bytes that are there, all of it initialised, and `advance_mut` adds to
// their number no more than there is of that memory, so `remaining_mut` is never an underestimate either.
unsafe impl BufMut for PooledBuf {
    #[inline]
    fn remaining_mut(&self) -> usize {
        isize::MAX as usize - self.len
    }

    /// # Safety
    /// None beyond the trait's: all of a block is initialised.
    ///
    /// # Panics
    /// If `count` is more than there is room.
    #[inline]
    unsafe fn advance_mut(&mut self, count: usize) {
        assert!(count <= self.capacity() - self.len, "advanced by more than there is room");
        self.len += count;
    }

    /// # Panics
    /// If the buffer is full and the pool refuses to let it grow.
    #[inline]
    fn chunk_mut(&mut self) -> &mut UninitSlice {
        if self.len == self.capacity() {
            make_room(self, 1);
        }
        let room = self.block.as_mut().map_or(&mut [][..], |block| &mut block.bytes_mut()[self.len..]);
        UninitSlice::new(room)
    }

    /// # Panics
    /// If there is too little room and the pool refuses to let the buffer grow.
    #[inline]
    fn put_slice(&mut self, bytes: &[u8]) {
        make_room(self, bytes.len());
        self.append(bytes);
    }
}

/// Grows for a caller that takes no errors.
#[inline]
fn make_room(buffer: &mut PooledBuf, additional: usize) {
    if let Err(error) = buffer.reserve(additional) {
        panic!("{error}");
    }
}
