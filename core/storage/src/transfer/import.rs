//! Files in: batches of bounded size are read, hashed, decoded and prepared on every core, while the batch before
//! them is written in one transaction.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use writemagic_shared::limits;
use writemagic_shared::runtime::{Progress, Timestamp};

use super::decode::{Decoded, NotText, decode};
use super::walk::{FILE_BYTES, Found, Root, check_named, walk};
use super::{ImportOptions, ImportReport, Imported, Skipped, title};
use crate::Library;
use crate::document::{NewDocument, Prepared, ensure_folder, folder_path, insert, prepare};
use crate::error::{Error, Result};
use crate::graph::Origin;
use crate::library::WriteContext;
use crate::search;

/// How many bytes of files make a batch; a larger file is a batch of its own.
const BATCH_BYTES: u64 = 4 << 20;
/// How many files make a batch.
const BATCH_FILES: usize = 4096;

/// How many bytes of files two batches may have together for one to be prepared while the other is written: what is
/// made of a file (text, history row, search terms) takes several times its size. A larger file is alone in memory.
const OVERLAP_BYTES: u64 = 16 << 20;
const _: () = assert!(2 * BATCH_BYTES <= OVERLAP_BYTES && OVERLAP_BYTES <= limits::IMPORT_BYTES_IN_FLIGHT);

/// Why a file is left out: a reason of [`Skipped`].
type Reason = &'static str;

type Hash = [u8; 32];

impl Library {
    /// Imports files and folders. Progress is in bytes read. Touches the disk.
    ///
    /// A named folder becomes a folder of the library, with its folders below. Everything left out is in the report.
    /// At most [`limits::IMPORT_BYTES_IN_FLIGHT`] of files are held at a time, and what has been written stays when
    /// the import fails or is cancelled: importing again goes on from there.
    ///
    /// # Errors
    /// `path_not_found` before anything is done; `invalid_folder_name` and `limit_exceeded` for the folder of
    /// `options`; `cancelled`; those of any write: `library_read_only`, `disk_full`, `io`.
    pub fn import(
        &self,
        paths: &[PathBuf],
        options: &ImportOptions,
        progress: &Progress,
    ) -> Result<ImportReport> {
        check_named(paths)?;
        let start = self.write(|sql, context| Start::find(sql, context, &options.folder))?;
        let walk = walk(paths, &start.folder, progress)?;
        let import = Import { library: self, roots: &walk.roots, start: &start, progress };
        let mut written = Written::default();
        self.on_batch_threads(|| import.run(&walk.files, &mut written))??;

        let mut skipped: Vec<_> =
            walk.left_out.into_iter().map(|left| (left.root, left.path, left.reason)).collect();
        skipped.extend(
            written.skipped.into_iter().map(|(found, reason)| (found.root, found.path.clone(), reason)),
        );
        skipped.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let skipped = skipped.into_iter().map(|(_, path, reason)| Skipped { path, reason }).collect();
        Ok(ImportReport { imported: written.imported, skipped })
    }
}

/// What holds for the whole import.
struct Start {
    /// The library folder that everything goes below, as the library writes it.
    folder: String,
    /// No file is younger than this.
    now: Timestamp,
    /// Documents up to this row number were there before.
    newest: i64,
}

impl Start {
    fn find(sql: &Connection, context: &mut WriteContext, folder: &str) -> Result<Self> {
        search::expect_batches(sql)?;
        let folder = ensure_folder(sql, context, folder)?;
        Ok(Self {
            folder: folder_path(sql, folder)?,
            now: context.now(),
            newest: sql.query_row("SELECT ifnull(max(n), 0) FROM documents", (), |row| row.get(0))?,
        })
    }
}

/// What has been written so far.
#[derive(Default)]
struct Written<'a> {
    imported: Vec<Imported>,
    skipped: Vec<(&'a Found, Reason)>,
}

/// A file's bytes and their hash.
struct Content {
    bytes: Vec<u8>,
    hash: Hash,
    times: Times,
}

/// When a file was made and last changed, as far as the system knows.
#[derive(Clone, Copy)]
struct Times {
    created: Option<Timestamp>,
    modified: Option<Timestamp>,
}

/// A file that is ready to be written, or why it will not be.
type Outcome<'a> = (&'a Found, Result<Box<Ready>, Reason>);

/// A prepared document, and what the report and the table `imports` will say of it.
struct Ready {
    prepared: Prepared,
    relative: String,
    hash: Hash,
    title: String,
    encoding: &'static str,
    lossy: bool,
}

/// What the table `imports` says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// This path was never imported into this folder.
    New,
    /// It was, with other bytes, before this import.
    Changed,
    /// It was, with these bytes.
    Duplicate,
}

struct Import<'a> {
    library: &'a Library,
    roots: &'a [Root],
    start: &'a Start,
    progress: &'a Progress,
}

impl<'a> Import<'a> {
    fn run(&self, files: &'a [Found], written: &mut Written<'a>) -> Result<()> {
        let mut rest = files;
        let (mut waiting, mut waiting_bytes) = (Vec::new(), 0);
        while !(rest.is_empty() && waiting.is_empty()) {
            self.progress.check()?;
            let (batch, behind) = rest.split_at(batch_length(rest));
            let batch_bytes: u64 = batch.iter().map(|found| found.bytes).sum();
            if waiting_bytes + batch_bytes > OVERLAP_BYTES {
                self.write(std::mem::take(&mut waiting), written)?;
                waiting = self.prepare(batch)?;
            } else {
                let before = std::mem::take(&mut waiting);
                let (done, prepared) = rayon::join(|| self.write(before, written), || self.prepare(batch));
                done?;
                waiting = prepared?;
            }
            (waiting_bytes, rest) = (batch_bytes, behind);
        }
        Ok(())
    }

    /// Reads and prepares a batch, without the database but to leave out what it has already.
    fn prepare(&self, batch: &'a [Found]) -> Result<Vec<Outcome<'a>>> {
        let read: Vec<_> = batch
            .par_iter()
            .map(|found| {
                let content = read_file(&found.path);
                self.progress.advance(found.bytes);
                content
            })
            .collect();
        let known = self.library.read(|sql| {
            let known = |(found, content): (&Found, &Result<Content, Reason>)| match content {
                Ok(content) => self.known(sql, found, &content.hash),
                Err(_) => Ok(Known::New),
            };
            batch.iter().zip(&read).map(known).collect::<Result<Vec<_>>>()
        })?;
        let prepare = |((found, content), known): ((&'a Found, Result<Content, Reason>), Known)| {
            let ready = match content {
                Ok(_) if known == Known::Duplicate => Err("duplicate"),
                Ok(content) => self.prepare_one(found, content)?,
                Err(reason) => Err(reason),
            };
            Ok((found, ready))
        };
        batch.par_iter().zip(read).zip(known).map(prepare).collect()
    }

    fn prepare_one(&self, found: &Found, content: Content) -> Result<Result<Box<Ready>, Reason>> {
        let Content { bytes, hash, times } = content;
        let Decoded { text, encoding, byte_order_mark, lossy } =
            match decode(bytes, limits::DOCUMENT_BYTES as usize) {
                Ok(decoded) => decoded,
                Err(NotText::Binary) => return Ok(Err("binary")),
                Err(NotText::TooLarge) => return Ok(Err("too_large")),
            };
        let root = &self.roots[found.root];
        let kind = found.kind();
        let about = title::about(&text, kind, found.path.file_name().unwrap_or_default());
        let modified = times.modified.map(|modified| modified.min(self.start.now));
        let new = NewDocument {
            title: about.title.clone(),
            kind,
            folder: found.folder(root),
            language: about.language,
            byte_order_mark,
            text,
            created: modified.map(|modified| times.created.unwrap_or(modified).min(modified)),
            modified,
            origin: Origin::import(),
        };
        let relative = found.relative(root);
        match prepare(new) {
            Ok(prepared) => {
                Ok(Ok(Box::new(Ready { prepared, relative, hash, title: about.title, encoding, lossy })))
            }
            Err(Error::LimitExceeded { .. }) => Ok(Err("too_large")),
            Err(error) => Err(error),
        }
    }

    /// Writes a batch in one transaction.
    fn write(&self, batch: Vec<Outcome<'a>>, written: &mut Written<'a>) -> Result<()> {
        let mut ready = Vec::with_capacity(batch.len());
        for (found, outcome) in batch {
            match outcome {
                Ok(document) => ready.push((found, document)),
                Err(reason) => written.skipped.push((found, reason)),
            }
        }
        if ready.is_empty() {
            return Ok(());
        }
        let done = self.library.write(|sql, context| {
            let write = |(found, ready): (&'a Found, Box<Ready>)| {
                Ok((found, self.write_one(sql, context, found, *ready)?))
            };
            ready.into_iter().map(write).collect::<Result<Vec<_>>>()
        })?;
        for (found, imported) in done {
            match imported {
                Some(imported) => written.imported.push(imported),
                None => written.skipped.push((found, "duplicate")),
            }
        }
        Ok(())
    }

    /// Writes one document; `None` if this import has just written it under another name of the same file.
    fn write_one(
        &self,
        sql: &Connection,
        context: &mut WriteContext,
        found: &Found,
        ready: Ready,
    ) -> Result<Option<Imported>> {
        let known = self.known(sql, found, &ready.hash)?;
        if known == Known::Duplicate {
            return Ok(None);
        }
        let (n, document) = insert(sql, context, &ready.prepared)?;
        let title_clock: i64 = sql
            .prepare_cached("SELECT title_clock FROM documents WHERE n = ?1")?
            .query_row([n], |row| row.get(0))?;
        // Of all inserts only the plainest need no savepoint, at which the search table would write itself to disk.
        let remember =
            "INSERT INTO imports (document, path, folder, hash, title_clock) VALUES (?1, ?2, ?3, ?4, ?5)";
        let folder = &self.roots[found.root].folder;
        sql.prepare_cached(remember)?.execute(params![n, ready.relative, folder, ready.hash, title_clock])?;
        Ok(Some(Imported {
            path: found.path.clone(),
            document,
            title: ready.title,
            encoding: ready.encoding,
            lossy: ready.lossy,
            changed_source: known == Known::Changed,
        }))
    }

    /// Whether this file has been imported. A document that was purged since has left no row and does not count.
    fn known(&self, sql: &Connection, found: &Found, hash: &Hash) -> Result<Known> {
        let root = &self.roots[found.root];
        let mut before =
            sql.prepare_cached("SELECT document, hash FROM imports WHERE folder = ?1 AND path = ?2")?;
        let mut rows = before.query(params![root.folder, found.relative(root)])?;
        let mut known = Known::New;
        while let Some(row) = rows.next()? {
            if row.get_ref(1)?.as_blob().is_ok_and(|bytes| bytes == hash) {
                return Ok(Known::Duplicate);
            }
            // Two files of one name in one import are two sources, not one that changed.
            if row.get::<_, i64>(0)? <= self.start.newest {
                known = Known::Changed;
            }
        }
        Ok(known)
    }
}

/// How many files from the start of `files` make the next batch.
fn batch_length(files: &[Found]) -> usize {
    let mut bytes = 0;
    let fits = files.iter().take(BATCH_FILES).take_while(|found| {
        bytes += found.bytes;
        bytes <= BATCH_BYTES
    });
    // A file that is too large for a batch is one by itself.
    fits.count().max(usize::from(!files.is_empty()))
}

/// Reads a file that was found to be an ordinary one, unless it has become something else or too large since.
fn read_file(path: &Path) -> Result<Content, Reason> {
    let file = open(path).map_err(|error| if is_link(&error) { "symbolic_link" } else { "unreadable" })?;
    let metadata = file.metadata().map_err(|_| "unreadable")?;
    if !metadata.is_file() {
        return Err("not_a_file");
    }
    let mut bytes = Vec::new();
    let expected = usize::try_from(metadata.len().min(FILE_BYTES) + 1).map_err(|_| "too_large")?;
    bytes.try_reserve_exact(expected).map_err(|_| "too_large")?;
    // One byte more than is taken shows that the file has grown.
    (&file).take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|_| "unreadable")?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err("too_large");
    }
    let times = Times {
        created: metadata.created().ok().and_then(timestamp),
        modified: metadata.modified().ok().and_then(timestamp),
    };
    Ok(Content { hash: Sha256::digest(&bytes).into(), bytes, times })
}

/// Opens a file for reading; never through a link, and without waiting for the other end of a pipe.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Whether opening failed because a link stands there.
#[cfg(unix)]
fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_link(_: &io::Error) -> bool {
    false
}

fn timestamp(time: SystemTime) -> Option<Timestamp> {
    let millis = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).ok()?,
        Err(before) => -i64::try_from(before.duration().as_millis()).ok()?,
    };
    Some(Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(sizes: &[u64]) -> Vec<Found> {
        sizes.iter().map(|&bytes| Found { root: 0, path: PathBuf::from("x.md"), bytes }).collect()
    }

    #[test]
    fn batches_are_bounded_in_bytes_and_files() {
        assert_eq!(batch_length(&[]), 0);
        assert_eq!(batch_length(&files(&[BATCH_BYTES, 0, 1])), 2);
        assert_eq!(batch_length(&files(&[1, BATCH_BYTES])), 1);
        assert_eq!(batch_length(&files(&[limits::DOCUMENT_BYTES, 0])), 1);
        assert_eq!(batch_length(&files(&[0; BATCH_FILES + 1])), BATCH_FILES);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_became_a_link_or_a_folder_since_is_not_read() {
        let top = tempfile::tempdir().unwrap();
        std::fs::write(top.path().join("secret.md"), "secret").unwrap();
        std::os::unix::fs::symlink("secret.md", top.path().join("link.md")).unwrap();
        assert_eq!(read_file(&top.path().join("link.md")).err(), Some("symbolic_link"));
        assert_eq!(read_file(top.path()).err(), Some("not_a_file"));
        assert_eq!(read_file(&top.path().join("gone.md")).err(), Some("unreadable"));
        assert_eq!(read_file(&top.path().join("secret.md")).unwrap().bytes, b"secret");
    }

    #[test]
    fn times_before_1970_are_negative() {
        let day = std::time::Duration::from_secs(86_400);
        assert_eq!(timestamp(SystemTime::UNIX_EPOCH + day).unwrap().as_millis(), 86_400_000);
        assert_eq!(timestamp(SystemTime::UNIX_EPOCH - day).unwrap().as_millis(), -86_400_000);
    }
}
