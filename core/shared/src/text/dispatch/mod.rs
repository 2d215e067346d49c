//! Which implementation of the text and vector kernels this processor runs: found out once, overridable by tests.
//!
//! Every kernel has a scalar twin that gives the same answer everywhere, and vector paths that need the
//! processor features listed at [`Path`]. The public functions of `text` and `vector` run [`Path::current`]; their
//! internal `…_on` entries take a path, so that tests run each available one. What a path does lives with
//! its kernel, nothing here.

pub(crate) mod wide;

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use thiserror::Error;

/// One family of implementations of the kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Path {
    /// Safe code without vector instructions: available everywhere, and the reference for the others.
    Scalar,
    /// x86-64 with AVX2, BMI1, BMI2, POPCNT and LZCNT (2013 and later).
    Avx2,
    /// x86-64 with AVX-512 F, BW and VL, and all of [`Path::Avx2`] (2017 and later).
    Avx512Bw,
    /// x86-64 with AVX-512 F, BW, VL, VBMI and VBMI2, and all of [`Path::Avx2`] (2019 and later).
    Avx512,
    /// 64-bit ARM, little-endian: its vector instructions are always there.
    Neon,
}

/// A path was asked for that this processor does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this processor cannot run the {0:?} path")]
pub struct PathUnavailable(pub Path);

impl Path {
    /// Fastest first.
    const ALL: [Path; 5] = [Path::Avx512, Path::Avx512Bw, Path::Avx2, Path::Neon, Path::Scalar];

    /// The paths that this processor runs, the fastest first; [`Path::Scalar`] is always the last.
    pub fn available() -> impl Iterator<Item = Path> {
        Path::ALL.into_iter().filter(|path| path.is_available())
    }

    /// The path that the public functions take: the fastest one, unless [`force`] has chosen another.
    #[inline]
    pub fn current() -> Path {
        match state() >> CURRENT_SHIFT {
            1 => Path::Avx2,
            2 => Path::Avx512Bw,
            3 => Path::Avx512,
            4 => Path::Neon,
            _ => Path::Scalar,
        }
    }

    /// Whether this processor has the instructions of this path.
    ///
    /// `true` guarantees every feature that the variant names, for the life of the process: safe
    /// constructors of vector kernels build on it.
    #[inline]
    pub fn is_available(self) -> bool {
        state() & self.bit() != 0
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Makes every kernel of this process run `path`, or with `None` the fastest one again.
///
/// For tests and benchmarks. Calls already running finish on the path they began with; answers never
/// depend on it.
///
/// # Errors
/// [`PathUnavailable`] when this processor lacks the path; nothing changes then.
pub fn force(path: Option<Path>) -> Result<(), PathUnavailable> {
    let available = state() & AVAILABLE;
    let chosen = match path {
        Some(path) if available & path.bit() == 0 => return Err(PathUnavailable(path)),
        Some(path) => path,
        None => fastest(available),
    };
    STATE.store(available | (chosen as u8) << CURRENT_SHIFT, Relaxed);
    Ok(())
}

/// Bits 0 to 4: one for each available path; from bit 5: the current path. 0 before detection, since the
/// bit of [`Path::Scalar`] is always set afterwards.
static STATE: AtomicU8 = AtomicU8::new(0);
const AVAILABLE: u8 = 0x1F;
const CURRENT_SHIFT: u8 = 5;

#[inline]
fn state() -> u8 {
    // Relaxed: the byte is complete in itself, nothing else is published with it.
    match STATE.load(Relaxed) {
        0 => detect(),
        state => state,
    }
}

#[cold]
fn detect() -> u8 {
    let available =
        Path::ALL.into_iter().filter(|path| detected(*path)).fold(0, |bits, path| bits | path.bit());
    let state = available | (fastest(available) as u8) << CURRENT_SHIFT;
    // A `force` that came in between wins.
    match STATE.compare_exchange(0, state, Relaxed, Relaxed) {
        Ok(_) => state,
        Err(earlier) => earlier,
    }
}

fn fastest(available: u8) -> Path {
    Path::ALL.into_iter().find(|path| available & path.bit() != 0).unwrap_or(Path::Scalar)
}

#[cfg(target_arch = "x86_64")]
fn detected(path: Path) -> bool {
    use std::arch::is_x86_feature_detected as has;
    match path {
        Path::Scalar => true,
        Path::Avx2 => has!("avx2") && has!("bmi1") && has!("bmi2") && has!("popcnt") && has!("lzcnt"),
        Path::Avx512Bw => detected(Path::Avx2) && has!("avx512f") && has!("avx512bw") && has!("avx512vl"),
        Path::Avx512 => detected(Path::Avx512Bw) && has!("avx512vbmi") && has!("avx512vbmi2"),
        Path::Neon => false,
    }
}

#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
fn detected(path: Path) -> bool {
    match path {
        Path::Scalar => true,
        Path::Neon => std::arch::is_aarch64_feature_detected!("neon"),
        Path::Avx2 | Path::Avx512Bw | Path::Avx512 => false,
    }
}

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"))))]
fn detected(path: Path) -> bool {
    path == Path::Scalar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalar_is_always_available_and_the_last_choice() {
        let paths: Vec<Path> = Path::available().collect();
        assert_eq!(paths.last(), Some(&Path::Scalar));
        assert!(paths.iter().all(|path| path.is_available()));
        for other in Path::ALL {
            assert_eq!(other.is_available(), paths.contains(&other), "{other:?}");
        }
    }

    // `cargo xtask test` sets the variable where it emulates what the processor lacks.
    #[test]
    fn the_path_that_a_test_run_is_for_is_available() {
        let wanted = std::env::var("WRITEMAGIC_TEST_PATH").unwrap_or_else(|_| "Scalar".to_owned());
        let available: Vec<String> = Path::available().map(|path| format!("{path:?}")).collect();
        assert!(available.contains(&wanted), "{wanted} is not among {available:?}");
    }

    // One test for all that `force` does: the choice is process-wide, and tests run side by side.
    #[test]
    fn a_forced_path_is_current_until_it_is_released_and_an_unavailable_one_is_refused() {
        for path in Path::ALL {
            let before = Path::current();
            if path.is_available() {
                force(Some(path)).unwrap();
                assert_eq!(Path::current(), path);
            } else {
                assert_eq!(force(Some(path)), Err(PathUnavailable(path)));
                assert_eq!(Path::current(), before);
            }
        }
        force(None).unwrap();
        assert_eq!(Some(Path::current()), Path::available().next());
    }

    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    #[test]
    fn neon_is_always_there_on_64_bit_arm() {
        assert!(Path::Neon.is_available());
    }
}
