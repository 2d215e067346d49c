//! Opens a document of automerge, edits it, reads it and saves it.

use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ROOT, ReadDoc as _};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stored = std::env::args_os().nth(1).ok_or("name what is stored")?;
    let mut document = AutoCommit::load(&std::fs::read(&stored)?)?;
    let (_, text) = document.get(ROOT, "text")?.ok_or("no text")?;
    document.splice_text(&text, 0, 0, "e")?;
    println!("{}", document.text(&text)?.len());
    std::fs::write(stored, document.save())?;
    Ok(())
}
