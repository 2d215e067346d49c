//! What other programs made of the same texts and the same table; `made_with` in each file says which.

use serde::Deserialize;
use writemagic_storage::embedding::Embedder as _;

use super::TABLES;

#[derive(Deserialize)]
struct Tokens {
    texts: Vec<(String, Vec<u32>)>,
}

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Computed>,
}

#[derive(Deserialize)]
struct Computed {
    text: String,
    dimensions: usize,
    vector: Vec<f64>,
}

#[test]
fn hard_texts_have_the_tokens_that_the_models_own_tools_give_them() {
    let fixture: Tokens = serde_json::from_str(include_str!("../data/embedding/tokens.json")).unwrap();
    assert!(fixture.texts.len() > 300);
    for (text, tokens) in &fixture.texts {
        for table in &*TABLES {
            assert_eq!(table.tokens(text), *tokens, "{text:?}");
        }
    }
}

#[test]
fn vectors_are_those_computed_from_the_raw_table() {
    let fixture: Vectors = serde_json::from_str(include_str!("../data/embedding/vectors.json")).unwrap();
    assert!(fixture.vectors.len() > 30);
    for Computed { text, dimensions, vector } in &fixture.vectors {
        let table = TABLES.iter().find(|table| table.dimensions() == *dimensions).unwrap();
        let found = table.encode(text).vector;
        assert_eq!(found.len(), vector.len());
        for (found, expected) in found.iter().zip(vector) {
            assert!((f64::from(*found) - expected).abs() < 2e-6, "{text:?}: {found} instead of {expected}");
        }
    }
}
