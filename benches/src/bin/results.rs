//! Measures everything and writes `RESULTS.md`; `benches/README.md` says how to run and read it.

fn main() -> anyhow::Result<()> {
    writemagic_benches::run(std::env::args().skip(1))
}
