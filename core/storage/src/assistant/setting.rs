//! Settings of a library: named values that belong to a part of the engine or of the app.

use rusqlite::{OptionalExtension, params};
use writemagic_shared::limits::{SETTING_BYTES, SETTING_NAME_BYTES, SETTINGS};

use super::count;
use crate::Library;
use crate::error::{Error, Result};

fn check_name(what: &'static str, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::InvalidArgument { what, reason: "empty" });
    }
    Error::check_limit("setting_name_bytes", name.len() as u64, SETTING_NAME_BYTES)
}

/// Every method touches the disk; changes are durable when they return.
impl Library {
    /// The value of a setting of a part; `None` where it is not set.
    ///
    /// # Errors
    /// Those of reading.
    pub fn setting(&self, part: &str, name: &str) -> Result<Option<Vec<u8>>> {
        self.read(|sql| {
            let mut statement =
                sql.prepare_cached("SELECT value FROM settings WHERE part = ?1 AND name = ?2")?;
            Ok(statement.query_row([part, name], |row| row.get(0)).optional()?)
        })
    }

    /// The settings of a part and their values, by name.
    ///
    /// # Errors
    /// Those of reading.
    pub fn settings(&self, part: &str) -> Result<Vec<(String, Vec<u8>)>> {
        self.read(|sql| {
            let mut statement =
                sql.prepare_cached("SELECT name, value FROM settings WHERE part = ?1 ORDER BY name")?;
            let rows = statement.query_map([part], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Sets a value, whatever it was. Whether there was one. It is stored as it is: secrets have no place here.
    ///
    /// # Errors
    /// `invalid_argument` for an empty name or part; `limit_exceeded` over [`SETTING_NAME_BYTES`], [`SETTING_BYTES`] or
    /// [`SETTINGS`]; those of a write.
    pub fn set_setting(&self, part: &str, name: &str, value: &[u8]) -> Result<bool> {
        check_name("part", part)?;
        check_name("setting", name)?;
        Error::check_limit("setting_bytes", value.len() as u64, SETTING_BYTES)?;
        self.write(|sql, _| {
            let changed = sql
                .prepare_cached("UPDATE settings SET value = ?3 WHERE part = ?1 AND name = ?2")?
                .execute(params![part, name, value])?;
            if changed > 0 {
                return Ok(true);
            }
            Error::check_limit("settings", count(sql, "SELECT count(*) FROM settings")? + 1, SETTINGS)?;
            sql.prepare_cached("INSERT INTO settings (part, name, value) VALUES (?1, ?2, ?3)")?
                .execute(params![part, name, value])?;
            Ok(false)
        })
    }

    /// Takes a setting away. Whether it was there.
    ///
    /// # Errors
    /// Those of a write.
    pub fn remove_setting(&self, part: &str, name: &str) -> Result<bool> {
        self.write(|sql, _| {
            let removed = sql
                .prepare_cached("DELETE FROM settings WHERE part = ?1 AND name = ?2")?
                .execute([part, name])?;
            Ok(removed > 0)
        })
    }
}
