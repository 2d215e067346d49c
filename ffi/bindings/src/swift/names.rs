//! What is called how in Swift: its own words for acronyms, its argument labels, and the names that Foundation and SwiftUI have taken.

use writemagic_operations::{Field, Operation, Question, Shape, Way};

use crate::prose::{capital, words};

/// Words that Swift writes in one case.
const ACRONYMS: [&str; 6] = ["ai", "http", "id", "json", "url", "utf16"];

/// Types under other names: SwiftUI has these, and an app that imports both could name neither.
const RENAMED: [(&str, &str); 1] = [("Text", "TextAnalysis")];

/// Operations whose name is not their own in camel case with a label for every argument but the first: object, name, and how Swift
/// spells that. One without brackets is a property.
const SPELLED: &[(&str, &str, &str)] = &[
    ("Assistant", "calls", "ledgerCalls(before:limit:)"),
    ("Assistant", "citations", "citations(for:answer:)"),
    ("Assistant", "prepare", "prepare(in:branch:range:task:room:)"),
    ("Assistant", "provider", "provider(named:)"),
    ("Assistant", "remove_provider", "removeProvider(named:)"),
    ("Assistant", "runs", "runs(before:limit:)"),
    ("Assistant", "runs_with", "runs(keys:transport:)"),
    ("Assistant", "sends", "sends(before:limit:)"),
    ("EditSession", "find", "find(_:options:)"),
    ("EditSession", "subscribe", "rawSubscribe(token:)"),
    ("EditSession", "undo_at", "undo(at:)"),
    ("HostExchange", "head", "head(status:headers:)"),
    ("Library", "add_anchor", "addAnchor(to:branch:at:side:kind:)"),
    ("Library", "add_bible_alias", "addBibleAlias(to:_:)"),
    ("Library", "add_bible_fact", "addBibleFact(to:_:)"),
    ("Library", "anchors", "anchors(of:branch:)"),
    ("Library", "apply_patches", "applyPatches(to:_:origin:)"),
    ("Library", "apply_proposal", "applyProposal(to:branch:on:patches:origin:)"),
    ("Library", "back_up", "backUp(to:)"),
    ("Library", "bible_entries", "bibleEntries(of:)"),
    ("Library", "bible_facts", "bibleFacts(of:)"),
    ("Library", "bible_renames", "bibleRenames(of:)"),
    ("Library", "blame", "blame(_:branch:)"),
    ("Library", "branch_text", "text(of:branch:)"),
    ("Library", "branches", "branches(of:)"),
    ("Library", "bundle", "bundle(to:options:)"),
    ("Library", "check", "check(repair:)"),
    ("Library", "context", "context(for:)"),
    ("Library", "create_branch", "createBranch(of:named:at:)"),
    ("Library", "create_recorded", "createDocument(_:recorded:)"),
    ("Library", "delete_branch", "deleteBranch(of:named:)"),
    ("Library", "diff", "diff(of:from:to:by:)"),
    ("Library", "documents", "documents(matching:after:limit:)"),
    ("Library", "edit_branch", "edit(_:branch:)"),
    ("Library", "entries_named", "entries(namedIn:language:)"),
    ("Library", "entries_near", "entries(in:near:)"),
    ("Library", "expire_memories", "expireMemories(at:)"),
    ("Library", "export", "export(_:to:options:)"),
    ("Library", "facts_at", "facts(of:in:at:)"),
    ("Library", "find", "find(in:pattern:options:)"),
    ("Library", "find_bible_entry", "findBibleEntry(named:)"),
    ("Library", "find_document", "findDocument(named:)"),
    ("Library", "find_version", "findVersion(of:branch:named:)"),
    ("Library", "follow_places", "followPlaces(in:from:to:places:)"),
    ("Library", "has_version", "hasVersion(of:branch:version:)"),
    ("Library", "history", "history(of:branch:all:)"),
    ("Library", "labels", "labels(of:)"),
    ("Library", "memories", "memories(matching:after:limit:)"),
    ("Library", "memory_sources", "memorySources(of:)"),
    ("Library", "mentions", "mentions(of:limit:)"),
    ("Library", "mentions_in", "mentions(in:)"),
    ("Library", "move_document", "moveDocument(_:to:)"),
    ("Library", "move_folder", "moveFolder(_:into:)"),
    ("Library", "open", "rawOpen(_:_:)"),
    ("Library", "open_outbox", "rawOpenOutbox(_:_:)"),
    ("Library", "order_folder", "orderFolder(_:_:)"),
    ("Library", "path", "url"),
    ("Library", "present_text", "presentText(of:branch:)"),
    ("Library", "preview_bible_rename", "previewBibleRename(of:to:)"),
    ("Library", "pull_bundle", "pullBundle(at:)"),
    ("Library", "pull_library", "pullLibrary(at:)"),
    ("Library", "remove_anchor", "removeAnchor(from:_:)"),
    ("Library", "remove_bible_alias", "removeBibleAlias(from:named:)"),
    ("Library", "rename", "rename(_:to:)"),
    ("Library", "rename_bible_entry", "renameBibleEntry(_:to:leaving:)"),
    ("Library", "rename_branch", "renameBranch(of:named:to:)"),
    ("Library", "rename_folder", "renameFolder(_:to:)"),
    ("Library", "replace_with_summary", "replaceWithSummary(of:text:keys:)"),
    ("Library", "restore", "restore(_:branch:to:)"),
    ("Library", "set_bible_entry", "setBibleEntry(_:to:)"),
    ("Library", "set_language", "setLanguage(of:to:)"),
    ("Library", "set_targets", "setTargets(of:to:)"),
    ("Library", "shut_down", "shutDown(within:)"),
    ("Library", "superseded", "superseded(in:)"),
    ("Library", "text", "text(of:)"),
    ("Library", "text_at", "text(of:at:)"),
    ("Library", "text_bytes", "textBytes(of:)"),
    ("Library", "version", "version(of:branch:)"),
    ("Proof", "language_of_tag", "language(ofTag:)"),
    ("Proof", "new", "init(language:rules:longSentence:)"),
    ("Proof", "paragraph", "findings(inParagraph:profile:)"),
    ("Proof", "profile", "profile(of:)"),
    ("Proof", "profile_of_paragraph", "profile(ofParagraph:)"),
    ("Proof", "text", "findings(in:)"),
    ("Proposals", "accept", "accept(_:_:)"),
    ("Proposals", "list", "list(matching:)"),
    ("Proposals", "reject", "reject(_:_:)"),
    ("RecordedHistory", "add", "add(writer:parents:patches:)"),
    ("RecordedHistory", "new", "init()"),
    ("RunHandle", "next_event", "rawNextEvent(token:)"),
    ("Runs", "capabilities", "capabilities(of:)"),
    ("Runs", "go_on", "rawGoOn(_:_:)"),
    ("Runs", "keep_all", "keepAll(within:)"),
    ("Runs", "mark", "mark(of:)"),
    ("Runs", "prices", "prices(of:)"),
    ("Runs", "set_records", "setRecords(json:)"),
    ("Runs", "start", "rawStart(_:_:)"),
    ("Runs", "tokens_per_mille", "tokensPerMille(of:)"),
    ("Runs", "wait_idle", "waitIdle(within:)"),
    ("Text", "detect", "detectLanguage(of:)"),
    ("Text", "diff", "diff(from:to:by:)"),
    ("Text", "find", "find(in:pattern:options:)"),
    ("Text", "segments", "segments(of:by:)"),
    ("Text", "stats", "stats(of:)"),
    ("Text", "tokens", "tokens(in:)"),
    // Questions.
    ("HostModel", "cancel", "cancel(call:)"),
    ("HostModel", "count", "countTokens(of:)"),
    ("HostModel", "generate", "generate(_:into:)"),
    ("KeySource", "key", "key(of:)"),
    ("Transport", "cancel", "cancel(exchange:)"),
    ("Transport", "start", "start(_:exchange:)"),
];

/// How an operation or a question is spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spelling {
    pub(crate) base: String,
    /// In the order of the arguments; `_` for none.
    pub(crate) labels: Vec<String>,
    pub(crate) is_property: bool,
}

impl Spelling {
    pub(crate) fn of_operation(operation: &Operation) -> Self {
        let Operation { object, name, arguments, way, .. } = operation;
        let is_raw = *way == Way::Hidden;
        let own = if is_raw { format!("raw_{name}") } else { (*name).to_owned() };
        Self::of(object, name, &own, arguments, *way == Way::Get)
    }

    pub(crate) fn of_question(question: &Question) -> Self {
        Self::of(question.object, question.name, question.name, question.arguments, false)
    }

    fn of(object: &str, name: &str, own: &str, arguments: &[Field], is_property: bool) -> Self {
        if let Some((_, _, spelled)) = SPELLED.iter().find(|(of, known, _)| (*of, *known) == (object, name)) {
            return Self::read(spelled);
        }
        let labels = arguments.iter().enumerate();
        let labels = labels.map(|(n, field)| if n == 0 { "_".to_owned() } else { member(field.name) });
        Self { base: member(own), labels: labels.collect(), is_property }
    }

    fn read(spelled: &str) -> Self {
        match spelled.trim_end_matches(')').split_once('(') {
            Some((base, labels)) => Self {
                base: base.to_owned(),
                labels: labels.split_terminator(':').map(str::to_owned).collect(),
                is_property: false,
            },
            None => Self { base: spelled.to_owned(), labels: Vec::new(), is_property: true },
        }
    }

    /// As documentation refers to it: `text(of:at:)`.
    pub(crate) fn full(&self) -> String {
        if self.is_property {
            return self.base.clone();
        }
        let labels: String = self.labels.iter().map(|label| format!("{label}:")).collect();
        format!("{}({labels})", self.base)
    }
}

/// The name of a type.
pub(crate) fn type_name(name: &str) -> String {
    if let Some((_, other)) = RENAMED.iter().find(|(known, _)| *known == name) {
        return (*other).to_owned();
    }
    words(name).iter().map(|word| spelled(word)).collect()
}

/// The name of a field, a variant or an argument, from `snake_case` or `PascalCase`.
pub(crate) fn member(name: &str) -> String {
    let words = words(name);
    words.iter().enumerate().map(|(n, word)| if n == 0 { word.clone() } else { spelled(word) }).collect()
}

/// The name of a field: a place on the disk is a URL.
pub(crate) fn of_field(field: &Field) -> String {
    if field.name == "path" && field.shape == Shape::Path { "url".to_owned() } else { member(field.name) }
}

fn spelled(word: &str) -> String {
    if ACRONYMS.contains(&word) { word.to_uppercase() } else { capital(word) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn spellings() -> Vec<(&'static str, &'static str, usize, Spelling)> {
        let operations = writemagic_operations::operations();
        let operations = operations.map(|operation| {
            let spelling = Spelling::of_operation(operation);
            (operation.object, operation.name, operation.arguments.len(), spelling)
        });
        let questions = writemagic_operations::questions();
        let questions = questions.map(|question| {
            let spelling = Spelling::of_question(&question);
            (question.object, question.name, question.arguments.len(), spelling)
        });
        operations.chain(questions).collect()
    }

    #[test]
    fn every_spelling_is_of_something_and_has_its_arguments() {
        let all = spellings();
        for (object, name, arguments, spelling) in &all {
            assert_eq!(spelling.labels.len(), *arguments, "{object}.{name}");
            assert!(!spelling.is_property || *arguments == 0, "{object}.{name}");
        }
        for (object, name, _) in SPELLED {
            assert!(all.iter().any(|(of, known, ..)| (of, known) == (object, name)), "{object}.{name}");
        }
    }

    #[test]
    fn no_two_operations_of_an_object_are_spelled_alike() {
        let mut seen = BTreeSet::new();
        for (object, _, _, spelling) in spellings() {
            assert!(seen.insert((object, spelling.full())), "{object}.{}", spelling.full());
        }
    }

    #[test]
    fn acronyms_have_one_case() {
        assert_eq!(
            (type_name("DocumentId"), type_name("HttpRequest")),
            ("DocumentID".into(), "HTTPRequest".into())
        );
        assert_eq!(
            (member("base_url"), member("OpenAi"), member("Ai")),
            ("baseURL".into(), "openAI".into(), "ai".into())
        );
        assert_eq!((member("old_utf16"), member("utf16_units")), ("oldUTF16".into(), "utf16Units".into()));
    }
}
