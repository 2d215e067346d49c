//! A record of every request that left the device. What is in a record is the caller's.

use rusqlite::params;
use writemagic_shared::limits::{LOG_PAGE, SEND_BYTES, SENDS};
use writemagic_shared::runtime::Timestamp;

use super::{count, page, signed};
use crate::Library;
use crate::error::{Error, Result};

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredSend {
    /// Its number: later ones have higher numbers.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What was recorded.
    pub record: Vec<u8>,
}

/// Every method touches the disk; what it has written is durable when it returns.
impl Library {
    /// Records a request. Beyond [`SENDS`] the oldest goes.
    ///
    /// # Errors
    /// `limit_exceeded` over [`SEND_BYTES`]; those of a write: the request must not be made.
    pub fn add_send(&self, at: Timestamp, record: &[u8]) -> Result<()> {
        Error::check_limit("send_bytes", record.len() as u64, SEND_BYTES)?;
        self.write(|sql, _| {
            sql.prepare_cached("INSERT INTO sends (at, record) VALUES (?1, ?2)")?
                .execute(params![at.as_millis(), record])?;
            // Numbers go up one by one, and only the lowest go.
            let newest = count(sql, "SELECT coalesce(max(n), 0) FROM sends")?;
            sql.prepare_cached("DELETE FROM sends WHERE n <= ?1")?
                .execute([signed(newest.saturating_sub(SENDS))])?;
            Ok(())
        })
    }

    /// At most `limit` records ([`LOG_PAGE`] at most), newest first; only those with a number below `before` where there is
    /// one.
    ///
    /// # Errors
    /// Those of reading.
    pub fn sends(&self, before: Option<u64>, limit: u64) -> Result<Vec<StoredSend>> {
        self.read(|sql| {
            let before = before.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
            let mut statement =
                sql.prepare_cached("SELECT n, at, record FROM sends WHERE n < ?1 ORDER BY n DESC LIMIT ?2")?;
            let rows = statement.query_map(params![before, page(limit, LOG_PAGE)], |row| {
                let number = row.get::<_, i64>(0)?.cast_unsigned();
                Ok(StoredSend { number, at: Timestamp::from_millis(row.get(1)?), record: row.get(2)? })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::library::OpenOptions;

    #[test]
    fn the_newest_ten_thousand_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        library
            .write(|sql, _| {
                sql.execute_batch(
                    "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 9999)
                     INSERT INTO sends SELECT n, n, x'00' FROM number",
                )?;
                Ok(())
            })
            .unwrap();
        let span = || {
            library.read(|sql| {
                let least = count(sql, "SELECT min(n) FROM sends")?;
                Ok((least, count(sql, "SELECT count(*) FROM sends")?))
            })
        };
        library.add_send(Timestamp::from_millis(5), b"a").unwrap();
        assert_eq!(span().unwrap(), (1, SENDS));
        library.add_send(Timestamp::from_millis(5), b"b").unwrap();
        assert_eq!(span().unwrap(), (2, SENDS));
        let newest = library.sends(None, 2).unwrap();
        assert_eq!([&newest[0].record[..], &newest[1].record], [b"b", b"a"]);
        assert_eq!(library.sends(Some(newest[1].number), u64::MAX).unwrap().len() as u64, LOG_PAGE);
        let longest = vec![0; SEND_BYTES as usize];
        library.add_send(Timestamp::from_millis(5), &longest).unwrap();
        let longer = library.add_send(Timestamp::from_millis(5), &[&longest[..], b"x"].concat());
        assert!(matches!(longer, Err(Error::LimitExceeded { what: "send_bytes", .. })));
    }
}
