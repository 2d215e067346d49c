//! The library itself: opening it, how it is, its comings and goings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use writemagic::embedding::{Embedder, Table as WordVectors};
use writemagic::{Code, Library, OpenOptions, Profile};
#[cfg(not(feature = "embedding-table"))]
use writemagic::{Coded, Details};
use writemagic_boundary::{Failure, Handle, Table, call, close};

use crate::app;
use crate::app::embedder::AppEmbedder;
use crate::declare::{choices, operations, records};
use crate::{Part, object};

/// Open libraries.
pub(crate) static LIBRARIES: Table<Library> = Table::new("library");

pub(crate) const PART: Part =
    Part { name: "library", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

fn opened(library: writemagic::Result<Library>) -> Result<object::Library, Failure> {
    Ok(object::Library(LIBRARIES.insert(library?)?))
}

/// Closes a library with all its sessions, after what waits was saved; `false` where it was closed before.
///
/// # Errors
/// A handle that is no library's. Where something cannot be saved, why: the library is still open then, with nothing lost, and
/// closing can be tried again.
pub(crate) fn close_library(library: Handle) -> Result<bool, Failure> {
    let saved = call(&LIBRARIES, library, "close_library", |library| library.close());
    match saved.as_ref().map_err(Failure::code) {
        // What a panic left of it goes, whatever it still held; one that was closed before is no error.
        Ok(()) | Err(Code::ObjectPoisoned | Code::Panic | Code::HandleClosed | Code::HandleClosing) => {
            close(&LIBRARIES, library, "close_library")
        }
        Err(_) => saved.map(|()| true),
    }
}

/// How to open a library.
pub(crate) struct OpenFields {
    /// Whether to make the library where there is none, parent folders included.
    create: bool,
    /// Whether only to read: works beside a writer and in folders that cannot be written.
    read_only: bool,
    /// How large the database may grow, in bytes; at the limit writes fail with `disk_full`. No limit where nothing is said.
    max_bytes: Option<u64>,
    /// How much memory and how many threads it may take.
    profile: ProfileChoice,
    /// What compares texts by meaning.
    embedding: EmbeddingChoice,
}

/// How much memory and how many threads a library may take.
pub(crate) enum ProfileChoice {
    /// An app that a writer looks at.
    Interactive,
    /// Work while nobody looks: a sync or an import that the system grants some seconds.
    Background,
    /// An app extension, which the system ends at a few dozen megabytes.
    Extension,
}

/// What compares texts by meaning.
pub(crate) enum EmbeddingChoice {
    /// Nothing does: words decide alone.
    None,
    /// The engine's own table of word vectors, for English. The archive for Android has it as the asset
    /// `writemagic/english.table` instead: copy it to a file, and name that.
    Table,
    /// A table of word vectors in a file.
    File(PathBuf),
    /// A model of the app.
    App(app::Embedder),
}

/// The engine was built to be small.
#[cfg(not(feature = "embedding-table"))]
#[derive(Debug, thiserror::Error)]
#[error("no table of word vectors is linked into this library: open one as a file")]
struct NoTable;

#[cfg(not(feature = "embedding-table"))]
impl Coded for NoTable {
    fn code(&self) -> Code {
        Code::ModelUnavailable
    }

    fn details(&self) -> Details {
        Details::none().with("reason", "not_linked")
    }
}

impl EmbeddingChoice {
    fn embedder(self) -> Result<Option<Arc<dyn Embedder>>, Failure> {
        Ok(match self {
            Self::None => None,
            #[cfg(feature = "embedding-table")]
            Self::Table => Some(Arc::new(WordVectors::linked()?)),
            #[cfg(not(feature = "embedding-table"))]
            Self::Table => return Err(NoTable.into()),
            Self::File(file) => Some(Arc::new(WordVectors::open(&file)?)),
            Self::App(object) => Some(Arc::new(AppEmbedder::new(object)?)),
        })
    }
}

impl TryFrom<OpenFields> for OpenOptions {
    type Error = Failure;

    fn try_from(fields: OpenFields) -> Result<Self, Failure> {
        let OpenFields { create, read_only, max_bytes, profile, embedding } = fields;
        let profile = match profile {
            ProfileChoice::Interactive => Profile::INTERACTIVE,
            ProfileChoice::Background => Profile::BACKGROUND,
            ProfileChoice::Extension => Profile::EXTENSION,
        };
        let mut options = Self::new().create(create).read_only(read_only).profile(profile);
        if let Some(bytes) = max_bytes {
            options = options.max_bytes(bytes);
        }
        Ok(match embedding.embedder()? {
            Some(embedder) => options.embedder(embedder),
            None => options,
        })
    }
}

records! {
    in OpenFields as OpenOptions {
        create: bool,
        read_only: bool,
        max_bytes: Option<u64>,
        profile: ProfileChoice = "LibraryProfile.Interactive",
        embedding: EmbeddingChoice = "Embedding.None",
    }
    out writemagic::LibraryStatistics as LibraryStatistics {
        documents: u64,
        trashed: u64,
        folders: u64,
        events: u64,
        history_bytes: u64,
        chunks: u64,
        text_bytes: u64,
        disk_bytes: u64,
        unrefreshed: u64,
    }
    out writemagic::PipelineStatistics as PipelineStatistics {
        sessions: u64,
        backlog_bytes: u64,
        backlog_limit_bytes: u64,
        backlog_refused: u64,
        commits: u64,
        commits_failed: u64,
        commit_microseconds: u64,
        longest_commit_microseconds: u64,
        pool: writemagic::PoolStatistics,
    }
    out writemagic::PoolStatistics as PoolStatistics {
        hits: u64,
        misses: u64,
        plain_allocations: u64,
        refused: u64,
        held_bytes: u64,
        out_bytes: u64,
        high_water_bytes: u64,
        limit_bytes: u64,
    }
    out writemagic::Problem as Problem {
        kind: &'static str,
        document: Option<writemagic::DocumentId>,
        message: String,
        repaired: bool,
    }
    out writemagic::CheckReport as CheckReport { documents: u64, problems: Vec<writemagic::Problem> }
        + { is_ok: bool }
    out writemagic::StepReport as ShutdownStep {
        name: &'static str,
        outcome: writemagic::StepOutcome,
        took: Duration,
    }
    out writemagic::ShutdownReport as ShutdownReport { steps: Vec<writemagic::StepReport> }
        + { is_complete: bool }
}

choices! {
    in ProfileChoice as LibraryProfile { 0 Interactive, 1 Background, 2 Extension }
    in EmbeddingChoice as Embedding { 0 None, 1 Table, 2 File(file: PathBuf), 3 App(model: app::Embedder) }
    out writemagic::StepOutcome as ShutdownStepOutcome { 0 Completed, 1 Failed, 2 TimedOut, 3 Lost }
    in writemagic::Lifecycle as Lifecycle { 0 Suspend, 1 Resume, 2 MemoryWarning }
}

operations! {
    Library {
        hidden open(path: PathBuf, options: OpenFields) -> object::Library {
            opened(Library::open(path, options.try_into()?))
        }
        hidden open_outbox(path: PathBuf, options: OpenFields) -> object::Library {
            opened(Library::open_outbox(path, options.try_into()?))
        }
        get sqlite_version() -> &'static str { Ok::<_, Failure>(Library::sqlite_version()) }
    }
    Library in LIBRARIES {
        get id(library) -> writemagic::LibraryId { Ok::<_, Failure>(library.id()) }
        get path(library) -> PathBuf { Ok::<_, Failure>(library.path().to_owned()) }
        get is_read_only(library) -> bool { Ok::<_, Failure>(library.is_read_only()) }
        get format_version(library) -> u32 { Ok::<_, Failure>(library.format_version()) }
        get pipeline(library) -> writemagic::PipelineStatistics { Ok::<_, Failure>(library.pipeline()) }
        call statistics(library) -> writemagic::LibraryStatistics { library.statistics() }
        call turn(library, turn: writemagic::Lifecycle) -> () { library.turn(turn) }
        call suspend(library) -> () { library.suspend() }
        call resume(library) -> () { library.resume() }
        call release_memory(library) -> () {
            library.release_memory();
            Ok::<_, Failure>(())
        }
        work check(library, repair: bool) -> writemagic::CheckReport { library.check(repair) }
        work back_up(library, file: PathBuf) -> u64 { library.back_up(file) }
        call shut_down(library, within: Duration) -> writemagic::ShutdownReport {
            Ok::<_, Failure>(library.shut_down(within))
        }
    }
}
