//! loro: a snapshot holds history and text.

use anyhow::Result;
use loro::{ExportMode, Frontiers, LoroDoc, LoroText, VersionVector};

use super::Holder;
use super::peer::Peer;
use crate::trace::Edit;

const TEXT: &str = "text";

/// A document and its one text.
pub(super) struct Loro {
    document: LoroDoc,
    text: LoroText,
}

impl Loro {
    fn of(document: LoroDoc, writer: u32) -> Result<Self> {
        document.set_peer_id(writer.into())?;
        let text = document.get_text(TEXT);
        Ok(Self { document, text })
    }

    fn splice(&self, edit: &Edit) -> Result<()> {
        if edit.delete > 0 {
            self.text.delete_utf16(edit.at, edit.delete)?;
        }
        if !edit.insert.is_empty() {
            self.text.insert_utf16(edit.at, &edit.insert)?;
        }
        Ok(())
    }
}

impl Peer for Loro {
    type Version = (Frontiers, VersionVector);

    const NAME: &'static str = "loro 1.17.1";
    const HOLDER: Holder = Holder::Loro;

    fn new(writer: u32) -> Result<Self> {
        Self::of(LoroDoc::new(), writer)
    }

    fn load(bytes: &[u8], writer: u32) -> Result<Self> {
        let document = LoroDoc::new();
        document.import(bytes)?;
        Self::of(document, writer)
    }

    fn save(&mut self) -> Result<Vec<u8>> {
        Ok(self.document.export(ExportMode::Snapshot)?)
    }

    fn edit(&mut self, burst: &[Edit]) -> Result<()> {
        burst.iter().try_for_each(|edit| self.splice(edit))?;
        self.document.commit();
        Ok(())
    }

    fn edit_and_encode(&mut self, burst: &[Edit]) -> Result<Vec<u8>> {
        let before = self.document.oplog_vv();
        for edit in burst {
            self.splice(&edit.within(self.text.len_utf16()))?;
        }
        self.document.commit();
        Ok(self.document.export(ExportMode::updates(&before))?)
    }

    fn text(&self) -> Result<String> {
        Ok(self.text.to_string())
    }

    fn version(&mut self) -> Result<Self::Version> {
        Ok((self.document.oplog_frontiers(), self.document.oplog_vv()))
    }

    fn text_at(&mut self, (frontiers, _): &Self::Version) -> Result<String> {
        self.document.checkout(frontiers)?;
        self.text()
    }

    fn back_to_present(&mut self) {
        self.document.checkout_to_latest();
    }

    fn changes_since(&mut self, (_, seen): &Self::Version) -> Result<Vec<u8>> {
        Ok(self.document.export(ExportMode::updates(seen))?)
    }

    fn take_in(&mut self, bytes: &[u8]) -> Result<()> {
        self.document.import(bytes)?;
        Ok(())
    }

    fn take_in_all(&mut self, pieces: &[Vec<u8>]) -> Result<()> {
        self.document.import_batch(pieces)?;
        Ok(())
    }
}
