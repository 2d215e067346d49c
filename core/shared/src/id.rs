//! Identifiers: newtypes over UUIDs that cannot be mistaken for one another.
//!
//! Documents, folders and libraries have UUIDv7 ids (RFC 9562): they sort by creation time. An agent, the
//! writer of a run of edit events, has 16 random bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::runtime::Timestamp;

macro_rules! uuid_v7_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id that carries `now` (milliseconds) and 74 random bits.
            pub fn new(now: Timestamp) -> Self {
                let millis = now.as_millis().max(0).unsigned_abs();
                let context = uuid::NoContext;
                Self(Uuid::new_v7(uuid::Timestamp::from_unix(
                    context,
                    millis / 1000,
                    ((millis % 1000) as u32) * 1_000_000,
                )))
            }

            /// The id stored as these 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id as a UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }
    };
}

uuid_v7_id! {
    /// Names one document for ever, in every library that holds a copy.
    DocumentId
}
uuid_v7_id! {
    /// Names one folder for ever.
    FolderId
}
uuid_v7_id! {
    /// Names one branch of a document for ever, in every library that holds a copy.
    BranchId
}
uuid_v7_id! {
    /// Names one anchor of a document for ever, in every library that holds a copy.
    AnchorId
}
uuid_v7_id! {
    /// Names one library; a back-up keeps it.
    LibraryId
}
uuid_v7_id! {
    /// Names one run of a model for ever.
    RunId
}
uuid_v7_id! {
    /// Names one proposal for ever.
    ProposalId
}
uuid_v7_id! {
    /// Names one entry of a story bible for ever.
    BibleEntryId
}
uuid_v7_id! {
    /// Names one fact of an entry of a story bible for ever.
    BibleFactId
}
uuid_v7_id! {
    /// Names one renaming of an entry of a story bible for ever.
    BibleRenameId
}
uuid_v7_id! {
    /// The key of a memory that its writer gave none.
    MemoryId
}

/// A text that is not a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct InvalidId;

/// The writer of a run of edit events: 16 random bytes, compared as bytes.
///
/// Every writable open of a library takes a fresh one at its first event, so that copied folders and
/// restored back-ups never continue the same sequence with different content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentId([u8; 16]);

impl AgentId {
    /// A fresh agent: 122 random bits from the operating system.
    pub fn random() -> Self {
        Self(*Uuid::new_v4().as_bytes())
    }

    /// The agent stored as these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentId({})", Uuid::from_bytes(self.0).simple())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_creation_time_and_survive_text() {
        let early = DocumentId::new(Timestamp::from_millis(1_700_000_000_000));
        let late = DocumentId::new(Timestamp::from_millis(1_700_000_000_001));
        assert!(early < late);
        assert_eq!(early.to_string().parse::<DocumentId>(), Ok(early));
        assert_eq!("nonsense".parse::<DocumentId>(), Err(InvalidId));
    }

    #[test]
    fn agents_are_never_equal() {
        assert_ne!(AgentId::random(), AgentId::random());
    }
}
