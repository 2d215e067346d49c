//! What a model is asked, what it reports, and what the engine knows of it.
//!
//! A model is reached in one of two ways: a [`Provider`] is spoken to over a network, by a [`wire`](crate::wire) and a
//! transport; a [`HostModel`] is the app's own, most often the system's on-device model.

mod base_url;
mod capability;
mod host;
mod host_answer;
mod locality;
mod price;
mod provider;
mod records;
mod request;
mod snapshots;
mod usage;

pub use base_url::BaseUrl;
pub use capability::{Capabilities, OutputLimit};
pub use host::{
    Availability, HostCall, HostDescription, HostError, HostModel, PrepareProgress, UnavailableReason,
};
pub use host_answer::{HostAnswer, HostSink};
pub use locality::Locality;
pub use price::{Microdollars, Prices};
pub use provider::{Provider, ProviderError};
pub use records::{Records, RecordsError};
pub use request::{Message, Request, Role};
pub use snapshots::{SnapshotChanged, Snapshots};
pub use usage::Usage;
