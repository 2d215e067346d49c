//! Whether two sides of the boundary are of one build.

use std::fmt::{self, Write};

use writemagic::Code;

use crate::{interfaces, objects, operations, questions, types};

/// A number for all operations, types, objects, questions and codes of errors as they are declared: 64 bits of FNV-1a. The generated
/// sources have it written down, and refuse a library with another one.
pub fn fingerprint() -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for operation in operations() {
        let crate::Operation { name, object, way, arguments, result, .. } = operation;
        hash.take(format_args!("{object} {name} {way:?} {arguments:?} {result:?}"));
    }
    for declared in types() {
        hash.take(format_args!("{declared:?}"));
    }
    for object in objects() {
        hash.take(format_args!("{object:?}"));
    }
    for interface in interfaces() {
        hash.take(format_args!("{interface:?}"));
    }
    for question in questions() {
        hash.take(format_args!("{question:?}"));
    }
    for code in Code::ALL {
        hash.take(format_args!("{} {}", code.number(), code.name()));
    }
    hash.0
}

/// The function of Fowler, Noll and Vo, RFC 9923.
struct Fnv(u64);

impl Fnv {
    fn take(&mut self, declared: fmt::Arguments<'_>) {
        // Nothing that is declared fails to be written, and this takes everything.
        let _ = self.write_fmt(declared);
        let _ = self.write_char('\n');
    }
}

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_was_published() {
        // RFC 9923, appendix C: 64 bits of "foobar" and of nothing.
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        hash.write_str("foobar").unwrap();
        assert_eq!(hash.0, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_fingerprint_is_the_same_each_time() {
        assert_eq!(fingerprint(), fingerprint());
    }
}
