//! What was sent, in the library: JSON of each record.

use serde::Deserialize;
use writemagic_ai::foreign::ForeignError;
use writemagic_ai::model::Locality;
use writemagic_ai::privacy::{Destination, MaskCounts, SendLog, SendRecord};
use writemagic_storage::Error;
use writemagic_storage::assistant::StoredSend;

use super::{Kept, foreign};

/// A record as it was kept; its time stands beside it.
#[derive(Deserialize)]
struct Fields {
    provider: String,
    model: String,
    host: String,
    locality: Locality,
    bytes: u64,
    masked: MaskCounts,
}

/// The record that was kept so; [`None`] where this version of the engine cannot read it.
pub(super) fn record(sent: &StoredSend) -> Option<SendRecord> {
    let Fields { provider, model, host, locality, bytes, masked } =
        serde_json::from_slice(&sent.record).ok()?;
    let to = Destination { provider: &provider, model: &model, host: &host, locality };
    Some(SendRecord::new(sent.at, &to, bytes, masked))
}

impl SendLog for Kept {
    fn record(&self, record: &SendRecord) -> Result<(), ForeignError> {
        let unwritable =
            |_| foreign(Error::InvalidArgument { what: "send_record", reason: "it has no JSON form" });
        let bytes = serde_json::to_vec(record).map_err(unwritable)?;
        self.0.add_send(record.at, &bytes).map_err(foreign)
    }
}
