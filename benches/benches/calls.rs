//! `cargo bench`: single calls of the engine against its own last run.

fn main() -> anyhow::Result<()> {
    let mut criterion = criterion::Criterion::default().configure_from_args();
    writemagic_benches::calls::bench(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}
