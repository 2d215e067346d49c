//! Files out: the library's folders below a target, one file a document.
//!
//! The whole export is planned first (which folder, which name), so that names are the same whatever the order in
//! which the files are then written, in parallel.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rusqlite::{Connection, Row};
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Progress;

use super::name::{Siblings, from_title, kept};
use super::place::{self, Reason};
use super::{ExportOptions, ExportReport, Exported, SkippedExport};
use crate::Library;
use crate::document::{DocumentKind, document_number, folder_path};
use crate::error::{Error, Result};

/// The byte order mark in UTF-8.
const MARK: &[u8] = "\u{FEFF}".as_bytes();
/// How many bytes of text are held at a time; a longer one by itself.
const BATCH_BYTES: u64 = 8 << 20;
/// How many documents are written between two looks at the request to stop.
const BATCH_DOCUMENTS: usize = 256;

impl Library {
    /// Exports documents (`None` = all outside the trash) below `target`, which is created with its parents. Progress
    /// is in documents. Touches the disk.
    ///
    /// The library's folders become folders. A file has the name it was imported under while the document's title is
    /// unchanged, else one made of the title. No file is replaced without [`ExportOptions::force`], nothing is
    /// written through a symbolic link or outside the target, and each file is whole or not there. What could not be
    /// written is in the report.
    ///
    /// # Errors
    /// `document_not_found` before anything is done; `version_not_found`; `already_exists` if `target` is no folder; `permission_denied`
    /// and `io` if it cannot be created; `disk_full`; `cancelled`, which leaves the files that are written.
    pub fn export(
        &self,
        documents: Option<&[DocumentId]>,
        target: &Path,
        options: &ExportOptions,
        progress: &Progress,
    ) -> Result<ExportReport> {
        let (files, folders) = self.read(|sql| {
            let sources = match documents {
                Some(documents) => named(sql, documents)?,
                None => all(sql)?,
            };
            let mut folders = Folders::plan(sql, &sources)?;
            Ok((sources.into_iter().map(|source| folders.file(source)).collect::<Vec<_>>(), folders))
        })?;
        progress.expect_more(files.len() as u64);
        place::create_target(target)?;
        let folders = folders.create(target)?;

        let mut report = ExportReport::default();
        let mut rest = files.as_slice();
        while !rest.is_empty() {
            progress.check()?;
            let (batch, behind) = rest.split_at(batch_length(rest));
            let write = |file: &Planned| {
                let (folder, created) = &folders[file.folder];
                let path = folder.join(&file.name);
                let done = match *created {
                    Ok(()) => self.write_document(file, &path, options)?,
                    Err(reason) => Err(reason),
                };
                progress.advance(1);
                Ok((file.document, path, done))
            };
            for (document, path, done) in
                self.on_batch_threads(|| batch.par_iter().map(write).collect::<Result<Vec<_>>>())??
            {
                match done {
                    Ok(()) => report.exported.push(Exported { document, path }),
                    Err(reason) => report.skipped.push(SkippedExport { document, path, reason }),
                }
            }
            rest = behind;
        }
        Ok(report)
    }

    fn write_document(
        &self,
        file: &Planned,
        path: &Path,
        options: &ExportOptions,
    ) -> Result<Result<(), Reason>> {
        let force = options.force;
        if let Err(reason) = place::check_free(path, force) {
            return Ok(Err(reason));
        }
        let text = match &options.at {
            Some(version) => self.text_at(file.document, version),
            None => self.text(file.document),
        };
        let text = match text {
            Ok(text) => text,
            Err(Error::DocumentNotFound) => return Ok(Err("gone")),
            Err(Error::HistoryDamaged { .. } | Error::LibraryCorrupt { .. }) => return Ok(Err("damaged")),
            Err(error) => return Err(error),
        };
        let mark = if file.byte_order_mark { MARK } else { b"" };
        place::write_file(path, &[mark, text.as_bytes()], force)
    }
}

/// What the database says of a document to export.
struct Source {
    n: i64,
    document: DocumentId,
    byte_order_mark: bool,
    bytes: u64,
    /// Row number of its library folder.
    folder: i64,
    name: String,
}

/// The start of a query of [`Source`]s. The path is that of an import after which the title has not changed.
const SOURCES: &str = "SELECT documents.n, documents.id, documents.title, documents.kind, documents.bom,
        documents.folder, imports.path, heads.bytes
    FROM documents
    LEFT JOIN imports ON imports.document = documents.n AND imports.title_clock = documents.title_clock
    LEFT JOIN heads ON heads.n = documents.n << 12";

impl Source {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let title: String = row.get(2)?;
        let extension = match DocumentKind::of_number(row.get(3)?) {
            DocumentKind::Markdown => "md",
            DocumentKind::Text => "txt",
        };
        let name = match row.get::<_, Option<String>>(6)? {
            Some(path) => kept(path.rsplit('/').next().unwrap_or_default()),
            None => from_title(&title, extension),
        };
        Ok(Self {
            n: row.get(0)?,
            document: DocumentId::from_bytes(row.get(1)?),
            byte_order_mark: row.get(4)?,
            bytes: row.get::<_, Option<i64>>(7)?.unwrap_or(0).max(0).unsigned_abs(),
            folder: row.get(5)?,
            name,
        })
    }
}

/// All documents outside the trash, in the order of their making.
fn all(sql: &Connection) -> Result<Vec<Source>> {
    let mut query = sql.prepare(&format!("{SOURCES} WHERE NOT documents.trashed ORDER BY documents.n"))?;
    let rows = query.query_map((), Source::of_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// These documents, each once, in the order given.
fn named(sql: &Connection, documents: &[DocumentId]) -> Result<Vec<Source>> {
    let mut query = sql.prepare(&format!("{SOURCES} WHERE documents.n = ?1"))?;
    let mut sources = Vec::with_capacity(documents.len());
    let mut seen = HashSet::new();
    for &document in documents {
        let source = query.query_row([document_number(sql, document)?], Source::of_row)?;
        if seen.insert(source.n) {
            sources.push(source);
        }
    }
    Ok(sources)
}

/// A file to write.
struct Planned {
    document: DocumentId,
    byte_order_mark: bool,
    bytes: u64,
    /// Which of [`Folders`].
    folder: usize,
    name: String,
}

/// The folders of an export; the first is the target.
struct Folders {
    folders: Vec<Folder>,
    /// The folder of each library folder's row number.
    by_number: HashMap<i64, usize>,
}

struct Folder {
    parent: usize,
    name: String,
    siblings: Siblings,
}

impl Folders {
    /// Gives every library folder that holds a document its place and name. Folders get their names before files,
    /// in the order of their paths.
    fn plan(sql: &Connection, sources: &[Source]) -> Result<Self> {
        let numbers: HashSet<i64> = sources.iter().map(|source| source.folder).collect();
        let mut paths = numbers
            .into_iter()
            .map(|number| Ok((folder_path(sql, number)?, number)))
            .collect::<Result<Vec<_>>>()?;
        paths.sort();
        let target = Folder { parent: 0, name: String::new(), siblings: Siblings::default() };
        let mut plan = Self { folders: vec![target], by_number: HashMap::new() };
        let mut places = HashMap::new();
        for (path, number) in &paths {
            let mut place = 0;
            for part in path.split('/').filter(|part| !part.is_empty()) {
                place = *places.entry((place, part)).or_insert_with(|| plan.add(place, part));
            }
            plan.by_number.insert(*number, place);
        }
        Ok(plan)
    }

    fn add(&mut self, parent: usize, name: &str) -> usize {
        let name = self.folders[parent].siblings.unique(&kept(name), false);
        self.folders.push(Folder { parent, name, siblings: Siblings::default() });
        self.folders.len() - 1
    }

    fn file(&mut self, source: Source) -> Planned {
        let Source { document, byte_order_mark, bytes, folder, name, .. } = source;
        let folder = self.by_number.get(&folder).copied().unwrap_or(0);
        let name = self.folders[folder].siblings.unique(&name, true);
        Planned { document, byte_order_mark, bytes, folder, name }
    }

    /// Creates the folders; gives their paths, and why some could not be.
    fn create(&self, target: &Path) -> Result<Vec<(PathBuf, Result<(), Reason>)>> {
        let mut created = vec![(target.to_owned(), Ok(()))];
        for folder in &self.folders[1..] {
            // A parent stands before its children.
            let (parent, usable) = &created[folder.parent];
            let path = parent.join(&folder.name);
            let usable = match *usable {
                Ok(()) => place::create_folder(&path)?,
                refused => refused,
            };
            created.push((path, usable));
        }
        Ok(created)
    }
}

/// How many files from the start of `files` make the next batch: one, or as many as may be in memory together.
fn batch_length(files: &[Planned]) -> usize {
    let mut bytes = 0;
    let fits = files.iter().take(BATCH_DOCUMENTS).take_while(|file| {
        bytes += file.bytes;
        bytes <= BATCH_BYTES
    });
    fits.count().max(1)
}

#[cfg(test)]
mod tests {
    use writemagic_shared::limits;

    use super::*;

    fn file(bytes: u64) -> Planned {
        Planned {
            document: DocumentId::from_bytes([0; 16]),
            byte_order_mark: false,
            bytes,
            folder: 0,
            name: String::new(),
        }
    }

    #[test]
    fn batches_are_bounded_in_bytes_and_documents() {
        assert_eq!(batch_length(&[file(BATCH_BYTES), file(0), file(1)]), 2);
        assert_eq!(batch_length(&[file(limits::DOCUMENT_BYTES), file(0)]), 1);
        let many: Vec<_> = (0..BATCH_DOCUMENTS + 1).map(|_| file(0)).collect();
        assert_eq!(batch_length(&many), BATCH_DOCUMENTS);
    }

    #[test]
    fn sibling_folders_that_differ_only_in_case_get_numbers_and_their_files_need_none() {
        let target = Folder { parent: 0, name: String::new(), siblings: Siblings::default() };
        let mut plan = Folders { folders: vec![target], by_number: HashMap::new() };
        let (upper, lower) = (plan.add(0, "Notes"), plan.add(0, "notes"));
        assert_eq!(
            (plan.folders[upper].name.as_str(), plan.folders[lower].name.as_str()),
            ("Notes", "notes (2)")
        );
        let inner = plan.add(lower, "Notes");
        assert_eq!(plan.folders[inner].name, "Notes");
        let top = tempfile::tempdir().unwrap();
        let created = plan.create(top.path()).unwrap();
        assert!(created.iter().all(|(path, usable)| usable.is_ok() && path.is_dir()));
        assert_eq!(created[inner].0, top.path().join("notes (2)").join("Notes"));
    }

    #[test]
    fn what_stands_in_a_folders_place_spoils_everything_below_it_and_nothing_else() {
        let target = Folder { parent: 0, name: String::new(), siblings: Siblings::default() };
        let mut plan = Folders { folders: vec![target], by_number: HashMap::new() };
        let blocked = plan.add(0, "blocked");
        let (below, beside) = (plan.add(blocked, "below"), plan.add(0, "beside"));
        let top = tempfile::tempdir().unwrap();
        std::fs::write(top.path().join("blocked"), "a file").unwrap();
        let created = plan.create(top.path()).unwrap();
        assert_eq!((created[blocked].1, created[below].1), (Err("not_a_folder"), Err("not_a_folder")));
        assert_eq!(created[beside].1, Ok(()));
    }
}
