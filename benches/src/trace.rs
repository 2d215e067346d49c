//! Recorded typing: the public traces where they are, else a generated one.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use flate2::read::GzDecoder;
use ropey::Rope;
use serde::Deserialize;

/// One edit, in UTF-16 units, as an editor's text view reports it.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    pub(crate) at: usize,
    pub(crate) delete: usize,
    pub(crate) insert: String,
}

impl Edit {
    /// The edit in a text of this length, moved and cut where it lies outside.
    pub(crate) fn within(&self, length: usize) -> Edit {
        let at = self.at.min(length);
        Edit { at, delete: self.delete.min(length - at), insert: self.insert.clone() }
    }
}

/// A history of one text.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) name: String,
    pub(crate) edits: Vec<Edit>,
    /// The text after the last edit.
    pub(crate) end: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded {
    #[serde(default)]
    start_content: String,
    #[serde(default)]
    end_content: String,
    txns: Vec<Transaction>,
}

#[derive(Deserialize)]
struct Transaction {
    #[serde(default)]
    agent: u32,
    #[serde(default)]
    parents: Vec<usize>,
    patches: Vec<(usize, usize, String)>,
}

/// What one writer did upon a version.
#[derive(Debug)]
pub(crate) struct Authored {
    pub(crate) writer: u32,
    /// The transactions, by number, whose writers' work this one had seen; none is the empty text.
    pub(crate) parents: Vec<usize>,
    /// Each in the text after the ones before it.
    pub(crate) edits: Vec<Edit>,
}

/// A history of several writers who had not always seen each other's work; all of it in characters of one UTF-16 unit.
#[derive(Debug)]
pub(crate) struct Concurrent {
    pub(crate) name: String,
    pub(crate) transactions: Vec<Authored>,
    /// The text of all together as it was recorded; `None` where not all of it was read.
    pub(crate) end: Option<String>,
}

/// The folder named by `WRITEMAGIC_TEST_DATA`, if there is one.
fn data_folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("WRITEMAGIC_TEST_DATA")?);
    folder.is_dir().then_some(folder)
}

/// The recorded traces, the main one first, or the generated one when the data is absent. At most `limit`
/// edits of each.
pub(crate) fn all(limit: usize) -> Result<Vec<Trace>> {
    const NAMES: [&str; 5] =
        ["automerge-paper", "rustcode", "clownschool_flat", "sveltecomponent", "json-crdt-patch"];
    let Some(folder) = data_folder() else { return Ok(vec![generated(limit.min(50_000))]) };
    let read = |name: &&str| read(&folder.join(format!("traces/sequential/{name}.json.gz")), name, limit);
    NAMES.iter().map(read).collect()
}

fn read(path: &Path, name: &str, limit: usize) -> Result<Trace> {
    let recorded = parse(path, name)?;
    let start = (!recorded.start_content.is_empty()).then_some((0, 0, recorded.start_content));
    let patches = recorded.txns.into_iter().flat_map(|transaction| transaction.patches);
    Ok(from_patches(name, start.into_iter().chain(patches).take(limit)))
}

fn parse(path: &Path, name: &str) -> Result<Recorded> {
    let file = std::fs::File::open(path).with_context(|| format!("trace {name}"))?;
    let mut json = String::new();
    GzDecoder::new(file).read_to_string(&mut json)?;
    Ok(serde_json::from_str(&json)?)
}

/// The recorded histories of several writers, at most `limit` transactions of each; none when the data is absent.
pub(crate) fn concurrent(limit: usize) -> Result<Vec<Concurrent>> {
    const NAMES: [&str; 2] = ["clownschool", "git-makefile"];
    let Some(folder) = data_folder() else { return Ok(Vec::new()) };
    let read = |name: &&str| {
        let recorded = parse(&folder.join(format!("traces/concurrent/{name}.json.gz")), name)?;
        let whole = recorded.txns.len() <= limit;
        let transactions: Vec<Authored> = recorded.txns.into_iter().take(limit).map(authored).collect();
        let inserted = || transactions.iter().flat_map(|transaction| &transaction.edits);
        let basic = inserted().all(|edit| edit.insert.chars().all(|character| character.len_utf16() == 1));
        ensure!(basic && recorded.start_content.is_empty(), "{name} is not what the section takes it for");
        Ok(Concurrent { name: (*name).into(), transactions, end: whole.then_some(recorded.end_content) })
    };
    NAMES.iter().map(read).collect()
}

fn authored(transaction: Transaction) -> Authored {
    let Transaction { agent, parents, patches } = transaction;
    let edits = patches.into_iter().map(|(at, delete, insert)| Edit { at, delete, insert }).collect();
    Authored { writer: agent, parents, edits }
}

/// Positions of `patches` are in code points.
fn from_patches(name: &str, patches: impl Iterator<Item = (usize, usize, String)>) -> Trace {
    let mut text = Rope::new();
    let mut edits = Vec::new();
    for (at, delete, insert) in patches {
        let (start, end) = (text.char_to_utf16_cu(at), text.char_to_utf16_cu(at + delete));
        text.remove(at..at + delete);
        text.insert(at, &insert);
        edits.push(Edit { at: start, delete: end - start, insert });
    }
    Trace { name: name.to_owned(), edits, end: text.to_string() }
}

/// Typing in the middle of a growing text: words key by key, typing errors taken back, now and then a jump
/// elsewhere. The same for the same `edits`, at most that many.
fn generated(edits: usize) -> Trace {
    let mut rng = Rng::with_seed(7);
    let (mut length, mut cursor) = (0, 0);
    let patches = std::iter::from_fn(move || {
        if rng.u32(..400) == 0 {
            cursor = rng.usize(..=length);
        }
        if cursor > 0 && rng.u32(..8) == 0 {
            (length, cursor) = (length - 1, cursor - 1);
            return Some((cursor, 1, String::new()));
        }
        let key = if rng.u32(..6) == 0 { ' ' } else { rng.lowercase() };
        (length, cursor) = (length + 1, cursor + 1);
        Some((cursor - 1, 0, key.to_string()))
    });
    from_patches("generated", patches.take(edits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_in_code_points_become_utf16_units() {
        let patches = [(0, 0, "a😀b".to_owned()), (2, 1, "é".to_owned()), (1, 1, String::new())];
        let trace = from_patches("t", patches.into_iter());
        let places: Vec<_> = trace.edits.iter().map(|edit| (edit.at, edit.delete)).collect();
        assert_eq!(places, [(0, 0), (3, 1), (1, 2)]);
        assert_eq!(trace.end, "aé");
    }

    #[test]
    fn the_generated_trace_is_the_same_every_time() {
        let (one, two) = (generated(5_000), generated(5_000));
        assert_eq!(one.edits.len(), 5_000);
        assert_eq!(one.end, two.end);
        assert!(one.edits.iter().any(|edit| edit.delete > 0));
    }
}
