//! Deflate (RFC 1951), for rows and chunks.

use std::cell::RefCell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The most bytes that one byte can stand for: a match of 258 bytes takes two bits at least.
const MOST_EXPANDED: u64 = 1032;
/// Bytes taken at once out of a compressor whose work nobody wants.
const REST: usize = 1 << 10;
/// How much of a text is expected to come out of its packed form, at first.
const EXPECTED_EXPANDED: usize = 4;

/// How much work a body is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// The usual level, 6: for what is written all the time.
    Usual,
    /// The highest level, 9: for what is written once and gains by it.
    Most,
}

/// Appends a body that comes in parts, deflated. False if that takes more than the spare capacity of `out`, which is left
/// with anything behind what it had.
pub(super) fn deflate(effort: Effort, parts: &[&[u8]], out: &mut Vec<u8>) -> bool {
    thread_local! {
        // A compressor's tables take 300 KB; clearing them costs less than a new one for each body.
        static USUAL: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(6), false));
        static MOST: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(9), false));
    }
    let Some((last, before)) = parts.split_last() else { return false };
    let compressor = match effort {
        Effort::Usual => &USUAL,
        Effort::Most => &MOST,
    };
    compressor.with(|compressor| {
        let mut compressor = compressor.borrow_mut();
        compressor.reset();
        // Writes into the spare capacity only: no end within it means no gain.
        let all_taken = before.iter().all(|part| {
            let start = compressor.total_in();
            let status = compressor.compress_vec(part, out, FlushCompress::None);
            status.is_ok() && compressor.total_in() - start == part.len() as u64
        });
        let ended = all_taken
            && matches!(compressor.compress_vec(last, out, FlushCompress::Finish), Ok(Status::StreamEnd));
        if !ended {
            // What is left in the compressor takes room from the next body, which resetting (in zlib-rs 0.6) does not
            // give back: after some hundreds of them it would have none.
            let mut rest = Vec::with_capacity(REST);
            while matches!(compressor.compress_vec(&[], &mut rest, FlushCompress::Finish), Ok(Status::Ok)) {
                rest.clear();
            }
        }
        ended
    })
}

/// The `length` bytes that are packed in `bytes`. `None` if there are more or fewer, or some of `bytes` are left over.
///
/// Takes memory as it inflates, not as `length` claims.
pub(super) fn inflate(bytes: &[u8], length: u64) -> Option<Vec<u8>> {
    if length > MOST_EXPANDED * bytes.len() as u64 {
        return None;
    }
    let length = usize::try_from(length).ok()?;
    let mut out = Vec::with_capacity(length.min(bytes.len() * EXPECTED_EXPANDED));
    let mut inflater = Decompress::new(false);
    loop {
        let rest = bytes.get(inflater.total_in() as usize..)?;
        match inflater.decompress_vec(rest, &mut out, FlushDecompress::Finish) {
            Ok(Status::StreamEnd) => break,
            // No room: the end may still be to come, even if all bytes are there.
            Ok(Status::Ok | Status::BufError) if out.len() == out.capacity() && out.len() <= length => {
                out.reserve_exact(out.len().min(length - out.len()).max(64));
            }
            _ => return None,
        }
    }
    (out.len() == length && inflater.total_in() == bytes.len() as u64).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 100);
        assert!(deflate(Effort::Usual, &[bytes], &mut out));
        out
    }

    #[test]
    fn bytes_survive_packing_whatever_their_length() {
        let noise: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for len in [0, 1, 2, 63, 64, 65, 300, 4096, 5000] {
            for bytes in [vec![7; len], noise[..len].to_vec()] {
                let deflated = packed(&bytes);
                assert_eq!(inflate(&deflated, len as u64), Some(bytes.clone()));
                assert_eq!(inflate(&deflated, len as u64 + 1), None);
                assert_eq!(inflate(&deflated, (len as u64).wrapping_sub(1)), None);
                assert_eq!(inflate(&deflated[..deflated.len() - 1], len as u64), None);
                assert_eq!(inflate(&[deflated, vec![0]].concat(), len as u64), None);
            }
        }
    }

    #[test]
    fn what_does_not_become_smaller_is_not_packed() {
        let mut out = Vec::with_capacity(3);
        assert!(!deflate(Effort::Usual, &[b"abc"], &mut out));
        assert!(!deflate(Effort::Usual, &[b"a", b"bc"], &mut out));
    }

    #[test]
    fn a_claimed_length_takes_no_memory() {
        let deflated = packed(&[0; 1 << 20]);
        assert!(deflated.len() < 1200, "{}", deflated.len());
        assert_eq!(inflate(&deflated, 1 << 60), None);
        assert_eq!(inflate(&deflated, 1 << 20).map(|bytes| bytes.len()), Some(1 << 20));
    }

    #[test]
    fn bodies_without_gain_leave_nothing_behind_for_the_next_ones() {
        // Bytes that nothing packs (xorshift), more than a compressor holds back in all.
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .take(3_000)
        .collect();
        for round in 0..2_000 {
            let mut out = Vec::with_capacity(1 + round % 2_500);
            assert!(!deflate(Effort::Usual, &[&noise[..1_000], &noise[1_000..]], &mut out));
        }
        let mut out = Vec::with_capacity(100);
        assert!(deflate(Effort::Usual, &[&[7; 5_000]], &mut out));
        assert_eq!(inflate(&out, 5_000).unwrap(), [7; 5_000]);
    }
}
