//! From the bytes of an instruction with an EVEX prefix to what it names: registers, address, mask.

use crate::table::{KINDS, Kind, Operation};

/// A known instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    /// Its line of [`KINDS`].
    pub(crate) line: usize,
    /// Bytes of the vectors: 16, 32 or 64.
    pub(crate) width: usize,
    /// The vector register of ModRM.reg.
    pub(crate) register: usize,
    /// The vector register of EVEX.vvvv; 0 where there is none.
    pub(crate) second: usize,
    /// ModRM.rm.
    pub(crate) last: Operand,
    /// The mask register, if any lane may be masked.
    pub(crate) mask: Option<usize>,
    /// Whether masked lanes become zero and do not keep what they were.
    pub(crate) zeroing: bool,
    /// 0 where there is none.
    pub(crate) immediate: u8,
    /// Bytes of the instruction.
    pub(crate) length: usize,
}

impl Instruction {
    pub(crate) fn kind(&self) -> &'static Kind {
        &KINDS[self.line]
    }
}

/// The operand of ModRM.rm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Vector(usize),
    Memory(Address),
    /// One lane in memory for all of the vector.
    Broadcast(Address),
}

/// An address before the registers in it are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) base: Base,
    /// A general register and the number of bits that it is shifted left by.
    pub(crate) index: Option<(usize, u8)>,
    pub(crate) displacement: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    None,
    General(usize),
    /// The address behind the instruction.
    Next,
}

/// Decodes the instruction whose bytes `byte` gives; asks for none beyond its end. `None` where it is not a
/// valid one of [`KINDS`].
pub(crate) fn decode(byte: impl Fn(usize) -> u8) -> Option<Instruction> {
    if byte(0) != 0x62 {
        return None;
    }
    let (first, second, third) = (byte(1), byte(2), byte(3));
    // The map; bit 3 and the prefix that all of these have, 66.
    if first & 0b1000 != 0 || second & 0b111 != 0b101 {
        return None;
    }
    let (map, wide, opcode) = (first & 0b111, second >> 7 != 0, byte(4));
    let line = KINDS.iter().position(|kind| (kind.map, kind.opcode, kind.wide) == (map, opcode, wide))?;
    let kind = &KINDS[line];

    // Bits that extend a register number are stored inverted.
    let extends = |byte: u8, bit: u8, by: usize| if byte >> bit & 1 == 0 { by } else { 0 };
    let width = match third >> 5 & 0b11 {
        0b11 => return None,
        size => 16 << size,
    };
    let mask = (third & 0b111 != 0).then_some(usize::from(third & 0b111));
    let zeroing = third >> 7 != 0;
    let repeated = third >> 4 & 1 != 0;
    let named_second = usize::from(!second >> 3 & 0b1111) + extends(third, 3, 16);
    if zeroing && mask.is_none() || kind.has_two_operands() && named_second != 0 {
        return None;
    }

    let modrm = byte(5);
    let register = usize::from(modrm >> 3 & 0b111) + extends(first, 7, 8) + extends(first, 4, 16);
    let mut end = 6;
    let last = if modrm >> 6 == 0b11 {
        if repeated {
            return None;
        }
        Operand::Vector(usize::from(modrm & 0b111) + extends(first, 5, 8) + extends(first, 6, 16))
    } else {
        let unit = match (repeated, kind.broadcast()) {
            (false, _) if kind.has_two_operands() => kind.lane,
            (false, _) => width,
            (true, Some(bytes)) => bytes,
            (true, None) => return None,
        };
        let (address, behind) = address(&byte, extends(first, 5, 8), extends(first, 6, 8), unit);
        end = behind;
        if repeated { Operand::Broadcast(address) } else { Operand::Memory(address) }
    };
    if zeroing && matches!((kind.operation, last), (Operation::Compress, Operand::Memory(_))) {
        return None;
    }
    let has_immediate = map == 3;
    let immediate = if has_immediate { byte(end) } else { 0 };
    Some(Instruction {
        line,
        width,
        register,
        second: named_second,
        last,
        mask,
        zeroing,
        immediate,
        length: end + usize::from(has_immediate),
    })
}

/// The address that ModRM and what follows it spell, and the position behind that. `base` and `index` are what
/// the prefix adds to those registers; a displacement of one byte counts units of `unit` bytes.
fn address(byte: &impl Fn(usize) -> u8, base: usize, index: usize, unit: usize) -> (Address, usize) {
    let modrm = byte(5);
    let (mode, rm) = (modrm >> 6, modrm & 0b111);
    let has_sib = rm == 0b100;
    let at = 6 + usize::from(has_sib);
    let long = |at| i32::from_le_bytes([byte(at), byte(at + 1), byte(at + 2), byte(at + 3)]);

    let (low, scaled) = if has_sib {
        let sib = byte(6);
        let index = usize::from(sib >> 3 & 0b111) + index;
        // 4 without its extension would be the stack pointer, which is no index.
        (sib & 0b111, (index != 4).then_some((index, sib >> 6)))
    } else {
        (rm, None)
    };
    let (base, displacement, end) = match mode {
        0b00 if low == 0b101 => (if has_sib { Base::None } else { Base::Next }, long(at), at + 4),
        0b00 => (Base::General(usize::from(low) + base), 0, at),
        // A byte times 64 at most.
        0b01 => (Base::General(usize::from(low) + base), i32::from(byte(at) as i8) * unit as i32, at + 1),
        _ => (Base::General(usize::from(low) + base), long(at), at + 4),
    };
    (Address { base, index: scaled, displacement }, end)
}
