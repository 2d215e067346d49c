//! Names of models, and which vectors can be compared.

use std::fmt;

use writemagic_shared::limits;
use writemagic_shared::vector::check_dimensions;

use super::{EmbedError, Embedder};

/// What a model is called, and which of its versions it is.
///
/// Two that differ in anything that changes a vector (weights, tokens, how vectors are pooled) must differ in one of the
/// two words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelId {
    name: String,
    version: String,
}

impl ModelId {
    /// The id of these two words.
    ///
    /// # Errors
    /// [`EmbedError::LimitExceeded`] for a word longer than [`limits::MODEL_NAME_BYTES`], [`EmbedError::InvalidModel`] for an
    /// empty one or one with control characters.
    pub fn new(name: &str, version: &str) -> Result<Self, EmbedError> {
        for (what, word) in [("name", name), ("version", version)] {
            let (value, limit) = (word.len() as u64, limits::MODEL_NAME_BYTES);
            if value > limit {
                return Err(EmbedError::LimitExceeded { what: "model_name_bytes", value, limit });
            }
            let reason = match word {
                "" => "empty",
                word if word.chars().any(char::is_control) => "a control character",
                _ => continue,
            };
            return Err(EmbedError::InvalidModel { what, reason });
        }
        Ok(Self { name: name.to_owned(), version: version.to_owned() })
    }

    /// What the model is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which version of it.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// Which vectors can be compared: those of one model with one number of dimensions. All others are of another space, and
/// must never meet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VectorSpace {
    model: ModelId,
    dimensions: usize,
}

impl VectorSpace {
    /// The space of an embedder's vectors.
    ///
    /// # Errors
    /// [`EmbedError::InvalidModel`] and [`EmbedError::LimitExceeded`] for a number of dimensions that
    /// [`check_dimensions`] refuses.
    pub fn of(embedder: &dyn Embedder) -> Result<Self, EmbedError> {
        let dimensions = embedder.dimensions();
        let (value, limit) = (dimensions as u64, limits::VECTOR_DIMENSIONS);
        if value > limit {
            return Err(EmbedError::LimitExceeded { what: "vector_dimensions", value, limit });
        }
        let reason = "not a multiple of 16";
        check_dimensions(dimensions)
            .map_err(|_| EmbedError::InvalidModel { what: "number of dimensions", reason })?;
        Ok(Self { model: embedder.model().clone(), dimensions })
    }

    /// The model.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Dimensions of its vectors.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }
}

/// Name, version and dimensions, a slash between them: for showing, not for reading back.
impl fmt::Display for VectorSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.model.name, self.model.version, self.dimensions)
    }
}
