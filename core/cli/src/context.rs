//! Which library a command works on, and how it opens it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use directories::ProjectDirs;
use writemagic::embedding::Table;
use writemagic::limits::ID_PREFIX_CHARS;
use writemagic::{Code, Document, DocumentId, Library, OpenOptions, Version};

use crate::errors::{CliError, CliResult};
use crate::output::Output;
use crate::progress::{Unit, wait};

/// What every command gets beside its own arguments.
#[derive(Debug)]
pub(crate) struct Context {
    library: Option<PathBuf>,
    pub(crate) output: Output,
}

impl Context {
    pub(crate) fn new(library: Option<PathBuf>, output: Output) -> Self {
        // An empty variable is one that is not set.
        let variable = || std::env::var_os("WRITEMAGIC_LIBRARY").filter(|path| !path.is_empty());
        Self { library: library.or_else(|| variable().map(PathBuf::from)), output }
    }

    /// The library's folder: named on the command line or in the environment, else in the user's data folder.
    fn folder(&self) -> CliResult<PathBuf> {
        if let Some(path) = &self.library {
            return Ok(path.clone());
        }
        match ProjectDirs::from("dev", "", "WriteMagic") {
            Some(folders) => Ok(folders.data_dir().join("library")),
            None => Err(CliError::usage(
                "this account has no home folder: name the library with --library DIR or WRITEMAGIC_LIBRARY",
            )),
        }
    }

    /// Opens the library for reading, beside a writer if there is one.
    pub(crate) fn read(&self) -> CliResult<Library> {
        self.open(OpenOptions::new().read_only(true))
    }

    /// Opens a library that exists for writing.
    pub(crate) fn write(&self) -> CliResult<Library> {
        self.open(OpenOptions::new())
    }

    /// Opens the library for commands that search by meaning, and has it read what is new: for writing, so that it keeps what it has
    /// read; for reading where that cannot be.
    pub(crate) fn by_meaning(&self) -> CliResult<Library> {
        let library = match self.write() {
            Err(error) if matches!(error.code(), Some(Code::LibraryBusy | Code::LibraryReadOnly)) => {
                self.read()?
            }
            opened => opened?,
        };
        wait(library.index_meaning(), "reading", Unit::Texts)?;
        Ok(library)
    }

    /// Opens the library for writing and creates it where there is none.
    pub(crate) fn write_or_create(&self) -> CliResult<Library> {
        self.open(OpenOptions::new().create(true))
    }

    fn open(&self, options: OpenOptions) -> CliResult<Library> {
        let folder = self.folder()?;
        // Every command with the same model, so that what one has read the others need not read again.
        let table = Table::linked().map_err(|error| CliError::coded(&error))?;
        Library::open(&folder, options.embedder(Arc::new(table)))
            .map_err(|error| CliError::from(error).about(folder.display()))
    }
}

/// The branch that a command works on.
#[derive(Debug, Args)]
pub(crate) struct OnBranch {
    /// The branch of the document
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub(crate) branch: String,
}

/// The version that a command line names by id, label, start of an id, or `head`.
pub(crate) fn find_version(
    library: &Library,
    document: DocumentId,
    branch: &str,
    name: &str,
) -> CliResult<Version> {
    library.find_version(document, branch, name).map_err(|error| {
        let error = CliError::from(error);
        match error.code() {
            Some(Code::VersionNotFound | Code::AmbiguousVersion) => error.about(name),
            Some(Code::BranchNotFound) => error.about(branch),
            _ => error,
        }
    })
}

/// The one of these ids that a command line names by all of it or by its first characters; else an error of this code.
pub(crate) fn find_id<T>(
    name: &str,
    missing: Code,
    newest: impl FnOnce() -> CliResult<Vec<T>>,
) -> CliResult<T>
where
    T: std::fmt::Display + std::str::FromStr,
{
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let mut found = Vec::new();
    if name.len() as u64 >= ID_PREFIX_CHARS {
        let name = name.to_ascii_lowercase();
        found = newest()?.into_iter().filter(|id| id.to_string().starts_with(&name)).collect();
    }
    match (found.pop(), found.len() + 1) {
        (Some(id), 1) => Ok(id),
        (Some(_), count) => {
            Err(CliError::new(missing, format!("{count} ids begin so")).with("count", count).about(name))
        }
        (None, _) => Err(CliError::new(missing, "no id begins so").about(name)),
    }
}

/// The document that a command line names by id, exact title or id prefix.
pub(crate) fn find(library: &Library, name: &str) -> CliResult<Document> {
    library.find_document(name).map_err(|error| {
        let error = CliError::from(error);
        match error.code() {
            Some(Code::DocumentNotFound | Code::AmbiguousDocument) => error.about(name),
            _ => error,
        }
    })
}
