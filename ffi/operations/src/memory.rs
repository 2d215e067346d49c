//! What is remembered.

use std::ops::Range;

use writemagic::{
    ConsolidateOptions, ConsolidateReport, Contradiction, Contradictory, Disagreement, DocumentId, Memory,
    MemoryCursor, MemoryFilter, MemoryGroup, MemoryHit, MemoryPage, MemorySource, Merged, NewMemory,
    RecallPage, RecallRequest, Remembered, SourcePlace, SourceRange, Timestamp, Validity,
};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;
use crate::shape::Shape;
use crate::wire::{Decode, Encode, Input, Malformed, Shaped};

pub(crate) const PART: Part =
    Part { name: "memory", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

impl Shaped for MemoryCursor {
    const SHAPE: Shape = Shape::Token("MemoryCursor");
}

impl Encode for MemoryCursor {
    fn encode(&self, out: &mut Vec<u8>) {
        self.to_string().encode(out);
    }
}

impl Decode for MemoryCursor {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.token("no page ends so")
    }
}

records! {
    in writemagic::NewMemory as NewMemory {
        key: Option<String>,
        text: String,
        kind: Option<String>,
        speaker: Option<String>,
        time: Option<String>,
        session: Option<String>,
        tags: Vec<String>,
        importance: Option<f64>,
        confidence: Option<f64>,
        validity: Validity = "MemoryValidity()",
        source: Option<SourceRange>,
    }
    both writemagic::Validity as MemoryValidity {
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        from_document: Option<DocumentId>,
    }
    in writemagic::SourceRange as SourceRange { document: DocumentId, range: Range<u64> }
    out writemagic::Memory as Memory {
        key: String,
        text: String,
        kind: Option<String>,
        speaker: Option<String>,
        time: Option<String>,
        session: Option<String>,
        tags: Vec<String>,
        importance: Option<f64>,
        confidence: Option<f64>,
        validity: Validity,
        created: Timestamp,
        changed: Timestamp,
        sources: Vec<DocumentId>,
        parts: Vec<String>,
        contradictions: Vec<Contradiction>,
    }
    out writemagic::Contradiction as Contradiction { key: String, why: Disagreement }
    out writemagic::Remembered as Remembered { keys: Vec<String>, replaced: u64 }
    in writemagic::MemoryFilter as MemoryFilter {
        kind: Option<String>,
        session: Option<String>,
        speaker: Option<String>,
        tag: Option<String>,
        least_importance: Option<f64>,
        least_confidence: Option<f64>,
        contradictory: bool,
    }
    out writemagic::MemoryPage as MemoryPage {
        memories: Vec<Memory>,
        next: Option<MemoryCursor>,
        total: u64,
    }
    in writemagic::RecallRequest as RecallRequest {
        query: String,
        limit: usize = "20",
        at: Option<Timestamp>,
        place: Option<DocumentId>,
        filter: MemoryFilter = "MemoryFilter()",
    }
    out writemagic::MemoryHit as MemoryHit {
        memory: Memory,
        score: f64,
        ranges: Vec<Range<u64>>,
        words: Vec<String>,
        nearby_words: Vec<String>,
        similarity: f64,
    }
    out writemagic::RecallPage as RecallPage {
        hits: Vec<MemoryHit>,
        memories: u64,
        by_meaning: bool,
        is_complete: bool,
    }
    out writemagic::MemorySource as MemorySource { document: DocumentId, place: SourcePlace }
    in writemagic::ConsolidateOptions as ConsolidateOptions {
        rehearsal: bool,
        older_than: Option<Timestamp>,
        least_bytes: u64 = "16384",
    }
    out writemagic::ConsolidateReport as ConsolidateReport {
        merged: Vec<Merged>,
        contradictions: Vec<Contradictory>,
        groups: Vec<MemoryGroup>,
    }
    out writemagic::Merged as MergedMemories { kept: String, absorbed: Vec<String> }
    out writemagic::Contradictory as Contradictory { keys: [String; 2], why: Disagreement }
    both writemagic::MemoryGroup as MemoryGroup { session: String, keys: Vec<String>, bytes: u64 }
}

choices! {
    out writemagic::Disagreement as Disagreement { 0 Number, 1 Negation, 2 Value }
    out writemagic::SourcePlace as SourcePlace { 0 At(range: Range<u64>), 1 Lost, 2 Gone }
}

operations! {
    Library in LIBRARIES {
        call remember(library, memory: NewMemory) -> Memory { library.remember(&memory) }
        work remember_all(library, memories: Vec<NewMemory>) -> Remembered { library.remember_all(memories) }
        call memory(library, key: String) -> Memory { library.memory(&key) }
        call memories(
            library,
            filter: MemoryFilter,
            after: Option<MemoryCursor>,
            limit: usize = "100",
        ) -> MemoryPage {
            library.memories(&filter, after, limit)
        }
        call recall(library, request: RecallRequest) -> RecallPage { library.recall(&request) }
        call memory_sources(library, key: String) -> Vec<MemorySource> { library.memory_sources(&key) }
        call delete_memory(library, key: String) -> Vec<String> { library.delete_memory(&key) }
        call forget_memory(library, key: String) -> Vec<String> { library.forget_memory(&key) }
        call expire_memories(library, now: Timestamp) -> u64 { library.expire_memories(now) }
        work consolidate_memories(library, options: ConsolidateOptions) -> ConsolidateReport {
            library.consolidate_memories(options)
        }
        call replace_with_summary(library, session: String, text: String, keys: Vec<String>) -> Memory {
            library.replace_with_summary(&session, &text, &keys)
        }
        call undo_memory_change(library) -> () { library.undo_memory_change() }
    }
}
