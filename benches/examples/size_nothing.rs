//! The same program without a document: it reads a file, and gives its length.

fn main() -> anyhow::Result<()> {
    writemagic_benches::sizes::program(writemagic_benches::sizes::nothing)
}
