//! A program that opens a document, edits it and reads its text, with yrs: its size is what that adds to an app.

fn main() -> anyhow::Result<()> {
    writemagic_benches::sizes::program(writemagic_benches::sizes::yrs)
}
