//! What an assistant needs kept: rows and bytes, which mean nothing here.
//!
//! | part | what it keeps | at its limit |
//! | --- | --- | --- |
//! | `setting` | named values, such as the description of a provider; never a key | a new one is refused |
//! | `run` | what was asked, the answer piece by piece, how it ended | the oldest run goes |
//! | `expense` | what calls cost, with sums over time | the oldest goes that no cap counts any more |
//! | `send` | a record of every request that left the device | the oldest goes |
//! | `proposal` | changes to a text that wait for the writer's word | the oldest goes that is decided |
//!
//! All of it belongs to one library on one device: bundles, pulls and summaries leave it out, back-ups have it. A proposal
//! goes when its document is purged. What a call has written survives the death of the process; a library that is open for
//! reading takes none of it and fails with `library_read_only`.

mod expense;
mod proposal;
mod run;
mod send;
mod setting;

pub use expense::{Expense, ExpenseState, ExpenseSums};
pub use proposal::{ProposalFilter, StoredProposal};
pub use run::StoredRun;
pub use send::StoredSend;

use rusqlite::Connection;

use crate::error::{Error, Result};

/// A number without a sign as the database has it: the same bits.
fn signed(number: u64) -> i64 {
    number.cast_signed()
}

/// As many rows as a page may have.
fn page(limit: u64, most: u64) -> i64 {
    limit.min(most).cast_signed()
}

/// A length against its limit.
fn check_bytes(name: &'static str, length: usize, limit: u64) -> Result<()> {
    Error::check_limit(name, length as u64, limit)
}

/// What the first column of the one row of a query says: how many, or how much.
fn count(sql: &Connection, query: &str) -> Result<u64> {
    let number: i64 = sql.prepare_cached(query)?.query_row([], |row| row.get(0))?;
    Ok(number.max(0).cast_unsigned())
}
