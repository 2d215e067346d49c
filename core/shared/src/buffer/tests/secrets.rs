//! Pools whose memory is overwritten before anyone else gets it.

use crate::buffer::{AtLimit, BufferPool, PoolOptions, PooledBuf};

const SECRET: &[u8] = b"sk-0123456789";

fn pool(secret: bool) -> BufferPool {
    let options = PoolOptions::new(1 << 20, AtLimit::Refuse);
    BufferPool::new(if secret { options.secret() } else { options })
}

/// The memory of the next buffer of this capacity, as its last user left it, and where it is.
fn left_behind(pool: &BufferPool, capacity: usize) -> (*const u8, Vec<u8>) {
    let mut buffer = pool.get(capacity).unwrap();
    let mut found = Vec::new();
    let look = |room: &mut [u8]| {
        found.extend_from_slice(room);
        Ok::<_, ()>(0)
    };
    buffer.append_with(capacity, look).unwrap().unwrap();
    (buffer.as_ptr(), found)
}

fn secret_in(pool: &BufferPool) -> PooledBuf {
    let mut buffer = pool.get(64).unwrap();
    buffer.extend_from_slice(SECRET).unwrap();
    buffer
}

#[test]
fn without_the_mark_memory_is_as_its_last_user_left_it() {
    let pool = pool(false);
    let place = secret_in(&pool).as_ptr();
    let (found_at, found) = left_behind(&pool, 64);
    assert_eq!((found_at, &found[..SECRET.len()]), (place, SECRET));
}

#[test]
fn a_dropped_buffer_leaves_zeros() {
    let pool = pool(true);
    let place = secret_in(&pool).as_ptr();
    assert_eq!(left_behind(&pool, 64), (place, vec![0; 64]));
}

#[test]
fn bytes_that_were_cut_off_are_overwritten_too() {
    let pool = pool(true);
    let mut buffer = secret_in(&pool);
    buffer.clear();
    let place = buffer.as_ptr();
    drop(buffer);
    assert_eq!(left_behind(&pool, 64), (place, vec![0; 64]));
}

#[test]
fn bytes_that_a_failed_writer_wrote_are_overwritten_too() {
    let pool = pool(true);
    let mut buffer = pool.get(64).unwrap();
    let place = buffer.as_ptr();
    let write = |room: &mut [u8]| {
        room.fill(0xFF);
        Err("failed")
    };
    assert_eq!(buffer.append_with(64, write), Ok(Err("failed")));
    drop(buffer);
    assert_eq!(left_behind(&pool, 64), (place, vec![0; 64]));
}

#[test]
fn a_buffer_that_grew_leaves_zeros_in_its_old_block() {
    let pool = pool(true);
    let mut buffer = secret_in(&pool);
    let place = buffer.as_ptr();
    buffer.reserve(1_000).unwrap();
    assert_eq!(left_behind(&pool, 64), (place, vec![0; 64]));
    assert_eq!(&*buffer, SECRET);
}

#[test]
fn frozen_bytes_leave_zeros_with_their_last_clone() {
    let pool = pool(true);
    let bytes = secret_in(&pool).freeze();
    let (place, slice) = (bytes.as_ptr(), bytes.slice(3..));
    drop(bytes);
    assert_eq!(slice, &SECRET[3..]);
    drop(slice);
    assert_eq!(left_behind(&pool, 64), (place, vec![0; 64]));
}
