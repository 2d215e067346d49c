//! How long the tests in modules named `stress` run.

use std::time::{Duration, Instant};

/// The variable that says how long, in seconds.
pub(crate) const STRESS_SECONDS: &str = "WRITEMAGIC_STRESS_SECONDS";

/// How long a stress test runs: a minute, where nothing else is asked for.
pub(crate) fn stress_seconds() -> u64 {
    std::env::var(STRESS_SECONDS).map_or(60, |seconds| seconds.parse().unwrap())
}

/// Runs `work` again and again for that long; it is given how often it ran before.
pub(crate) fn repeatedly(mut work: impl FnMut(u64)) {
    let (start, seconds) = (Instant::now(), stress_seconds());
    let mut times = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        work(times);
        times += 1;
    }
    println!("{times} times in {seconds} s");
}
