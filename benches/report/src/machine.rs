//! What a measurement ran on, so that its figures can be compared with others.

use std::path::Path;
use std::process::Command;

/// One line: processor, the features that kernels choose by, cores, system, compiler, SQLite, allocator.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{} ({}), {cores} cores, {} {} {}, {}, SQLite {}{}",
        processor().unwrap_or_else(|| "unknown processor".into()),
        features().join(" "),
        std::env::consts::OS,
        std::env::consts::ARCH,
        read_line("/proc/sys/kernel/osrelease").unwrap_or_default(),
        output_of(Command::new("rustc").arg("--version")).unwrap_or_else(|| "unknown compiler".into()),
        rusqlite::version(),
        if cfg!(feature = "jemalloc") { ", jemalloc" } else { "" },
    )
}

/// The commit that was measured, marked when the tree had changes.
pub fn revision() -> String {
    let benches = benches();
    let git = |arguments: &[&str]| output_of(Command::new("git").arg("-C").arg(benches).args(arguments));
    let Some(commit) = git(&["rev-parse", "--short=10", "HEAD"]) else {
        return "unknown commit".into();
    };
    // RESULTS.md itself is being rewritten by the run.
    let status = ["status", "--porcelain", "--", "..", ":(exclude)RESULTS.md"];
    let changed = git(&status).is_some_and(|status| !status.is_empty());
    if changed { format!("commit {commit} with changes") } else { format!("commit {commit}") }
}

/// The folder of the benches.
pub fn benches() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Today, in UTC.
pub fn date() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// How many processes wanted a core during the last minute: above the cores, wall times suffer.
pub fn load() -> Option<f64> {
    read_line("/proc/loadavg")?.split(' ').next()?.parse().ok()
}

fn processor() -> Option<String> {
    if cfg!(target_os = "macos") {
        return output_of(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]));
    }
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let field = |line: &str| line.split_once(':').map(|(_, value)| value.trim().to_owned());
    info.lines().find(|line| line.starts_with("model name")).and_then(field)
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let known = [
        ("SSE4.2", std::arch::is_x86_feature_detected!("sse4.2")),
        ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
        ("AVX-512F", std::arch::is_x86_feature_detected!("avx512f")),
        ("AVX-512BW", std::arch::is_x86_feature_detected!("avx512bw")),
        ("AVX-512VBMI", std::arch::is_x86_feature_detected!("avx512vbmi")),
    ];
    known.into_iter().filter(|(_, present)| *present).map(|(name, _)| name).collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<&'static str> {
    let known = [
        ("NEON", std::arch::is_aarch64_feature_detected!("neon")),
        ("SVE", std::arch::is_aarch64_feature_detected!("sve")),
        ("SVE2", std::arch::is_aarch64_feature_detected!("sve2")),
    ];
    known.into_iter().filter(|(_, present)| *present).map(|(name, _)| name).collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<&'static str> {
    Vec::new()
}

fn read_line(path: &str) -> Option<String> {
    Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
}

fn output_of(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
