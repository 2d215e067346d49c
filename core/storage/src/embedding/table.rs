//! The engine's own embedder: a row for each token, added up.

use std::path::Path;

use writemagic_shared::vector;

use super::image::Image;
use super::word_piece::Pieces;
use super::{EmbedError, Embedder, ModelId, TableError, basic};

/// A text as a vector, and how much of the text the table knows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Embedding {
    /// Length 1; all zeros for a text of which the table knows no token.
    pub vector: Vec<f32>,
    /// Tokens, punctuation marks among them.
    pub tokens: u64,
    /// Those that stand for a word which cannot be spelled in the table's tokens.
    pub unknown: u64,
    /// Words, punctuation marks not counted.
    pub words: u64,
    /// Words that are one token, and so have a meaning of their own in the table.
    pub whole_words: u64,
}

impl Embedding {
    /// The part of the words that the table knows whole, from 0 to 1; 0 for a text without words.
    ///
    /// Says whether the table speaks the text's language, which [`unknown`](Embedding::unknown) alone does not: a word of
    /// another alphabet is often spelled letter by letter. With the engine's table, which is for English, novels and
    /// articles measure 0.80 to 0.95 in English, 0.35 to 0.56 in French and German, 0 to 0.45 in other scripts.
    pub fn whole_share(&self) -> f64 {
        if self.words == 0 { 0.0 } else { self.whole_words as f64 / self.words as f64 }
    }

    /// Whether the vector says nothing: the table knows no token of the text.
    pub fn is_empty(&self) -> bool {
        self.tokens == self.unknown
    }
}

/// A table of static vectors: one row for each word and piece of a word. A text's vector is the sum of its tokens' rows,
/// at length 1.
///
/// Tokens are those of BERT's uncased models (lower-case, without accents, the longest pieces first), without marks for
/// start and end. Any number of threads may use one table at once; nothing in it changes. The same text has the same bits on
/// every processor.
#[derive(Debug)]
pub struct Table {
    image: Image,
    model: ModelId,
}

impl Table {
    /// Uses an image that is part of the program. Reads its header and nothing else.
    ///
    /// # Errors
    /// [`TableError::Invalid`] where header or length are not right, [`TableError::WrongVersion`] for another layout.
    pub fn new(image: &'static [u8]) -> Result<Self, TableError> {
        Self::of(Image::linked(image)?)
    }

    /// Reads from the disk: maps the file of a table, as `cargo xtask embedding-table` writes it, and proves its checksum.
    ///
    /// The file is held open and locked against change for as long as the table lives.
    ///
    /// # Errors
    /// [`TableError::File`] for a file that is missing, locked, damaged or larger than
    /// [`EMBEDDING_TABLE_BYTES`](writemagic_shared::limits::EMBEDDING_TABLE_BYTES); those of [`Table::new`].
    pub fn open(path: &Path) -> Result<Self, TableError> {
        Self::of(Image::mapped(path)?)
    }

    /// The table that the feature `embedding-table` links into the program: English, 128 dimensions, 4.4 MiB.
    ///
    /// # Errors
    /// Those of [`Table::new`]; none with the table as it was built.
    #[cfg(feature = "embedding-table")]
    pub fn linked() -> Result<Self, TableError> {
        Self::new(writemagic_embedding_table::TABLE_128)
    }

    fn of(image: Image) -> Result<Self, TableError> {
        let header = image.header();
        // The name is valid since the header is; the checksum tells tables apart that have the same.
        let model = ModelId::new(header.name().unwrap_or_default(), &format!("{:016x}", header.checksum));
        let model = model.map_err(|_| TableError::Invalid { reason: "the name", offset: 48 })?;
        Ok(Self { image, model })
    }

    /// The vector of `text`. Some microseconds for a sentence; linear in the text, of any length.
    pub fn encode(&self, text: &str) -> Embedding {
        let mut embedding = Embedding {
            vector: vec![0.0; self.image.dimensions()],
            tokens: 0,
            unknown: 0,
            words: 0,
            whole_words: 0,
        };
        self.words(text, |word, tokens| {
            let known = tokens.is_some();
            let tokens = tokens.unwrap_or(std::slice::from_ref(&self.image.header().unknown));
            for token in tokens {
                if let Some((row, scale)) = self.image.row(*token) {
                    // Both are as long as a row.
                    let _ = vector::add_scaled(row, scale, &mut embedding.vector);
                }
            }
            embedding.tokens += tokens.len() as u64;
            embedding.unknown += u64::from(!known);
            embedding.words += u64::from(!word.is_punctuation);
            embedding.whole_words += u64::from(!word.is_punctuation && known && tokens.len() == 1);
        });
        let norm = if embedding.is_empty() { 0.0 } else { vector::normalise(&mut embedding.vector) };
        if norm == 0.0 || !norm.is_finite() {
            embedding.vector.fill(0.0);
        }
        embedding
    }

    /// The numbers of the tokens of `text`, in order.
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        let mut all = Vec::new();
        let unknown = [self.image.header().unknown];
        self.words(text, |_, tokens| all.extend_from_slice(tokens.unwrap_or(&unknown)));
        all
    }

    /// Calls `each` with every word and its tokens; `None` for a word that is unknown.
    fn words(&self, text: &str, mut each: impl FnMut(basic::Word<'_>, Option<&[u32]>)) {
        let mut pieces = Pieces::new();
        basic::split(text, |word| each(word, pieces.of(&self.image, word.text)));
    }
}

impl Embedder for Table {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimensions(&self) -> usize {
        self.image.dimensions()
    }

    fn is_quick(&self) -> bool {
        true
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let vector = |text: &&str| {
            let embedding = self.encode(text);
            let is_zero = embedding.vector.iter().all(|number| *number == 0.0);
            if is_zero { Vec::new() } else { embedding.vector }
        };
        Ok(texts.iter().map(vector).collect())
    }
}
