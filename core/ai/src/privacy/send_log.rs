//! What left the device: when, to whom, how much; never what.

use serde::Serialize;
use writemagic_shared::runtime::Timestamp;

use super::mask::MaskCounts;
use crate::foreign::ForeignError;
use crate::model::Locality;
use crate::service_name;

/// One request that left, or is about to: it has no word of what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SendRecord {
    /// When.
    pub at: Timestamp,
    /// The provider, as the app calls it; at most 255 bytes.
    pub provider: String,
    /// The model; at most 255 bytes.
    pub model: String,
    /// The host that it was sent to, without path or query; empty for a model in the app. At most 255 bytes.
    pub host: String,
    /// How far that is.
    pub locality: Locality,
    /// Bytes of the request's body.
    pub bytes: u64,
    /// What was masked in it, and how often.
    pub masked: MaskCounts,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination<'a> {
    /// The provider, as the app calls it.
    pub provider: &'a str,
    /// The model.
    pub model: &'a str,
    /// The host, without path or query; empty for a model in the app.
    pub host: &'a str,
    /// How far that is.
    pub locality: Locality,
}

impl SendRecord {
    /// The record of one request. Names of more than 255 bytes
    /// ([`SERVICE_NAME_BYTES`](writemagic_shared::limits::SERVICE_NAME_BYTES)) are cut.
    pub fn new(at: Timestamp, to: &Destination<'_>, bytes: u64, masked: MaskCounts) -> Self {
        let [provider, model, host] = [to.provider, to.model, to.host].map(service_name::bounded);
        Self { at, provider, model, host, locality: to.locality, bytes, masked }
    }
}

/// Where records are kept. One is written for every attempt, before its first byte leaves: what is not written down is
/// not sent.
pub trait SendLog: Send + Sync {
    /// Keeps `record`.
    ///
    /// # Errors
    ///
    /// [`ForeignError`]: the attempt must not be made.
    fn record(&self, record: &SendRecord) -> Result<(), ForeignError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_when_to_whom_how_much_and_what_was_masked() {
        let masked = MaskCounts { phrases: 2, emails: 1, ..MaskCounts::default() };
        let to = Destination {
            provider: "mine",
            model: "model-1",
            host: "api.example.org",
            locality: Locality::Cloud,
        };
        let record = SendRecord::new(Timestamp::from_millis(5), &to, 1_234, masked);
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            concat!(
                r#"{"at":"1970-01-01T00:00:00.005Z","provider":"mine","model":"model-1","#,
                r#""host":"api.example.org","locality":"cloud","bytes":1234,"masked":{"phrases":2,"#,
                r#""emails":1,"phones":0,"ibans":0,"cards":0,"lookalikes":0}}"#
            )
        );
    }
}
