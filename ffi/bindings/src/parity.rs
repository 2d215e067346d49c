//! What the engine can do, and by what name each platform has it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use writemagic_operations::{Operation, Way};

use crate::docs::Docs;
use crate::prose::camel;
use crate::swift::names::{Spelling, type_name};

/// Types of the engine whose public methods are what it can do.
const TYPES: [&str; 15] = [
    "Library",
    "EditSession",
    "Subscription",
    "RecordedHistory",
    "Assistant",
    "Ledger",
    "Proposals",
    "Writing",
    "Question",
    "SessionSummary",
    "Runs",
    "RunHandle",
    "HostExchange",
    "HostSink",
    "Proof",
];

/// Methods that both platforms have in a form of their own, written by hand: type, method, and what it is in Kotlin and in Swift.
const BY_HAND: &[(&str, &str, &str, &str)] = &[
    ("Library", "open", "WriteMagic.open", "WriteMagic.open(at:options:)"),
    ("Library", "open_outbox", "WriteMagic.openOutbox", "WriteMagic.openOutbox(at:options:)"),
    ("Library", "close", "Library.close", "Library.close()"),
    ("EditSession", "close", "EditSession.close", "EditSession.close()"),
    ("EditSession", "splice", "EditSession.splice", "EditSession.splice(at:delete:insert:)"),
    ("EditSession", "splice_utf16", "EditSession.splice", "EditSession.splice(at:delete:insert:)"),
    ("EditSession", "splice_utf8", "EditSession.splice", "EditSession.splice(at:delete:insert:)"),
    ("EditSession", "text", "EditSession.text", "EditSession.text"),
    ("EditSession", "subscribe", "EditSession.changes", "EditSession.changes"),
    ("Subscription", "is_finished", "EditSession.changes", "EditSession.changes"),
    ("Subscription", "next_timeout", "EditSession.changes", "EditSession.changes"),
    ("Subscription", "set_waker", "EditSession.changes", "EditSession.changes"),
    ("Runs", "start", "Runs.start", "Runs.start(_:terms:)"),
    ("Runs", "go_on", "Runs.goOn", "Runs.goOn(_:terms:)"),
    ("RunHandle", "next", "RunHandle.events", "RunHandle.events"),
    ("RunHandle", "next_timeout", "RunHandle.events", "RunHandle.events"),
    ("RunHandle", "poll_next", "RunHandle.events", "RunHandle.events"),
];

/// Methods for which there is an operation of another name or object: type, method, the operation's object and name.
const OTHERWISE: &[(&str, &str, &str, &str)] = &[
    ("Assistant", "ledger", "Ledger", "spent"),
    ("Assistant", "proposals", "Proposals", "list"),
    ("Ledger", "caps", "Assistant", "caps"),
    ("Ledger", "set_caps", "Assistant", "set_caps"),
    ("Library", "assistant", "Assistant", "providers"),
    ("Library", "sends", "Assistant", "sends"),
    ("Proposals", "propose", "Assistant", "propose"),
    ("Runs", "idle", "Runs", "wait_idle"),
    ("Runs", "ledger", "Ledger", "spent"),
    ("Runs", "list", "Assistant", "runs"),
    ("Runs", "new", "Assistant", "runs_with"),
    ("Runs", "record", "Assistant", "run"),
    ("Runs", "records", "Runs", "capabilities"),
    ("Runs", "token_ratios", "Runs", "tokens_per_mille"),
    ("Proof", "with_long_sentence", "Proof", "new"),
    ("Proof", "with_rules", "Proof", "new"),
];

/// Methods that no platform has, and why.
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
    ("Library", "clock", "the system's clock; another one is for tests"),
    ("Assistant", "run_store", KEPT),
    ("Ledger", "new", KEPT),
    ("Ledger", "reserve", KEPT),
    ("Proposals", "new", KEPT),
    ("Assistant", "send_log", KEPT),
    ("Assistant", "text_target", KEPT),
    ("Runs", "time_of", "times cross as such"),
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
    /// By these names of Kotlin and Swift.
    Both { kotlin: String, swift: String },
    /// Not at all, for a reason.
    LeftOut(&'static str),
    /// Not at all.
    Gap,
}

/// All of them, type by type.
pub(crate) fn rows(docs: &Docs) -> Vec<Row> {
    let mut rows = Vec::new();
    for of in TYPES {
        let methods: BTreeSet<&str> = docs.methods_of(of).collect();
        for method in methods {
            rows.push(Row { of: of.to_owned(), method: method.to_owned(), reached: reached(of, method) });
        }
    }
    rows
}

fn reached(of: &str, method: &str) -> Reached {
    if let Some((_, _, kotlin, swift)) = BY_HAND.iter().find(|(a, b, ..)| (*a, *b) == (of, method)) {
        return Reached::Both { kotlin: (*kotlin).to_owned(), swift: (*swift).to_owned() };
    }
    let other = OTHERWISE.iter().find(|(a, b, ..)| (*a, *b) == (of, method));
    let (object, name) = other.map_or((of, method), |(_, _, object, name)| (*object, *name));
    let is_it = |operation: &&Operation| {
        (operation.object, operation.name) == (object, name) && operation.way != Way::Hidden
    };
    if let Some(operation) = writemagic_operations::operations().find(is_it) {
        let kotlin = format!("{object}.{}", camel(name));
        let swift = format!("{}.{}", type_name(object), Spelling::of_operation(operation).full());
        return Reached::Both { kotlin, swift };
    }
    let left_out = LEFT_OUT.iter().find(|(a, b, _)| (*a, *b) == (of, method));
    left_out.map_or(Reached::Gap, |(_, _, why)| Reached::LeftOut(why))
}

/// The methods that no platform has.
pub(crate) fn gaps(rows: &[Row]) -> Vec<String> {
    let gaps = rows.iter().filter(|row| row.reached == Reached::Gap);
    gaps.map(|row| format!("{}::{}", row.of, row.method)).collect()
}

/// `ffi/PARITY.md`.
pub(crate) fn page(rows: &[Row]) -> String {
    let mut page = String::from(
        "# What the engine can do, and where\n\nWritten by `cargo xtask bindings`. A method of the engine that a platform lacks \
         without a reason fails the tests of `ffi/bindings`.\n\n| Engine | Kotlin | Swift |\n| --- | --- | --- |\n",
    );
    for Row { of, method, reached } in rows {
        let there = match reached {
            Reached::Both { kotlin, swift } => format!("`{kotlin}` | `{swift}`"),
            Reached::LeftOut(why) => format!("{why} | as Kotlin"),
            Reached::Gap => "**missing** | **missing**".to_owned(),
        };
        let _ = writeln!(page, "| `{of}::{method}` | {there} |");
    }
    page
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// All sources in a folder and below it.
    fn sources(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else {
                text.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn what_is_written_by_hand_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let (mut kotlin, mut swift) = (String::new(), String::new());
        sources(&root.join("android/kotlin/src/main/kotlin"), &mut kotlin);
        sources(&root.join("ios/swift/Sources/WriteMagic"), &mut swift);
        for (of, method, in_kotlin, in_swift) in BY_HAND {
            let name = in_kotlin.rsplit('.').next().unwrap();
            let of_kotlin = ["fun", "val"].iter().any(|word| {
                kotlin.contains(&format!("public {word} {name}"))
                    || kotlin.contains(&format!("public suspend {word} {name}("))
                    || kotlin.contains(&format!("override {word} {name}("))
                    || kotlin.contains(&format!("public suspend {word} {of}.{name}("))
            });
            assert!(of_kotlin, "Kotlin has no {in_kotlin} for {of}::{method}");
            let name = in_swift.split('.').next_back().unwrap();
            let found = match name.split_once('(') {
                Some((base, labels)) => {
                    let first = labels.split([':', ')']).next().unwrap();
                    swift.contains(&format!("public func {base}({first}"))
                        || swift.contains(&format!("public static func {base}(\n        {first}"))
                        || swift.contains(&format!("public static func {base}({first}"))
                }
                None => swift.contains(&format!("public var {name}: ")),
            };
            assert!(found, "Swift has no {in_swift} for {of}::{method}");
        }
    }

    #[test]
    fn no_entry_is_of_something_that_is_gone() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let docs = Docs::read(&crate::FOLDERS.map(|folder| root.join(folder))).unwrap();
        let by_hand = BY_HAND.iter().map(|(of, method, ..)| (of, method));
        let otherwise = OTHERWISE.iter().map(|(of, method, ..)| (of, method));
        let left_out = LEFT_OUT.iter().map(|(of, method, _)| (of, method));
        for (of, method) in by_hand.chain(otherwise).chain(left_out) {
            assert!(docs.methods_of(of).any(|known| known == *method), "the engine has no {of}::{method}");
        }
    }
}
