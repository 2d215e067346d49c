//! CRC-32C of long payloads, over several threads.

use rayon::prelude::*;

/// Bytes that are worth a thread of their own.
const SHARE: usize = 1 << 20;

/// CRC-32C of `bytes`, over the threads of the present `rayon` pool from 2 MiB on.
pub(super) fn of(bytes: &[u8]) -> u32 {
    in_shares(bytes, SHARE)
}

fn in_shares(bytes: &[u8], share: usize) -> u32 {
    if bytes.len() < 2 * share {
        return crc32c::crc32c(bytes);
    }
    let part = |bytes: &[u8]| (crc32c::crc32c(bytes), bytes.len());
    let join = |(first, length): (u32, usize), (second, more): (u32, usize)| {
        (crc32c::crc32c_combine(first, second, more), length + more)
    };
    // The checksum of nothing is 0 and leaves the other as it is.
    bytes.par_chunks(share).map(part).reduce(|| (0, 0), join).0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_checksum_in_shares_is_that_of_the_whole(bytes: Vec<u8>, share in 1..40_usize) {
            prop_assert_eq!(in_shares(&bytes, share), crc32c::crc32c(&bytes));
        }
    }
}
