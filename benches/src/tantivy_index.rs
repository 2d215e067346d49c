//! tantivy as a peer for search: titles and texts indexed with its default tokenizer and stored for snippets. It is
//! an index, no document store: nothing here is edited or listed.

use std::path::Path;

use anyhow::Result;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{Query, QueryParser, RegexQuery};
use tantivy::schema::{Field, STORED, Schema, TEXT, Value as _};
use tantivy::snippet::SnippetGenerator;
use tantivy::{Index, IndexWriter, Searcher, TantivyDocument, doc};

use crate::corpus::{File, files, title_of};

/// What its writer may hold before it writes a segment: its own examples' figure.
const WRITER_BYTES: usize = 50_000_000;

/// Indexes each file of `source`; gives the number of notes.
pub(crate) fn import(source: &Path, folder: &Path) -> Result<u64> {
    let mut schema = Schema::builder();
    let title = schema.add_text_field("title", TEXT | STORED);
    let text = schema.add_text_field("text", TEXT | STORED);
    let index = Index::create_in_dir(folder, schema.build())?;
    let mut writer: IndexWriter = index.writer(WRITER_BYTES)?;
    let mut count = 0;
    for file in files(source)? {
        let File { path, .. } = file?;
        let content = std::fs::read_to_string(path)?;
        writer.add_document(doc!(title => title_of(&content), text => content))?;
        count += 1;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    Ok(count)
}

/// An open index.
pub(crate) struct Searching {
    searcher: Searcher,
    parser: QueryParser,
    title: Field,
    text: Field,
}

impl Searching {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let index = Index::open_in_dir(folder)?;
        let (title, text) = (index.schema().get_field("title")?, index.schema().get_field("text")?);
        let mut parser = QueryParser::for_index(&index, vec![title, text]);
        parser.set_conjunction_by_default();
        parser.set_field_boost(title, 5.0);
        Ok(Self { searcher: index.reader()?.searcher(), parser, title, text })
    }

    /// Words that must all occur, or a phrase in quotes.
    pub(crate) fn words(&self, query: &str, limit: usize) -> Result<(usize, u64)> {
        self.collect(&*self.parser.parse_query(query)?, limit)
    }

    /// Words that begin with `prefix`, which holds letters only.
    pub(crate) fn prefix(&self, prefix: &str, limit: usize) -> Result<(usize, u64)> {
        self.collect(&RegexQuery::from_pattern(&format!("{prefix}.*"), self.text)?, limit)
    }

    fn collect(&self, query: &dyn Query, limit: usize) -> Result<(usize, u64)> {
        let (best, total) =
            self.searcher.search(query, &(TopDocs::with_limit(limit).order_by_score(), Count))?;
        let snippets = SnippetGenerator::create(&self.searcher, query, self.text)?;
        let mut hits = Vec::with_capacity(best.len());
        for (score, address) in best {
            let document: TantivyDocument = self.searcher.doc(address)?;
            let title = document.get_first(self.title).and_then(|value| value.as_str().map(str::to_owned));
            let snippet = snippets.snippet_from_doc(&document);
            hits.push((score, title, snippet.fragment().to_owned(), snippet.highlighted().to_vec()));
        }
        Ok((std::hint::black_box(hits).len(), total as u64))
    }
}
