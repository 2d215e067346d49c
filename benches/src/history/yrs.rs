//! yrs: garbage collection is off, or else deleted text would be no part of its history.

use anyhow::{Context as _, Result};
use yrs::updates::decoder::Decode as _;
use yrs::updates::encoder::{Encoder as _, EncoderV1};
use yrs::{
    ClientID, Doc, GetString as _, OffsetKind, Options, ReadTxn as _, Snapshot, StateVector, Text as _,
    TextRef, Transact as _, TransactionMut, Update,
};

use super::Holder;
use super::peer::Peer;
use crate::trace::Edit;

const TEXT: &str = "text";

/// A document and its one text.
pub(super) struct Yrs {
    document: Doc,
    text: TextRef,
}

fn splice(text: &TextRef, transaction: &mut TransactionMut<'_>, burst: &[Edit]) -> Result<()> {
    for edit in burst {
        let at = u32::try_from(edit.at)?;
        if edit.delete > 0 {
            text.remove_range(transaction, at, u32::try_from(edit.delete)?);
        }
        if !edit.insert.is_empty() {
            text.insert(transaction, at, &edit.insert);
        }
    }
    Ok(())
}

impl Peer for Yrs {
    type Version = Snapshot;

    const NAME: &'static str = "yrs 0.28.1";
    const HOLDER: Holder = Holder::Yrs;

    fn new(writer: u32) -> Result<Self> {
        let mut options = Options::with_client_id(ClientID::new(writer.into()));
        options.skip_gc = true;
        options.offset_kind = OffsetKind::Utf16;
        let document = Doc::with_options(options);
        let text = document.get_or_insert_text(TEXT);
        Ok(Self { document, text })
    }

    fn load(bytes: &[u8], writer: u32) -> Result<Self> {
        let mut document = Self::new(writer)?;
        document.take_in(bytes)?;
        Ok(document)
    }

    fn save(&mut self) -> Result<Vec<u8>> {
        Ok(self.document.transact().encode_state_as_update_v2(&StateVector::default()))
    }

    fn edit(&mut self, burst: &[Edit]) -> Result<()> {
        splice(&self.text, &mut self.document.transact_mut(), burst)
    }

    fn edit_and_encode(&mut self, burst: &[Edit]) -> Result<Vec<u8>> {
        let mut transaction = self.document.transact_mut();
        for edit in burst {
            let edit = edit.within(self.text.len(&transaction) as usize);
            splice(&self.text, &mut transaction, &[edit])?;
        }
        Ok(transaction.encode_update_v2())
    }

    fn text(&self) -> Result<String> {
        Ok(self.text.get_string(&self.document.transact()))
    }

    fn version(&mut self) -> Result<Self::Version> {
        Ok(self.document.transact().snapshot())
    }

    fn text_at(&mut self, version: &Self::Version) -> Result<String> {
        let mut encoder = EncoderV1::new();
        self.document
            .transact()
            .encode_state_from_snapshot(version, &mut encoder)
            .ok()
            .context("no old state")?;
        let old = Self::new(0)?;
        old.document.transact_mut().apply_update(Update::decode_v1(&encoder.to_vec())?)?;
        old.text()
    }

    fn changes_since(&mut self, version: &Self::Version) -> Result<Vec<u8>> {
        Ok(self.document.transact().encode_state_as_update_v2(&version.state_map))
    }

    fn take_in(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.document.transact_mut().apply_update(Update::decode_v2(bytes)?)?)
    }
}
