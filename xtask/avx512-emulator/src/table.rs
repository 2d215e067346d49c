//! The instructions of VBMI, VBMI2 and VNNI: how they are told apart, and what kind each is.

/// What an instruction computes; `lanes` says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Any byte of one table.
    Permute,
    /// Any byte of two tables; the indices stand in the destination.
    PermuteByDestination,
    /// Any byte of two tables, the first of which is the destination.
    PermuteIntoTable,
    /// Eight bits from any place of a quadword.
    MultiShift,
    /// The lanes that the mask selects, moved together.
    Compress,
    /// Lanes that follow each other, moved to those that the mask selects.
    Expand,
    /// The upper half of two lanes shifted left by the immediate byte.
    ShiftLeft,
    /// The lower half of two lanes shifted right by the immediate byte.
    ShiftRight,
    /// As [`Operation::ShiftLeft`], each lane by a distance of its own.
    ShiftLeftEach,
    /// As [`Operation::ShiftRight`], each lane by a distance of its own.
    ShiftRightEach,
    /// Four unsigned bytes times four signed ones, added to the destination.
    AddBytes,
    /// As [`Operation::AddBytes`], held at the largest and smallest number.
    AddBytesHeld,
    /// Two signed words times two others, added to the destination.
    AddWords,
    /// As [`Operation::AddWords`], held at the largest and smallest number.
    AddWordsHeld,
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The opcode map: 2 for `0F38`, 3 for `0F3A`, whose instructions end with an immediate byte.
    pub(crate) map: u8,
    pub(crate) opcode: u8,
    /// EVEX.W.
    pub(crate) wide: bool,
    pub(crate) operation: Operation,
    /// Bytes of a lane, which is what one bit of the mask stands for.
    pub(crate) lane: usize,
}

impl Kind {
    /// Bytes of what a memory operand repeats over the vector if the instruction asks for that.
    pub(crate) fn broadcast(&self) -> Option<usize> {
        match self.operation {
            Operation::MultiShift => Some(8),
            _ if self.lane >= 4 => Some(self.lane),
            _ => None,
        }
    }

    /// Whether the operand behind the destination is missing.
    pub(crate) fn has_two_operands(&self) -> bool {
        matches!(self.operation, Operation::Compress | Operation::Expand)
    }
}

const fn kind(
    name: &'static str,
    map: u8,
    opcode: u8,
    wide: bool,
    operation: Operation,
    lane: usize,
) -> Kind {
    Kind { name, map, opcode, wide, operation, lane }
}

/// All three extensions, by Intel's Software Developer's Manual.
pub(crate) static KINDS: [Kind; 24] = [
    kind("VPERMB", 2, 0x8D, false, Operation::Permute, 1),
    kind("VPERMI2B", 2, 0x75, false, Operation::PermuteByDestination, 1),
    kind("VPERMT2B", 2, 0x7D, false, Operation::PermuteIntoTable, 1),
    kind("VPMULTISHIFTQB", 2, 0x83, true, Operation::MultiShift, 1),
    kind("VPCOMPRESSB", 2, 0x63, false, Operation::Compress, 1),
    kind("VPCOMPRESSW", 2, 0x63, true, Operation::Compress, 2),
    kind("VPEXPANDB", 2, 0x62, false, Operation::Expand, 1),
    kind("VPEXPANDW", 2, 0x62, true, Operation::Expand, 2),
    kind("VPSHLDW", 3, 0x70, true, Operation::ShiftLeft, 2),
    kind("VPSHLDD", 3, 0x71, false, Operation::ShiftLeft, 4),
    kind("VPSHLDQ", 3, 0x71, true, Operation::ShiftLeft, 8),
    kind("VPSHRDW", 3, 0x72, true, Operation::ShiftRight, 2),
    kind("VPSHRDD", 3, 0x73, false, Operation::ShiftRight, 4),
    kind("VPSHRDQ", 3, 0x73, true, Operation::ShiftRight, 8),
    kind("VPSHLDVW", 2, 0x70, true, Operation::ShiftLeftEach, 2),
    kind("VPSHLDVD", 2, 0x71, false, Operation::ShiftLeftEach, 4),
    kind("VPSHLDVQ", 2, 0x71, true, Operation::ShiftLeftEach, 8),
    kind("VPSHRDVW", 2, 0x72, true, Operation::ShiftRightEach, 2),
    kind("VPSHRDVD", 2, 0x73, false, Operation::ShiftRightEach, 4),
    kind("VPSHRDVQ", 2, 0x73, true, Operation::ShiftRightEach, 8),
    kind("VPDPBUSD", 2, 0x50, false, Operation::AddBytes, 4),
    kind("VPDPBUSDS", 2, 0x51, false, Operation::AddBytesHeld, 4),
    kind("VPDPWSSD", 2, 0x52, false, Operation::AddWords, 4),
    kind("VPDPWSSDS", 2, 0x53, false, Operation::AddWordsHeld, 4),
];
