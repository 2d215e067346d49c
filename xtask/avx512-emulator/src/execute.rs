//! One instruction of the interrupted program, done in its registers and memory.
#![allow(unsafe_code, reason = "memory operands of another program's instruction are known by address alone")]

use std::ptr;

use crate::decode::{Operand, decode};
use crate::frame::Frame;
use crate::lanes::{Input, Shape, Vector, compute};
use crate::report;
use crate::table::Operation;

/// Executes the instruction at which the program was interrupted and steps over it; `false`, and nothing changes,
/// where it is not one of the table's.
///
/// # Safety
/// The program was interrupted because the processor does not know the instruction. Its memory operands are
/// then as good as it is: what it would have read or written may be read or written.
pub(crate) unsafe fn execute(frame: &mut Frame<'_>) -> bool {
    let at = frame.instruction();
    // SAFETY: the processor has read the instruction, and `decode` asks for no byte beyond its end.
    let byte = |n: usize| unsafe { ptr::with_exposed_provenance::<u8>(at.wrapping_add(n)).read_volatile() };
    let Some(instruction) = decode(byte) else {
        return false;
    };
    let kind = instruction.kind();
    let shape = Shape { width: instruction.width, lane: kind.lane };
    let mask = shape.all() & instruction.mask.map_or(u64::MAX, |register| frame.mask(register));
    let read = |address: usize, to: &mut [u8]| {
        // SAFETY: the instruction reads these bytes; `to` is ours.
        unsafe { ptr::copy_nonoverlapping(ptr::with_exposed_provenance(address), to.as_mut_ptr(), to.len()) };
    };
    let named = |address| frame.address(address, instruction.length);

    if kind.operation == Operation::Compress {
        let source = frame.vector(instruction.register);
        match instruction.last {
            Operand::Vector(register) => {
                let input = one(frame.vector(register), source);
                let result = compute(kind.operation, shape, &input, mask, instruction.zeroing);
                frame.set_vector(register, &result);
            }
            Operand::Memory(address) | Operand::Broadcast(address) => {
                let result = compute(kind.operation, shape, &one([0; 64], source), mask, true);
                let written = mask.count_ones() as usize * kind.lane;
                let to = ptr::with_exposed_provenance_mut(named(address));
                // SAFETY: the instruction writes as many lanes as the mask selects, 64 bytes at most.
                unsafe { ptr::copy_nonoverlapping(result.as_ptr(), to, written) };
            }
        }
    } else {
        let mut last = [0; 64];
        match instruction.last {
            Operand::Vector(register) => last = frame.vector(register),
            Operand::Broadcast(address) => {
                let unit = kind.broadcast().unwrap_or(shape.lane);
                let (first, rest) = last.split_at_mut(unit);
                if mask != 0 {
                    read(named(address), first);
                }
                rest.chunks_exact_mut(unit).for_each(|lane| lane.copy_from_slice(first));
            }
            Operand::Memory(address) => {
                let address = named(address);
                match kind.operation {
                    Operation::Expand => read(address, &mut last[..mask.count_ones() as usize * kind.lane]),
                    // These read all of it: any lane may come from anywhere.
                    _ if kind.lane == 1 => read(address, &mut last[..shape.width]),
                    // A lane that is masked is not read, and may be where nothing can be read.
                    _ => {
                        for (n, lane) in last[..shape.width].chunks_exact_mut(kind.lane).enumerate() {
                            if mask >> n & 1 != 0 {
                                read(address.wrapping_add(n * kind.lane), lane);
                            }
                        }
                    }
                }
            }
        }
        let input = Input {
            destination: frame.vector(instruction.register),
            second: frame.vector(instruction.second),
            last,
            immediate: instruction.immediate,
        };
        let result = compute(kind.operation, shape, &input, mask, instruction.zeroing);
        frame.set_vector(instruction.register, &result);
    }
    frame.advance(instruction.length);
    report::count(instruction.line);
    true
}

/// The operands of an instruction that has one source.
fn one(destination: Vector, last: Vector) -> Input {
    Input { destination, second: [0; 64], last, immediate: 0 }
}
