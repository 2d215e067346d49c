//! Tasks on a document: the passage becomes a prompt, and an answer that is meant for the text a proposal.

use std::ops::Range;

use writemagic_ai::model::Request;
use writemagic_ai::proposal::{Author, Draft, Place, Proposal, VersionName};
use writemagic_ai::task::{
    AnswerUse, ContextSource as _, Material, Prompt, Room, Source, Task, TaskKind, TemplateSet, clean, join,
};
use writemagic_shared::id::{DocumentId, RunId};
use writemagic_shared::text::offsets::{Offset, OffsetError, Offsets};

use super::Assistant;
use crate::error::{Error, Result};

/// A task on a passage of a document, ready to be asked. Debug output has no text.
#[derive(Clone, Debug)]
pub struct Writing {
    prompt: Prompt,
    task: TaskKind,
    place: Place,
    base: VersionName,
    /// What an answer would replace, in UTF-16 units of the base version.
    passage: Range<u64>,
    /// What the model was shown.
    shown: Shown,
}

/// A text that stays out of debug output.
#[derive(Clone)]
struct Shown(String);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown").field("bytes", &self.0.len()).finish()
    }
}

impl Writing {
    /// What to ask.
    pub fn request(&self) -> &Request {
        &self.prompt.request
    }

    /// The prompt: how large it is, what it shows, and what the answer is for.
    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// Whether the answer is meant for the text: then [`Assistant::propose`] makes a proposal of it.
    pub fn changes_text(&self) -> bool {
        self.prompt.answer != AnswerUse::Text
    }
}

impl Assistant {
    /// Prepares a task on a branch of a document (the main one if none is named), as its text is now. `range` is the passage, in UTF-16
    /// units, an end past the text being its end; all of the text if there is none. A continuation goes on at the passage's end, and
    /// sees all that stands before that. Where the room has place for passages, what the library knows that fits is quoted beside it:
    /// entries of the story bible that the text mentions, memories, passages of other documents. The same library gives the
    /// same prompt, byte for byte. Touches the disk.
    ///
    /// # Errors
    /// `document_not_found`, `branch_not_found`; `prompt_too_long` where the text does not fit and may not be cut;
    /// `limit_exceeded` for the instruction; `invalid_language_tag`; `invalid_argument` for a translation into no language; those of
    /// the model that compares by meaning.
    pub fn prepare(
        &self,
        document: DocumentId,
        branch: Option<&str>,
        range: Option<Range<u64>>,
        task: &Task,
        room: &Room,
    ) -> Result<Writing> {
        let library = self.library();
        let branch = match branch.filter(|name| *name != writemagic_storage::history::MAIN_BRANCH) {
            None => None,
            Some(name) => {
                let branches = library.branches(document)?;
                let found = branches.into_iter().find(|branch| branch.name == name);
                found.ok_or(writemagic_storage::Error::BranchNotFound)?.id
            }
        };
        let present = library.present_text(document, branch)?;
        let offsets = Offsets::new(present.text.as_str());
        let clamp = |unit| offsets.locate(Offset::Utf16(unit)).unwrap_or_else(OffsetError::nearest);
        let range = range.unwrap_or(0..u64::MAX);
        let (start, end) = (clamp(range.start), clamp(range.end.max(range.start)));
        let (shown, passage) = match task.kind {
            TaskKind::Continue => (0..end.byte, end.utf16..end.utf16),
            _ => (start.byte..end.byte, start.utf16..end.utf16),
        };
        let shown = present.text.get(shown.start as usize..shown.end as usize).unwrap_or_default();
        let of_text = match task.kind {
            TaskKind::Continue => 0..end.utf16,
            _ => passage.clone(),
        };
        let base = VersionName::new(present.version.to_string())?;
        let mut material = Material {
            source: Some(Source::Document { document, version: Some(base.clone()), range: of_text }),
            text: shown.to_owned(),
            language: library.document(document)?.language,
            passages: Vec::new(),
        };
        let templates = TemplateSet::built_in()?;
        if room.passages > 0 {
            material.passages = self.context_source().passages(&templates.need(task, &material, room))?;
        }
        let prompt = templates.prompt(task, &material, room)?;
        Ok(Writing {
            prompt,
            task: task.kind,
            place: Place { document, branch },
            base,
            passage,
            shown: Shown(material.text),
        })
    }

    /// Makes a proposal of an answer that is meant for the text; `None` for others, and where the answer changes nothing.
    /// Touches the disk.
    ///
    /// # Errors
    /// `proposal_base_lost`; `limit_exceeded` over [`PROPOSAL_BYTES`](writemagic_shared::limits::PROPOSAL_BYTES); those of a write.
    pub fn propose(
        &self,
        writing: &Writing,
        run: RunId,
        model: &str,
        answer: &str,
    ) -> Result<Option<Proposal>> {
        let answer = match writing.prompt.answer {
            AnswerUse::Replace => clean(answer, &writing.shown.0),
            AnswerUse::Append => join(&writing.shown.0, &clean(answer, "")),
            AnswerUse::Text => return Ok(None),
            _ => return Err(Error::OperationLost),
        };
        let draft = Draft {
            place: writing.place,
            base: writing.base.clone(),
            passage: writing.passage.clone(),
            answer,
            author: Author { run, model: model.to_owned() },
            task: writing.task.name().to_owned(),
        };
        Ok(self.proposals().propose(draft, self.clock().now())?)
    }
}
