//! automerge: a burst is a change; old texts are read at the heads of then.

use anyhow::{Context as _, Result};
use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{
    ActorId, AutoCommit, ChangeHash, LoadOptions, ObjId, ObjType, ROOT, ReadDoc as _, TextEncoding,
};

use super::Holder;
use super::peer::Peer;
use crate::trace::Edit;

const TEXT: &str = "text";

/// A document and its one text.
pub(super) struct Automerge {
    document: AutoCommit,
    text: ObjId,
}

impl Automerge {
    fn commit(&mut self) {
        self.document.commit_with(CommitOptions::default().with_time(0));
    }
}

impl Peer for Automerge {
    type Version = Vec<ChangeHash>;

    const NAME: &'static str = "automerge 0.12.0";
    const HOLDER: Holder = Holder::Automerge;

    fn new(writer: u32) -> Result<Self> {
        // Every copy begins with the same change, so that there is one text and not one for each writer.
        let mut document =
            AutoCommit::new_with_encoding(TextEncoding::Utf16CodeUnit).with_actor(ActorId::from([0; 4]));
        let text = document.put_object(ROOT, TEXT, ObjType::Text)?;
        let mut document = Self { document, text };
        document.commit();
        document.document.save_incremental();
        document.document.set_actor(ActorId::from(writer.to_be_bytes()));
        Ok(document)
    }

    fn load(bytes: &[u8], writer: u32) -> Result<Self> {
        let options = LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit);
        let mut document = AutoCommit::load_with_options(bytes, options)?;
        let (_, text) = document.get(ROOT, TEXT)?.context("the document has no text")?;
        document.set_actor(ActorId::from(writer.to_be_bytes()));
        Ok(Self { document, text })
    }

    fn save(&mut self) -> Result<Vec<u8>> {
        Ok(self.document.save())
    }

    fn edit(&mut self, burst: &[Edit]) -> Result<()> {
        for edit in burst {
            self.document.splice_text(&self.text, edit.at, edit.delete as isize, &edit.insert)?;
        }
        self.commit();
        Ok(())
    }

    fn edit_and_encode(&mut self, burst: &[Edit]) -> Result<Vec<u8>> {
        let before = self.document.get_heads();
        for edit in burst {
            let Edit { at, delete, insert } = edit.within(self.document.length(&self.text));
            self.document.splice_text(&self.text, at, delete as isize, &insert)?;
        }
        self.commit();
        Ok(self.document.save_after(&before))
    }

    fn text(&self) -> Result<String> {
        Ok(self.document.text(&self.text)?)
    }

    fn version(&mut self) -> Result<Self::Version> {
        Ok(self.document.get_heads())
    }

    fn text_at(&mut self, version: &Self::Version) -> Result<String> {
        Ok(self.document.text_at(&self.text, version)?)
    }

    fn changes_since(&mut self, version: &Self::Version) -> Result<Vec<u8>> {
        Ok(self.document.save_after(version))
    }

    fn take_in(&mut self, bytes: &[u8]) -> Result<()> {
        self.document.load_incremental(bytes)?;
        Ok(())
    }

    fn take_in_all(&mut self, pieces: &[Vec<u8>]) -> Result<()> {
        self.take_in(&pieces.concat())
    }
}
