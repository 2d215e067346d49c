//! A task and its material as a request to a model.

use std::ops::Range;

use writemagic_shared::limits::{INSTRUCTION_BYTES, LANGUAGE_TAG_BYTES, PROMPT_PASSAGES};
use writemagic_shared::text::{segment, utf16};

use super::context::pack;
use super::quote::{quote, tag};
use super::template::{Template, fill};
use super::{
    AnswerUse, ContextNeed, Error, Passage, PassageKind, Source, TaskKind, TemplateSet, TextRule, detect,
};
use crate::estimate;
use crate::model::{Message, Request, Role};

/// Tokens that providers add for each message, and to be safe.
const FRAMING: u64 = 32;
/// Of the room for the prompt, the estimate may be off by one part in so many.
const MARGIN: u64 = 20;
/// Bytes of a text that passages are searched with: its end, where the writer is.
const ABOUT: usize = 2 << 10;

/// What is asked.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task {
    /// What kind of thing.
    pub kind: TaskKind,
    /// What the writer adds: a wish, a question. At most [`INSTRUCTION_BYTES`].
    pub instruction: String,
    /// About how many words are wanted, where the task has a length of its own.
    pub words: u64,
    /// The language to translate into, as BCP 47 has it.
    pub target: Option<String>,
}

impl Task {
    /// A task without a wish: about 300 words.
    pub fn new(kind: TaskKind) -> Self {
        Self { kind, instruction: String::new(), words: 300, target: None }
    }
}

/// What the task is about.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Material {
    /// Where the text is from, if it is of a document.
    pub source: Option<Source>,
    /// The text: the passage to work on, or for a continuation what stands before it. Empty for a question about the
    /// passages alone.
    pub text: String,
    /// The language that the document is marked with, as BCP 47 has it; without one it is detected.
    pub language: Option<String>,
    /// Passages that may help; see [`super::ContextSource`].
    pub passages: Vec<Passage>,
}

/// How much the model takes, in tokens as it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Prompt and answer together.
    pub context: u64,
    /// The longest answer.
    pub output: u64,
    /// Of the prompt, at most so many for passages of other texts: 0 for none.
    pub passages: u64,
    /// Its tokens to estimated ones, in thousandths.
    pub per_mille: u64,
}

impl Room {
    fn tokens(&self, text: &str) -> u64 {
        estimate::tokens(text).saturating_mul(self.per_mille).div_ceil(1_000)
    }
}

/// A request, and what is in it. Debug output has no text.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Prompt {
    /// What the model is asked.
    pub request: Request,
    /// About how many tokens that is, corrected for the model.
    pub tokens: u64,
    /// What the answer is for.
    pub answer: AnswerUse,
    /// The part of the text that is shown, in UTF-16 units of it.
    pub shown: Range<u64>,
    /// Where everything that is quoted is from: the text first if it is of a document, then the passages in the order of the
    /// prompt. A question numbers the passages in that order, from 1.
    pub sources: Vec<Quoted>,
    /// Passages for which there was no room or no need.
    pub left_out: u64,
}

/// Something that a prompt quotes. Its title is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quoted {
    /// Where it is from.
    pub source: Source,
    /// What it is to the task; `None` for the text that the task is about.
    pub kind: Option<PassageKind>,
    /// The place that called for it.
    pub because: Option<Source>,
    /// What it is called.
    pub title: String,
    /// About how many tokens it is, corrected for the model.
    pub tokens: u64,
}

impl std::fmt::Debug for Quoted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quoted")
            .field("source", &self.source)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

fn check(what: &'static str, value: u64, limit: u64) -> Result<(), Error> {
    if value > limit { Err(Error::LimitExceeded { what, value, limit }) } else { Ok(()) }
}

fn check_tag(tag: &str) -> Result<(), Error> {
    check("language_tag_bytes", tag.len() as u64, LANGUAGE_TAG_BYTES)?;
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    if tag.split('-').all(part) { Ok(()) } else { Err(Error::InvalidLanguageTag) }
}

impl TemplateSet {
    /// What passages this task wants, for a source of context to be asked before the prompt is made.
    pub fn need(&self, task: &Task, material: &Material, room: &Room) -> ContextNeed {
        let output = self
            .tasks
            .get(&task.kind)
            .map_or(0, |template| template.output.tokens(room.tokens(&material.text)));
        let used = output.saturating_add(room.tokens(&material.text));
        let text = &material.text;
        let end = text.get(text.ceil_char_boundary(text.len().saturating_sub(ABOUT))..).unwrap_or_default();
        let (document, mut range) = match &material.source {
            Some(Source::Document { document, range, .. }) => (Some(*document), range.clone()),
            _ => (None, 0..0),
        };
        // What will be cut off is not shown, and may be found.
        let rule = self.tasks.get(&task.kind).map(|template| template.text);
        let left = room.context.saturating_sub(output.saturating_add(room.passages));
        if rule == Some(TextRule::End) && room.tokens(&material.text) > left {
            let start = start_of_end(&material.text, left, room);
            range.start += utf16::len(material.text.get(..start).unwrap_or_default());
        }
        ContextNeed {
            document,
            range,
            about: if task.instruction.is_empty() {
                end.to_owned()
            } else {
                format!("{}\n{end}", task.instruction)
            },
            only: None,
            tokens: room.context.saturating_sub(used).min(room.passages),
        }
    }

    /// The request for a task. The same input gives the same bytes. The text comes first into the room that the answer
    /// leaves, then passages as they fit.
    ///
    /// # Errors
    /// [`Error::PromptTooLong`] where the text does not fit and may not be cut; [`Error::LimitExceeded`] for the
    /// instruction; [`Error::InvalidLanguageTag`]; [`Error::InvalidArgument`] for a translation into no language, and a
    /// question that is empty.
    pub fn prompt(&self, task: &Task, material: &Material, room: &Room) -> Result<Prompt, Error> {
        check("instruction_bytes", task.instruction.len() as u64, INSTRUCTION_BYTES)?;
        [&task.target, &material.language].into_iter().flatten().try_for_each(|tag| check_tag(tag))?;
        let missing = |what, reason| Err(Error::InvalidArgument { what, reason });
        match task.kind {
            TaskKind::Translate if task.target.is_none() => {
                return missing("target", "a translation needs a language");
            }
            TaskKind::Ask if task.instruction.trim().is_empty() => {
                return missing("instruction", "there is no question");
            }
            _ => {}
        }
        let Some(template) = self.tasks.get(&task.kind) else {
            return Err(Error::TemplatesInvalid { reason: "a task has no template" });
        };
        let quoted =
            material.passages.iter().flat_map(|passage| [passage.title.as_str(), passage.text.as_str()]);
        let mark = tag(quoted.chain([material.text.as_str(), task.instruction.as_str()]));
        let filling = Filling { set: self, template, task, material, mark: &mark };

        let output =
            template.output.tokens(room.tokens(&material.text)).min(room.output).min(room.context / 2);
        let limit = room.context.saturating_sub(output);
        let limit = limit - limit / MARGIN;
        let bare = filling.tokens(room, "", &[])?;
        let all = bare.saturating_add(room.tokens(&material.text));
        let passage_cost = |passage: &Passage| {
            // No number is longer.
            room.tokens(&filling.passage(PROMPT_PASSAGES, passage)).saturating_add(1)
        };
        let shown = match template.text {
            _ if all <= limit => 0,
            // Where the text is cut anyway, passages have their room first, up to half of all.
            TextRule::End if bare < limit => {
                let wanted = material.passages.iter().map(passage_cost).fold(0, u64::saturating_add);
                let kept = wanted.min(room.passages).min((limit - bare) / 2);
                start_of_end(&material.text, limit - bare - kept, room)
            }
            _ => return Err(Error::PromptTooLong { tokens: all, limit }),
        };
        let text = material.text.get(shown..).unwrap_or_default();
        let left = limit.saturating_sub(bare.saturating_add(room.tokens(text)));
        let left = left.min(room.passages);
        let end = utf16::len(&material.text);
        let begin = utf16::len(material.text.get(..shown).unwrap_or_default());
        let mut source = material.source.clone();
        if let Some(Source::Document { range, .. }) = &mut source {
            range.start = range.start.saturating_add(begin);
        }
        let (passages, left_out) = pack(&material.passages, source.as_ref(), left, passage_cost);
        let own = source.map(|source| {
            let tokens = room.tokens(text);
            Quoted { source, kind: None, because: None, title: String::new(), tokens }
        });
        let of_passage = |passage: &&Passage| Quoted {
            source: passage.source.clone(),
            kind: Some(passage.kind),
            because: passage.because.clone(),
            title: passage.title.clone(),
            tokens: room.tokens(&passage.text),
        };
        let sources = own.into_iter().chain(passages.iter().map(of_passage)).collect();
        let tokens = filling.tokens(room, text, &passages)?;
        let request = Request {
            system: Some(filling.system()?),
            messages: vec![Message { role: Role::User, text: filling.user(text, &passages)? }],
            max_output_tokens: output,
            temperature: None,
            stop: Vec::new(),
        };
        Ok(Prompt { request, tokens, answer: template.answer, shown: begin..end, sources, left_out })
    }
}

/// What goes into a template.
struct Filling<'a> {
    set: &'a TemplateSet,
    template: &'a Template,
    task: &'a Task,
    material: &'a Material,
    mark: &'a str,
}

impl Filling<'_> {
    fn system(&self) -> Result<String, Error> {
        fill(&self.set.system, |name| if name == "mark" { self.mark.to_owned() } else { self.language() })
    }

    fn language(&self) -> String {
        let found = detect(&self.material.text);
        match (&self.material.language, found) {
            (Some(tag), _) => format!("the language of the text, whose tag is {tag}"),
            (None, Some(found)) => match found.language {
                Some(tag) => format!("the language of the text, whose tag is {tag}"),
                None => format!("the language of the text, which is written in the script {}", found.script),
            },
            (None, None) => "the language of the text".to_owned(),
        }
    }

    /// A passage as it stands in the prompt; in that of a question with its number.
    fn passage(&self, number: u64, passage: &Passage) -> String {
        let number = if self.task.kind == TaskKind::Ask { format!("[{number}] ") } else { String::new() };
        let heading = format!("{number}{}", passage.title.trim());
        let heading = heading.trim_end();
        let text =
            if heading.is_empty() { passage.text.clone() } else { format!("{heading}\n\n{}", passage.text) };
        quote(self.mark, &text)
    }

    fn user(&self, text: &str, passages: &[&Passage]) -> Result<String, Error> {
        fill(&self.template.user, |name| match name {
            "context" if passages.is_empty() => String::new(),
            "context" => {
                let numbered = (1..).zip(passages);
                let quoted: String =
                    numbered.map(|(number, passage)| self.passage(number, passage)).collect();
                format!("From the writer's other texts, for reference only:\n{quoted}\n")
            }
            "text" if text.is_empty() && self.material.text.is_empty() => String::new(),
            "text" => quote(self.mark, text),
            "words" => self.task.words.to_string(),
            "target" => self.task.target.clone().unwrap_or_default(),
            "instruction" if self.task.instruction.trim().is_empty() => String::new(),
            _ => format!("\n\n{}", self.task.instruction.trim()),
        })
    }

    fn tokens(&self, room: &Room, text: &str, passages: &[&Passage]) -> Result<u64, Error> {
        let (system, user) = (self.system()?, self.user(text, passages)?);
        // The tags stand there whatever the text; with none they were left out above.
        let tags = if text.is_empty() { room.tokens(&quote(self.mark, "")) } else { 0 };
        Ok(room
            .tokens(&system)
            .saturating_add(room.tokens(&user))
            .saturating_add(tags)
            .saturating_add(FRAMING))
    }
}

/// Where the end of a text begins that has at most so many tokens: at a paragraph; at a sentence or a word of a paragraph
/// that is longer than half of them.
fn start_of_end(text: &str, tokens: u64, room: &Room) -> usize {
    let mut left = tokens;
    // The start of the last pieces of `text[..end]` that fit, found from its end.
    let mut last = |end: usize, pieces: &mut dyn Iterator<Item = usize>| {
        let mut start = end;
        for piece in pieces {
            let cost = room.tokens(text.get(piece..start).unwrap_or_default());
            let Some(rest) = left.checked_sub(cost) else { break };
            (left, start) = (rest, piece);
        }
        (start, left)
    };
    let line_before = |end: usize| {
        let line = text.get(..end)?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        (end > 0).then(|| line.rfind('\n').map_or(0, |at| at + 1))
    };
    let lines = std::iter::successors(line_before(text.len()), |start| line_before(*start));
    let (end, rest) = last(text.len(), &mut { lines });
    let Some(first) = line_before(end).filter(|_| rest > tokens / 2) else { return end };
    let line = text.get(first..end).unwrap_or_default();
    let (start, _) = last(end, &mut segment::sentences(line).rev().map(|sentence| first + sentence.start));
    if start < text.len() {
        return start;
    }
    last(end, &mut segment::words(line).rev().map(|word| first + word.range.start)).0
}
