//! What the engine can do, and by what name each platform has it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use writemagic_operations::Operation;

use crate::docs::Docs;
use crate::prose::camel;

/// Types of the engine whose public methods are what it can do.
const TYPES: [&str; 8] =
    ["Library", "EditSession", "Subscription", "Assistant", "Proposals", "Runs", "RunHandle", "Proof"];

/// Methods that no platform has under their own name, and why.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("Library", "add_expense", KEPT),
    ("Library", "add_send", KEPT),
    ("Library", "append_run_text", KEPT),
    ("Library", "expense_sums", KEPT),
    ("Library", "expenses", KEPT),
    ("Library", "put_proposal", KEPT),
    ("Library", "put_run_head", KEPT),
    ("Library", "put_run_tail", KEPT),
    ("Library", "remove_run", KEPT),
    ("Library", "remove_setting", KEPT),
    ("Library", "replace_expense", KEPT),
    ("Library", "reserved_expenses", KEPT),
    ("Library", "set_setting", KEPT),
    ("Library", "setting", KEPT),
    ("Library", "settings", KEPT),
    ("Library", "stored_proposal", KEPT),
    ("Library", "stored_proposals", KEPT),
    ("Library", "stored_run", KEPT),
    ("Library", "stored_runs", KEPT),
    ("Library", "update_proposal", KEPT),
    ("Library", "assistant", "`Library.assistant`"),
    ("Library", "clock", "the system's clock; another one is for tests"),
    ("EditSession", "splice", "`EditSession.splice`"),
    ("EditSession", "splice_utf16", "`EditSession.splice`"),
    ("EditSession", "splice_utf8", "`EditSession.splice`"),
    ("Subscription", "next_timeout", "`EditSession.changes`"),
    ("Subscription", "set_waker", "`EditSession.changes`"),
    ("Assistant", "ledger", "`Library.ledger`"),
    ("Assistant", "proposals", "`Library.proposals`"),
    ("Assistant", "run_store", KEPT),
    ("Assistant", "send_log", KEPT),
    ("Assistant", "text_target", KEPT),
    ("Runs", "idle", "`Runs.waitIdle`"),
    ("Runs", "ledger", "`Library.ledger`"),
    ("Runs", "record", "`Assistant.run`"),
    ("Runs", "records", "`Runs.capabilities`, `Runs.prices`, `Runs.setRecords`"),
    ("Runs", "time_of", "times cross as such"),
    ("Runs", "token_ratios", "`Runs.tokensPerMille`"),
    ("RunHandle", "next", "`RunHandle.events`"),
    ("RunHandle", "next_timeout", "`RunHandle.events`"),
    ("RunHandle", "poll_next", "`RunHandle.events`"),
    ("Proof", "with_long_sentence", "an argument of `Proof.new`"),
    ("Proof", "with_rules", "an argument of `Proof.new`"),
];

const KEPT: &str = "what the engine keeps of models is in its own hands; `Assistant` and `Proposals` show it";

/// A method of the engine, and how it is reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    of: String,
    method: String,
    reached: Reached,
}

#[derive(Debug, PartialEq, Eq)]
enum Reached {
    /// By an operation of this type of objects.
    Operation(&'static str),
    /// In another way.
    Otherwise(&'static str),
    /// Not at all.
    Gap,
}

/// All of them, type by type.
pub(crate) fn rows(docs: &Docs) -> Vec<Row> {
    let operations: Vec<&Operation> = writemagic_operations::operations().collect();
    let mut rows = Vec::new();
    for of in TYPES {
        let methods: BTreeSet<&str> = docs.methods_of(of).collect();
        for method in methods {
            let operation = operations.iter().find(|operation| operation.name == method);
            let otherwise = LEFT_OUT.iter().find(|(a, b, _)| (*a, *b) == (of, method));
            let reached = match (operation, otherwise) {
                (Some(operation), _) => Reached::Operation(operation.object),
                (None, Some((_, _, why))) => Reached::Otherwise(why),
                (None, None) => Reached::Gap,
            };
            rows.push(Row { of: of.to_owned(), method: method.to_owned(), reached });
        }
    }
    rows
}

/// The methods that no platform has.
pub(crate) fn gaps(rows: &[Row]) -> Vec<String> {
    let gaps = rows.iter().filter(|row| row.reached == Reached::Gap);
    gaps.map(|row| format!("{}::{}", row.of, row.method)).collect()
}

/// `ffi/PARITY.md`.
pub(crate) fn page(rows: &[Row]) -> String {
    let mut page = String::from(
        "# What the engine can do, and where\n\nWritten by `cargo xtask bindings`. A method of the engine that is in none of \
         the columns fails the tests of `ffi/bindings`.\n\n| Engine | Kotlin |\n| --- | --- |\n",
    );
    for Row { of, method, reached } in rows {
        let there = match reached {
            Reached::Operation(object) => format!("`{object}.{}`", camel(method)),
            Reached::Otherwise(why) => (*why).to_owned(),
            Reached::Gap => "**missing**".to_owned(),
        };
        let _ = writeln!(page, "| `{of}::{method}` | {there} |");
    }
    page
}
