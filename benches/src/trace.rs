//! Recorded typing: the public traces where they are, else a generated one.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
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
    txns: Vec<Transaction>,
}

#[derive(Deserialize)]
struct Transaction {
    patches: Vec<(usize, usize, String)>,
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
    let file = std::fs::File::open(path).with_context(|| format!("trace {name}"))?;
    let mut json = String::new();
    GzDecoder::new(file).read_to_string(&mut json)?;
    let recorded: Recorded = serde_json::from_str(&json)?;
    let start = (!recorded.start_content.is_empty()).then_some((0, 0, recorded.start_content));
    let patches = recorded.txns.into_iter().flat_map(|transaction| transaction.patches);
    Ok(from_patches(name, start.into_iter().chain(patches).take(limit)))
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
