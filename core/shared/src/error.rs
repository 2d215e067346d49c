//! Error codes that never change meaning, and the typed details that travel with an error.
//!
//! Every crate has its own error enum; each maps to one [`Code`] of this table and to [`Details`] that name
//! sizes, limits, offsets and ids. User text (titles, queries, paths, documents) has no way in: a
//! [`DetailValue`] holds numbers, identifiers and words known at compile time.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

macro_rules! codes {
    ($( $(#[doc = $doc:literal])* $variant:ident = $number:literal, $name:literal, exit $exit:literal; )*) => {
        /// What went wrong, as a number and a word that stay the same for ever.
        ///
        /// Numbers are grouped by hundreds: 1xx bad input, 2xx not there or not possible in the present
        /// state, 3xx the library as a whole, 4xx edit sessions, 5xx operations, 6xx AI runs, 7xx the boundary to
        /// other languages, 9xx faults of the engine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum Code {
            $( $(#[doc = $doc])* $variant = $number, )*
        }

        impl Code {
            /// Every code, by ascending number.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The stable snake_case word: what scripts compare with.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name),* }
            }

            /// What it means, in the words of this table: Markdown, on one line.
            pub const fn description(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),*).trim_ascii()),* }
            }

            /// The exit code of a command that ends with this error: 2 for input that can never
            /// succeed, 130 for an interruption, 1 for everything else.
            pub const fn exit_code(self) -> u8 {
                match self { $(Code::$variant => $exit),* }
            }
        }
    };
}

codes! {
    /// The command line was not understood.
    Usage = 100, "usage", exit 2;
    /// An argument has a value that is never valid.
    InvalidArgument = 101, "invalid_argument", exit 2;
    /// A value is over a documented limit; details name `what`, `value` and `limit`.
    LimitExceeded = 102, "limit_exceeded", exit 2;
    /// UTF-16 input has a surrogate without its partner; details name the `index` in UTF-16 units.
    LoneSurrogate = 103, "lone_surrogate", exit 2;
    /// A folder name is empty, `.`, `..` or has a `/`.
    InvalidFolderName = 104, "invalid_folder_name", exit 2;
    /// A language tag is not of BCP 47 form.
    InvalidLanguageTag = 105, "invalid_language_tag", exit 2;
    /// An editing trace is malformed, or one of its positions is outside the text.
    InvalidTrace = 106, "invalid_trace", exit 2;
    /// Bytes that must be UTF-8 are not; details name the byte `offset`.
    NotUtf8 = 107, "not_utf8", exit 2;
    /// Purging destroys a document for good and needs the explicit word.
    ConfirmationRequired = 108, "confirmation_required", exit 2;
    /// Not a bundle, or a damaged one; details name the `reason` and the `offset` in bytes.
    BundleInvalid = 109, "bundle_invalid", exit 2;
    /// Not a table of word vectors, or a damaged one; details name what is wrong.
    EmbeddingTableInvalid = 110, "embedding_table_invalid", exit 2;
    /// No document has this id, title or id prefix.
    DocumentNotFound = 200, "document_not_found", exit 1;
    /// Several documents have this title or id prefix; details name how many.
    AmbiguousDocument = 201, "ambiguous_document", exit 1;
    /// No folder has this path.
    FolderNotFound = 202, "folder_not_found", exit 1;
    /// A folder of this name exists under the same parent.
    FolderExists = 203, "folder_exists", exit 1;
    /// The folder still holds documents or folders.
    FolderNotEmpty = 204, "folder_not_empty", exit 1;
    /// A folder cannot move into itself or below itself.
    FolderCycle = 205, "folder_cycle", exit 1;
    /// A path named by the caller does not exist.
    PathNotFound = 206, "path_not_found", exit 1;
    /// The target exists and overwriting was not asked for.
    AlreadyExists = 207, "already_exists", exit 1;
    /// Memory is short, the system's or what a limit leaves; what was there before is unchanged.
    OutOfMemory = 208, "out_of_memory", exit 1;
    /// No version of the document has this name.
    VersionNotFound = 209, "version_not_found", exit 1;
    /// Several versions begin with this; details name how many.
    AmbiguousVersion = 210, "ambiguous_version", exit 1;
    /// The document has no branch of this name.
    BranchNotFound = 211, "branch_not_found", exit 1;
    /// The document has a branch of this name.
    BranchExists = 212, "branch_exists", exit 1;
    /// Nothing is left to undo or redo.
    NothingToUndo = 213, "nothing_to_undo", exit 1;
    /// Versions cannot be merged; details name the `reason`.
    MergeRefused = 214, "merge_refused", exit 1;
    /// A bundle builds on events that this library lacks.
    BundleIncomplete = 215, "bundle_incomplete", exit 1;
    /// Two libraries have written under one name; details name the `document`.
    ClonedWriter = 216, "cloned_writer", exit 1;
    /// Some of a version's text was forgotten on purpose.
    VersionForgotten = 217, "version_forgotten", exit 1;
    /// An embedding model failed, or answered with what is no vector; details name the `reason`.
    EmbeddingFailed = 218, "embedding_failed", exit 1;
    /// No memory has this key.
    MemoryNotFound = 219, "memory_not_found", exit 1;
    /// No entry of the story bible has this id or name.
    BibleEntryNotFound = 230, "bible_entry_not_found", exit 1;
    /// Several entries of the story bible go by this name; details name how many.
    AmbiguousBibleEntry = 231, "ambiguous_bible_entry", exit 1;
    /// No fact of the story bible has this id.
    BibleFactNotFound = 232, "bible_fact_not_found", exit 1;
    /// No renaming of an entry has this id, or it is forgotten.
    BibleRenameNotFound = 233, "bible_rename_not_found", exit 1;
    /// The entry was renamed again since: the newer renaming is to be taken back first.
    BibleRenameSuperseded = 234, "bible_rename_superseded", exit 1;
    /// There is no library in this folder.
    LibraryNotFound = 300, "library_not_found", exit 1;
    /// Another process is writing to the library.
    LibraryBusy = 301, "library_busy", exit 1;
    /// The library can be read but not written.
    LibraryReadOnly = 302, "library_read_only", exit 1;
    /// The library was written by a newer version of the engine.
    LibraryTooNew = 303, "library_too_new", exit 1;
    /// The file is not a WriteMagic library.
    NotALibrary = 304, "not_a_library", exit 1;
    /// The library's database is damaged.
    LibraryCorrupt = 305, "library_corrupt", exit 1;
    /// The disk, or the library's size limit, is full.
    DiskFull = 306, "disk_full", exit 1;
    /// Reading or writing failed.
    Io = 307, "io", exit 1;
    /// The system refused access.
    PermissionDenied = 308, "permission_denied", exit 1;
    /// The library is suspended; resume it first.
    LibrarySuspended = 309, "library_suspended", exit 1;
    /// The library was closed.
    LibraryClosed = 310, "library_closed", exit 1;
    /// A document's history is damaged; its text opens read-only up to the last good event.
    HistoryDamaged = 311, "history_damaged", exit 1;
    /// The edit session was closed.
    SessionClosed = 400, "session_closed", exit 1;
    /// Too much unsaved typing is waiting for a disk that does not follow; nothing was dropped.
    BacklogFull = 401, "backlog_full", exit 1;
    /// The work was cancelled; what was done and acknowledged is kept.
    Cancelled = 500, "cancelled", exit 130;
    /// The network, or the provider's host, is out of reach.
    Offline = 600, "offline", exit 1;
    /// The connection to the provider failed before the answer began.
    ConnectionFailed = 601, "connection_failed", exit 1;
    /// The provider has trouble of its own or is overloaded; details name the `status`.
    ProviderUnavailable = 602, "provider_unavailable", exit 1;
    /// The provider wants fewer calls; details name `retry_after_ms` where it said so.
    RateLimited = 603, "rate_limited", exit 1;
    /// The account at the provider has nothing left to spend.
    QuotaExhausted = 604, "quota_exhausted", exit 1;
    /// What answered is not the provider: a network login page, or another server.
    NotAnEventStream = 605, "not_an_event_stream", exit 1;
    /// The provider does not accept the key.
    CredentialRejected = 606, "credential_rejected", exit 1;
    /// The server's certificate is not trusted.
    CertificateRejected = 607, "certificate_rejected", exit 1;
    /// The provider does not accept the request; details name the `status`.
    RequestRejected = 608, "request_rejected", exit 1;
    /// Prompt and answer do not fit into the model's context.
    ContextTooLong = 609, "context_too_long", exit 1;
    /// The provider or the model refused to answer.
    AnswerRefused = 610, "answer_refused", exit 1;
    /// The answer broke off; what had come is kept.
    StreamInterrupted = 611, "stream_interrupted", exit 1;
    /// The model is not on this device, not ready, or may not work now; details name the `reason`.
    ModelUnavailable = 612, "model_unavailable", exit 1;
    /// The engine's own HTTP client cannot work yet: the system's certificate store is not ready.
    TransportUnavailable = 613, "transport_unavailable", exit 1;
    /// No run has this id.
    RunNotFound = 614, "run_not_found", exit 1;
    /// What was kept of a run is damaged, or was written by a newer version of the engine.
    RunDamaged = 615, "run_damaged", exit 1;
    /// A kept run cannot be gone on with: it is under way, has no text, or came to its end.
    RunNotResumable = 616, "run_not_resumable", exit 1;
    /// The call might cost more than the user allows; details name the `cap`, its `unit`, `limit`, `spent` and `asked`.
    BudgetExceeded = 630, "budget_exceeded", exit 1;
    /// The text may not travel as far as this model is; details name the `ceiling` and the model's `locality`.
    LocalityCeiling = 631, "locality_ceiling", exit 1;
    /// There is no key for the provider.
    KeyMissing = 632, "key_missing", exit 1;
    /// A key that no header can carry; details name the `reason`.
    KeyInvalid = 633, "key_invalid", exit 1;
    /// The endpoint failed too often and is left alone; details name when it may be asked again.
    CircuitOpen = 634, "circuit_open", exit 1;
    /// Too many calls wait for the provider; details name how many.
    ProviderBusy = 635, "provider_busy", exit 1;
    /// No provider has this name.
    ProviderNotFound = 640, "provider_not_found", exit 1;
    /// No proposal has this id.
    ProposalNotFound = 660, "proposal_not_found", exit 1;
    /// What was kept of a proposal is damaged, or was written by a newer version of the engine.
    ProposalDamaged = 661, "proposal_damaged", exit 1;
    /// The proposal has no hunk of this number; details name the `hunk` and how many there are.
    HunkNotFound = 662, "hunk_not_found", exit 1;
    /// The version that a proposal was made on is not in the document's history any more.
    ProposalBaseLost = 663, "proposal_base_lost", exit 1;
    /// The text changed again and again while hunks were being put into it; none was.
    TextMoving = 664, "text_moving", exit 1;
    /// The text does not fit into the model's context beside room for the answer; details name the tokens.
    PromptTooLong = 665, "prompt_too_long", exit 1;
    /// A set of prompt templates is not valid; details name the `reason`.
    TemplatesInvalid = 666, "templates_invalid", exit 1;
    /// The app passed no handle: the number is 0; details name the type that was `expected`.
    HandleNull = 700, "handle_null", exit 1;
    /// The app passed a number that never was a handle; details name the type that was `expected`.
    HandleForged = 701, "handle_forged", exit 1;
    /// The app passed a handle of another copy of the library; details name the type that was `expected`.
    HandleForeign = 702, "handle_foreign", exit 1;
    /// The app passed a handle of another type; details name the types that were `expected` and `found`.
    HandleWrongType = 703, "handle_wrong_type", exit 1;
    /// The object was closed; details name `what` it was.
    HandleClosed = 704, "handle_closed", exit 1;
    /// The object was closed and its last calls are running; details name `what` it is.
    HandleClosing = 705, "handle_closing", exit 1;
    /// A call panicked while it worked with the object, which can only be closed now; details name `what` it is.
    ObjectPoisoned = 706, "object_poisoned", exit 1;
    /// More objects are open than the boundary has handles for; details name `what` and `limit`.
    TooManyObjects = 707, "too_many_objects", exit 1;
    /// More calls run on one object than the boundary counts; details name `what` and `limit`.
    TooManyCalls = 708, "too_many_calls", exit 1;
    /// The engine panicked: a fault of its own, contained; details name the `entry` that the app had called.
    Panic = 709, "panic", exit 1;
    /// A fault of the engine itself.
    Internal = 900, "internal", exit 1;
}

impl Code {
    /// The stable number.
    pub const fn number(self) -> u16 {
        self as u16
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// One value of an error's [`Details`]: never user text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum DetailValue {
    /// A size, limit, offset, count or version.
    Number(u64),
    /// A number that may be negative, such as an operating system's error number.
    Signed(i64),
    /// An identifier of a document, folder or library.
    Id(uuid::Uuid),
    /// A word known at compile time.
    Word(&'static str),
}

impl From<u64> for DetailValue {
    fn from(value: u64) -> Self {
        DetailValue::Number(value)
    }
}

impl From<usize> for DetailValue {
    fn from(value: usize) -> Self {
        DetailValue::Number(value as u64)
    }
}

impl From<i64> for DetailValue {
    fn from(value: i64) -> Self {
        DetailValue::Signed(value)
    }
}

impl From<&'static str> for DetailValue {
    fn from(value: &'static str) -> Self {
        DetailValue::Word(value)
    }
}

impl From<uuid::Uuid> for DetailValue {
    fn from(value: uuid::Uuid) -> Self {
        DetailValue::Id(value)
    }
}

/// The named values of an error, in a fixed order; a JSON object when serialised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details(Vec<(&'static str, DetailValue)>);

impl Details {
    /// No details.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same details with one more value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<DetailValue>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<DetailValue> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }

    /// All names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, DetailValue)> + '_ {
        self.0.iter().copied()
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// What every error of the engine can say about itself.
pub trait Coded: std::error::Error {
    /// The stable code.
    fn code(&self) -> Code;
    /// The typed values: sizes, limits, offsets, ids.
    fn details(&self) -> Details;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_and_names_are_unique_and_ascending() {
        let numbers: Vec<u16> = Code::ALL.iter().map(|c| c.number()).collect();
        assert!(numbers.windows(2).all(|w| w[0] < w[1]));
        let names: BTreeSet<_> = Code::ALL.iter().map(|c| c.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|n| n.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))));
    }

    #[test]
    fn every_code_says_what_it_means_in_a_sentence() {
        for code in Code::ALL {
            let description = code.description();
            assert!(
                description.ends_with('.') && description.trim() == description,
                "{code}: {description:?}"
            );
        }
        assert_eq!(Code::Internal.description(), "A fault of the engine itself.");
    }

    #[test]
    fn input_errors_exit_with_2_and_states_with_1() {
        for code in Code::ALL {
            let expected = match code.number() {
                100..=199 => 2,
                500 => 130,
                _ => 1,
            };
            assert_eq!(code.exit_code(), expected, "{code}");
        }
    }

    #[test]
    fn details_serialise_as_one_object() {
        let details = Details::none().with("what", "title").with("value", 1025_u64).with("limit", 1024_u64);
        assert_eq!(serde_json::to_string(&details).unwrap(), r#"{"what":"title","value":1025,"limit":1024}"#);
        assert_eq!(details.get("limit"), Some(DetailValue::Number(1024)));
    }
}
