//! What one run measures, how often and how much of it.

use anyhow::{Context as _, Result, bail};

use crate::library::Libraries;
use crate::notes::Vocabulary;
use crate::{
    answers, buffers, calls, child, codec, edits, embedding, history, meaning, memory, mentions, queues,
    search, text,
};

/// Sizes and rounds of a run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The most edits of each trace.
    pub(crate) edits: usize,
    /// Rounds of each trace.
    pub(crate) rounds: usize,
    /// Rounds of what is asked of a history.
    pub(crate) history_rounds: usize,
    /// Old texts of the main history that are asked for.
    pub(crate) versions: usize,
    /// Notes of the library.
    pub(crate) notes: u64,
    /// Rounds of each import.
    pub(crate) imports: usize,
    /// Rounds of the import whose memory is measured.
    pub(crate) large_imports: usize,
    /// Times that each library is opened.
    pub(crate) openings: usize,
    /// Times that each query is asked.
    pub(crate) askings: usize,
    /// Bytes of the import whose memory is measured.
    pub(crate) memory_bytes: u64,
    /// Rounds of each text kernel on each text.
    pub(crate) text_rounds: usize,
    /// Bytes of a text far beyond the caches.
    pub(crate) cold_bytes: usize,
    /// Rounds of each pool of buffers.
    pub(crate) buffer_rounds: usize,
    /// Buffers that are got in each of them.
    pub(crate) buffers: usize,
    /// Values that go through each queue.
    pub(crate) queue_values: u64,
    /// Rounds of reading streams, and of whole runs.
    pub(crate) answer_rounds: usize,
    /// Pieces of each answer.
    pub(crate) answer_pieces: usize,
    /// Vectors of each scan.
    pub(crate) vectors: &'static [usize],
    /// Items of each collection that is searched by meaning.
    pub(crate) items: &'static [usize],
    /// Questions that are asked of each.
    pub(crate) questions: usize,
}

impl Plan {
    const WHOLE: Plan = Plan {
        edits: usize::MAX,
        rounds: 5,
        history_rounds: 5,
        versions: 200,
        notes: 100_000,
        imports: 3,
        large_imports: 1,
        openings: 31,
        askings: 10,
        memory_bytes: 1_000_000_000,
        text_rounds: 5,
        cold_bytes: 256 << 20,
        buffer_rounds: 9,
        buffers: 2_000_000,
        queue_values: 1_000_000,
        answer_rounds: 9,
        answer_pieces: 20_000,
        vectors: &[10_000, 100_000, 1_000_000],
        items: &[10_000, 100_000, 1_000_000],
        questions: 300,
    };

    pub(crate) const QUICK: Plan = Plan {
        edits: 4_000,
        rounds: 2,
        history_rounds: 2,
        versions: 20,
        notes: 2_000,
        imports: 2,
        large_imports: 1,
        openings: 3,
        askings: 2,
        memory_bytes: 10_000_000,
        text_rounds: 1,
        cold_bytes: 8 << 20,
        buffer_rounds: 2,
        buffers: 20_000,
        queue_values: 40_000,
        answer_rounds: 2,
        answer_pieces: 500,
        vectors: &[1_000, 10_000],
        items: &[1_000, 5_000],
        questions: 20,
    };

    /// Tells on standard error how far the run is.
    pub(crate) fn say(&self, what: &str) {
        eprintln!("{what}");
    }
}

const SECTIONS: [(&str, &str); 15] = [
    ("edits", "Durable edits"),
    ("history", "Histories"),
    ("calls", "Single calls"),
    ("import", "Import"),
    ("open", "Opening a library"),
    ("search", "Search by words"),
    ("memory", "Memory of a large import"),
    ("text", "Text kernels"),
    ("buffers", "Pooled buffers"),
    ("queues", "Queues between threads"),
    ("codec", "Numbers and records as bytes"),
    ("answers", "Answers of models"),
    ("embedding", "Texts as vectors"),
    ("meaning", "Search by meaning"),
    ("mentions", "Mentions of a story bible"),
];

const USAGE: &str = "usage: results [--quick] [SECTION…]
sections: edits history calls import open search memory text buffers queues codec answers embedding meaning mentions; all when none is named
--quick takes small inputs, to see that everything runs, and leaves RESULTS.md as it is";

/// Measures the sections that `arguments` name (all when none), prints them and puts them into `RESULTS.md`.
///
/// # Errors
/// Unknown arguments; a contender that fails or gives a wrong answer; a disk that is full.
pub fn run(arguments: impl Iterator<Item = String>) -> Result<()> {
    let mut arguments = arguments.peekable();
    if arguments.next_if(|first| first == child::COMMAND).is_some() {
        return child::main(arguments);
    }
    let (mut quick, mut wanted) = (false, Vec::new());
    for argument in arguments {
        match argument.as_str() {
            "--quick" => quick = true,
            name if SECTIONS.iter().any(|(section, _)| *section == name) => wanted.push(argument),
            _ => bail!("{USAGE}"),
        }
    }
    let plan = if quick { Plan::QUICK } else { Plan::WHOLE };
    let is_wanted = |section: &str| wanted.is_empty() || wanted.iter().any(|name| name == section);

    let record = |section: &str, body: String| {
        let (_, heading) = SECTIONS.iter().find(|(name, _)| *name == section).context("no such section")?;
        bench_report::record(section, heading, &body, quick)
    };
    if is_wanted("edits") {
        record("edits", edits::measure(&plan)?)?;
    }
    if is_wanted("history") {
        record("history", history::measure(&plan)?)?;
    }
    if is_wanted("calls") {
        record("calls", calls::measure()?)?;
    }
    let vocabulary = Vocabulary::new();
    if ["import", "open", "search"].into_iter().any(is_wanted) {
        let libraries = Libraries::fill(&plan, &vocabulary)?;
        if is_wanted("import") {
            record("import", libraries.import_section(&plan))?;
        }
        if is_wanted("open") {
            record("open", libraries.open_section(&plan)?)?;
        }
        if is_wanted("search") {
            record("search", search::measure(&plan, &vocabulary, &libraries)?)?;
        }
    }
    if is_wanted("memory") {
        record("memory", memory::measure(&plan, &vocabulary)?)?;
    }
    if is_wanted("text") {
        record("text", text::measure(&plan)?)?;
    }
    if is_wanted("buffers") {
        record("buffers", buffers::measure(&plan)?)?;
    }
    if is_wanted("queues") {
        record("queues", queues::measure(&plan)?)?;
    }
    if is_wanted("codec") {
        record("codec", codec::measure(&plan)?)?;
    }
    if is_wanted("answers") {
        record("answers", answers::measure(&plan)?)?;
    }
    if is_wanted("embedding") {
        record("embedding", embedding::measure(&plan)?)?;
    }
    if is_wanted("meaning") {
        record("meaning", meaning::measure(&plan)?)?;
    }
    if is_wanted("mentions") {
        record("mentions", mentions::measure(&plan)?)?;
    }
    Ok(())
}
