//! The filter without vector instructions.

use super::{BLOCK, Filter, Hits, WINDOW, window};

pub(super) fn scan(filter: &Filter, text: &[u8], from: usize, hits: &mut Hits) -> usize {
    let mut at = from;
    while let Some(bytes) = window(text, at) {
        let candidates = candidates(filter, bytes);
        if candidates != 0 {
            hits.push(at, candidates);
            if hits.are_full() {
                return at + BLOCK;
            }
        }
        at += BLOCK;
    }
    at
}

/// A bit for each candidate among the first 64 bytes.
pub(super) fn candidates(filter: &Filter, bytes: &[u8; WINDOW]) -> u64 {
    let [first, others @ ..] = filter.probes() else { return u64::MAX };
    let mut found = 0;
    for (at, byte) in bytes[first.distance..][..BLOCK].iter().enumerate() {
        let rows = first.rows(*byte);
        if rows != 0 {
            let rows = others.iter().fold(rows, |rows, probe| rows & probe.rows(bytes[at + probe.distance]));
            found |= u64::from(rows != 0) << at;
        }
    }
    found
}
