//! Questions that are answered from the writer's own texts, and where the answers come from.

use std::ops::Range;

use writemagic_ai::model::Request;
use writemagic_ai::task::{
    ContextSource as _, Material, Prompt, Quoted, Room, Source, Task, TaskKind, TemplateSet, citations,
};
use writemagic_shared::id::DocumentId;
use writemagic_storage::Error as StorageError;
use writemagic_storage::history::{AnchorSide, MAIN_BRANCH, TextPlace, Version};

use super::Assistant;
use crate::error::Result;

/// A question, ready to be asked, with the passages that may answer it. Debug output has no text.
#[derive(Clone, Debug)]
pub struct Question {
    prompt: Prompt,
}

impl Question {
    /// What to ask.
    pub fn request(&self) -> &Request {
        &self.prompt.request
    }

    /// The prompt: how large it is, and what it shows. Its sources are numbered in their order, from 1.
    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }
}

/// A passage that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Citation {
    /// Its number in the question's prompt, from 1.
    pub number: usize,
    /// What was quoted, where it stood when the question was asked.
    pub quoted: Quoted,
    /// Where it stands now, in UTF-16 units of the document's text; `None` for what is not of a document, or is gone from it.
    pub place: Option<Range<u64>>,
}

impl Assistant {
    /// Prepares a question about all texts, or about one document: the passages, memories and entries that may answer it are quoted, as
    /// many as there is room for. Touches the disk.
    ///
    /// # Errors
    /// `document_not_found`; `invalid_argument` for an empty question; `prompt_too_long`; `limit_exceeded`; those of the model that
    /// compares by meaning.
    pub fn prepare_question(
        &self,
        question: &str,
        only: Option<DocumentId>,
        room: &Room,
    ) -> Result<Question> {
        let mut task = Task::new(TaskKind::Ask);
        task.instruction = question.to_owned();
        let mut material = Material::default();
        let templates = TemplateSet::built_in()?;
        let mut need = templates.need(&task, &material, room);
        need.only = only;
        material.passages = self.context_source().passages(&need)?;
        Ok(Question { prompt: templates.prompt(&task, &material, room)? })
    }

    /// The passages that an answer names, in the order in which it does, and where they stand now: what was typed since has moved
    /// them. Touches the disk.
    ///
    /// # Errors
    /// Those of reading the documents.
    pub fn citations(&self, question: &Question, answer: &str) -> Result<Vec<Citation>> {
        let sources = &question.prompt.sources;
        let cite = |number: usize| {
            let quoted = sources.get(number.checked_sub(1)?)?.clone();
            Some(self.place(&quoted.source).map(|place| Citation { number, quoted, place }))
        };
        citations(answer, sources.len()).into_iter().filter_map(cite).collect()
    }

    fn place(&self, source: &Source) -> Result<Option<Range<u64>>> {
        let Source::Document { document, version: Some(name), range } = source else { return Ok(None) };
        let Ok(from) = name.as_str().parse::<Version>() else { return Ok(None) };
        let library = self.library();
        let ends = [
            TextPlace { at: range.start, side: AnchorSide::Before },
            TextPlace { at: range.end, side: AnchorSide::After },
        ];
        let followed = library
            .version(*document, MAIN_BRANCH)
            .and_then(|now| library.follow_places(*document, &from, &now, &ends));
        match followed {
            Ok(Some(places)) => Ok(match places.as_slice() {
                [start, end] if start.at < end.at => Some(start.at..end.at),
                _ => None,
            }),
            Ok(None) | Err(StorageError::DocumentNotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
