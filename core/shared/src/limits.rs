//! Every bound of the engine in one place. Each is tested at its edge by the room that enforces it.

use serde::Serialize;

/// The longest document, in bytes of UTF-8: 64 MiB.
pub const DOCUMENT_BYTES: u64 = 64 << 20;
/// The longest title, in bytes of UTF-8.
pub const TITLE_BYTES: u64 = 1 << 10;
/// The longest name of one folder, in bytes of UTF-8.
pub const FOLDER_NAME_BYTES: u64 = 255;
/// How deep folders nest; a project is depth 1.
pub const FOLDER_DEPTH: u64 = 64;
/// The longest search query, in bytes of UTF-8.
pub const QUERY_BYTES: u64 = 4 << 10;
/// The most terms and filters of one search query.
pub const QUERY_TERMS: u64 = 64;
/// The most search hits or listed documents of one call; larger requests are clamped.
pub const PAGE_ROWS: u64 = 10_000;
/// The longest language tag, in bytes (BCP 47 asks for at least 35).
pub const LANGUAGE_TAG_BYTES: u64 = 64;
/// The largest word or character target of a document.
pub const TARGET: u64 = 1_000_000_000;
/// Unsaved typing that one library holds while the disk does not follow, in bytes: 16 MiB.
pub const BACKLOG_BYTES: u64 = 16 << 20;
/// Events (inserted or deleted characters) of one document's history.
pub const DOCUMENT_EVENTS: u64 = 1 << 30;
/// Events that one event names as the newest ones its writer had seen, and so the heads of one version.
pub const EVENT_PARENTS: u64 = 64;
/// Events of one chunk of history: what is received at once.
pub const CHUNK_EVENTS: u64 = 1 << 26;
/// Runs of events of one chunk of history: typing on is one run, moving the cursor begins another.
pub const CHUNK_RUNS: u64 = 1 << 20;
/// Writers named in one chunk of history.
pub const CHUNK_AGENTS: u64 = 1 << 16;
/// Parents listed in one chunk of history: none for an event that follows the one before it.
pub const CHUNK_PARENTS: u64 = 1 << 21;
/// Bytes of one chunk of history when all of it is unpacked: 128 MiB.
pub const CHUNK_BYTES: u64 = 128 << 20;
/// Entries of one chunk of history that say who wrote when, and origins that they name.
pub const CHUNK_PROVENANCE: u64 = 1 << 20;
/// The longest name of an origin (who or what wrote), in bytes of UTF-8; longer ones are cut.
pub const ORIGIN_NAME_BYTES: u64 = 255;
/// The longest mark of one run of an origin, in bytes.
pub const ORIGIN_RUN_BYTES: u64 = 255;
/// Steps of one merge before it is given up: an honest merge takes a few for each run of events since the versions
/// parted, and one that was made to be slow would go on for hours.
pub const MERGE_STEPS: u64 = 1 << 28;
/// Memory that is kept between merges so that the next one need not start again, in bytes, for each text: 16 MiB.
pub const KEPT_MERGE_BYTES: u64 = 16 << 20;
/// The longest name of a label, in bytes of UTF-8.
pub const LABEL_BYTES: u64 = 255;
/// The most labels of one document.
pub const DOCUMENT_LABELS: u64 = 10_000;
/// The most branches of one document, beside main.
pub const DOCUMENT_BRANCHES: u64 = 4_095;
/// The most pieces in which a bundle brings the history of one document.
pub const DOCUMENT_CHUNKS: u64 = 1 << 10;
/// The longest name of a branch, in bytes of UTF-8.
pub const BRANCH_NAME_BYTES: u64 = 255;
/// The longest kind of an anchor, in bytes of UTF-8.
pub const ANCHOR_KIND_BYTES: u64 = 64;
/// The most anchors of one document.
pub const DOCUMENT_ANCHORS: u64 = 10_000;
/// The longest key that places a folder among its siblings, in bytes, as it is taken from another library.
pub const ORDER_KEY_BYTES: u64 = 1 << 10;
/// The longest chunk of history in a bundle, in bytes: a little more than one may have unpacked, 129 MiB.
pub const BUNDLE_CHUNK_BYTES: u64 = 129 << 20;
/// The longest of all other records of a bundle, in bytes.
pub const BUNDLE_RECORD_BYTES: u64 = 4 << 10;
/// Documents that one summary of a library names.
pub const SUMMARY_DOCUMENTS: u64 = 1 << 20;
/// Writers that one summary of a library names.
pub const SUMMARY_AGENTS: u64 = 1 << 20;
/// Writers that one summary of a library names, counted anew for each document.
pub const SUMMARY_COUNTS: u64 = 1 << 24;
/// Changes that wait for one subscriber before they are merged.
pub const SUBSCRIPTION_CHANGES: u64 = 256;
/// Text of merged changes that waits for one slow subscriber, in bytes, before it is told to re-read.
pub const SUBSCRIPTION_BYTES: u64 = 1 << 20;
/// Edits from elsewhere that wait for one session's rebase.
pub const PENDING_EDITS: u64 = 4_096;
/// The most values that one ring between threads holds.
pub const RING_VALUES: u64 = 1 << 20;
/// The shortest document id prefix that names a document, in characters.
pub const ID_PREFIX_CHARS: u64 = 6;
/// The longest snippet of a search hit, in characters, before ellipses.
pub const SNIPPET_CHARS: u64 = 160;
/// The matching documents that one search ranks, the newest ones first, where its limit does not ask for more.
pub const SEARCH_CANDIDATES: u64 = 500;
/// How far a search reads on behind the first match of a text, for the best snippet, in bytes: 1 MiB.
pub const SNIPPET_SCAN_BYTES: u64 = 1 << 20;
/// The longest pattern of a search in a text, in bytes of UTF-8.
pub const FIND_PATTERN_BYTES: u64 = 4 << 10;
/// The longest match of a search in a text, marks and ignored characters included, in bytes of UTF-8: 64 KiB.
pub const FIND_MATCH_BYTES: u64 = 64 << 10;
/// The largest editing trace, in bytes after decompression: 256 MiB.
pub const TRACE_BYTES: u64 = 256 << 20;
/// How deep import descends below a named folder.
pub const IMPORT_DEPTH: u64 = FOLDER_DEPTH;
/// Bytes of files that one import holds in memory at a time.
pub const IMPORT_BYTES_IN_FLIGHT: u64 = 64 << 20;
/// The longest proposal, in bytes of its words, old and new, and of what is kept beside them: 16 MiB.
pub const PROPOSAL_BYTES: u64 = 16 << 20;
/// The most hunks of one proposal; an answer that changes more places has fewer, larger hunks.
pub const PROPOSAL_HUNKS: u64 = 4_096;
/// The longest name of the task that a proposal answers, in bytes of UTF-8.
pub const PROPOSAL_TASK_BYTES: u64 = 64;
/// The longest name of a version as it leaves the history, in bytes: that of a version with the most heads.
pub const VERSION_NAME_BYTES: u64 = 4 << 10;
/// The most proposals that one call lists.
pub const PROPOSAL_PAGE: u64 = 1_000;
/// Proposals that one library keeps: beyond it the oldest that are decided go, and where none is, a new one is refused.
pub const KEPT_PROPOSALS: u64 = 4_096;
/// Bytes of all proposals that one library keeps, by the same rule: 256 MiB.
pub const KEPT_PROPOSAL_BYTES: u64 = 256 << 20;
/// The longest set of prompt templates, in bytes: 256 KiB.
pub const TEMPLATE_SET_BYTES: u64 = 256 << 10;
/// The longest instruction that a writer adds to a task, in bytes of UTF-8: 16 KiB.
pub const INSTRUCTION_BYTES: u64 = 16 << 10;
/// Passages that one prompt takes from the writer's other texts.
pub const PROMPT_PASSAGES: u64 = 256;
/// Models whose token ratio is learned at a time; the one that was unused longest is forgotten.
pub const TOKEN_RATIOS: u64 = 64;
/// The longest paragraph that proofing reads, in bytes of UTF-8; of longer ones the start is read: 64 KiB.
pub const PROOF_PARAGRAPH_BYTES: u64 = 64 << 10;
/// Findings of proofing in one paragraph.
pub const PROOF_PARAGRAPH_FINDINGS: u64 = 256;
/// The largest log file, in bytes: 1 MiB.
pub const LOG_FILE_BYTES: u64 = 1 << 20;
/// The most log files that are kept, the newest included.
pub const LOG_FILES: u64 = 4;
/// The longest line, and the longest data, of one event of an answer's stream, in bytes: 1 MiB.
pub const SSE_EVENT_BYTES: u64 = 1 << 20;
/// The longest stream of one answer, in bytes: 64 MiB.
pub const SSE_STREAM_BYTES: u64 = 64 << 20;
/// The longest base URL of a provider, in bytes.
pub const BASE_URL_BYTES: u64 = 2 << 10;
/// The longest name of a provider, or of the variable that holds its key, in bytes.
pub const PROVIDER_NAME_BYTES: u64 = 64;
/// The longest name of a model, in bytes.
pub const MODEL_NAME_BYTES: u64 = 256;
/// Records of one document of model capabilities and prices.
pub const MODEL_RECORDS: u64 = 4_096;
/// The largest document of model capabilities and prices, in bytes: 1 MiB.
pub const MODEL_RECORDS_BYTES: u64 = 1 << 20;
/// The longest answer of a model, reasoning included, in bytes of UTF-8: 8 MiB.
pub const ANSWER_BYTES: u64 = 8 << 20;
/// The largest request to a model, in bytes of its texts: 32 MiB.
pub const REQUEST_BYTES: u64 = 32 << 20;
/// How much of an error's body is read, in bytes: 64 KiB.
pub const ERROR_BODY_BYTES: u64 = 64 << 10;
/// Bytes of one response that wait between the app's own client and the engine: 128 KiB.
pub const EXCHANGE_BYTES: u64 = 128 << 10;
/// Headers of one response that are kept; more are ignored.
pub const RESPONSE_HEADERS: u64 = 256;
/// The longest value of a response header that is kept, in bytes; longer ones are ignored.
pub const RESPONSE_HEADER_BYTES: u64 = 8 << 10;
/// What is kept of a run before it is sent, in bytes: a request and its names.
pub const RUN_HEAD_BYTES: u64 = REQUEST_BYTES + (64 << 10);
/// What is kept of the end of a run, in bytes: 1 KiB.
pub const RUN_TAIL_BYTES: u64 = 1 << 10;
/// The most AI runs that are open at a time.
pub const OPEN_RUNS: u64 = 64;
/// The most models that one run names; at most three of them are asked.
pub const RUN_MODELS: u64 = 16;
/// Events of a run that wait for the app before its connection is no longer read.
pub const RUN_EVENTS: u64 = 64;
/// The most kept runs that one call lists.
pub const RUN_PAGE: u64 = 1_000;
/// The longest name of a provider, an endpoint or a model in the ledger and the send log, in bytes of UTF-8; longer ones
/// are cut.
pub const SERVICE_NAME_BYTES: u64 = 255;
/// Runs that one library keeps: beyond it the oldest go.
pub const KEPT_RUNS: u64 = 1_000;
/// Bytes of all runs that one library keeps, the newest 64 not counted: beyond it the oldest go. 256 MiB.
pub const KEPT_RUN_BYTES: u64 = 256 << 20;
/// Calls in the ledger of one library: beyond it the oldest go that are over [`LEDGER_DAYS`] old, and where none is, a new
/// one is refused.
pub const LEDGER_ENTRIES: u64 = 100_000;
/// How long a call stays in the ledger whatever comes, in days: the caps of a month count on it.
pub const LEDGER_DAYS: u64 = 62;
/// Requests in the send log of one library: beyond it the oldest go.
pub const SENDS: u64 = 10_000;
/// The longest record of one request in the send log, in bytes.
pub const SEND_BYTES: u64 = 4 << 10;
/// The most rows of the ledger or the send log that one call lists.
pub const LOG_PAGE: u64 = 1_000;
/// Settings of one library.
pub const SETTINGS: u64 = 1_000;
/// The longest name of a setting, and of the part of the engine that it belongs to, in bytes.
pub const SETTING_NAME_BYTES: u64 = 64;
/// The longest value of a setting, in bytes: 64 KiB.
pub const SETTING_BYTES: u64 = 64 << 10;
/// The longest API key, in bytes.
pub const KEY_BYTES: u64 = 4 << 10;
/// The longest text that is masked at once, in bytes of UTF-8: 4 MiB, some million tokens.
pub const MASK_TEXT_BYTES: u64 = 4 << 20;
/// The most phrases of a user's list of what to mask.
pub const MASK_PHRASES: u64 = 10_000;
/// The longest phrase of a user's list of what to mask, in bytes of UTF-8.
pub const MASK_PHRASE_BYTES: u64 = 256;
/// The most distinct values that are masked in one run.
pub const MASK_VALUES: u64 = 10_000;
/// The most dimensions of a vector that stands for a text's meaning; they come in steps of 16.
pub const VECTOR_DIMENSIONS: u64 = 1_024;
/// The largest file of a table of word vectors, in bytes: 1 GiB.
pub const EMBEDDING_TABLE_BYTES: u64 = 1 << 30;
/// The most texts that an embedding model is given at once.
pub const EMBED_TEXTS: u64 = 1_024;
/// The most bytes of UTF-8 of all texts that an embedding model is given at once: 16 MiB.
pub const EMBED_BYTES: u64 = 16 << 20;
/// Entries of one library's story bible.
pub const BIBLE_ENTRIES: u64 = 10_000;
/// The longest name of a kind of entries of a story bible, in bytes of UTF-8.
pub const BIBLE_KIND_BYTES: u64 = 64;
/// The longest name or alias of an entry of a story bible, in bytes of UTF-8.
pub const BIBLE_NAME_BYTES: u64 = 255;
/// The most aliases of one entry of a story bible.
pub const BIBLE_ENTRY_ALIASES: u64 = 256;
/// The longest notes of one entry of a story bible, in bytes of UTF-8: 64 KiB.
pub const BIBLE_NOTES_BYTES: u64 = 64 << 10;
/// The longest fact of a story bible, in bytes of UTF-8: 4 KiB.
pub const BIBLE_FACT_BYTES: u64 = 4 << 10;
/// The most facts of one entry of a story bible.
pub const BIBLE_ENTRY_FACTS: u64 = 1_000;
/// Renamings of entries that one library can take back: beyond it the oldest are forgotten, and their texts stay.
pub const BIBLE_RENAMES: u64 = 1_000;
/// Mentions of a story bible's entries that are kept in memory; documents with more are read again at each question.
pub const KEPT_MENTIONS: u64 = 1 << 22;
/// Texts of documents under edit that are kept to compare with, in bytes: 16 MiB.
pub const KEPT_MENTION_BYTES: u64 = 16 << 20;
/// The longest text of a memory, in bytes of UTF-8: 1 MiB.
pub const MEMORY_TEXT_BYTES: u64 = 1 << 20;
/// The longest key of a memory, in bytes of UTF-8.
pub const MEMORY_KEY_BYTES: u64 = 1 << 10;
/// The longest kind, speaker, session, time or tag of a memory, in bytes of UTF-8.
pub const MEMORY_NAME_BYTES: u64 = 255;
/// The most tags of one memory.
pub const MEMORY_TAGS: u64 = 64;
/// The most memories of one library, those that others stand for included.
pub const MEMORIES: u64 = 1 << 20;
/// The most memories of one session.
pub const SESSION_MEMORIES: u64 = 1 << 16;
/// Changes of memories that can be undone: beyond it the oldest go.
pub const MEMORY_CHANGES: u64 = 1_000;
/// Bytes of what the memories were before those changes, the newest change not counted: beyond it the oldest go. 64 MiB.
pub const MEMORY_CHANGE_BYTES: u64 = 64 << 20;
/// Contradictions of memories that one consolidation flags.
pub const MEMORY_CONTRADICTIONS: u64 = 1_000;
/// The largest file of memories or questions, in bytes: 256 MiB.
pub const MEMORY_FILE_BYTES: u64 = 256 << 20;
/// Objects of one type for which the boundary to another language has handles at a time.
pub const HANDLES: u64 = 1 << 18;
/// Calls across the boundary that work with one object at a time.
pub const OBJECT_CALLS: u64 = 1 << 16;
/// The longest message of a failure or a panic that crosses the boundary, in bytes of UTF-8; longer ones are cut.
pub const FAILURE_MESSAGE_BYTES: u64 = 4 << 10;
/// The longest stack of calls that is logged of a panic, in bytes of UTF-8; longer ones are cut.
pub const BACKTRACE_BYTES: u64 = 32 << 10;

/// A limit as `doctor` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// What is bounded, a snake_case word that ends with its unit.
    pub name: &'static str,
    /// The largest allowed value.
    pub value: u64,
}

/// Every limit, for display.
pub const ALL: &[Limit] = &[
    Limit { name: "document_bytes", value: DOCUMENT_BYTES },
    Limit { name: "title_bytes", value: TITLE_BYTES },
    Limit { name: "folder_name_bytes", value: FOLDER_NAME_BYTES },
    Limit { name: "folder_depth", value: FOLDER_DEPTH },
    Limit { name: "query_bytes", value: QUERY_BYTES },
    Limit { name: "query_terms", value: QUERY_TERMS },
    Limit { name: "page_rows", value: PAGE_ROWS },
    Limit { name: "language_tag_bytes", value: LANGUAGE_TAG_BYTES },
    Limit { name: "target", value: TARGET },
    Limit { name: "backlog_bytes", value: BACKLOG_BYTES },
    Limit { name: "document_events", value: DOCUMENT_EVENTS },
    Limit { name: "event_parents", value: EVENT_PARENTS },
    Limit { name: "chunk_events", value: CHUNK_EVENTS },
    Limit { name: "chunk_runs", value: CHUNK_RUNS },
    Limit { name: "chunk_agents", value: CHUNK_AGENTS },
    Limit { name: "chunk_parents", value: CHUNK_PARENTS },
    Limit { name: "chunk_bytes", value: CHUNK_BYTES },
    Limit { name: "chunk_provenance", value: CHUNK_PROVENANCE },
    Limit { name: "origin_name_bytes", value: ORIGIN_NAME_BYTES },
    Limit { name: "origin_run_bytes", value: ORIGIN_RUN_BYTES },
    Limit { name: "merge_steps", value: MERGE_STEPS },
    Limit { name: "kept_merge_bytes", value: KEPT_MERGE_BYTES },
    Limit { name: "label_bytes", value: LABEL_BYTES },
    Limit { name: "document_labels", value: DOCUMENT_LABELS },
    Limit { name: "document_branches", value: DOCUMENT_BRANCHES },
    Limit { name: "document_chunks", value: DOCUMENT_CHUNKS },
    Limit { name: "branch_name_bytes", value: BRANCH_NAME_BYTES },
    Limit { name: "anchor_kind_bytes", value: ANCHOR_KIND_BYTES },
    Limit { name: "document_anchors", value: DOCUMENT_ANCHORS },
    Limit { name: "order_key_bytes", value: ORDER_KEY_BYTES },
    Limit { name: "bundle_chunk_bytes", value: BUNDLE_CHUNK_BYTES },
    Limit { name: "bundle_record_bytes", value: BUNDLE_RECORD_BYTES },
    Limit { name: "summary_documents", value: SUMMARY_DOCUMENTS },
    Limit { name: "summary_agents", value: SUMMARY_AGENTS },
    Limit { name: "summary_counts", value: SUMMARY_COUNTS },
    Limit { name: "subscription_changes", value: SUBSCRIPTION_CHANGES },
    Limit { name: "subscription_bytes", value: SUBSCRIPTION_BYTES },
    Limit { name: "pending_edits", value: PENDING_EDITS },
    Limit { name: "ring_values", value: RING_VALUES },
    Limit { name: "id_prefix_chars", value: ID_PREFIX_CHARS },
    Limit { name: "snippet_chars", value: SNIPPET_CHARS },
    Limit { name: "search_candidates", value: SEARCH_CANDIDATES },
    Limit { name: "snippet_scan_bytes", value: SNIPPET_SCAN_BYTES },
    Limit { name: "find_pattern_bytes", value: FIND_PATTERN_BYTES },
    Limit { name: "find_match_bytes", value: FIND_MATCH_BYTES },
    Limit { name: "trace_bytes", value: TRACE_BYTES },
    Limit { name: "import_depth", value: IMPORT_DEPTH },
    Limit { name: "import_bytes_in_flight", value: IMPORT_BYTES_IN_FLIGHT },
    Limit { name: "proposal_bytes", value: PROPOSAL_BYTES },
    Limit { name: "proposal_hunks", value: PROPOSAL_HUNKS },
    Limit { name: "proposal_task_bytes", value: PROPOSAL_TASK_BYTES },
    Limit { name: "version_name_bytes", value: VERSION_NAME_BYTES },
    Limit { name: "proposal_page", value: PROPOSAL_PAGE },
    Limit { name: "kept_proposals", value: KEPT_PROPOSALS },
    Limit { name: "kept_proposal_bytes", value: KEPT_PROPOSAL_BYTES },
    Limit { name: "template_set_bytes", value: TEMPLATE_SET_BYTES },
    Limit { name: "instruction_bytes", value: INSTRUCTION_BYTES },
    Limit { name: "prompt_passages", value: PROMPT_PASSAGES },
    Limit { name: "token_ratios", value: TOKEN_RATIOS },
    Limit { name: "proof_paragraph_bytes", value: PROOF_PARAGRAPH_BYTES },
    Limit { name: "proof_paragraph_findings", value: PROOF_PARAGRAPH_FINDINGS },
    Limit { name: "log_file_bytes", value: LOG_FILE_BYTES },
    Limit { name: "log_files", value: LOG_FILES },
    Limit { name: "sse_event_bytes", value: SSE_EVENT_BYTES },
    Limit { name: "sse_stream_bytes", value: SSE_STREAM_BYTES },
    Limit { name: "base_url_bytes", value: BASE_URL_BYTES },
    Limit { name: "provider_name_bytes", value: PROVIDER_NAME_BYTES },
    Limit { name: "model_name_bytes", value: MODEL_NAME_BYTES },
    Limit { name: "model_records", value: MODEL_RECORDS },
    Limit { name: "model_records_bytes", value: MODEL_RECORDS_BYTES },
    Limit { name: "answer_bytes", value: ANSWER_BYTES },
    Limit { name: "request_bytes", value: REQUEST_BYTES },
    Limit { name: "error_body_bytes", value: ERROR_BODY_BYTES },
    Limit { name: "exchange_bytes", value: EXCHANGE_BYTES },
    Limit { name: "response_headers", value: RESPONSE_HEADERS },
    Limit { name: "response_header_bytes", value: RESPONSE_HEADER_BYTES },
    Limit { name: "run_head_bytes", value: RUN_HEAD_BYTES },
    Limit { name: "run_tail_bytes", value: RUN_TAIL_BYTES },
    Limit { name: "open_runs", value: OPEN_RUNS },
    Limit { name: "run_models", value: RUN_MODELS },
    Limit { name: "run_events", value: RUN_EVENTS },
    Limit { name: "run_page", value: RUN_PAGE },
    Limit { name: "service_name_bytes", value: SERVICE_NAME_BYTES },
    Limit { name: "kept_runs", value: KEPT_RUNS },
    Limit { name: "kept_run_bytes", value: KEPT_RUN_BYTES },
    Limit { name: "ledger_entries", value: LEDGER_ENTRIES },
    Limit { name: "ledger_days", value: LEDGER_DAYS },
    Limit { name: "sends", value: SENDS },
    Limit { name: "send_bytes", value: SEND_BYTES },
    Limit { name: "log_page", value: LOG_PAGE },
    Limit { name: "settings", value: SETTINGS },
    Limit { name: "setting_name_bytes", value: SETTING_NAME_BYTES },
    Limit { name: "setting_bytes", value: SETTING_BYTES },
    Limit { name: "key_bytes", value: KEY_BYTES },
    Limit { name: "mask_text_bytes", value: MASK_TEXT_BYTES },
    Limit { name: "mask_phrases", value: MASK_PHRASES },
    Limit { name: "mask_phrase_bytes", value: MASK_PHRASE_BYTES },
    Limit { name: "mask_values", value: MASK_VALUES },
    Limit { name: "vector_dimensions", value: VECTOR_DIMENSIONS },
    Limit { name: "embedding_table_bytes", value: EMBEDDING_TABLE_BYTES },
    Limit { name: "embed_texts", value: EMBED_TEXTS },
    Limit { name: "embed_bytes", value: EMBED_BYTES },
    Limit { name: "bible_entries", value: BIBLE_ENTRIES },
    Limit { name: "bible_kind_bytes", value: BIBLE_KIND_BYTES },
    Limit { name: "bible_name_bytes", value: BIBLE_NAME_BYTES },
    Limit { name: "bible_entry_aliases", value: BIBLE_ENTRY_ALIASES },
    Limit { name: "bible_notes_bytes", value: BIBLE_NOTES_BYTES },
    Limit { name: "bible_fact_bytes", value: BIBLE_FACT_BYTES },
    Limit { name: "bible_entry_facts", value: BIBLE_ENTRY_FACTS },
    Limit { name: "bible_renames", value: BIBLE_RENAMES },
    Limit { name: "kept_mentions", value: KEPT_MENTIONS },
    Limit { name: "kept_mention_bytes", value: KEPT_MENTION_BYTES },
    Limit { name: "memory_text_bytes", value: MEMORY_TEXT_BYTES },
    Limit { name: "memory_key_bytes", value: MEMORY_KEY_BYTES },
    Limit { name: "memory_name_bytes", value: MEMORY_NAME_BYTES },
    Limit { name: "memory_tags", value: MEMORY_TAGS },
    Limit { name: "memories", value: MEMORIES },
    Limit { name: "session_memories", value: SESSION_MEMORIES },
    Limit { name: "memory_changes", value: MEMORY_CHANGES },
    Limit { name: "memory_change_bytes", value: MEMORY_CHANGE_BYTES },
    Limit { name: "memory_contradictions", value: MEMORY_CONTRADICTIONS },
    Limit { name: "memory_file_bytes", value: MEMORY_FILE_BYTES },
    Limit { name: "handles", value: HANDLES },
    Limit { name: "object_calls", value: OBJECT_CALLS },
    Limit { name: "failure_message_bytes", value: FAILURE_MESSAGE_BYTES },
    Limit { name: "backtrace_bytes", value: BACKTRACE_BYTES },
];
