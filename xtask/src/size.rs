//! How large the libraries are: a history in `ffi/size.json`, and the budget.
//!
//! Those for Android are the sizes of stripped files. An entry says what changed, and how it was linked: without an NDK a library lacks
//! what the NDK links statically. That for Swift is what a stripped program grows by that links the static library.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::android::ABIS;
use crate::workspace;

/// How large the library may be for the processor that nearly all Android phones have, and what it may add to a program of Apple's or
/// Linux's, in bytes.
const BUDGETS: &[(&str, u64)] = &[("arm64-v8a", 6 * 1024 * 1024), (STATIC, 7 * 1024 * 1024)];
/// What the static library adds to a program.
pub(crate) const STATIC: &str = "static";
const FILE: &str = "ffi/size.json";

/// The sizes of one build, by ABI, or [`STATIC`].
pub(crate) type Sizes = BTreeMap<&'static str, u64>;

/// The sizes as they were, the newest last.
pub(crate) struct History(Vec<Entry>);

struct Entry {
    /// As `2026-11-30`.
    date: String,
    version: String,
    /// What made the library larger or smaller.
    what: String,
    /// How it was linked.
    linked: String,
    bytes: BTreeMap<String, u64>,
}

impl History {
    /// The history as it is committed.
    pub(crate) fn read() -> Result<Self> {
        let text = fs::read_to_string(workspace::root()?.join(FILE)).context(FILE)?;
        Self::parse(&text).context(FILE)
    }

    fn parse(text: &str) -> Result<Self> {
        let entries: Vec<Map<String, Value>> = serde_json::from_str(text)?;
        let entries: Vec<Entry> = entries.iter().map(Entry::parse).collect::<Result<_>>()?;
        ensure!(!entries.is_empty(), "no entry");
        ensure!(entries.is_sorted_by(|one, next| one.date <= next.date), "the newest entry is not the last");
        Ok(Self(entries))
    }

    /// Says how far each size is from the newest one that is recorded.
    pub(crate) fn compare(&self, sizes: &Sizes) {
        for (abi, bytes) in sizes {
            let before = self.0.iter().rev().find_map(|entry| entry.bytes.get(*abi));
            let change = before.map_or("not recorded before".to_owned(), |before| {
                format!("{:+} since what is recorded", i128::from(*bytes) - i128::from(*before))
            });
            eprintln!("    {abi}: {bytes} bytes, {change}");
        }
    }

    /// Fails where the newest library is over the budget.
    #[cfg(test)]
    fn check(&self) -> Result<()> {
        BUDGETS.iter().try_for_each(|(judged, budget)| {
            let newest = self.0.iter().rev().find_map(|entry| entry.bytes.get(*judged));
            within(judged, *newest.with_context(|| format!("no size for {judged}"))?, *budget)
        })
    }

    /// Adds an entry with today's date, and writes the file.
    pub(crate) fn record(mut self, what: &str, linked: &str, sizes: &Sizes) -> Result<()> {
        let bytes = sizes.iter().map(|(abi, bytes)| ((*abi).to_owned(), *bytes)).collect();
        self.0.push(Entry {
            date: Timestamp::now().strftime("%Y-%m-%d").to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            what: what.to_owned(),
            linked: linked.to_owned(),
            bytes,
        });
        fs::write(workspace::root()?.join(FILE), self.text()?).context(FILE)
    }

    /// An entry a line, which a reader of changes sees at once.
    fn text(&self) -> Result<String> {
        let lines: Result<Vec<String>> = self.0.iter().map(Entry::text).collect();
        Ok(format!("[\n  {}\n]\n", lines?.join(",\n  ")))
    }
}

impl Entry {
    fn parse(fields: &Map<String, Value>) -> Result<Self> {
        let text = |name: &str| {
            let text = fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(str::to_owned).with_context(|| format!("an entry without `{name}`"))
        };
        let bytes = fields.get("bytes").and_then(Value::as_object).context("an entry without `bytes`")?;
        let mut sizes = BTreeMap::new();
        for (abi, bytes) in bytes {
            let is_known = abi == STATIC || ABIS.iter().any(|known| known.name == abi);
            ensure!(is_known, "no such ABI: {abi}");
            let bytes = bytes.as_u64().filter(|bytes| *bytes > 0).context("a size that is none")?;
            sizes.insert(abi.clone(), bytes);
        }
        let date = text("date")?;
        ensure!(is_date(&date), "a date that is none: {date}");
        ensure!(fields.len() == 5 && !sizes.is_empty(), "an entry has date, version, what, linked, bytes");
        Ok(Self {
            date,
            version: text("version")?,
            what: text("what")?,
            linked: text("linked")?,
            bytes: sizes,
        })
    }

    fn text(&self) -> Result<String> {
        let Self { date, version, what, linked, bytes } = self;
        let fields = [("date", date), ("version", version), ("what", what), ("linked", linked)];
        let mut text = String::from("{");
        for (name, value) in fields {
            text += &format!("{}: {}, ", json!(name), json!(value));
        }
        Ok(text + "\"bytes\": " + &serde_json::to_string(bytes)? + "}")
    }
}

fn is_date(text: &str) -> bool {
    let pattern = b"dddd-dd-dd";
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern)
            .all(|(is, kind)| if *kind == b'd' { is.is_ascii_digit() } else { is == *kind })
}

fn within(judged: &str, bytes: u64, budget: u64) -> Result<()> {
    if bytes > budget {
        bail!("{judged}: {bytes} bytes, and the budget is {budget}");
    }
    Ok(())
}

/// Fails where one of these sizes is over its budget.
pub(crate) fn check(sizes: &Sizes) -> Result<()> {
    let judged = BUDGETS.iter().filter_map(|(judged, budget)| Some((judged, sizes.get(judged)?, budget)));
    judged.into_iter().try_for_each(|(judged, bytes, budget)| within(judged, *bytes, *budget))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(date: &str, bytes: &str) -> String {
        format!(
            r#"{{"date": "{date}", "version": "0.1.0", "what": "more", "linked": "NDK 27", "bytes": {bytes}}}"#
        )
    }

    fn error(text: &str) -> String {
        format!("{:#}", History::parse(text).map(|_| ()).unwrap_err())
    }

    #[test]
    fn the_library_is_within_its_budget() {
        History::read().unwrap().check().unwrap();
    }

    #[test]
    fn the_file_is_as_it_is_written() {
        let text = fs::read_to_string(workspace::root().unwrap().join(FILE)).unwrap();
        assert_eq!(History::read().unwrap().text().unwrap(), text);
    }

    #[test]
    fn a_byte_too_many_fails_and_only_the_newest_entry_counts() {
        let history = |newest: u64| {
            let large = entry("2026-01-01", r#"{"arm64-v8a": 9000000}"#);
            let newest =
                entry("2026-01-02", &format!(r#"{{"arm64-v8a": {newest}, "static": 1, "x86": 9000000}}"#));
            History::parse(&format!("[{large}, {newest}]")).unwrap()
        };
        history(BUDGETS[0].1).check().unwrap();
        let error = history(BUDGETS[0].1 + 1).check().unwrap_err().to_string();
        assert_eq!(error, "arm64-v8a: 6291457 bytes, and the budget is 6291456");
    }

    #[test]
    fn entries_that_say_too_little_or_nonsense_are_refused() {
        let good = entry("2026-01-01", r#"{"arm64-v8a": 1}"#);
        assert_eq!(error("[]"), "no entry");
        assert_eq!(error(&format!("[{}]", good.replace("what", "why"))), "an entry without `what`");
        assert_eq!(error(&format!("[{}]", good.replace("more", ""))), "an entry without `what`");
        assert_eq!(error(&format!("[{}]", good.replace("arm64-v8a", "mips"))), "no such ABI: mips");
        assert_eq!(error(&format!("[{}]", entry("yesterday", "{}"))), "a date that is none: yesterday");
        assert!(error(&format!("[{}]", entry("2026-01-01", "{}"))).starts_with("an entry has "));
        assert_eq!(error(&format!("[{}]", entry("2026-01-01", r#"{"x86": -1}"#))), "a size that is none");
        let older = entry("2025-12-31", r#"{"arm64-v8a": 1}"#);
        assert_eq!(error(&format!("[{good}, {older}]")), "the newest entry is not the last");
    }
}
