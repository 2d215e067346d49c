//! Opens the first document of a library, edits it and reads it.

use writemagic::{DocumentFilter, Durability, Library, OpenOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stored = std::env::args_os().nth(1).ok_or("name what is stored")?;
    let library = Library::open(stored, OpenOptions::new())?;
    let page = library.documents(&DocumentFilter::default(), None, 1)?;
    let document = page.documents.first().ok_or("no document")?.id;
    let session = library.edit(document)?;
    session.splice(0, 0, "e")?;
    session.flush(Durability::Committed)?;
    println!("{}", library.text(document)?.len());
    Ok(())
}
