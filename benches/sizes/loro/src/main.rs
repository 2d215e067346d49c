//! Opens a document of loro, edits it, reads it and saves it.

use loro::{ExportMode, LoroDoc};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stored = std::env::args_os().nth(1).ok_or("name what is stored")?;
    let document = LoroDoc::from_snapshot(&std::fs::read(&stored)?)?;
    let text = document.get_text("text");
    text.insert(0, "e")?;
    document.commit();
    println!("{}", text.to_string().len());
    std::fs::write(stored, document.export(ExportMode::Snapshot)?)?;
    Ok(())
}
