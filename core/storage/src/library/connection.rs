//! How SQLite is set up: one writing connection, a few reading ones.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::DATABASE_FILE;
use super::checkpoint::BACKSTOP_PAGES;
use crate::error::{Error, Result};
use crate::search;

/// How long a statement waits for a lock of another connection (a reader that recovers the log, a back-up).
const BUSY: Duration = Duration::from_secs(5);
/// Statements kept ready on each connection.
const CACHED_STATEMENTS: usize = 64;

/// What bounds a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionLimits {
    /// The most bytes of the database.
    pub(crate) max_bytes: Option<u64>,
    /// The page cache.
    pub(crate) page_cache_bytes: u64,
}

fn set_up(connection: &Connection, limits: ConnectionLimits) -> Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // A library may come from anywhere: nothing stored in it may run functions or rewrite the schema.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Plans do not depend on bound values, so that a kept statement with a bound `LIMIT` is not compiled at each use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    search::add_functions(connection)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Negative: in KiB, not in pages.
    connection.pragma_update(
        None,
        "cache_size",
        -i64::try_from(limits.page_cache_bytes >> 10).unwrap_or(i64::MAX),
    )?;
    Ok(())
}

/// Opens the database of `folder` for writing: write-ahead log, commits that survive the death of the process.
///
/// `library_read_only` if its file cannot be written.
pub(crate) fn open_writer(file: &Path, limits: ConnectionLimits) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    set_up(&connection, limits)?;
    if connection.is_readonly("main")? {
        return Err(Error::LibraryReadOnly);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // What is deleted is overwritten with zeros.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    connection.pragma_update(None, "wal_autocheckpoint", BACKSTOP_PAGES)?;
    if let Some(max_bytes) = limits.max_bytes {
        let page: u64 =
            connection.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))?.unsigned_abs();
        connection.pragma_update(None, "max_page_count", (max_bytes / page.max(1)).max(1) as i64)?;
    }
    Ok(connection)
}

/// Opens the database of `folder` for reading. `immutable`: nobody writes to it and no file may be made beside it.
pub(crate) fn open_reader(folder: &Path, immutable: bool, limits: ConnectionLimits) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = folder.join(DATABASE_FILE);
    let connection = if immutable {
        let uri =
            immutable_uri(&file).ok_or(Error::InvalidArgument { what: "path", reason: "not Unicode" })?;
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(&file, flags)?
    };
    set_up(&connection, limits)?;
    Ok(connection)
}

/// The `file:` URI of a path, percent-encoded, with `immutable=1`.
fn immutable_uri(file: &Path) -> Option<String> {
    let mut uri = String::from("file:");
    let path = file.to_str()?;
    if cfg!(windows) {
        uri.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(byte.into())
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            b':' if cfg!(windows) => uri.push(':'),
            _ => write!(uri, "%{byte:02X}").ok()?,
        }
    }
    uri.push_str("?immutable=1");
    Some(uri)
}
