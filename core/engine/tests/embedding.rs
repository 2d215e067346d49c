//! Vectors of texts, as an app reaches them.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

use writemagic::embedding::{EmbedError, Embedder, ModelId, Table, VectorSpace, embed};
use writemagic::{Code, Coded};

/// A model of an app: how often each of sixteen letters stands in a text.
struct Letters(ModelId);

impl Embedder for Letters {
    fn model(&self) -> &ModelId {
        &self.0
    }

    fn dimensions(&self) -> usize {
        16
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let count = |text: &str, letter: char| text.matches(letter).count() as f32;
        Ok(texts.iter().map(|text| ('a'..='p').map(|letter| count(text, letter)).collect()).collect())
    }
}

#[test]
fn an_app_brings_a_model_of_its_own() {
    let letters = Letters(ModelId::new("letters", "1").unwrap());
    assert_eq!(VectorSpace::of(&letters).unwrap().to_string(), "letters/1/16");
    let vectors = embed(&letters, &["abcd", "pp"]).unwrap();
    assert_eq!(vectors[0][..5], [0.5, 0.5, 0.5, 0.5, 0.0]);
    assert_eq!(vectors[1][15], 1.0);
    assert_eq!(embed(&letters, &["xyz"]).unwrap_err().code(), Code::EmbeddingFailed);
}

#[test]
fn a_table_that_is_not_there_is_an_error_with_a_code() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Table::open(&folder.path().join("none")).unwrap_err().code(), Code::PathNotFound);
}

#[cfg(feature = "embedding-table")]
#[test]
fn the_linked_table_knows_what_is_near() {
    let table = Table::linked().unwrap();
    let vectors =
        embed(&table, &["a dark and stormy night", "thunder and rain", "an annual budget"]).unwrap();
    let cosine = |a: usize, b: usize| vectors[a].iter().zip(&vectors[b]).map(|(a, b)| a * b).sum::<f32>();
    assert!(cosine(0, 1) > cosine(0, 2) + 0.2);
}
