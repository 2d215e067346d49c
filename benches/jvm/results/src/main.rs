//! Calls from Kotlin: our layer beside what UniFFI generates, over the same engine.
//!
//! `cargo xtask bench jvm` has built both libraries and the classes before it starts this.

mod figures;
mod jmh;
mod section;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--quick"] => true,
        _ => bail!("usage: jvm-results [--quick]"),
    };
    let measured = jmh::measure(if quick { &jmh::QUICK } else { &jmh::WHOLE })?;
    bench_report::record("jvm", "Kotlin calls", &section::write(&measured)?, quick)
}
