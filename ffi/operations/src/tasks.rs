//! Prompts of tasks, questions and summaries, and what becomes of the answers.

use std::ops::Range;

use writemagic::ai::model::Request;
use writemagic::ai::proposal::{Proposal, VersionName};
use writemagic::ai::task::{AnswerUse, PassageKind, Prompt, Quoted, Room, Source, Task, TaskKind};
use writemagic::ai::{Citation, Question, SessionSummary, Writing};
use writemagic::{BibleEntryId, DocumentId, Memory, MemoryGroup, RunId};
use writemagic_boundary::{Failure, Table};

use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;
use crate::shape::Shape;
use crate::wire::{Encode, Shaped};
use crate::{Part, object};

/// Tasks on passages.
pub(crate) static WRITINGS: Table<Writing> = Table::new("task");
/// Questions about texts.
pub(crate) static QUESTIONS: Table<Question> = Table::new("question");
/// Sessions of memories that are to be summed up.
pub(crate) static SUMMARIES: Table<SessionSummary> = Table::new("summary");

pub(crate) const PART: Part =
    Part { name: "tasks", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// What a writer asks for.
pub(crate) struct TaskFields {
    /// What kind of thing.
    kind: TaskKind,
    /// What the writer adds: a wish, a question. At most 16 KiB.
    instruction: String,
    /// About how many words are wanted, where the task has a length of its own.
    words: u64,
    /// The language to translate into, as a BCP 47 tag.
    target: Option<String>,
}

impl From<TaskFields> for Task {
    fn from(TaskFields { kind, instruction, words, target }: TaskFields) -> Self {
        let mut task = Self::new(kind);
        task.instruction = instruction;
        task.words = words;
        task.target = target;
        task
    }
}

impl Shaped for VersionName {
    const SHAPE: Shape = Shape::Token("VersionId");
}

impl Encode for VersionName {
    fn encode(&self, out: &mut Vec<u8>) {
        self.as_str().encode(out);
    }
}

records! {
    in TaskFields as WritingTask {
        kind: TaskKind,
        instruction: String = "\"\"",
        words: u64 = "300",
        target: Option<String>,
    }
    in writemagic::ai::task::Room as PromptRoom {
        context: u64 = "8192",
        output: u64 = "2048",
        passages: u64 = "1024",
        per_mille: u64 = "1000",
    }
    out writemagic::ai::task::Prompt as Prompt {
        request: Request,
        tokens: u64,
        answer: AnswerUse,
        shown: Range<u64>,
        sources: Vec<Quoted>,
        left_out: u64,
    }
    out writemagic::ai::task::Quoted as Quoted {
        source: Source,
        kind: Option<PassageKind>,
        because: Option<Source>,
        title: String,
        tokens: u64,
    }
    out writemagic::ai::Citation as Citation {
        number: usize,
        quoted: Quoted,
        place: Option<Range<u64>>,
    }
}

choices! {
    in writemagic::ai::task::TaskKind as TaskKind {
        0 Continue,
        1 Rewrite,
        2 Summarise,
        3 Outline,
        4 Critique,
        5 Ask,
        6 Translate,
    }
    out writemagic::ai::task::AnswerUse as AnswerUse { 0 Replace, 1 Append, 2 Text }
    out writemagic::ai::task::PassageKind as PassageKind { 0 Reference, 1 Earlier, 2 Found }
    out writemagic::ai::task::Source as QuotedSource {
        0 Document { document: DocumentId, version: Option<VersionName>, range: Range<u64> },
        1 BibleEntry(entry: BibleEntryId),
        2 Memory(key: String),
    }
}

operations! {
    Assistant in LIBRARIES {
        call prepare(
            library,
            document: DocumentId,
            branch: Option<String>,
            range: Option<Range<u64>>,
            task: TaskFields,
            room: Room,
        ) -> object::Writing {
            let assistant = library.assistant();
            let writing = assistant.prepare(document, branch.as_deref(), range, &task.into(), &room)?;
            Ok::<_, Failure>(object::Writing(WRITINGS.insert(writing)?))
        }
        call propose(
            library,
            writing: object::Writing,
            run: RunId,
            model: String,
            answer: String,
        ) -> Option<Proposal> {
            let writing = WRITINGS.borrow(writing.0)?;
            Ok::<_, Failure>(library.assistant().propose(&writing, run, &model, &answer)?)
        }
        call prepare_question(
            library,
            question: String,
            only: Option<DocumentId>,
            room: Room,
        ) -> object::Question {
            let question = library.assistant().prepare_question(&question, only, &room)?;
            Ok::<_, Failure>(object::Question(QUESTIONS.insert(question)?))
        }
        call citations(library, question: object::Question, answer: String) -> Vec<Citation> {
            let question = QUESTIONS.borrow(question.0)?;
            Ok::<_, Failure>(library.assistant().citations(&question, &answer)?)
        }
        call prepare_summary(library, group: MemoryGroup, room: Room) -> object::SessionSummary {
            let summary = library.assistant().prepare_summary(&group, &room)?;
            Ok::<_, Failure>(object::SessionSummary(SUMMARIES.insert(summary)?))
        }
        call keep_summary(library, summary: object::SessionSummary, answer: String) -> Memory {
            let summary = SUMMARIES.borrow(summary.0)?;
            Ok::<_, Failure>(library.assistant().keep_summary(&summary, &answer)?)
        }
    }
    Writing in WRITINGS {
        get request(writing) -> Request { Ok::<_, Failure>(writing.request().clone()) }
        get prompt(writing) -> Prompt { Ok::<_, Failure>(writing.prompt().clone()) }
        get changes_text(writing) -> bool { Ok::<_, Failure>(writing.changes_text()) }
    }
    Question in QUESTIONS {
        get request(question) -> Request { Ok::<_, Failure>(question.request().clone()) }
        get prompt(question) -> Prompt { Ok::<_, Failure>(question.prompt().clone()) }
    }
    SessionSummary in SUMMARIES {
        get request(summary) -> Request { Ok::<_, Failure>(summary.request().clone()) }
        get prompt(summary) -> Prompt { Ok::<_, Failure>(summary.prompt().clone()) }
        get session(summary) -> String { Ok::<_, Failure>(summary.session().to_owned()) }
    }
}
