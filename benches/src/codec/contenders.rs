//! Who writes and reads varints.

use integer_encoding::VarInt as _;
use writemagic_shared::codec::{Reader, put_varint, put_varints};

/// The most bytes of a number.
const LONGEST: usize = 10;

/// One way to write and to read numbers.
pub(super) struct Contender {
    pub(super) name: &'static str,
    /// The largest number that it takes.
    pub(super) most: u64,
    write: fn(&[u64], &mut Vec<u8>),
    /// Puts as many numbers behind `out` as were asked for, or as there are.
    read: fn(&[u8], usize, &mut Vec<u64>),
}

impl Contender {
    pub(super) fn write(&self, numbers: &[u64], out: &mut Vec<u8>) {
        (self.write)(numbers, out);
    }

    pub(super) fn read(&self, bytes: &[u8], count: usize, out: &mut Vec<u64>) {
        (self.read)(bytes, count, out);
    }

    pub(super) fn is_ours(&self) -> bool {
        self.name.starts_with(OURS)
    }
}

/// How the engine's names begin.
const OURS: &str = "WriteMagic";

/// Ours by the column first.
pub(super) const CONTENDERS: [Contender; 5] = [
    Contender {
        name: "WriteMagic by the column",
        most: u64::MAX,
        write: |numbers, out| put_varints(out, numbers),
        read: |bytes, count, out| {
            // What fails leaves too few numbers, which is found.
            let _ = Reader::new(bytes).varints(count as u64, out);
        },
    },
    Contender {
        name: "WriteMagic one by one",
        most: u64::MAX,
        write: |numbers, out| numbers.iter().for_each(|number| put_varint(out, *number)),
        read: |bytes, count, out| {
            let mut reader = Reader::new(bytes);
            out.extend((0..count).map_while(|_| reader.varint().ok()));
        },
    },
    Contender {
        name: "integer-encoding",
        most: u64::MAX,
        write: |numbers, out| {
            for number in numbers {
                let mut bytes = [0; LONGEST];
                let length = number.encode_var(&mut bytes);
                out.extend_from_slice(&bytes[..length]);
            }
        },
        read: |bytes, count, out| {
            let mut rest = bytes;
            out.extend((0..count).map_while(|_| {
                let (number, length) = u64::decode_var(rest)?;
                rest = rest.get(length..)?;
                Some(number)
            }));
        },
    },
    Contender {
        name: "leb128",
        most: u64::MAX,
        write: |numbers, out| {
            for number in numbers {
                // Writing to a vector cannot fail.
                let _ = leb128::write::unsigned(out, *number);
            }
        },
        read: |mut bytes, count, out| {
            out.extend((0..count).map_while(|_| leb128::read::unsigned(&mut bytes).ok()));
        },
    },
    Contender {
        name: "vint32",
        most: u32::MAX as u64,
        write: |numbers, out| {
            for number in numbers {
                vint32::encode_varint_into(out, *number as u32);
            }
        },
        read: |bytes, count, out| {
            let mut at = 0;
            let next = |_| vint32::decode_varint_slice(bytes, &mut at).map(u64::from);
            out.extend((0..count).map_while(next));
        },
    },
];
