//! Safe loops compiled once for each path: the compiler turns them into that path's vector instructions.
//!
//! For kernels whose work is the same for each byte or unit (counting, comparing). Kernels that move
//! bytes about need intrinsics and live in modules of their own.

#![allow(unsafe_code, reason = "functions compiled for more features than the caller has must be entered so")]

use super::Path;

/// A loop worth compiling for every path.
pub(crate) trait Loop {
    /// What it computes.
    type Output;
    /// The loop itself. Must be `#[inline(always)]`, with everything hot that it calls: only code that is
    /// inlined into the path's own copy uses the path's instructions.
    fn run(self) -> Self::Output;
}

/// Runs the copy of `work` compiled for `path`, or the plain one where the processor lacks the path.
#[inline]
pub(crate) fn run<L: Loop>(path: Path, work: L) -> L::Output {
    match path {
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 if path.is_available() => {
            // SAFETY: `is_available` guarantees every feature that `avx512` enables.
            unsafe { avx512(work) }
        }
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 | Path::Avx512Bw if path.is_available() => {
            // SAFETY: `is_available` guarantees every feature that `avx2` enables, and more for `Avx512Bw`.
            unsafe { avx2(work) }
        }
        _ => work.run(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
fn avx2<L: Loop>(work: L) -> L::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt,lzcnt")]
fn avx512<L: Loop>(work: L) -> L::Output {
    work.run()
}
