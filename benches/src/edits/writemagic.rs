//! The engine: an edit session, flushed after each burst.

use std::path::Path;

use anyhow::{Context as _, Result};
use writemagic::{DocumentFilter, Durability, EditSession, Library, NewDocument, OpenOptions};

use super::{Contender, Typing};
use crate::trace::Edit;

pub(super) const CONTENDER: Contender = Contender { name: "WriteMagic", open, read_back };

struct Session {
    library: Library,
    session: EditSession,
}

fn open(folder: &Path) -> Result<Box<dyn Typing>> {
    let library = Library::open(folder, OpenOptions::new().create(true))?;
    let document = library.create_document(NewDocument::titled("Trace"))?;
    let session = library.edit(document.id)?;
    Ok(Box::new(Session { library, session }))
}

impl Typing for Session {
    fn edit(&mut self, edit: &Edit) -> Result<()> {
        self.session.splice(edit.at as u64, edit.delete as u64, &edit.insert)?;
        Ok(())
    }

    fn make_durable(&mut self) -> Result<()> {
        self.session.flush(Durability::Committed)?;
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<()> {
        self.session.close()?;
        self.library.close()?;
        Ok(())
    }
}

fn read_back(folder: &Path) -> Result<String> {
    let library = Library::open(folder, OpenOptions::new().read_only(true))?;
    let page = library.documents(&DocumentFilter::default(), None, 1)?;
    let document = page.documents.first().context("the library has no document")?;
    Ok(library.text(document.id)?)
}
