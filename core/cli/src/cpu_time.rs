//! How much processor time this process has used, on every thread.

use std::time::Duration;

/// Processor time so far, user and system together.
#[cfg(unix)]
pub(crate) fn process_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Time since the first call: std knows no processor time here, and an idle machine's wall time is its upper bound.
#[cfg(not(unix))]
pub(crate) fn process_cpu_time() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
