//! Models that an app brings, good and bad.

use proptest::prelude::*;
use writemagic_embedding_table::{TABLE_64, TABLE_128};
use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::limits::{EMBED_BYTES, EMBED_TEXTS, MODEL_NAME_BYTES};
use writemagic_storage::embedding::{EmbedError, Embedder, ModelId, Table, VectorSpace, embed};

use super::table;

type Answer = fn(&[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;

struct Fake {
    model: ModelId,
    dimensions: usize,
    answer: Answer,
}

impl Fake {
    fn new(answer: Answer) -> Self {
        Self { model: ModelId::new("fake", "1").unwrap(), dimensions: 16, answer }
    }
}

impl Embedder for Fake {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        (self.answer)(texts)
    }
}

fn code(answer: Answer) -> (Code, EmbedError) {
    let error = embed(&Fake::new(answer), &["a", "b"]).unwrap_err();
    (error.code(), error)
}

#[test]
fn vectors_come_out_at_length_one_in_the_order_of_their_texts() {
    let fake = Fake::new(|texts| Ok(texts.iter().map(|text| vec![text.len() as f32; 16]).collect()));
    assert_eq!(embed(&fake, &["a", "bbb"]).unwrap(), [[0.25; 16], [0.25; 16]]);
    assert!(embed(&fake, &[]).unwrap().is_empty());
    let some = Fake::new(|texts| Ok(texts.iter().map(|text| vec![1.0; text.len() * 16]).collect()));
    assert_eq!(embed(&some, &["", "b"]).unwrap(), [vec![], vec![0.25; 16]]);
}

#[test]
fn an_answer_that_is_none_is_refused() {
    let failed = |error| (Code::EmbeddingFailed, error);
    assert_eq!(code(|_| Ok(vec![vec![1.0; 16]])), failed(EmbedError::WrongCount { expected: 2, found: 1 }));
    assert_eq!(
        code(|_| Ok(vec![vec![1.0; 16], vec![1.0; 17]])),
        failed(EmbedError::WrongLength { index: 1, expected: 16, found: 17 })
    );
    assert_eq!(code(|_| Ok(vec![vec![f32::NAN; 16]; 2])), failed(EmbedError::NotFinite { index: 0 }));
    assert_eq!(
        code(|_| Ok(vec![vec![1.0; 16], vec![f32::INFINITY; 16]])),
        failed(EmbedError::NotFinite { index: 1 })
    );
    assert_eq!(code(|_| Ok(vec![vec![1.0; 16], vec![-0.0; 16]])), failed(EmbedError::Zero { index: 1 }));
    let busy = EmbedError::Failed { reason: "the model is busy" };
    assert_eq!(code(|_| Err(EmbedError::Failed { reason: "the model is busy" })), failed(busy));
    assert_eq!(code(|_| panic!("in the app's code")), failed(EmbedError::Panicked));
}

#[test]
fn dimensions_that_no_kernel_takes_are_refused_before_the_model_is_asked() {
    for (dimensions, expected) in [
        (0, Code::InvalidArgument),
        (8, Code::InvalidArgument),
        (100, Code::InvalidArgument),
        (1040, Code::LimitExceeded),
    ] {
        let fake = Fake { dimensions, ..Fake::new(|_| panic!("is not asked")) };
        assert_eq!(embed(&fake, &["a"]).unwrap_err().code(), expected);
    }
}

#[test]
fn the_most_texts_and_bytes_are_taken_and_one_more_is_refused() {
    let fake = Fake::new(|texts| Ok(vec![vec![1.0; 16]; texts.len()]));
    let most = vec!["a"; EMBED_TEXTS as usize];
    assert_eq!(embed(&fake, &most).unwrap().len(), most.len());
    let refused = |what, limit| Err(EmbedError::LimitExceeded { what, value: limit + 1, limit });
    assert_eq!(embed(&fake, &[most.as_slice(), &["a"]].concat()), refused("embed_texts", EMBED_TEXTS));
    let long = "a".repeat(EMBED_BYTES as usize);
    assert!(embed(&fake, &[&long]).is_ok());
    assert_eq!(embed(&fake, &[&long, "a"]), refused("embed_bytes", EMBED_BYTES));
}

#[test]
fn names_of_models_are_short_and_printable() {
    let longest = "m".repeat(MODEL_NAME_BYTES as usize);
    let id = ModelId::new(&longest, "2").unwrap();
    assert_eq!((id.name(), id.version()), (longest.as_str(), "2"));
    let refused = ModelId::new("m", &format!("{longest}m")).unwrap_err();
    assert_eq!(refused.code(), Code::LimitExceeded);
    for (name, version) in [("", "1"), ("m", ""), ("a\nb", "1"), ("m", "\u{85}")] {
        assert_eq!(ModelId::new(name, version).unwrap_err().code(), Code::InvalidArgument);
    }
}

#[test]
fn vectors_of_different_models_or_lengths_are_of_different_spaces() {
    let space = |image| VectorSpace::of(&Table::new(image).unwrap()).unwrap();
    assert_eq!(space(TABLE_128), space(TABLE_128));
    assert_ne!(space(TABLE_128), space(TABLE_64));
    let mut other = TABLE_64.to_vec();
    other[40] ^= 1; // of the checksum
    assert_ne!(space(other.leak()), space(TABLE_64));
    let fake = |version, dimensions| Fake {
        model: ModelId::new("fake", version).unwrap(),
        dimensions,
        answer: |_| Ok(Vec::new()),
    };
    let space = |version, dimensions| VectorSpace::of(&fake(version, dimensions)).unwrap();
    assert!(space("1", 16) != space("2", 16) && space("1", 16) != space("1", 32));
    assert_eq!(space("1", 32).to_string(), "fake/1/32");
    assert!(VectorSpace::of(&fake("1", 20)).is_err());
}

proptest! {
    #[test]
    fn the_table_answers_for_each_text_what_it_answers_for_it_alone(texts in prop::collection::vec(".{0,40}", 0..6)) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = embed(table(), &texts).unwrap();
        prop_assert_eq!(vectors.len(), texts.len());
        for (text, vector) in texts.iter().zip(&vectors) {
            let alone = table().encode(text);
            prop_assert_eq!(vector.is_empty(), alone.is_empty());
            for (a, b) in vector.iter().zip(&alone.vector) {
                prop_assert!((a - b).abs() < 1e-6);
            }
        }
    }
}
