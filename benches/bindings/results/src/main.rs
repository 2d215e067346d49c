//! Calls from Kotlin and from Swift: our layers beside what UniFFI generates, over the same engine.
//!
//! `cargo xtask bench kotlin` and `cargo xtask bench swift` have built the libraries and the benches before they start this.

mod figures;
mod jmh;
mod measured;
mod sections;
mod swift;

use anyhow::{Result, bail};
use bench_report::record;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (benches, quick) = match arguments.as_slice() {
        [benches] => (benches, false),
        [benches, "--quick"] => (benches, true),
        _ => bail!("{USAGE}"),
    };
    let plan = if quick { &jmh::QUICK } else { &jmh::WHOLE };
    match *benches {
        "kotlin" => record("kotlin", "Kotlin calls", &sections::kotlin::write(&jmh::measure(plan)?)?, quick),
        "swift" | "swift-alone" => {
            let swift = swift::measure(quick)?;
            let kotlin = if *benches == "swift" { Some(jmh::ours(plan)?) } else { None };
            record("swift", "Swift calls", &sections::swift::write(&swift, kotlin.as_ref())?, quick)
        }
        _ => bail!("{USAGE}"),
    }
}

/// `swift-alone` does without Kotlin's figures: where there is no JVM.
const USAGE: &str = "usage: bindings-results kotlin|swift|swift-alone [--quick]";
