//! Old sessions of memories, told in one by a model.

use writemagic_ai::model::Request;
use writemagic_ai::task::{Material, Prompt, Room, Task, TaskKind, TemplateSet, clean};
use writemagic_storage::memory::{Memory, MemoryGroup};

use super::Assistant;
use crate::error::Result;

/// A session that is to be summed up, ready to be asked about. Debug output has no text.
#[derive(Clone)]
pub struct SessionSummary {
    prompt: Prompt,
    group: MemoryGroup,
}

impl std::fmt::Debug for SessionSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionSummary").field("memories", &self.group.keys.len()).finish_non_exhaustive()
    }
}

impl SessionSummary {
    /// What to ask.
    pub fn request(&self) -> &Request {
        &self.prompt.request
    }

    /// The prompt: how large it is.
    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// The session's name.
    pub fn session(&self) -> &str {
        &self.group.session
    }
}

impl Assistant {
    /// Prepares a summary of a session that [`consolidate_memories`](writemagic_storage::Library::consolidate_memories) named: its
    /// memories in their order, with speakers and times, as quoted data. Touches the disk.
    ///
    /// # Errors
    /// `memory_not_found` for one that was forgotten since; `prompt_too_long` where they do not fit together.
    pub fn prepare_summary(&self, group: &MemoryGroup, room: &Room) -> Result<SessionSummary> {
        let mut text = String::new();
        for key in &group.keys {
            let memory = self.library().memory(key)?;
            if let Some(time) = &memory.time {
                text += &format!("[{time}] ");
            }
            if let Some(speaker) = &memory.speaker {
                text += &format!("{speaker}: ");
            }
            text += &memory.text;
            text.push('\n');
        }
        let mut task = Task::new(TaskKind::Summarise);
        task.instruction =
            "Keep names, places, times, and who said what. Write what can be told without the quoted text."
                .to_owned();
        let material = Material { text, ..Material::default() };
        let prompt = TemplateSet::built_in()?.prompt(&task, &material, room)?;
        Ok(SessionSummary { prompt, group: group.clone() })
    }

    /// Puts an answer in the place of the memories that it sums up: a memory of the kind `summary`, whose keys those of the others
    /// lead to; they are kept behind it, and one undo brings them back. Touches the disk.
    ///
    /// # Errors
    /// Those of [`replace_with_summary`](writemagic_storage::Library::replace_with_summary): an empty answer, memories that changed.
    pub fn keep_summary(&self, summary: &SessionSummary, answer: &str) -> Result<Memory> {
        let text = clean(answer, "");
        Ok(self.library().replace_with_summary(&summary.group.session, &text, &summary.group.keys)?)
    }
}
