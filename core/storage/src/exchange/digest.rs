//! Whether two libraries hold the same fields, as one number each.

use sha2::{Digest as _, Sha256};

use super::record::Record;
use super::wire::{kind_of, put_record};

/// A digest of a set of records: the sum of their digests, so that their order does not matter.
///
/// Made for one of a document's records (all of them but its history, which a summary counts) and one of a library's
/// folders, joined folders and tombstones. Two libraries that hold the same give the same; that others do is as unlikely as
/// one in 2^64, and nobody is kept from making it so: it only saves what need not be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest(u64);

impl Digest {
    /// Adds a record. History does not count: a summary counts it.
    pub(crate) fn add(&mut self, record: &Record) {
        let mut bytes = vec![kind_of(record)];
        if matches!(record, Record::Events(_)) {
            return;
        }
        put_record(&mut bytes, record);
        let hash = Sha256::digest(&bytes);
        let hash = hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        self.0 = self.0.wrapping_add(hash);
    }

    /// The digest of what was added.
    pub(crate) fn value(self) -> u64 {
        self.0
    }
}
