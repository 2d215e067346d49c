//! Byte shuffles that close up gaps, one for each pattern of gaps: 12 KiB, computed by the compiler.

/// An index that every table look-up instruction turns into a zero byte.
const NONE: u8 = 0xFF;

pub(super) type Shuffles = [[u8; 16]; 256];

/// Moves those of eight units whose bit is set to the front.
pub(super) static KEPT_UNITS: Shuffles = {
    let mut table = [[NONE; 16]; 256];
    let mut kept = 0;
    while kept < 256 {
        let (mut unit, mut to) = (0, 0);
        while unit < 8 {
            if kept >> unit & 1 == 1 {
                table[kept][to] = 2 * unit;
                table[kept][to + 1] = 2 * unit + 1;
                to += 2;
            }
            unit += 1;
        }
        kept += 1;
    }
    table
};

/// Closes up eight characters that lie two bytes apart: those whose bit is set take two bytes, the others one.
pub(super) static ONE_OR_TWO_BYTES: Shuffles = {
    let mut table = [[NONE; 16]; 256];
    let mut two = 0;
    while two < 256 {
        let (mut unit, mut to) = (0, 0);
        while unit < 8 {
            table[two][to] = 2 * unit;
            to += 1;
            if two >> unit & 1 == 1 {
                table[two][to] = 2 * unit + 1;
                to += 1;
            }
            unit += 1;
        }
        two += 1;
    }
    table
};

/// Closes up four characters that lie four bytes apart: bit 2n says that the nth takes more than one byte,
/// bit 2n + 1 that it takes three.
pub(super) static ONE_TO_THREE_BYTES: Shuffles = {
    let mut table = [[NONE; 16]; 256];
    let mut more = 0;
    while more < 256 {
        let (mut unit, mut to) = (0, 0);
        while unit < 4 {
            let bytes = 1 + (more >> (2 * unit) & 1) as u8 + (more >> (2 * unit + 1) & 1) as u8;
            let mut byte = 0;
            while byte < bytes {
                table[more][to] = 4 * unit + byte;
                to += 1;
                byte += 1;
            }
            unit += 1;
        }
        more += 1;
    }
    table
};
