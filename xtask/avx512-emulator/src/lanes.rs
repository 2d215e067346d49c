//! What the instructions compute, on values: no register, no memory.

use crate::table::Operation;

/// What a ZMM register holds.
pub(crate) type Vector = [u8; 64];

/// The operands of an instruction.
pub(crate) struct Input {
    /// What the destination holds before.
    pub(crate) destination: Vector,
    pub(crate) second: Vector,
    pub(crate) last: Vector,
    pub(crate) immediate: u8,
}

/// Bytes of the vectors, and of one of their lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) width: usize,
    pub(crate) lane: usize,
}

impl Shape {
    /// How many lanes a vector has: 64 at most.
    pub(crate) fn lanes(self) -> usize {
        self.width / self.lane
    }

    /// A mask of every lane.
    pub(crate) fn all(self) -> u64 {
        u64::MAX >> (64 - self.lanes())
    }
}

/// The lane at `index`, as an unsigned number.
fn get(vector: &Vector, lane: usize, index: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes[..lane].copy_from_slice(&vector[index * lane..][..lane]);
    u64::from_le_bytes(bytes)
}

fn set(vector: &mut Vector, lane: usize, index: usize, value: u64) {
    vector[index * lane..][..lane].copy_from_slice(&value.to_le_bytes()[..lane]);
}

/// The destination afterwards: lanes that `mask` selects are computed, others become zero or stay, and what lies
/// beyond the width is zero.
pub(crate) fn compute(operation: Operation, shape: Shape, input: &Input, mask: u64, zeroing: bool) -> Vector {
    let lane = shape.lane;
    let mut result = if zeroing { [0; 64] } else { input.destination };
    result[shape.width..].fill(0);
    let chosen = (0..shape.lanes()).filter(|index| mask >> index & 1 != 0);
    for (next, index) in chosen.enumerate() {
        match operation {
            Operation::Compress => set(&mut result, lane, next, get(&input.last, lane, index)),
            Operation::Expand => set(&mut result, lane, index, get(&input.last, lane, next)),
            _ => set(&mut result, lane, index, each(operation, shape, input, index)),
        }
    }
    result
}

/// One lane of an operation whose lanes do not depend on the mask.
fn each(operation: Operation, shape: Shape, input: &Input, index: usize) -> u64 {
    let Input { destination, second, last, immediate } = input;
    let of = |vector: &Vector| get(vector, shape.lane, index);
    let entry = |indices: &Vector, low: &Vector, high: &Vector| {
        let at = usize::from(indices[index]);
        let table = if at & shape.width == 0 { low } else { high };
        u64::from(table[at & (shape.width - 1)])
    };
    match operation {
        Operation::Permute => entry(second, last, last),
        Operation::PermuteByDestination => entry(destination, second, last),
        Operation::PermuteIntoTable => entry(second, destination, last),
        Operation::MultiShift => get(last, 8, index / 8).rotate_right(u32::from(second[index])) & 0xFF,
        Operation::ShiftLeft => left(shape.lane, of(second), of(last), u64::from(*immediate)),
        Operation::ShiftRight => right(shape.lane, of(last), of(second), u64::from(*immediate)),
        Operation::ShiftLeftEach => left(shape.lane, of(destination), of(second), of(last)),
        Operation::ShiftRightEach => right(shape.lane, of(second), of(destination), of(last)),
        Operation::AddBytes => wrapped(of(destination), bytes(of(second), of(last))),
        Operation::AddBytesHeld => held(of(destination), bytes(of(second), of(last))),
        Operation::AddWords => wrapped(of(destination), words(of(second), of(last))),
        Operation::AddWordsHeld => held(of(destination), words(of(second), of(last))),
        // `compute` moves these itself.
        Operation::Compress | Operation::Expand => of(destination),
    }
}

/// The sum of the products of four unsigned bytes and four signed ones.
fn bytes(unsigned: u64, signed: u64) -> i64 {
    (0..4).map(|n| i64::from((unsigned >> (8 * n)) as u8) * i64::from((signed >> (8 * n)) as i8)).sum()
}

/// The sum of the products of two signed words and two others.
fn words(a: u64, b: u64) -> i64 {
    (0..2).map(|n| i64::from((a >> (16 * n)) as i16) * i64::from((b >> (16 * n)) as i16)).sum()
}

/// A sum of 32 bits that begins anew where it overflows: `set` takes four bytes of it.
fn wrapped(before: u64, added: i64) -> u64 {
    before.wrapping_add_signed(added)
}

/// A sum of 32 bits that stays at the ends of what they hold.
fn held(before: u64, added: i64) -> u64 {
    let sum = i64::from(before as i32) + added;
    sum.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as u64
}

/// The upper half of two lanes shifted left; the distance counts modulo the bits of a lane.
fn left(lane: usize, high: u64, low: u64, distance: u64) -> u64 {
    let bits = 8 * lane as u64;
    let both = u128::from(high) << bits | u128::from(low);
    // Truncated: `set` takes as many bytes as a lane has.
    (both << (distance % bits) >> bits) as u64
}

/// The lower half of two lanes shifted right; the distance counts modulo the bits of a lane.
fn right(lane: usize, high: u64, low: u64, distance: u64) -> u64 {
    let bits = 8 * lane as u64;
    let both = u128::from(high) << bits | u128::from(low);
    // Truncated: `set` takes as many bytes as a lane has.
    (both >> (distance % bits)) as u64
}
