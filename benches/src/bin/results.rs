//! Measures everything and writes `RESULTS.md`; `benches/README.md` says how to run and read it.

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> anyhow::Result<()> {
    writemagic_benches::run(std::env::args().skip(1))
}
