//! Lets an x86-64 Linux machine with AVX-512 F, BW and VL run programs that need VBMI, VBMI2 and VNNI as
//! well, slowly.
//!
//! For tests, and loaded into a program by `LD_PRELOAD`: `cargo xtask test` runs the text and vector kernels' AVX-512
//! path so on machines that came before those extensions. Before `main` it makes CPUID and illegal instructions
//! raise signals (`trap`). CPUID is then answered as the processor does, with the three extensions added. An
//! illegal instruction is decoded (`decode`), computed from the registers that the kernel saved for the signal
//! (`frame`, `execute`) and stepped over. `table` lists what is known: all of the three extensions and nothing
//! else; any other illegal instruction, and any other memory fault, ends the program as ever. At exit it says
//! what it has done (`report`).
//!
//! An instruction costs a signal, a microsecond or two. No handler allocates, locks or uses the standard library
//! beyond `core` and an atomic; what they do to vector registers does not matter, since the kernel restores them.
//! Segment overrides and 32-bit addresses are not decoded. On other systems this crate is empty.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]

mod decode;
mod execute;
mod frame;
mod lanes;
mod report;
mod table;
mod trap;

#[cfg(test)]
mod tests;
