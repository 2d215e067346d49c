//! What calls cost.

use rusqlite::{Connection, OptionalExtension, Row, params};
use writemagic_shared::limits::{LEDGER_DAYS, LEDGER_ENTRIES, LOG_PAGE, SERVICE_NAME_BYTES};
use writemagic_shared::runtime::Timestamp;

use super::{check_bytes, count, page, signed};
use crate::Library;
use crate::error::{Error, Result};

/// Milliseconds for which nothing goes.
const STAYS: i64 = LEDGER_DAYS.cast_signed() * 24 * 60 * 60 * 1000;

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpenseState {
    /// Under way: the numbers are the most that it can come to.
    Reserved,
    /// Over.
    Settled,
    /// Not made, or free: it does not count.
    Released,
}

impl ExpenseState {
    const fn number(self) -> i64 {
        match self {
            Self::Reserved => 0,
            Self::Settled => 1,
            Self::Released => 2,
        }
    }

    const fn of_number(number: i64) -> Self {
        match number {
            0 => Self::Reserved,
            2 => Self::Released,
            _ => Self::Settled,
        }
    }
}

/// One call: when, to whom, what it used and cost. It has no word of what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expense {
    /// When it was reserved.
    pub at: Timestamp,
    /// How far it is.
    pub state: ExpenseState,
    /// The provider, at most [`SERVICE_NAME_BYTES`].
    pub provider: String,
    /// The model, at most [`SERVICE_NAME_BYTES`].
    pub model: String,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Of these, tokens read from the provider's cache.
    pub cache_read_tokens: u64,
    /// Of these, tokens written to the provider's cache.
    pub cache_write_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// Of these, tokens of reasoning.
    pub reasoning_tokens: u64,
    /// Whether the numbers are estimated.
    pub estimated: bool,
    /// What it cost, in millionths of a US dollar; `None` where nobody knows.
    pub cost: Option<u64>,
}

impl Expense {
    fn check(&self) -> Result<()> {
        check_bytes("service_name_bytes", self.provider.len(), SERVICE_NAME_BYTES)?;
        check_bytes("service_name_bytes", self.model.len(), SERVICE_NAME_BYTES)
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<(u64, Self)> {
        let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        let expense = Self {
            at: Timestamp::from_millis(row.get(1)?),
            state: ExpenseState::of_number(row.get(2)?),
            provider: row.get(3)?,
            model: row.get(4)?,
            input_tokens: number(5)?,
            cache_read_tokens: number(6)?,
            cache_write_tokens: number(7)?,
            output_tokens: number(8)?,
            reasoning_tokens: number(9)?,
            estimated: row.get(10)?,
            cost: row.get::<_, Option<i64>>(11)?.map(i64::cast_unsigned),
        };
        Ok((number(0)?, expense))
    }

    /// Writes it as the row of this number, or of the next one.
    fn write(&self, sql: &Connection, number: Option<i64>) -> Result<i64> {
        sql.prepare_cached(
            "INSERT OR REPLACE INTO expenses (n, at, state, provider, model, input, cache_read, cache_write,
                                              output, reasoning, estimated, cost)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            number,
            self.at.as_millis(),
            self.state.number(),
            self.provider,
            self.model,
            signed(self.input_tokens),
            signed(self.cache_read_tokens),
            signed(self.cache_write_tokens),
            signed(self.output_tokens),
            signed(self.reasoning_tokens),
            self.estimated,
            self.cost.map(signed)
        ])?;
        Ok(sql.last_insert_rowid())
    }
}

const COLUMNS: &str =
    "n, at, state, provider, model, input, cache_read, cache_write, output, reasoning, estimated, cost";

/// What calls come to that are not released. Sums stop at the largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpenseSums {
    /// The cost of those whose cost is known, in millionths of a US dollar.
    pub cost: u64,
    /// Tokens of prompt and answer of the others.
    pub unpriced_tokens: u64,
}

/// A number without a sign of which the halves were added up apart, so that no sum of a hundred thousand is too large for
/// the database.
fn joined(high: i64, low: i64) -> u64 {
    let sum = (u128::from(high.cast_unsigned()) << 32) + u128::from(low.cast_unsigned());
    u64::try_from(sum).unwrap_or(u64::MAX)
}

/// Makes room for a call at `now`: the oldest go that are old enough.
fn make_room(sql: &Connection, now: Timestamp, most: u64) -> Result<()> {
    // Counting takes a while, and numbers go up one by one.
    let span = count(sql, "SELECT coalesce(max(n) - min(n) + 1, 0) FROM expenses")?;
    if span < most {
        return Ok(());
    }
    let kept = count(sql, "SELECT count(*) FROM expenses")?;
    if kept < most {
        return Ok(());
    }
    let removed = sql
        .prepare_cached(
            "DELETE FROM expenses WHERE n IN (
                 SELECT n FROM expenses WHERE at < ?1 AND state <> 0 ORDER BY at LIMIT ?2)",
        )?
        .execute(params![now.as_millis().saturating_sub(STAYS), signed(kept + 1 - most)])?;
    Error::check_limit("ledger_entries", (kept + 1).saturating_sub(removed as u64), most)
}

/// Every method touches the disk; what it has written is durable when it returns.
impl Library {
    /// Notes a call; gives its number. Beyond [`LEDGER_ENTRIES`] the oldest go that are over [`LEDGER_DAYS`] old.
    ///
    /// # Errors
    /// `limit_exceeded` where none is that old, or for a name over [`SERVICE_NAME_BYTES`]; those of a write. What is not
    /// noted must not be spent.
    pub fn add_expense(&self, expense: &Expense) -> Result<u64> {
        expense.check()?;
        self.write(|sql, _| {
            make_room(sql, expense.at, LEDGER_ENTRIES)?;
            Ok(expense.write(sql, None)?.cast_unsigned())
        })
    }

    /// Says anew what became of the call with this number.
    ///
    /// # Errors
    /// `invalid_argument` if there is none; `limit_exceeded` for a name over [`SERVICE_NAME_BYTES`]; those of a write.
    pub fn replace_expense(&self, number: u64, expense: &Expense) -> Result<()> {
        expense.check()?;
        self.write(|sql, _| {
            let number = signed(number);
            let found = sql
                .prepare_cached("SELECT 1 FROM expenses WHERE n = ?1")?
                .query_row([number], |_| Ok(()))
                .optional()?;
            found.ok_or(Error::InvalidArgument { what: "expense", reason: "not there" })?;
            expense.write(sql, Some(number)).map(|_| ())
        })
    }

    /// What all calls at or after `from` come to. Takes time in proportion to their number, of an index alone.
    ///
    /// # Errors
    /// Those of reading.
    pub fn expense_sums(&self, from: Timestamp) -> Result<ExpenseSums> {
        self.read(|sql| {
            let sums: [i64; 6] = sql
                .prepare_cached(
                    "SELECT coalesce(sum((cost >> 32) & 0xFFFFFFFF), 0), coalesce(sum(cost & 0xFFFFFFFF), 0),
                            coalesce(sum((input >> 32) & 0xFFFFFFFF) FILTER (WHERE cost IS NULL), 0),
                            coalesce(sum(input & 0xFFFFFFFF) FILTER (WHERE cost IS NULL), 0),
                            coalesce(sum((output >> 32) & 0xFFFFFFFF) FILTER (WHERE cost IS NULL), 0),
                            coalesce(sum(output & 0xFFFFFFFF) FILTER (WHERE cost IS NULL), 0)
                     FROM expenses WHERE at >= ?1 AND state <> 2",
                )?
                .query_row([from.as_millis()], |row| {
                    Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?])
                })?;
            let [cost_high, cost_low, input_high, input_low, output_high, output_low] = sums;
            let tokens = joined(input_high, input_low).saturating_add(joined(output_high, output_low));
            Ok(ExpenseSums { cost: joined(cost_high, cost_low), unpriced_tokens: tokens })
        })
    }

    /// The calls that are under way, or were when a process died, and their numbers.
    ///
    /// # Errors
    /// Those of reading.
    pub fn reserved_expenses(&self) -> Result<Vec<(u64, Expense)>> {
        self.read(|sql| {
            let mut statement =
                sql.prepare_cached(&format!("SELECT {COLUMNS} FROM expenses WHERE state = 0 ORDER BY n"))?;
            let rows = statement.query_map([], Expense::read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// At most `limit` calls ([`LOG_PAGE`] at most) and their numbers, the newest noted first; only those with a number below
    /// `before` where there is one.
    ///
    /// # Errors
    /// Those of reading.
    pub fn expenses(&self, before: Option<u64>, limit: u64) -> Result<Vec<(u64, Expense)>> {
        self.read(|sql| {
            let before = before.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
            let mut statement = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM expenses WHERE n < ?1 ORDER BY n DESC LIMIT ?2"
            ))?;
            let rows = statement.query_map(params![before, page(limit, LOG_PAGE)], Expense::read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::library::OpenOptions;

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn call(day: i64, state: ExpenseState) -> Expense {
        Expense {
            at: Timestamp::from_millis(day * DAY),
            state,
            provider: "p".into(),
            model: "m".into(),
            input_tokens: 1,
            cache_read_tokens: 0,
            cache_write_tokens: 0,
            output_tokens: 2,
            reasoning_tokens: 0,
            estimated: false,
            cost: Some(5),
        }
    }

    fn library() -> (tempfile::TempDir, Library) {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        (folder, library)
    }

    #[test]
    fn what_a_cap_may_count_stays_and_the_call_is_refused_instead() {
        let (_folder, library) = library();
        let (settled, reserved) = (ExpenseState::Settled, ExpenseState::Reserved);
        for (day, state) in [(3, settled), (1, reserved), (2, settled), (40, settled)] {
            library.add_expense(&call(day, state)).unwrap();
        }
        let days = || -> Vec<i64> {
            let all = library.expenses(None, 100).unwrap();
            all.iter().map(|(_, expense)| expense.at.as_millis() / DAY).collect()
        };
        let room =
            |day, most| library.write(|sql, _| make_room(sql, Timestamp::from_millis(day * DAY), most));
        room(64, 5).unwrap();
        assert_eq!(days(), [40, 2, 1, 3]);
        room(65, 4).unwrap();
        assert_eq!(days(), [40, 1, 3]);
        assert!(matches!(room(65, 3), Err(Error::LimitExceeded { what: "ledger_entries", .. })));
        room(66, 3).unwrap();
        assert_eq!(days(), [40, 1]);
        assert!(room(90, 2).is_err());
        assert_eq!(days(), [40, 1]);
    }

    #[test]
    fn a_hundred_thousand_are_kept_and_added_up() {
        let (_folder, library) = library();
        library
            .write(|sql, _| {
                sql.execute_batch(
                    "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 99999)
                     INSERT INTO expenses SELECT n, n, 1, 'p', 'm', -1, 0, 0, -1, 0, 0, iif(n & 1, -1, NULL) FROM number",
                )?;
                Ok(())
            })
            .unwrap();
        // Each of them is the largest number.
        let largest = ExpenseSums { cost: u64::MAX, unpriced_tokens: u64::MAX };
        assert_eq!(library.expense_sums(Timestamp::from_millis(0)).unwrap(), largest);
        let one = library.expense_sums(Timestamp::from_millis(99_999)).unwrap();
        assert_eq!(one, ExpenseSums { cost: u64::MAX, unpriced_tokens: 0 });
        library.add_expense(&call(1, ExpenseState::Settled)).unwrap();
        assert!(matches!(
            library.add_expense(&call(1, ExpenseState::Settled)),
            Err(Error::LimitExceeded { value, limit: LEDGER_ENTRIES, .. }) if value == LEDGER_ENTRIES + 1
        ));
        library.add_expense(&call(100, ExpenseState::Settled)).unwrap();
        let (number, newest) = library.expenses(None, 1).unwrap().remove(0);
        assert_eq!((number, newest.at.as_millis() / DAY), (100_001, 100));
        assert_eq!(library.expenses(Some(number), u64::MAX).unwrap().len() as u64, LOG_PAGE);
    }

    #[test]
    fn sums_and_reserved_calls_are_read_from_their_indexes() {
        let (_folder, library) = library();
        let plan = |query: &str| {
            library
                .read(|sql| {
                    let mut statement = sql.prepare(&format!("EXPLAIN QUERY PLAN {query}"))?;
                    let rows = statement.query_map([], |row| row.get::<_, String>(3))?;
                    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
                })
                .unwrap()
        };
        let sums =
            plan("SELECT sum(cost), sum(input), sum(output) FROM expenses WHERE at >= 5 AND state <> 2");
        assert!(sums.contains("COVERING INDEX expenses_by_time"), "{sums}");
        let reserved = plan(&format!("SELECT {COLUMNS} FROM expenses WHERE state = 0 ORDER BY n"));
        assert!(reserved.contains("expenses_reserved"), "{reserved}");
    }
}
