//! What people would put together instead: an index of near vectors, an extension of SQLite, a full-text index beside the first.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use rusqlite::Connection;
use tantivy::collector::TopDocs;
use tantivy::query::QueryParser;
use tantivy::schema::{Field, INDEXED, STORED, Schema, TEXT, Value as _};
use tantivy::{Index, IndexWriter, Searcher, TantivyDocument, doc};
use usearch::{IndexOptions, MetricKind, ScalarKind};
use writemagic_shared::vector;

use super::DIMENSIONS;

/// Hits of each half of a fusion, and the constant of reciprocal rank fusion (Cormack and others, 2009).
const FUSED: usize = 50;
const RANK: f64 = 60.0;

fn quantised(vector: &[f32]) -> Result<Vec<i8>> {
    let mut numbers = vec![0; vector.len()];
    vector::quantise(vector, &mut numbers)?;
    Ok(numbers)
}

/// usearch with 8-bit vectors and its own defaults.
pub(super) struct Usearch(usearch::Index);

impl Usearch {
    pub(super) fn build(vectors: &[Vec<f32>]) -> Result<Self> {
        let options = IndexOptions {
            dimensions: DIMENSIONS,
            metric: MetricKind::Cos,
            quantization: ScalarKind::I8,
            ..IndexOptions::default()
        };
        let index = usearch::Index::new(&options).map_err(|error| anyhow!("{error}"))?;
        let threads = std::thread::available_parallelism()?.get();
        index.reserve_capacity_and_threads(vectors.len(), threads).map_err(|error| anyhow!("{error}"))?;
        std::thread::scope(|scope| -> Result<()> {
            let add = |first: usize| {
                let index = &index;
                scope.spawn(move || -> Result<()> {
                    for (number, vector) in vectors.iter().enumerate().skip(first).step_by(threads) {
                        index.add(number as u64, vector).map_err(|error| anyhow!("{error}"))?;
                    }
                    Ok(())
                })
            };
            let working: Vec<_> = (0..threads).map(add).collect();
            working.into_iter().try_for_each(|thread| {
                thread.join().map_err(|_| anyhow!("a thread of usearch's panicked"))?
            })
        })?;
        Ok(Self(index))
    }

    pub(super) fn save(&self, file: &Path) -> Result<()> {
        self.0.save(&file.to_string_lossy()).map_err(|error| anyhow!("{error}"))
    }

    pub(super) fn nearest(&self, vector: &[f32], count: usize) -> Result<Vec<usize>> {
        let found = self.0.search(vector, count).map_err(|error| anyhow!("{error}"))?;
        Ok(found.keys.iter().map(|key| *key as usize).collect())
    }
}

/// sqlite-vec with 8-bit vectors.
pub(super) struct SqliteVec(Connection);

impl SqliteVec {
    #[allow(unsafe_code, reason = "the extension is a C function that SQLite is told about")]
    pub(super) fn build(folder: &Path, vectors: &[Vec<f32>]) -> Result<Self> {
        // SAFETY: only SQLite calls it, as the extension's documentation says.
        type Entry = unsafe extern "C" fn(
            *mut rusqlite::ffi::sqlite3,
            *mut *mut std::ffi::c_char,
            *const rusqlite::ffi::sqlite3_api_routines,
        ) -> std::ffi::c_int;
        // SAFETY: the function is the extension's entry point, whose C declaration has these parameters.
        let entry =
            unsafe { std::mem::transmute::<*const (), Entry>(sqlite_vec::sqlite3_vec_init as *const ()) };
        // SAFETY: SQLite keeps the pointer to a function that lives as long as the program.
        let told = unsafe { rusqlite::ffi::sqlite3_auto_extension(Some(entry)) };
        ensure!(told == 0, "SQLite takes no extension");
        let mut sql = crate::sqlite::open(folder)?;
        sql.execute_batch(&format!(
            "CREATE VIRTUAL TABLE items USING vec0(embedding int8[{DIMENSIONS}] distance_metric=cosine)"
        ))?;
        let transaction = sql.transaction()?;
        {
            let mut insert =
                transaction.prepare("INSERT INTO items (rowid, embedding) VALUES (?1, vec_int8(?2))")?;
            for (number, vector) in vectors.iter().enumerate() {
                insert.execute((number as i64, bytes(&quantised(vector)?)))?;
            }
        }
        transaction.commit()?;
        Ok(Self(sql))
    }

    pub(super) fn nearest(&self, vector: &[f32], count: usize) -> Result<Vec<usize>> {
        let mut statement = self.0.prepare_cached(
            "SELECT rowid FROM items WHERE embedding MATCH vec_int8(?1) AND k = ?2 ORDER BY distance",
        )?;
        let rows =
            statement.query_map((bytes(&quantised(vector)?), count as i64), |row| row.get::<_, i64>(0))?;
        Ok(rows.map(|row| row.map(|row| row as usize)).collect::<rusqlite::Result<_>>()?)
    }
}

fn bytes(numbers: &[i8]) -> Vec<u8> {
    numbers.iter().map(|number| number.to_le_bytes()[0]).collect()
}

/// tantivy's BM25 over the texts.
pub(super) struct Tantivy {
    searcher: Searcher,
    parser: QueryParser,
    number: Field,
}

impl Tantivy {
    pub(super) fn build(folder: &Path, texts: impl Iterator<Item = String>) -> Result<Self> {
        let mut schema = Schema::builder();
        let text = schema.add_text_field("text", TEXT);
        let number = schema.add_u64_field("number", INDEXED | STORED);
        let index = Index::create_in_dir(folder, schema.build())?;
        let mut writer: IndexWriter = index.writer(50_000_000)?;
        for (place, content) in texts.enumerate() {
            writer.add_document(doc!(text => content, number => place as u64))?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let parser = QueryParser::for_index(&index, vec![text]);
        Ok(Self { searcher: index.reader()?.searcher(), parser, number })
    }

    /// Items with any word of the query.
    pub(super) fn best(&self, query: &str, count: usize) -> Result<Vec<usize>> {
        let query = self.parser.parse_query(query)?;
        let found = self.searcher.search(&query, &TopDocs::with_limit(count).order_by_score())?;
        let number = |address| -> Result<usize> {
            let document: TantivyDocument = self.searcher.doc(address)?;
            let number = document.get_first(self.number).and_then(|value| value.as_u64());
            Ok(number.unwrap_or(u64::MAX) as usize)
        };
        found.into_iter().map(|(_, address)| number(address)).collect()
    }
}

/// Both lists as one, by the reciprocals of ranks.
pub(super) fn fused(lists: [Vec<usize>; 2], count: usize) -> Vec<usize> {
    let mut scores: HashMap<usize, f64> = HashMap::new();
    for list in lists {
        for (rank, number) in (1_u32..).zip(list) {
            *scores.entry(number).or_default() += 1.0 / (RANK + f64::from(rank));
        }
    }
    let mut best: Vec<(usize, f64)> = scores.into_iter().collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    best.into_iter().take(count).map(|(number, _)| number).collect()
}

/// What tantivy and usearch find together.
pub(super) fn hybrid(
    words: &Tantivy,
    near: &Usearch,
    query: &str,
    vector: &[f32],
    count: usize,
) -> Result<Vec<usize>> {
    Ok(fused([words.best(query, FUSED)?, near.nearest(vector, FUSED)?], count))
}
