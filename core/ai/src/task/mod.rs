//! What writers ask for, as data: tasks become prompts, and answers become clean text.
//!
//! A [`Task`] and a text, with passages of the writer's other texts, are put into a template of a [`TemplateSet`]. The
//! [`Prompt`] that comes out is the same byte for byte for the same input, so that a provider's cache knows its beginning
//! again, and it fits into the model's context with room for the answer. The engine's own templates are a file that an app
//! can replace: [`TemplateSet::parse`] checks what it brings.
//!
//! The writer's texts are quoted as data: they stand between tags that occur in none of them, and the model is told that
//! what is between them is never an instruction. That makes an instruction in an imported document unlikely to be followed,
//! not impossible: so no document can choose a model, a cap or a tool, and no answer changes a text by itself.
//!
//! A question's passages are numbered, and [`citations`] tells which of them an answer names.
//!
//! [`clean`] takes off what models put around an answer that was to be put into a text, and [`join`] adds what lies
//! between a text and its continuation.

mod answer;
mod context;
mod error;
mod language;
mod prompt;
pub(crate) mod quote;
mod template;

pub use answer::{citations, clean, join};
pub use context::{ContextNeed, ContextSource, Passage, PassageKind, Source};
pub use error::Error;
pub use language::{Detected, detect};
pub use prompt::{Material, Prompt, Quoted, Room, Task};
pub use template::{AnswerUse, OutputRule, TaskKind, TemplateSet, TextRule};
