//! The text and vector kernels' AVX-512 path on processors that came before some of its extensions: its tests a second
//! time, with what the processor lacks emulated (`xtask/avx512-emulator`).
//!
//! Built with optimisation, unlike the first time: what the compiler makes of loops for this path is then what
//! users run, and an emulated instruction costs thousands of ordinary ones either way.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::{step, workspace};

const NAME: &str = "AVX-512 tests";

/// Runs the tests if they can be run here and were not run already; else says in a line why not.
pub(crate) fn tests() -> Result<()> {
    let emulator = workspace::target()?.join("debug").join("libavx512_emulator.so");
    if let Some(reason) = reason_to_skip(&processor_flags(), &emulator) {
        step::announce(NAME, &format!("skipped: {reason}"));
        return Ok(());
    }
    step::announce(NAME, "AVX-512 VBMI, VBMI2 and VNNI paths, with the missing instructions emulated");
    step::run("AVX-512 emulator", workspace::cargo()?.args(["build", "--package", "avx512-emulator"]))?;
    let shared = |setting| format!("profile.dev.package.writemagic-shared.{setting}");
    step::run(
        NAME,
        workspace::cargo()?
            .args(["test", "--package", "writemagic-shared", "--lib"])
            .args(["--config", &shared("opt-level=3"), "--config", &shared("overflow-checks=false")])
            .args(["--config", &shared("debug=\"line-tables-only\"")])
            .args(["--", "text::", "vector::", "--quiet"])
            // Only for the tests: cargo and the compiler are not to be slowed down.
            .env(
                "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER",
                format!("env LD_PRELOAD={}", emulator.display()),
            )
            // A test fails where this path is not available after all.
            .env("WRITEMAGIC_TEST_PATH", "Avx512"),
    )
}

/// What Linux says that the processor has; nothing on other systems and processors.
fn processor_flags() -> String {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return String::new();
    }
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    processors.lines().find(|line| line.starts_with("flags")).unwrap_or_default().to_owned()
}

fn reason_to_skip(flags: &str, emulator: &Path) -> Option<&'static str> {
    let has = |flag: &str| flags.split_whitespace().any(|word| word == flag);
    if !["avx512f", "avx512bw", "avx512vl"].into_iter().all(has) {
        Some("they need x86-64 Linux and a processor with AVX-512 F, BW and VL")
    } else if has("avx512vbmi") && has("avx512_vbmi2") {
        Some("the tests above ran them, on a processor that lacks nothing")
    } else if !has("cpuid_fault") {
        Some("this machine cannot make CPUID fault, so programs see what the processor lacks")
    } else if emulator.to_str().is_none_or(|path| path.contains([' ', ':'])) {
        Some("LD_PRELOAD takes no path with a space or a colon, and the target folder has one")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_run_where_instructions_are_missing_and_can_be_emulated() {
        let older = "flags : avx2 avx512f avx512bw avx512vl cpuid_fault";
        let skipped =
            |flags: &str, emulator: &str| reason_to_skip(flags, Path::new(emulator)).unwrap_or_default();
        assert_eq!(skipped(older, "target/x.so"), "");
        assert_eq!(skipped(&format!("{older} avx512vbmi"), "target/x.so"), "");
        assert!(skipped(&format!("{older} avx512vbmi avx512_vbmi2"), "target/x.so").contains("above"));
        assert!(skipped("flags : avx2 cpuid_fault", "target/x.so").contains("AVX-512 F"));
        assert!(skipped("", "target/x.so").contains("x86-64 Linux"));
        assert!(skipped(older.trim_end_matches("cpuid_fault"), "target/x.so").contains("CPUID"));
        assert!(skipped(older, "my target/x.so").contains("space"));
    }
}
