//! A model of the app that turns texts into vectors.

use writemagic::embedding::{self, EmbedError, ModelId};

use super::Embedder;
use crate::Part;
use crate::declare::{choices, records};
use crate::host::AppThrew;
use crate::wire::Floats;

pub(crate) const PART: Part = Part { name: "embedder", operations: &[], records: RECORDS, choices: CHOICES };

/// The app's model, and what it said that it is.
pub(crate) struct AppEmbedder {
    object: Embedder,
    model: ModelId,
    dimensions: usize,
    is_quick: bool,
}

impl AppEmbedder {
    /// Asks the model what it is.
    pub(crate) fn new(object: Embedder) -> Result<Self, EmbedError> {
        let Described { name, version, dimensions, is_quick } = object.describe().map_err(threw)?;
        let model = ModelId::new(&name, &version)?;
        Ok(Self { object, model, dimensions, is_quick })
    }
}

impl embedding::Embedder for AppEmbedder {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn is_quick(&self) -> bool {
        self.is_quick
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let vectors = self.object.embed(texts.to_vec()).map_err(threw)?;
        Ok(vectors.into_iter().map(|Floats(vector)| vector).collect())
    }
}

fn threw(AppThrew: AppThrew) -> EmbedError {
    EmbedError::Failed { reason: "the app's model threw" }
}

/// What a model that turns texts into vectors is.
pub(crate) struct Described {
    /// Its name, the same for as long as its vectors are.
    name: String,
    /// Its version; vectors of another one are made anew.
    version: String,
    /// The length of every vector: a multiple of 16.
    dimensions: usize,
    /// Whether a text takes it some microseconds: searches wait for it then.
    is_quick: bool,
}

records! {
    in Described as EmbedderDescription {
        name: String,
        version: String,
        dimensions: usize,
        is_quick: bool,
    }
}

choices! {}
