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
const LEFT_OUT: &[(&str, &str, &str)] = &[];

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
