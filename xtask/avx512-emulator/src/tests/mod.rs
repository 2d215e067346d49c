//! The emulator against plain descriptions of the instructions, against what an assembler writes, and at work under
//! its own signal handlers.
#![allow(unsafe_code, reason = "tests run instructions that the compiler must not choose by itself")]
#![allow(clippy::print_stderr, reason = "says on which machines nothing is tested")]

mod decode;
mod lanes;
mod memory;
mod plain;
mod processor;
mod signals;

use crate::lanes::Vector;

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn vector(&mut self) -> Vector {
        let mut vector = [0; 64];
        vector.chunks_exact_mut(8).for_each(|bytes| bytes.copy_from_slice(&self.next().to_le_bytes()));
        vector
    }

    /// Masks of few, many, all and no lanes.
    fn mask(&mut self) -> u64 {
        let (a, b) = (self.next(), self.next());
        match self.next() % 6 {
            0 => 0,
            1 => u64::MAX,
            2 => a & b,
            3 => a | b,
            _ => a,
        }
    }
}

/// What an instruction starts from.
#[derive(Clone, Copy, Debug)]
struct Before {
    destination: Vector,
    second: Vector,
    last: Vector,
    mask: u64,
}

impl Before {
    fn random(numbers: &mut Numbers) -> Self {
        Self {
            destination: numbers.vector(),
            second: numbers.vector(),
            last: numbers.vector(),
            mask: numbers.mask(),
        }
    }
}

/// Makes the instructions of the table run in this process; `false`, and a word of it, where the processor lacks what
/// the emulator itself stands on.
fn instructions_run() -> bool {
    use std::arch::is_x86_feature_detected as has;
    if !(has!("avx512f") && has!("avx512bw") && has!("avx512vl")) {
        eprintln!("this processor has no AVX-512 BW: no instruction is emulated");
        return false;
    }
    crate::trap::catch_instructions().unwrap();
    true
}
