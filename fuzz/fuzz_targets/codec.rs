//! Reading numbers from any bytes never panics, always advances, and what was read is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use writemagic_shared::codec::{Reader, put_varint, unzigzag, zigzag};

fuzz_target!(|bytes: &[u8]| {
    let mut reader = Reader::new(bytes);
    let mut written = Vec::new();
    while let Ok(value) = reader.varint() {
        assert_eq!(zigzag(unzigzag(value)), value);
        written.clear();
        put_varint(&mut written, value);
        let mut again = Reader::new(&written);
        assert_eq!(again.varint(), Ok(value));
        assert!(again.is_empty());
        // A number leads a list in every row format: a claim beyond the bytes must be refused.
        let left = reader.rest().len() as u64;
        let mut list = reader;
        assert_eq!(list.bytes(value).is_ok(), value <= left);
    }
});
