//! The database of a library: its tables, their keys and the numbered migrations that made them.
//!
//! Some tables use composed row ids, so that one document's rows stand together without a second index:
//! a head is `document << 12 | branch` (main is branch 0), a journal row `document << 30 | first event`, a part of a run
//! `run << 25 | place`.

use rusqlite::Connection;

use crate::error::{Error, Result};

/// `WMLb` in ASCII: marks a SQLite file as a WriteMagic library.
pub(crate) const APPLICATION_ID: i32 = 0x574D_4C62;
/// The newest format, and the number of migrations.
pub(crate) const VERSION: u32 = MIGRATIONS.len() as u32;

/// Branch 0 of every document.
pub(crate) const MAIN: i64 = 0;
/// The highest number of a branch.
pub(crate) const MAX_BRANCH: i64 = (1 << BRANCH_BITS) - 1;
const BRANCH_BITS: u32 = 12;
const EVENT_BITS: u32 = 30;
const RUN_PLACE_BITS: u32 = 25;

/// The row id of a branch's head.
pub(crate) const fn head_key(document: i64, branch: i64) -> i64 {
    (document << BRANCH_BITS) | branch
}

/// The row id of the journal row whose first event is `lv`.
pub(crate) const fn journal_key(document: i64, lv: u32) -> i64 {
    (document << EVENT_BITS) | lv as i64
}

/// The branch of the head with this row id.
pub(crate) const fn head_branch(key: i64) -> i64 {
    key & ((1 << BRANCH_BITS) - 1)
}

/// The document of the head with this row id.
pub(crate) const fn head_document(key: i64) -> i64 {
    key >> BRANCH_BITS
}

/// The first event of the journal row with this id.
pub(crate) const fn journal_lv(key: i64) -> u32 {
    (key & ((1 << EVENT_BITS) - 1)) as u32
}

/// The row id of the part of a run that stands at `place`.
pub(crate) const fn run_part_key(run: i64, place: i64) -> i64 {
    (run << RUN_PLACE_BITS) | place
}

/// The place of the part of a run with this row id.
pub(crate) const fn run_place(key: i64) -> i64 {
    key & ((1 << RUN_PLACE_BITS) - 1)
}

const MIGRATIONS: &[&str] = &[
    // 1: documents, folders, linear history, search by words
    r##"
    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

    -- Writers. A library refers to them by number; 16 random bytes are the identity.
    CREATE TABLE agents (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, created INTEGER NOT NULL) STRICT;

    -- Where events came from. kind: 0 person, 1 device, 2 AI, 3 import, 4 restore.
    CREATE TABLE origins (
        n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, run BLOB NOT NULL,
        UNIQUE (kind, name, run)) STRICT;

    -- parent 0 is the top. order_key: a fractional index among siblings. *_clock: hybrid logical clock of the field.
    CREATE TABLE folders (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
        parent INTEGER NOT NULL, parent_clock INTEGER NOT NULL,
        name TEXT NOT NULL, name_clock INTEGER NOT NULL,
        order_key BLOB NOT NULL, order_clock INTEGER NOT NULL) STRICT;
    CREATE UNIQUE INDEX folder_names ON folders (parent, name);

    -- kind: 0 text, 1 Markdown. folder 0 is the top. Times in milliseconds since 1970.
    CREATE TABLE documents (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
        title TEXT NOT NULL, title_clock INTEGER NOT NULL,
        kind INTEGER NOT NULL, bom INTEGER NOT NULL,
        folder INTEGER NOT NULL, folder_clock INTEGER NOT NULL,
        language TEXT, language_clock INTEGER NOT NULL,
        words_target INTEGER, chars_target INTEGER, target_clock INTEGER NOT NULL,
        trashed INTEGER NOT NULL, trashed_clock INTEGER NOT NULL,
        created INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT;
    CREATE INDEX documents_by_change ON documents (trashed, modified, n, folder);
    CREATE INDEX documents_by_title ON documents (title);
    CREATE INDEX documents_by_folder ON documents (folder);

    -- Purged things stay purged: a tombstone each. kind: 0 document, 1 folder.
    CREATE TABLE purged (id BLOB PRIMARY KEY, kind INTEGER NOT NULL, clock INTEGER NOT NULL) STRICT, WITHOUT ROWID;

    -- A branch and its text at event lv: frontier = (agent, sequence) pairs; chain = the journal's CRC-32C chain
    -- up to lv; crc = CRC-32C of document number and text; the counts are those of shared::text.
    CREATE TABLE heads (
        n INTEGER PRIMARY KEY, name TEXT NOT NULL, frontier BLOB NOT NULL, lv INTEGER NOT NULL, chain INTEGER NOT NULL,
        bytes INTEGER NOT NULL, chars INTEGER NOT NULL, utf16_units INTEGER NOT NULL, graphemes INTEGER NOT NULL,
        words INTEGER NOT NULL, ideographs INTEGER NOT NULL, sentences INTEGER NOT NULL, lines INTEGER NOT NULL,
        paragraphs INTEGER NOT NULL, crc INTEGER NOT NULL, text BLOB NOT NULL) STRICT;

    -- What happened, a row a burst. n = document << 30 | first event. parents: NULL when that is the event before it.
    CREATE TABLE journal (
        n INTEGER PRIMARY KEY, branch INTEGER NOT NULL, events INTEGER NOT NULL,
        agent INTEGER NOT NULL, seq INTEGER NOT NULL, parents BLOB, origin INTEGER NOT NULL,
        at INTEGER NOT NULL, crc INTEGER NOT NULL, row BLOB NOT NULL) STRICT;

    -- Heads whose journal is ahead of them: refreshed by the next process that may write.
    CREATE TABLE ahead (head INTEGER PRIMARY KEY) STRICT;

    -- What was imported: path relative to the imported root, hash of the bytes, the document made of it.
    CREATE TABLE imports (
        document INTEGER PRIMARY KEY, path TEXT NOT NULL, folder TEXT NOT NULL, hash BLOB NOT NULL,
        title_clock INTEGER NOT NULL) STRICT;
    CREATE INDEX imports_by_path ON imports (folder, path);

    -- Rows are words segmented and folded by us, separated by spaces; every other character belongs to a word.
    CREATE VIRTUAL TABLE search USING fts5 (
        title, body, content = '', contentless_delete = 1,
        tokenize = "ascii tokenchars '!""#$%&()*+,-./:;<=>?@[\]^_`{|}~'''");
    "##,
    // 2: history that forks and is folded, labels, anchors, undo, libraries that exchange what they know
    r##"
    -- own: made by this library; the others came with a pull.
    ALTER TABLE agents ADD COLUMN own INTEGER NOT NULL DEFAULT 1;

    -- Branches beside main, each with a head. n = document << 12 | branch. A deleted one is a row of `purged`.
    CREATE TABLE branches (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, name TEXT NOT NULL, name_clock INTEGER NOT NULL,
        created INTEGER NOT NULL) STRICT;

    -- What a branch is to take in as soon as its session lets it: a frontier.
    CREATE TABLE incoming (head INTEGER PRIMARY KEY, frontier BLOB NOT NULL) STRICT;

    -- Folded history, and events from elsewhere. n = document << 30 | first event; heads: the events up to its end that
    -- none of them follows; ids: who wrote it, runs of (agent, first sequence number, events); chain: of the journal up
    -- to its end; crc: CRC-32C of all of that and the bytes.
    CREATE TABLE chunks (
        n INTEGER PRIMARY KEY, events INTEGER NOT NULL, chain INTEGER NOT NULL, crc INTEGER NOT NULL,
        heads BLOB NOT NULL, ids BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;

    -- Texts of main on the way, deflated. n = document << 30 | events before it.
    CREATE TABLE checkpoints (
        n INTEGER PRIMARY KEY, frontier BLOB NOT NULL, chars INTEGER NOT NULL, crc INTEGER NOT NULL,
        text BLOB NOT NULL) STRICT;

    -- frontier NULL: removed.
    CREATE TABLE labels (
        document INTEGER NOT NULL, name TEXT NOT NULL, frontier BLOB, at INTEGER NOT NULL, clock INTEGER NOT NULL,
        PRIMARY KEY (document, name)) STRICT, WITHOUT ROWID;

    -- Places that follow the text: a character position in the text at a frontier. side: 0 before its character, 1
    -- after it. frontier NULL: removed.
    CREATE TABLE anchors (
        document INTEGER NOT NULL, id BLOB NOT NULL, kind TEXT NOT NULL, frontier BLOB, at INTEGER NOT NULL,
        side INTEGER NOT NULL, clock INTEGER NOT NULL,
        PRIMARY KEY (document, id)) STRICT, WITHOUT ROWID;

    -- Changes that undo treats as one, where pauses do not tell. lv: events before it; kind: 0 edit, 1 proposal,
    -- 2 restore, 3 merge, 4 undo, 5 redo; target: what an undo or redo is of; undone: whether it is taken back now;
    -- events: ranges; copies: the characters that were written again, as ranges with those that they copy.
    CREATE TABLE groups (
        n INTEGER PRIMARY KEY, document INTEGER NOT NULL, branch INTEGER NOT NULL, lv INTEGER NOT NULL,
        kind INTEGER NOT NULL, target INTEGER, undone INTEGER NOT NULL, at INTEGER NOT NULL,
        events BLOB NOT NULL, copies BLOB NOT NULL) STRICT;
    CREATE INDEX groups_by_branch ON groups (document, branch, lv);

    -- Values of fields that lost to another library's.
    CREATE TABLE superseded (
        n INTEGER PRIMARY KEY, document INTEGER NOT NULL, field TEXT NOT NULL, value ANY, clock INTEGER NOT NULL,
        at INTEGER NOT NULL) STRICT;
    CREATE INDEX superseded_by_document ON superseded (document);

    -- wanted: the parent's id as its writer set it, where that cannot be (a cycle); else NULL.
    ALTER TABLE folders ADD COLUMN wanted BLOB;
    DROP INDEX folder_names;
    CREATE INDEX folder_names ON folders (parent, name);
    -- Folders of equal name under one parent are one: what this id named is now the other's.
    CREATE TABLE joined (id BLOB PRIMARY KEY, into_id BLOB NOT NULL) STRICT, WITHOUT ROWID;
    "##,
    // 3: what an assistant keeps; libraries do not exchange it
    r##"
    -- part: what of the engine or the app it belongs to.
    CREATE TABLE settings (
        part TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (part, name)) STRICT, WITHOUT ROWID;

    -- Runs of models; ids sort by creation. bytes: of all its parts; text_bytes: of its text.
    CREATE TABLE runs (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, bytes INTEGER NOT NULL, text_bytes INTEGER NOT NULL) STRICT;

    -- n = run << 25 | place: 0 what was asked, 1 how it ended, from 2 on the text, 2 + bytes of it before this piece.
    -- crc: CRC-32C of n and the bytes.
    CREATE TABLE run_parts (n INTEGER PRIMARY KEY, crc INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

    -- Calls and what they cost. state: 0 reserved, 1 settled, 2 released. cost NULL: the price is unknown. Numbers of 64 bits
    -- without a sign: those over 2^63 are negative here.
    CREATE TABLE expenses (
        n INTEGER PRIMARY KEY, at INTEGER NOT NULL, state INTEGER NOT NULL,
        provider TEXT NOT NULL, model TEXT NOT NULL,
        input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
        output INTEGER NOT NULL, reasoning INTEGER NOT NULL, estimated INTEGER NOT NULL, cost INTEGER) STRICT;
    -- All that a sum over time asks for.
    CREATE INDEX expenses_by_time ON expenses (at, state, cost, input, output);
    CREATE INDEX expenses_reserved ON expenses (n) WHERE state = 0;

    -- What left the device: never what was said.
    CREATE TABLE sends (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, record BLOB NOT NULL) STRICT;

    -- Changes to a text that wait for the writer's word; ids sort by creation.
    CREATE TABLE proposals (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, document INTEGER NOT NULL, open INTEGER NOT NULL,
        revision INTEGER NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
    CREATE INDEX proposals_by_document ON proposals (document, id);
    CREATE INDEX proposals_by_state ON proposals (open, id, size);
    "##,
    // 4: search by meaning, memories
    r##"
    -- Sessions of a collection that changed (0 passages: a document each; 1 memories: session << 1 | 1, or n << 1 of one without):
    -- the number of the last change. Kept until a snapshot holds them.
    CREATE TABLE meaning_changes (
        number INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, session INTEGER NOT NULL,
        UNIQUE (collection, session)) STRICT;

    -- The file that holds a collection's index. generation: part of its name.
    CREATE TABLE meaning_snapshots (collection INTEGER PRIMARY KEY, generation INTEGER NOT NULL) STRICT;

    -- What somebody wants to be reminded of. n: in the order in which they came, never used again; session 0: none; part_of: the
    -- memory that stands for this one too, 0: it stands for itself; revision: hybrid logical clock; tags: one a line.
    CREATE TABLE memories (
        n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, session INTEGER NOT NULL,
        part_of INTEGER NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL,
        importance REAL, confidence REAL, valid_from INTEGER, valid_until INTEGER, from_document BLOB,
        kind TEXT, speaker TEXT, time TEXT, tags TEXT NOT NULL, text TEXT NOT NULL) STRICT;
    CREATE INDEX memories_by_session ON memories (session, n) WHERE session <> 0;
    CREATE INDEX memories_by_whole ON memories (part_of) WHERE part_of <> 0;
    CREATE INDEX memories_bounded ON memories (n)
        WHERE valid_from IS NOT NULL OR valid_until IS NOT NULL OR from_document IS NOT NULL;
    CREATE TABLE memory_sessions (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

    -- Where a memory was taken from: between two anchors. memory 0: of none since that change.
    CREATE TABLE memory_sources (
        n INTEGER PRIMARY KEY, memory INTEGER NOT NULL, change INTEGER,
        document BLOB NOT NULL, first BLOB NOT NULL, last BLOB NOT NULL) STRICT;
    CREATE INDEX memory_sources_by_memory ON memory_sources (memory);
    CREATE INDEX memory_sources_by_change ON memory_sources (change) WHERE change IS NOT NULL;

    -- Pairs that cannot both be right, as long as both have these revisions, also before a change that can be undone. why: 0 numbers, 1 a negation, 2 a value.
    CREATE TABLE memory_contradictions (
        first INTEGER NOT NULL, second INTEGER NOT NULL, first_revision INTEGER NOT NULL,
        second_revision INTEGER NOT NULL, why INTEGER NOT NULL, change INTEGER NOT NULL,
        PRIMARY KEY (first, second, first_revision, second_revision)) STRICT, WITHOUT ROWID;
    CREATE INDEX memory_contradictions_by_second ON memory_contradictions (second);

    -- Changes of memories that can be undone, and what the memories were before. n: hybrid logical clock; made_*: the
    -- memories that came with it; bytes: of its images; place, total: how many changes, and bytes, there were with it; sources:
    -- those of the image, as a JSON list.
    CREATE TABLE memory_changes (
        n INTEGER PRIMARY KEY, made_first INTEGER NOT NULL, made_last INTEGER NOT NULL, bytes INTEGER NOT NULL,
        place INTEGER NOT NULL, total INTEGER NOT NULL) STRICT;
    CREATE TABLE memory_images (
        change INTEGER NOT NULL, sources TEXT NOT NULL, n INTEGER NOT NULL, key TEXT NOT NULL, session INTEGER NOT NULL,
        part_of INTEGER NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL,
        importance REAL, confidence REAL, valid_from INTEGER, valid_until INTEGER, from_document BLOB,
        kind TEXT, speaker TEXT, time TEXT, tags TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (change, n)) STRICT;
    "##,
    // 5: the story bible; libraries do not exchange it
    r##"
    -- visibility: 0 always, 1 when mentioned, 2 never. inflected: forms of the name are mentions too.
    CREATE TABLE bible_entries (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL,
        name TEXT NOT NULL, inflected INTEGER NOT NULL, visibility INTEGER NOT NULL, notes TEXT NOT NULL,
        created INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT;
    CREATE TABLE bible_aliases (
        n INTEGER PRIMARY KEY, entry INTEGER NOT NULL, name TEXT NOT NULL, inflected INTEGER NOT NULL) STRICT;
    CREATE INDEX bible_aliases_by_entry ON bible_aliases (entry);

    -- What holds from one place of the manuscript (included) until another (not included). document NULL: no bound; anchor
    -- NULL: the start of the document. Both are ids: what they named may be gone.
    CREATE TABLE bible_facts (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, entry INTEGER NOT NULL, text TEXT NOT NULL,
        from_document BLOB, from_anchor BLOB, until_document BLOB, until_anchor BLOB) STRICT;
    CREATE INDEX bible_facts_by_entry ON bible_facts (entry);

    -- Entries that were given another name, in the documents too. alias: whether forms were found of the alias that became
    -- the name; NULL where none did.
    CREATE TABLE bible_renames (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, entry INTEGER NOT NULL,
        old TEXT NOT NULL, new TEXT NOT NULL, alias INTEGER, undone INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE INDEX bible_renames_by_entry ON bible_renames (entry);
    -- The documents that one changes, by id; done where one of their groups has its id as its step.
    CREATE TABLE bible_rename_documents (
        rename INTEGER NOT NULL, document BLOB NOT NULL, PRIMARY KEY (rename, document)) STRICT, WITHOUT ROWID;

    -- What a group is a part of that goes over several documents.
    ALTER TABLE groups ADD COLUMN step BLOB;
    "##,
];

/// Brings the database of an older (or empty) library to [`VERSION`], in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<()> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > VERSION {
        return Err(Error::LibraryTooNew { found: found.into(), supported: VERSION.into() });
    }
    if found == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for migration in &MIGRATIONS[found as usize..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_a_documents_rows_together() {
        assert_eq!(journal_lv(journal_key(7, 123)), 123);
        assert!(journal_key(7, u32::MAX >> 2) < journal_key(8, 0));
        assert!(head_key(7, 4095) < head_key(8, MAIN));
    }

    #[test]
    fn a_library_of_any_older_format_is_brought_up_to_date_and_keeps_what_it_has() {
        let tables = |connection: &Connection| -> Vec<String> {
            let mut statement = connection
                .prepare("SELECT type || name || sql FROM sqlite_schema WHERE sql <> '' ORDER BY 1")
                .unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.collect::<rusqlite::Result<_>>().unwrap()
        };
        let mut newest = Connection::open_in_memory().unwrap();
        migrate(&mut newest).unwrap();
        for old in 1..VERSION {
            let mut connection = Connection::open_in_memory().unwrap();
            for migration in &MIGRATIONS[..old as usize] {
                connection.execute_batch(migration).unwrap();
            }
            connection.execute_batch("INSERT INTO meta VALUES ('library', x'07')").unwrap();
            connection.pragma_update(None, "user_version", old).unwrap();
            migrate(&mut connection).unwrap();
            assert_eq!(tables(&connection), tables(&newest), "from format {old}");
            let kept: Vec<u8> = connection
                .query_row("SELECT value FROM meta WHERE key = 'library'", [], |row| row.get(0))
                .unwrap();
            assert_eq!(kept, [7]);
        }
    }

    #[test]
    fn run_parts_stand_together_in_the_order_of_the_text() {
        assert_eq!(run_place(run_part_key(7, 2 + (8 << 20))), 2 + (8 << 20));
        assert!(run_part_key(7, 2 + (8 << 20)) < run_part_key(8, 0));
    }

    #[test]
    fn migrating_twice_changes_nothing_and_a_newer_format_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        let refused = migrate(&mut connection).unwrap_err();
        assert!(matches!(refused, Error::LibraryTooNew { found, .. } if found == u64::from(VERSION) + 1));
    }
}
