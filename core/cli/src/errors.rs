//! How a command fails: with the engine's error, or with one of its own in the same codes.
//!
//! Errors go to standard error: under `--json` as one object on one line, else as a sentence and, where there
//! is one, a hint what to do next. The exit code is the code's own. Only here may an error repeat what stands
//! on the user's own command line.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{Map, Value};
use writemagic::{Code, Coded};

use crate::page::escaped;

pub(crate) type CliResult<T> = Result<T, CliError>;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Something failed, for the user to read.
    Failed(Box<Failure>),
    /// Nobody reads standard output any more: there is nothing to say and nobody to say it to.
    OutputClosed,
}

/// What there is to say about a failure; the inner object of its JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    details: Map<String, Value>,
}

#[derive(Serialize)]
struct Report<'a> {
    error: &'a Failure,
}

impl CliError {
    /// A failure of the command itself.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        CliError::Failed(Box::new(Failure { code, message: message.into(), details: Map::new() }))
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(Code::Cancelled, "interrupted; everything acknowledged is kept")
    }

    /// An error of the engine's.
    pub(crate) fn coded(error: &(impl Coded + fmt::Display)) -> Self {
        let mut cli = Self::new(error.code(), error.to_string());
        if let (CliError::Failed(failure), Ok(Value::Object(details))) =
            (&mut cli, serde_json::to_value(error.details()))
        {
            failure.details = details;
        }
        cli
    }

    /// A fault of the program: its panic message has gone to standard error already.
    pub(crate) fn panicked(message: &str) -> Self {
        Self::new(Code::Internal, format!("internal fault: {message}"))
    }

    /// A file that could not be read or written.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        let shown = escaped(&path.display().to_string());
        match error.kind() {
            io::ErrorKind::NotFound => {
                Self::new(Code::PathNotFound, format!("{shown}: no such file or folder"))
            }
            io::ErrorKind::PermissionDenied => {
                Self::new(Code::PermissionDenied, format!("{shown}: the system refused access"))
            }
            io::ErrorKind::AlreadyExists => Self::new(Code::AlreadyExists, format!("{shown} exists already")),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::new(Code::DiskFull, format!("{shown}: the disk is full"))
            }
            kind => Self::new(Code::Io, format!("{shown} could not be read or written ({kind:?})")),
        }
    }

    /// Bytes that should be UTF-8 and are not, from byte `offset` on.
    pub(crate) fn not_utf8(what: &str, offset: u64) -> Self {
        Self::new(Code::NotUtf8, format!("{what} is not UTF-8 at byte {offset}")).with("offset", offset)
    }

    /// A size over one of the engine's limits.
    pub(crate) fn over_limit(what: &'static str, value: u64, limit: u64) -> Self {
        let error = Self::new(Code::LimitExceeded, format!("{what} is {value}, and the limit is {limit}"));
        error.with("what", what).with("value", value).with("limit", limit)
    }

    /// The same error with one more detail.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let CliError::Failed(failure) = &mut self {
            failure.details.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The same error, its message led by what on the command line it is about.
    pub(crate) fn about(mut self, what: impl fmt::Display) -> Self {
        if let CliError::Failed(failure) = &mut self {
            failure.message = format!("{}: {}", escaped(&what.to_string()), failure.message);
        }
        self
    }

    pub(crate) fn code(&self) -> Option<Code> {
        match self {
            CliError::Failed(failure) => Some(failure.code),
            CliError::OutputClosed => None,
        }
    }

    /// Writes the error where errors go; gives the exit code.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let CliError::Failed(failure) = self else { return ExitCode::SUCCESS };
        // One write, so that no other thread's line ends up inside. Nobody is left to tell when it fails.
        let _ = io::stderr().write_all(failure.render(json).as_bytes());
        ExitCode::from(failure.code.exit_code())
    }
}

impl Failure {
    fn render(&self, json: bool) -> String {
        if json {
            // Strings, words and a map of plain values always have a JSON form.
            return serde_json::to_string(&Report { error: self }).unwrap_or_default() + "\n";
        }
        let mut text = format!("error: {}\n", self.message);
        if let Some(hint) = hint(self.code) {
            let _ = writeln!(text, "hint: {hint}");
        }
        text
    }
}

/// What usually helps.
fn hint(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Usage => "see `writemagic help` or `writemagic help COMMAND`",
        Code::DocumentNotFound => "`writemagic list` shows the documents, `--trashed` those in the trash",
        Code::AmbiguousDocument => "name it by its id: `writemagic list` shows the ids",
        Code::VersionNotFound | Code::AmbiguousVersion => "`writemagic history DOC --all` shows the versions",
        Code::BranchNotFound => "`writemagic branch list DOC` shows the branches",
        Code::FolderNotFound => "`writemagic folder list` shows the folders",
        Code::FolderNotEmpty => "move or purge what it holds first, trashed documents included",
        Code::LibraryNotFound => {
            "`writemagic new TITLE` and `writemagic import PATH` create one; `--library DIR` names another"
        }
        Code::LibraryBusy => {
            "close the program that is writing to it, or wait for it; reading works meanwhile"
        }
        Code::LibraryTooNew => "update writemagic",
        Code::NotALibrary => "`--library DIR` names another folder",
        Code::LibraryCorrupt | Code::HistoryDamaged => {
            "`writemagic doctor --repair` mends what can be mended; keep a copy of the folder first"
        }
        Code::ProviderNotFound => "`writemagic provider list` shows the providers",
        Code::BibleEntryNotFound => "`writemagic bible list` shows the entries",
        Code::AmbiguousBibleEntry => "name it by its id: `writemagic --json bible list` shows the ids",
        Code::BibleFactNotFound => "`writemagic bible show ENTRY` shows the facts",
        Code::BibleRenameNotFound | Code::BibleRenameSuperseded => {
            "`writemagic bible renames` shows what was renamed"
        }
        Code::RunNotFound => "`writemagic runs` shows the runs",
        Code::ProposalNotFound => "`writemagic proposals list --all` shows the proposals",
        Code::MemoryNotFound => "`writemagic memories` shows the memories",
        Code::ConfirmationRequired => "it cannot be undone; add --yes if that is what you want",
        Code::AlreadyExists => "choose another name",
        _ => return None,
    })
}

/// Every error of the facade, whichever part it comes from.
impl<E: Into<writemagic::Error>> From<E> for CliError {
    fn from(error: E) -> Self {
        Self::coded(&error.into())
    }
}
