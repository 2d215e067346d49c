//! Models that turn texts into vectors, the engine's and those that an app brings.

use std::panic::{AssertUnwindSafe, catch_unwind};

use writemagic_shared::limits;
use writemagic_shared::vector;

use super::{EmbedError, ModelId, VectorSpace};

/// Turns texts into vectors that lie near each other when the texts mean alike.
///
/// The engine calls it through [`embed`] alone. Calls may come from any thread, and from several at once: a model that takes
/// one at a time locks. A call takes as long as the model needs, and must not call back into the library that asks.
pub trait Embedder: Send + Sync {
    /// What the model is called. The same for as long as the embedder lives.
    fn model(&self) -> &ModelId;

    /// The length of every vector: a multiple of 16, at most [`limits::VECTOR_DIMENSIONS`]. The same for as long as the
    /// embedder lives.
    fn dimensions(&self) -> usize;

    /// Whether a text takes it some microseconds. Searches then wait while it reads what was written since the last one, up to a
    /// mebibyte of text; a model that takes longer reads beside them, and they find what it has read.
    fn is_quick(&self) -> bool {
        false
    }

    /// A vector for each text, in their order; an empty one for a text of which the model knows nothing.
    ///
    /// Called with at most [`limits::EMBED_TEXTS`] texts of at most [`limits::EMBED_BYTES`] bytes together. Vectors need not
    /// have length 1. What a vector is must depend on its text alone, not on the others of the call.
    ///
    /// # Errors
    /// [`EmbedError::Failed`] when the model cannot: none of the texts has a vector then, and the call may be repeated.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// The vectors of `texts`, each with length 1, or empty for a text of which the model knows nothing.
///
/// Nothing that the embedder answers is believed: not the number of vectors, their lengths, or what is in them. A panic of
/// its code ends here.
///
/// # Errors
/// [`EmbedError::LimitExceeded`] for more than [`limits::EMBED_TEXTS`] texts or [`limits::EMBED_BYTES`] bytes;
/// [`VectorSpace::of`]'s; the embedder's own; any other [`EmbedError`] for an answer that is none.
pub fn embed(embedder: &dyn Embedder, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
    let bytes = texts.iter().map(|text| text.len() as u64).sum::<u64>();
    let bounds = [
        ("embed_texts", texts.len() as u64, limits::EMBED_TEXTS),
        ("embed_bytes", bytes, limits::EMBED_BYTES),
    ];
    for (what, value, limit) in bounds {
        if value > limit {
            return Err(EmbedError::LimitExceeded { what, value, limit });
        }
    }
    // The embedder is not used again in this call, and what it is afterwards is its own affair.
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let space = VectorSpace::of(embedder)?;
        Ok((space.dimensions(), embedder.embed(texts)?))
    }));
    let (dimensions, mut vectors) = answer.unwrap_or(Err(EmbedError::Panicked))?;
    if vectors.len() != texts.len() {
        let (expected, found) = (texts.len() as u64, vectors.len() as u64);
        return Err(EmbedError::WrongCount { expected, found });
    }
    for (index, vector) in vectors.iter_mut().enumerate().filter(|(_, vector)| !vector.is_empty()) {
        let index = index as u64;
        if vector.len() != dimensions {
            let (expected, found) = (dimensions as u64, vector.len() as u64);
            return Err(EmbedError::WrongLength { index, expected, found });
        }
        let norm = vector::normalise(vector);
        if !norm.is_finite() {
            return Err(EmbedError::NotFinite { index });
        }
        if norm == 0.0 {
            return Err(EmbedError::Zero { index });
        }
    }
    Ok(vectors)
}
